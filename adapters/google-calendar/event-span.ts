import { Temporal } from 'temporal-polyfill';
import type { Span } from '../../core/domain/span.ts';
import { countsAsBusy } from './counts-as-busy.ts';
import type { WireEvent, WireTime } from './wire.ts';

/** The zone where the machine knows it, else the other, else UTC. */
export function usableZone(zone: string | undefined, otherwise: string): string {
  return [zone, otherwise].find((name) => name !== undefined && isZone(name)) ?? 'UTC';
}

function isZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}

/** When somebody is busy because of an event; `undefined`: never. `zone` is the calendar’s: an all-day event lasts from midnight to midnight there. */
export function busySpan(event: WireEvent, zone: string): Span | undefined {
  const self = event.attendees?.find((attendee) => attendee.self === true);
  const facts = {
    ...(typeof event.status === 'string' && { status: event.status }),
    ...(typeof event.transparency === 'string' && { transparency: event.transparency }),
    ...(typeof event.eventType === 'string' && { eventType: event.eventType }),
    ...(typeof self?.responseStatus === 'string' && { ownResponse: self.responseStatus }),
    isAllDay: typeof event.start?.date === 'string',
  };
  if (!countsAsBusy(facts)) return undefined;
  const from = instantOf(event.start, zone);
  const to = instantOf(event.end, zone);
  return from !== undefined && to !== undefined && from < to ? { from, to } : undefined;
}

function instantOf(time: WireTime | null | undefined, zone: string): number | undefined {
  if (time === undefined || time === null) return undefined;
  try {
    if (typeof time.date === 'string') {
      // Not at 00:00 but where the day begins: some zones skip midnight.
      return Temporal.PlainDate.from(time.date).toZonedDateTime(zone).epochMilliseconds;
    }
    if (typeof time.dateTime !== 'string') return undefined;
    if (/(?:z|[+-]\d\d:?\d\d)$/i.test(time.dateTime)) {
      return Temporal.Instant.from(time.dateTime).epochMilliseconds;
    }
    const own = usableZone(time.timeZone ?? undefined, zone);
    return Temporal.PlainDateTime.from(time.dateTime).toZonedDateTime(own).epochMilliseconds;
  } catch {
    return undefined;
  }
}
