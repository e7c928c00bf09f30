import { type ActivityProfile, QUARTER_MS } from '../domain/activity-profile.ts';
import { emptyProfile } from '../domain/close-quarter.ts';
import { fadeTo } from '../domain/fade-profile.ts';
import type { SpaceId } from '../domain/ids.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, utcRules } from '../domain/wall-clock.ts';
import type { ActivityStore } from '../ports/activity-store.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { createActivitySaver } from './activity-saver.ts';
import { createClockWatch } from './clock-watch.ts';
import { countEvent, quarterAt, quarterFrom, settleQuarters } from './counted-quarters.ts';
import {
  comeBack,
  lastActiveQuarter,
  loadedSpace,
  longestWaitQuarters,
  newSpace,
  noteAudience,
  type SpaceActivity,
} from './space-activity.ts';
import { createZonedProfile, type ZonedProfileDeps } from './zoned-profile.ts';

export interface SeenActivity {
  readonly spaceId: SpaceId;
  /** As `isWholeSpace` says of its conversation; absent where none is known. */
  readonly isWholeSpace?: boolean;
  /** False for what only steers the bot: it is counted, but nobody waits there for an answer. Default true. */
  readonly isPresence?: boolean;
}

/** How busy every space is, counted as it happens. Only counts are kept. */
export interface ActivityMeter {
  /** Loads what is known. Rejects as the store does, and may then be called again; until it has resolved nothing is saved. */
  start(): Promise<void>;
  /** Saves, and counts nothing any more. Never rejects; safe to call twice. */
  stop(): Promise<void>;
  /** One message, command or reaction that was accepted just now. */
  seen(event: SeenActivity): void;
  /**
   * When somebody was last there, epoch milliseconds, as the clock goes now: where it is set, this moves along. From before a restart
   * it is the end of that quarter of an hour. `undefined`: never.
   */
  lastAt(spaceId: SpaceId): number | undefined;
  /** Those with anything in the last 28 days. */
  spaces(): readonly SpaceId[];
  /** All of which anything is kept, the long quiet ones too. */
  known(): readonly SpaceId[];
  /** Up to the quarter under way, the quiet ones too; the same value until that ends. Of an unknown space: nothing seen. */
  profile(spaceId: SpaceId): ActivityProfile;
  /** False where everything that was ever seen was in a direct chat that is the whole space. */
  isShared(spaceId: SpaceId): boolean;
  /** `zoneOf` gives another time zone for it from now on, or knows it now. */
  rezone(spaceId: SpaceId): void;
}

export interface ActivityMeterDeps extends ZonedProfileDeps {
  readonly store: ActivityStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

const recentQuarters = (28 * DAY_MS) / QUARTER_MS;
/** It is looked at the end of every quarter; where that is so late, the machine slept. */
const longestLookMs = QUARTER_MS + 5 * MINUTE_MS;
const quietSaveMs = DAY_MS;
const quartersADay = DAY_MS / QUARTER_MS;
const keptQuarters = (56 * DAY_MS) / QUARTER_MS;
/** A clock that is set wrong is set right before: until then nothing is taken for old. */
const sureMs = 6 * HOUR_MS;

/**
 * Counts events by quarters of an hour of each space's week. Time in which the bot was not there (before a start, while the
 * machine slept, where the clock was set) is a gap and no quiet time. A space without anything for 56 days is forgotten, once the clock
 * has gone on steadily for six hours. A failing store is logged and tried again.
 */
export function createActivityMeter(deps: ActivityMeterDeps): ActivityMeter {
  const { store, zoneOf, clock, logger } = deps;
  const known = new Map<SpaceId, SpaceActivity>();
  const watch = createClockWatch(clock, longestLookMs);
  const saver = createActivitySaver({ save, clock, logger });
  const zoned = createZonedProfile(deps);
  /** Quarters from this on are seen from their start to their end, up to the one under way. */
  let wholeFrom = quarterFrom(clock.now());
  let steadySinceMs = clock.monotonicMs();
  let state: 'new' | 'running' | 'stopping' | 'stopped' = 'new';
  let timer: Timer | undefined;

  /** The quarter under way. Everything begins with it: a gap that is noticed late would be counted as quiet time. */
  function currentQuarter(): number {
    const gap = watch.look();
    const current = quarterAt(clock.now());
    if (gap !== undefined) passGap(quarterAt(gap.lastSeenAt), current);
    return current;
  }

  /** What was whole before the gap is counted; the quarters that the gap lies in are not. */
  function passGap(before: number, current: number): void {
    const isFarBack = before - current > longestWaitQuarters;
    for (const [spaceId, space] of known) {
      settle(spaceId, space, before);
      if (isFarBack) comeBack(space, clock.now());
    }
    wholeFrom = (isFarBack ? current : Math.max(before, current)) + 1;
    steadySinceMs = clock.monotonicMs();
    logger.info('activity_gap', { quarters: current - before });
  }

  function settle(spaceId: SpaceId, space: SpaceActivity, until: number): void {
    if (state === 'stopped') return;
    const { profile, rules } = zoned(spaceId, space.counted.profile);
    space.counted = settleQuarters({ profile, open: space.counted.open }, until, wholeFrom, rules);
  }

  async function save(spaceId: SpaceId): Promise<void> {
    const space = known.get(spaceId);
    if (space === undefined) return store.remove(spaceId);
    settle(spaceId, space, currentQuarter());
    const { profile, open } = space.counted;
    const nowMs = clock.monotonicMs();
    const isShared = space.isShared !== false;
    await store.save({ spaceId, profile, ...(open === undefined ? {} : { open }), isShared });
    space.savedQuarter = profile.lastQuarter;
    space.savedMs = nowMs;
  }

  /** Its last events are not stored as those of a quarter that has ended. */
  function hasNews(space: SpaceActivity): boolean {
    const last = lastActiveQuarter(space);
    return last !== undefined && last > space.savedQuarter;
  }

  /** At the end of every quarter. */
  function tick(): void {
    forgetOld(currentQuarter());
    for (const [spaceId, space] of known) if (hasNews(space)) saver.soon(spaceId);
    saveSomeQuiet();
    void saver.flush();
    arm();
  }

  function forgetOld(current: number): void {
    if (clock.monotonicMs() - steadySinceMs < sureMs) return;
    for (const [spaceId, space] of known) {
      const last = lastActiveQuarter(space);
      if (last !== undefined && last >= current - keptQuarters) continue;
      known.delete(spaceId);
      saver.soon(spaceId);
    }
  }

  /** As many as must be for all to be saved in a day: folding in a whole day of each takes a while. */
  function saveSomeQuiet(): void {
    const oldestMs = clock.monotonicMs() - quietSaveMs;
    const due = [...known].filter(([, { savedMs }]) => savedMs <= oldestMs);
    for (const [spaceId] of due.slice(0, Math.ceil(known.size / quartersADay))) saver.soon(spaceId);
  }

  const hasEnded = (): boolean => state === 'stopping' || state === 'stopped';
  const zoneName = (spaceId: SpaceId): string => zoneOf(spaceId)?.zone ?? utcRules.zone;

  function arm(): void {
    const now = clock.now();
    timer = clock.after((quarterAt(now) + 1) * QUARTER_MS - now, tick);
  }

  return {
    async start() {
      if (state !== 'new') return;
      const stored = await store.list();
      if (state !== 'new') return;
      wholeFrom = Math.max(wholeFrom, quarterFrom(clock.now()));
      const sinceThen = [...known.keys()];
      for (const activity of stored) {
        known.set(activity.spaceId, loadedSpace(activity, known.get(activity.spaceId), clock));
      }
      state = 'running';
      for (const spaceId of sinceThen) saver.soon(spaceId);
      arm();
    },
    async stop() {
      timer?.cancel();
      if (state === 'running') {
        const ended = currentQuarter() - 1;
        // Each is folded in when its turn comes to be saved, some at a time.
        for (const [spaceId, { savedQuarter }] of known) if (ended > savedQuarter) saver.soon(spaceId);
        state = 'stopping';
      } else if (state === 'new') state = 'stopped';
      await saver.stop();
      state = 'stopped';
    },
    seen({ spaceId, isWholeSpace, isPresence = true }) {
      if (hasEnded()) return;
      const quarter = currentQuarter();
      const nowMs = clock.monotonicMs();
      const space = known.get(spaceId) ?? newSpace(zoneName(spaceId), quarter, nowMs);
      known.set(spaceId, space);
      settle(spaceId, space, quarter);
      space.counted = countEvent(space.counted, quarter);
      noteAudience(space, isWholeSpace);
      if (isPresence) space.lastPresenceMs = nowMs;
      if (state === 'running') saver.soon(spaceId);
    },
    lastAt(spaceId) {
      const ms = known.get(spaceId)?.lastPresenceMs;
      return ms === undefined ? undefined : Math.round(clock.now() - (clock.monotonicMs() - ms));
    },
    spaces() {
      const oldest = currentQuarter() - recentQuarters;
      return [...known].flatMap(([spaceId, space]) => {
        const last = lastActiveQuarter(space);
        return last !== undefined && last >= oldest ? [spaceId] : [];
      });
    },
    profile(spaceId) {
      const quarter = currentQuarter();
      const space = known.get(spaceId);
      if (space === undefined) return emptyProfile(zoneName(spaceId), quarter * QUARTER_MS);
      settle(spaceId, space, quarter);
      const profile = fadeTo(space.counted.profile, quarter * QUARTER_MS);
      space.counted = { ...space.counted, profile };
      return profile;
    },
    known: () => [...known.keys()],
    isShared: (spaceId) => known.get(spaceId)?.isShared !== false,
    rezone(spaceId) {
      const space = known.get(spaceId);
      if (space === undefined || hasEnded()) return;
      const { zone } = space.counted.profile;
      settle(spaceId, space, currentQuarter());
      if (state === 'running' && space.counted.profile.zone !== zone) saver.soon(spaceId);
    },
  };
}
