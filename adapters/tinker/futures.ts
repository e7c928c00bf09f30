import { AppError, toAppError } from '../../core/domain/app-error.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { ByteGate } from './byte-gate.ts';
import {
  failureError,
  isRedirect,
  misdirected,
  quote,
  replyError,
  retryAfterMs,
  tookTooLong,
  wordsOf,
} from './errors.ts';
import { type HttpReply, jsonOf, textOf } from './http.ts';
import { badReply, isObject, type JsonObject } from './json-codec.ts';
import type { Transport } from './transport.ts';

export type RequestType =
  | 'Sample'
  | 'ForwardBackward'
  | 'Forward'
  | 'OptimStep'
  | 'SaveWeights'
  | 'LoadWeights'
  | 'SaveWeightsForSampler'
  | 'CreateModel'
  | 'UnloadModel';

/** What a future gave: bytes of protobuf where the engine answers so. */
export type FutureResult =
  | { readonly kind: 'json'; readonly value: JsonObject }
  | { readonly kind: 'proto'; readonly bytes: Uint8Array };

export interface Awaited {
  readonly requestId: string;
  readonly what: string;
  readonly type: RequestType;
  readonly acceptsProto: boolean;
  readonly deadlineMs: number;
  /** From the submission to its answer. */
  readonly roundtripMs: number;
}

export interface Futures {
  /**
   * Asks until the result is there. Rejects with `promise_lost` in `details.reason` where the engine lost it, with what the engine
   * said where the work failed, with `timeout` after the deadline, with `aborted` at once when stopped.
   */
  result(awaited: Awaited, signal: AbortSignal): Promise<FutureResult>;
}

export interface FuturesOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pollMs: number;
  readonly asksSizeFirst: boolean;
  /** How long it goes on asking while no answer of any kind comes. */
  readonly silenceMs: number;
  /** Of results that are being read. */
  readonly resultBytes: () => ByteGate;
  billingPauseMs(): number;
}

/** The least time between two polls, by what the engine says of its queue: one that answers at once must not be asked in a hot loop. */
const shortestWaitMs = 300;
const floorsMs: Readonly<Record<string, number>> = {
  active: shortestWaitMs,
  paused_capacity: 1_000,
  paused_rate_limit: 2_000,
};
const billingDelayMs = 5_000;
const proxyRefusals = 3;
/** An engine that announces a result oftener, though asked for it, does not mean to give it. */
const mostAnnouncements = 10;
const longestBackoffMs = 30_000;

type Verdict =
  | { readonly kind: 'done'; readonly result: FutureResult }
  | { readonly kind: 'waiting'; readonly state: string }
  | { readonly kind: 'ready'; readonly bytes: number }
  | { readonly kind: 'again' }
  | { readonly kind: 'unpaid' }
  | { readonly kind: 'proxy_refusal' }
  | { readonly kind: 'failed'; readonly error: AppError };

/** Engines say why they refuse; what says nothing, or shows a page, stands before one. */
function isOfProxy(reply: HttpReply): boolean {
  const body = jsonOf(reply);
  return !isObject(body) || !('detail' in body);
}

function stateOf(body: unknown): string {
  const state = isObject(body) ? body['queue_state'] : undefined;
  return typeof state === 'string' ? state : 'active';
}

/** What one answer to a poll means (Tinker API, retrieve_future). */
function verdictOn(reply: HttpReply, awaited: Awaited, transport: Transport): Verdict {
  const { status, headers } = reply;
  const context = transport.contextOf(awaited.what);
  if (status === 408) return { kind: 'waiting', state: stateOf(jsonOf(reply)) };
  if (status === 402) return { kind: 'unpaid' };
  if (status === 429 || status >= 500) return { kind: 'again' };
  if (status === 400 && isOfProxy(reply)) return { kind: 'proxy_refusal' };
  if (status === 400 || status === 422) {
    // SkyRL and TuFT answer so for work that failed.
    const words = quote(wordsOf(textOf(reply)), context.secrets);
    return {
      kind: 'failed',
      error: new AppError(
        'refused_by_peer',
        `${context.host} could not carry out ${awaited.what}: “${words}”.`,
        {
          details: { status, operation: awaited.what },
        },
      ),
    };
  }
  if (isRedirect(status)) return { kind: 'failed', error: misdirected(reply, context) };
  if (status >= 300) return { kind: 'failed', error: replyError({ ...reply, text: textOf(reply) }, context) };
  if ((headers.get('content-type') ?? '').includes('protobuf')) {
    return { kind: 'done', result: { kind: 'proto', bytes: reply.body } };
  }
  const body = jsonOf(reply);
  if (!isObject(body))
    return { kind: 'failed', error: badReply(`the result of ${awaited.what} is no object`) };
  if (body['type'] === 'try_again') return { kind: 'waiting', state: stateOf(body) };
  if (body['status'] === 'complete_metadata') {
    const bytes = body['response_payload_size'];
    return { kind: 'ready', bytes: typeof bytes === 'number' ? Math.max(0, bytes) : 0 };
  }
  const { error, category } = body;
  if (typeof error === 'string') {
    const of = typeof category === 'string' ? category : 'unknown';
    return { kind: 'failed', error: failureError(error, of, context) };
  }
  return { kind: 'done', result: { kind: 'json', value: body } };
}

/** One future's state between its polls. */
interface Polling {
  metadataOnly: boolean;
  iteration: number;
  faults: number;
  /** Since when every poll has failed to reach the engine. */
  silentSince: number | undefined;
  refusals: number;
  announcements: number;
  state: string;
  unpaidSince: number | undefined;
  leave: (() => void) | undefined;
}

export function createFutures(options: FuturesOptions): Futures {
  const { transport, clock, logger } = options;

  function poll(
    awaited: Awaited,
    polling: Polling,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<HttpReply> {
    const { iteration } = polling;
    polling.iteration += 1;
    return transport.once(
      {
        method: 'POST',
        path: 'retrieve_future',
        what: awaited.what,
        json: { request_id: awaited.requestId, allow_metadata_only: polling.metadataOnly },
        headers: {
          'x-tinker-request-iteration': String(iteration),
          'x-tinker-request-type': awaited.type,
          ...(iteration > 0
            ? {}
            : { 'x-tinker-create-promise-roundtrip-time': String(awaited.roundtripMs / 1_000) }),
          ...(awaited.acceptsProto ? { accept: 'application/x-protobuf' } : {}),
        },
        timeoutMs,
      },
      signal,
    );
  }

  function checkCredit(reply: HttpReply, what: string, polling: Polling): void {
    if (polling.unpaidSince === undefined) logger.warn('engine_without_credit', { operation: what });
    polling.unpaidSince ??= clock.monotonicMs();
    if (clock.monotonicMs() - polling.unpaidSince >= options.billingPauseMs()) {
      throw replyError({ ...reply, text: textOf(reply) }, transport.contextOf(what));
    }
  }

  /** How long to wait before the next poll. Throws what ends it. */
  function delayAfter(
    verdict: Exclude<Verdict, { kind: 'done' } | { kind: 'ready' }>,
    reply: HttpReply,
    tookMs: number,
    what: string,
    polling: Polling,
  ): number {
    switch (verdict.kind) {
      case 'failed':
        throw verdict.error;
      case 'waiting':
        if (verdict.state !== polling.state)
          logger.info('engine_queue', { operation: what, state: verdict.state });
        polling.state = verdict.state;
        return Math.max(0, (floorsMs[verdict.state] ?? 1_000) - tookMs);
      case 'unpaid':
        checkCredit(reply, what, polling);
        return billingDelayMs;
      case 'proxy_refusal':
        polling.refusals += 1;
        if (polling.refusals > proxyRefusals)
          throw replyError({ ...reply, text: textOf(reply) }, transport.contextOf(what));
        return backoffMs(polling);
      case 'again':
        return Math.max(retryAfterMs(reply.headers, clock.now()) ?? 0, backoffMs(polling));
    }
  }

  /** No answer came. How long to wait before the next poll; throws what ends it. */
  function delayAfterSilence(error: AppError, polledAt: number, polling: Polling): number {
    if (!error.retryable) throw error;
    // The engine held the poll for longer than we do, and may have the result any moment.
    if (error.code === 'timeout' && error.details['reached'] === true) {
      polling.silentSince = undefined;
      return Math.max(0, shortestWaitMs - (clock.monotonicMs() - polledAt));
    }
    polling.silentSince ??= polledAt;
    if (clock.monotonicMs() - polling.silentSince >= options.silenceMs) throw error;
    return backoffMs(polling);
  }

  /** The result, or the time until the next poll. */
  async function step(
    awaited: Awaited,
    polling: Polling,
    leftMs: number,
    signal: AbortSignal,
  ): Promise<FutureResult | number> {
    const polledAt = clock.monotonicMs();
    const sinceMs = (): number => clock.monotonicMs() - polledAt;
    let reply: HttpReply;
    try {
      reply = await poll(awaited, polling, Math.min(options.pollMs, leftMs), signal);
    } catch (thrown) {
      return delayAfterSilence(toAppError(thrown), polledAt, polling);
    }
    const verdict = verdictOn(reply, awaited, transport);
    polling.silentSince = undefined;
    if (verdict.kind !== 'again') polling.faults = 0;
    if (verdict.kind !== 'unpaid') polling.unpaidSince = undefined;
    if (verdict.kind === 'done') return verdict.result;
    if (verdict.kind === 'ready') {
      const waitMs = polling.metadataOnly ? 0 : Math.max(0, shortestWaitMs - sinceMs());
      polling.announcements += 1;
      if (polling.announcements > mostAnnouncements)
        throw badReply(`the result of ${awaited.what} is announced again and again, and never given`);
      polling.leave ??= await options.resultBytes().enter(verdict.bytes, signal);
      polling.metadataOnly = false;
      return waitMs;
    }
    return delayAfter(verdict, reply, sinceMs(), awaited.what, polling);
  }

  return {
    async result(awaited, signal) {
      const endsAt = clock.monotonicMs() + awaited.deadlineMs;
      const polling: Polling = {
        metadataOnly: options.asksSizeFirst,
        iteration: 0,
        faults: 0,
        silentSince: undefined,
        refusals: 0,
        announcements: 0,
        state: 'active',
        unpaidSince: undefined,
        leave: undefined,
      };
      try {
        for (;;) {
          const leftMs = endsAt - clock.monotonicMs();
          if (leftMs <= 0)
            throw tookTooLong({ host: transport.host, what: awaited.what }, awaited.deadlineMs);
          const outcome = await step(awaited, polling, leftMs, signal);
          if (typeof outcome !== 'number') return outcome;
          const pauseMs = Math.min(outcome, endsAt - clock.monotonicMs());
          if (pauseMs > 0) await clock.sleep(pauseMs, signal);
        }
      } finally {
        polling.leave?.();
      }
    },
  };
}

function backoffMs(polling: Polling): number {
  const delayMs = Math.min(longestBackoffMs, 1_000 * 2 ** polling.faults);
  polling.faults += 1;
  return delayMs;
}
