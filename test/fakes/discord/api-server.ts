import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiRoute } from './api-methods.ts';
import { ApiRefusal, invalidForm, rateLimited, unauthorised } from './api-refusal.ts';
import type { DiscordFault, FaultPlan } from './faults.ts';
import { apiDescription } from './openapi-check.ts';
import type { RateBuckets } from './rate-buckets.ts';
import { readMultipart, type Uploads } from './uploads.ts';

export interface FakeDiscordCall {
  /** The name in the description of the API: `create_message`. */
  readonly operation: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly files: Uploads;
}

export interface ApiServerParts {
  readonly routes: readonly ApiRoute[];
  readonly token: () => string;
  readonly faults: FaultPlan;
  readonly buckets: RateBuckets | undefined;
  readonly changed: () => void;
}

export interface ApiServer {
  readonly calls: readonly FakeDiscordCall[];
  readonly violations: readonly string[];
  violation(what: string): void;
  serve(request: IncomingMessage, response: ServerResponse): void;
}

/** 10,000 in ten minutes and Discord bans the address. A test that comes near a hundredth of that is a faulty client. */
const MAX_INVALID_REQUESTS = 50;
const PREFIX = '/api/v10';
/** Stands for every request with files where faults are planned. */
export const UPLOADS = 'uploads';

async function readBytes(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return new Uint8Array(Buffer.concat(chunks));
}

const noFiles: Uploads = new Map();

/** REST over HTTP, with the faults that tests ask for. */
export function createApiServer({ routes, token, faults, buckets, changed }: ApiServerParts): ApiServer {
  const calls: FakeDiscordCall[] = [];
  const violations: string[] = [];
  let invalidRequests = 0;
  /** What was done without anybody being told: whoever asks for it again is not to blame. */
  const cutPaths = new Set<string>();
  const matchers = routes
    .toSorted((a, b) => a.path.split('{').length - b.path.split('{').length)
    .map((route) => ({
      route,
      pattern: new RegExp(`^${route.path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
    }));

  function reply(
    response: ServerResponse,
    status: number,
    body: object | undefined,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    response.writeHead(status, {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  }

  function refuse(response: ServerResponse, operation: string, path: string, error: unknown): void {
    if (!(error instanceof ApiRefusal)) {
      violations.push(
        `${operation}: the fake failed: ${error instanceof Error ? error.stack : String(error)}`,
      );
      reply(response, 500, { code: 0, message: '500: Internal Server Error' });
      return;
    }
    const { status, code, message, extra, headers } = error;
    if (error.isViolation && !cutPaths.has(path))
      violations.push(`${operation}: ${code} ${message} ${JSON.stringify(extra)}`);
    const isCounted = status === 401 || status === 403 || status === 429;
    if (isCounted && headers['x-ratelimit-scope'] !== 'shared') {
      invalidRequests += 1;
      if (invalidRequests === MAX_INVALID_REQUESTS)
        violations.push(`${MAX_INVALID_REQUESTS} invalid requests`);
    }
    const { problems: _problems, ...shown } = extra;
    reply(response, status, { message, ...(status === 429 ? {} : { code }), ...shown }, headers);
  }

  /** True where the fault has taken the call's place. */
  function strike(
    request: IncomingMessage,
    response: ServerResponse,
    fault: DiscordFault | undefined,
  ): boolean {
    switch (fault?.kind) {
      case 'hang':
        return true;
      case 'cut_before':
        request.socket.destroy();
        return true;
      case 'http':
        response.writeHead(fault.status, { 'content-type': 'text/html' });
        response.end(fault.body ?? '<html>upstream error</html>');
        return true;
      case 'refuse':
        throw new ApiRefusal(fault.status, fault.code, fault.message ?? 'refused');
      case 'rate_limit':
        throw rateLimited({ retryAfterMs: fault.retryAfterMs, scope: fault.scope ?? 'user' });
      case 'cut_after':
      case 'garbage':
      case undefined:
        return false;
    }
  }

  async function bodyOf(
    request: IncomingMessage,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<Pick<FakeDiscordCall, 'body' | 'files'>> {
    const type = request.headers['content-type'] ?? '';
    if (bytes.length === 0) return { body: undefined, files: noFiles };
    if (type.startsWith('multipart/form-data')) return await readMultipart(type, bytes);
    if (!type.startsWith('application/json')) throw invalidForm('', 'CONTENT_TYPE_INVALID', type);
    return { body: JSON.parse(new TextDecoder().decode(bytes)), files: noFiles };
  }

  const faultFor = (operation: string, files: Uploads): DiscordFault | undefined =>
    (files.size > 0 ? faults.take(UPLOADS) : undefined) ?? faults.take(operation);

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    named: (operation: string) => void,
  ): Promise<void> {
    const bytes = await readBytes(request);
    const method = request.method ?? 'GET';
    // The SDK escapes the @ of `@me` and `@original`.
    const path = url.pathname.slice(PREFIX.length).replaceAll('%40', '@');
    const found = matchers.find(({ route, pattern }) => route.method === method && pattern.test(path));
    if (!url.pathname.startsWith(PREFIX) || found === undefined) {
      const name = apiDescription?.operationOf(method, path);
      violations.push(
        name === undefined ? `${method} ${url.pathname}: no such request` : `${name}: unknown to the fake`,
      );
      reply(response, 404, { message: '404: Not Found', code: 0 });
      return;
    }
    const { route, pattern } = found;
    named(route.operation);
    const params = Object.fromEntries(
      Object.entries(pattern.exec(path)?.groups ?? {}).map(([name, value]) => [
        name,
        decodeURIComponent(value),
      ]),
    );
    const { body, files } = await bodyOf(request, bytes);
    calls.push({
      operation: route.operation,
      path,
      params,
      query: Object.fromEntries(url.searchParams),
      body,
      files,
    });
    changed();
    const fault = faultFor(route.operation, files);
    if (strike(request, response, fault)) return;
    if (route.needsToken !== false && request.headers.authorization !== `Bot ${token()}`)
      throw unauthorised();
    const major = params['channel_id'] ?? params['webhook_token'] ?? '';
    const limits = buckets?.take(route.operation, major, route.needsToken !== false) ?? {};
    const apiRequest = { method, path, query: url.searchParams, body, files };
    apiDescription?.check(apiRequest);
    const given = route.run({ ...apiRequest, params });
    if (fault?.kind === 'cut_after') {
      cutPaths.add(url.pathname);
      request.socket.destroy();
    } else if (fault?.kind === 'garbage') response.end('<html>not what you asked for</html>');
    else reply(response, given === undefined ? 204 : 200, given, limits);
    changed();
  }

  return {
    calls,
    violations,
    violation: (what) => void violations.push(what),
    serve(request, response) {
      const url = new URL(request.url ?? '/', 'http://localhost');
      let operation = url.pathname;
      const named = (name: string): void => {
        operation = name;
      };
      answer(request, response, url, named).catch((error: unknown) => {
        refuse(response, operation, url.pathname, error);
        changed();
      });
    },
  };
}
