import { type AppError, toAppError } from '../../domain/app-error.ts';
import type { AdamParams } from '../../domain/datum.ts';
import { answererOf, type Policy, type PolicyId, type PolicySource } from '../../domain/policy.ts';
import type { RunStep, TrainingRun } from '../../domain/training-run.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { RunStore } from '../../ports/run-store.ts';
import type { SamplerSource, TrainableModel, TrainerPort } from '../../ports/trainer.ts';
import { aloneGate, type MakeAlone } from './alone-gate.ts';
import { answeringPath } from './answering-path.ts';
import { briefly } from './briefly.ts';
import { engineChanged, isEngineChanged } from './engine-changed.ts';
import type { EnginePrices } from './engine-prices.ts';
import { createHeldModels } from './held-model.ts';
import { distanceFromBase, type KlCut, klCut } from './kl-bound.ts';
import { isLeaseLost } from './lease-lost.ts';
import { createStepMaker, type MakeStepDeps } from './make-step.ts';
import type { DriverEnd, RunDriver } from './run-driver.ts';
import { createRunEngine, type RunEngine } from './run-engine.ts';
import { haltOf, type RunGate } from './run-gate.ts';
import { isRunReason, type RunReason } from './run-reasons.ts';
import type { StepMethod } from './step-engine.ts';

export interface WeightsDriverDeps extends MakeStepDeps {
  readonly trainer: TrainerPort;
  readonly runs: RunStore;
  readonly policyOf: (policyId: PolicyId) => Promise<Policy | undefined>;
  /** What the settings name: what answers where no policy does. */
  readonly configured: { readonly baseModel: string; readonly rank: number; readonly samplerPath: string };
  /** Of a policy with the same tokenizer, where one teaches. */
  readonly teacher?: SamplerSource;
  /** The gate is the run's: a method that asks others than the engine asks it too. */
  readonly methodOf: (run: TrainingRun, gate: RunGate, signal: AbortSignal) => StepMethod;
  readonly adam: AdamParams;
  /**
   * KL to the base model, nats a token, beyond which a run ends for good, with the last state that was seen within it. A step of
   * which it cannot be told ends the run the same way. The state after the last step is measured on that step's stored
   * answers; where these are gone, or the budget has no room for it, the state before that step speaks for it.
   */
  readonly klStop: number;
  readonly prices: EnginePrices;
  /** Where the engine cannot train and answer at once: every call to it is made so. @default at once */
  readonly alone?: MakeAlone;
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly ids: Pick<Ids, 'code'>;
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
  const models = createHeldModels(deps.clock, deps.alone);
  const makeStep = createStepMaker(deps);

  async function drive(run: TrainingRun, gate: RunGate, signal: AbortSignal): Promise<DriverEnd> {
    const atEngine = aloneGate(gate, deps.alone);
    let isKept = false;
    try {
      refuseOtherBase(run);
      const steps = await runs.steps(run.runId);
      const model = await openModel(run, steps, atEngine, signal);
      const method = deps.methodOf(run, gate, signal);
      const end = await runSteps(run, model, steps, method, atEngine, signal);
      failures.delete(run.runId);
      return end;
    } catch (thrown) {
      const halt = haltOf(thrown);
      // Nothing more is asked of the engine when somebody needs it: the model waits as it is. What a step has changed that could not be stored does not.
      isKept = (halt === 'paused' && !isLeaseLost(thrown)) || signal.aborted;
      if (isKept || halt === 'paused') return { kind: 'paused' };
      const error = toAppError(thrown);
      if (error.code.startsWith('storage_')) throw error;
      if (halt === 'budget_spent') return { kind: 'nothing', reason: 'budget_spent' };
      return afterFailure(run, error);
    } finally {
      if (!isKept) await models.letGo(gate.halted);
    }
  }

  function afterFailure(run: TrainingRun, error: AppError): DriverEnd {
    const count = (failures.get(run.runId) ?? 0) + 1;
    failures.set(run.runId, count);
    logger.warn('training_step_failed', { run: run.number, failures: count, error });
    if (!isFinal(error) && !isEngineChanged(error) && count < mostFailures) {
      return { kind: 'waiting', againMs: firstPauseMs * 2 ** (count - 1), reason: 'engine_failed' };
    }
    failures.delete(run.runId);
    const reason = error.code === 'unsupported' ? 'unsupported' : 'engine_failed';
    return { kind: 'failed', reason: isEngineChanged(error) ? 'engine_changed' : reason, error };
  }

  function refuseOtherBase({ number, plan }: TrainingRun): void {
    const { baseModel = deps.configured.baseModel } = plan.settings;
    if (baseModel === deps.configured.baseModel) return;
    throw engineChanged(
      `Run ${number} began on ${baseModel}. It cannot go on on ${deps.configured.baseModel}.`,
    );
  }

  async function restored(
    path: string,
    options: { readonly withOptimizer: boolean },
    signal: AbortSignal,
  ): Promise<TrainableModel> {
    try {
      return await trainer.restoreModel(path, options, signal);
    } catch (thrown) {
      if (toAppError(thrown).code !== 'not_found') throw thrown;
      throw engineChanged('The engine does not have the state that the run would go on from.', thrown);
    }
  }

  /** The weights that answered when the run began; `undefined` for the configured ones. */
  async function parentOf(
    run: TrainingRun,
  ): Promise<Extract<Policy['source'], { kind: 'weights' }> | undefined> {
    const parent = run.parentId === undefined ? undefined : await deps.policyOf(run.parentId);
    const answerer = parent && answererOf(parent);
    const source = answerer === undefined ? undefined : (await deps.policyOf(answerer))?.source;
    // Weights of another base model are none that this engine could train on.
    const isUsable = source?.kind === 'weights' && source.baseModel === deps.configured.baseModel;
    return isUsable ? source : undefined;
  }

  async function openModel(
    run: TrainingRun,
    steps: readonly RunStep[],
    gate: RunGate,
    signal: AbortSignal,
  ): Promise<TrainableModel> {
    const checkpoint = lastState(steps);
    const held = models.of(run.runId, checkpoint);
    if (held !== undefined) return held;
    await models.letGo(gate.halted);
    const { baseModel, rank, samplerPath } = deps.configured;
    const parent = await parentOf(run);
    const path = checkpoint ?? parent?.statePath ?? (samplerPath === '' ? undefined : samplerPath);
    const model = await gate.call(free, () =>
      path === undefined
        ? trainer.createModel({ baseModel, rank, seed: seedOf(run) }, signal)
        : restored(path, { withOptimizer: checkpoint !== undefined }, signal),
    );
    models.hold(run.runId, model, checkpoint);
    return model;
  }

  async function runSteps(
    run: TrainingRun,
    model: TrainableModel,
    before: readonly RunStep[],
    method: StepMethod,
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
    const done: RunStep[] = before.filter(({ state }) => state !== 'begun');
    for (let step = done.length + 1; step <= run.plan.steps; step += 1) {
      const cut = klCut(done, deps.klStop, undefined);
      if (cut !== undefined) return cutShort(run, done, cut, gate, signal);
      // What would be cut off half way is made again from the last checkpoint: better not begun.
      await gate.beforeStep();
      const made = await makeStep({ run, step, engine, method });
      if (made === 'budget_spent') return conclude(run, model, done, gate, signal, 'budget_spent');
      done.push(made);
      models.stands(lastState(done));
      failures.delete(run.runId);
    }
    const lastKl = await finalKl(run, done, engine);
    const cut = klCut(done, deps.klStop, lastKl === 'budget_spent' ? undefined : lastKl);
    if (cut !== undefined) return cutShort(run, done, cut, gate, signal);
    return conclude(run, model, done, gate, signal, lastKl === 'budget_spent' ? lastKl : undefined);
  }

  /** How far the state after the last step is from the base model, by the answers of that step. */
  async function finalKl(
    { runId }: TrainingRun,
    steps: readonly RunStep[],
    engine: RunEngine,
  ): Promise<number | 'budget_spent' | undefined> {
    const last = steps.findLast(({ state }) => state === 'done')?.step;
    if (last === undefined) return undefined;
    const trained = (await runs.samples(runId)).filter(
      ({ step, status }) => step === last && status === 'trained',
    );
    const { prepared } = await deps.prepare(trained);
    try {
      return await distanceFromBase(engine, prepared);
    } catch (thrown) {
      if (haltOf(thrown) === 'budget_spent') return 'budget_spent';
      throw thrown;
    }
  }

  async function conclude(
    run: TrainingRun,
    model: TrainableModel,
    steps: readonly RunStep[],
    gate: RunGate,
    signal: AbortSignal,
    reason: RunReason | undefined,
  ): Promise<DriverEnd> {
    const statePath = lastState(steps);
    if (statePath === undefined) return { kind: 'nothing', reason: reason ?? commonestReason(steps) };
    const source = await savedSource(run, model, statePath, gate, signal);
    await forget(steps, statePath, signal, gate.halted);
    return { kind: 'candidate', source, ...(reason === undefined ? {} : { reason }) };
  }

  async function savedSource(
    run: TrainingRun,
    model: TrainableModel,
    statePath: string,
    gate: RunGate,
    signal: AbortSignal,
  ): Promise<PolicySource> {
    const samplerPath = await gate.call(free, () =>
      model.saveSampler(`run-${run.number}-${deps.ids.code(nameChars)}`, signal),
    );
    return { kind: 'weights', baseModel: deps.configured.baseModel, samplerPath, statePath };
  }

  /** Makes the policy of the last state that was seen within the bound, and frees what was trained after it. */
  async function cutShort(
    run: TrainingRun,
    steps: readonly RunStep[],
    { keepsSteps, reason }: KlCut,
    gate: RunGate,
    signal: AbortSignal,
  ): Promise<DriverEnd> {
    const statePath = lastState(steps.filter(({ step }) => step <= keepsSteps));
    if (statePath === undefined) return { kind: 'nothing', reason };
    const model = await gate.call(free, () => restored(statePath, { withOptimizer: false }, signal));
    models.leave(model);
    const source = await savedSource(run, model, statePath, gate, signal);
    await forget(steps, statePath, signal, gate.halted);
    return { kind: 'candidate', source, reason, keepsSteps };
  }

  /** Checkpoints of steps that are not needed any more. What cannot be deleted, or not before `halted`, stays, and is said in the log. */
  async function forget(
    steps: readonly RunStep[],
    kept: string | undefined,
    signal: AbortSignal,
    halted: AbortSignal | undefined,
  ): Promise<void> {
    const paths = steps.flatMap(({ statePath }) => statePath ?? []);
    const cut = paths.filter((path) => path !== kept);
    for (const [at, statePath] of cut.entries()) {
      if (halted?.aborted === true) {
        logger.info('checkpoints_left', { checkpoints: cut.length - at });
        return;
      }
      await deleteOne(statePath, signal, halted).catch((thrown: unknown) => {
        logger.warn('checkpoint_not_deleted', { error: toAppError(thrown) });
      });
    }
  }

  function deleteOne(statePath: string, signal: AbortSignal, halted: AbortSignal | undefined): Promise<void> {
    const make = (): Promise<void> => trainer.deleteCheckpoint(statePath, signal);
    const ends = halted === undefined ? signal : AbortSignal.any([signal, halted]);
    return deps.alone === undefined ? make() : deps.alone(make, ends);
  }

  return {
    drive,
    async abandon(run, halted) {
      failures.delete(run.runId);
      await models.letGo(halted, run.runId);
      await briefly(deps.clock, async (cut) => forget(await runs.steps(run.runId), undefined, cut, halted));
    },
  };
}

const free = { tokens: 0, micros: 0 } as const;

function seedOf({ plan: { settings } }: TrainingRun): number {
  const seed = settings['seed'];
  return typeof seed === 'number' ? seed : 0;
}

function lastState(steps: readonly RunStep[]): string | undefined {
  return steps.findLast(({ statePath }) => statePath !== undefined)?.statePath;
}

function commonestReason(steps: readonly RunStep[]): RunReason {
  const counts = Map.groupBy(steps, ({ reason }) => reason);
  const [reason] = [...counts].toSorted((a, b) => b[1].length - a[1].length)[0] ?? [];
  return reason !== undefined && isRunReason(reason) ? reason : 'too_few_left';
}
