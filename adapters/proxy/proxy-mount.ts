import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiAdmitted, ApiPresented } from '../../core/ports/api-access.ts';
import { answerUnread } from './answer-unread.ts';
import type { ApiRequest } from './api-request.ts';
import { createBodyBudget } from './body-budget.ts';
import { type DialectEndpoint, dialectEndpoints } from './dialect-endpoints.ts';
import type { ApiErrorKind } from './dialect-port.ts';
import { createEndpointTable, type FoundEndpoint } from './endpoint-table.ts';
import { userIn } from './exchange-start.ts';
import { whyNotFromHere } from './from-elsewhere.ts';
import { isNestedDeeper } from './json-depth.ts';
import { logFailure } from './log-failure.ts';
import type { NodeMount } from './node-mount.ts';
import type { ProxyOptions } from './options.ts';
import { holdsOurKeyInQuery, presentedKeys } from './presented-key.ts';
import { readBody } from './read-body.ts';
import { type Fault, faults, misplacedKey, mostDeep, otherSite, refusalAnswer } from './refusals.ts';
import { failureAnswer } from './respond.ts';
import { runEndpoint } from './run-endpoint.ts';
import { createTakeExchange } from './take-exchange.ts';
import { errorsOf, type Target, targetOf } from './target.ts';
import { createUnderWay } from './under-way.ts';
import { wrongAddress } from './wrong-address.ts';

export interface Proxy extends NodeMount {
  /** Takes no more requests, lets those under way end until `deadlineMs`, then cuts them. Again: the same. */
  stop(deadlineMs: number): Promise<void>;
}

/** What a smaller body becomes when it is read is no danger, whatever it holds. */
const shallowBytes = 65_536;

/** Everything below `/v1`: requests to models, and what is served beside them. */
export function createProxyMount(options: ProxyOptions): Proxy {
  const { access, logger, maxBodyBytes, metrics } = options;
  const take = createTakeExchange(options);
  const table = createEndpointTable(options.endpoints);
  const underWay = createUnderWay(options.clock);
  const unread = { clock: options.clock, mostBytes: 4 * maxBodyBytes };
  const budget = createBodyBudget(options.maxBodiesBytes);
  const limits = { maxBytes: maxBodyBytes, budget, clock: options.clock };

  /** Answers and gives `undefined` where it is not let in. */
  function admit(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    isFromHere: boolean,
    target: Target,
    purpose: ApiPresented['purpose'],
  ): ApiRequest | undefined {
    const error = errorsOf(incoming, target);
    const { key, callerKey, isMisplaced = false } = presentedKeys(incoming.headers);
    const user = userIn(incoming.headers);
    const early = isMisplaced || holdsOurKeyInQuery(target.query) ? misplacedKey : otherSite(incoming, key);
    if (early !== undefined) {
      const { reason, status, kind, message, headers = {} } = early;
      metrics.count('proxy_refused_total', `reason=${reason}`);
      answerUnread(incoming, outgoing, { status, body: error(kind, message), headers }, unread);
      return undefined;
    }
    const admission = access.admit({
      ...(key === undefined ? {} : { key }),
      ...(user === undefined ? {} : { user }),
      isFromHere,
      purpose,
    });
    if (admission.kind === 'refused') {
      metrics.count('proxy_refused_total', `reason=${admission.reason}`);
      const why = key === undefined && !isFromHere ? whyNotFromHere(incoming) : '';
      answerUnread(incoming, outgoing, refusalAnswer(admission, why, error), unread);
      return undefined;
    }
    return {
      incoming,
      outgoing,
      path: target.path,
      query: target.query,
      admitted: admission,
      callerKey,
      keyMode: keyModeOf(admission),
      error,
    };
  }

  /** Lets it go without having read its body. */
  function refuse(
    { incoming, outgoing, admitted, error }: ApiRequest,
    status: number,
    kind: ApiErrorKind,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    admitted.release();
    answerUnread(incoming, outgoing, { status, body: error(kind, message), headers }, unread);
  }

  /** Reads its body, then answers by `serve`, which says when it is over. */
  function withBody(
    request: ApiRequest,
    hasBody: boolean,
    serve: (body: Buffer, done: () => void) => void,
  ): void {
    const { incoming, outgoing, admitted } = request;
    const over = underWay.begin(() => outgoing.destroy());

    function fail({ status, kind, message, headers }: Fault): void {
      over();
      refuse(request, status, kind, message, headers);
    }

    readBody(incoming, limits, hasBody, (read) => {
      if (read.ok) {
        const { body } = read;
        const isTooDeep = body.byteLength > shallowBytes && isNestedDeeper(body, mostDeep);
        if (isTooDeep) {
          budget.give(body.byteLength);
          fail(faults.too_deep);
          return;
        }
        serve(body, () => {
          budget.give(body.byteLength);
          admitted.release();
          over();
        });
      } else if (read.fault === 'gone') {
        over();
        admitted.release();
      } else {
        fail(faults[read.fault]);
      }
    });
  }

  function serveModel(request: ApiRequest, endpoint: DialectEndpoint): void {
    if (request.admitted.isAdmin) {
      const message = 'An admin key asks no model: make an agent key with `metaclaw key create <name>`.';
      refuse(request, 403, 'not_allowed', message);
      return;
    }
    withBody(request, true, (body, done) => {
      metrics.count('proxy_requests_total', `dialect=${endpoint.dialect.dialect}`);
      void take({ request, endpoint, body, done });
    });
  }

  function serveJson(request: ApiRequest, found: FoundEndpoint): void {
    const { method, needsAdmin } = found.endpoint;
    if (needsAdmin && !request.admitted.isAdmin) {
      const message = 'This needs an admin key: `metaclaw key create <name> --admin` makes one.';
      refuse(request, 403, 'not_allowed', message);
      return;
    }
    withBody(request, method === 'POST' || method === 'PATCH', (body, done) => {
      void runEndpoint(request, found, body, logger).finally(done);
    });
  }

  function notServed(request: ApiRequest, method: string): void {
    const { path } = request;
    const others = table.methodsAt(path);
    if (others.length > 0) {
      const message = `${path} is asked with ${others.join(' or ')}, not ${method}.`;
      refuse(request, 405, 'invalid_request', message, { allow: others.join(', ') });
      return;
    }
    const message =
      wrongAddress(path, request.incoming.headers.host) ??
      `There is no ${method} ${path} here. GET /v1/openapi.json says what there is.`;
    refuse(request, 404, 'not_found', message);
  }

  function serve(incoming: IncomingMessage, outgoing: ServerResponse, isFromHere: boolean): void {
    const target = targetOf(incoming);
    const { method = 'GET' } = incoming;
    if (underWay.isStopping()) {
      const body = errorsOf(incoming, target)(
        'overloaded',
        'MetaClaw is about to stop. Try again in a moment.',
      );
      const headers = { 'retry-after': '5', connection: 'close' };
      answerUnread(incoming, outgoing, { status: 503, body, headers }, unread);
      return;
    }
    const dialectEndpoint = method === 'POST' ? dialectEndpoints.get(target.path) : undefined;
    const request = admit(incoming, outgoing, isFromHere, target, purposeOf(dialectEndpoint));
    if (request === undefined) return;
    if (dialectEndpoint !== undefined) {
      serveModel(request, dialectEndpoint);
      return;
    }
    const found = table.find(method, target.path);
    if (found !== undefined) serveJson(request, found);
    else notServed(request, method);
  }

  function handle(incoming: IncomingMessage, outgoing: ServerResponse, isFromHere: boolean): void {
    try {
      serve(incoming, outgoing, isFromHere);
    } catch (thrown) {
      const target = targetOf(incoming);
      const answer = failureAnswer(thrown, errorsOf(incoming, target));
      logFailure(logger, 'proxy_request_failed', thrown, answer.status, target.path);
      answerUnread(incoming, outgoing, answer, unread);
    }
  }

  return {
    path: '/v1',
    proof: 'api_key',
    handle(incoming, outgoing, isFromHere) {
      if (outgoing.socket !== null) handle(incoming, outgoing, isFromHere);
      // Sent before the answer to the one before it: taken when that is out, as it could be held only in memory meanwhile.
      else outgoing.once('socket', () => handle(incoming, outgoing, isFromHere));
    },
    stop: underWay.stop,
  };
}

function purposeOf(endpoint: DialectEndpoint | undefined): ApiPresented['purpose'] {
  if (endpoint === undefined) return 'other';
  return endpoint.kind === 'count' ? 'count' : 'model';
}

function keyModeOf({ caller, upstreamKey }: ApiAdmitted): ApiRequest['keyMode'] {
  return caller.keyId === undefined ? 'own_or_caller' : upstreamKey;
}
