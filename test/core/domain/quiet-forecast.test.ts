import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSeededRandom } from '../../../bench/lib/seeded-random.ts';
import type { ActivityProfile } from '../../../core/domain/activity-profile.ts';
import { calibrationReport } from '../../../core/domain/calibration.ts';
import { closeQuarter, emptyProfile } from '../../../core/domain/close-quarter.ts';
import {
  brokenProbability,
  eventsPerHour,
  quietForecast,
  quietProbability,
} from '../../../core/domain/quiet-forecast.ts';
import {
  HOUR_MS,
  hourOfWeek,
  hoursOfWeek,
  MINUTE_MS,
  utcRules,
  WEEK_MS,
  wallAt,
  type ZoneRules,
} from '../../../core/domain/wall-clock.ts';
import { closed, firstQuarter, folded, monday, seenQuarters } from './profile-arbitrary.ts';

const quartersAWeek = WEEK_MS / (15 * MINUTE_MS);

/** What so many weeks make of a community that gives each quarter its events. */
function lived(weeks: number, eventsIn: (hour: number, place: number) => number): ActivityProfile {
  let profile = emptyProfile('UTC', monday);
  for (let place = 0; place < weeks * quartersAWeek; place += 1) {
    const hour = Math.floor(place / 4) % hoursOfWeek;
    const quarter = firstQuarter + place;
    profile = closeQuarter(profile, { quarter, hourOfWeek: hour, events: eventsIn(hour, place) });
  }
  return profile;
}

/** Clocks that go forward half an hour at one instant and back at another, not on the hour. */
function summerTime(from: number, to: number): ZoneRules {
  const changes = [from, to];
  const offsetMs = (at: number): number => (at >= from && at < to ? HOUR_MS / 2 : 0);
  return {
    zone: 'Test/Summer',
    offsetMs,
    instantOf: (wall) => wall - offsetMs(wall),
    nextChange: (after) => changes.find((change) => change > after),
  };
}

/** By minutes, one after the other. */
function quietByMinutes(profile: ActivityProfile, rules: ZoneRules, at: number, minutes: number): number {
  let quiet = 1;
  for (let minute = 0; minute < minutes; minute += 1) {
    const hour = hourOfWeek(wallAt(rules, at + minute * MINUTE_MS));
    quiet *= (1 - brokenProbability(profile, hour)) ** (1 / 15);
  }
  return quiet;
}

describe('the forecast', () => {
  test('is a probability for every profile, and never grows with the time', () => {
    const instant = fc.integer({ min: monday - WEEK_MS, max: monday + WEEK_MS });
    const minutes = fc.double({ min: 0, max: 3 * 24 * 60, noNaN: true });
    fc.assert(
      fc.property(seenQuarters, instant, minutes, minutes, (quarters, at, one, other) => {
        const profile = folded(quarters);
        for (let hour = 0; hour < hoursOfWeek; hour += 1) {
          const broken = brokenProbability(profile, hour);
          expect(broken).toBeGreaterThan(0);
          expect(broken).toBeLessThan(1);
        }
        const shorter = quietProbability(profile, utcRules, at, Math.min(one, other));
        const longer = quietProbability(profile, utcRules, at, Math.max(one, other));
        expect(shorter).toBeLessThanOrEqual(1);
        expect(longer).toBeLessThanOrEqual(shorter);
        expect(longer).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('for a while is that for its parts, across hours and changes of the clock', () => {
    const profile = lived(3, (hour, place) => (place % (2 + (hour % 24)) === 0 ? 1 : 0));
    const rules = summerTime(monday + 50.5 * HOUR_MS, monday + 60.25 * HOUR_MS);
    const minute = fc.integer({ min: 45 * 60, max: 65 * 60 });
    fc.assert(
      fc.property(minute, fc.nat(300), fc.nat(300), (start, first, second) => {
        const at = monday + start * MINUTE_MS;
        const forecast = quietForecast(profile, rules);
        const whole = forecast(at, first + second);
        expect(whole).toBeCloseTo(forecast(at, first) * forecast(at + first * MINUTE_MS, second), 10);
        expect(whole).toBeCloseTo(quietByMinutes(profile, rules, at, first + second), 10);
      }),
      { numRuns: 50 },
    );
  });

  test('nothing is sure for no time, and before anything was seen a tenth of the quarters has something', () => {
    const unknown = emptyProfile('UTC', monday);
    expect(quietProbability(unknown, utcRules, monday, 0)).toBe(1);
    expect(brokenProbability(unknown, 3)).toBeCloseTo(0.1, 12);
    expect(quietProbability(unknown, utcRules, monday + 7, 15)).toBeCloseTo(0.9, 12);
  });

  test('damaged counts give no more than certainty', () => {
    const profile = { ...emptyProfile('UTC', monday), broken: new Array<number>(hoursOfWeek).fill(99) };
    expect(quietProbability(profile, utcRules, monday, 30)).toBe(0);
  });

  test('follows the time of day of other weekdays, and not of the weekend', () => {
    const nine = 9;
    const profile = lived(4, (hour) => (hour % 24 === nine && hour < 4 * 24 ? 1 : 0));
    const friday = 4 * 24 + nine;
    const unseen = {
      ...profile,
      atRisk: profile.atRisk.with(friday, 0),
      broken: profile.broken.with(friday, 0),
    };
    expect(brokenProbability(unseen, friday)).toBeGreaterThan(0.4);
    expect(brokenProbability(profile, 5 * 24 + nine)).toBeLessThan(0.05);
  });

  test('learns a habit of one hour within some weeks', () => {
    const profile = lived(6, (hour, place) => (hour === 30 && place % 4 === 0 ? 2 : 0));
    expect(quietProbability(profile, utcRules, monday + 30 * HOUR_MS, 60)).toBeLessThan(0.6);
    expect(quietProbability(profile, utcRules, monday + 34 * HOUR_MS, 60)).toBeGreaterThan(0.95);
  });
});

describe('calibration', () => {
  const uniform = (random: ReturnType<typeof createSeededRandom>): number => random.below(2 ** 32) / 2 ** 32;
  const isOffice = (hour: number): boolean => hour < 5 * 24 && hour % 24 >= 8 && hour % 24 < 18;

  test.each([1, 2, 3, 4])(
    'a community by chance has calibrated forecasts after 8 weeks (seed %i)',
    (seed) => {
      const random = createSeededRandom(seed);
      const evening = (hour: number): number => 0.25 + 0.2 * Math.sin(((hour % 24) * Math.PI) / 12);
      const profile = lived(8, (hour) => (uniform(random) < evening(hour) ? 1 : 0));
      const { forecasts, said, cameTrue, error } = calibrationReport(profile);
      expect(forecasts).toBeGreaterThan(1_000);
      expect(Math.abs(said! - cameTrue!)).toBeLessThan(0.04);
      expect(error).toBeLessThan(0.05);
    },
  );

  test.each([1, 2, 3, 4])('a bursty one too (seed %i)', (seed) => {
    const random = createSeededRandom(seed);
    let left = 0;
    const profile = lived(8, (hour) => {
      if (left > 0) left -= 1;
      else if (uniform(random) < (isOffice(hour) ? 0.25 : 0.03)) left = 1 + random.below(8);
      return left > 0 ? 2 : 0;
    });
    expect(calibrationReport(profile).error).toBeLessThan(0.05);
  });

  test('says so where forecasts do not come true', () => {
    const calm = lived(8, () => 0);
    const storm = Array.from({ length: 400 }, (_, place) =>
      closed(calm.lastQuarter + 1 + place, place % 3 === 2 ? 1 : 0),
    );
    const { error } = calibrationReport(storm.reduce(closeQuarter, calm));
    const { error: before } = calibrationReport(calm);
    expect(before).toBeLessThan(0.01);
    expect(error).toBeGreaterThan(before! + 0.02);
  });

  test('is by the share of forecasts in each tenth', () => {
    const none = { forecasts: 0, said: 0, quiet: 0 };
    const calibration = [
      none,
      { forecasts: 10, said: 1.5, quiet: 4.5 },
      { forecasts: 30, said: 7.5, quiet: 6 },
    ];
    const report = calibrationReport({ calibration });
    expect(report.forecasts).toBe(40);
    expect(report.said).toBeCloseTo(9 / 40, 12);
    expect(report.cameTrue).toBeCloseTo(10.5 / 40, 12);
    expect(report.error).toBeCloseTo((3 + 1.5) / 40, 12);
    expect(calibrationReport({ calibration: [none] })).toEqual({ forecasts: 0 });
  });
});

test('events an hour are those of the hours that were seen', () => {
  const profile = folded([closed(firstQuarter, 3), closed(firstQuarter + 1, 0)]);
  const usual = eventsPerHour(profile);
  expect(usual).toHaveLength(hoursOfWeek);
  expect(usual[0]).toBeCloseTo(6, 2);
  expect(usual[1]).toBeUndefined();
});
