import type Bottleneck from 'bottleneck';
import type { Clock } from '../../core/ports/clock.ts';
import { createRateGate, type RateGate } from './rate-gate.ts';

/** Less is what clocks are corrected by all the time, and what a call may wait. */
const NOTICED_MS = 1_000;

/**
 * A gate that does not mind when the wall clock is set back. Bottleneck counts by that clock, so it would let nothing
 * pass until the clock is again where it was: then a new one takes over, with whoever waits.
 */
export function createSteadyGate(clock: Clock, rate: Bottleneck.ConstructorOptions): RateGate {
  const closing = new Set<Promise<void>>();
  let gate = createRateGate(rate);
  let offsetMs = clock.now() - clock.monotonicMs();
  let isClosed = false;

  function close(old: RateGate): void {
    const closed = old.close().then(() => void closing.delete(closed));
    closing.add(closed);
  }

  function present(): RateGate {
    const before = offsetMs;
    offsetMs = clock.now() - clock.monotonicMs();
    if (!isClosed && before - offsetMs > NOTICED_MS) {
      close(gate);
      gate = createRateGate(rate);
    }
    return gate;
  }

  return {
    async pass() {
      for (;;) {
        const mine = present();
        // Looks again now and then: the clock may be set back while everybody waits.
        const look = (): void => {
          if (present() === mine) watch = clock.after(NOTICED_MS, look);
        };
        let watch = clock.after(NOTICED_MS, look);
        try {
          return await mine.pass();
        } catch (error) {
          if (isClosed || mine === gate) throw error;
        } finally {
          watch.cancel();
        }
      }
    },
    async close() {
      isClosed = true;
      close(gate);
      await Promise.all(closing);
    },
  };
}
