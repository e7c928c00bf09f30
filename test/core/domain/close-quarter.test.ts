import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ActivityProfile, QUARTER_MS } from '../../../core/domain/activity-profile.ts';
import {
  type ClosedQuarter,
  closeQuarter,
  emptyProfile,
  noteActive,
} from '../../../core/domain/close-quarter.ts';
import { fadeTo, halfLifeMs, setBack } from '../../../core/domain/fade-profile.ts';
import { brokenProbability } from '../../../core/domain/quiet-forecast.ts';
import { DAY_MS, hoursOfWeek } from '../../../core/domain/wall-clock.ts';
import { closed, firstQuarter, folded, monday, seenQuarters } from './profile-arbitrary.ts';

const listNames = ['events', 'quarters', 'active', 'atRisk', 'broken'] as const;
type Lists = Pick<ActivityProfile, (typeof listNames)[number]>;

/** The same, by the words of the type: each quarter on its own, weighed by its age. */
function countedAnew(quarters: readonly ClosedQuarter[], at: number): Lists {
  const none = (): number[] => new Array<number>(hoursOfWeek).fill(0);
  const lists = { events: none(), quarters: none(), active: none(), atRisk: none(), broken: none() };
  quarters.forEach(({ quarter, hourOfWeek, events }, place) => {
    const weight = 0.5 ** ((at - (quarter + 1) * QUARTER_MS) / halfLifeMs);
    const add = (name: keyof Lists, count: number): void => {
      lists[name][hourOfWeek]! += count * weight;
    };
    add('events', events);
    add('quarters', 1);
    if (events > 0) add('active', 1);
    const isAtRisk = [1, 2].every((back) => {
      const before = quarters[place - back];
      return before?.quarter === quarter - back && before.events === 0;
    });
    if (isAtRisk) add('atRisk', 1);
    if (isAtRisk && events > 0) add('broken', 1);
  });
  return lists;
}

function expectSame(profile: ActivityProfile, lists: Lists): void {
  for (const name of listNames) {
    profile[name].forEach((number, hour) => {
      expect(number).toBeCloseTo(lists[name][hour]!, 9);
    });
  }
}

describe('an hour-of-week profile', () => {
  test('counts every quarter by its age and its hour', () => {
    fc.assert(
      fc.property(seenQuarters, (quarters) => {
        const profile = folded(quarters);
        expectSame(profile, countedAnew(quarters, profile.asOf));
        expect(profile.asOf).toBe(
          quarters.length === 0 ? monday : (quarters.at(-1)!.quarter + 1) * QUARTER_MS,
        );
      }),
    );
  });

  test('is the same whenever it is read in between', () => {
    const read = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 60, maxLength: 60 });
    fc.assert(
      fc.property(seenQuarters, read, (quarters, reads) => {
        const inChunks = quarters.reduce(
          (profile, quarter, place) => {
            const startsAt = quarter.quarter * QUARTER_MS;
            return closeQuarter(
              fadeTo(profile, profile.asOf + (startsAt - profile.asOf) * reads[place]!),
              quarter,
            );
          },
          emptyProfile('UTC', monday),
        );
        const atOnce = folded(quarters);
        expectSame(inChunks, atOnce);
        inChunks.calibration.forEach((bin, place) => {
          expect(bin.forecasts).toBeCloseTo(atOnce.calibration[place]!.forecasts, 9);
          expect(bin.said).toBeCloseTo(atOnce.calibration[place]!.said, 9);
          expect(bin.quiet).toBeCloseTo(atOnce.calibration[place]!.quiet, 9);
        });
        expect({ ...inChunks, ...atOnce }).toEqual(atOnce);
      }),
    );
  });

  test('ages alike at once or in steps, before or after a quarter is counted', () => {
    fc.assert(
      fc.property(seenQuarters, fc.nat(100 * DAY_MS), fc.nat(100 * DAY_MS), (quarters, one, other) => {
        const profile = folded(quarters);
        const [between, end] = [profile.asOf + one, profile.asOf + one + other];
        expectSame(fadeTo(fadeTo(profile, between), end), fadeTo(profile, end));
        const next = closed(profile.lastQuarter + 1, 2);
        const later = Math.max(end, (next.quarter + 1) * QUARTER_MS);
        expectSame(closeQuarter(fadeTo(profile, later), next), fadeTo(closeQuarter(profile, next), later));
      }),
    );
  });

  test('counts half after four weeks', () => {
    const profile = folded([closed(firstQuarter, 3)]);
    expect(fadeTo(profile, profile.asOf + 28 * DAY_MS).events[0]).toBeCloseTo(1.5, 12);
    expect(fadeTo(profile, profile.asOf - 28 * DAY_MS)).toBe(profile);
  });

  test('an older quarter, or the same again, changes nothing', () => {
    fc.assert(
      fc.property(seenQuarters, fc.nat(800), (quarters, back) => {
        const profile = folded(quarters);
        expect(closeQuarter(profile, closed(profile.lastQuarter - back, 9))).toBe(profile);
      }),
    );
    const begun = emptyProfile('UTC', monday + 1);
    expect(closeQuarter(begun, closed(firstQuarter, 1))).toBe(begun);
    expect(closeQuarter(begun, closed(firstQuarter + 1, 1)).quarters[0]).toBe(1);
  });

  test('the third of three quiet quarters is at risk; a gap or a word begins anew', () => {
    const at = (...events: readonly (number | undefined)[]): number =>
      folded(
        events.flatMap((count, place) => (count === undefined ? [] : [closed(firstQuarter + place, count)])),
      ).atRisk.reduce((sum, number) => sum + number, 0);
    expect(at(0, 0)).toBe(0);
    expect(at(0, 0, 0)).toBe(1);
    expect(at(0, 0, undefined, 0)).toBe(0);
    expect(at(0, 0, undefined, 0, 0)).toBe(0);
    expect(at(0, 1, 0, 0)).toBe(0);
    expect(Math.round(at(0, 0, 4, 0, 0, 0))).toBe(2);
  });

  test('the forecast that is told is the one from before', () => {
    const before = folded([0, 1, 2].map((place) => closed(firstQuarter + place, 0)));
    const said = 1 - brokenProbability(before, 0);
    const after = closeQuarter(before, closed(firstQuarter + 3, 1));
    const bin = after.calibration[Math.floor(said * 10)]!;
    const weight = 0.5 ** (QUARTER_MS / halfLifeMs);
    const { said: earlier } = before.calibration[Math.floor(said * 10)]!;
    expect(bin.said).toBeCloseTo(earlier * weight + said, 12);
    expect(bin.quiet).toBeCloseTo(weight, 12);
    expect(after.calibration.reduce((sum, { forecasts }) => sum + forecasts, 0)).toBeCloseTo(1 + weight, 12);
  });

  test('knows its last quarter with anything, seen to its end or not', () => {
    const profile = folded([closed(firstQuarter, 1), closed(firstQuarter + 1, 0)]);
    expect(profile.lastActiveQuarter).toBe(firstQuarter);
    expect(closeQuarter(profile, closed(firstQuarter + 9, 1)).lastActiveQuarter).toBe(firstQuarter + 9);
    const noted = noteActive(profile, firstQuarter + 2);
    expect(noted).toEqual({ ...profile, lastActiveQuarter: firstQuarter + 2 });
    expect(noteActive(noted, firstQuarter)).toEqual(noted);
    expect(closeQuarter(noted, closed(firstQuarter + 2, 0)).lastActiveQuarter).toBe(firstQuarter + 2);
  });

  test('set back, it counts on from there with what it knows', () => {
    const profile = folded([1, 1, 0].map((events, place) => closed(firstQuarter + place, events)));
    expect(profile.quietRun).toBe(1);
    const back = setBack(profile, monday - 10 * DAY_MS + 1);
    expectSame(back, profile);
    const next = Math.ceil((monday - 10 * DAY_MS + 1) / QUARTER_MS);
    expect(back).toMatchObject({ lastQuarter: next - 1, quietRun: 0, lastActiveQuarter: next - 1 });
    expect(closeQuarter(back, closed(next, 5)).lastQuarter).toBe(next);
    expect(setBack(profile, profile.asOf)).toBe(profile);
  });
});
