import { type AppError, toAppError } from '../../core/domain/app-error.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Ids } from '../../core/ports/ids.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Credentials } from './credentials.ts';
import { eitherSignal } from './either-signal.ts';
import { type ErrorContext, isRedirect, misdirected, replyError, retryAfterMs } from './errors.ts';
import {
  contentTypeOf,
  type Http,
  type HttpCall,
  type HttpReply,
  isOfEngine,
  jsonOf,
  textOf,
} from './http.ts';
import { badReply, isObject } from './json-codec.ts';

export interface Patience {
  /** Whether it may be sent again although the first may have arrived. Where not, only what certainly did not is. */
  readonly mayRepeat: boolean;
  /** Fewer attempts than the window has room for. */
  readonly mostAttempts?: number;
  /** After so many answers of status 500 in all, another attempt is not worth it. */
  readonly mostCrashes?: number;
  /** Told of each attempt that failed so that it may have arrived. */
  onUncertain?(): void;
  /** Told when the engine has too much to do, and for how long it asks to wait, in milliseconds. The call then fails: who waits for it, asks anew. */
  onBusy?(waitMs: number): void;
  /** Ends the waits between attempts, not an attempt under way: where it would be unknown what became of it. */
  readonly waits?: AbortSignal;
}

/** Calls that answer at once, tried again where that helps, under one idempotency key. */
export interface Transport {
  readonly host: string;
  /** One request as it is, with our credentials; the caller reads the status. */
  once(call: HttpCall, signal: AbortSignal): Promise<HttpReply>;
  /**
   * Resolves with an answer of status 2xx that is JSON, protobuf or empty. Everything else is an `AppError` with the engine's
   * words: `config_invalid` where we are sent elsewhere, `bad_reply` where it is a page.
   */
  call(call: HttpCall, patience: Patience, signal: AbortSignal): Promise<HttpReply>;
  contextOf(what: string): ErrorContext;
}

export interface TransportOptions {
  readonly http: Http;
  readonly credentials: Credentials;
  readonly hasKey: boolean;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly random: () => number;
  readonly retryWindowMs: number;
  billingPauseMs(): number;
}

const firstDelayMs = 500;
const longestDelayMs = 10_000;
const billingDelayMs = 5_000;
const emptyRefusals = 3;
/** More than the window holds; for clocks that stand still. */
const mostAttempts = 200;

/** Whether another attempt may help: as the engine says, else by status. */
function isWorthAnother(reply: HttpReply): boolean {
  const asked = reply.headers.get('x-should-retry');
  if (asked === 'true') return true;
  if (asked === 'false') return false;
  return reply.status === 408 || reply.status === 425 || reply.status === 429 || reply.status >= 500;
}

interface Failure {
  readonly error: AppError;
  /** Whether the same call may be made again. */
  readonly mayPass: boolean;
  /** The least time until then. */
  readonly waitMs: number;
  readonly isEmptyRefusal: boolean;
  readonly isUnpaid: boolean;
  readonly isCrash: boolean;
}

/** Whether somebody says that the work is not taken on now. A proxy that lost the engine in the middle of it says no more than 503. */
function saysNotNow(reply: HttpReply): boolean {
  if (reply.headers.has('retry-after') || reply.headers.has('retry-after-ms')) return true;
  const body = jsonOf(reply);
  return isObject(body) && 'detail' in body;
}

/** Whether nobody knows after this whether the work was taken on. */
function leavesItOpen(reply: HttpReply): boolean {
  if (reply.status === 503) return !saysNotNow(reply);
  return reply.status === 408 || reply.status >= 500;
}

export function createTransport(options: TransportOptions): Transport {
  const { http, credentials, clock, ids, logger } = options;

  function contextOf(what: string): ErrorContext {
    return {
      host: http.host,
      what,
      hasKey: options.hasKey,
      secrets: credentials.secrets(),
      nowMs: clock.now(),
    };
  }

  async function once(call: HttpCall, signal: AbortSignal): Promise<HttpReply> {
    const keys = await credentials.headers(signal);
    const reply = await http.send({ ...call, headers: { ...call.headers, ...keys } }, signal);
    if (reply.status !== 401 || !credentials.renew(keys)) return reply;
    const fresh = await credentials.headers(signal);
    return http.send({ ...call, headers: { ...call.headers, ...fresh } }, signal);
  }

  const backoffMs = (attempt: number): number =>
    Math.min(longestDelayMs, firstDelayMs * 2 ** attempt) * (1 - 0.25 * options.random());

  /** What came in place of an engine's answer. */
  function checkForm(reply: HttpReply, what: string, patience: Patience): HttpReply {
    if (isRedirect(reply.status)) throw misdirected(reply, contextOf(what));
    if (isOfEngine(reply)) return reply;
    patience.onUncertain?.();
    throw badReply(`${http.host} answered ${what} with a page in place of JSON`);
  }

  function judgeReply(reply: HttpReply, call: HttpCall, patience: Patience): Failure {
    const { status } = reply;
    const isPassing = isWorthAnother(reply);
    const isUncertain = leavesItOpen(reply);
    const waitMs = retryAfterMs(reply.headers, clock.now()) ?? 0;
    if (isUncertain) patience.onUncertain?.();
    const isLeftToCaller = status === 429 && isPassing && patience.onBusy !== undefined;
    if (isLeftToCaller) patience.onBusy?.(waitMs);
    const sentAs = contentTypeOf(call);
    const context = { ...contextOf(call.what), ...(sentAs === undefined ? {} : { sentAs }) };
    return {
      error: replyError({ ...reply, text: textOf(reply) }, context),
      mayPass: isPassing && !isLeftToCaller && (patience.mayRepeat || !isUncertain),
      waitMs,
      // An empty 400 comes from a proxy before the engine.
      isEmptyRefusal: status === 400 && reply.body.length === 0,
      isUnpaid: status === 402,
      isCrash: status === 500,
    };
  }

  function judgeSilence(thrown: unknown, patience: Patience): Failure {
    const error = toAppError(thrown);
    const isAborted = error.code === 'aborted';
    const isUncertain = error.details['reached'] !== false && (isAborted || error.retryable);
    if (isUncertain) patience.onUncertain?.();
    if (isAborted) throw error;
    const mayPass = error.retryable && (patience.mayRepeat || !isUncertain);
    return { error, mayPass, waitMs: 0, isEmptyRefusal: false, isUnpaid: false, isCrash: false };
  }

  async function attempt(
    call: HttpCall,
    patience: Patience,
    signal: AbortSignal,
  ): Promise<HttpReply | Failure> {
    let reply: HttpReply;
    try {
      reply = await once(call, signal);
    } catch (thrown) {
      return judgeSilence(thrown, patience);
    }
    return reply.status < 400 ? checkForm(reply, call.what, patience) : judgeReply(reply, call, patience);
  }

  /** Says of one failure after the other how long to wait for the next attempt; `undefined` when it is enough. */
  function createPatience(what: string, patience: Patience): (failure: Failure) => number | undefined {
    const startedAt = clock.monotonicMs();
    const most = patience.mostAttempts ?? mostAttempts;
    const mostCrashes = patience.mostCrashes ?? mostAttempts;
    let unpaidSince: number | undefined;
    let [refusals, crashes, attempts, unpaidMs] = [0, 0, 0, 0];
    return (failure) => {
      const now = clock.monotonicMs();
      if (failure.isUnpaid) {
        if (unpaidSince === undefined) logger.warn('engine_without_credit', { operation: what });
        unpaidSince ??= now;
        if (now - unpaidSince >= options.billingPauseMs()) return undefined;
        unpaidMs += billingDelayMs;
        return billingDelayMs;
      }
      unpaidSince = undefined;
      if (failure.isEmptyRefusal) refusals += 1;
      if (failure.isCrash) crashes += 1;
      const mayPass = failure.isEmptyRefusal ? refusals <= emptyRefusals : failure.mayPass;
      const delayMs = Math.max(backoffMs(attempts), failure.waitMs);
      attempts += 1;
      // What was waited for credit does not count.
      const isOver = now - startedAt - unpaidMs + delayMs > options.retryWindowMs;
      return mayPass && !isOver && attempts < most && crashes < mostCrashes ? delayMs : undefined;
    };
  }

  async function pause(delayMs: number, signal: AbortSignal, waits: AbortSignal | undefined): Promise<void> {
    if (waits === undefined) return clock.sleep(delayMs, signal);
    const either = eitherSignal(waits, signal);
    try {
      await clock.sleep(delayMs, either.signal);
    } finally {
      either.release();
    }
  }

  return {
    host: http.host,
    once,
    contextOf,
    async call(call, patience, signal) {
      const key: Readonly<Record<string, string>> =
        call.method === 'GET' ? {} : { 'x-idempotency-key': ids.next('call') };
      const keyed = { ...call, headers: { ...call.headers, ...key } };
      const delayAfter = createPatience(call.what, patience);
      for (;;) {
        const outcome = await attempt(keyed, patience, signal);
        if (!('error' in outcome)) return outcome;
        const delayMs = delayAfter(outcome);
        if (delayMs === undefined) throw outcome.error;
        logger.debug('engine_call_again', { operation: call.what, code: outcome.error.code });
        await pause(delayMs, signal, patience.waits);
      }
    },
  };
}
