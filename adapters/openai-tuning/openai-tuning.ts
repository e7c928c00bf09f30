import { AppError, toAppError } from '../../core/domain/app-error.ts';
import type { TuningJob, TuningPort } from '../../core/ports/tuning.ts';
import { addressOf } from './address.ts';
import { createTuningClient } from './client.ts';
import { toTuningError } from './errors.ts';
import { jobParams, runKey } from './job-params.ts';
import { defaultTuningSettingNames, type OpenAiTuningOptions } from './options.ts';
import { createRequester, type RequestPlan } from './request.ts';
import { parseFile, parseJob, parsePage } from './wire.ts';

const defaultTimeoutMs = 60_000;
const defaultUploadTimeoutMs = 600_000;
const defaultAttempts = 4;
/** More pages than anybody has; a server that always has more is broken. */
const mostPages = 200;

const isEnd = ({ state }: TuningJob): boolean => state !== 'queued' && state !== 'running';

/**
 * Tuning of models behind the API of OpenAI (files, fine_tuning.jobs). Reads, deletions and cancelling are made again while the
 * failure may pass; an upload and the making of a job only where the server said that it did nothing (409, 429): after any other
 * failure that is `retryable` the caller looks for them. Throws `config_invalid` at once on an unusable `baseUrl`.
 */
export function createOpenAiTuning(options: OpenAiTuningOptions): TuningPort {
  const { apiKey, clock, logger } = options;
  const names = options.settingNames ?? defaultTuningSettingNames;
  const url = addressOf(options.baseUrl ?? 'https://api.openai.com/v1', names.baseUrl);
  const { host } = url;
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const client = createTuningClient({
    baseUrl: url.href.replace(/\/+$/, ''),
    apiKey,
    fetch: options.fetch,
    host,
    baseUrlName: names.baseUrl,
  });
  const request = createRequester({
    host,
    attempts: options.attempts ?? defaultAttempts,
    clock,
    logger,
    errorOf: (thrown, { what, said = '' }) =>
      toTuningError(thrown, { what, host, names, secrets: [apiKey], said, nowMs: clock.now() }),
  });

  const read = (what: string): RequestPlan => ({ what, repeats: 'any', timeoutMs });

  function badReply(what: string): AppError {
    return new AppError(
      'bad_reply',
      `${host} answered ${what} with something else. Check ${names.baseUrl}: it must be a server that tunes models.`,
    );
  }

  /** All entries of a list, page by page. */
  async function all<T extends { readonly id: string }>(
    what: string,
    pageAfter: (after: string | undefined, signal: AbortSignal) => Promise<unknown>,
    entryOf: (value: unknown) => T | undefined,
    signal: AbortSignal,
  ): Promise<readonly T[]> {
    const found: T[] = [];
    for (let count = 0; count < mostPages; count += 1) {
      const after = found.at(-1)?.id;
      const page = parsePage(await request(read(what), (cut) => pageAfter(after, cut), signal));
      if (page === undefined) throw badReply(what);
      found.push(...page.entries.map(entryOf).filter((entry) => entry !== undefined));
      if (!page.hasMore || found.at(-1)?.id === after) return found;
    }
    throw badReply(what);
  }

  function jobOf(value: unknown, what: string): TuningJob {
    const parsed = parseJob(value);
    if (parsed === undefined) throw badReply(what);
    return parsed.job;
  }

  async function job(jobId: string, signal: AbortSignal): Promise<TuningJob> {
    const what = 'the question for a job';
    return jobOf(await request(read(what), (cut) => client.job(jobId, cut), signal), what);
  }

  return {
    description: `${options.model} at ${host}`,
    async upload(fileName, jsonLines, signal) {
      const what = 'the upload of training data';
      const uploadTimeoutMs = options.uploadTimeoutMs ?? defaultUploadTimeoutMs;
      const value = await request(
        { what, repeats: 'refused', timeoutMs: uploadTimeoutMs, said: jsonLines },
        (cut) => client.upload(fileName, jsonLines, cut),
        signal,
      );
      const file = parseFile(value);
      if (file === undefined) throw badReply(what);
      return file.id;
    },
    async findFile(fileName, signal) {
      const files = await all('the list of files', client.files, parseFile, signal);
      return files.find(({ name }) => name === fileName)?.id;
    },
    async createJob(spec, signal) {
      const what = 'the job';
      const value = await request(
        { what, repeats: 'refused', timeoutMs },
        (cut) => client.createJob(jobParams(spec), cut),
        signal,
      );
      return jobOf(value, what);
    },
    job,
    async findJob(runId, signal) {
      const jobs = await all(
        'the list of jobs',
        (after, cut) => client.jobs({ [runKey]: runId }, after, cut),
        parseJob,
        signal,
      );
      // Some servers take no notice of the filter.
      const own = jobs.filter(({ metadata }) => metadata[runKey] === runId);
      return own.toSorted((a, b) => a.createdAt - b.createdAt)[0]?.job;
    },
    async cancel(jobId, signal) {
      try {
        await request(read('the end of a job'), (cut) => client.cancel(jobId, cut), signal);
      } catch (thrown) {
        const error = toAppError(thrown);
        if (error.code !== 'invalid_input' && error.code !== 'conflict') throw error;
        if (!isEnd(await job(jobId, signal))) throw error;
      }
    },
    async deleteFile(fileId, signal) {
      try {
        await request(read('the deletion of a file'), (cut) => client.deleteFile(fileId, cut), signal);
      } catch (thrown) {
        if (toAppError(thrown).code !== 'not_found') throw thrown;
      }
    },
  };
}
