import { type AppError, toAppError } from '../../domain/app-error.ts';
import type { AdamParams } from '../../domain/datum.ts';
import type { Policy, PolicyId, RunId } from '../../domain/policy.ts';
import type { RunSample, RunStep, TrainingRun } from '../../domain/training-run.ts';
import type { Turn } from '../../domain/turn.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import type { RunStore } from '../../ports/run-store.ts';
import type { SamplerSource, TrainableModel, TrainerPort } from '../../ports/trainer.ts';
import type { TurnStore } from '../../ports/turn-store.ts';
import { answeringPath } from './answering-path.ts';
import type { EnginePrices } from './engine-prices.ts';
import type { PreparedSample } from './prepared-sample.ts';
import type { DriverEnd, RunDriver } from './run-driver.ts';
import { createRunEngine, type RunEngine } from './run-engine.ts';
import { haltOf, type RunGate } from './run-gate.ts';
import { isRunReason, type RunReason } from './run-reasons.ts';
import type { StepMethod, StepOutcome, StepSettings } from './step-engine.ts';

export interface WeightsDriverDeps {
  readonly trainer: TrainerPort;
  readonly runs: RunStore;
  readonly turns: Pick<TurnStore, 'get'>;
  readonly policyOf: (policyId: PolicyId) => Promise<Policy | undefined>;
  /** What the settings name: what answers where no policy does. */
  readonly configured: { readonly baseModel: string; readonly rank: number; readonly samplerPath: string };
  /** Of a policy with the same tokenizer, where one teaches. */
  readonly teacher?: SamplerSource;
  readonly prepare: (samples: readonly RunSample[]) => Promise<{
    readonly prepared: readonly PreparedSample[];
    readonly leftOut: readonly { readonly turnId: Turn['turnId']; readonly reason: RunReason }[];
  }>;
  /** The gate is the run's: a method that asks others than the engine asks it too. */
  readonly methodOf: (run: TrainingRun, gate: RunGate, signal: AbortSignal) => StepMethod;
  readonly settingsOf: (run: TrainingRun, step: number) => StepSettings;
  readonly adam: AdamParams;
  /** KL to the base model, nats a token, at which a run ends for good. */
  readonly klStop: number;
  readonly prices: EnginePrices;
  /** Whether the library would give a turn other skills now. */
  readonly isStale: (turn: Turn) => boolean | Promise<boolean>;
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly ids: Pick<Ids, 'code'>;
  readonly logger: Logger;
}

const nameChars = 8;
const firstPauseMs = 60_000;
/** A step that has failed so often ends its run; with the pauses growing that is about an hour. */
const mostFailures = 6;

/** Trying again would not change these. */
const isFinal = ({ code }: AppError): boolean =>
  code === 'invalid_input' || code === 'unsupported' || code === 'internal';

/** Trains an engine's weights step by step, each with its checkpoint, and goes on from the last one. */
export function createWeightsDriver(deps: WeightsDriverDeps): RunDriver {
  const { trainer, runs, logger } = deps;
  const failures = new Map<string, number>();
  /** The model of a run that is driven, or that paused in this process. */
  let held: { readonly runId: RunId; readonly model: TrainableModel } | undefined;

  async function drive(run: TrainingRun, gate: RunGate, signal: AbortSignal): Promise<DriverEnd> {
    let isKept = false;
    try {
      const steps = await runs.steps(run.runId);
      const model = await openModel(run, steps, gate, signal);
      const end = await runSteps(run, model, steps, gate, signal);
      failures.delete(run.runId);
      return end;
    } catch (thrown) {
      const halt = haltOf(thrown);
      // Nothing more is asked of the engine when somebody needs it: the model waits as it is.
      isKept = halt === 'paused' || signal.aborted;
      if (isKept) return { kind: 'paused' };
      const error = toAppError(thrown);
      if (error.code.startsWith('storage_')) throw error;
      if (halt === 'budget_spent') return { kind: 'nothing', reason: 'budget_spent' };
      return afterFailure(run, error);
    } finally {
      if (!isKept) await letGo();
    }
  }

  /** Gives the model's place at the engine back. Never rejects. */
  async function letGo(): Promise<void> {
    const model = held?.model;
    held = undefined;
    if (model !== undefined) await briefly(deps.clock, (cut) => model.unload(cut));
  }

  function afterFailure(run: TrainingRun, error: AppError): DriverEnd {
    const count = (failures.get(run.runId) ?? 0) + 1;
    failures.set(run.runId, count);
    logger.warn('training_step_failed', { run: run.number, failures: count, error });
    if (!isFinal(error) && count < mostFailures) {
      return { kind: 'waiting', againMs: firstPauseMs * 2 ** (count - 1) };
    }
    failures.delete(run.runId);
    return { kind: 'failed', reason: error.code === 'unsupported' ? 'unsupported' : 'engine_failed', error };
  }

  /** The weights that answered when the run began; `undefined` for the configured ones. */
  async function parentOf(
    run: TrainingRun,
  ): Promise<Extract<Policy['source'], { kind: 'weights' }> | undefined> {
    const parent = run.parentId === undefined ? undefined : await deps.policyOf(run.parentId);
    const answerer = parent?.source.kind === 'wording' ? parent.source.answersBy : parent?.policyId;
    const source = answerer === undefined ? undefined : (await deps.policyOf(answerer))?.source;
    return source?.kind === 'weights' ? source : undefined;
  }

  async function openModel(
    run: TrainingRun,
    steps: readonly RunStep[],
    gate: RunGate,
    signal: AbortSignal,
  ): Promise<TrainableModel> {
    if (held?.runId === run.runId) return held.model;
    await letGo();
    const checkpoint = lastState(steps);
    const { baseModel, rank, samplerPath } = deps.configured;
    const parent = await parentOf(run);
    const path = checkpoint ?? parent?.statePath ?? (samplerPath === '' ? undefined : samplerPath);
    const model = await gate.call(free, () =>
      path === undefined
        ? trainer.createModel({ baseModel, rank, seed: seedOf(run) }, signal)
        : trainer.restoreModel(path, { withOptimizer: checkpoint !== undefined }, signal),
    );
    held = { runId: run.runId, model };
    return model;
  }

  async function runSteps(
    run: TrainingRun,
    model: TrainableModel,
    before: readonly RunStep[],
    gate: RunGate,
    signal: AbortSignal,
  ): Promise<DriverEnd> {
    const parent = await parentOf(run);
    const { baseModel, samplerPath } = deps.configured;
    const engine = createRunEngine({
      trainer,
      model,
      references: {
        serving:
          parent !== undefined
            ? { path: answeringPath(parent, trainer.facts) }
            : samplerPath === ''
              ? { baseModel }
              : { path: samplerPath },
        base: { baseModel },
        ...(deps.teacher === undefined ? {} : { teacher: deps.teacher }),
      },
      gate,
      prices: deps.prices,
      adam: deps.adam,
      checkpointName: () => `run-${run.number}-${deps.ids.code(nameChars)}`,
      signal,
    });
    const method = deps.methodOf(run, gate, signal);
    const done: RunStep[] = before.filter(({ state }) => state !== 'begun');
    for (let step = done.length + 1; step <= run.plan.steps; step += 1) {
      const klBase = lastKl(done);
      if (klBase !== undefined && klBase > deps.klStop) return stoppedByKl(run, done, gate, signal);
      const made = await makeStep(run, step, engine, method);
      if (made === 'budget_spent') return conclude(run, model, done, gate, signal, 'budget_spent');
      done.push(made);
    }
    return conclude(run, model, done, gate, signal);
  }

  /** The step, made and stored. A halt or failure of the engine passes through: the step stays begun. */
  async function makeStep(
    run: TrainingRun,
    step: number,
    engine: RunEngine,
    method: StepMethod,
  ): Promise<RunStep | 'budget_spent'> {
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

  async function conclude(
    run: TrainingRun,
    model: TrainableModel,
    steps: readonly RunStep[],
    gate: RunGate,
    signal: AbortSignal,
    reason: RunReason = commonestReason(steps),
  ): Promise<DriverEnd> {
    const statePath = lastState(steps);
    if (statePath === undefined) return { kind: 'nothing', reason };
    const samplerPath = await gate.call(free, () =>
      model.saveSampler(`run-${run.number}-${deps.ids.code(nameChars)}`, signal),
    );
    await forget(steps, statePath, signal);
    return {
      kind: 'candidate',
      source: { kind: 'weights', baseModel: deps.configured.baseModel, samplerPath, statePath },
    };
  }

  /** The last state that was seen within the bound: the one before the last, as each step measures what it starts from. */
  async function stoppedByKl(
    run: TrainingRun,
    steps: readonly RunStep[],
    gate: RunGate,
    signal: AbortSignal,
  ): Promise<DriverEnd> {
    const states = steps.filter(({ state }) => state === 'done').slice(0, -2);
    const statePath = lastState(states);
    if (statePath === undefined) return { kind: 'nothing', reason: 'kl_stop' };
    const model = await gate.call(free, () =>
      trainer.restoreModel(statePath, { withOptimizer: false }, signal),
    );
    try {
      return await conclude(run, model, states, gate, signal);
    } finally {
      await briefly(deps.clock, (cut) => model.unload(cut));
    }
  }

  /** Checkpoints of steps that are not needed any more. What cannot be deleted stays, and is said in the log. */
  async function forget(
    steps: readonly RunStep[],
    kept: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    for (const { statePath } of steps) {
      if (statePath === undefined || statePath === kept) continue;
      await trainer.deleteCheckpoint(statePath, signal).catch((thrown: unknown) => {
        logger.warn('checkpoint_not_deleted', { error: toAppError(thrown) });
      });
    }
  }

  return {
    drive,
    async abandon(run) {
      failures.delete(run.runId);
      await letGo();
      await briefly(deps.clock, async (cut) => forget(await runs.steps(run.runId), undefined, cut));
    },
  };
}

const tidyMs = 20_000;

/** Tidies up at the engine, as far as it answers soon. Never rejects. */
async function briefly(
  clock: Pick<Clock, 'after'>,
  tidy: (cut: AbortSignal) => Promise<void>,
): Promise<void> {
  const cut = new AbortController();
  const timer = clock.after(tidyMs, () => cut.abort());
  try {
    await tidy(cut.signal);
  } catch {
    // What stays behind costs a place or some bytes at the engine, and no more.
  } finally {
    timer.cancel();
  }
}

const free = { tokens: 0, micros: 0 } as const;

function seedOf({ plan: { settings } }: TrainingRun): number {
  const seed = settings['seed'];
  return typeof seed === 'number' ? seed : 0;
}

function lastState(steps: readonly RunStep[]): string | undefined {
  return steps.findLast(({ statePath }) => statePath !== undefined)?.statePath;
}

function lastKl(steps: readonly RunStep[]): number | undefined {
  return steps.findLast(({ metrics }) => metrics.klBase !== undefined)?.metrics.klBase;
}

function commonestReason(steps: readonly RunStep[]): RunReason {
  const counts = Map.groupBy(steps, ({ reason }) => reason);
  const [reason] = [...counts].toSorted((a, b) => b[1].length - a[1].length)[0] ?? [];
  return reason !== undefined && isRunReason(reason) ? reason : 'too_few_left';
}
