import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Behaviour, EmbeddingBehaviour, StreamAct, StreamBehaviour } from './behaviours.ts';
import { refuse } from './behaviours.ts';
import { type EmbeddingQuirks, embeddingRefusal, embeddingReply } from './embedding-answer.ts';
import {
  type ChatRequest,
  chatRequestSchema,
  type EmbeddingRequest,
  embeddingRequestSchema,
  orderProblem,
} from './request-schema.ts';

export interface FakeOpenAiOptions {
  /** What `/v1/models` lists and chat requests may name. @default ['fake-model'] */
  readonly models?: readonly string[];
  /** Demanded as bearer token; left out: any or none. */
  readonly apiKey?: string;
  /** Request fields that this server does not know, as older ones do. */
  readonly unknownFields?: readonly string[];
  /** How its embeddings differ from the vendor's. */
  readonly embeddings?: EmbeddingQuirks;
}

export interface RecordedRequest {
  readonly headers: IncomingMessage['headers'];
  readonly body: ChatRequest;
}

export interface RecordedEmbeddingRequest {
  readonly headers: IncomingMessage['headers'];
  readonly body: EmbeddingRequest;
}

export interface FakeOpenAi {
  /** Up to and including `/v1`. */
  readonly baseUrl: string;
  readonly port: number;
  /** Every chat request that was well formed, in order. */
  readonly requests: readonly RecordedRequest[];
  /** Every request for embeddings that was well formed and not refused, in order. */
  readonly embeddingRequests: readonly RecordedEmbeddingRequest[];
  /** Every request that a strict server refuses, with the reason. */
  readonly refused: readonly string[];
  /** Adds behaviours at the end of the queue. */
  script(...behaviours: readonly Behaviour[]): void;
  /** What it does with the next requests for embeddings; those after are answered as the vendor does. */
  scriptEmbeddings(...behaviours: readonly EmbeddingBehaviour[]): void;
  /** Lets everything that is held go on. */
  release(): void;
  /** Resolves when `count` requests are held at once. */
  held(count?: number): Promise<void>;
  /** Resolves when no chat request and none for embeddings is being answered, because it ended or because the client went away. */
  idle(): Promise<void>;
  /** Requests that the client closed before their end. */
  dropped(): number;
  /** Throws unless every behaviour was used and no request was refused or unexpected. */
  assertComplete(): void;
  close(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) text += piece;
  return JSON.parse(text);
}

function chunk(model: string, delta: unknown, finishReason: string | null = null): string {
  const choices = [{ index: 0, delta, logprobs: null, finish_reason: finishReason }];
  const data = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_780_000_000, model, choices };
  return `data: ${JSON.stringify(data)}\n\n`;
}

function usageChunk(model: string): string {
  const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };
  const data = {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_780_000_000,
    model,
    choices: [],
    usage,
  };
  return `data: ${JSON.stringify(data)}\n\n`;
}

/**
 * An OpenAI-compatible server on loopback that does what the test wrote down, one behaviour a chat request, and is as
 * strict about requests as the vendors are. A request without a behaviour gets 500 and fails `assertComplete`.
 */
export async function startFakeOpenAi(options: FakeOpenAiOptions = {}): Promise<FakeOpenAi> {
  const models = options.models ?? ['fake-model'];
  const queue: Behaviour[] = [];
  const requests: RecordedRequest[] = [];
  const embeddingQueue: EmbeddingBehaviour[] = [];
  const embeddingRequests: RecordedEmbeddingRequest[] = [];
  const refused: string[] = [];
  const releases = new Set<() => void>();
  const watchers = new Set<{ met: () => boolean; resolve: () => void }>();
  let answering = 0;
  let dropped = 0;
  let unexpected = 0;

  function changed(): void {
    for (const watcher of watchers) {
      if (!watcher.met()) continue;
      watchers.delete(watcher);
      watcher.resolve();
    }
  }

  function until(met: () => boolean): Promise<void> {
    if (met()) return Promise.resolve();
    return new Promise((resolve) => watchers.add({ met, resolve }));
  }

  /** Until released, or until the client went away. */
  function holding(response: ServerResponse): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        releases.delete(go);
        response.off('close', go);
        resolve();
      };
      releases.add(go);
      response.once('close', go);
      changed();
    });
  }

  function json(
    response: ServerResponse,
    status: number,
    body: unknown,
    headers: Record<string, string> = {},
  ): void {
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req_1', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  function refuseAs(
    response: ServerResponse,
    status: number,
    message: string,
    code: string | null = null,
  ): void {
    refused.push(message);
    json(response, status, { error: { message, type: 'invalid_request_error', param: null, code } });
  }

  async function act(one: StreamAct, model: string, response: ServerResponse): Promise<void> {
    switch (one.do) {
      case 'text':
        response.write(chunk(model, { content: one.text }));
        break;
      case 'delta':
        response.write(chunk(model, one.delta));
        break;
      case 'raw':
        response.write(one.bytes);
        break;
      case 'hold':
        await holding(response);
        break;
    }
    // One packet an act, so that the client sees them apart.
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** True when the caller may go on: its key is right and it sent no unknown field. */
  function isAdmitted(request: IncomingMessage, received: unknown, response: ServerResponse): boolean {
    const given = request.headers.authorization;
    if (options.apiKey !== undefined && given !== `Bearer ${options.apiKey}`) {
      const shown = given?.replace('Bearer ', '') ?? '';
      refuseAs(response, 401, `Incorrect API key provided: ${shown}.`, 'invalid_api_key');
      return false;
    }
    const fields = typeof received === 'object' && received !== null ? Object.keys(received) : [];
    const unknown = options.unknownFields?.find((field) => fields.includes(field));
    if (unknown === undefined) return true;
    json(response, 400, refusal(`Unrecognized request argument supplied: ${unknown}`));
    return false;
  }

  function knowsModel(model: string, response: ServerResponse): boolean {
    if (models.includes(model)) return true;
    const message = `The model \`${model}\` does not exist or you do not have access to it.`;
    json(response, 404, refusal(message, 'model_not_found'));
    return false;
  }

  async function streamAnswer(
    behaviour: StreamBehaviour,
    body: ChatRequest,
    response: ServerResponse,
  ): Promise<void> {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-request-id': 'req_1' });
    const raws = behaviour.acts.some((one) => one.do === 'raw');
    if (!raws) response.write(chunk(body.model, { role: 'assistant', content: '' }));
    for (const one of behaviour.acts) {
      if (response.destroyed) return;
      await act(one, body.model, response);
    }
    const end = behaviour.end ?? 'done';
    if (end === 'cut') {
      response.destroy();
      return;
    }
    const finishReason = behaviour.finishReason === undefined ? 'stop' : behaviour.finishReason;
    if (!raws && finishReason !== null) response.write(chunk(body.model, {}, finishReason));
    if (!raws && body.stream_options?.include_usage === true && behaviour.usage !== false) {
      response.write(usageChunk(body.model));
    }
    if (end === 'open') {
      await holding(response);
      response.destroy();
      return;
    }
    response.end(end === 'done' ? 'data: [DONE]\n\n' : undefined);
  }

  async function perform(behaviour: Behaviour, body: ChatRequest, response: ServerResponse): Promise<void> {
    switch (behaviour.kind) {
      case 'stream':
        await streamAnswer(behaviour, body, response);
        break;
      case 'slow':
        await holding(response);
        if (!response.destroyed) await perform(behaviour.next, body, response);
        break;
      default:
        await performPlain(behaviour, response);
    }
  }

  async function performPlain(behaviour: EmbeddingBehaviour, response: ServerResponse): Promise<void> {
    switch (behaviour.kind) {
      case 'status':
        json(response, behaviour.status, behaviour.body ?? '', { ...behaviour.headers });
        break;
      case 'hang':
        if (behaviour.after === 'headers') {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.flushHeaders();
        }
        await holding(response);
        response.destroy();
        break;
      case 'body':
        response.writeHead(200, { 'content-type': behaviour.contentType });
        response.end(behaviour.text);
        break;
    }
  }

  async function chat(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received = await bodyOf(request);
    if (!isAdmitted(request, received, response)) return;
    const parsed = chatRequestSchema.safeParse(received);
    if (!parsed.success)
      return refuseAs(
        response,
        400,
        parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
      );
    const problem = orderProblem(parsed.data.messages);
    if (problem !== undefined) return refuseAs(response, 400, problem);
    if (!knowsModel(parsed.data.model, response)) return;
    requests.push({ headers: request.headers, body: parsed.data });
    const behaviour = queue.shift();
    if (behaviour === undefined) unexpected += 1;
    await perform(behaviour ?? refuse(500, { message: 'no behaviour was written' }), parsed.data, response);
  }

  async function embed(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received = await bodyOf(request);
    if (!isAdmitted(request, received, response)) return;
    const parsed = embeddingRequestSchema.safeParse(received);
    if (!parsed.success) {
      const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
      return refuseAs(response, 400, problems.join('; '));
    }
    if (!knowsModel(parsed.data.model, response)) return;
    const problem = embeddingRefusal(parsed.data, options.embeddings);
    if (problem !== undefined) return json(response, problem.status, refusal(problem.message));
    embeddingRequests.push({ headers: request.headers, body: parsed.data });
    const behaviour = embeddingQueue.shift();
    if (behaviour !== undefined) return performPlain(behaviour, response);
    json(response, 200, embeddingReply(parsed.data, options.embeddings));
  }

  function refusal(message: string, code: string | null = null): unknown {
    return { error: { message, type: 'invalid_request_error', param: null, code } };
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/v1/models' && request.method === 'GET') {
      const data = models.map((id) => ({ id, object: 'model', created: 1_780_000_000, owned_by: 'library' }));
      return json(response, 200, { object: 'list', data });
    }
    const answer = { '/v1/chat/completions': chat, '/v1/embeddings': embed }[request.url ?? ''];
    if (answer === undefined || request.method !== 'POST') {
      return json(response, 404, { detail: 'Not Found' });
    }
    answering += 1;
    response.once('close', () => {
      answering -= 1;
      if (!response.writableFinished) dropped += 1;
      changed();
    });
    await answer(request, response);
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
    port,
    requests,
    embeddingRequests,
    refused,
    script: (...behaviours) => {
      queue.push(...behaviours);
    },
    scriptEmbeddings: (...behaviours) => {
      embeddingQueue.push(...behaviours);
    },
    release: () => {
      for (const go of [...releases]) go();
    },
    held: (count = 1) => until(() => releases.size >= count),
    idle: () => until(() => answering === 0),
    dropped: () => dropped,
    assertComplete: () => {
      const problems = refused.map((reason) => `refused: ${reason}`);
      if (unexpected > 0) problems.push(`${unexpected} requests came without a behaviour`);
      const unused = queue.length + embeddingQueue.length;
      if (unused > 0) problems.push(`${unused} behaviours were never used`);
      if (problems.length > 0) throw new Error(`The server's script does not fit: ${problems.join('; ')}.`);
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
