import type { PolicyScope } from '../domain/policy.ts';
import type {
  PastWindow,
  ScheduleState,
  WindowBar,
  WindowSignal,
  WindowVerdict,
} from '../domain/schedule.ts';
import type { StoredSchedule } from '../ports/window-store.ts';

/** The window of one scope as it stands. */
export interface TrackedWindow {
  readonly scope: PolicyScope;
  readonly verdict: WindowVerdict;
  readonly state: ScheduleState;
  /** Since when it is in this state, epoch milliseconds. */
  readonly since: number;
  /** While it is open. */
  readonly opened?: { readonly at: number; readonly by: readonly WindowSignal[] };
  /** How long something has worked since it opened, milliseconds, up to `workingSinceMs`. */
  readonly workedMs: number;
  /** By `monotonicMs`; absent: nothing works. */
  readonly workingSinceMs?: number;
  /** Since when something waited without a window that was of use, epoch milliseconds. */
  readonly starvedSince?: number;
}

/** Less is the drift of clocks. */
const leastJumpMs = 60_000;

export interface Moment {
  readonly now: number;
  readonly monotonicMs: number;
}

/** What one change did: the window as it stands, and the one that has just closed. */
export interface WindowChange {
  readonly window: TrackedWindow;
  readonly closed?: PastWindow;
}

export function freshWindow(scope: PolicyScope, { now }: Moment, starvedSince?: number): TrackedWindow {
  return {
    scope,
    verdict: { isOpen: false, bar: 'starting' },
    state: 'waiting',
    since: now,
    workedMs: 0,
    ...(starvedSince === undefined ? {} : { starvedSince }),
  };
}

export function stateOf(isOpen: boolean, isWorking: boolean): ScheduleState {
  if (isOpen) return isWorking ? 'running' : 'open';
  return isWorking ? 'pausing' : 'waiting';
}

/** With another verdict. What opened it stays as it was when it opened; what has closed is a window of the past. */
export function withVerdict(
  window: TrackedWindow,
  verdict: WindowVerdict,
  moment: Moment,
  leastMs: number,
): WindowChange {
  const { opened, starvedSince, ...rest } = window;
  const isWorking = window.workingSinceMs !== undefined;
  const wasUseful = opened !== undefined && isUseful(window.verdict) && moment.now - opened.at >= leastMs;
  const next = {
    ...rest,
    verdict,
    ...(starvedSince === undefined || wasUseful ? {} : { starvedSince }),
  };
  const state = stateOf(verdict.isOpen, isWorking);
  if (!verdict.isOpen) {
    return {
      window: inState(next, state, moment),
      ...(opened === undefined ? {} : pastOf(opened, moment.now, verdict.bar, workedSoFar(window, moment))),
    };
  }
  if (opened !== undefined) return { window: inState({ ...next, opened }, state, moment) };
  // What still worked after the end of the last one does not count for this one.
  const begun = {
    ...next,
    opened: { at: moment.now, by: verdict.by },
    workedMs: 0,
    ...(isWorking ? { workingSinceMs: moment.monotonicMs } : {}),
  };
  return { window: inState(begun, state, moment) };
}

const isUseful = (verdict: WindowVerdict): boolean => verdict.isOpen && !verdict.by.includes('starved');

export function pastOf(
  opened: { readonly at: number; readonly by: readonly WindowSignal[] },
  to: number,
  closedBy: WindowBar | 'restart',
  workedMs: number,
): Pick<WindowChange, 'closed'> {
  // A clock that was put back makes no window.
  if (to <= opened.at) return {};
  return { closed: { from: opened.at, to, openedBy: opened.by, closedBy, workedMs } };
}

/** A jump of the wall clock moves what is counted from it: nothing has waited longer or shorter for it. */
export function withoutJump(window: TrackedWindow, before: Moment, now: Moment): TrackedWindow {
  const jumpMs = now.now - before.now - (now.monotonicMs - before.monotonicMs);
  if (window.starvedSince === undefined || Math.abs(jumpMs) < leastJumpMs) return window;
  return { ...window, starvedSince: window.starvedSince + jumpMs };
}

export function workedSoFar({ workedMs, workingSinceMs }: TrackedWindow, { monotonicMs }: Moment): number {
  return workedMs + (workingSinceMs === undefined ? 0 : monotonicMs - workingSinceMs);
}

/** Something begins to work, or the last thing that did has ended. */
export function withWork(window: TrackedWindow, isWorking: boolean, moment: Moment): TrackedWindow {
  const workedMs = workedSoFar(window, moment);
  const { workingSinceMs: _, ...rest } = window;
  return inState(
    { ...rest, workedMs, ...(isWorking ? { workingSinceMs: moment.monotonicMs } : {}) },
    stateOf(window.opened !== undefined, isWorking),
    moment,
  );
}

function inState(
  window: Omit<TrackedWindow, 'state' | 'since'> & Partial<Pick<TrackedWindow, 'state' | 'since'>>,
  state: ScheduleState,
  { now }: Moment,
): TrackedWindow {
  const since = window.state === state && window.since !== undefined ? window.since : now;
  return { ...window, state, since };
}

export function storedWindow(window: TrackedWindow, moment: Moment): StoredSchedule {
  const { state, since, opened, starvedSince } = window;
  return {
    state,
    since,
    ...(opened === undefined
      ? {}
      : {
          openedAt: opened.at,
          openedBy: opened.by,
          workedMs: workedSoFar(window, moment),
          seenAt: moment.now,
        }),
    ...(starvedSince === undefined ? {} : { starvedSince }),
  };
}
