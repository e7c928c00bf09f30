import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DiffLine, lineDiff, showDiff } from '../../../core/domain/line-diff.ts';

const text = fc
  .array(fc.constantFrom('a', 'b', 'c', '', '- d', '+ e', 'a longer line'), { maxLength: 25 })
  .map((lines) => lines.join('\n'));
const side = (lines: readonly DiffLine[], left: 'removed' | 'added'): string =>
  lines
    .filter(({ kind }) => kind === 'same' || kind === left)
    .map((line) => line.text)
    .join('\n');

describe('lineDiff', () => {
  test('holds both texts whole', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = lineDiff(before, after);
        expect(side(lines, 'removed')).toBe(before);
        expect(side(lines, 'added')).toBe(after);
      }),
      { numRuns: 2_000 },
    );
  });

  test('keeps as many lines as the longest common subsequence has', () => {
    const lcs = (a: readonly string[], b: readonly string[]): number => {
      const [x, ...restA] = a;
      const [y, ...restB] = b;
      if (x === undefined || y === undefined) return 0;
      return x === y ? 1 + lcs(restA, restB) : Math.max(lcs(restA, b), lcs(a, restB));
    };
    const short = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 7, minLength: 1 });
    fc.assert(
      fc.property(short, short, (a, b) => {
        const kept = lineDiff(a.join('\n'), b.join('\n')).filter(({ kind }) => kind === 'same').length;
        expect(kept).toBe(lcs(a, b));
      }),
    );
  });

  test('of very long texts that differ throughout both are there', () => {
    const before = Array.from({ length: 2_500 }, (_, at) => `old ${at}`).join('\n');
    const lines = lineDiff(before, 'new');
    expect(side(lines, 'removed')).toBe(before);
    expect(side(lines, 'added')).toBe('new');
  });
});

test('showDiff gives the changes with what stands around them', () => {
  const before = ['1', '2', '3', '4', '5', '6', '7', '8', '9'].join('\n');
  const after = before.replace('5', 'five');
  expect(showDiff(lineDiff(before, after), 1)).toBe(['…', '  4', '- 5', '+ five', '  6', '…'].join('\n'));
  expect(showDiff(lineDiff('same', 'same'))).toBe('…');
});
