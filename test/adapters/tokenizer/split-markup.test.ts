import { expect, test } from 'vitest';
import { createMarkupSplitter } from '../../../adapters/tokenizer/split-markup.ts';

const token = (id: number, content: string, normalized = false) => ({
  ...{ id, content, normalized },
  ...{ special: true, isMarkup: true, lstrip: false, rstrip: false, singleWord: false },
});

/** Tokens by their ids, texts as they are. */
function split(text: string): readonly (number | string)[] {
  const tokens = [
    token(1, 'ab'),
    token(2, 'abc'),
    token(3, 'abcde'),
    token(4, 'cx', true),
    token(5, 'b c', true),
  ];
  return createMarkupSplitter(tokens)(text).map((part) => (part.type === 'token' ? part.id : part.text));
}

test.each<[string, readonly (number | string)[]]>([
  ['', []],
  ['none', ['none']],
  ['abcd abcde ab', [2, 'd ', 3, ' ', 1]],
  ['aab', ['a', 1]],
  // What the first look takes is gone for the second.
  ['abcx cx', [2, 'x ', 4]],
  ['xb cab cab', ['x', 5, 1, ' c', 1]],
])('from the left the longest first: %j', (text, parts) => {
  expect(split(text)).toEqual(parts);
});
