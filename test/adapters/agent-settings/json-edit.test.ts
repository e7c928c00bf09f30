import fc from 'fast-check';
import { parse, stripComments } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';
import { connect, disconnect, type Wish } from '../../../adapters/agent-settings/changes.ts';
import { jsonFormat } from '../../../adapters/agent-settings/json-format.ts';
import { withoutValue, withValue } from '../../../adapters/agent-settings/tree.ts';

const set = (text: string, path: readonly string[], value: unknown) => jsonFormat.set(text, path, value);
const remove = (text: string, path: readonly string[]) => jsonFormat.remove(text, path);

describe('a setting put into JSON', () => {
  test('stands behind the last one, and comments stay where they were', () => {
    const text = '{\n  // first\n  "a": 1, // one\n  "b": [1,2] // two\n  /* end */\n}\n';
    expect(set(text, ['env', 'X'], 'y')).toBe(
      '{\n  // first\n  "a": 1, // one\n  "b": [1,2], // two\n  /* end */\n  "env": {\n    "X": "y"\n  }\n}\n',
    );
  });

  test.each([
    ['', '{\n  "k": "v"\n}\n'],
    ['{}', '{\n  "k": "v"\n}'],
    ['{ /* none */ }', '{ /* none */ "k": "v" }'],
    ['{ // none\n}', '{ // none\n  "k": "v"\n}'],
    ['{"a":1}', '{"a":1, "k": "v"}'],
    ['{"a":1,}', '{"a":1, "k": "v"}'],
    ['{\n\t"a": 1,\n}', '{\n\t"a": 1,\n\t"k": "v"\n}'],
    ['{\r\n    "a": 1\r\n}\r\n', '{\r\n    "a": 1,\r\n    "k": "v"\r\n}\r\n'],
    ['\ufeff{\n  "a": 1\n}', '\ufeff{\n  "a": 1,\n  "k": "v"\n}'],
    ['{"k": /* old */ "w", "b": 2}', '{"k": /* old */ "v", "b": 2}'],
  ])('%j becomes %j', (before, after) => {
    expect(set(before, ['k'], 'v')).toBe(after);
  });

  test('has no place below something that is no group', () => {
    expect(set('{"a": 1}', ['a', 'b'], 'v')).toBeUndefined();
  });
});

describe('a setting taken out of JSON', () => {
  test.each([
    ['{\n  "a": 1, // keep\n  "k": 2\n}', '{\n  "a": 1 // keep\n}'],
    ['{\n  "a": 1,\n  "k": 2, // of k\n  "b": 3\n}', '{\n  "a": 1, // of k\n  "b": 3\n}'],
    ['{\n  "k": 2,\n  "b": 3\n}', '{\n  "b": 3\n}'],
    ['{"a":1,"k":2}', '{"a":1}'],
    ['{"a":1, "k":2, "b":3}', '{"a":1, "b":3}'],
    ['{\n  "k": {\n    "x": 1\n  }\n}', '{\n}'],
    ['{ "k": 1 }', '{ }'],
    ['{"a": 1, "k": 2 /* c */, "b": 3}', '{"a": 1, /* c */ "b": 3}'],
  ])('%j becomes %j', (before, after) => {
    const left = remove(before, ['k']);
    expect(parse(left ?? '')).toEqual(parse(after));
    expect(left?.replace(/\s/g, '')).toBe(after.replace(/\s/g, ''));
  });
});

const name = fc.stringMatching(/^[a-d"\\ ]{1,3}$/);
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(1, true, null, '', '// no comment', 'a,b}'),
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
}));
const anyTree = fc.dictionary(name, anyValue, { maxKeys: 4, noNullPrototype: true });

/** The same settings with comments and trailing commas in places, and on one line or several. */
const anyText = fc
  .tuple(anyTree, fc.constantFrom(undefined, 2, 4, '\t'), fc.infiniteStream(fc.nat(5)), fc.boolean())
  .map(([tree, indent, stream, isWindows]) => {
    const seasoned = (JSON.stringify(tree, undefined, indent) ?? '{}').replace(
      /("(?:[^"\\]|\\.)*")|(,|\{)(\n?)/g,
      (all, quoted: string | undefined, mark: string | undefined, lineBreak: string | undefined) => {
        if (quoted !== undefined) return all;
        const [pick] = stream.take(1);
        if (pick === 1) return `${mark} /* , { } */${lineBreak}`;
        return pick === 2 && lineBreak === '\n' ? `${mark} // "x": 1,\n` : all;
      },
    );
    return isWindows ? seasoned.replaceAll('\n', '\r\n') : seasoned;
  });
const anyWishes: fc.Arbitrary<readonly Wish[]> = fc.constantFrom<readonly Wish[]>(
  [{ path: ['env', 'URL'], value: 'http://x' }],
  [
    { path: ['env', 'URL'], value: 'http://x' },
    { path: ['env', 'KEY'], value: 'k' },
    { path: ['a'], value: 'ours' },
  ],
  [
    { path: ['p', 'q', 'ours'], value: { list: [{ id: 'm' }], on: true } },
    { path: ['b'], value: 'ours' },
  ],
);
const commentsOf = (text: string): readonly string[] => {
  const bare = stripComments(text, ' ');
  return (text.match(/\/\* , \{ \} \*\/|\/\/ "x": 1,/g) ?? []).filter((each) => !bare.includes(each));
};

describe('any JSON with comments', () => {
  test('says the wishes and nothing else differently, and keeps its comments', () => {
    fc.assert(
      fc.property(anyText, anyWishes, (text, wishes) => {
        const present = jsonFormat.read(text);
        const { text: made } = connect(jsonFormat, text, wishes);
        const expected = wishes.reduce((tree, { path, value }) => withValue(tree, path, value), present);
        expect(jsonFormat.read(made)).toEqual(expected);
        expect(commentsOf(made)).toEqual(commentsOf(text));
      }),
    );
  });

  test('loses only what was put in, also where somebody has added to it since', () => {
    fc.assert(
      fc.property(anyText, anyWishes, fc.boolean(), (text, wishes, isChanged) => {
        const { text: made, changes } = connect(jsonFormat, text, wishes);
        const since = isChanged ? (set(made, ['theirs'], 'new') ?? '') : made;
        const left = disconnect(jsonFormat, since, changes, text) ?? '';
        const present = jsonFormat.read(text);
        expect(jsonFormat.read(left)).toEqual(isChanged ? { ...present, theirs: 'new' } : present);
        expect(commentsOf(left)).toEqual(commentsOf(text));
      }),
    );
  });

  test('any setting can be taken out, and its neighbours stay', () => {
    fc.assert(
      fc.property(anyText, fc.nat(), (text, pick) => {
        const present = jsonFormat.read(text);
        const names = Object.keys(present);
        fc.pre(names.length > 0);
        const path = [names[pick % names.length] ?? ''];
        expect(jsonFormat.read(remove(text, path) ?? 'broken')).toEqual(withoutValue(present, path));
      }),
    );
  });
});

test('two settings of one name are not edited: which of them counts depends on the reader', () => {
  expect(() => connect(jsonFormat, '{"a": 1, "a": 2}', [{ path: ['a'], value: 'x' }])).toThrow(
    /cannot be edited here/,
  );
});

test('a broken text is refused with the place', () => {
  expect(() => jsonFormat.read('{\n  "a": 1\n  "b": 2\n}')).toThrow(/line 3, column 3: CommaExpected/);
  expect(() => jsonFormat.read('[1]')).toThrow(/no JSON object/);
});
