import type { Clock, Timer } from '../ports/clock.ts';

/** Work that is done at the start and again and again, never twice at once. */
export interface RecurringWork {
  /** Fires with `stop`. */
  readonly signal: AbortSignal;
  /** Again is fine. */
  start(): void;
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

/** `work` gives the milliseconds until the next time, and does not reject. */
export function createRecurringWork(clock: Pick<Clock, 'after'>, work: () => Promise<number>): RecurringWork {
  const stopping = new AbortController();
  let timer: Timer | undefined;
  let running: Promise<void> = Promise.resolve();
  let started = false;

  async function round(): Promise<void> {
    const nextMs = await work();
    if (!stopping.signal.aborted) arm(nextMs);
  }

  function arm(delayMs: number): void {
    timer = clock.after(delayMs, () => {
      running = round();
    });
  }

  return {
    signal: stopping.signal,
    start() {
      if (started) return;
      started = true;
      arm(0);
    },
    async stop() {
      stopping.abort();
      timer?.cancel();
      await running;
    },
  };
}
