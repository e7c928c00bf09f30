import { toAppError } from '../../domain/app-error.ts';
import type { TrainingRun } from '../../domain/training-run.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { RunStore } from '../../ports/run-store.ts';
import type { TuningPort } from '../../ports/tuning.ts';
import { deleteFiles } from './tuning-files.ts';
import { createTuningRecord } from './tuning-progress.ts';

export interface AbandonTuningDeps {
  readonly tuning: TuningPort;
  readonly runs: Pick<RunStore, 'get' | 'setProgress'>;
  readonly clock: Pick<Clock, 'after' | 'sleep'>;
  readonly logger: Logger;
}

const tidyMs = 60_000;
/** A job whose making was cut off may show a moment later. */
const secondLookMs = 5_000;

/**
 * Cancels a run's job and deletes its files, as far as the provider answers within a minute; what stays there is said in the
 * log. Never rejects.
 */
export async function abandonTuning(run: TrainingRun, deps: AbandonTuningDeps): Promise<void> {
  const cut = new AbortController();
  const timer = deps.clock.after(tidyMs, () => cut.abort());
  try {
    // Whoever cancels a run may have read it before it was driven.
    const record = createTuningRecord((await deps.runs.get(run.runId)) ?? run, deps.runs);
    if (!record.isResumed) return;
    const { jobId, reservedTokens, files } = record.now();
    await cancelJob(run, jobId, reservedTokens !== undefined, deps, cut.signal);
    if (files.length > 0) await record.add({ files: await deleteFiles(files, deps, cut.signal) });
  } catch (thrown) {
    deps.logger.warn('tuning_not_abandoned', { run: run.number, error: toAppError(thrown) });
  } finally {
    timer.cancel();
  }
}

async function cancelJob(
  run: TrainingRun,
  stored: string | undefined,
  mayExist: boolean,
  deps: AbandonTuningDeps,
  signal: AbortSignal,
): Promise<void> {
  if (stored === undefined && !mayExist) return;
  try {
    const jobId = stored ?? (await foundJob(run, deps, signal));
    if (jobId !== undefined) await deps.tuning.cancel(jobId, signal);
  } catch (thrown) {
    deps.logger.warn('tuning_job_not_cancelled', { run: run.number, job: stored, error: toAppError(thrown) });
  }
}

async function foundJob(
  { runId }: TrainingRun,
  { tuning, clock }: AbandonTuningDeps,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = await tuning.findJob(runId, signal);
  if (found !== undefined) return found.jobId;
  await clock.sleep(secondLookMs, signal);
  return (await tuning.findJob(runId, signal))?.jobId;
}
