import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { personId } from '../../../../core/domain/ids.ts';
import type { SessionBaseline } from '../../../../core/ports/trial-store.ts';
import { harmAlarm } from '../../../../core/skills/proof/harm-alarm.ts';
import type { JudgedExposure } from '../../../../core/skills/proof/verdict.ts';
import { exposures } from './arbitrary-exposures.ts';
import { exposureIn, exposuresIn, normalDraw, threeErrors, uniformFrom, type World } from './simulate.ts';

const voters = (person: string, votes: number): JudgedExposure['negatives'] => [
  { personId: personId('web', person), votes },
];
const shown = (outcome: number, negatives: JudgedExposure['negatives'] = []): JudgedExposure => ({
  at: 0,
  isShown: true,
  propensity: 0.5,
  context: 'web|direct',
  outcome,
  isLabelled: outcome !== 0,
  negatives,
});
const masked = (outcome: number, negatives: JudgedExposure['negatives'] = []): JudgedExposure => ({
  ...shown(outcome, negatives),
  isShown: false,
});
const times = <Item>(count: number, item: Item): readonly Item[] => Array.from({ length: count }, () => item);

const good = times(60, masked(1));
const bad = (count: number, people: readonly string[]): readonly JudgedExposure[] =>
  Array.from({ length: count }, (_, index) => shown(-1, voters(people[index % people.length] ?? '', 1)));
const silent = times(40, shown(-1));

describe('the alarm', () => {
  test('needs five bad votes of two people in sessions that were shown the skill', () => {
    expect(harmAlarm([...good, ...silent, ...bad(5, ['ann', 'bob'])])).toMatchObject({
      isAlarm: true,
      negatives: 5,
      negativePeople: 2,
    });
    expect(harmAlarm([...good, ...silent, ...bad(4, ['ann', 'bob'])]).isAlarm).toBe(false);
    expect(harmAlarm([...good, ...silent, ...bad(50, ['ann'])]).isAlarm).toBe(false);
  });

  test('counts votes, not sessions', () => {
    const two = [shown(-1, voters('ann', 4)), shown(-1, voters('bob', 1))];
    expect(harmAlarm([...good, ...silent, ...two])).toMatchObject({ isAlarm: true, negatives: 5 });
  });

  test('does not count bad votes without the skill, nor people who gave none', () => {
    const elsewhere = times(9, masked(1, voters('bob', 3)));
    const nobody = shown(-1, voters('bob', 0));
    expect(harmAlarm([...good, ...silent, ...elsewhere, nobody, ...bad(9, ['ann'])])).toMatchObject({
      isAlarm: false,
      negatives: 9,
      negativePeople: 1,
    });
  });

  test('needs harm: bad votes that come as often without the skill raise none', () => {
    const both = Array.from({ length: 60 }, (_, index) => {
      const vote = voters(`p${index % 5}`, 1);
      return [shown(-1, vote), masked(-1, vote)];
    }).flat();
    const found = harmAlarm(both);
    expect(found).toMatchObject({ isAlarm: false, negatives: 60, negativePeople: 5 });
    expect(found.pHarm).toBeCloseTo(0.5, 6);
  });

  test('compares with nothing where there is nothing', () => {
    const certain = bad(30, ['ann', 'bob']).map((exposure) => ({ ...exposure, propensity: 1 }));
    for (const given of [bad(30, ['ann', 'bob']), certain]) {
      const found = harmAlarm(given);
      expect(found.isAlarm).toBe(false);
      expect('pHarm' in found).toBe(false);
    }
  });

  /** Of a skill after which people are always unhappy. */
  const history = fc.array(
    exposures.map((exposure) => ({
      ...exposure,
      outcome: Math.abs(exposure.outcome) * (exposure.isShown ? -1 : 1),
    })),
    { minLength: 30, maxLength: 80 },
  );
  const baseline: SessionBaseline = { mean: 0.9, variance: 0.1, sessions: 500 };

  test('is never raised by one person, whatever else happens', () => {
    let byMany = 0;
    fc.assert(
      fc.property(history, fc.boolean(), (given, hasBaseline) => {
        const byOne = given.map((exposure) => ({
          ...exposure,
          negatives: exposure.negatives.map(({ votes }) => ({ personId: personId('web', 'ann'), votes })),
        }));
        const against = hasBaseline ? baseline : undefined;
        if (harmAlarm(given, against).isAlarm) byMany += 1;
        expect(harmAlarm(byOne, against).isAlarm).toBe(false);
      }),
    );
    expect(byMany).toBeGreaterThan(30);
  });

  test('is never raised by fewer than five bad votes', () => {
    fc.assert(
      fc.property(history, (given) => {
        let left = 4;
        const few = given.map((exposure) => ({
          ...exposure,
          negatives: exposure.negatives.map(({ personId: by, votes }) => {
            const kept = Math.min(votes, left);
            left -= kept;
            return { personId: by, votes: kept };
          }),
        }));
        expect(harmAlarm(few, baseline).isAlarm).toBe(false);
      }),
    );
  });
});

describe('where nothing is masked by chance', () => {
  const world: World = { propensity: 1, masked: 0.4, lift: -0.5, labelled: 0.8 };
  const baseline: SessionBaseline = { mean: 0.4, variance: 0.7, sessions: 400 };
  const isRaised = (lift: number, seed: number): boolean =>
    harmAlarm(exposuresIn({ ...world, lift }, 200, uniformFrom(seed)), baseline).isAlarm;

  test('other sessions of the scope stand in for the masked ones, and are trusted less', () => {
    expect(isRaised(-0.5, 1)).toBe(true);
    expect(isRaised(0, 1)).toBe(false);
    expect(isRaised(0.3, 1)).toBe(false);
    // As clear as day if chance had decided; here it may as well be that these sessions are about something harder.
    const certain = exposuresIn({ ...world, lift: -0.12 }, 20_000, uniformFrom(2));
    expect(harmAlarm(certain, { ...baseline, sessions: 20_000 }).isAlarm).toBe(false);
  });

  test('a skill that turned bad after its canary is found, whatever its canary looked like', () => {
    const canary = exposuresIn({ ...world, propensity: 0.5, lift: 0.1 }, 100, uniformFrom(3));
    const after = exposuresIn({ ...world, lift: -0.8 }, 300, uniformFrom(4));
    expect(harmAlarm([...canary, ...after]).isAlarm).toBe(false);
    expect(harmAlarm([...canary, ...after], baseline).isAlarm).toBe(true);
  });
});

/** After how many sessions the alarm was raised, looking after every fifth; Infinity where it was not. */
function timeToAlarm(world: World, count: number, seed: number): number {
  const uniform = uniformFrom(seed);
  const seen: JudgedExposure[] = [];
  for (let index = 1; index <= count; index += 1) {
    seen.push(exposureIn(world, index, uniform));
    if (index % 5 === 0 && harmAlarm(seen).isAlarm) return index;
  }
  return Number.POSITIVE_INFINITY;
}

describe('looking again and again', () => {
  // Measured within 400 sessions: all of those that hurt by 0.6 (median 70), 96 % by 0.3 (155); 10 % of those that do nothing, 0.3 % of those that help by 0.3.
  test.each([
    { lift: -0.6, least: 0.99, most: 1 },
    { lift: -0.3, least: 0.9, most: 1 },
    { lift: 0, least: 0, most: 0.15 },
    { lift: 0.3, least: 0, most: 0.03 },
  ])('stops those that hurt and few of those that help: lift $lift', ({ lift, least, most }) => {
    const runs = 200;
    const world: World = { propensity: 0.5, masked: 0.3, lift, labelled: 0.9 };
    const raised = Array.from({ length: runs }, (_, run) => timeToAlarm(world, 400, run + 1));
    const share = raised.filter(Number.isFinite).length / runs;
    expect(share).toBeGreaterThanOrEqual(least);
    expect(share).toBeLessThanOrEqual(most);
  });

  test('nine alarms in ten are right where lifts are spread by 0.15', () => {
    let raised = 0;
    let right = 0;
    for (let run = 0; run < 1_500; run += 1) {
      const lift = 0.15 * normalDraw(uniformFrom(run + 90_001));
      const world: World = { propensity: 0.5, masked: 0.1, lift, labelled: 0.8 };
      if (!Number.isFinite(timeToAlarm(world, 300, run + 5_000))) continue;
      raised += 1;
      if (lift < 0) right += 1;
    }
    expect(raised).toBeGreaterThan(200);
    // Measured: 96 % of 343.
    expect(right / raised).toBeGreaterThanOrEqual(0.9 - threeErrors(0.9, raised));
  });
});
