import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiRefusal, rateLimited } from './api-refusal.ts';
import type { AppState } from './app-state.ts';
import type { FaultPlan, SlackFault } from './faults.ts';
import { methodScopes } from './method-scopes.ts';
import { type RawArguments, readBody } from './read-arguments.ts';
import { respond } from './respond.ts';
import { isUploadPath } from './uploads.ts';
import type { WebApi } from './web-api.ts';

export interface FakeSlackCall {
  /** The method's name, or `response_url`. */
  readonly method: string;
  readonly args: RawArguments;
}

export interface ApiServerParts {
  readonly state: AppState;
  readonly api: WebApi;
  readonly faults: FaultPlan;
  /** The scopes that a token has. */
  readonly scopesOf: (token: string | undefined) => readonly string[];
  readonly changed: () => void;
}

export interface ApiServer {
  readonly calls: readonly FakeSlackCall[];
  readonly violations: readonly string[];
  serve(request: IncomingMessage, response: ServerResponse): void;
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

const readText = async (request: IncomingMessage): Promise<string> =>
  (await readBytes(request)).toString('utf8');

/** Web API and response addresses over HTTP, with the faults that tests ask for. */
export function createApiServer({ state, api, faults, scopesOf, changed }: ApiServerParts): ApiServer {
  const calls: FakeSlackCall[] = [];
  const violations: string[] = [];

  function reply(
    response: ServerResponse,
    status: number,
    body: object,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
    response.end(JSON.stringify(body));
  }

  function refuse(response: ServerResponse, method: string, error: unknown): void {
    if (!(error instanceof ApiRefusal)) {
      violations.push(`${method}: the fake failed: ${String(error)}`);
      reply(response, 500, { ok: false, error: 'fatal_error' });
      return;
    }
    if (error.isViolation) violations.push(`${method}: ${error.code} ${JSON.stringify(error.extra)}`);
    reply(response, error.status, { ok: false, error: error.code, ...error.extra }, error.headers);
  }

  /** True where the fault has taken the call's place. */
  function strike(
    request: IncomingMessage,
    response: ServerResponse,
    fault: SlackFault | undefined,
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
        throw new ApiRefusal(fault.error, { extra: fault.extra ?? {} });
      case 'rate_limit':
        throw rateLimited(fault.retryAfterSeconds);
      case 'cut_after':
      case 'garbage':
      case undefined:
        return false;
    }
  }

  async function serveMethod(
    request: IncomingMessage,
    response: ServerResponse,
    method: string,
  ): Promise<void> {
    const body = await readText(request);
    const { token: inBody, ...args } = readBody(request.headers['content-type'] ?? '', body);
    const inHeader = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const token = inHeader ?? (typeof inBody === 'string' ? inBody : undefined);
    calls.push({ method, args });
    changed();
    const fault = faults.take(method);
    if (strike(request, response, fault)) return;
    const answer = api.call(method, token, args);
    if (fault?.kind === 'cut_after') {
      request.socket.destroy();
    } else if (fault?.kind === 'garbage') {
      response.end('<html>not what you asked for</html>');
    } else {
      reply(
        response,
        200,
        { ok: true, ...answer },
        {
          'x-oauth-scopes': scopesOf(token).join(','),
          'x-accepted-oauth-scopes': (methodScopes[method]?.scopes ?? []).join(','),
        },
      );
    }
    changed();
  }

  async function serveResponseUrl(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
  ): Promise<void> {
    const body: unknown = JSON.parse(await readText(request));
    calls.push({ method: 'response_url', args: { path, body } });
    changed();
    const fault = faults.take('response_url');
    if (strike(request, response, fault)) return;
    respond(state, state.responseUrls.use(path), body);
    if (fault?.kind === 'cut_after') request.socket.destroy();
    else response.end('ok');
    changed();
  }

  async function serveUpload(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
  ): Promise<void> {
    const bytes = await readBytes(request);
    calls.push({ method: 'upload_url', args: { path } });
    changed();
    const fault = faults.take('upload_url');
    if (strike(request, response, fault)) return;
    await state.uploads.receive(path, request.headers['content-type'] ?? '', bytes);
    if (fault?.kind === 'cut_after') request.socket.destroy();
    else response.end(`OK - ${bytes.length}`);
    changed();
  }

  function serveOther(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    return isUploadPath(path)
      ? serveUpload(request, response, path)
      : serveResponseUrl(request, response, path);
  }

  return {
    calls,
    violations,
    serve(request, response) {
      const path = new URL(request.url ?? '/', 'http://localhost').pathname;
      const method = /^\/api\/([\w.]+)$/.exec(path)?.[1];
      const served =
        method === undefined ? serveOther(request, response, path) : serveMethod(request, response, method);
      served.catch((error: unknown) => {
        refuse(response, method ?? (isUploadPath(path) ? 'upload_url' : 'response_url'), error);
        changed();
      });
    },
  };
}
