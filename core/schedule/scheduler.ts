import type { SpaceId } from '../domain/ids.ts';
import { type PolicyScope, policyScopeKey } from '../domain/policy.ts';
import type { PastWindow, WindowVerdict } from '../domain/schedule.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { WindowStore } from '../ports/window-store.ts';
import type { Answering } from './answering.ts';
import { createLastSeen, type SeenKind } from './last-seen.ts';
import {
  freshWindow,
  type Moment,
  pastOf,
  type TrackedWindow,
  withoutJump,
  withVerdict,
  withWork,
  workedSoFar,
} from './tracked-window.ts';
import type { RunWindow } from './training-window.ts';
import { createWindowJudge, type WindowJudge, type WindowJudgeDeps } from './window-judge.ts';
import { createWindowLog } from './window-log.ts';

export interface Scheduler extends RunWindow {
  /** Until then every window is closed. Rejects as the stores do. */
  start(): Promise<void>;
  /** Closes all. Resolves when all that was to be stored is. */
  stop(): Promise<void>;
  seen(spaceId: SpaceId, kind: SeenKind): void;
  /** Something else than activity may have changed: hours, calendars, who leads. */
  look(): void;
  /** With when it should open. */
  expected(scope: PolicyScope): WindowVerdict;
  standing(scope: PolicyScope): Pick<TrackedWindow, 'state' | 'since' | 'opened' | 'starvedSince'>;
  /** Whether any scope that is known has its window open. */
  isOpenAnywhere(): boolean;
  lastActivityAt: WindowJudge['lastActivityAt'];
  lastMessageAt: WindowJudge['lastMessageAt'];
  /** Too long without a window that was of use, although something waited. */
  isStarved(scope: PolicyScope): boolean;
}

export interface SchedulerDeps extends WindowJudgeDeps {
  readonly windows: WindowStore;
  readonly answering: Pick<Answering, 'isAnswering' | 'onChange'>;
  /** Whose window a space has. */
  readonly scopeOf: (spaceId: SpaceId) => PolicyScope;
  /** Whether anything waits for a window. */
  readonly hasWork: (scope: PolicyScope) => Promise<boolean>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const lookEveryMs = 60_000;
const workEveryMs = 60 * 60_000;
const pruneAfterMs = 56 * 24 * 60 * 60_000;
/** Ends of windows that are told of again: less is the rounding of clocks. */
const movedMs = 1_000;

/**
 * The windows of all scopes (OMLS): looks at every signal when one changes, at least every minute, and at once when somebody writes. States
 * are stored, so that what was open at a crash is told of, and what starves is known after it.
 */
export function createScheduler(deps: SchedulerDeps): Scheduler {
  const { activity, answering, rule, clock, logger } = deps;
  const tracked = new Map<string, TrackedWindow>();
  const workers = new Map<string, number>();
  const listeners = new Set<() => void>();
  const lastSeen = createLastSeen(clock);
  const judge = createWindowJudge(deps, lastSeen);
  const log = createWindowLog(deps.windows, logger);
  /** By `monotonicMs`; absent before the start. */
  let startedMs: number | undefined;
  let lookedAt: Moment = { now: clock.now(), monotonicMs: clock.monotonicMs() };
  /** Only who leads reads and writes what is stored: another instance does so else. */
  let isLeading = false;
  let isForced = false;
  let timer: Timer | undefined;
  let workTimer: Timer | undefined;
  let unsubscribe = (): void => {};

  const moment = (): Moment => ({ now: clock.now(), monotonicMs: clock.monotonicMs() });
  function track(scope: PolicyScope): TrackedWindow {
    const key = policyScopeKey(scope);
    const known = tracked.get(key);
    if (known !== undefined) return known;
    const fresh = freshWindow(scope, moment());
    tracked.set(key, fresh);
    if (startedMs === undefined) return fresh;
    // Read before anything of it is written.
    if (isLeading) log.inTurn(() => recall(key));
    if (evaluate(key, fresh)) tellAll();
    return tracked.get(key) ?? fresh;
  }

  function recall(key: string): Promise<void> {
    const take = (starvedSince: number | undefined): TrackedWindow => {
      const window = tracked.get(key) ?? freshWindow({ kind: 'everywhere' }, moment());
      const recalled = starvedSince === undefined ? window : { ...window, starvedSince };
      tracked.set(key, recalled);
      return recalled;
    };
    return log.recall(key, (stored) => take(stored.starvedSince), moment);
  }

  function write(key: string, window: TrackedWindow, closed?: PastWindow): void {
    if (deps.leads()) log.write(key, window, moment(), closed);
  }

  /** What was stored is taken up by whoever begins to lead. */
  function noteLeading(): void {
    const leads = deps.leads();
    if (leads && !isLeading) for (const key of tracked.keys()) log.inTurn(() => recall(key));
    isLeading = leads;
  }

  /** True where something is otherwise for whoever works: it has opened or closed, by something else, or until another time. */
  function evaluate(key: string, before: TrackedWindow): boolean {
    const { window, closed } = withVerdict(before, judge.decide(before), moment(), deps.leastMs());
    tracked.set(key, window);
    const isWritten = window.state !== before.state || window.starvedSince !== before.starvedSince;
    if (isWritten || (window.state === 'running' && isMinuteOver(window))) {
      write(key, window, closed);
    }
    if (window.verdict.isOpen !== before.verdict.isOpen) {
      const { verdict, opened } = window;
      if (verdict.isOpen) logger.info('window_opened', { scope: key, by: (opened?.by ?? []).join(' ') });
      else logger.info('window_closed', { scope: key, by: verdict.bar, workedMs: closed?.workedMs ?? 0 });
      return true;
    }
    return hasMoved(before.verdict, window.verdict);
  }

  /** While something works, it is written every minute that it does: a crash forgets no more. */
  const isMinuteOver = ({ workingSinceMs }: TrackedWindow): boolean =>
    workingSinceMs !== undefined && clock.monotonicMs() - workingSinceMs >= lookEveryMs;

  function tellAll(): void {
    for (const listener of [...listeners]) listener();
  }

  function look(which: (window: TrackedWindow) => boolean = () => true): void {
    // Before the start all are closed; after the stop another instance may write what it sees.
    if (startedMs === undefined) return;
    noteLeading();
    const now = moment();
    let hasChanged = false;
    for (const [key, window] of [...tracked]) {
      const steady = withoutJump(window, lookedAt, now);
      if (which(window) && evaluate(key, steady)) hasChanged = true;
      else if (steady !== window && !which(window)) tracked.set(key, steady);
    }
    lookedAt = now;
    if (hasChanged) tellAll();
  }

  function lookAndArm(): void {
    timer?.cancel();
    judge.forget();
    look();
    if (startedMs !== undefined) timer = clock.after(untilNextLook(startedMs), lookAndArm);
  }

  /** At most a minute; sooner where it is known that something turns. */
  function untilNextLook(sinceMs: number): number {
    const { now, monotonicMs } = moment();
    let soonestMs = lookEveryMs;
    const turns = (inMs: number): void => {
      if (inMs > 0) soonestMs = Math.min(soonestMs, inMs);
    };
    turns(sinceMs + rule.vetoMs - monotonicMs);
    for (const { scope, verdict } of tracked.values()) {
      if (verdict.isOpen && verdict.until !== undefined) turns(verdict.until - now);
      turns(judge.vetoEndMs(scope) - monotonicMs);
    }
    return Math.max(1, soonestMs);
  }

  async function lookForWork(): Promise<void> {
    if (!deps.leads()) return;
    for (const key of [...tracked.keys()]) {
      const window = tracked.get(key);
      if (window === undefined) continue;
      const waits = await deps.hasWork(window.scope);
      const now = tracked.get(key);
      if (now === undefined) continue;
      const { starvedSince, ...rest } = now;
      // What waits in an open window does not starve.
      const begins = now.opened === undefined ? clock.now() : undefined;
      const since = waits ? (starvedSince ?? begins) : undefined;
      if (since === starvedSince) continue;
      const next = since === undefined ? rest : { ...rest, starvedSince: since };
      tracked.set(key, next);
      write(key, next);
    }
    await deps.windows.prune(clock.now() - pruneAfterMs);
  }

  function armWork(): void {
    workTimer = clock.after(workEveryMs, () => {
      log.inTurn(lookForWork);
      armWork();
    });
  }

  function setWorkers(scope: PolicyScope, change: 1 | -1): void {
    const key = policyScopeKey(scope);
    const before = track(scope);
    const count = (workers.get(key) ?? 0) + change;
    workers.set(key, count);
    const window = fed(withWork(before, count > 0, moment()));
    tracked.set(key, window);
    write(key, window);
  }

  /** What was starved and has worked for a while waits anew. */
  function fed(window: TrackedWindow): TrackedWindow {
    const { starvedSince, ...rest } = window;
    const hasWorked = window.workingSinceMs === undefined && workedSoFar(window, moment()) >= deps.leastMs();
    return hasWorked || starvedSince === undefined ? rest : window;
  }

  /** What is open ends with the bot. */
  function closeAll(): void {
    for (const [key, { opened, ...window }] of tracked) {
      const now = moment();
      const { closed } =
        opened === undefined
          ? {}
          : pastOf(opened, now.now, 'restart', workedSoFar({ ...window, opened }, now));
      const shut: TrackedWindow = {
        ...window,
        verdict: { isOpen: false, bar: 'starting' },
        state: 'waiting',
      };
      tracked.set(key, shut);
      if (opened !== undefined) write(key, shut, closed);
    }
  }

  return {
    async start() {
      for (const spaceId of activity.spaces()) track(deps.scopeOf(spaceId));
      startedMs = clock.monotonicMs();
      judge.started(startedMs);
      lookedAt = moment();
      unsubscribe = answering.onChange((spaceId) =>
        look((window) => concernsAnswers(window) && judge.concerns(window.scope, spaceId, 'message')),
      );
      lookAndArm();
      armWork();
      log.inTurn(lookForWork);
    },
    async stop() {
      startedMs = undefined;
      judge.started(undefined);
      unsubscribe();
      timer?.cancel();
      workTimer?.cancel();
      closeAll();
      await log.settled();
    },
    seen(spaceId, kind) {
      lastSeen.seen(spaceId, kind);
      if (startedMs === undefined) return;
      track(deps.scopeOf(spaceId));
      // Nobody's coming opens anything: only what is open can change.
      look((window) => window.opened !== undefined && judge.concerns(window.scope, spaceId, kind));
    },
    look: lookAndArm,
    isOpen: (scope) => track(scope).verdict.isOpen,
    hasTimeFor(scope, durationMs) {
      const { verdict } = track(scope);
      return verdict.isOpen && (verdict.until === undefined || verdict.until - clock.now() >= durationMs);
    },
    working(scope) {
      setWorkers(scope, 1);
      let hasEnded = false;
      return () => {
        if (hasEnded) return;
        hasEnded = true;
        setWorkers(scope, -1);
      };
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    force(scope) {
      track(scope);
      judge.force(scope);
      isForced = true;
      lookAndArm();
    },
    release() {
      if (!isForced) return;
      isForced = false;
      judge.force(undefined);
      lookAndArm();
    },
    expected(scope) {
      const { verdict, opened } = track(scope);
      if (verdict.isOpen || verdict.bar === 'follower') return verdict;
      return { ...verdict, ...judge.foresee(scope, opened !== undefined) };
    },
    standing: track,
    isOpenAnywhere: () => [...tracked.values()].some(({ verdict }) => verdict.isOpen),
    lastActivityAt: judge.lastActivityAt,
    lastMessageAt: judge.lastMessageAt,
    isStarved: (scope) => judge.isStarved(track(scope)),
  };
}

const concernsAnswers = ({ opened, verdict }: TrackedWindow): boolean =>
  opened !== undefined || (!verdict.isOpen && verdict.bar === 'answering');

function hasMoved(before: WindowVerdict, now: WindowVerdict): boolean {
  if (!before.isOpen || !now.isOpen) return false;
  if (before.until === undefined || now.until === undefined) return before.until !== now.until;
  return Math.abs(before.until - now.until) >= movedMs;
}
