import type { OpenAI } from 'openai';
import { AppError } from '../../core/domain/app-error.ts';
import { readText } from './read-text.ts';

export interface TuningClientOptions {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly fetch: typeof globalThis.fetch;
  readonly host: string;
  /** Where the address is set, for errors. */
  readonly baseUrlName: string;
}

/** The slice of the SDK that we use. Each makes one request and gives the body as the server sent it; each rejects with whatever the SDK or the connection throws. */
export interface TuningClient {
  upload(fileName: string, jsonLines: string, signal: AbortSignal): Promise<unknown>;
  /** One page of the files for training, the newest first, after the one with this id. */
  files(after: string | undefined, signal: AbortSignal): Promise<unknown>;
  deleteFile(fileId: string, signal: AbortSignal): Promise<unknown>;
  createJob(params: OpenAI.FineTuning.JobCreateParams, signal: AbortSignal): Promise<unknown>;
  job(jobId: string, signal: AbortSignal): Promise<unknown>;
  /** One page of the jobs with this metadata, the newest first, after the one with this id. */
  jobs(
    metadata: Readonly<Record<string, string>>,
    after: string | undefined,
    signal: AbortSignal,
  ): Promise<unknown>;
  cancel(jobId: string, signal: AbortSignal): Promise<unknown>;
}

const pageSize = 100;
/** An answer this long is no answer. */
const maxBodyChars = 8 * 1024 * 1024;
const maxErrorChars = 64 * 1024;
/** The longest timer that Node has: our own guards end requests, not the SDK's. */
const never = 2_147_483_647;

/**
 * The importer of the `openai` package for tuning, which is loaded with the first request. Every setting is given so that the
 * SDK takes none from the environment (but for `OPENAI_CUSTOM_HEADERS`, which it always adds); it neither retries nor logs.
 */
export function createTuningClient(options: TuningClientOptions): TuningClient {
  let loading: Promise<OpenAI> | undefined;

  async function load(): Promise<OpenAI> {
    const sdk = await import('openai');
    return new sdk.OpenAI({
      apiKey: options.apiKey,
      baseURL: options.baseUrl,
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      maxRetries: 0,
      timeout: never,
      logLevel: 'off',
      fetch: shortErrors(options.fetch),
    });
  }

  function loaded(): Promise<OpenAI> {
    loading ??= load();
    return loading;
  }

  async function jsonOf(response: Response): Promise<unknown> {
    const type = response.headers.get('content-type') ?? '';
    if (type.includes('text/html')) {
      throw new AppError(
        'bad_reply',
        `${options.host} answered with a page for people. Check ${options.baseUrlName}; it usually ends in /v1.`,
      );
    }
    const text = await readText(response, maxBodyChars);
    if (text.length >= maxBodyChars) {
      throw new AppError('bad_reply', `The answer of ${options.host} has no end.`);
    }
    return JSON.parse(text);
  }

  return {
    async upload(fileName, jsonLines, signal) {
      const { files } = await loaded();
      const file = new File([jsonLines], fileName, { type: 'application/jsonl' });
      return jsonOf(await files.create({ file, purpose: 'fine-tune' }, { signal }).asResponse());
    },
    async files(after, signal) {
      const { files } = await loaded();
      const query = {
        purpose: 'fine-tune',
        limit: pageSize,
        order: 'desc',
        ...(after !== undefined && { after }),
      } as const;
      return jsonOf(await files.list(query, { signal }).asResponse());
    },
    async deleteFile(fileId, signal) {
      const { files } = await loaded();
      return jsonOf(await files.delete(fileId, { signal }).asResponse());
    },
    async createJob(params, signal) {
      const { jobs } = (await loaded()).fineTuning;
      return jsonOf(await jobs.create(params, { signal }).asResponse());
    },
    async job(jobId, signal) {
      const { jobs } = (await loaded()).fineTuning;
      return jsonOf(await jobs.retrieve(jobId, { signal }).asResponse());
    },
    async jobs(metadata, after, signal) {
      const { jobs } = (await loaded()).fineTuning;
      const query = { limit: pageSize, metadata: { ...metadata }, ...(after !== undefined && { after }) };
      return jsonOf(await jobs.list(query, { signal }).asResponse());
    },
    async cancel(jobId, signal) {
      const { jobs } = (await loaded()).fineTuning;
      return jsonOf(await jobs.cancel(jobId, { signal }).asResponse());
    },
  };
}

/**
 * The SDK reads an error's body to its end, which may be far or never. Names its `Response`, as the SDK would make a request
 * to learn it.
 */
function shortErrors(inner: typeof globalThis.fetch): typeof globalThis.fetch {
  const short: typeof globalThis.fetch = async (input, init) => {
    const response = await inner(input, init);
    if (response.ok) return response;
    const headers = new Headers(response.headers);
    headers.delete('content-length');
    headers.delete('content-encoding');
    const { status, statusText } = response;
    return new Response(await readText(response, maxErrorChars), { status, statusText, headers });
  };
  return Object.assign(short, { Response });
}
