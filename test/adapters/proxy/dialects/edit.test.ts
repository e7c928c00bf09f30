import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anthropicMessages } from '../../../../adapters/proxy/dialects/anthropic-messages.ts';
import { openAiChat } from '../../../../adapters/proxy/dialects/openai-chat.ts';
import { openAiResponses } from '../../../../adapters/proxy/dialects/openai-responses.ts';
import { editedValue } from './edited-values.ts';
import { requestsOf } from './requests.ts';
import { bytesOf, textOf } from './subjects.ts';
import { canonical, nastyText } from './written-json.ts';

const dialects = [openAiChat, openAiResponses, anthropicMessages] as const;
const block = nastyText.filter((text) => text !== '');
const changes = fc.record(
  { block: fc.oneof(fc.constant(''), block), model: fc.constantFrom('m', 'new "model"') },
  { requiredKeys: ['block'] },
);

function samePrefix(a: Uint8Array, b: Uint8Array): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
}

describe.each(dialects)('$dialect: for any request, an edit', (dialect) => {
  const requests = requestsOf(dialect.dialect);

  test('reads as the same edit of its value', () => {
    fc.assert(
      fc.property(requests, changes, (text, change) => {
        const edited = textOf(dialect.read(bytesOf(text)).edit(change));
        const expected = editedValue(dialect.dialect, JSON.parse(text), change);
        expect(canonical(JSON.parse(edited))).toBe(canonical(expected));
      }),
      { numRuns: 300 },
    );
  });

  test('that adds a block leaves each byte around it', () => {
    fc.assert(
      fc.property(requests, block, (text, added) => {
        const before = bytesOf(text);
        const { edit, own } = dialect.read(before);
        if (Object.keys(own).length > 0) return;
        const after = edit({ block: added });
        const begin = samePrefix(before, after);
        const end = samePrefix(before.subarray(begin).toReversed(), after.subarray(begin).toReversed());
        // A null in its place is replaced.
        expect(textOf(before.subarray(begin, before.length - end))).toMatch(/^(null)?$/);
      }),
    );
  });

  test('that takes own fields out leaves each byte around them', () => {
    fc.assert(
      fc.property(requests, (text) => {
        const before = bytesOf(text);
        const after = dialect.read(before).edit({ block: '' });
        let at = 0;
        for (const byte of after) {
          at = before.indexOf(byte, at) + 1;
          if (at === 0) throw new Error('A byte is new.');
        }
      }),
    );
  });

  test('that changes nothing is the very bytes that came', () => {
    fc.assert(
      fc.property(requests, (text) => {
        const before = bytesOf(text);
        const { edit, model, own } = dialect.read(before);
        if (Object.keys(own).length > 0) return;
        expect(edit({ block: '' })).toBe(before);
        expect(edit({ block: '', model })).toBe(before);
      }),
    );
  });

  test('gives equal bytes for equal changes, also of the same body that came again', () => {
    fc.assert(
      fc.property(requests, changes, (text, change) => {
        const { edit } = dialect.read(bytesOf(text));
        const once = textOf(edit(change));
        edit({ block: 'other', model: 'other' });
        expect(textOf(edit(change))).toBe(once);
        expect(textOf(dialect.read(bytesOf(text)).edit(change))).toBe(once);
      }),
    );
  });

  test('touches no byte of the body itself', () => {
    fc.assert(
      fc.property(requests, changes, (text, change) => {
        const body = bytesOf(text);
        dialect.read(body).edit(change);
        expect(textOf(body)).toBe(text);
      }),
    );
  });
});

const cases = [
  [
    openAiChat,
    'a system message',
    '{"model":"m", "messages":[{"role":"system","content":"Be \\u0062rief."},{"role":"user","content":"Hi"}]}',
    '{"model":"m", "messages":[{"role":"system","content":"Be \\u0062rief.\\n\\nB\\"1"},{"role":"user","content":"Hi"}]}',
  ],
  [
    openAiChat,
    'a developer’s parts',
    '{"messages":[{"content":[{"type":"text","text":"a"} ],"role":"developer"}],"model":"m"}',
    '{"messages":[{"content":[{"type":"text","text":"a"} ,{"type":"text","text":"B\\"1"}],"role":"developer"}],"model":"m"}',
  ],
  [
    openAiChat,
    'no system message',
    '{"model":"m","messages": [ {"role":"user","content":"Hi"}],"seed":1.0}',
    '{"model":"m","messages": [{"role":"system","content":"B\\"1"}, {"role":"user","content":"Hi"}],"seed":1.0}',
  ],
  [
    openAiChat,
    'an empty system message',
    '{"model":"m","messages":[{"role":"system","content":""}]}',
    '{"model":"m","messages":[{"role":"system","content":"B\\"1"}]}',
  ],
  [
    openAiResponses,
    'instructions',
    '{"model":"m","instructions":"Be brief.","input":"Hi"}',
    '{"model":"m","instructions":"Be brief.\\n\\nB\\"1","input":"Hi"}',
  ],
  [
    openAiResponses,
    'none',
    '{"model":"m","input":"Hi"}',
    '{"instructions":"B\\"1","model":"m","input":"Hi"}',
  ],
  [
    openAiResponses,
    'null',
    '{"model":"m","instructions": null ,"input":"Hi"}',
    '{"model":"m","instructions": "B\\"1" ,"input":"Hi"}',
  ],
  [
    anthropicMessages,
    'blocks, of which one ends what is cached',
    '{"model":"m","system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":"Hi"}]}',
    '{"model":"m","system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}},{"type":"text","text":"B\\"1"}],"messages":[{"role":"user","content":"Hi"}]}',
  ],
  [
    anthropicMessages,
    'no blocks',
    '{"model":"m","system":[ ],"messages":[{"role":"user","content":"Hi"}]}',
    '{"model":"m","system":[ {"type":"text","text":"B\\"1"}],"messages":[{"role":"user","content":"Hi"}]}',
  ],
  [
    anthropicMessages,
    'nothing',
    '{"model":"m","messages":[{"role":"user","content":"Hi"}]}',
    '{"system":"B\\"1","model":"m","messages":[{"role":"user","content":"Hi"}]}',
  ],
] as const;

test.each(cases)('%o puts a block behind %s', (dialect, _, before, after) => {
  expect(textOf(dialect.read(bytesOf(before)).edit({ block: 'B"1' }))).toBe(after);
});

describe('own fields are taken out', () => {
  const hi = '"messages":[{"role":"user","content":"Hi"}]';

  test.each([
    [
      'with all of metadata, in front',
      `{"metadata": {"metaclaw_key":"k"} , "model":"m",${hi}}`,
      `{"model":"m",${hi}}`,
    ],
    [
      'with all of metadata, at the end',
      `{"model":"m",${hi} , "metadata":{"metaclaw_feedback":"up"} }`,
      `{"model":"m",${hi} }`,
    ],
    [
      'and others stay',
      `{"model":"m","metadata":{"a":"1", "metaclaw_key":"k","b":"2","metaclaw_feedback":"up"},${hi}}`,
      `{"model":"m","metadata":{"a":"1","b":"2"},${hi}}`,
    ],
    [
      'each time they stand there',
      `{"model":"m","metadata":{"metaclaw_key":"j","a":"1","metaclaw_k\\u0065y":"k"},${hi}}`,
      `{"model":"m","metadata":{"a":"1"},${hi}}`,
    ],
    [
      'with a metadata that they overrode',
      `{"metadata":{"a":"1"},"metadata":{"metaclaw_key":"k"},"model":"m",${hi}}`,
      `{"model":"m",${hi}}`,
    ],
  ])('%s', (_, before, after) => {
    expect(textOf(openAiChat.read(bytesOf(before)).edit({ block: '' }))).toBe(after);
  });
});

test('a name of a model is replaced where it counts', () => {
  const { edit } = openAiChat.read(
    bytesOf('{"model":"first","tools":[{"model":"x"}],"messages":[{"role":"user"}],"mod\\u0065l" : "m"}'),
  );
  expect(textOf(edit({ block: '', model: 'n' }))).toBe(
    '{"model":"first","tools":[{"model":"x"}],"messages":[{"role":"user"}],"mod\\u0065l" : "n"}',
  );
});

test('a talk that goes on shares all bytes up to its new messages, so that the prompt stays cached', () => {
  const messages = Array.from({ length: 40 }, (_, place) => ({
    role: place === 0 ? 'system' : place % 2 === 1 ? 'user' : 'assistant',
    content: `Message ${place}`,
  }));
  const texts = [10, 40].map((count) => JSON.stringify({ model: 'm', messages: messages.slice(0, count) }));
  const [short, long] = texts.map((text) => openAiChat.read(bytesOf(text)).edit({ block: 'Be kind.' }));
  if (short === undefined || long === undefined) throw new Error('no edits');
  expect(samePrefix(short, long)).toBe(short.length - ']}'.length);
});
