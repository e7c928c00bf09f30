import type { SleepHours } from '../domain/sleep-hours.ts';
import { mergeSpans, type Span, spanAt } from '../domain/span.ts';
import { DAY_MS, dayStart, MINUTE_MS, type WallMs, weekdayOf } from '../domain/wall-clock.ts';

/** Also what began yesterday may last, and in eight days every range has begun again. */
const firstDay = -1;
const lastDay = 8;

/** When sleep ends that is under way, and when the next begins: what the wall clock shows then. Neither where it never changes. */
export interface SleepTimes {
  /** When that under way began; where that was before yesterday, some time of yesterday. */
  readonly beganAt?: WallMs;
  readonly endsAt?: WallMs;
  readonly beginsAt?: WallMs;
}

/** By the wall clock alone: a jump of it is not looked at. */
export function sleepTimes(hours: SleepHours, wall: WallMs): SleepTimes {
  const horizon = dayStart(wall) + lastDay * DAY_MS;
  const spans = mergeSpans(wallSpans(hours, wall));
  const current = spanAt(spans, wall);
  const next = spans.find(({ from }) => from > wall);
  return {
    ...(current === undefined ? {} : { beganAt: current.from }),
    ...(current === undefined || current.to >= horizon ? {} : { endsAt: current.to }),
    ...(next === undefined ? {} : { beginsAt: next.from }),
  };
}

function wallSpans({ ranges }: SleepHours, wall: WallMs): readonly Span[] {
  const days = Array.from(
    { length: lastDay - firstDay },
    (_, place) => dayStart(wall) + (firstDay + place) * DAY_MS,
  );
  return days.flatMap((day) =>
    ranges
      .filter((range) => range.days.includes(weekdayOf(day)))
      .map(({ startMinute, endMinute }) => {
        const minutes = endMinute > startMinute ? endMinute : endMinute + DAY_MS / MINUTE_MS;
        return { from: day + startMinute * MINUTE_MS, to: day + minutes * MINUTE_MS };
      }),
  );
}
