/** One outbound call, as a platform's limits see it. */
export interface LimitedCall {
  /** The platform's name of what is called; each may have a rate of its own. */
  readonly method: string;
  /** Where its effect shows: a channel, a chat. Calls for one destination run one after another in the order given. */
  readonly destination: string;
  /**
   * Shortest time since the start of the destination's previous call that asked for any, milliseconds. 0: this call
   * neither waits nor makes the next one wait.
   */
  readonly minIntervalMs: number;
  /** False: `rate_limited` goes to the caller at once. Default true. */
  readonly waitsOnRateLimit?: boolean;
  /** Worth something now or never, as "typing" is: rejected with `overloaded` at once while more than a few calls wait, so that it never holds up what people wait for. Default false. */
  readonly isExpendable?: boolean;
  /** Once it fires, nothing is waited for a rate limit any more: from then on as `waitsOnRateLimit: false`. */
  readonly hurry?: AbortSignal;
}

/**
 * Keeps outbound calls within a platform's limits: per destination, per method, and over all. A job that rejects with
 * `rate_limited` is run again after `retryAfterMs`, in its place: what came later for its destination waits behind it,
 * and other calls under the same limit are held back as long. Nothing is dropped: a job runs, or its promise rejects with
 * what the job rejected with, with `rate_limited` where waiting would take too long
 * (the platform is not asked again before the time that it named), with `overloaded` (retryable)
 * where too many wait already, or with `aborted` after `stop`. Only for outbound calls.
 */
export interface LimiterPort {
  run<T>(call: LimitedCall, job: () => Promise<T>): Promise<T>;
  /** How many jobs wait, and how many may. */
  queue(): { readonly waiting: number; readonly bound: number };
  /** Jobs that have not begun reject; resolves when those that run have ended. */
  stop(): Promise<void>;
}
