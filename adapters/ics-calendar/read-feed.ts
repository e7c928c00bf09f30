import type { Span } from '../../core/domain/span.ts';
import type { TimeZonePort } from '../../core/ports/time-zones.ts';
import { createBusyTimes } from './busy-times.ts';
import { allOf, type Component, paramOf, parseComponent } from './component.ts';
import { isBusyType } from './counts-as-busy.ts';
import { badFeed } from './errors.ts';
import { eventSpans, type IsTaken, periodSpan, takenAt } from './event-spans.ts';
import { type FeedEvent, readEvent } from './feed-event.ts';
import { readPeriods } from './feed-time.ts';
import { type ClockOf, createFeedZones } from './feed-zones.ts';
import { createPace, type PaceDeps, type Work } from './pace.ts';
import { type RawComponent, splitFeed } from './split-feed.ts';
import { createWorkBudget } from './work-budget.ts';

export interface ReadFeedOptions extends PaceDeps {
  readonly zones: TimeZonePort;
  /** For what has no zone of its own. */
  readonly zone: string;
  readonly within: Span;
}

export interface ReadFeed {
  /** Merged, clipped to `within`. */
  readonly busy: readonly Span[];
  readonly name?: string;
}

function* freeBusySpans(component: Component, clockOf: ClockOf): Work<readonly Span[]> {
  const busy = allOf(component, 'freebusy').filter((property) =>
    isBusyType((paramOf(property, 'fbtype') ?? 'BUSY').toUpperCase()),
  );
  const spans: Span[] = [];
  for (const period of readPeriods(busy) ?? []) {
    yield;
    spans.push(...periodSpan(period, clockOf));
  }
  return spans;
}

/** An event, and what stands in place of some of its occurrences. */
interface Series {
  readonly events: FeedEvent[];
  readonly replacements: FeedEvent[];
}

/** The events of one uid: of an older and a newer version, the newer. A feed that gives every event the same uid keeps them all. */
function latest(events: readonly FeedEvent[]): readonly FeedEvent[] {
  const newest = Math.max(...events.map(({ sequence }) => sequence));
  return events.filter(({ sequence }) => sequence === newest);
}

function* bySeries(events: readonly FeedEvent[]): Work<readonly Series[]> {
  const series = new Map<string, Series>();
  for (const [at, event] of events.entries()) {
    yield;
    const key = event.uid === '' ? `${at}` : `uid ${event.uid}`;
    const one = series.get(key) ?? { events: [], replacements: [] };
    (event.replaces === undefined ? one.events : one.replacements).push(event);
    series.set(key, one);
  }
  return [...series.values()];
}

/** Of the replacements of the same occurrence the newest; of two as new, the one that stands later. */
function* newestEach(replacements: readonly FeedEvent[]): Work<readonly FeedEvent[]> {
  const newest = new Map<string, FeedEvent>();
  for (const event of replacements.toSorted((a, b) => a.sequence - b.sequence)) {
    yield;
    const { wall, isUtc, tzid } = event.replaces ?? event.start;
    newest.set(`${wall} ${isUtc} ${tzid}`, event);
  }
  return [...newest.values()];
}

/** The busy events of one uid, each with what was taken out of it. */
function* seriesSpans(
  { events, replacements }: Series,
  spansOf: (event: FeedEvent, isReplaced: IsTaken) => Work<void>,
  clockOf: ClockOf,
): Work<void> {
  const standing = yield* newestEach(replacements);
  const replaced = standing.flatMap(({ replaces }) => replaces ?? []);
  const isReplaced = yield* takenAt(replaced, false, clockOf);
  const isDayReplaced = yield* takenAt(replaced, true, clockOf);
  for (const event of latest(events)) {
    if (event.isBusy) yield* spansOf(event, event.start.isDate ? isDayReplaced : isReplaced);
  }
  for (const event of standing) {
    // A replacement stands for one occurrence, whatever rule it repeats from the event itself.
    if (event.isBusy) yield* spansOf({ ...event, rules: [], dates: [], periods: [] }, nothing);
  }
}

const nothing: IsTaken = () => false;

function* parsed(components: readonly RawComponent[]): Work<readonly Component[]> {
  const all: Component[] = [];
  for (const raw of components) {
    yield;
    const component = yield* parseComponent(raw);
    if (component !== undefined) all.push(component);
  }
  return all;
}

function* readEvents(components: readonly RawComponent[]): Work<readonly FeedEvent[]> {
  const events: FeedEvent[] = [];
  for (const raw of components) {
    yield;
    const component = yield* parseComponent(raw);
    const event = component && (yield* readEvent(component));
    if (event !== undefined) events.push(event);
  }
  // Nothing of it can be read: that is not free time.
  if (events.length === 0 && components.length > 0) {
    throw badFeed('None of the events of this feed can be read. Give the address of another calendar.');
  }
  return events;
}

function* reading(text: string, { zones, zone, within }: ReadFeedOptions): Work<ReadFeed> {
  const budget = createWorkBudget();
  const feed = yield* splitFeed(text);
  const clockOf = createFeedZones(yield* parsed(feed.zones), zones, zone, within, budget);
  const events = yield* readEvents(feed.events);
  const busy = createBusyTimes(within);
  for (const raw of feed.freeBusy) {
    yield;
    const component = yield* parseComponent(raw);
    if (component !== undefined) busy.add(yield* freeBusySpans(component, clockOf));
  }
  function* spansOf(event: FeedEvent, isReplaced: IsTaken): Work<void> {
    yield;
    budget.event();
    busy.add(yield* eventSpans(event, isReplaced, within, clockOf, budget));
  }
  for (const series of yield* bySeries(events)) yield* seriesSpans(series, spansOf, clockOf);
  return { busy: busy.all(), ...(feed.name !== undefined && { name: feed.name }) };
}

/**
 * When a calendar is busy, by the text of its iCalendar feed (RFC 5545), with a breath every 20 ms. An event that cannot be read, or that has
 * more than 5,000 lines or 250,000 characters, is left out. Rejects with `bad_reply` for a text that is no calendar or asks for too much: more than
 * 20,000 events, 10,000 occurrences of one, 10,000 busy times apart from each other.
 */
export function readFeed(text: string, options: ReadFeedOptions): Promise<ReadFeed> {
  return createPace(options)(reading(text, options));
}
