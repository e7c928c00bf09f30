import { AppError, toAppError } from '../../domain/app-error.ts';
import type { RunStep, TrainingRun } from '../../domain/training-run.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { RunStore } from '../../ports/run-store.ts';
import type { TuningJob, TuningPort, TuningSpec } from '../../ports/tuning.ts';
import type { DriverEnd, RunDriver } from '../run/run-driver.ts';
import { type CallCost, haltError, haltOf, type RunGate } from '../run/run-gate.ts';
import { isRunReason, type RunReason } from '../run/run-reasons.ts';
import { abandonTuning } from './abandon-tuning.ts';
import { concludeTuning } from './conclude-tuning.ts';
import { type TuningPrices, tuningCost } from './tuning-cost.ts';
import { gatherTuningData, onlyStep, type TuningData, type TuningDataDeps } from './tuning-data.ts';
import { deleteFiles, uploadFiles } from './tuning-files.ts';
import { createTuningRecord, type TuningRecord } from './tuning-progress.ts';
import { mostFailures, nextLookMs, pauseAfterFailureMs } from './tuning-waits.ts';

export interface ProviderDriverDeps extends TuningDataDeps {
  readonly tuning: TuningPort;
  readonly runs: Pick<
    RunStore,
    'get' | 'claim' | 'leaveOut' | 'samples' | 'steps' | 'finishStep' | 'setProgress' | 'reserve' | 'refund'
  >;
  /** The model to train: the provider's own, or the tuned one that serves, to train it on. */
  readonly baseModelOf: (run: TrainingRun) => string | Promise<string>;
  /** Passes over the data, where the run's plan does not say (`epochs`). */
  readonly epochs: number;
  /** Of DPO, where the run's plan does not say (`beta`). */
  readonly beta: number;
  readonly prices: TuningPrices;
  /** A job that takes longer is given up. */
  readonly longestJobMs: number;
  readonly clock: Pick<Clock, 'now' | 'after' | 'sleep'>;
  readonly logger: Logger;
}

/**
 * Lets a provider tune a model: gathers training data, uploads it, has one job made, waits for it, and deletes the data. Before
 * anything is made it is looked for, so that a run makes one job and no file twice, whatever is interrupted.
 *
 * Uploads and the making of the job pass the gate, with the job's whole price before anything is uploaded. Looks at a job do not: they cost nothing,
 * and a job goes on outside whether the window is open or not, so that a run waits on and is not paused. Once a job is
 * made, a consent that is taken back marks the model, as with any policy; until then the data are made anew without it.
 */
export function createProviderDriver(deps: ProviderDriverDeps): RunDriver {
  const { tuning, runs, clock, logger } = deps;
  /** In a row, of runs that have no job yet. */
  const failures = new Map<string, number>();

  async function drive(run: TrainingRun, gate: RunGate, signal: AbortSignal): Promise<DriverEnd> {
    const record = createTuningRecord(run, runs);
    const step = await stepOf(run);
    try {
      if (step?.state === 'skipped') return await endedBefore(run, step, record, signal);
      const job = record.isResumed ? await jobOf(record, signal) : undefined;
      const end = await (job === undefined
        ? makeJob(run, step !== undefined, record, gate, signal)
        : afterLook(run, job, record, signal));
      failures.delete(run.runId);
      return end;
    } catch (thrown) {
      return afterFailure(run, thrown, record, signal);
    }
  }

  async function stepOf({ runId }: TrainingRun): Promise<RunStep | undefined> {
    return (await runs.steps(runId)).find(({ step }) => step === onlyStep);
  }

  /** How long its job is known, milliseconds; not below 0 where a clock was set back. */
  function ageOf(record: TuningRecord): number {
    const now = clock.now();
    return Math.max(0, now - (record.now().jobSince ?? now));
  }

  /** What was said to be the end, after a crash in between. */
  async function endedBefore(
    run: TrainingRun,
    { reason = '' }: RunStep,
    record: TuningRecord,
    signal: AbortSignal,
  ): Promise<DriverEnd> {
    await tidy(record, signal);
    const { failure } = record.now();
    if (failure === undefined && isRunReason(reason)) return { kind: 'nothing', reason };
    return failedWith(new AppError('peer_failed', failure ?? `Run ${run.number} failed at the provider.`));
  }

  async function jobOf(record: TuningRecord, signal: AbortSignal): Promise<TuningJob | undefined> {
    const { jobId } = record.now();
    if (jobId !== undefined) return tuning.job(jobId, signal);
    const found = await tuning.findJob(record.runId, signal);
    if (found !== undefined) await record.add({ jobId: found.jobId, jobSince: clock.now() });
    return found;
  }

  async function makeJob(
    run: TrainingRun,
    isRepeated: boolean,
    record: TuningRecord,
    gate: RunGate,
    signal: AbortSignal,
  ): Promise<DriverEnd> {
    if (gate.halted.aborted) return { kind: 'paused' };
    const data = await gatherTuningData(run, isRepeated, deps);
    if (typeof data === 'string') return comeToNothing(run, data, record, signal);
    await record.add({ heldBack: data.heldBack });
    const cost = tuningCost(data.trainTokens, epochsOf(run), deps.prices);
    const isReserved = record.now().reservedTokens !== undefined;
    // Nobody's words are uploaded for a job that the budget has no room for.
    const job = await gate.call(isReserved ? free : cost, async () => {
      if (!isReserved) await record.add({ reservedTokens: cost.tokens });
      let spec: TuningSpec;
      try {
        spec = await uploadedSpec(run, data, record, gate, signal);
      } catch (thrown) {
        if (!isReserved) await forgetCost(run, cost, thrown, record);
        throw thrown;
      }
      return tuning.createJob(spec, signal);
    });
    await record.add({ jobId: job.jobId, jobSince: clock.now() });
    const { method, examples } = data;
    logger.info('tuning_job_created', { run: run.number, job: job.jobId, method, examples });
    return afterLook(run, job, record, signal);
  }

  /** Of a job whose data are at the provider. */
  async function uploadedSpec(
    run: TrainingRun,
    { method, train, check }: TuningData,
    record: TuningRecord,
    gate: RunGate,
    signal: AbortSignal,
  ): Promise<TuningSpec> {
    const files = [train, ...(check === undefined ? [] : [check])];
    const [fileId = '', validationFileId] = await uploadFiles(files, record, deps, gate, signal);
    const baseModel = await deps.baseModelOf(run);
    if (gate.halted.aborted) throw haltError('paused');
    return {
      fileId,
      ...(validationFileId !== undefined && { validationFileId }),
      baseModel,
      method,
      epochs: epochsOf(run),
      ...(method === 'dpo' && { beta: plannedNumber(run, 'beta') ?? deps.beta }),
      suffix: `metaclaw-${run.number}`,
      runId: run.runId,
    };
  }

  /** No job was asked for: its cost is given back, and counted anew next time. A halt the gate gives back itself. */
  async function forgetCost(
    { runId }: TrainingRun,
    cost: CallCost,
    thrown: unknown,
    record: TuningRecord,
  ): Promise<void> {
    await record.forgetReserved();
    if (haltOf(thrown) === undefined) await runs.refund(runId, cost);
  }

  function epochsOf(run: TrainingRun): number {
    return plannedNumber(run, 'epochs') ?? deps.epochs;
  }

  async function afterLook(
    run: TrainingRun,
    job: TuningJob,
    record: TuningRecord,
    signal: AbortSignal,
  ): Promise<DriverEnd> {
    switch (job.state) {
      case 'queued':
      case 'running': {
        const ageMs = ageOf(record);
        if (ageMs <= deps.longestJobMs) return { kind: 'waiting', againMs: nextLookMs(ageMs) };
        await tuning.cancel(job.jobId, signal);
        return fail(run, new AppError('timeout', 'The provider’s job took too long.'), record, signal);
      }
      case 'succeeded': {
        if (job.model === undefined) {
          const error = new AppError('bad_reply', 'The provider’s job succeeded, and its model has no name.');
          return fail(run, error, record, signal);
        }
        await concludeTuning(run, job, record, deps);
        await tidy(record, signal);
        logger.info('tuning_job_succeeded', { run: run.number, job: job.jobId, model: job.model });
        return { kind: 'candidate', source: { kind: 'hosted_model', model: job.model } };
      }
      case 'failed': {
        const why = job.error === undefined ? 'It does not say why.' : `It says: "${job.error}".`;
        return fail(run, new AppError('peer_failed', `The provider’s job failed. ${why}`), record, signal);
      }
      case 'cancelled': {
        const error = new AppError('peer_failed', 'Somebody cancelled the job at the provider.');
        return fail(run, error, record, signal);
      }
    }
  }

  async function afterFailure(
    run: TrainingRun,
    thrown: unknown,
    record: TuningRecord,
    signal: AbortSignal,
  ): Promise<DriverEnd> {
    const halt = haltOf(thrown);
    if (halt === 'budget_spent') return comeToNothing(run, halt, record, signal);
    const error = toAppError(thrown);
    if (halt === 'paused' || error.code === 'aborted') return { kind: 'paused' };
    if (error.code.startsWith('storage_')) throw error;
    logger.warn('tuning_call_failed', { run: run.number, error });
    const { retryAfterMs = 0 } = error;
    if (record.now().jobId !== undefined && error.code !== 'not_found') {
      // Whatever keeps us from looking, the job goes on, and is paid for.
      const ageMs = ageOf(record);
      if (ageMs > deps.longestJobMs) return fail(run, error, record, signal);
      return { kind: 'waiting', againMs: Math.max(retryAfterMs, nextLookMs(ageMs)) };
    }
    const count = (failures.get(run.runId) ?? 0) + 1;
    failures.set(run.runId, count);
    if (!error.retryable || count >= mostFailures) return fail(run, error, record, signal);
    return { kind: 'waiting', againMs: Math.max(retryAfterMs, pauseAfterFailureMs(count)) };
  }

  async function fail(
    run: TrainingRun,
    error: AppError,
    record: TuningRecord,
    signal: AbortSignal,
  ): Promise<DriverEnd> {
    await record.add({ failure: error.message });
    await endStep(run, 'provider_failed');
    await tidy(record, signal);
    return failedWith(error);
  }

  function failedWith(error: AppError): DriverEnd {
    return { kind: 'failed', reason: 'provider_failed', error };
  }

  async function comeToNothing(
    run: TrainingRun,
    reason: RunReason,
    record: TuningRecord,
    signal: AbortSignal,
  ): Promise<DriverEnd> {
    await endStep(run, reason);
    await tidy(record, signal);
    return { kind: 'nothing', reason };
  }

  async function endStep(run: TrainingRun, reason: RunReason): Promise<void> {
    failures.delete(run.runId);
    const step = await stepOf(run);
    if (step?.state !== 'begun') return;
    const { startedAt } = step;
    const endedAt = clock.now();
    await runs.finishStep(run.runId, {
      step: onlyStep,
      state: 'skipped',
      reason,
      metrics: {},
      startedAt,
      endedAt,
    });
  }

  async function tidy(record: TuningRecord, signal: AbortSignal): Promise<void> {
    const { files } = record.now();
    if (files.length === 0) return;
    await record.add({ files: await deleteFiles(files, deps, signal) });
  }

  return {
    worksOutside: true,
    drive,
    async abandon(run) {
      failures.delete(run.runId);
      await abandonTuning(run, deps);
    },
  };
}

function plannedNumber({ plan }: TrainingRun, name: string): number | undefined {
  const value = plan.settings[name];
  return typeof value === 'number' ? value : undefined;
}

const free = { tokens: 0, micros: 0 } as const;
