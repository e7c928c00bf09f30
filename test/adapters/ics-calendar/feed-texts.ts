import { type ReadFeed, readFeed } from '../../../adapters/ics-calendar/read-feed.ts';
import { createTimeZones } from '../../../adapters/time-zones/time-zones.ts';
import type { Span } from '../../../core/domain/span.ts';

export const zones = createTimeZones();

/** A feed of these lines, each a component’s. */
export const calendarOf = (...lines: readonly string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', ...lines, 'END:VCALENDAR', ''].join('\r\n');

/** An event of these lines; its uid is `a` unless they say another. */
export function eventOf(...lines: readonly string[]): readonly string[] {
  const uid = lines.some((line) => line.startsWith('UID')) ? [] : ['UID:a'];
  return ['BEGIN:VEVENT', ...uid, 'SUMMARY:Dinner with the mayor', ...lines, 'END:VEVENT'];
}

export const at = (iso: string): number => Date.parse(iso);

/** March to May 2026: the clocks of Europe go forward on 29 March. */
export const spring: Span = { from: at('2026-03-20T00:00:00Z'), to: at('2026-05-19T00:00:00Z') };

export function read(text: string, zone = 'Europe/Berlin', within = spring): Promise<ReadFeed> {
  return readFeed(text, { zones, zone, within, monotonicMs: () => 0, breathe: async () => {} });
}

/** Its busy spans as `from/to`, in UTC to the second. */
export async function busyOf(text: string, zone?: string, within?: Span): Promise<readonly string[]> {
  const iso = (instant: number): string => new Date(instant).toISOString().replace('.000', '');
  return (await read(text, zone, within)).busy.map(({ from, to }) => `${iso(from)}/${iso(to)}`);
}
