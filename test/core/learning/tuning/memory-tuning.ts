import type { AppError } from '../../../../core/domain/app-error.ts';
import type { TuningJob, TuningPort, TuningSpec } from '../../../../core/ports/tuning.ts';

/** A provider in memory; each call can be made to fail once. */
export interface MemoryTuning extends TuningPort {
  /** What is stored, by name. */
  readonly files: ReadonlyMap<string, string>;
  readonly specs: readonly TuningSpec[];
  /** Every call, in order. */
  readonly calls: readonly (keyof TuningPort)[];
  set(change: Partial<TuningJob>): void;
  jobs(): readonly TuningJob[];
  /** The next call of this name rejects; `after`: although it took effect. */
  failNext(call: keyof TuningPort, error: AppError, after?: 'effect'): void;
}

export function createMemoryTuning(): MemoryTuning {
  const files = new Map<string, string>();
  const specs: TuningSpec[] = [];
  const calls: (keyof TuningPort)[] = [];
  const failures: { call: keyof TuningPort; error: AppError; after: 'effect' | undefined }[] = [];
  let jobs: TuningJob[] = [];

  async function called<T>(call: keyof TuningPort, signal: AbortSignal, effect: () => T): Promise<T> {
    calls.push(call);
    signal.throwIfAborted();
    const at = failures.findIndex((failure) => failure.call === call);
    const failure = at === -1 ? undefined : failures.splice(at, 1)[0];
    if (failure !== undefined && failure.after === undefined) throw failure.error;
    const value = effect();
    if (failure !== undefined) throw failure.error;
    return value;
  }

  function stored(jobId: string): TuningJob {
    const job = jobs.find((one) => one.jobId === jobId);
    if (job === undefined) throw new Error(`no such job: ${jobId}`);
    return job;
  }

  return {
    description: 'memory',
    files,
    specs,
    calls,
    jobs: () => jobs,
    set: (change) => {
      jobs = jobs.map((job) => ({ ...job, ...change }));
    },
    failNext: (call, error, after) => {
      failures.push({ call, error, after });
    },
    upload: (name, text, signal) =>
      called('upload', signal, () => {
        if (files.has(name)) throw new Error(`uploaded twice: ${name}`);
        files.set(name, text);
        return `id of ${name}`;
      }),
    findFile: (name, signal) =>
      called('findFile', signal, () => (files.has(name) ? `id of ${name}` : undefined)),
    createJob: (spec, signal) =>
      called('createJob', signal, () => {
        specs.push(spec);
        const job = { jobId: `job-${specs.length}`, state: 'queued' } as const;
        jobs.push(job);
        return job;
      }),
    job: (jobId, signal) => called('job', signal, () => stored(jobId)),
    findJob: (runId, signal) =>
      called('findJob', signal, () => jobs[specs.findIndex((spec) => spec.runId === runId)]),
    cancel: (jobId, signal) =>
      called('cancel', signal, () => {
        jobs = jobs.map((job) => (job.jobId === jobId ? { ...job, state: 'cancelled' } : job));
      }),
    deleteFile: (fileId, signal) =>
      called('deleteFile', signal, () => {
        files.delete(fileId.replace('id of ', ''));
      }),
  };
}
