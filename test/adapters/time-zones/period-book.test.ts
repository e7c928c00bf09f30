import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPeriodBook, type Period } from '../../../adapters/time-zones/period-book.ts';

/** Ten long, save for the first and the last. */
function periodOf(at: number): Period {
  const tens = Math.min(Math.max(Math.floor(at / 10), 0), 9);
  return {
    from: tens === 0 ? Number.NEGATIVE_INFINITY : tens * 10,
    to: tens === 9 ? Number.POSITIVE_INFINITY : tens * 10 + 10,
    offsetMs: tens,
  };
}

test('finds the period of every instant, and looks each up once', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -20, max: 120 }), { maxLength: 60 }), (instants) => {
      const asked: number[] = [];
      const periodAt = createPeriodBook((at) => {
        asked.push(at);
        return periodOf(at);
      });
      for (const at of instants) expect(periodAt(at)).toEqual(periodOf(at));
      expect(asked).toHaveLength(new Set(instants.map((at) => periodOf(at).offsetMs)).size);
    }),
  );
});

test('keeps nothing of a failure', () => {
  let isDown = true;
  const periodAt = createPeriodBook((at) => {
    if (isDown) throw new RangeError('no number');
    return periodOf(at);
  });
  expect(() => periodAt(5)).toThrow(RangeError);
  isDown = false;
  expect(periodAt(5)).toEqual(periodOf(5));
});
