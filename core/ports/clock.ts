/** Time as a parameter. */
export interface Clock {
  /** Epoch milliseconds. May jump in both directions. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. For durations. */
  monotonicMs(): number;
  /** Resolves after `delayMs`; rejects with an `AppError` `aborted` when the signal fires first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** Calls once after `delayMs` unless cancelled. The callback must not throw. Does not keep the process alive. */
  after(delayMs: number, callback: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}
