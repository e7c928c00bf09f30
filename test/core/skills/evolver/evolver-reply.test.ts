import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readEvolverReply } from '../../../../core/skills/evolver/evolver-reply.ts';

const context = { known: new Set(['release-notes', 'metric-units', 'long-one']), maxBodyTokens: 500 };
const draft = {
  name: 'invoice-totals',
  description: 'Use when …',
  triggers: ['invoice'],
  body: '- Add totals.',
};
const add = { op: 'add', names: [], drafts: [draft], why: 'three people missed totals' };
const written = (...operations: readonly unknown[]): string => JSON.stringify({ operations });
const read = (text: string) => readEvolverReply(text, context);
const errorOf = (text: string): string => {
  const reply = read(text);
  return 'error' in reply ? reply.error : 'no error';
};
const asRead = { operations: [{ op: 'add', draft, why: 'three people missed totals' }] };

describe('a reply as it was asked for', () => {
  test('each kind of operation is read', () => {
    const named = (name: string) => ({ ...draft, name });
    const { operations } = read(
      written(
        add,
        { op: 'edit', names: ['release-notes'], drafts: [named('release-notes')], why: 'w' },
        { op: 'split', names: ['long-one'], drafts: [named('one'), named('two')], why: 'w' },
        { op: 'retire', names: ['metric-units'], drafts: [], why: 'w' },
      ),
    ) as { operations: readonly unknown[] };
    expect(operations).toEqual([
      ...asRead.operations,
      { op: 'edit', name: 'release-notes', draft: named('release-notes'), why: 'w' },
      { op: 'split', name: 'long-one', drafts: [named('one'), named('two')], why: 'w' },
      { op: 'retire', name: 'metric-units', why: 'w' },
    ]);
    expect(
      read(written({ op: 'merge', names: ['release-notes', 'long-one'], drafts: [draft], why: 'w' })),
    ).toEqual({
      operations: [{ op: 'merge', names: ['release-notes', 'long-one'], draft, why: 'w' }],
    });
  });

  test('none, or an empty list, is no operation', () => {
    const none = { op: 'none', names: [], drafts: [], why: 'a passing fault' };
    expect(read(written(none))).toEqual({ operations: [], why: 'a passing fault' });
    expect(read(written())).toEqual({ operations: [] });
    expect(errorOf(written(none, add))).toContain('"none" must be the only operation');
  });
});

describe('B18: what stands around the object and inside its texts', () => {
  test('prose with brackets and braces', () => {
    expect(read(`For [coding] and {style}: here it is.\n${written(add)}\nHope [that] helps {you}.`)).toEqual(
      asRead,
    );
  });

  test('a fence around it, with prose before', () => {
    expect(read(`Here:\n\`\`\`json\n${JSON.stringify({ operations: [add] }, null, 2)}\n\`\`\``)).toEqual(
      asRead,
    );
  });

  test('fences, brackets and quotes inside a body stay as they are', () => {
    const body = 'Run this:\n```python\nprint({"a": [1]})\n```\nthen say "done" \\ } ] {';
    const reply = read(`\`\`\`json\n${written({ ...add, drafts: [{ ...draft, body }] })}\n\`\`\``);
    expect(reply).toEqual({ operations: [{ op: 'add', draft: { ...draft, body }, why: add.why }] });
  });

  test('an element that is no object is a sentence, not an exception', () => {
    expect(errorOf(written('a skill', add))).toContain('Operation 1 must be an object');
    expect(errorOf(written(null))).toContain('Operation 1');
    expect(errorOf(written({ ...add, drafts: ['text'] }))).toContain('a draft must be an object');
  });
});

describe('what is refused as a whole, with a sentence', () => {
  test.each([
    ['prose', 'You should add a skill about totals.', 'no complete JSON object'],
    ['a bare list', JSON.stringify([add]), 'no complete JSON object'],
    ['a cut-off object', written(add).slice(0, -4), 'no complete JSON object'],
    ['two objects', `${written(add)}\n${written()}`, 'more than one JSON object'],
    ['no JSON', '{"operations": [undefined]}', 'not valid JSON'],
    ['another key beside', '{"operations": [], "note": 1}', 'and nothing else'],
    ['a repeated key', '{"operations": [], "operations": []}', 'stands twice'],
    ['a repeated key further in', written(add).replace('"why"', '"op":"add","why"'), '"op" stands twice'],
    ['an escaped repeated key', written(add).replace('"why"', '"\\u006fp":"add","why"'), '"op" stands twice'],
    ['an unknown operation', written({ ...add, op: 'rewrite' }), 'unknown "op"'],
    ['six operations', written(...Array.from({ length: 6 }, () => add)), 'at most 5'],
    ['100 skills', written(...Array.from({ length: 100 }, () => add)), 'There are 100 operations'],
    [
      '100 drafts of one',
      written({ ...add, drafts: Array.from({ length: 100 }, () => draft) }),
      '100 entries',
    ],
    [
      'an empty body',
      written({ ...add, drafts: [{ ...draft, body: ' \n' }] }),
      'the "body" of "invoice-totals" is empty',
    ],
    ['an empty description', written({ ...add, drafts: [{ ...draft, description: '' }] }), 'is empty'],
    [
      'an endless body',
      written({ ...add, drafts: [{ ...draft, body: 'word '.repeat(2_000) }] }),
      'longer than 500',
    ],
    ['a path for a name', written({ ...add, drafts: [{ ...draft, name: '../../etc' }] }), 'a-z, 0-9'],
    [
      'a trigger that is no text',
      written({ ...add, drafts: [{ ...draft, triggers: [1] }] }),
      'must be a text',
    ],
    [
      'a missing field',
      written({ op: 'add', names: [], drafts: [draft] }),
      'exactly "op", "names", "drafts" and "why"',
    ],
    [
      'an unknown skill',
      written({ op: 'retire', names: ['ghost'], drafts: [], why: 'w' }),
      'no skill "ghost"',
    ],
    [
      'an edit that renames',
      written({ op: 'edit', names: ['long-one'], drafts: [draft], why: 'w' }),
      'keep the name',
    ],
    [
      'a merge of one',
      written({ op: 'merge', names: ['long-one'], drafts: [draft], why: 'w' }),
      'instead of 2 to 5',
    ],
    [
      'a merge with itself',
      written({ op: 'merge', names: ['long-one', 'long-one'], drafts: [draft], why: 'w' }),
      'twice',
    ],
    [
      'a split into equals',
      written({ op: 'split', names: ['long-one'], drafts: [draft, draft], why: 'w' }),
      'one name',
    ],
    [
      'two operations on one skill',
      written(
        { op: 'retire', names: ['long-one'], drafts: [], why: 'w' },
        { op: 'edit', names: ['long-one'], drafts: [{ ...draft, name: 'long-one' }], why: 'w' },
      ),
      'Two operations name',
    ],
  ])('%s', (_, text, sentence) => {
    expect(errorOf(text)).toContain(sentence);
  });
});

test('nothing that a model can say makes it throw', () => {
  const scrap = fc.constantFrom(
    '{"operations":',
    '[',
    ']',
    '{',
    '}',
    '"',
    '\\',
    'op',
    ':',
    ',',
    JSON.stringify(add),
    '\n',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(scrap, { maxLength: 30 }).map((parts) => parts.join('')),
      ),
      (text) => {
        expect(read(text)).toBeTypeOf('object');
      },
    ),
  );
  fc.assert(
    fc.property(fc.json(), (json) => {
      expect(read(`{"operations": ${json}}`)).toBeTypeOf('object');
    }),
  );
});

test('what only begins objects is not read again from each of them', () => {
  expect(errorOf('{"operations":['.repeat(70_000))).toContain('no complete JSON object');
});
