import { QUARTER_MS } from '../domain/activity-profile.ts';
import { emptyProfile } from '../domain/close-quarter.ts';
import { setBack } from '../domain/fade-profile.ts';
import { DAY_MS } from '../domain/wall-clock.ts';
import type { StoredActivity } from '../ports/activity-store.ts';
import type { Clock } from '../ports/clock.ts';
import { type Counted, type OpenQuarter, quarterAt } from './counted-quarters.ts';

/** What the meter holds of one space. */
export interface SpaceActivity {
  counted: Counted;
  /** `undefined` while nothing tells. */
  isShared: boolean | undefined;
  /** By `monotonicMs`, so that no jump of the clock moves it; negative where it was before the start. */
  lastPresenceMs: number | undefined;
  /** The last quarter that what is stored has counted. */
  savedQuarter: number;
  savedMs: number;
}

/** A clock that went back less far is waited for: then no hour is counted twice. Further, and it was wrong before. */
export const longestWaitQuarters = DAY_MS / QUARTER_MS;

export function newSpace(zone: string, quarter: number, nowMs: number): SpaceActivity {
  return {
    counted: { profile: emptyProfile(zone, quarter * QUARTER_MS), open: undefined },
    isShared: undefined,
    lastPresenceMs: undefined,
    savedQuarter: quarter - 1,
    savedMs: nowMs,
  };
}

/** What was stored, with what came since the start while it was read. */
export function loadedSpace(
  { profile, open, isShared }: StoredActivity,
  since: SpaceActivity | undefined,
  clock: Pick<Clock, 'now' | 'monotonicMs'>,
): SpaceActivity {
  const [now, nowMs] = [clock.now(), clock.monotonicMs()];
  const isFarAhead = profile.lastQuarter - quarterAt(now) > longestWaitQuarters;
  const stored = isFarAhead ? setBack(profile, now) : profile;
  const lastActive = open?.quarter ?? stored.lastActiveQuarter;
  const ageMs = lastActive === undefined ? undefined : Math.max(0, now - (lastActive + 1) * QUARTER_MS);
  return {
    counted: {
      profile: stored,
      open: joinOpen(isFarAhead ? undefined : open, since?.counted.open),
    },
    isShared: isShared || since?.isShared === true,
    lastPresenceMs: since?.lastPresenceMs ?? (ageMs === undefined ? undefined : nowMs - ageMs),
    savedQuarter: stored.lastQuarter,
    savedMs: nowMs,
  };
}

function joinOpen(before: OpenQuarter | undefined, since: OpenQuarter | undefined): OpenQuarter | undefined {
  if (before === undefined || since === undefined) return since ?? before;
  if (before.quarter < since.quarter) return since;
  return { ...before, events: before.events + since.events };
}

/** Whose clock was wrong: its times are taken for those of now. */
export function comeBack(space: SpaceActivity, now: number): void {
  const profile = setBack(space.counted.profile, now);
  space.counted = { profile, open: undefined };
  space.savedQuarter = Math.min(space.savedQuarter, profile.lastQuarter);
}

/** Others are in a space as soon as anything happens there outside of its one direct chat; who they are is kept nowhere. */
export function noteAudience(space: SpaceActivity, isWholeSpace: boolean | undefined): void {
  if (isWholeSpace === undefined) return;
  space.isShared = space.isShared === true || !isWholeSpace;
}

/** The last quarter with anything, the one under way too. */
export function lastActiveQuarter({ counted: { open, profile } }: SpaceActivity): number | undefined {
  return open?.quarter ?? profile.lastActiveQuarter;
}
