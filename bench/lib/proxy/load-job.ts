/** What the load generator is told to do, as one line of JSON. */
export interface LoadJob {
  readonly address: string;
  /** With what the stub is asked for in its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A JSON file with bodies, which are sent in turn. */
  readonly bodiesFile: string;
  /** At once, each after its answer the next. */
  readonly atOnce: number;
  readonly warmUpMs: number;
  readonly measuredMs: number;
}

export interface Shares {
  readonly p50: number;
  readonly p99: number;
}

/** What it saw while the clock ran, milliseconds. */
export interface LoadTaken {
  /** Answers with 200 since the start, the warm-up included. */
  readonly answered: number;
  /** Of these, those that ended while the clock ran. */
  readonly ended: number;
  readonly tokens: number;
  readonly tookMs: number;
  readonly firstByteMs: Shares;
  readonly totalMs: Shares;
  /** From the stub's write to its receipt here; of no tokens NaN, `null` as JSON. */
  readonly tokenMs: Shares;
}
