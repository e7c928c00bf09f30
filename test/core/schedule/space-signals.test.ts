import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTimeZones } from '../../../adapters/time-zones/time-zones.ts';
import { calendarLinkId, type LinkedCalendar } from '../../../core/domain/calendar.ts';
import { type PersonId, personId, spaceId } from '../../../core/domain/ids.ts';
import { quietProbability } from '../../../core/domain/quiet-forecast.ts';
import type { PersonSchedule, SpaceSchedule } from '../../../core/domain/schedule.ts';
import type { SleepHours } from '../../../core/domain/sleep-hours.ts';
import { isAsleep } from '../../../core/domain/sleep-spans.ts';
import type { Span } from '../../../core/domain/span.ts';
import { DAY_MS, HOUR_MS, isoWeekdays, utcRules } from '../../../core/domain/wall-clock.ts';
import { calendarKnown } from '../../../core/schedule/calendar-known.ts';
import { createSpaceSignals } from '../../../core/schedule/space-signals.ts';
import { closed, firstQuarter, folded, monday } from '../domain/profile-arbitrary.ts';

const here = spaceId('web', 'here');
const there = spaceId('web', 'there');
const [ann, bob] = [personId('web', 'ann'), personId('web', 'bob')];
const zones = createTimeZones();
const now = monday + 12 * HOUR_MS;

const daily = (from: number, to: number): SleepHours => ({
  ranges: [{ days: isoWeekdays, startMinute: from * 60, endMinute: to * 60 }],
});
const at = (hour: number): number => monday + hour * HOUR_MS;
const busy = (...hours: readonly (readonly [number, number])[]): readonly Span[] =>
  hours.map(([from, to]) => ({ from: at(from), to: at(to) }));

let links = 0;
function calendar(spans: readonly Span[], changes: Partial<LinkedCalendar> = {}): LinkedCalendar {
  links += 1;
  return {
    linkId: calendarLinkId(`link_${links}`),
    number: links,
    spaceId: here,
    source: 'ics',
    calendarId: '',
    access: 'freebusy',
    label: '',
    addedBy: ann,
    addedAt: 0,
    reading: { busy: spans, asked: { from: now - DAY_MS, to: now + 14 * DAY_MS }, readAt: now },
    ...changes,
  };
}

function rigOf(given: Partial<SpaceSchedule> = {}, calendars: readonly LinkedCalendar[] = []) {
  const said = {
    schedule: { people: [], ...given } as SpaceSchedule,
    calendars,
    unknown: [] as readonly LinkedCalendar[],
    isShared: false,
    /** How often hours were asked for: how often spans are made. */
    made: 0,
  };
  const zoneOf = (person?: PersonId): string =>
    said.schedule.people.find((one) => one.personId === person)?.zone ?? said.schedule.zone ?? 'UTC';
  const profile = folded([closed(firstQuarter, 3), closed(firstQuarter + 1, 0)]);
  const signals = createSpaceSignals({
    schedules: {
      of: (of) => (of === here ? said.schedule : { people: [] }),
      rulesOf: (_, person) => zones.rules(zoneOf(person)),
      sleepOf(of) {
        said.made += 1;
        return (of === here ? said.schedule.sleep : undefined) ?? { ranges: [] };
      },
    },
    activity: { profile: () => profile, isShared: () => said.isShared },
    calendars: {
      known: (of) => said.calendars.filter((linked) => linked.spaceId === of),
      isUnknown: (linked, when) => said.unknown.includes(linked) || !calendarKnown(linked, when),
    },
  });
  return { said, signals, profile };
}

/** Whole hours from Monday on that lie in spans. */
const hoursIn = (spans: readonly Span[], hours = 48): readonly number[] =>
  Array.from({ length: hours }, (_, hour) => hour).filter((hour) =>
    spans.some(({ from, to }) => from <= at(hour) && at(hour) < to),
  );

describe('the signals of a space', () => {
  test('are its hours of sleep by its own clock, for eight days and a day before', () => {
    const { signals } = rigOf({ sleep: daily(0, 6), zone: 'America/New_York' });
    const { sleep } = signals.of(here, now, undefined);
    const nights = Array.from({ length: 9 }, (_, day) => [day * 24 + 5, day * 24 + 11] as const);
    expect(sleep).toEqual(busy(...nights));
  });

  test('are busy when a calendar of the whole space is, and not when a person’s is', () => {
    const { signals } = rigOf({}, [
      calendar(busy([20, 22], [30, 31])),
      calendar(busy([21, 24])),
      calendar(busy([40, 44]), { personId: ann }),
      calendar(busy([50, 55]), { spaceId: there }),
    ]);
    expect(hoursIn(signals.of(here, now, undefined).busy, 60)).toEqual([20, 21, 22, 23, 30]);
    expect(hoursIn(signals.of(there, now, undefined).busy, 60)).toEqual([50, 51, 52, 53, 54]);
  });

  test('have what was said for now until that is over, and what was last done only where it is known', () => {
    const manual = { kind: 'open', until: now + 1, by: ann } as const;
    const { signals, said } = rigOf({ manual });
    expect(signals.of(here, now, 5)).toMatchObject({ manual, lastActivityAt: 5, isShared: false });
    said.isShared = true;
    const later = signals.of(here, now + 1, undefined);
    expect(later).not.toHaveProperty('manual');
    expect(later).not.toHaveProperty('lastActivityAt');
    expect(later.isShared).toBe(true);
  });

  test('forecast by the usual activity and the clock of the space', () => {
    const { signals, profile } = rigOf();
    const { quiet } = signals.of(here, now, undefined);
    for (const hour of [0, 1, 30]) {
      expect(quiet(at(hour), 45)).toBe(quietProbability(profile, utcRules, at(hour), 45));
    }
    expect(quiet(at(0), 45)).not.toBe(quiet(at(30), 45));
  });
});

describe('people are away', () => {
  test('when all who have said so are, and never where nobody has', () => {
    expect(rigOf().signals.of(here, now, undefined).peopleAway).toEqual([]);
    const people: readonly PersonSchedule[] = [
      { personId: ann, sleep: daily(20, 6) },
      { personId: bob, sleep: daily(22, 8), zone: 'Europe/Berlin' },
    ];
    const { signals } = rigOf({ people });
    // Bob's hours are an hour earlier by UTC.
    expect(hoursIn(signals.of(here, now, undefined).peopleAway, 30)).toEqual([
      ...[0, 1, 2, 3, 4, 5, 21, 22, 23, 24, 25, 26, 27, 28, 29],
    ]);
  });

  test('also when their own calendars are busy, each in the time between', () => {
    const people = [{ personId: ann, sleep: daily(22, 6) }];
    const { signals } = rigOf({ people }, [
      calendar(busy([18, 22]), { personId: ann }),
      calendar(busy([14, 23]), { personId: bob }),
    ]);
    expect(hoursIn(signals.of(here, now, undefined).peopleAway)).toEqual([18, 19, 20, 21, 22]);
  });

  test('who has told only a zone has not said when', () => {
    const people = [
      { personId: ann, zone: 'Asia/Tokyo' },
      { personId: bob, sleep: daily(13, 15) },
    ];
    const { signals } = rigOf({ people });
    expect(hoursIn(signals.of(here, now, undefined).peopleAway, 24)).toEqual([13, 14]);
  });

  test('not because of the calendar of the space', () => {
    const { signals } = rigOf({}, [calendar(busy([14, 20]))]);
    expect(signals.of(here, now, undefined).peopleAway).toEqual([]);
  });
});

describe('a calendar that is not known', () => {
  test('says nothing of its space', () => {
    const linked = calendar(busy([14, 20]));
    const { signals, said } = rigOf({}, [linked]);
    said.unknown = [linked];
    expect(signals.of(here, now, undefined).busy).toEqual([]);
  });

  test('leaves of its person their sleep alone', () => {
    const linked = calendar(busy([14, 20]), { personId: ann });
    const { signals, said } = rigOf({ people: [{ personId: ann, sleep: daily(22, 23) }] }, [linked]);
    said.unknown = [linked];
    expect(hoursIn(signals.of(here, now, undefined).peopleAway, 24)).toEqual([22]);
  });

  test('of somebody who has said nothing else makes them be there', () => {
    const linked = calendar(busy([14, 20]), { personId: ann });
    const { signals, said } = rigOf({ people: [{ personId: bob, sleep: daily(13, 23) }] }, [linked]);
    expect(hoursIn(signals.of(here, now, undefined).peopleAway, 24)).toEqual([14, 15, 16, 17, 18, 19]);
    said.unknown = [linked];
    signals.changed(here);
    expect(signals.of(here, now, undefined).peopleAway).toEqual([]);
  });

  test('counts no more from the moment on in which its reading is too old, though nothing tells of that', () => {
    const { signals } = rigOf({}, [calendar(busy([12, 20]), {})]);
    expect(signals.of(here, now + 2 * HOUR_MS - 1, undefined).busy).not.toEqual([]);
    expect(signals.of(here, now + 2 * HOUR_MS + 1, undefined).busy).toEqual([]);
  });
});

describe('what was found out', () => {
  test('is kept for an hour, and made again then, or where the clock was set back', () => {
    const { signals, said } = rigOf({ sleep: daily(0, 6) });
    const made = (when: number): number => {
      signals.of(here, when, undefined);
      return said.made;
    };
    expect([now, now, now + HOUR_MS - 1].map(made)).toEqual([1, 1, 1]);
    expect(made(now + HOUR_MS)).toBe(2);
    expect(made(now + HOUR_MS - 1)).toBe(3);
  });

  test('reaches eight days ahead at the end of that hour, too', () => {
    const { signals } = rigOf({ sleep: daily(0, 0) });
    signals.of(here, now, undefined);
    const when = now + HOUR_MS - 1;
    expect(signals.of(here, when, undefined).sleep.at(-1)?.to).toBeGreaterThanOrEqual(when + 8 * DAY_MS);
  });

  test('is made again at once where something is said otherwise, of that space alone', () => {
    const { signals, said } = rigOf({ sleep: daily(0, 6) });
    signals.of(here, now, undefined);
    signals.of(there, now, undefined);
    said.schedule = { people: [], sleep: daily(13, 14) };
    expect(hoursIn(signals.of(here, now, undefined).sleep, 24)).toEqual([0, 1, 2, 3, 4, 5]);
    signals.changed(here);
    expect(hoursIn(signals.of(here, now, undefined).sleep, 24)).toEqual([13]);
    const before = said.made;
    signals.of(there, now, undefined);
    expect(said.made).toBe(before);
  });

  test('is that of now where a calendar was read anew', () => {
    const before = calendar(busy([14, 15]));
    const { signals, said } = rigOf({}, [before]);
    signals.of(here, now, undefined);
    said.calendars = [{ ...before, reading: { ...before.reading!, busy: busy([16, 17]) } }];
    expect(hoursIn(signals.of(here, now, undefined).busy)).toEqual([16]);
  });

  test('sleep in time that is over is told for the time asked for', () => {
    const { signals } = rigOf({ sleep: daily(0, 6) });
    const within = { from: at(-14 * 24 + 5), to: at(-13 * 24 + 1) };
    expect(signals.sleepWithin(here, within)).toEqual([
      { from: within.from, to: at(-14 * 24 + 6) },
      { from: at(-13 * 24), to: within.to },
    ]);
  });
});

test('whoever says whatever: all are away exactly when each of them sleeps or is busy by what is known', () => {
  const hours = fc.record({ from: fc.nat(23), to: fc.nat(23) }).map(({ from, to }) => daily(from, to));
  const spans = fc
    .array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 9 })), { maxLength: 3 })
    .map((pairs) => busy(...pairs.map(([from, long]) => [from, from + long] as const)));
  const person = fc.record({
    sleep: fc.option(hours, { nil: undefined }),
    calendars: fc.array(fc.record({ spans, isUnknown: fc.boolean() }), { maxLength: 2 }),
  });
  fc.assert(
    fc.property(fc.array(person, { maxLength: 3 }), (people) => {
      const ids = people.map((_, place) => personId('web', `p${place}`));
      const known: LinkedCalendar[] = [];
      const unknown: LinkedCalendar[] = [];
      for (const [place, { calendars }] of people.entries()) {
        for (const { spans: times, isUnknown } of calendars) {
          const linked = calendar(times, { personId: ids[place]! });
          (isUnknown ? unknown : known).push(linked);
        }
      }
      const said = people.flatMap(({ sleep }, place) =>
        sleep === undefined ? [] : [{ personId: ids[place]!, sleep }],
      );
      const rig = rigOf({ people: said }, [...known, ...unknown]);
      rig.said.unknown = unknown;
      const { peopleAway } = rig.signals.of(here, now, undefined);
      const speakers = people
        .map((one, place) => ({ ...one, id: ids[place] }))
        .filter(({ sleep, calendars }) => sleep !== undefined || calendars.length > 0);
      const expected = Array.from({ length: 48 }, (_, hour) => hour).filter(
        (hour) =>
          speakers.length > 0 &&
          speakers.every(
            ({ sleep, calendars }) =>
              (sleep !== undefined && isAsleep(sleep, utcRules, at(hour))) ||
              calendars.some(
                ({ spans: times, isUnknown }) =>
                  !isUnknown && times.some(({ from, to }) => from <= at(hour) && at(hour) < to),
              ),
          ),
      );
      expect(hoursIn(peopleAway)).toEqual(expected);
    }),
  );
});
