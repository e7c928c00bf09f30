import { hash } from 'node:crypto';
import { AppError } from '../../core/domain/app-error.ts';
import { sessionId as asSessionId, turnId as asTurnId } from '../../core/domain/ids.ts';
import { type ApiAdmitted, refusalCodes } from '../../core/ports/api-access.ts';
import type { Exchange, ExchangeStart } from '../../core/ports/exchange-desk.ts';
import { type AnswerRoute, answerRoute } from './answer-route.ts';
import type { ApiRequest } from './api-request.ts';
import { callerHeaders } from './caller-headers.ts';
import { type ClientStream, createClientStream } from './client-stream.ts';
import type { DialectEndpoint } from './dialect-endpoints.ts';
import type { ReadRequest } from './dialect-port.ts';
import { promptBytes } from './dialects/prompt-bytes.ts';
import { readFeedbackField } from './endpoints/feedback-field.ts';
import { exchangeStart } from './exchange-start.ts';
import { forwardExchange } from './forward-exchange.ts';
import { logFailure } from './log-failure.ts';
import type { ProxyOptions } from './options.ts';
import { ownAnswer } from './own-model/own-answer.ts';
import { type ReadChat, readChat } from './own-model/read-chat.ts';
import { failureAnswer, sendAnswer, sendFailure } from './respond.ts';

/** One request to a model, with its whole body. */
export interface ExchangeJob {
  readonly request: ApiRequest;
  readonly endpoint: DialectEndpoint;
  readonly body: Uint8Array;
  /** Once, when its last byte has gone out, or where it was refused. */
  readonly done: () => void;
}

/** Answers in its own time; rejects never. */
export type TakeExchange = (job: ExchangeJob) => Promise<void>;

export function createTakeExchange(options: ProxyOptions): TakeExchange {
  const { desk, upstream, clock, logger, metrics } = options;

  function noteFeedback(read: ReadRequest, start: ExchangeStart): void {
    if (read.own.feedback === undefined) return;
    const feedback = readFeedbackField(read.own.feedback, start.caller, start.talk);
    desk.feedback({ ...feedback, cameAlong: true }).then(
      ({ kind }) => metrics.count('proxy_feedback_total', `kind=${kind}`),
      (error: unknown) => logger.warn('feedback_not_stored', { error }),
    );
  }

  function clientOf({ outgoing }: ApiRequest, onDrain: () => void, onGone: () => void): ClientStream {
    return createClientStream(outgoing, { clock, stallMs: options.clientStallMs, onDrain, onGone });
  }

  function forward(
    { request, endpoint, done }: ExchangeJob,
    read: ReadRequest,
    route: Extract<AnswerRoute, { kind: 'server' }>,
    exchange: Exchange,
  ): void {
    const { incoming, outgoing } = request;
    const bodyFor = bodiesOf(read, exchange.block, route.model);
    const policy = route.policyId ?? route.model;
    forwardExchange(
      {
        exchange,
        dialect: endpoint.dialect,
        request: {
          dialect: endpoint.dialect.dialect,
          method: 'POST',
          path: `${endpoint.upstreamPath}${request.query}`,
          model: read.model,
          headers: callerHeaders(incoming.headers),
          callerKey: request.callerKey,
          key: request.keyMode,
          body: bodyFor,
        },
        body: bodyFor(read.model),
        model: route.model ?? read.model,
        ...(read.prefill === undefined ? {} : { prefill: read.prefill }),
        ...(policy === undefined ? {} : { policy }),
      },
      {
        upstream,
        client: (onDrain, onGone) => clientOf(request, onDrain, onGone),
        refuse: (error) => sendFailure(outgoing, error, request.error),
        done,
      },
    );
  }

  function answerOurselves(
    { request, done }: ExchangeJob,
    read: ReadRequest,
    { route, chat, bytes }: OwnJob,
    exchange: Exchange,
  ): void {
    const body = read.edit({ block: exchange.block });
    const edited = body === bytes ? chat : readChat(body);
    const ending = new AbortController();
    let wake: () => void = () => {};
    const client = clientOf(
      request,
      () => wake(),
      () => {
        ending.abort();
        wake();
      },
    );
    void ownAnswer({
      exchange,
      model: route.model,
      ...(route.policyId === undefined ? {} : { policyId: route.policyId }),
      chat: edited,
      maxOutputTokens: options.maxOutputTokens,
      isStream: read.isStream,
      head: {
        id: `chatcmpl-${exchange.turnId}`,
        created: Math.floor(clock.now() / 1_000),
        model: read.model,
      },
      promptBytes: body.byteLength,
      promptHash: hash('sha256', body),
      client,
      drained: () =>
        new Promise((resolve) => {
          wake = resolve;
        }),
      refuse: (error) => sendFailure(request.outgoing, error, request.error),
      error: request.error,
      signal: ending.signal,
      logger,
    }).finally(done);
  }

  async function take(job: ExchangeJob): Promise<void> {
    const { request, endpoint, body, done } = job;
    const { incoming, outgoing, admitted } = request;
    const read = endpoint.dialect.read(body);
    const start = exchangeStart(incoming.headers, read, admitted.caller);
    const route = answerRoute(read.model, endpoint.dialect.dialect, admitted.caller, start.talk, options);
    // What our models cannot do is told before anything begins.
    const own = route.kind === 'model' ? ownJob(route, read) : undefined;
    const isTurn = endpoint.kind === 'answer';
    if (isTurn) demandRoom(admitted, body);
    if (isTurn) noteFeedback(read, start);
    const exchange = isTurn ? await desk.begin(start) : countOnly(await desk.peek(start));
    // It left while it was looked at.
    if (outgoing.destroyed) {
      exchange.abandon();
      done();
      return;
    }
    try {
      if (own !== undefined) answerOurselves(job, read, own, exchange);
      else if (route.kind === 'server') forward(job, read, route, exchange);
    } catch (thrown) {
      exchange.abandon();
      throw thrown;
    }
  }

  return async (job) => {
    try {
      await take(job);
    } catch (thrown) {
      const answer = failureAnswer(thrown, job.request.error);
      logFailure(logger, 'proxy_request_failed', thrown, answer.status, job.request.path);
      sendAnswer(job.request.outgoing, answer);
      job.done();
    }
  };
}

/** Throws where what its key has under way may use up its tokens. */
function demandRoom({ reserve }: ApiAdmitted, body: Uint8Array): void {
  const refusal = reserve(() => promptBytes(body));
  if (refusal === undefined) return;
  const { retryAfterSeconds: seconds } = refusal;
  throw new AppError(refusalCodes[refusal.reason], refusal.message, {
    retryable: true,
    ...(seconds === undefined ? {} : { retryAfterMs: 1_000 * seconds }),
  });
}

interface OwnJob {
  readonly route: Extract<AnswerRoute, { kind: 'model' }>;
  readonly chat: ReadChat;
  /** What it was read from. */
  readonly bytes: Uint8Array;
}

function ownJob(route: OwnJob['route'], read: ReadRequest): OwnJob {
  const bytes = read.edit({ block: '' });
  return { route, chat: readChat(bytes), bytes };
}

/**
 * The request for a server that knows the model by a name. `own`: the name that answers in place of one of ours, which no server
 * knows. The last one is kept: as a rule it is asked for again.
 */
function bodiesOf(
  read: ReadRequest,
  block: string,
  own: string | undefined,
): (model: string | undefined) => Uint8Array {
  let lastName: string | undefined;
  let last: Uint8Array | undefined;
  return (model) => {
    const name = own ?? model ?? read.model;
    if (last !== undefined && lastName === name) return last;
    lastName = name;
    last = read.edit({ block, model: name });
    return last;
  };
}

/** What only counts is no turn. */
function countOnly(block: string): Exchange {
  return { turnId: asTurnId(''), sessionId: asSessionId(''), block, finish() {}, abandon() {} };
}
