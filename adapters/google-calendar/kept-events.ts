import * as z from 'zod';
import type { Span } from '../../core/domain/span.ts';
import { busySpan } from './event-span.ts';
import type { WireEvent } from './wire.ts';

/** What was read of a calendar, such that only what changed must be read next time. */
export interface KeptEvents {
  /** Of which time the events are. */
  readonly held: Span;
  /** The calendar’s. */
  readonly zone: string;
  readonly syncToken: string;
  /** Of the events that count, by id. */
  readonly busy: ReadonlyMap<string, Span>;
}

/** More are not kept, but all read anew each time: the cursor lies in a database row. */
export const mostKept = 1_000;

const version = 1;
const cursorSchema = z.object({
  v: z.literal(version),
  from: z.number(),
  to: z.number(),
  zone: z.string().min(1),
  token: z.string().min(1),
  busy: z.array(z.tuple([z.string().min(1), z.number(), z.number()])).max(mostKept),
});

/** `undefined` where it is too much to keep. */
export function formatCursor({ held, zone, syncToken, busy }: KeptEvents): string | undefined {
  if (busy.size > mostKept) return undefined;
  const rows = [...busy].map(([id, { from, to }]) => [id, from, to]);
  return JSON.stringify({ v: version, from: held.from, to: held.to, zone, token: syncToken, busy: rows });
}

/** `undefined` where it is none: then all is read anew. */
export function parseCursor(text: string): KeptEvents | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = cursorSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const { from, to, zone, token, busy } = parsed.data;
  return {
    held: { from, to },
    zone,
    syncToken: token,
    busy: new Map(busy.map(([id, start, end]) => [id, { from: start, to: end }])),
  };
}

/** An occurrence is named after its series and its original start: `<series>_20260105T090000Z`, or `<series>_20260105` for all-day ones. */
const occurrence = /_\d{8}(?:T\d{6}Z)?$/;

/** The events after some changed, in the order of Google’s answer: each is put in the place of the one with its id, or takes it away. */
export function applyChanges(
  busy: ReadonlyMap<string, Span>,
  changes: readonly WireEvent[],
  zone: string,
): ReadonlyMap<string, Span> {
  const next = new Map(busy);
  for (const event of changes) {
    const span = busySpan(event, zone);
    if (span === undefined) next.delete(event.id);
    else next.set(event.id, span);
    if (event.status !== 'cancelled') continue;
    // With a series its occurrences are gone.
    for (const id of next.keys()) if (id.replace(occurrence, '') === event.id) next.delete(id);
  }
  return next;
}
