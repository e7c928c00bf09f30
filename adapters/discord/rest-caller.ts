import { AppError } from '../../core/domain/app-error.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { DiscordClient, RestFile } from './client.ts';
import { toDiscordError } from './errors.ts';
import { fillPath, type Purpose, type RouteParams, routeOf } from './routes.ts';

export interface CallOptions {
  readonly body?: object;
  readonly files?: readonly RestFile[] | undefined;
  readonly query?: Readonly<Record<string, string>>;
  /** Where the effect shows: calls for one destination run in the order given. Usually the channel's id. */
  readonly destination: string;
  /** False: "too many requests" rejects at once. Default true. */
  readonly waitsOnRateLimit?: boolean;
  /** Cuts the request while it is under way, which then rejects with `timeout`. */
  readonly signal?: AbortSignal;
}

export interface RestCaller {
  /** Rejects with an `AppError`. `undefined` where Discord answers nothing. */
  call<P extends Purpose>(purpose: P, params: RouteParams<P>, options: CallOptions): Promise<unknown>;
  /** How many calls wait or run, and how many may. */
  queue(): { readonly waiting: number; readonly bound: number };
  /** From now on nothing waits for a rate limit to pass, and what hangs is cut after `HURRIED_MS`: such calls reject. */
  hurry(): void;
}

/** How long a call may still take when the channel stops. */
export const HURRIED_MS = 4_000;

/** How long a call may wait for Discord's limits in all. */
const MAX_WAIT_MS = 30_000;
const MAX_CALLS = 5_000;
const MAX_CALLS_EACH = 100;

export interface RestCallerParts {
  readonly client: Pick<DiscordClient, 'rest' | 'abortCalls'>;
  readonly token: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Lane {
  tail: Promise<unknown>;
  calls: number;
}

/**
 * Calls of the REST API in their order, with a deadline each and one kind of error. What Discord allows is for the SDK
 * to know; it refuses what comes too early, and the waiting is here: its own queues change when it learns which limit
 * a route falls under, and let others go first after a refusal, so that two messages could change places.
 */
export function createRestCaller(parts: RestCallerParts): RestCaller {
  const { client, clock, logger } = parts;
  const secrets = [parts.token];
  const hurrying = new AbortController();
  const lanes = new Map<string, Lane>();
  let calls = 0;
  /** Before this instant of the monotonic clock Discord takes no call at all. */
  let closedUntilMs = 0;

  function noteLimit(purpose: Purpose, error: AppError): void {
    const waitMs = error.retryAfterMs ?? 0;
    const isGlobal = error.details['isGlobal'] === true;
    if (isGlobal) closedUntilMs = Math.max(closedUntilMs, clock.monotonicMs() + waitMs);
    logger.info('discord_rate_limited', { purpose, waitMs, isGlobal });
  }

  async function once(purpose: Purpose, path: `/${string}`, options: CallOptions): Promise<unknown> {
    const { method, needs, auth, isSend = false } = routeOf(purpose);
    try {
      return await client.rest(method, path, {
        body: options.body,
        files: options.files,
        query: options.query,
        auth,
        signal: options.signal,
      });
    } catch (thrown) {
      const error = toDiscordError(thrown, { purpose, isSend, needed: needs, secrets });
      if (error.code === 'rate_limited') noteLimit(purpose, error);
      throw error;
    }
  }

  /** Discord counts what a bot does as a whole; answers to interactions are beside that. */
  function refuseWhileClosed(purpose: Purpose): void {
    const waitMs = Math.ceil(closedUntilMs - clock.monotonicMs());
    if (waitMs <= 0 || routeOf(purpose).auth === false) return;
    const message = `Discord asks to wait ${Math.ceil(waitMs / 1_000)} s before the next call.`;
    throw new AppError('rate_limited', message, { retryable: true, retryAfterMs: waitMs });
  }

  async function patiently(purpose: Purpose, path: `/${string}`, options: CallOptions): Promise<unknown> {
    const beganMs = clock.monotonicMs();
    const mayWait = (waitMs: number): boolean =>
      options.waitsOnRateLimit !== false &&
      !hurrying.signal.aborted &&
      clock.monotonicMs() - beganMs + waitMs <= MAX_WAIT_MS;
    for (;;) {
      try {
        refuseWhileClosed(purpose);
        return await once(purpose, path, options);
      } catch (thrown) {
        if (!(thrown instanceof AppError) || thrown.code !== 'rate_limited') throw thrown;
        const waitMs = thrown.retryAfterMs ?? 0;
        if (!mayWait(waitMs)) throw thrown;
        // Cut short, the call is tried once more without waiting: it may be allowed by now.
        await clock.sleep(waitMs, hurrying.signal).catch(() => undefined);
      }
    }
  }

  function enter(destination: string): Lane {
    const lane = lanes.get(destination) ?? { tail: Promise.resolve(), calls: 0 };
    if (calls >= MAX_CALLS || lane.calls >= MAX_CALLS_EACH) {
      throw new AppError('overloaded', 'Too much waits to be sent to Discord: try again in a while.', {
        retryable: true,
        details: { waiting: calls },
      });
    }
    lanes.set(destination, lane);
    lane.calls += 1;
    calls += 1;
    return lane;
  }

  function leave(destination: string, lane: Lane): void {
    calls -= 1;
    lane.calls -= 1;
    if (lane.calls === 0) lanes.delete(destination);
  }

  return {
    async call(purpose, params, options) {
      const path = fillPath(purpose, params);
      const lane = enter(options.destination);
      const running = lane.tail.then(() => patiently(purpose, path, options));
      lane.tail = running.catch(() => undefined);
      try {
        return await running;
      } finally {
        leave(options.destination, lane);
      }
    },
    queue: () => ({ waiting: calls, bound: MAX_CALLS }),
    hurry() {
      if (hurrying.signal.aborted) return;
      hurrying.abort();
      clock.after(HURRIED_MS, () => client.abortCalls());
    },
  };
}
