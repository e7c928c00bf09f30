import fc from 'fast-check';
import { expect, test } from 'vitest';
import { displayWidth } from '../../../core/domain/display-width.ts';
import type { CellAlign } from '../../../core/domain/document.ts';
import { tableLines } from '../../../core/domain/table-lines.ts';

test('columns are aligned by what is seen, empty cells keep their place', () => {
  expect(
    tableLines(
      [
        ['名前', 'n', '', 'e'],
        ['a | b', '12', 'x', ''],
        ['', '👍🏽', 'yy', 'e\u0301'],
      ],
      ['left', 'right', 'center', 'none'],
    ),
  ).toBe(
    ['名前  |  n |    | e', '------+----+----+--', 'a | b | 12 | x  |', '      | 👍🏽 | yy | e\u0301'].join(
      '\n',
    ),
  );
});

test('a header alone, a lone cell, nothing', () => {
  expect(tableLines([['a', 'b']], ['none', 'none'])).toBe('a | b\n--+--');
  expect(tableLines([['x']], [])).toBe('x\n-');
  expect(tableLines([['']], ['none'])).toBe('\n-');
});

test('every line is a row, every column begins at the same place, nothing is left out', () => {
  const cell = fc.oneof(
    fc.lorem({ maxCount: 3, mode: 'words' }),
    fc.constantFrom('', '中文', '👩‍👩‍👧', 'a|b', '—'),
  );
  const rows = fc
    .integer({ min: 1, max: 5 })
    .chain((width) =>
      fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 }),
    );
  const aligns = fc.array(fc.constantFrom<CellAlign>('left', 'right', 'center', 'none'), {
    minLength: 5,
    maxLength: 5,
  });
  fc.assert(
    fc.property(rows, aligns, (cells, align) => {
      const [head = '', rule = '', ...rest] = tableLines(cells, align).split('\n');
      expect(rest.length).toBe(cells.length - 1);
      expect(rule).toMatch(/^-+(?:\+-+|-\+)*-*$/);
      const width = displayWidth(rule);
      const starts = [...rule.matchAll(/\+/g)].map((match) => match.index);
      for (const [index, line] of [head, ...rest].entries()) {
        expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(line).toBe(line.trimEnd());
        let from = 0;
        for (const value of cells[index] ?? []) {
          expect(line.indexOf(value, from)).toBeGreaterThanOrEqual(from);
          from = line.indexOf(value, from) + value.length;
        }
        const places = charsByPlace(line);
        for (const start of starts) expect(places.get(start) ?? '|').toBe('|');
      }
    }),
    { numRuns: 500 },
  );
});

test('a very wide and a very long table are written at once', () => {
  const wide = tableLines([Array.from({ length: 3_000 }, (_, at) => `c${at}`), []], []);
  expect(wide.split('\n').length).toBe(3);
  const long = tableLines(
    Array.from({ length: 200_000 }, () => ['a', 'b']),
    [],
  );
  expect(long.split('\n').length).toBe(200_001);
});

/** Which character stands at which place of a fixed-width line. */
function charsByPlace(line: string): ReadonlyMap<number, string> {
  const places = new Map<number, string>();
  let place = 0;
  for (const { segment } of new Intl.Segmenter('und', { granularity: 'grapheme' }).segment(line)) {
    places.set(place, segment);
    place += displayWidth(segment);
  }
  return places;
}
