import type { LinkedCalendar } from '../domain/calendar.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/wall-clock.ts';

/** A reading counts for so long. */
export const readingLastsMs = 2 * HOUR_MS;

/**
 * Whether it is known of a calendar if it is busy now. Else it counts as neither busy nor free. A reading that is dated after now, as after a
 * jump of the clock, counts for no longer than one from before.
 */
export function calendarKnown({ reading, fault }: LinkedCalendar, now: number): boolean {
  if (reading === undefined || fault?.isFinal === true) return false;
  const { asked, readAt } = reading;
  return Math.abs(now - readAt) <= readingLastsMs && asked.from <= now && now < asked.to;
}

/** Why a calendar is not known, a clause; `undefined` where it is. */
export function whyUnknown(calendar: LinkedCalendar, now: number): string | undefined {
  if (calendarKnown(calendar, now)) return undefined;
  const { fault, reading } = calendar;
  if (fault !== undefined) return withoutStop(fault.message);
  return reading === undefined
    ? 'it was not read yet'
    : `it was not read for ${roughly(Math.abs(now - reading.readAt))}`;
}

/**
 * What people are to do about a calendar, a sentence without its full stop; `undefined` where it is known, or was only just linked. Says nothing of
 * whose it is or what it is called.
 */
export function calendarProblem(calendar: LinkedCalendar, now: number): string | undefined {
  if (calendarKnown(calendar, now)) return undefined;
  const { number, fault, reading, addedAt } = calendar;
  const which = `Calendar ${number} of this space`;
  if (fault !== undefined) {
    const unread = `${which} could not be read for ${roughly(now - fault.since)}`;
    return fault.isFinal
      ? `${unread}. ${withoutStop(fault.message)}`
      : `${unread}; it is tried again and again`;
  }
  const lastAt = reading?.readAt ?? addedAt;
  if (now - lastAt <= readingLastsMs) return undefined;
  return `${which} was not read for ${roughly(now - lastAt)}`;
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}

function roughly(durationMs: number): string {
  const units = [
    ['day', DAY_MS],
    ['hour', HOUR_MS],
    ['minute', MINUTE_MS],
  ] as const;
  for (const [name, unitMs] of units) {
    const count = Math.floor(durationMs / unitMs);
    if (count >= 1) return `${count} ${name}${count === 1 ? '' : 's'}`;
  }
  return 'less than a minute';
}
