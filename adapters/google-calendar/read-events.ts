import { clipSpans, mergeSpans, type Span } from '../../core/domain/span.ts';
import { DAY_MS } from '../../core/domain/wall-clock.ts';
import type { EventsQuestion } from './client.ts';
import { badReply } from './errors.ts';
import { usableZone } from './event-span.ts';
import { applyChanges, formatCursor, type KeptEvents, parseCursor } from './kept-events.ts';
import { type EventsPage, parseEventsPage, parsePeerError, type WireEvent } from './wire.ts';

export interface EventsDeps {
  ask(question: EventsQuestion): Promise<unknown>;
  /** All had to be read anew although there was a cursor. */
  onStale(why: 'gone' | 'moved' | 'unreadable' | 'zone'): void;
}

export interface EventsRequest {
  readonly calendarId: string;
  readonly asked: Span;
  readonly cursor?: string;
  readonly zone: string;
}

export interface EventsReading {
  readonly busy: readonly Span[];
  readonly cursor?: string;
}

/**
 * Names what is sent: neither words, nor places, nor who else is in it. With `maxAttendees` 1 Google leaves out all but the calendar’s owner.
 * https://developers.google.com/workspace/calendar/api/v3/reference/events/list
 */
const fields =
  'nextPageToken,nextSyncToken,timeZone,items(id,status,transparency,eventType,start,end,attendees(self,responseStatus))';

/** The range moves on with the clock; what is held reaches a day further, so that all is read anew once a day at most. */
const aheadMs = DAY_MS;
/** A calendar that has more pages has no end. */
const mostPages = 100;

/**
 * When a calendar is busy by what is in it, merged and within `asked`. With a cursor only what changed since is read, unless Google has
 * forgotten its sync token or the range has left what is held. A sync token makes ETags needless: without changes the answer is empty.
 * Google does not document whether it tells of an event that was moved out of the range; where not, it counts until all is read anew.
 */
export async function readEvents(deps: EventsDeps, request: EventsRequest): Promise<EventsReading> {
  const kept = heldBefore(deps, request);
  const changed = kept === undefined ? undefined : await readChanges(deps, request, kept);
  return readingOf(changed ?? (await readAll(deps, request)), request.asked);
}

function heldBefore(deps: EventsDeps, { cursor, asked }: EventsRequest): KeptEvents | undefined {
  if (cursor === undefined) return undefined;
  const kept = parseCursor(cursor);
  if (kept === undefined) {
    deps.onStale('unreadable');
    return undefined;
  }
  if (kept.held.from <= asked.from && asked.to <= kept.held.to) return kept;
  deps.onStale('moved');
  return undefined;
}

type Whole = Omit<KeptEvents, 'syncToken'> & { readonly syncToken?: string };

function readingOf({ held, zone, syncToken, busy }: Whole, asked: Span): EventsReading {
  const spans = clipSpans(mergeSpans([...busy.values()]), asked);
  // What is over before the range is not asked for again.
  const rest = { from: asked.from, to: held.to };
  const later = new Map([...busy].filter(([, { from, to }]) => to > rest.from && from < rest.to));
  const cursor =
    syncToken === undefined ? undefined : formatCursor({ held: rest, zone, syncToken, busy: later });
  return { busy: spans, ...(cursor !== undefined && { cursor }) };
}

/** The same for the first question and for those after it: a sync token holds for the very same ones only. */
function questionOf(calendarId: string): EventsQuestion {
  return { calendarId, singleEvents: true, maxAttendees: 1, maxResults: 2_500, fields };
}

async function readAll(deps: EventsDeps, { calendarId, asked, zone }: EventsRequest): Promise<Whole> {
  const held = { from: asked.from, to: asked.to + aheadMs };
  const { events, last } = await readPages(deps, {
    ...questionOf(calendarId),
    timeMin: new Date(held.from).toISOString(),
    timeMax: new Date(held.to).toISOString(),
  });
  const own = usableZone(last.timeZone, zone);
  return {
    held,
    zone: own,
    busy: applyChanges(new Map(), events, own),
    ...(last.nextSyncToken !== undefined && { syncToken: last.nextSyncToken }),
  };
}

/** `undefined` where what is kept no longer holds. */
async function readChanges(
  deps: EventsDeps,
  { calendarId, zone }: EventsRequest,
  kept: KeptEvents,
): Promise<Whole | undefined> {
  let read: Awaited<ReturnType<typeof readPages>>;
  try {
    read = await readPages(deps, { ...questionOf(calendarId), syncToken: kept.syncToken });
  } catch (thrown) {
    const status = parsePeerError(thrown)?.status;
    // 410: it is too old, or the calendar’s sharing changed. 400: it was made for other questions.
    if (status !== 410 && status !== 400) throw thrown;
    deps.onStale('gone');
    return undefined;
  }
  if (read.last.timeZone !== undefined && usableZone(read.last.timeZone, zone) !== kept.zone) {
    deps.onStale('zone');
    return undefined;
  }
  const syncToken = read.last.nextSyncToken ?? kept.syncToken;
  return { ...kept, syncToken, busy: applyChanges(kept.busy, read.events, kept.zone) };
}

async function readPages(
  deps: EventsDeps,
  question: EventsQuestion,
): Promise<{ readonly events: readonly WireEvent[]; readonly last: EventsPage }> {
  const events: WireEvent[] = [];
  let pageToken: string | undefined;
  for (let count = 0; count < mostPages; count += 1) {
    const page = parseEventsPage(
      await deps.ask({ ...question, ...(pageToken !== undefined && { pageToken }) }),
    );
    if (page === undefined) throw badReply();
    events.push(...page.events);
    if (page.nextPageToken === undefined) return { events, last: page };
    if (page.nextPageToken === pageToken) break;
    pageToken = page.nextPageToken;
  }
  throw badReply();
}
