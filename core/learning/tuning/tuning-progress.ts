import { type TurnId, turnId } from '../../domain/ids.ts';
import type { RunId } from '../../domain/policy.ts';
import type { TrainingRun } from '../../domain/training-run.ts';
import type { RunStore } from '../../ports/run-store.ts';

/** A file that was uploaded for a run, or was about to be: then it has no id, and is looked for by its name. */
export interface TuningFile {
  readonly name: string;
  readonly fileId?: string;
}

/** What must be known to go on with a run of which a part is at a provider. */
export interface TuningProgress {
  readonly files: readonly TuningFile[];
  /** Answers that only the training is measured with. */
  readonly heldBack: readonly TurnId[];
  /** For so many trained tokens the budget was asked; then the job was about to be made, or is. */
  readonly reservedTokens?: number;
  readonly jobId?: string;
  /** When it was made or found, epoch milliseconds. */
  readonly jobSince?: number;
  /** What a job cost beyond its estimate was taken from the budget too. */
  readonly isSettled: boolean;
  /** Why it failed, for the person who asks. */
  readonly failure?: string;
}

export const noProgress: TuningProgress = { files: [], heldBack: [], isSettled: false };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const isString = (value: unknown): value is string => typeof value === 'string';

/** What was stored. Something else than that counts as nothing: then what stands at the provider is found by the run's id. */
export function readProgress(stored: string | undefined): TuningProgress {
  let value: unknown;
  try {
    value = JSON.parse(stored ?? '{}');
  } catch {
    return noProgress;
  }
  if (!isRecord(value)) return noProgress;
  const { files, heldBack, reservedTokens, jobId, jobSince, isSettled, failure } = value;
  return {
    files: (Array.isArray(files) ? files : []).flatMap(readFile),
    heldBack: (Array.isArray(heldBack) ? heldBack : []).filter(isString).map(turnId),
    ...(typeof reservedTokens === 'number' && { reservedTokens }),
    ...(isString(jobId) && { jobId }),
    ...(typeof jobSince === 'number' && { jobSince }),
    isSettled: isSettled === true,
    ...(isString(failure) && { failure }),
  };
}

function readFile(value: unknown): readonly TuningFile[] {
  if (!isRecord(value) || !isString(value['name'])) return [];
  const { name, fileId } = value;
  return [{ name, ...(isString(fileId) && { fileId }) }];
}

/** The progress of one run, stored with each change. */
export interface TuningRecord {
  readonly runId: RunId;
  /** Whether anything was stored before: then something may stand at the provider. */
  readonly isResumed: boolean;
  now(): TuningProgress;
  add(change: Partial<TuningProgress>): Promise<void>;
  /** The job is not made after all, and its cost was given back. */
  forgetReserved(): Promise<void>;
}

export function createTuningRecord(
  { runId, progress: stored }: TrainingRun,
  runs: Pick<RunStore, 'setProgress'>,
): TuningRecord {
  let progress = readProgress(stored);
  async function store(next: TuningProgress): Promise<void> {
    await runs.setProgress(runId, JSON.stringify(next));
    progress = next;
  }
  return {
    runId,
    isResumed: stored !== undefined,
    now: () => progress,
    add: (change) => store({ ...progress, ...change }),
    async forgetReserved() {
      const { reservedTokens: _, ...rest } = progress;
      await store(rest);
    },
  };
}
