import type { IncomingMessage, ServerResponse } from 'node:http';
import { admit, keyState } from './admission.ts';
import { type Answer, answerOfThrown } from './answer.ts';
import type { Engine } from './engine.ts';
import type { FaultPlan } from './fault-plan.ts';
import { afterWork, insteadOfWork, type Outgoing } from './inject-fault.ts';
import { type RecordedRequest, withoutSecrets } from './journal.ts';
import type { Operation } from './operations.ts';
import { rawBody, readRequestBody } from './read-request.ts';
import type { Repeats } from './repeats.ts';
import { type FoundRoute, findRoute } from './routes.ts';
import { checkFields, crashed } from './strictness.ts';

/** Takes one request at a time from the socket to what is sent back, and writes all of them down. */
export interface Desk {
  readonly requests: readonly RecordedRequest[];
  answer(request: IncomingMessage, response: ServerResponse): Promise<Outgoing>;
  slowHeld(count?: number): Promise<void>;
  releaseSlow(): void;
}

type OpenRecord = { -readonly [Field in keyof RecordedRequest]: RecordedRequest[Field] };

/** A body that was read, or what its reading was refused with. */
type ReadBody = { readonly body: unknown } | { readonly refusal: unknown };

export function createDesk(engine: Engine, plan: FaultPlan, repeats: Repeats): Desk {
  const requests: OpenRecord[] = [];
  const held = new Set<() => void>();
  const watchers = new Set<{ readonly count: number; readonly met: () => void }>();

  function record(
    request: IncomingMessage,
    raw: Buffer,
    found: FoundRoute | undefined,
    url: URL,
  ): OpenRecord {
    const entry: OpenRecord = {
      order: requests.length,
      method: request.method ?? '',
      path: url.pathname,
      endpoint: found?.route.endpoint ?? 'unknown',
      headers: withoutSecrets(request.headers),
      key: keyState(engine, request.headers),
      query: Object.fromEntries(url.searchParams),
      body: undefined,
      bytes: raw.length,
      answer: undefined,
      fault: undefined,
    };
    requests.push(entry);
    return entry;
  }

  function operationAsked(entry: OpenRecord): { operation: Operation | undefined; id: string } {
    const body = entry.body as Record<string, unknown> | null | undefined;
    const id = entry.endpoint === 'retrieve_future' ? String(body?.['request_id'] ?? '') : '';
    return { operation: engine.futures.find(id)?.operation, id };
  }

  function holding(response: ServerResponse): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        held.delete(go);
        response.off('close', go);
        resolve();
      };
      held.add(go);
      response.once('close', go);
      for (const watcher of watchers) {
        if (held.size < watcher.count) continue;
        watchers.delete(watcher);
        watcher.met();
      }
    });
  }

  function work(
    request: IncomingMessage,
    raw: Buffer,
    found: FoundRoute | undefined,
    read: ReadBody,
  ): Answer {
    try {
      if (found === undefined) return { status: 404, json: { detail: 'Not Found' } };
      const { endpoint, handler } = found.route;
      admit(engine, endpoint, request.headers);
      if ('refusal' in read) return answerOfThrown(read.refusal, engine.traits);
      const key = request.headers['x-idempotency-key'];
      const repeatable = {
        endpoint,
        idempotencyKey: key === undefined || request.method === 'GET' ? undefined : String(key),
        raw,
        body: read.body,
      };
      checkFields(endpoint, read.body, engine.traits);
      const earlier = repeats.earlier(repeatable);
      if (earlier !== undefined) return earlier;
      const query = Object.fromEntries(new URL(request.url ?? '', 'http://x').searchParams);
      const answer = handler(engine, {
        parts: found.parts,
        query,
        headers: request.headers,
        body: read.body,
      });
      repeats.remember(repeatable, answer);
      return answer;
    } catch (error) {
      return answerOfThrown(error, engine.traits);
    }
  }

  async function outgoing(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<[OpenRecord, Outgoing]> {
    const raw = await rawBody(request);
    const url = new URL(request.url ?? '', 'http://127.0.0.1');
    const found = findRoute(request.method ?? '', url.pathname, engine.traits);
    const entry = record(request, raw, found, url);
    const read = readSafely(raw, request, entry.endpoint);
    if ('body' in read) entry.body = read.body;
    const { operation, id } = operationAsked(entry);
    const fault = plan.take(entry, operation);
    if (fault === undefined) {
      const answer = crashed(entry.endpoint, work(request, raw, found, read), engine.traits);
      return [entry, { kind: 'answer', answer }];
    }
    entry.fault = fault.kind;
    if (fault.kind === 'slow') await holding(response);
    const instead = insteadOfWork(fault, id);
    if (instead !== undefined) return [entry, instead];
    if (fault.kind === 'operation_fails') {
      const { error: message, category = 'server', status = 400 } = fault;
      engine.plannedFailure = { message, category, status };
    }
    const answer = crashed(entry.endpoint, work(request, raw, found, read), engine.traits);
    engine.plannedFailure = undefined;
    return [entry, afterWork(fault, answer)];
  }

  function readSafely(raw: Buffer, request: IncomingMessage, endpoint: string): ReadBody {
    try {
      return { body: readRequestBody(raw, request.headers, endpoint, engine.traits) };
    } catch (refusal) {
      return { refusal };
    }
  }

  return {
    requests,
    async answer(request, response) {
      const [entry, out] = await outgoing(request, response);
      entry.answer = out.kind === 'answer' ? out.answer.status : 'cut';
      return out;
    },
    slowHeld: (count = 1) =>
      held.size >= count
        ? Promise.resolve()
        : new Promise((resolve) => watchers.add({ count, met: resolve })),
    releaseSlow() {
      for (const go of [...held]) go();
    },
  };
}
