import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSeededRandom } from '../../../bench/lib/seeded-random.ts';
import { QUARTER_MS } from '../../../core/domain/activity-profile.ts';
import type { SpaceSignals } from '../../../core/domain/schedule.ts';
import { mergeSpans } from '../../../core/domain/span.ts';
import { DAY_MS, dayStart } from '../../../core/domain/wall-clock.ts';
import { type SimulatedDay, simulateWeek } from '../../../core/schedule/simulate-week.ts';
import { decideWindow, type WindowInput } from '../../../core/schedule/window-rule.ts';
import { hour, hours, minute, noon, space, windowInput } from './window-inputs.ts';

const week = Array.from({ length: 7 }, (_, place) => {
  const day = dayStart(noon) + place * DAY_MS;
  return { day, span: { from: Math.max(noon, day), to: day + DAY_MS } };
});

function simulated(
  said: Partial<SpaceSignals>,
  draws = 200,
  input: Partial<WindowInput> = {},
): readonly SimulatedDay[] {
  const random = createSeededRandom(1);
  return simulateWeek({
    input: windowInput({ ...input, spaces: [space(said)] }),
    days: week,
    draws,
    random: () => random.below(2 ** 32) / 2 ** 32,
  });
}

const sum = (days: readonly SimulatedDay[], of: (day: SimulatedDay) => number): number =>
  days.reduce((total, day) => total + of(day), 0);

describe('a week in which', () => {
  test('nobody comes is what is expected if nobody comes', () => {
    const days = simulated({ lastActivityAt: noon, quiet: () => 1 }, 2);
    expect(days.map(({ day }) => day)).toEqual(week.map(({ day }) => day));
    expect(days[0]).toEqual({
      day: dayStart(noon),
      windows: [hours(0.5, 12)],
      expectedMs: 11.5 * hour,
      expectedInterruptions: 0,
    });
    expect(days[3]).toMatchObject({ windows: [week[3]?.span], expectedMs: DAY_MS });
  });

  test('somebody comes all the time has windows in sleep only, and each quarter of it is interrupted', () => {
    const [today, tomorrow] = simulated({ lastActivityAt: noon, quiet: () => 0, sleep: [hours(2, 4)] });
    expect(today?.windows).toEqual([hours(2, 4)]);
    expect(today?.expectedMs).toBeGreaterThan(1.2 * hour);
    expect(today?.expectedMs).toBeLessThan(1.8 * hour);
    expect(today?.expectedInterruptions).toBeGreaterThan(6);
    expect(today?.expectedInterruptions).toBeLessThanOrEqual(8);
    expect(tomorrow).toMatchObject({ windows: [], expectedMs: 0, expectedInterruptions: 0 });
  });

  test('people come more often is open for less', () => {
    const openAt = (share: number) =>
      sum(simulated({ quiet: (_, minutes) => share ** (minutes / 15) }), ({ expectedMs }) => expectedMs);
    const [often, sometimes, seldom] = [openAt(0.82), openAt(0.9), openAt(0.99)];
    expect(often).toBeLessThan(sometimes);
    expect(sometimes).toBeLessThan(seldom);
    expect(seldom).toBeLessThan(6.5 * DAY_MS);
  });

  test('somebody was there a moment ago begins with the veto', () => {
    const days = simulated({ sleep: [hours(-1, 999)] }, 1, { lastMessageAt: noon });
    expect(days[0]?.expectedMs).toBe(12 * hour - 3 * minute);
  });

  test('a maintainer has closed it is closed until then', () => {
    const manual = { kind: 'closed', until: noon + 2 * DAY_MS } as const;
    const days = simulated({ sleep: [hours(-1, 999)], manual }, 1);
    expect(days.map(({ expectedMs }) => expectedMs / hour)).toEqual([0, 0, 12, 24, 24, 24, 24]);
  });
});

test('a window that is open goes on to its end, however short that is', () => {
  const one = space({ lastActivityAt: noon, quiet: () => 0.7, sleep: [hours(2, 4)] });
  const [today] = simulateWeek({
    input: windowInput({ spaces: [one], leastMs: hour }),
    days: week,
    draws: 1,
    random: () => 0.999,
  });
  expect(today).toMatchObject({ windows: [hours(2, 4)], expectedMs: 2 * hour });
});

test('the end of a day that is no whole quarter is as busy as its length', () => {
  const asked: number[] = [];
  const span = { from: noon, to: noon + 20 * minute };
  const quiet = (at: number, minutes: number): number => {
    if (at === noon + 15 * minute && minutes !== 15) asked.push(minutes);
    return 1;
  };
  simulateWeek({
    input: windowInput({ spaces: [space({ quiet })] }),
    days: [{ day: noon, span }],
    draws: 1,
    random: () => 0.5,
  });
  expect(asked).toEqual([5]);
});

const anyVisits = fc.array(fc.option(fc.integer({ min: 1, max: 14 }), { nil: undefined, freq: 3 }), {
  minLength: 20,
  maxLength: 60,
});
const idleMinutes = fc.constantFrom(5, 30);
const anySleep = fc
  .array(fc.record({ start: fc.nat(50), length: fc.integer({ min: 1, max: 30 }) }), { maxLength: 3 })
  .map((spans) =>
    mergeSpans(
      spans.map(({ start, length }) => ({
        from: noon + start * QUARTER_MS,
        to: noon + (start + length) * QUARTER_MS,
      })),
    ),
  );

test('a drawn week is what the rule makes of it, minute by minute', () => {
  fc.assert(
    fc.property(anyVisits, anySleep, fc.constantFrom(0.5, 0.9), idleMinutes, (visits, sleep, quiet, idle) => {
      const one = space({ sleep, quiet: () => quiet, lastActivityAt: noon - 5 * minute });
      const input = windowInput({
        spaces: [one],
        lastMessageAt: noon - 5 * minute,
        leastMs: minute,
        idleMs: idle * minute,
      });
      // Somebody comes where the first number is below the probability; the second tells when.
      const script = visits.flatMap((at) => (at === undefined ? [0.999] : [0, at / 15]));
      const days = [{ day: noon, span: { from: noon, to: noon + visits.length * QUARTER_MS } }];
      const [day] = simulateWeek({ input, days, draws: 1, random: () => script.shift() ?? 0.999 });
      expect(script).toEqual([]);
      const walked = minuteByMinute(input, visits);
      expect(day?.expectedMs).toBeCloseTo(walked.openMs, 3);
      expect(day?.expectedInterruptions).toBe(walked.interruptions);
    }),
  );
});

function minuteByMinute(input: WindowInput, visits: readonly (number | undefined)[]) {
  let isOpen = false;
  let lastAt = noon - 5 * minute;
  let openMs = 0;
  let interruptions = 0;
  for (let at = noon; at < noon + visits.length * QUARTER_MS; at += minute) {
    const place = Math.floor((at - noon) / QUARTER_MS);
    if (visits[place] === (at - noon - place * QUARTER_MS) / minute) {
      if (isOpen) interruptions += 1;
      lastAt = at;
    }
    const spaces = input.spaces.map((one) => ({ ...one, lastActivityAt: lastAt }));
    isOpen = decideWindow({ ...input, now: at, spaces, lastMessageAt: lastAt, isOpen }).isOpen;
    if (isOpen) openMs += minute;
  }
  return { openMs, interruptions };
}
