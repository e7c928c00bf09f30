import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Act, Script } from '../upstream/fake-upstream.ts';
import { chatBody, chatEvents } from './chat-answer.ts';
import { messagesBody, messagesEvents } from './messages-answer.ts';
import type { Asked, Reply } from './reply.ts';
import { bodyFault, headerFault } from './request-rules.ts';
import { responsesBody, responsesEvents } from './responses-answer.ts';

export interface VendorRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Exactly as they came. */
  readonly bytes: Buffer;
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface VendorOptions {
  /** @default ['gpt-test', 'claude-test'] */
  readonly models?: readonly string[];
  /** @default `vendor-key` */
  readonly key?: string;
}

/** A model server of both vendors, as strict as they are about keys, headers and bodies. */
export interface FakeVendor {
  /** Up to and including `/v1`. */
  readonly baseUrl: string;
  readonly key: string;
  /** Requests to models that were well formed, in order. */
  readonly requests: readonly VendorRequest[];
  /** What a vendor would not have taken, with the reason. */
  readonly refused: readonly string[];
  /** The same, which is meant to be so: it is forgotten. */
  takeRefused(): readonly string[];
  /** The request before, or the one before that. */
  last(back?: number): VendorRequest;
  /** What the next answers say; those after are `Answer <number>`. */
  say(...replies: readonly Reply[]): void;
  /** What the server does with the next requests in place of an answer. */
  act(...scripts: readonly Script[]): void;
  /** Lets everything that is held go on. */
  release(): void;
  /** Resolves when so many requests are held at once. */
  held(count?: number): Promise<void>;
  /** Resolves when so many requests were closed by whoever asked before their end. */
  dropped(count?: number): Promise<void>;
  /** Resolves when so many requests to models have come. */
  asked(count: number): Promise<void>;
  close(): Promise<void>;
}

interface Writing {
  readonly body: (reply: Reply, asked: Asked) => object;
  readonly events: (reply: Reply, asked: Asked) => readonly string[];
}

const writings: Readonly<Record<string, Writing>> = {
  '/v1/chat/completions': { body: chatBody, events: chatEvents },
  '/v1/responses': { body: responsesBody, events: responsesEvents },
  '/v1/messages': { body: messagesBody, events: messagesEvents },
};

/** The head of a stream. */
export const streamHead: Act = {
  do: 'head',
  status: 200,
  headers: { 'content-type': 'text/event-stream; charset=utf-8' },
};

const isAnthropics = (path: string): boolean => path.startsWith('/v1/messages');

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export async function startFakeVendor(options: VendorOptions = {}): Promise<FakeVendor> {
  const { models = ['gpt-test', 'claude-test'], key = 'vendor-key' } = options;
  const requests: VendorRequest[] = [];
  const refused: string[] = [];
  const replies: Reply[] = [];
  const scripts: Script[] = [];
  const releases = new Set<() => void>();
  const watchers = new Set<{ readonly met: () => boolean; readonly resolve: () => void }>();
  let answered = 0;
  let droppedCount = 0;

  function changed(): void {
    for (const watcher of watchers) {
      if (!watcher.met()) continue;
      watchers.delete(watcher);
      watcher.resolve();
    }
  }

  function until(met: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      watchers.add({ met, resolve });
      changed();
    });
  }

  function holding(response: ServerResponse): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        releases.delete(go);
        resolve();
      };
      releases.add(go);
      response.once('close', go);
      changed();
    });
  }

  function json(response: ServerResponse, status: number, body: object): void {
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req_vendor' });
    response.end(JSON.stringify(body));
  }

  function refuse(response: ServerResponse, path: string, status: number, message: string): void {
    refused.push(message);
    const error = { message, type: 'invalid_request_error', param: null, code: null };
    json(response, status, isAnthropics(path) ? { type: 'error', error } : { error });
  }

  async function flood(response: ServerResponse): Promise<void> {
    const piece = Buffer.alloc(16_384, ': wait\n\n');
    while (!response.destroyed) {
      if (response.write(piece)) await new Promise((resolve) => setImmediate(resolve));
      else await Promise.race([once(response, 'drain'), once(response, 'close')]);
    }
  }

  async function perform(act: Act, response: ServerResponse): Promise<void> {
    switch (act.do) {
      case 'head':
        response.writeHead(act.status, Object.entries(act.headers ?? {}).flat(2));
        response.flushHeaders();
        return;
      case 'write':
        response.write(act.bytes);
        // One packet a piece, so that whoever reads sees them apart.
        await new Promise((resolve) => setImmediate(resolve));
        return;
      case 'hold':
        return await holding(response);
      case 'flood':
        return await flood(response);
      case 'end':
        response.end();
        return;
      case 'cut':
        response.socket?.destroy();
        return;
      case 'reset':
        response.socket?.resetAndDestroy();
        return;
      case 'raw':
        response.socket?.end(act.bytes);
    }
  }

  async function answer({ path, fields, text }: VendorRequest, response: ServerResponse): Promise<void> {
    const writing = writings[path];
    if (writing === undefined) return json(response, 200, { input_tokens: text.length });
    answered += 1;
    const asked = { number: answered, model: String(fields['model']), fields };
    const reply = replies.shift() ?? { text: `Answer ${answered}.` };
    if (asked.fields['stream'] !== true) return json(response, 200, writing.body(reply, asked));
    await perform(streamHead, response);
    for (const bytes of writing.events(reply, asked)) await perform({ do: 'write', bytes }, response);
    response.end();
  }

  function keyFault(path: string, headers: IncomingMessage['headers']): string | undefined {
    const bearer = headers.authorization?.replace('Bearer ', '');
    // Anthropic takes its keys in both places.
    const given = isAnthropics(path) ? (headers['x-api-key'] ?? bearer) : bearer;
    if (given !== key) return 'wrong key';
    if (isAnthropics(path) && headers['anthropic-version'] === undefined)
      return 'anthropic-version is missing';
    return undefined;
  }

  function list(path: string, { headers }: IncomingMessage, response: ServerResponse): void {
    const isAnthropic = headers['anthropic-version'] !== undefined;
    const fault = keyFault(isAnthropic ? '/v1/messages' : path, headers);
    if (fault !== undefined) {
      refuse(response, path, 401, fault);
      return;
    }
    const data = models
      .filter((id) => id.startsWith('claude') === isAnthropic)
      .map((id) =>
        isAnthropic
          ? { type: 'model', id, display_name: id, created_at: '2026-01-01T00:00:00Z' }
          : { object: 'model', id, created: 1_780_000_000, owned_by: 'vendor' },
      );
    const page = isAnthropic ? { has_more: false, first_id: null, last_id: null } : { object: 'list' };
    json(response, 200, { ...page, data });
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://vendor').pathname;
    const { headers } = request;
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const unfit = headerFault(headers);
    if (unfit !== undefined) return refuse(response, path, 400, unfit);
    if (request.method === 'GET' && path === '/v1/models') return list(path, request, response);
    const locked = keyFault(path, headers);
    if (locked !== undefined) return refuse(response, path, 401, locked);
    const bytes = Buffer.concat(pieces);
    const fields: unknown = JSON.parse(bytes.toString('utf8'));
    const fault = isFields(fields) ? bodyFault(path, fields) : 'no object';
    if (!isFields(fields) || fault !== undefined) return refuse(response, path, 400, fault ?? 'no object');
    const taken = { path, headers, bytes, text: bytes.toString('utf8'), fields };
    requests.push(taken);
    changed();
    const script = scripts.shift();
    if (script === undefined) return await answer(taken, response);
    for (const act of script) {
      if (response.destroyed) return;
      await perform(act, response);
    }
  }

  const server = createServer((request, response) => {
    response.once('close', () => {
      if (response.writableEnded) return;
      droppedCount += 1;
      changed();
    });
    serve(request, response).catch((error: unknown) => {
      refused.push(String(error));
      response.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    key,
    requests,
    refused,
    takeRefused: () => refused.splice(0),
    last(back = 0) {
      const found = requests.at(-1 - back);
      if (found === undefined) throw new Error('The vendor was not asked.');
      return found;
    },
    say: (...more) => void replies.push(...more),
    act: (...more) => void scripts.push(...more),
    release() {
      for (const go of [...releases]) go();
    },
    held: (count = 1) => until(() => releases.size >= count),
    dropped: (count = 1) => until(() => droppedCount >= count),
    asked: (count) => until(() => requests.length >= count),
    async close() {
      server.closeAllConnections();
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
