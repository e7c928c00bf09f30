import type { RunSample, RunStep, TrainingRun } from '../../domain/training-run.ts';
import type { Turn } from '../../domain/turn.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { RunStore } from '../../ports/run-store.ts';
import type { TurnStore } from '../../ports/turn-store.ts';
import type { PreparedSample } from './prepared-sample.ts';
import type { RunEngine } from './run-engine.ts';
import { haltOf } from './run-gate.ts';
import type { RunReason } from './run-reasons.ts';
import type { StepMethod, StepOutcome, StepSettings } from './step-engine.ts';

export interface MakeStepDeps {
  readonly runs: Pick<RunStore, 'claim' | 'leaveOut' | 'finishStep'>;
  readonly turns: Pick<TurnStore, 'get'>;
  readonly prepare: (samples: readonly RunSample[]) => Promise<{
    readonly prepared: readonly PreparedSample[];
    readonly leftOut: readonly { readonly turnId: Turn['turnId']; readonly reason: RunReason }[];
  }>;
  readonly settingsOf: (run: TrainingRun, step: number) => StepSettings;
  /** Whether the library would give a turn other skills now. */
  readonly isStale: (turn: Turn) => boolean | Promise<boolean>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

export interface StepToMake {
  readonly run: TrainingRun;
  /** From 1. */
  readonly step: number;
  readonly engine: RunEngine;
  readonly method: StepMethod;
}

/**
 * Makes a step of its samples and stores it. Where the budget ends in it, it stays begun; a pause and a failure of the engine pass
 * through, and leave it begun as well.
 */
export function createStepMaker(
  deps: MakeStepDeps,
): (given: StepToMake) => Promise<RunStep | 'budget_spent'> {
  const { runs, logger } = deps;

  async function makeStep({ run, step, engine, method }: StepToMake): Promise<RunStep | 'budget_spent'> {
    const { runId } = run;
    const startedAt = deps.clock.now();
    const claimed = await runs.claim(runId, step, startedAt);
    const { prepared, leftOut } = await deps.prepare(await withoutStale(run, claimed));
    await leaveOut(run, leftOut);
    const outcome = await attempt(run, step, prepared, engine, method);
    if (outcome === 'budget_spent') return outcome;
    const endedAt = deps.clock.now();
    if (outcome.kind === 'skipped') {
      const skipped = {
        step,
        state: 'skipped',
        reason: outcome.reason,
        metrics: outcome.metrics,
        startedAt,
        endedAt,
      } as const;
      await runs.finishStep(runId, skipped);
      logger.info('training_step_skipped', { run: run.number, step, reason: outcome.reason });
      return skipped;
    }
    await leaveOut(run, outcome.leftOut);
    const statePath = engine.takeCheckpoint();
    if (statePath === undefined)
      throw new TypeError('A step said that it had updated the model, and had not.');
    const made = { step, state: 'done', metrics: outcome.metrics, statePath, startedAt, endedAt } as const;
    await runs.finishStep(runId, made);
    logger.info('training_step_done', { run: run.number, step, answers: outcome.metrics.answers ?? null });
    return made;
  }

  async function attempt(
    run: TrainingRun,
    step: number,
    prepared: readonly PreparedSample[],
    engine: RunEngine,
    method: StepMethod,
  ): Promise<StepOutcome | 'budget_spent'> {
    if (prepared.length === 0) return { kind: 'skipped', reason: 'too_few_left', metrics: {} };
    try {
      return await method(prepared, engine, deps.settingsOf(run, step));
    } catch (thrown) {
      if (haltOf(thrown) === 'budget_spent') return 'budget_spent';
      throw thrown;
    }
  }

  /**
   * Leaves out what the library has left behind. A change passes over what a run holds, so that here is found what was claimed
   * before a pause or a crash, and what an earlier run gave back while the change was being made.
   */
  async function withoutStale(
    run: TrainingRun,
    claimed: readonly RunSample[],
  ): Promise<readonly RunSample[]> {
    const stale = new Set<RunSample>();
    for (const sample of claimed) {
      const turn = await deps.turns.get(sample.turnId);
      if (turn !== undefined && (await deps.isStale(turn))) stale.add(sample);
    }
    await leaveOut(
      run,
      [...stale].map(({ turnId }) => ({ turnId, reason: 'changed' })),
    );
    return claimed.filter((sample) => !stale.has(sample));
  }

  async function leaveOut(
    run: TrainingRun,
    samples: readonly { readonly turnId: Turn['turnId']; readonly reason: RunReason }[],
  ): Promise<void> {
    for (const [reason, of] of Map.groupBy(samples, (sample) => sample.reason)) {
      await runs.leaveOut(
        run.runId,
        of.map(({ turnId }) => turnId),
        reason,
      );
    }
  }

  return makeStep;
}
