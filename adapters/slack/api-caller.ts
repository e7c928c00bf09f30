import type { AppError } from '../../core/domain/app-error.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { LimitedCall, LimiterPort } from '../../core/ports/limiter.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { SlackCalls, SlackClient, SlackMethod } from './client.ts';
import { parseRefusal, type SlackRefusal, toSlackError } from './errors.ts';
import { RESPONSE_URL, UPLOAD_URL } from './limits.ts';
import type { ResolvedSlackOptions } from './options.ts';

export interface CallOptions {
  /** Where the effect shows: calls for one destination run in the order given. Usually the channel's id. */
  readonly destination: string;
  /** Shortest time since the destination's previous call began, milliseconds. Default 0. */
  readonly minIntervalMs?: number;
  /** False: "too many requests" rejects at once. Default true. */
  readonly waitsOnRateLimit?: boolean;
  /** As `LimitedCall.isExpendable`. Default false. */
  readonly isExpendable?: boolean;
  /** Repeating the call would show something twice: an unknown fate is `delivery_unknown`. Default by the method. */
  readonly isSend?: boolean;
  /** Sees a refusal first; true means that it is as good as success. */
  readonly accepts?: (refusal: SlackRefusal) => boolean;
}

export interface ApiCaller {
  /** Rejects with an `AppError`. `undefined` when `accepts` took a refusal for success. */
  call<M extends SlackMethod>(method: M, args: SlackCalls[M], options: CallOptions): Promise<unknown>;
  /** Posts to a `response_url`. As `call`. */
  respondTo(url: string, body: object, options: CallOptions): Promise<void>;
  /** Puts a file's bytes where Slack said. As `call`. */
  upload(url: string, bytes: Uint8Array, options: CallOptions): Promise<void>;
  /** From now on nothing waits for a rate limit to pass, and what hangs is cut after `HURRIED_MS`: such calls reject. */
  hurry(): void;
}

/** How long a call may still take when the channel stops. */
export const HURRIED_MS = 4_000;

const sends: ReadonlySet<string> = new Set([
  'chat.postMessage',
  'chat.postEphemeral',
  'chat.startStream',
  'chat.appendStream',
  'files.completeUploadExternal',
  RESPONSE_URL,
]);

export interface ApiCallerParts {
  readonly client: SlackClient;
  readonly options: Pick<ResolvedSlackOptions, 'botToken' | 'appToken' | 'signingSecret'>;
  readonly limiter: LimiterPort;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What a call says of the bot's token: `undefined` when Slack took it, else why it did not. */
  readonly onToken?: (refusal: AppError | undefined) => void;
}

/** Web API calls in their order, within Slack's limits, with a deadline each and one kind of error. */
export function createApiCaller(parts: ApiCallerParts): ApiCaller {
  const { client, limiter, clock, logger } = parts;
  const { botToken, appToken, signingSecret } = parts.options;
  const secrets = [botToken, appToken, signingSecret].filter((secret) => secret !== undefined);
  const hurrying = new AbortController();

  async function once(method: string, job: () => Promise<unknown>, options: CallOptions): Promise<unknown> {
    // The address itself is what gives the right to post there.
    const hasToken = method !== RESPONSE_URL && method !== UPLOAD_URL;
    try {
      const answer = await job();
      if (hasToken) parts.onToken?.(undefined);
      return answer;
    } catch (thrown) {
      const refusal = parseRefusal(thrown);
      if (refusal !== undefined && options.accepts?.(refusal) === true) return undefined;
      const error = toSlackError(thrown, { method, isSend: options.isSend ?? sends.has(method), secrets });
      if (error.code === 'rate_limited') {
        logger.info('slack_rate_limited', { method, waitMs: error.retryAfterMs });
      }
      if (hasToken && error.code === 'auth_failed') parts.onToken?.(error);
      throw error;
    }
  }

  function inTurn(method: string, job: () => Promise<unknown>, options: CallOptions): Promise<unknown> {
    const limited: LimitedCall = {
      method,
      destination: options.destination,
      minIntervalMs: options.minIntervalMs ?? 0,
      waitsOnRateLimit: options.waitsOnRateLimit ?? true,
      isExpendable: options.isExpendable ?? false,
      hurry: hurrying.signal,
    };
    return limiter.run(limited, () => once(method, job, options));
  }

  return {
    call: (method, args, options) => inTurn(method, () => client.call(method, args), options),
    async respondTo(url, body, options) {
      await inTurn(RESPONSE_URL, () => client.respondTo(url, body), options);
    },
    async upload(url, bytes, options) {
      await inTurn(UPLOAD_URL, () => client.upload(url, bytes), options);
    },
    hurry() {
      if (hurrying.signal.aborted) return;
      hurrying.abort();
      clock.after(HURRIED_MS, () => client.abortCalls());
    },
  };
}
