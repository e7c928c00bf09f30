import type { SkippingClock } from './training-clock.ts';

/** Less than any lease or timeout: nothing is later than it would be. */
const stepMs = 10_000;

/** Time goes by as it does for a machine that is awake: what is due on the way is done on the way. */
export async function passTime(clock: SkippingClock, durationMs: number): Promise<void> {
  for (let leftMs = durationMs; leftMs > 0; leftMs -= stepMs) {
    clock.skip(Math.min(stepMs, leftMs));
    await clock.sleep(0);
  }
}
