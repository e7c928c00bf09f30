import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { labelBalance } from '../../../../core/skills/proof/label-balance.ts';
import { exposures } from './arbitrary-exposures.ts';

type Session = Parameters<typeof labelBalance>[0][number];

const arm = (isShown: boolean, labelled: number, sessions: number, propensity = 0.5): readonly Session[] =>
  Array.from({ length: sessions }, (_, index) => ({ isShown, propensity, isLabelled: index < labelled }));

describe('the balance of labels', () => {
  test('tells the share of each arm', () => {
    expect(labelBalance([...arm(true, 3, 12), ...arm(false, 6, 12)])).toEqual({
      shown: 0.25,
      masked: 0.5,
      isOff: false,
    });
    expect(labelBalance([])).toEqual({ isOff: false });
    expect(labelBalance(arm(true, 1, 4))).toEqual({ shown: 0.25, isOff: false });
    expect(labelBalance(arm(false, 1, 4))).toEqual({ masked: 0.25, isOff: false });
  });

  test('is off where a pooled z of two proportions is above 1.96, in either direction', () => {
    // By hand: 50 and 37 of 100 give 1.85, 51 and 37 give 1.99.
    for (const [a, b, isOff] of [
      [50, 37, false],
      [51, 37, true],
      [37, 51, true],
    ] as const) {
      expect(labelBalance([...arm(true, a, 100), ...arm(false, b, 100)]).isOff).toBe(isOff);
    }
  });

  test('is never off with fewer than ten sessions in an arm', () => {
    expect(labelBalance([...arm(true, 100, 100), ...arm(false, 0, 9)]).isOff).toBe(false);
    expect(labelBalance([...arm(true, 9, 9), ...arm(false, 0, 100)]).isOff).toBe(false);
    expect(labelBalance([...arm(true, 100, 100), ...arm(false, 0, 10)]).isOff).toBe(true);
  });

  test('is not off where everybody or nobody speaks', () => {
    for (const labelled of [0, 50])
      expect(labelBalance([...arm(true, labelled, 50), ...arm(false, labelled, 50)]).isOff).toBe(false);
  });

  test('compares only what was left to chance, once anything was', () => {
    const chance = [...arm(true, 10, 20), ...arm(false, 10, 20)];
    expect(labelBalance([...chance, ...arm(true, 0, 500, 1)])).toEqual({
      shown: 0.5,
      masked: 0.5,
      isOff: false,
    });
    expect(labelBalance(arm(true, 2, 8, 1))).toEqual({ shown: 0.25, isOff: false });
  });

  test('does not depend on order or on which arm is which', () => {
    fc.assert(
      fc.property(fc.array(exposures, { maxLength: 100 }), (given) => {
        const halves = given.map((exposure) => ({ ...exposure, propensity: 0.5 }));
        const found = labelBalance(halves);
        expect(labelBalance(halves.toReversed())).toEqual(found);
        const swapped = labelBalance(halves.map((session) => ({ ...session, isShown: !session.isShown })));
        expect(swapped).toEqual({
          ...(found.masked === undefined ? {} : { shown: found.masked }),
          ...(found.shown === undefined ? {} : { masked: found.shown }),
          isOff: found.isOff,
        });
      }),
    );
  });
});
