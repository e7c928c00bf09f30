import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { estimateLift, liftByContext } from '../../../../core/skills/proof/lift.ts';
import type { JudgedExposure } from '../../../../core/skills/proof/verdict.ts';
import { exposures } from './arbitrary-exposures.ts';
import { exposuresIn, uniformFrom, type World } from './simulate.ts';

const baselines = fc.option(
  fc.record({
    mean: fc.double({ min: -1, max: 1, noNaN: true }),
    variance: fc.double({ min: 0, max: 1, noNaN: true }),
    sessions: fc.nat({ max: 500 }),
  }),
  { nil: undefined },
);
const even: World = { propensity: 0.5, masked: 0.2, lift: 0.4, labelled: 0.9 };

describe('the lift', () => {
  test('is undefined without a session and with one arm only', () => {
    expect(estimateLift([])).toBeUndefined();
    const shown = exposuresIn(even, 50, uniformFrom(1)).filter(({ isShown }) => isShown);
    expect(estimateLift(shown)).toBeUndefined();
  });

  test.each([0.5, 0.9])('comes near the true one with many sessions (shown in %d)', (propensity) => {
    const many = exposuresIn({ ...even, propensity }, 20_000, uniformFrom(2));
    const lift = estimateLift(many);
    expect(Math.abs((lift?.mean ?? 0) - 0.4)).toBeLessThan(0.06);
    expect((lift?.high ?? 2) - (lift?.low ?? 0)).toBeLessThan(0.12);
  });

  test('is drawn to nought while sessions are few', () => {
    const pair = (outcome: number, isShown: boolean): JudgedExposure => ({
      ...(exposuresIn(even, 1, uniformFrom(3))[0] ?? expect.fail()),
      isShown,
      outcome,
    });
    const two = estimateLift([pair(1, true), pair(-1, false)]);
    expect(two?.mean).toBeGreaterThan(0);
    expect(two?.mean).toBeLessThan(0.4);
    expect(two?.low).toBeLessThan(0);
    const hundred = Array.from({ length: 50 }, () => [pair(1, true), pair(-1, false)]).flat();
    expect(estimateLift(hundred)?.mean).toBeGreaterThan(1.5);
  });

  test('undoes a change of propensity that went along with a change of mood', () => {
    // Good days with half masked, bad days with a tenth masked, and no lift on either: arms compared as they are would say −0.2.
    const good = exposuresIn(
      { propensity: 0.5, masked: 0.6, lift: 0, labelled: 0.9 },
      20_000,
      uniformFrom(4),
    );
    const bad = exposuresIn(
      { propensity: 0.9, masked: -0.2, lift: 0, labelled: 0.9 },
      20_000,
      uniformFrom(5),
    );
    const all = [...good, ...bad];
    const meanOf = (isShown: boolean): number => {
      const arm = all.filter((exposure) => exposure.isShown === isShown);
      return arm.reduce((sum, { outcome }) => sum + outcome, 0) / arm.length;
    };
    expect(meanOf(true) - meanOf(false)).toBeLessThan(-0.2);
    expect(Math.abs(estimateLift(all)?.mean ?? 1)).toBeLessThan(0.04);
  });

  test('does not hang on one session that was hardly ever masked', () => {
    const shown = exposuresIn({ ...even, propensity: 0.5 }, 200, uniformFrom(6));
    const rare = { ...(shown[0] ?? expect.fail()), isShown: false, propensity: 1 - 1e-9, outcome: -1 };
    const [before, after] = [estimateLift(shown), estimateLift([...shown, rare])];
    expect(Math.abs((after?.mean ?? 2) - (before?.mean ?? 0))).toBeLessThan(0.1);
  });

  test('is measured against other sessions where nothing was masked by chance, and there only', () => {
    const baseline = { mean: 0.2, variance: 0.7, sessions: 1_000 };
    const certain = exposuresIn({ ...even, propensity: 1 }, 2_000, uniformFrom(7));
    expect(estimateLift(certain)).toBeUndefined();
    expect(estimateLift(certain, { ...baseline, sessions: 0 })).toBeUndefined();
    expect(Math.abs((estimateLift(certain, baseline)?.mean ?? 0) - 0.4)).toBeLessThan(0.08);
    const mixed = exposuresIn(even, 200, uniformFrom(8));
    expect(estimateLift(mixed, { ...baseline, mean: -1 })).toEqual(estimateLift(mixed));
    expect(estimateLift([...mixed, ...certain], { ...baseline, mean: -1 })).toEqual(estimateLift(mixed));
  });

  test('lies in its interval, which holds the true lift in about nine of ten trials', () => {
    const trials = 600;
    const held = Array.from({ length: trials }, (_, run) =>
      estimateLift(exposuresIn({ ...even, lift: 0.1 }, 300, uniformFrom(run + 100))),
    ).filter((lift) => lift !== undefined && lift.low <= 0.1 && 0.1 <= lift.high).length;
    // Shrunken towards nought, which is near here, it holds a little more often than 90 %.
    expect(held / trials).toBeGreaterThan(0.87);
    expect(held / trials).toBeLessThan(0.97);
    fc.assert(
      fc.property(fc.array(exposures, { maxLength: 40 }), baselines, (given, baseline) => {
        const lift = estimateLift(given, baseline);
        if (lift === undefined) return;
        expect(lift.low).toBeGreaterThanOrEqual(-2);
        expect(lift.low).toBeLessThan(lift.mean);
        expect(lift.mean).toBeLessThan(lift.high);
        expect(lift.high).toBeLessThanOrEqual(2);
      }),
    );
  });
});

describe('the lift of a context', () => {
  const inContext = (context: string, lift: number, count: number, seed: number): JudgedExposure[] =>
    exposuresIn({ ...even, masked: 0, lift }, count, uniformFrom(seed)).map((exposure) => ({
      ...exposure,
      context,
    }));

  test('shows where it hurts although it helps on the whole', () => {
    const lifts = liftByContext([...inContext('a', 0.5, 3_000, 1), ...inContext('b', -0.4, 1_000, 2)]);
    expect([...lifts.keys()]).toEqual(['a', 'b']);
    expect(Math.abs((lifts.get('a')?.mean ?? 0) - 0.5)).toBeLessThan(0.1);
    expect(lifts.get('b')?.high).toBeLessThan(0);
  });

  test('is that of the whole where there is little of its own', () => {
    const many = inContext('a', 0.5, 3_000, 3);
    const few = inContext('b', -0.5, 8, 4);
    const lifts = liftByContext([...many, ...few]);
    const whole = estimateLift([...many, ...few])?.mean ?? 0;
    const alone = estimateLift(few)?.mean ?? 0;
    expect(alone).toBeLessThan(0.1);
    expect(Math.abs((lifts.get('b')?.mean ?? 0) - whole)).toBeLessThan(0.15);
  });

  test('is left out where nothing can be said', () => {
    const shown = inContext('b', 0.5, 30, 5).filter(({ isShown }) => isShown);
    expect([...liftByContext([...inContext('a', 0.5, 60, 6), ...shown]).keys()]).toEqual(['a']);
    expect(liftByContext(shown).size).toBe(0);
  });
});
