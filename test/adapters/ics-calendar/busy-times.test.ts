import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBusyTimes } from '../../../adapters/ics-calendar/busy-times.ts';
import { clipSpans } from '../../../core/domain/span.ts';

const within = { from: 100, to: 1_000_000 };

test('gives what merging all at once gives', () => {
  const span = fc
    .tuple(fc.integer({ min: 0, max: 1_100_000 }), fc.integer({ min: -5, max: 400 }))
    .map(([from, length]) => ({ from, to: from + length }));
  fc.assert(
    fc.property(fc.array(span, { maxLength: 300 }), fc.integer({ min: 1, max: 200 }), (spans, repeats) => {
      const times = createBusyTimes(within);
      for (let count = 0; count < repeats; count += 1) times.add(spans);
      expect(times.all()).toEqual(clipSpans(spans, within));
    }),
    { numRuns: 50 },
  );
});

const apart = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ from: 200 + at * 10, to: 205 + at * 10 }));

test('takes 10,000 times apart from each other, however often, and no more', () => {
  const times = createBusyTimes(within);
  for (let count = 0; count < 5; count += 1) times.add(apart(10_000));
  expect(times.all()).toHaveLength(10_000);
  times.add([{ from: 999_000, to: 999_001 }]);
  expect(() => times.all()).toThrow(expect.objectContaining({ code: 'bad_reply' }));
});

test('says so before it holds many more, and does not count what is elsewhere', () => {
  expect(() => createBusyTimes(within).add(apart(20_001))).toThrow(/10,000 busy times/);
  const times = createBusyTimes({ from: 200, to: 215 });
  times.add(apart(50_000));
  expect(times.all()).toEqual(apart(2));
});
