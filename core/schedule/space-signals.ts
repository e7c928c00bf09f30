import type { ActivityProfile } from '../domain/activity-profile.ts';
import type { LinkedCalendar } from '../domain/calendar.ts';
import type { PersonId, SpaceId } from '../domain/ids.ts';
import { type QuietForecast, quietForecast } from '../domain/quiet-forecast.ts';
import type { SpaceSignals } from '../domain/schedule.ts';
import type { SleepHours } from '../domain/sleep-hours.ts';
import { sleepSpans } from '../domain/sleep-spans.ts';
import { clipSpans, intersectSpans, mergeSpans, type Span } from '../domain/span.ts';
import { DAY_MS, HOUR_MS, type ZoneRules } from '../domain/wall-clock.ts';
import type { SpaceSchedules } from './space-schedules.ts';

export interface SpaceSignalsDeps {
  readonly schedules: Pick<SpaceSchedules, 'of' | 'rulesOf' | 'sleepOf'>;
  readonly activity: {
    profile(spaceId: SpaceId): ActivityProfile;
    isShared(spaceId: SpaceId): boolean;
  };
  readonly calendars: {
    /** What is linked in a space. */
    known(spaceId: SpaceId): readonly LinkedCalendar[];
    isUnknown(calendar: LinkedCalendar, now: number): boolean;
  };
}

/** What spaces add to the decision. */
export interface SpaceSignalsView {
  of(spaceId: SpaceId, now: number, lastActivityAt: number | undefined): SpaceSignals;
  /** When a space sleeps, also in time that is over. */
  sleepWithin(spaceId: SpaceId, within: Span): readonly Span[];
  /** Something that was said of a space, or read of its calendars, is otherwise now. */
  changed(spaceId: SpaceId): void;
}

/** So far ahead spans are told; a week, and a day for what is under way at its end. */
const aheadMs = 8 * DAY_MS;
/** Spans are made again after so long, and reach that much further. */
const keptMs = HOUR_MS;

interface KeptForecast {
  readonly profile: ActivityProfile;
  readonly rules: ZoneRules;
  readonly forecast: QuietForecast;
}

type Spans = Pick<SpaceSignals, 'sleep' | 'busy' | 'peopleAway'>;

interface KeptSpans {
  readonly madeAt: number;
  /** Of which calendars. */
  readonly readable: readonly LinkedCalendar[];
  readonly spans: Spans;
}

function isFresh(kept: KeptSpans, readable: readonly LinkedCalendar[], now: number): boolean {
  if (now < kept.madeAt || now - kept.madeAt >= keptMs) return false;
  return (
    readable.length === kept.readable.length &&
    readable.every((calendar, place) => calendar === kept.readable[place])
  );
}

export function createSpaceSignals(deps: SpaceSignalsDeps): SpaceSignalsView {
  const { schedules, activity, calendars } = deps;
  const kept = new Map<SpaceId, KeptSpans>();
  const forecasts = new Map<SpaceId, KeptForecast>();

  /** A profile is the same value until its quarter ends. */
  function forecastOf(spaceId: SpaceId, rules: ZoneRules): QuietForecast {
    const profile = activity.profile(spaceId);
    const known = forecasts.get(spaceId);
    if (known?.profile === profile && known.rules === rules) return known.forecast;
    const forecast = quietForecast(profile, rules);
    forecasts.set(spaceId, { profile, rules, forecast });
    return forecast;
  }

  function spansOf(spaceId: SpaceId, now: number): Spans {
    // What is known of a calendar ends without anybody's telling.
    const readable = calendars.known(spaceId).filter((calendar) => !calendars.isUnknown(calendar, now));
    const known = kept.get(spaceId);
    if (known !== undefined && isFresh(known, readable, now)) return known.spans;
    const spans = makeSpans(spaceId, readable, now);
    kept.set(spaceId, { madeAt: now, readable, spans });
    return spans;
  }

  function makeSpans(spaceId: SpaceId, readable: readonly LinkedCalendar[], now: number): Spans {
    const within: Span = { from: now - DAY_MS, to: now + aheadMs + keptMs };
    const busyOf = (isMeant: (calendar: LinkedCalendar) => boolean): readonly Span[] =>
      clipSpans(
        readable.filter(isMeant).flatMap(({ reading }) => reading?.busy ?? []),
        within,
      );
    return {
      sleep: sleepSpans(schedules.sleepOf(spaceId), schedules.rulesOf(spaceId), within),
      busy: busyOf(({ personId }) => personId === undefined),
      peopleAway: peopleAway(spaceId, within, (person) => busyOf(({ personId }) => personId === person)),
    };
  }

  /** A calendar that cannot be read says nothing of its person: only their sleep counts. */
  function peopleAway(
    spaceId: SpaceId,
    within: Span,
    busyOf: (person: PersonId) => readonly Span[],
  ): readonly Span[] {
    const sleepers = new Map<PersonId, SleepHours | undefined>(
      calendars
        .known(spaceId)
        .flatMap(({ personId }) => (personId === undefined ? [] : [[personId, undefined]])),
    );
    for (const { personId, sleep } of schedules.of(spaceId).people) {
      if (sleep !== undefined) sleepers.set(personId, sleep);
    }
    const away = [...sleepers].map(([person, sleep]) => {
      const rules: ZoneRules = schedules.rulesOf(spaceId, person);
      const asleep = sleep === undefined ? [] : sleepSpans(sleep, rules, within);
      return mergeSpans([...asleep, ...busyOf(person)]);
    });
    return away.length === 0 ? [] : away.reduce(intersectSpans);
  }

  return {
    of(spaceId, now, lastActivityAt) {
      const { manual } = schedules.of(spaceId);
      const rules = schedules.rulesOf(spaceId);
      return {
        spaceId,
        ...spansOf(spaceId, now),
        isShared: activity.isShared(spaceId),
        ...(manual === undefined || manual.until <= now ? {} : { manual }),
        ...(lastActivityAt === undefined ? {} : { lastActivityAt }),
        quiet: (at, minutes) => forecastOf(spaceId, rules)(at, minutes),
      };
    },
    sleepWithin: (spaceId, within) =>
      sleepSpans(schedules.sleepOf(spaceId), schedules.rulesOf(spaceId), within),
    changed: (spaceId) => void kept.delete(spaceId),
  };
}
