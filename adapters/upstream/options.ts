import type { Dialect } from '../../core/domain/dialect.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';

/** One model server. */
export interface UpstreamSettings {
  /** Unique; shown in logs, problems and errors. */
  readonly name: string;
  readonly dialects: readonly Dialect[];
  /** http or https, what stands before `/chat/completions`; a query in it (`?api-version=…`) goes with every request. */
  readonly baseUrl: string;
  /** The operator's key. Absent: a server that needs none, or one that is shown the caller's. */
  readonly ownKey?: string;
  /** It asks for none, and is shown nobody's. */
  readonly isKeyless?: true;
  /** What it serves is asked of no other, whatever those serve. */
  readonly isAlone?: true;
  /** Names of the models it serves, as callers say them; `*` stands for any run of characters. */
  readonly models: readonly string[];
  /** What a model is called at this server, by the name that callers say. A name in it is served, too. */
  readonly renames: Readonly<Record<string, string>>;
}

/** Milliseconds. */
export interface UpstreamTimeouts {
  /** Until a connection stands, TLS included; by the machine's own clock. */
  readonly connectMs: number;
  /** From the start of an attempt to the first byte of the answer's body. */
  readonly firstByteMs: number;
  /** Between two pieces of an answer; does not run while the caller takes no more. */
  readonly idleMs: number;
  /** For the whole exchange, all attempts and waits included. */
  readonly totalMs: number;
}

export interface UpstreamsOptions {
  /** In the order in which they are tried. */
  readonly upstreams: readonly UpstreamSettings[];
  readonly timeouts: UpstreamTimeouts;
  /** Further attempts at one upstream before the next one is tried. */
  readonly maxRetries: number;
  /** Times the waits, the limits and the rests. */
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}
