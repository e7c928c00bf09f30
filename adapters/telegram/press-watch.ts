import type { Receipt } from '../../core/domain/receipt.ts';
import type { Clock, Timer } from '../../core/ports/clock.ts';
import type { Press } from './inbound.ts';
import type { PressWatch } from './update-intake.ts';

/** How long a pressed button may look busy while core has yet to come to it. */
export const BUSY_MS = 10_000;

const NOT_TAKEN =
  'That was not taken: either too much is waiting here, or I do not know you yet. Try again later, or write /help.';
const NOT_COUNTED =
  'That was not counted: either I do not know you yet, or I no longer have that answer. Write /help to learn more.';

export interface PressWatchParts {
  readonly clock: Clock;
  /** Ends the busy sign, with a passing word where there is one. Best effort, never rejects. */
  readonly endBusySign: (callbackQueryId: string, words?: string) => void;
}

export interface OpenPresses extends PressWatch {
  /** This press has been answered, or is about to be. */
  answered(callbackQueryId: string): void;
  /** Nothing is answered any more by itself. */
  close(): void;
}

/**
 * Each press is answered, whatever becomes of it: with a sentence where it was refused, by core where that answers, and
 * after `BUSY_MS` at the latest.
 */
export function createPressWatch({ clock, endBusySign }: PressWatchParts): OpenPresses {
  const timers = new Map<string, Timer>();

  function answered(callbackQueryId: string): void {
    timers.get(callbackQueryId)?.cancel();
    timers.delete(callbackQueryId);
  }

  const isAnswered = (press: Press, receipts: readonly Receipt[]): boolean =>
    press.isCores && receipts.includes('stored');

  return {
    begun({ callbackQueryId }) {
      answered(callbackQueryId);
      const timer = clock.after(BUSY_MS, () => {
        timers.delete(callbackQueryId);
        endBusySign(callbackQueryId);
      });
      timers.set(callbackQueryId, timer);
    },
    over(press, receipts) {
      if (isAnswered(press, receipts)) return;
      const why = press.isCores ? NOT_TAKEN : NOT_COUNTED;
      endBusySign(press.callbackQueryId, receipts.includes('refused') ? why : undefined);
    },
    answered,
    close() {
      for (const timer of timers.values()) timer.cancel();
      timers.clear();
    },
  };
}
