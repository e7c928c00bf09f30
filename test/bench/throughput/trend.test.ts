import { expect, test } from 'vitest';
import { isFlat, risePerMinute, riseShare } from '../../../bench/lib/throughput/trend.ts';

const samples = (value: (minute: number) => number) =>
  Array.from({ length: 61 }, (_, at) => ({ atMs: at * 1_000, value: value(at / 60) }));

test('the rise of a straight line is its slope, whatever swings about it', () => {
  expect(risePerMinute(samples((minute) => 100 + 6 * minute))).toBeCloseTo(6);
  const swinging = samples((minute) => 100 + 6 * minute).map((sample, at) => ({
    ...sample,
    value: sample.value + (at % 2 === 0 ? 1 : -1),
  }));
  expect(risePerMinute(swinging)).toBeCloseTo(6, 0);
  expect(risePerMinute([])).toBe(0);
  expect(risePerMinute([{ atMs: 0, value: 3 }])).toBe(0);
});

test('flat is a rise of at most a tenth of the median in ten minutes', () => {
  expect(riseShare(samples(() => 200))).toBe(0);
  expect(isFlat(samples((minute) => 200 + minute))).toBe(true);
  expect(isFlat(samples((minute) => 200 + 3 * minute))).toBe(false);
  expect(isFlat(samples((minute) => 200 - 3 * minute))).toBe(true);
});
