import type { RunSample, StepMetrics, TrainingRun } from '../../domain/training-run.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RunStore } from '../../ports/run-store.ts';
import type { TuningJob } from '../../ports/tuning.ts';
import { costOfTrained, type TuningPrices } from './tuning-cost.ts';
import { onlyStep } from './tuning-data.ts';
import type { TuningRecord } from './tuning-progress.ts';

export interface ConcludeTuningDeps {
  readonly runs: Pick<RunStore, 'leaveOut' | 'samples' | 'steps' | 'finishStep' | 'reserve'>;
  readonly prices: TuningPrices;
  readonly clock: Pick<Clock, 'now'>;
}

/** Writes down that a job has trained on its data: what it cost, what was held back, and the step. Again it changes nothing. */
export async function concludeTuning(
  { runId }: TrainingRun,
  job: TuningJob,
  record: TuningRecord,
  deps: ConcludeTuningDeps,
): Promise<void> {
  const step = (await deps.runs.steps(runId)).find((one) => one.step === onlyStep);
  if (step?.state !== 'begun') return;
  await settle(job, record, deps);
  await deps.runs.leaveOut(runId, record.now().heldBack, 'held_back');
  const trained = (await deps.runs.samples(runId)).filter(({ status }) => status === 'claimed');
  await deps.runs.finishStep(runId, {
    step: onlyStep,
    state: 'done',
    metrics: metricsOf(trained, job),
    startedAt: step.startedAt,
    endedAt: deps.clock.now(),
  });
}

/**
 * The estimate was counted before the job was made; what it trained beyond that is owed all the same, cap or not. A crash here
 * counts it twice at worst, never not at all.
 */
async function settle(job: TuningJob, record: TuningRecord, deps: ConcludeTuningDeps): Promise<void> {
  const { reservedTokens = 0, isSettled } = record.now();
  const beyond = (job.trainedTokens ?? 0) - reservedTokens;
  if (isSettled || !(beyond > 0)) return;
  await deps.runs.reserve(record.runId, costOfTrained(beyond, deps.prices), 0, undefined);
  await record.add({ isSettled: true });
}

function metricsOf(trained: readonly RunSample[], { trainedTokens }: TuningJob): StepMetrics {
  const total = trained.reduce((sum, { value }) => sum + value, 0);
  return {
    answers: trained.length,
    ...(trained.length > 0 && { reward: total / trained.length }),
    ...(trainedTokens !== undefined && { tokens: trainedTokens }),
  };
}
