import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  clipSpans,
  intersectSpans,
  mergeSpans,
  type Span,
  spanAt,
  totalMs,
} from '../../../core/domain/span.ts';

/** Often meeting, empty, backward or within another. */
const anySpan = fc.record({ from: fc.integer({ min: 0, max: 24 }), to: fc.integer({ min: 0, max: 24 }) });
const anySpans = fc.array(anySpan, { maxLength: 8 });
const instants = Array.from({ length: 26 }, (_, at) => at);

const holds = (spans: readonly Span[], at: number): boolean =>
  spans.some(({ from, to }) => from <= at && at < to);
const heldBy = (spans: readonly Span[]): readonly number[] => instants.filter((at) => holds(spans, at));

function expectMerged(spans: readonly Span[]): void {
  const bounds = spans.flatMap(({ from, to }) => [from, to]);
  expect(bounds).toEqual([...new Set(bounds)].sort((a, b) => a - b));
}

describe('mergeSpans', () => {
  test('joins what meets or overlaps, and leaves apart what does not', () => {
    const spans = [
      { from: 5, to: 7 },
      { from: 1, to: 2 },
      { from: 2, to: 4 },
      { from: 6, to: 9 },
      { from: 6, to: 7 },
    ];
    expect(mergeSpans(spans)).toEqual([
      { from: 1, to: 4 },
      { from: 5, to: 9 },
    ]);
  });

  test('takes empty and backward ones for nothing', () => {
    expect(
      mergeSpans([
        { from: 3, to: 3 },
        { from: 9, to: 1 },
      ]),
    ).toEqual([]);
  });

  test('is the same time, in order and apart, whatever is given', () => {
    fc.assert(
      fc.property(anySpans, (spans) => {
        const given = structuredClone(spans);
        const merged = mergeSpans(spans);
        expectMerged(merged);
        expect(heldBy(merged)).toEqual(heldBy(spans));
        expect(mergeSpans(merged)).toEqual(merged);
        expect(spans).toEqual(given);
      }),
    );
  });
});

describe('intersectSpans', () => {
  test('is the time in both', () => {
    fc.assert(
      fc.property(anySpans, anySpans, (some, others) => {
        const [a, b] = [mergeSpans(some), mergeSpans(others)];
        const common = intersectSpans(a, b);
        expectMerged(common);
        expect(heldBy(common)).toEqual(instants.filter((at) => holds(a, at) && holds(b, at)));
        expect(intersectSpans(b, a)).toEqual(common);
      }),
    );
  });

  test('has nothing where spans only meet', () => {
    expect(intersectSpans([{ from: 1, to: 2 }], [{ from: 2, to: 3 }])).toEqual([]);
  });
});

test('clipSpans keeps what lies within, also of what was not merged', () => {
  fc.assert(
    fc.property(anySpans, anySpan, (spans, { from, to }) => {
      const within = { from: Math.min(from, to), to: Math.max(from, to) + 1 };
      const clipped = clipSpans(spans, within);
      expectMerged(clipped);
      expect(heldBy(clipped)).toEqual(heldBy(spans).filter((at) => holds([within], at)));
    }),
  );
});

describe('spanAt', () => {
  test('finds the span from its first instant up to but without its last', () => {
    const [night, noon] = [
      { from: 10, to: 20 },
      { from: 30, to: 40 },
    ];
    const found = [9, 10, 19, 20, 30, 40].map((at) => spanAt([night, noon], at));
    expect(found).toEqual([undefined, night, night, undefined, noon, undefined]);
  });
});

test('totalMs is as long as all of them are', () => {
  expect(totalMs([])).toBe(0);
  fc.assert(
    fc.property(anySpans, (spans) => {
      expect(totalMs(mergeSpans(spans))).toBe(heldBy(spans).length);
    }),
  );
});
