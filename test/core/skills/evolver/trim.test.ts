import fc from 'fast-check';
import { expect, test } from 'vitest';
import { estimateTokens } from '../../../../core/domain/tokens.ts';
import { trimmedToTokens } from '../../../../core/skills/evolver/trim.ts';

const sentence = fc
  .array(fc.constantFrom('alpha', 'beta', 'gamma', 'delta', 'ja', 'the'), { minLength: 1, maxLength: 6 })
  .map((words) => `${words.join(' ')}.`);

test('B12: a text of sentences is cut after one of them and costs no more than allowed', () => {
  fc.assert(
    fc.property(
      fc.array(sentence, { minLength: 2, maxLength: 40 }),
      fc.integer({ min: 12, max: 200 }),
      (parts, most) => {
        const text = parts.join(' ');
        const shown = trimmedToTokens(text, most);
        expect(text.startsWith(shown)).toBe(true);
        expect(estimateTokens(shown)).toBeLessThanOrEqual(most);
        expect(shown.endsWith('.')).toBe(true);
      },
    ),
  );
});

test('a sentence that is early is found, and a single one too long ends between words', () => {
  expect(trimmedToTokens(`Short. ${'word '.repeat(400)}`, 100)).toBe('Short.');
  expect(trimmedToTokens('word '.repeat(400), 10)).toMatch(/^(?:word )*word$/);
  expect(trimmedToTokens('はい。'.repeat(50), 20)).toMatch(/^(?:はい。)+$/);
  expect(trimmedToTokens('as it is', 100)).toBe('as it is');
});
