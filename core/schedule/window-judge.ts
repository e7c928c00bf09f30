import type { SpaceId } from '../domain/ids.ts';
import { type PolicyScope, policyScopeKey } from '../domain/policy.ts';
import type { SpaceSignals, WindowVerdict } from '../domain/schedule.ts';
import type { Clock } from '../ports/clock.ts';
import type { Answering } from './answering.ts';
import { expectWindow } from './expect-window.ts';
import type { LastSeen, SeenKind } from './last-seen.ts';
import type { TrackedWindow } from './tracked-window.ts';
import { decideWindow, type WindowInput } from './window-rule.ts';

export interface WindowJudgeDeps {
  readonly signals: { of(spaceId: SpaceId, now: number, lastActivityAt: number | undefined): SpaceSignals };
  /** What is known of activity from before the start. */
  readonly activity: {
    spaces(): readonly SpaceId[];
    lastAt(spaceId: SpaceId): number | undefined;
  };
  readonly answering: Pick<Answering, 'isAnswering'>;
  /** Whether this instance schedules. */
  readonly leads: () => boolean;
  /** Whose messages and answers close a window: everybody’s where the same engine answers all, else those of its own spaces. */
  readonly vetoBy: 'all' | 'own';
  /** Whether what works there disturbs nobody who talks, so that it may when it was starved. */
  readonly mayWorkStarved: (scope: PolicyScope) => boolean;
  readonly rule: Pick<WindowInput, 'vetoMs' | 'wokenMs' | 'idleMs' | 'neededQuiet'>;
  /** The least that a window must last to begin, milliseconds. */
  readonly leastMs: () => number;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
}

/** Says of each scope whether its window is open at this moment. */
export interface WindowJudge {
  /** By `monotonicMs`. Until then all are closed. */
  started(atMs: number | undefined): void;
  /** A person wants that of a scope open, from now until it is `undefined`. */
  force(scope: PolicyScope | undefined): void;
  decide(window: Pick<TrackedWindow, 'scope' | 'opened' | 'starvedSince'>): WindowVerdict;
  /** When a closed one should open. The coming week of many places is some work: worked out once until `forget`. */
  foresee(scope: PolicyScope, isOpen: boolean): Pick<ClosedVerdict, 'nextAt' | 'nextBy'>;
  forget(): void;
  isStarved(window: Pick<TrackedWindow, 'starvedSince'>): boolean;
  /** When somebody was last there, epoch milliseconds. Of whom nothing is known may have been there until the start. */
  lastActivityAt(spaceId: SpaceId): number | undefined;
  /** The last message since the start. */
  lastMessageAt(spaceId: SpaceId): number | undefined;
  /** `monotonicMs` at which a message no longer keeps the window of a scope closed. */
  vetoEndMs(scope: PolicyScope): number;
  /** Whether what somebody does in a space can turn the window of a scope. */
  concerns(scope: PolicyScope, spaceId: SpaceId | undefined, kind: SeenKind): boolean;
}

type ClosedVerdict = Extract<WindowVerdict, { isOpen: false }>;

/** Starved from so long on. */
export const starvedMs = 7 * 24 * 60 * 60_000;

export function createWindowJudge(deps: WindowJudgeDeps, lastSeen: LastSeen): WindowJudge {
  const { activity, answering, rule, clock } = deps;
  const foreseen = new Map<string, Pick<ClosedVerdict, 'nextAt' | 'nextBy'>>();
  let startedMs: number | undefined;
  let forced: { readonly key: string; readonly sinceMs: number } | undefined;

  /** By the clock that never jumps, as seen from now. */
  const instantOf = (monotonicMs: number): number => clock.now() - (clock.monotonicMs() - monotonicMs);

  function lastActivityAt(spaceId: SpaceId): number | undefined {
    const seenMs = lastSeen.presenceMs(spaceId);
    if (seenMs !== undefined) return instantOf(seenMs);
    const before = activity.lastAt(spaceId);
    if (before !== undefined) return Math.min(before, clock.now());
    return startedMs === undefined ? undefined : instantOf(startedMs);
  }

  /** The one space whose people alone close it; `undefined`: everybody does. */
  const onlyBy = (scope: PolicyScope): SpaceId | undefined =>
    deps.vetoBy === 'own' && scope.kind === 'space' ? scope.spaceId : undefined;

  const lastMessageMs = (scope: PolicyScope): number => lastSeen.messageMs(onlyBy(scope));

  function inputOf(scope: PolicyScope, isOpen: boolean): WindowInput {
    const now = clock.now();
    const messageMs = lastMessageMs(scope);
    const spaces = scope.kind === 'space' ? [scope.spaceId] : activity.spaces();
    return {
      ...rule,
      now,
      spaces: spaces.map((spaceId) => deps.signals.of(spaceId, now, lastActivityAt(spaceId))),
      ...(Number.isFinite(messageMs) ? { lastMessageAt: instantOf(messageMs) } : {}),
      isAnswering: answering.isAnswering(onlyBy(scope)),
      isOpen,
      leastMs: deps.leastMs(),
    };
  }

  function vetoOf(scope: PolicyScope, sinceMs: number): WindowVerdict | undefined {
    const nowMs = clock.monotonicMs();
    // What was said while it was away comes in just after the start.
    if (nowMs - sinceMs < rule.vetoMs) return { isOpen: false, bar: 'starting' };
    if (answering.isAnswering(onlyBy(scope))) return { isOpen: false, bar: 'answering' };
    return nowMs - lastMessageMs(scope) < rule.vetoMs ? { isOpen: false, bar: 'message' } : undefined;
  }

  function decideUsual(scope: PolicyScope, isOpen: boolean, sinceMs: number): WindowVerdict {
    const input = inputOf(scope, isOpen);
    // Where nobody was ever seen somebody may have been until the start.
    const isNew = input.spaces.length === 0 && clock.monotonicMs() - sinceMs < rule.idleMs;
    return isNew ? { isOpen: false, bar: 'awake' } : decideWindow(input);
  }

  /** Whoever wants it now is there: only what is said after that keeps it closed. */
  function decideForced(sinceMs: number, scope: PolicyScope): WindowVerdict {
    if (answering.isAnswering(onlyBy(scope))) return { isOpen: false, bar: 'answering' };
    const messageMs = lastMessageMs(scope);
    const isQuiet = messageMs <= sinceMs || clock.monotonicMs() - messageMs >= rule.vetoMs;
    return isQuiet ? { isOpen: true, by: ['person'] } : { isOpen: false, bar: 'message' };
  }

  const isStarved: WindowJudge['isStarved'] = ({ starvedSince }) =>
    starvedSince !== undefined && clock.now() - starvedSince > starvedMs;

  function workOutNext(
    scope: PolicyScope,
    isOpen: boolean,
    sinceMs: number,
  ): ReturnType<WindowJudge['foresee']> {
    const input = inputOf(scope, isOpen);
    // A start keeps it closed as a message does.
    const startedAt = instantOf(sinceMs);
    const lastMessageAt = Math.max(input.lastMessageAt ?? startedAt, startedAt);
    const expected = expectWindow({ ...input, lastMessageAt });
    if (expected.isOpen || expected.nextAt === undefined || expected.nextBy === undefined) return {};
    return { nextAt: expected.nextAt, nextBy: expected.nextBy };
  }

  return {
    started(atMs) {
      startedMs = atMs;
    },
    force(scope) {
      forced = scope === undefined ? undefined : { key: policyScopeKey(scope), sinceMs: clock.monotonicMs() };
    },
    decide(window) {
      const { scope, opened } = window;
      if (startedMs === undefined) return { isOpen: false, bar: 'starting' };
      if (!deps.leads()) return { isOpen: false, bar: 'follower' };
      if (forced?.key === policyScopeKey(scope)) return decideForced(forced.sinceMs, scope);
      const mayStarve = isStarved(window) && deps.mayWorkStarved(scope);
      // What is known without a look at every space is most of what happens.
      const veto = mayStarve ? undefined : vetoOf(scope, startedMs);
      if (veto !== undefined) return veto;
      const verdict = decideUsual(scope, opened !== undefined, startedMs);
      const isBarred = verdict.isOpen || verdict.bar === 'manual';
      return isBarred || !mayStarve ? verdict : { isOpen: true, by: ['starved'] };
    },
    foresee(scope, isOpen) {
      if (startedMs === undefined) return {};
      const key = policyScopeKey(scope);
      const next = foreseen.get(key) ?? workOutNext(scope, isOpen, startedMs);
      foreseen.set(key, next);
      return next;
    },
    forget: () => foreseen.clear(),
    isStarved,
    lastActivityAt,
    lastMessageAt(spaceId) {
      const seenMs = lastSeen.messageMs(spaceId);
      return Number.isFinite(seenMs) ? instantOf(seenMs) : undefined;
    },
    vetoEndMs: (scope) => lastMessageMs(scope) + rule.vetoMs,
    concerns(scope, spaceId, kind) {
      if (scope.kind === 'everywhere' || spaceId === undefined || scope.spaceId === spaceId) return true;
      return kind === 'message' && deps.vetoBy === 'all';
    },
  };
}
