/**
 * Spaces calls out. Jobs of one key run one after another in the order given, at least `minIntervalMs` apart; all keys
 * together stay under the limiter's overall rate. Rejects with what the job rejects with. Only for outbound calls.
 */
export interface LimiterPort {
  run<T>(key: string, minIntervalMs: number, job: () => Promise<T>): Promise<T>;
  /** How many jobs wait, for `status`. */
  waiting(): number;
  stop(): Promise<void>;
}
