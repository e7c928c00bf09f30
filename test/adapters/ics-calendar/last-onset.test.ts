import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lastOnset } from '../../../adapters/ics-calendar/last-onset.ts';

test('is the one that a look at all of them finds', () => {
  const instants = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 20 });
  fc.assert(
    fc.property(instants, fc.integer({ min: -1, max: 31 }), (ats, at) => {
      const ordered = ats.toSorted((a, b) => a - b).map((one, place) => ({ at: one, place }));
      expect(lastOnset(ordered, at)).toBe(ordered.findLast((one) => one.at <= at));
    }),
  );
});

test('looks at eleven of two thousand at most', () => {
  let looks = 0;
  const ordered = Array.from({ length: 2_000 }, (_, place) => ({
    get at() {
      looks += 1;
      return place;
    },
  }));
  for (const at of [-1, 0, 777, 1_999, 5_000]) {
    looks = 0;
    lastOnset(ordered, at);
    expect(looks).toBeLessThanOrEqual(11);
  }
});
