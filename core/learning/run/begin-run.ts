import type { PersonId } from '../../domain/ids.ts';
import { type PolicyId, type PolicyScope, policyScopeKey, runId } from '../../domain/policy.ts';
import type { RunKind, TrainingRun } from '../../domain/training-run.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import type { NewRun, RunStore } from '../../ports/run-store.ts';
import type { PlannedRun, RunPlanner } from './run-planner.ts';
import type { RunReason } from './run-reasons.ts';
import { monthStart } from './spend-gate.ts';

export interface BeginRunDeps {
  readonly runs: Pick<RunStore, 'begin' | 'skip' | 'end' | 'samples' | 'latest' | 'spentSince'>;
  /** Tried in this order: the first whose plan is ready becomes a run. */
  readonly planners: readonly RunPlanner[];
  /** What serves in a scope; `undefined` for the configured model. */
  readonly servingIn: (scope: PolicyScope) => PolicyId | undefined;
  readonly generation: () => number;
  /** What all runs of a month may cost, in millionths; `undefined` for any. */
  readonly capMicros: number | undefined;
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Pick<Ids, 'next'>;
  readonly logger: Logger;
}

export interface RunAttempt {
  readonly scope: PolicyScope;
  /** A person who wants a run; absent: a window. */
  readonly by?: PersonId;
  /** Ends planning: then it rejects with `aborted`. */
  readonly signal: AbortSignal;
  /** Asked when a plan is made: why nothing may begin any more. */
  readonly heldBy: () => Promise<RunReason | undefined>;
}

export type StartedRun =
  | { readonly kind: 'began' | 'resumed'; readonly run: TrainingRun }
  | { readonly kind: 'nothing'; readonly reason: RunReason };

/** A plan, and what served and how the library stood when it was made. */
interface Planned {
  readonly planned: PlannedRun;
  readonly parentId: PolicyId | undefined;
  readonly generation: number;
}

/** The same reason not to begin is written down once in so long. */
const skipEveryMs = 24 * 60 * 60_000;
/** After a run that made nothing its samples are free, and the same run could begin at once, for the same money. */
const restMs = 24 * 60 * 60_000;
const madeNothing: ReadonlySet<TrainingRun['state']> = new Set(['skipped', 'failed', 'cancelled']);

/**
 * Begins runs: the first kind of which a plan is ready, that the month's budget has room for. Every attempt leaves a record. Where
 * no person asks, a kind that has made nothing in a scope rests there for a day, and a reason that is on record is
 * written down again only after a day; both are read from the store, and so hold over restarts.
 */
export function createRunStarter(deps: BeginRunDeps): (attempt: RunAttempt) => Promise<StartedRun> {
  const { runs, clock, logger } = deps;

  async function isResting(scope: PolicyScope, kind: RunKind): Promise<boolean> {
    const last = await runs.latest(scope, kind, 'begun');
    if (last?.endedAt === undefined || !madeNothing.has(last.state)) return false;
    // Either way: a clock that was set back must not let it rest for years.
    return Math.abs(clock.now() - last.endedAt) < restMs;
  }

  /** Made anew where what it starts from has become another meanwhile. */
  async function plan(planner: RunPlanner, { scope, signal }: RunAttempt): Promise<Planned> {
    const standing = () => ({ parentId: deps.servingIn(scope), generation: deps.generation() });
    const before = standing();
    const planned = await planner.plan(scope, signal);
    const now = standing();
    if (now.parentId === before.parentId && now.generation === before.generation) {
      return { planned, ...before };
    }
    return { planned: await planner.plan(scope, signal), ...now };
  }

  async function hasRoom(micros: number): Promise<boolean> {
    if (deps.capMicros === undefined) return true;
    return micros <= deps.capMicros - (await runs.spentSince(monthStart(clock.now())));
  }

  function recordOf({ planned, parentId, generation }: Planned, kind: RunKind, attempt: RunAttempt): NewRun {
    const { scope, by } = attempt;
    return {
      runId: runId(deps.ids.next('run')),
      scope,
      kind,
      methods: planned.kind === 'ready' ? planned.methods : [],
      ...(parentId === undefined ? {} : { parentId }),
      generation,
      plan: planned.plan,
      ...(by === undefined ? {} : { askedBy: by }),
      startedAt: clock.now(),
    };
  }

  async function noteSkipped(record: NewRun, reason: RunReason): Promise<StartedRun> {
    const latest = await runs.latest(record.scope, record.kind);
    const isKnown =
      latest?.state === 'skipped' &&
      latest.reason === reason &&
      record.startedAt - latest.startedAt < skipEveryMs;
    if (!isKnown || record.askedBy !== undefined) {
      await runs.skip({ ...record, methods: [] }, reason);
      logger.info('training_not_begun', { scope: policyScopeKey(record.scope), kind: record.kind, reason });
    }
    return { kind: 'nothing', reason };
  }

  async function begin(record: NewRun, planned: Extract<PlannedRun, { kind: 'ready' }>): Promise<StartedRun> {
    const run = await runs.begin(record, planned.samples);
    const leased = (await runs.samples(run.runId)).filter(({ status }) => status === 'leased');
    if (leased.length < (planned.least ?? 0)) {
      const reason: RunReason = 'too_few_samples';
      await runs.end(run.runId, { state: 'skipped', reason, at: clock.now() });
      logger.info('training_came_to_nothing', { run: run.number, reason });
      return { kind: 'nothing', reason };
    }
    logger.info('training_began', { run: run.number, kind: run.kind, samples: leased.length });
    return { kind: 'began', run };
  }

  async function attemptOf(planner: RunPlanner, attempt: RunAttempt): Promise<StartedRun> {
    const made = await plan(planner, attempt);
    const heldBy = await attempt.heldBy();
    if (heldBy !== undefined) return { kind: 'nothing', reason: heldBy };
    const { planned } = made;
    const record = recordOf(made, planner.kind, attempt);
    if (planned.kind === 'not_ready') return noteSkipped(record, planned.reason);
    if (!(await hasRoom(planned.plan.estimate.micros))) return noteSkipped(record, 'budget_spent');
    return begin(record, planned);
  }

  return async (attempt) => {
    let why: RunReason | undefined;
    for (const planner of deps.planners) {
      if (attempt.by === undefined && (await isResting(attempt.scope, planner.kind))) continue;
      const started = await attemptOf(planner, attempt);
      if (started.kind !== 'nothing') return started;
      why ??= started.reason;
    }
    return { kind: 'nothing', reason: why ?? 'no_engine' };
  };
}
