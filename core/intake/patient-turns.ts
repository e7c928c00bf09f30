import { toAppError } from '../domain/app-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { TurnStore } from '../ports/turn-store.ts';

export interface PatienceOptions {
  readonly clock: Clock;
  /** Gives the waiting up: the process is going down. */
  readonly signal: AbortSignal;
  /** Called before each wait. */
  readonly onWait: () => void;
}

const busyPauseMs = 1_000;
const pauseMs = 15_000;

/**
 * Runs a store's call until it succeeds: a full disk or a locked file in the middle of an answer must neither repeat
 * the answer nor lose it, so the answer waits where it is. Everything but storage errors is passed on at once.
 */
export async function patiently<T>(call: () => Promise<T>, options: PatienceOptions): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (thrown) {
      const error = toAppError(thrown);
      if (!error.code.startsWith('storage_') || options.signal.aborted) throw error;
      options.onWait();
      const delayMs = error.code === 'storage_busy' ? busyPauseMs : pauseMs;
      await options.clock.sleep(delayMs, options.signal).catch(() => {
        throw error;
      });
    }
  }
}

/** The same store, whose writes are patient. */
export function patientTurns(turns: TurnStore, options: PatienceOptions): TurnStore {
  return {
    ...turns,
    open: (...args) => patiently(() => turns.open(...args), options),
    discard: (...args) => patiently(() => turns.discard(...args), options),
    answer: (...args) => patiently(() => turns.answer(...args), options),
    end: (...args) => patiently(() => turns.end(...args), options),
    intend: (...args) => patiently(() => turns.intend(...args), options),
    sent: (...args) => patiently(() => turns.sent(...args), options),
    shown: (...args) => patiently(() => turns.shown(...args), options),
    sendFailed: (...args) => patiently(() => turns.sendFailed(...args), options),
    unsent: (...args) => patiently(() => turns.unsent(...args), options),
  };
}
