import { describe, expect, test } from 'vitest';
import { runTrial, usualOutcome } from '../../bench/lib/evolve/cheap-runs.ts';
import { meanOf, wilson } from '../../bench/lib/evolve/intervals.ts';
import { recoveryOf, successByTenth, successOf } from '../../bench/lib/evolve/summary.ts';
import type { AnsweredTurn } from '../../bench/lib/evolve/talk.ts';
import { createWorld, type Inhabitant } from '../../bench/lib/evolve/world.ts';
import { turnId } from '../../core/domain/ids.ts';

describe('intervals', () => {
  test('Wilson’s, as published: 5 of 50, none of 10, all of 10', () => {
    expect(wilson(5, 50).value).toBe(0.1);
    expect(wilson(5, 50).interval?.[0]).toBeCloseTo(0.0435, 4);
    expect(wilson(5, 50).interval?.[1]).toBeCloseTo(0.2136, 4);
    expect(wilson(0, 10).interval?.[0]).toBe(0);
    expect(wilson(0, 10).interval?.[1]).toBeCloseTo(0.2775, 4);
    expect(wilson(10, 10).interval?.[1]).toBeCloseTo(1);
    expect(wilson(0, 0)).toEqual({ value: 0, interval: [0, 1] });
  });

  test('Student’s over five seeds; none over one', () => {
    const { value, interval } = meanOf([1, 2, 3, 4, 5]);
    expect(value).toBe(3);
    // 2.776 × √(2.5 / 5)
    expect(interval?.[1]).toBeCloseTo(3 + 1.963, 3);
    expect(interval?.[0]).toBeCloseTo(3 - 1.963, 3);
    expect(meanOf([7])).toEqual({ value: 7 });
  });
});

describe('what a stream comes to', () => {
  const world = createWorld(1, { days: 10, sessionsADay: 16 });
  const { reversal, lengthMs, people } = world;
  const plain = people.find(
    (person) => person.spaceId === reversal.spaceId && !world.isOwnWish(person, reversal.topic),
  );
  const brigader = people.find(({ isBrigading }) => isBrigading);

  function turn(at: number, isSuccess: boolean, asker: Inhabitant | undefined = plain): AnsweredTurn {
    if (asker === undefined) throw new TypeError('Nobody is like that.');
    const dice = { says: true, flips: false, corrects: false };
    return {
      turnId: turnId(`t${at}`),
      at,
      planned: { asker, topic: reversal.topic, request: 'x', ...dice },
      isSuccess,
    };
  }
  const earlier = (isSuccess: boolean, count: number): readonly AnsweredTurn[] =>
    Array.from({ length: count }, (_, at) => turn(reversal.at - 1 - at, isSuccess));
  const later = (pattern: string): readonly AnsweredTurn[] =>
    [...pattern].map((sign, at) => turn(reversal.at + at, sign === '1'));

  test('success is counted by tenths of the time, without whoever brigades', () => {
    const turns = Array.from({ length: 10 }, (_, at) => [
      turn(at * 0.1 * lengthMs + 1, at >= 5),
      turn(at * 0.1 * lengthMs + 2, true),
      turn(at * 0.1 * lengthMs + 3, false, brigader),
    ]).flat();
    expect(successByTenth({ turns, world })).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 1, 1, 1, 1, 1]);
    expect(successOf({ turns, world })).toBe(0.75);
  });

  test('recovery is the first ten turns of which enough are right again', () => {
    const turns = [...earlier(true, 20), ...later(`${'0'.repeat(12)}${'1'.repeat(20)}`)];
    // Nine right of the last ten: the 12 failures and 9 more.
    expect(recoveryOf({ turns, world })).toEqual({ before: 1, turns: 21, isBack: true });
    const never = [...earlier(true, 20), ...later('0'.repeat(30))];
    expect(recoveryOf({ turns: never, world })).toEqual({ before: 1, turns: 30, isBack: false });
  });

  test('there is nothing to come back to where it was never right', () => {
    expect(recoveryOf({ turns: [...earlier(false, 20), ...later('1111')], world })).toBeUndefined();
    expect(recoveryOf({ turns: later('1111'), world })).toBeUndefined();
  });
});

describe('trials by themselves', () => {
  const seeds = Array.from({ length: 60 }, (_, at) => at + 1);
  const stopped = (lift: number): number =>
    seeds.filter((seed) => runTrial(seed, { lift, sessions: 80 }).stoppedAt !== undefined).length;

  test('are the same for the same seed', () => {
    const trial = { lift: 0, sessions: 120 };
    expect(runTrial(7, trial)).toEqual(runTrial(7, trial));
  });

  test('stop what harms far more often than what does nothing', () => {
    expect(stopped(-usualOutcome)).toBeGreaterThan(stopped(0) + 20);
  });

  test('promote what does nothing after its fortnight and prove it hardly ever', () => {
    const ends = seeds.map((seed) => runTrial(seed, { lift: 0, sessions: 80 }));
    expect(ends.filter(({ promotedAt }) => promotedAt !== undefined).length).toBeGreaterThan(30);
    expect(ends.every(({ promotedAt = 70 }) => promotedAt >= 70)).toBe(true);
    expect(ends.filter(({ provenAt }) => provenAt !== undefined).length).toBeLessThan(10);
  });
});
