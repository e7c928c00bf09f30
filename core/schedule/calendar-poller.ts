import type { AppError } from '../domain/app-error.ts';
import type {
  CalendarFault,
  CalendarLink,
  CalendarLinkId,
  CalendarReading,
  LinkedCalendar,
} from '../domain/calendar.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { CalendarStore } from '../ports/calendar-store.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { calendarKnown, calendarProblem } from './calendar-known.ts';
import { askedServer, createCalendarServers, pausedError } from './calendar-servers.ts';
import { createCalendarsBySpace } from './calendars-by-space.ts';
import { createLanesByKey } from './lanes-by-key.ts';
import { nextPollMs, type PollOutcome, pollEveryMs } from './poll-delay.ts';
import { createProbeLimit } from './probe-limit.ts';
import { type CalendarToRead, type FreshReading, readCalendar } from './read-calendar.ts';
import { type TriedCalendar, type TryCalendarDeps, tryCalendar } from './try-calendar.ts';

export interface CalendarPollerDeps extends Omit<TryCalendarDeps, 'servers'> {
  readonly clock: Pick<Clock, 'now' | 'monotonicMs' | 'after'>;
  readonly store: Pick<CalendarStore, 'list' | 'sealed' | 'setReading' | 'setFault'>;
  /** 0 … 1. */
  readonly random: () => number;
  readonly logger: Logger;
  /** Something of a space's calendars is other than it was. */
  readonly onChange: (spaceId: SpaceId) => void;
}

/** Reads linked calendars again and again, and has in mind what was read. */
export interface CalendarPoller {
  /** Again is fine. */
  start(): void;
  /** Cuts off what is under way. Resolves when all has ended; safe to call twice. */
  stop(): Promise<void>;
  /** Of one space, by number; the same value until something of them changes. None before the first look into the store. */
  known(spaceId: SpaceId): readonly LinkedCalendar[];
  isUnknown(calendar: LinkedCalendar, now: number): boolean;
  /** Reads one at once, also one it has not heard of. Resolves when that has ended, well or not; never rejects. */
  ask(linkId: CalendarLinkId): Promise<void>;
  /** It was removed: at once nothing of it is known, whatever is under way. */
  forget(linkId: CalendarLinkId): void;
  /**
   * Reads what is not linked, once, ahead of all that waits. Rejects as `readCalendar`, and with `rate_limited` where the person tries too many
   * or the server is to be left alone.
   */
  probe(wanted: CalendarToRead & Pick<CalendarLink, 'addedBy'>, secret: string): Promise<FreshReading>;
  /** What people of a space are to know or do, as `calendarProblem`. */
  problems(spaceId: SpaceId): readonly string[];
}

interface Watched {
  calendar: LinkedCalendar;
  failures: number;
  timer: Timer | undefined;
  /** The read that waits or is under way. */
  running: Promise<void> | undefined;
  readonly cut: AbortController;
}

const listEveryMs = 10 * 60_000;
const listRetryMs = 60_000;
/** After a start, so that not all are asked in one moment. */
const startSpreadMs = 30_000;

/**
 * Each calendar is read every ten minutes or so: one at a time of those that the same person linked, so that slow ones of theirs hold up no others,
 * and of each server and source as `CalendarServers` has it. The list is looked at as often, as other instances may have changed it. Goes by monotonic time: a jump of the clock changes no waiting. A failing store is
 * logged, and what was read still counts.
 */
export function createCalendarPoller(deps: CalendarPollerDeps): CalendarPoller {
  const { store, clock, random, logger } = deps;
  const watched = new Map<CalendarLinkId, Watched>();
  /** What is watched. */
  const bySpace = createCalendarsBySpace();
  /** Removed ones never come back, also not from a list that was begun before. */
  const removed = new Set<CalendarLinkId>();
  const stopping = new AbortController();
  const people = createLanesByKey();
  const servers = createCalendarServers(clock);
  const probes = createProbeLimit(clock);
  let listing: Promise<boolean> = Promise.resolve(true);
  let listTimer: Timer | undefined;
  let isStarted = false;

  const isWatched = (entry: Watched): boolean =>
    watched.get(entry.calendar.linkId) === entry && !stopping.signal.aborted;

  function changed(spaceId: SpaceId): void {
    try {
      deps.onChange(spaceId);
    } catch (error) {
      logger.error('calendar_change_failed', { error });
    }
  }

  function drop(entry: Watched): void {
    const { linkId, spaceId } = entry.calendar;
    if (watched.get(linkId) !== entry) return;
    watched.delete(linkId);
    bySpace.remove(entry.calendar);
    entry.timer?.cancel();
    entry.cut.abort();
    changed(spaceId);
  }

  function watch(calendar: LinkedCalendar): Watched {
    const entry: Watched = {
      calendar,
      failures: 0,
      timer: undefined,
      running: undefined,
      cut: new AbortController(),
    };
    watched.set(calendar.linkId, entry);
    bySpace.set(calendar);
    changed(calendar.spaceId);
    return entry;
  }

  function arm(entry: Watched, delayMs: number): void {
    entry.timer?.cancel();
    entry.timer = clock.after(delayMs, () => void poll(entry));
  }

  /** A fresh reading of a former life is as good as one of this. */
  function firstDelayMs({ reading, fault }: LinkedCalendar): number {
    const spread = random() * startSpreadMs;
    if (reading === undefined || fault !== undefined) return spread;
    const leftMs = reading.readAt + pollEveryMs - clock.now();
    return leftMs > pollEveryMs ? spread : Math.max(spread, leftMs);
  }

  /** False where the store could not be read. */
  async function look(): Promise<boolean> {
    let found: readonly LinkedCalendar[];
    try {
      found = await store.list();
    } catch (error) {
      logger.warn('calendar_list_failed', { error });
      return false;
    }
    if (stopping.signal.aborted) return true;
    const there = new Set(found.map(({ linkId }) => linkId));
    for (const [linkId, entry] of [...watched]) if (!there.has(linkId)) drop(entry);
    for (const calendar of found) {
      if (watched.has(calendar.linkId) || removed.has(calendar.linkId)) continue;
      arm(watch(calendar), firstDelayMs(calendar));
    }
    return true;
  }

  /** One look after the other: an older one must not undo a newer. */
  function list(): Promise<boolean> {
    listing = listing.then(look);
    return listing;
  }

  async function listAgain(): Promise<void> {
    const isListed = await list();
    if (stopping.signal.aborted) return;
    listTimer = clock.after(isListed ? listEveryMs : listRetryMs, () => void listAgain());
  }

  /** What is written down first and then in mind: a link that is gone in the store is gone. */
  async function keep(
    entry: Watched,
    calendar: LinkedCalendar,
    write: () => Promise<boolean>,
  ): Promise<void> {
    let isThere = true;
    try {
      isThere = await write();
    } catch (error) {
      logger.warn('calendar_not_stored', { linkId: calendar.linkId, error });
    }
    if (!isWatched(entry)) return;
    if (!isThere) {
      drop(entry);
      return;
    }
    entry.calendar = calendar;
    bySpace.set(calendar);
    changed(calendar.spaceId);
  }

  async function afterRead(entry: Watched, reading: CalendarReading): Promise<PollOutcome> {
    const { fault, ...calendar } = entry.calendar;
    const { linkId } = calendar;
    if (fault !== undefined) logger.info('calendar_readable', { linkId });
    entry.failures = 0;
    await keep(entry, { ...calendar, reading }, () => store.setReading(linkId, reading));
    return { kind: 'read' };
  }

  async function afterFault(entry: Watched, fault: CalendarFault, error: AppError): Promise<PollOutcome> {
    const { calendar } = entry;
    const { linkId, source } = calendar;
    if (calendar.fault?.code !== fault.code) logger.warn('calendar_unreadable', { linkId, source, error });
    await keep(entry, { ...calendar, fault }, () => store.setFault(linkId, fault));
    const { retryAfterMs } = error;
    return {
      kind: 'failed',
      failures: entry.failures,
      isFinal: fault.isFinal,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  }

  async function read(entry: Watched): Promise<void> {
    if (!isWatched(entry)) return;
    const tried = await tryCalendar({ ...deps, servers }, entry.calendar, entry.cut.signal);
    if (!isWatched(entry)) return;
    if (tried.kind === 'gone') {
      drop(entry);
      return;
    }
    const outcome = await after(entry, tried);
    if (isWatched(entry)) arm(entry, nextPollMs(outcome, random()));
  }

  async function after(
    entry: Watched,
    tried: Exclude<TriedCalendar, { kind: 'gone' }>,
  ): Promise<PollOutcome> {
    if (tried.kind === 'read') return afterRead(entry, tried.reading);
    if (tried.kind === 'paused') {
      return { kind: 'failed', failures: entry.failures, isFinal: false, retryAfterMs: tried.forMs };
    }
    entry.failures += 1;
    if (tried.kind === 'failed') return afterFault(entry, tried.fault, tried.error);
    logger.warn('calendar_not_opened', { linkId: entry.calendar.linkId, error: tried.error });
    return { kind: 'failed', failures: entry.failures, isFinal: false };
  }

  function poll(entry: Watched): Promise<void> {
    entry.timer?.cancel();
    entry.running ??= people
      .run(entry.calendar.addedBy, () => read(entry))
      .finally(() => {
        entry.running = undefined;
      });
    return entry.running;
  }

  return {
    start() {
      if (isStarted) return;
      isStarted = true;
      void listAgain();
    },
    async stop() {
      stopping.abort();
      listTimer?.cancel();
      for (const { timer, cut } of watched.values()) {
        timer?.cancel();
        cut.abort();
      }
      await listing;
      await people.settled();
    },
    known: bySpace.of,
    isUnknown: (calendar, now) => !calendarKnown(calendar, now),
    async ask(linkId) {
      if (!watched.has(linkId)) await list();
      const entry = watched.get(linkId);
      if (entry !== undefined && isWatched(entry)) await poll(entry);
    },
    forget(linkId) {
      removed.add(linkId);
      const entry = watched.get(linkId);
      if (entry !== undefined) drop(entry);
    },
    probe: (wanted, secret) =>
      probes.run(wanted.addedBy, async () => {
        const asked = askedServer(deps.sources, wanted.source, secret);
        const answer = await servers.atOnce(asked, () => readCalendar(deps, wanted, secret, stopping.signal));
        if (answer.kind === 'paused') throw pausedError(answer.forMs);
        return answer.value;
      }),
    problems(spaceId) {
      const now = clock.now();
      return bySpace.of(spaceId).flatMap((calendar) => calendarProblem(calendar, now) ?? []);
    },
  };
}
