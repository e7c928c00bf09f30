import { createSystemClock } from '../../../adapters/system/clock.ts';
import type { Clock } from '../../../core/ports/clock.ts';

/** The machine's clock for those who wait for the engine, with waits that are over soon. */
export interface HastyClock extends Clock {
  sleeping(): number;
}

const longestSleepMs = 1;

export function createHastyClock(): HastyClock {
  const clock = createSystemClock();
  let sleeping = 0;
  return {
    ...clock,
    async sleep(delayMs, signal) {
      sleeping += 1;
      try {
        await clock.sleep(Math.min(delayMs, longestSleepMs), signal);
      } finally {
        sleeping -= 1;
      }
    },
    sleeping: () => sleeping,
  };
}
