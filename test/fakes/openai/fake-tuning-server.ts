import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type JobRequest, jobRequestSchema, type ListQuery, readListQuery } from './tuning-requests.ts';
import { readRows, rowsProblem } from './tuning-rows.ts';

export type TuningRoute = 'upload' | 'files' | 'delete' | 'create' | 'job' | 'jobs' | 'cancel';

export type TuningStatus = 'validating_files' | 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

/** What goes wrong with the next request of a route. */
export type TuningFault =
  | {
      readonly route: TuningRoute;
      readonly kind: 'status';
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The connection is torn: before anything was done, or after it took effect. */
  | { readonly route: TuningRoute; readonly kind: 'cut'; readonly after: 'nothing' | 'effect' }
  /** It takes effect, and a page is shown. */
  | { readonly route: TuningRoute; readonly kind: 'page' }
  /** Nothing is said until the client goes away. */
  | { readonly route: TuningRoute; readonly kind: 'hang' };

export interface StoredFile {
  readonly id: string;
  readonly filename: string;
  readonly text: string;
  readonly createdAt: number;
}

export interface StoredJob {
  readonly id: string;
  readonly request: JobRequest;
  status: TuningStatus;
  error: { readonly code: string; readonly message: string; readonly param: string | null } | null;
  model: string | null;
  trainedTokens: number | null;
  readonly createdAt: number;
}

export interface FakeTuningOptions {
  /** Demanded as bearer token. @default 'sk-tuning' */
  readonly apiKey?: string;
  /** That can be tuned, beside those that it tuned. @default ['gpt-tiny'] */
  readonly models?: readonly string[];
  /** Entries on one page of a list at most, whatever is asked for. */
  readonly pageSize?: number;
  /** Takes no notice of metadata in the list of jobs, as other vendors' servers do. */
  readonly ignoresMetadata?: boolean;
}

export interface FakeTuningServer {
  /** Up to and including `/v1`. */
  readonly baseUrl: string;
  readonly host: string;
  readonly apiKey: string;
  /** What is stored now, in the order of upload. */
  files(): readonly StoredFile[];
  /** In the order in which they were made. */
  jobs(): readonly StoredJob[];
  /** Every file that was ever stored. */
  uploads(): readonly StoredFile[];
  /** Every request that arrived, by route. */
  readonly requests: readonly TuningRoute[];
  /** Every request that a strict server refuses, with the reason; the faults are not among them. */
  readonly refused: readonly string[];
  fault(...faults: readonly TuningFault[]): void;
  /** Each job that has not ended goes one state on: files are validated, then it is queued, runs, and succeeds. */
  advance(): void;
  /** A running job fails, in these words. */
  fail(message: string): void;
  /** Resolves when a request hangs. */
  hanging(): Promise<void>;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const ended: ReadonlySet<TuningStatus> = new Set(['succeeded', 'failed', 'cancelled']);

function refusal(status: number, message: string, code: string | null = null): Answer {
  return { status, body: { error: { message, type: 'invalid_request_error', param: null, code } } };
}

function routeOf(method: string, path: string): TuningRoute | undefined {
  const routes: readonly (readonly [TuningRoute, string, RegExp])[] = [
    ['upload', 'POST', /^\/v1\/files$/],
    ['files', 'GET', /^\/v1\/files$/],
    ['delete', 'DELETE', /^\/v1\/files\/[\w-]+$/],
    ['create', 'POST', /^\/v1\/fine_tuning\/jobs$/],
    ['jobs', 'GET', /^\/v1\/fine_tuning\/jobs$/],
    ['job', 'GET', /^\/v1\/fine_tuning\/jobs\/[\w-]+$/],
    ['cancel', 'POST', /^\/v1\/fine_tuning\/jobs\/[\w-]+\/cancel$/],
  ];
  return routes.find(([, verb, pattern]) => verb === method && pattern.test(path))?.[0];
}

async function bytesOf(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(Buffer.from(piece));
  return new Uint8Array(Buffer.concat(pieces));
}

/**
 * The part of OpenAI's API that tunes models, on loopback, as strict as its documents
 * (https://developers.openai.com/api/reference/resources/fine_tuning): uploads are multipart with the purpose `fine-tune`, lines
 * are checked against the chat and the preference format, jobs go through their states when told to.
 */
export async function startFakeTuning(options: FakeTuningOptions = {}): Promise<FakeTuningServer> {
  const apiKey = options.apiKey ?? 'sk-tuning';
  const models = new Set(options.models ?? ['gpt-tiny']);
  const files = new Map<string, StoredFile>();
  const uploads: StoredFile[] = [];
  const jobs: StoredJob[] = [];
  const requests: TuningRoute[] = [];
  const refused: string[] = [];
  const faults: TuningFault[] = [];
  const hangs = Promise.withResolvers<void>();
  let ticks = 1_780_000_000;

  const nextTick = (): number => {
    ticks += 1;
    return ticks;
  };

  function fileBody({ id, filename, text, createdAt }: StoredFile): unknown {
    const bytes = Buffer.byteLength(text);
    const purpose = 'fine-tune';
    return { id, object: 'file', bytes, created_at: createdAt, filename, purpose, status: 'processed' };
  }

  function jobBody(job: StoredJob): unknown {
    const { request } = job;
    return {
      object: 'fine_tuning.job',
      id: job.id,
      model: request.model,
      created_at: job.createdAt,
      finished_at: ended.has(job.status) ? job.createdAt + 60 : null,
      fine_tuned_model: job.model,
      organization_id: 'org-1',
      result_files: [],
      status: job.status,
      validation_file: request.validation_file ?? null,
      training_file: request.training_file,
      hyperparameters: { n_epochs: 'auto' },
      trained_tokens: job.trainedTokens,
      error: job.error,
      seed: request.seed ?? 1,
      estimated_finish: null,
      integrations: [],
      metadata: request.metadata ?? null,
      method: request.method ?? { type: 'supervised' },
    };
  }

  async function upload(request: IncomingMessage): Promise<Answer> {
    const type = request.headers['content-type'] ?? '';
    if (!type.startsWith('multipart/form-data; boundary='))
      return refusal(400, 'Expected multipart/form-data.');
    const form = await new Response(await bytesOf(request), { headers: { 'content-type': type } }).formData();
    const unknown = [...form.keys()].find((key) => key !== 'file' && key !== 'purpose');
    if (unknown !== undefined) return refusal(400, `Unknown parameter: '${unknown}'.`);
    const [file, purpose] = [form.get('file'), form.get('purpose')];
    if (purpose !== 'fine-tune') return refusal(400, `'${String(purpose)}' is not one of ['fine-tune'].`);
    if (!(file instanceof File) || file.size === 0) return refusal(400, "'file' is missing or empty.");
    if (!file.name.endsWith('.jsonl')) return refusal(400, 'The Fine-tuning API only supports .jsonl files.');
    const text = await file.text();
    const rows = readRows(text);
    if (typeof rows === 'string') return refusal(400, rows);
    const stored = { id: `file-${uploads.length + 1}`, filename: file.name, text, createdAt: nextTick() };
    files.set(stored.id, stored);
    uploads.push(stored);
    return { status: 200, body: fileBody(stored) };
  }

  function listed<T extends { readonly id: string }>(
    all: readonly T[],
    query: ListQuery,
    bodyOf: (one: T) => unknown,
  ): Answer {
    const ordered = query.isAscending ? all : all.toReversed();
    const from = query.after === undefined ? 0 : ordered.findIndex(({ id }) => id === query.after) + 1;
    if (query.after !== undefined && from === 0) return refusal(400, `No such object: ${query.after}`);
    const page = ordered.slice(from, from + Math.min(query.limit, options.pageSize ?? query.limit));
    const data = page.map(bodyOf);
    const hasMore = from + page.length < ordered.length;
    const [first, last] = [page[0]?.id ?? null, page.at(-1)?.id ?? null];
    return { status: 200, body: { object: 'list', data, first_id: first, last_id: last, has_more: hasMore } };
  }

  function listFiles(params: URLSearchParams): Answer {
    const query = readListQuery(params, 10_000, 10_000);
    if (typeof query === 'string') return refusal(400, query);
    const wanted = query.purpose === undefined || query.purpose === 'fine-tune' ? [...files.values()] : [];
    return listed(wanted, query, fileBody);
  }

  function listJobs(params: URLSearchParams): Answer {
    const query = readListQuery(params, 20, 100);
    if (typeof query === 'string') return refusal(400, query);
    const pairs = options.ignoresMetadata === true ? [] : Object.entries(query.metadata);
    const wanted = jobs.filter(({ request }) =>
      pairs.every(([key, value]) => request.metadata?.[key] === value),
    );
    return listed(wanted, query, jobBody);
  }

  async function create(request: IncomingMessage): Promise<Answer> {
    const value: unknown = JSON.parse(new TextDecoder().decode(await bytesOf(request)));
    const parsed = jobRequestSchema.safeParse(value);
    if (!parsed.success) {
      const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
      return refusal(400, problems.join('; '));
    }
    const { model, training_file: training, validation_file: validation } = parsed.data;
    if (!models.has(model)) {
      return refusal(404, `The model '${model}' does not exist or cannot be fine-tuned.`, 'model_not_found');
    }
    for (const id of [training, validation]) {
      if (id !== undefined && !files.has(id)) return refusal(400, `invalid training_file: ${id}`);
    }
    const job: StoredJob = {
      id: `ftjob-${jobs.length + 1}`,
      request: parsed.data,
      status: 'validating_files',
      error: null,
      model: null,
      trainedTokens: null,
      createdAt: nextTick(),
    };
    jobs.push(job);
    return { status: 200, body: jobBody(job) };
  }

  function rowsOf(fileId: string | undefined): readonly unknown[] {
    const rows = readRows(files.get(fileId ?? '')?.text ?? '');
    return fileId === undefined || typeof rows === 'string' ? [] : rows;
  }

  function validate(job: StoredJob): void {
    const { request } = job;
    const type = request.method?.type ?? 'supervised';
    const problem = rowsProblem(type, rowsOf(request.training_file), rowsOf(request.validation_file));
    if (problem === undefined) {
      job.status = 'queued';
      return;
    }
    const message = `The job failed due to an invalid training file. ${problem}`;
    job.status = 'failed';
    job.error = { code: 'invalid_training_file', message, param: 'training_file' };
  }

  function step(job: StoredJob): void {
    if (job.status === 'validating_files') validate(job);
    else if (job.status === 'queued') job.status = 'running';
    else if (job.status === 'running') {
      job.status = 'succeeded';
      job.model = `ft:${job.request.model}:org::${job.request.suffix ?? ''}${jobs.indexOf(job) + 1}`;
      job.trainedTokens = Math.ceil((files.get(job.request.training_file)?.text.length ?? 0) / 4) * 3;
      models.add(job.model);
    }
  }

  function cancel(job: StoredJob): Answer {
    if (ended.has(job.status)) {
      return refusal(400, `Job ${job.id} cannot be cancelled: it has already ${job.status}.`);
    }
    job.status = 'cancelled';
    return { status: 200, body: jobBody(job) };
  }

  function remove(id: string): Answer {
    if (!files.delete(id)) return refusal(404, `No such File object: ${id}`);
    return { status: 200, body: { id, object: 'file', deleted: true } };
  }

  async function perform(route: TuningRoute, request: IncomingMessage, url: URL): Promise<Answer> {
    const id =
      url.pathname
        .split('/')
        .filter((part) => part !== 'cancel')
        .at(-1) ?? '';
    const job = jobs.find((one) => one.id === id);
    switch (route) {
      case 'upload':
        return upload(request);
      case 'files':
        return listFiles(url.searchParams);
      case 'delete':
        return remove(id);
      case 'create':
        return create(request);
      case 'jobs':
        return listJobs(url.searchParams);
      case 'job':
        return job === undefined
          ? refusal(404, `Could not find fine tune: ${id}`, 'fine_tune_not_found')
          : { status: 200, body: jobBody(job) };
      case 'cancel':
        return job === undefined
          ? refusal(404, `Could not find fine tune: ${id}`, 'fine_tune_not_found')
          : cancel(job);
    }
  }

  function send(
    response: ServerResponse,
    { status, body }: Answer,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req_1', ...headers });
    response.end(JSON.stringify(body));
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://fake');
    const route = routeOf(request.method ?? '', url.pathname);
    if (route === undefined) {
      refused.push(`${request.method} ${url.pathname}`);
      return send(response, refusal(404, 'Unknown request URL.', 'unknown_url'));
    }
    requests.push(route);
    if (request.headers.authorization !== `Bearer ${apiKey}`) {
      const shown = request.headers.authorization?.replace('Bearer ', '') ?? '';
      return send(response, refusal(401, `Incorrect API key provided: ${shown}.`, 'invalid_api_key'));
    }
    const at = faults.findIndex((fault) => fault.route === route);
    const fault = at === -1 ? undefined : faults.splice(at, 1)[0];
    if (fault?.kind === 'status') {
      request.resume();
      return send(response, { status: fault.status, body: fault.body ?? {} }, fault.headers);
    }
    if (fault?.kind === 'hang') return hangs.resolve();
    if (fault?.kind === 'cut' && fault.after === 'nothing') return void response.destroy();
    const answer = await perform(route, request, url);
    // A job may end while its end is asked for.
    if (answer.status === 400 && route !== 'cancel') refused.push(JSON.stringify(answer.body));
    if (fault?.kind === 'cut') return void response.destroy();
    if (fault?.kind === 'page') {
      response.writeHead(200, { 'content-type': 'text/html' });
      return void response.end('<html>Sign in</html>');
    }
    send(response, answer);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      refused.push(String(error));
      response.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    host: `127.0.0.1:${port}`,
    apiKey,
    files: () => [...files.values()],
    jobs: () => [...jobs],
    uploads: () => [...uploads],
    requests,
    refused,
    fault: (...more) => {
      faults.push(...more);
    },
    advance: () => {
      for (const job of jobs) step(job);
    },
    fail: (message) => {
      for (const job of jobs) {
        if (ended.has(job.status)) continue;
        job.status = 'failed';
        job.error = { code: 'server_error', message, param: null };
      }
    },
    hanging: () => hangs.promise,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
