import { performance } from 'node:perf_hooks';
import { AppError } from '../../core/domain/app-error.ts';
import type { Clock } from '../../core/ports/clock.ts';

/** Longer delays overflow a 32-bit timer and would fire at once. */
const MAX_DELAY_MS = 2_147_483_647;

/**
 * The machine's clocks. `sleep` keeps the process alive, `after` does not. Delays above 24.8 days are waited in pieces;
 * negative ones are 0.
 */
export function createSystemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
    sleep(delayMs, signal) {
      return new Promise((resolve, reject) => {
        let cancel = (): void => {};
        const aborted = (): void => {
          cancel();
          reject(new AppError('aborted', 'The wait was stopped.'));
        };
        if (signal?.aborted) {
          aborted();
          return;
        }
        signal?.addEventListener('abort', aborted, { once: true });
        cancel = startTimer(delayMs, true, () => {
          signal?.removeEventListener('abort', aborted);
          resolve();
        });
      });
    },
    after: (delayMs, callback) => ({ cancel: startTimer(delayMs, false, callback) }),
  };
}

/** Starts a timer of any length and gives the function that stops it. */
function startTimer(delayMs: number, keepsAlive: boolean, callback: () => void): () => void {
  let leftMs = Math.max(0, delayMs);
  let handle: NodeJS.Timeout;
  const step = (): void => {
    const pieceMs = Math.min(leftMs, MAX_DELAY_MS);
    leftMs -= pieceMs;
    handle = setTimeout(() => (leftMs > 0 ? step() : callback()), pieceMs);
    if (!keepsAlive) handle.unref();
  };
  step();
  return () => clearTimeout(handle);
}
