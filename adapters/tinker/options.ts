import type { Clock } from '../../core/ports/clock.ts';
import type { Ids } from '../../core/ports/ids.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { EngineProfileName } from './profiles.ts';

/** Waits and bounds, in milliseconds. */
export interface TinkerTimings {
  /** One request that answers at once. @default 60_000 */
  readonly requestMs: number;
  /** One poll of a future: engines hold it open for a while. @default 45_000 */
  readonly pollMs: number;
  /** How long one call is tried again after failures that may pass, and its result asked for while the engine is silent. @default 300_000 */
  readonly retryWindowMs: number;
  /** How long a call waits for credit after the engine said that there is none. @default 3_600_000 */
  readonly billingPauseMs: number;
  /** Between two heartbeats of a session. @default 10_000 */
  readonly heartbeatMs: number;
  /** How long one answer may take, waiting included, before it is given up. @default 600_000 */
  readonly sampleMs: number;
  /** The same for one training call. @default 7_200_000 */
  readonly trainingMs: number;
}

export const defaultTimings: TinkerTimings = {
  requestMs: 60_000,
  pollMs: 45_000,
  retryWindowMs: 300_000,
  billingPauseMs: 3_600_000,
  heartbeatMs: 10_000,
  sampleMs: 600_000,
  trainingMs: 7_200_000,
};

export interface TinkerOptions {
  readonly profile: EngineProfileName;
  /** Without `/api/v1`. */
  readonly baseUrl: string;
  readonly apiKey?: string;
  readonly projectId?: string;
  /** Words that mark the session at the engine. */
  readonly tags?: readonly string[];
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** 0 ≤ x < 1, for the jitter of waits. @default drawn from `ids` */
  readonly random?: () => number;
  readonly timings?: Partial<TinkerTimings>;
}
