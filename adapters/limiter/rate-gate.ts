import Bottleneck from 'bottleneck';

/** Lets callers pass in the order of asking, no faster than its rate. */
export interface RateGate {
  /** Rejects when the gate is closed first. */
  pass(): Promise<void>;
  /** Called once. */
  close(): Promise<void>;
}

const MINUTE_MS = 60_000;
/** Of a method's calls a minute, the share that may come at once. */
const BURST_SHARE = 0.2;
/** Below this a burst would be one call, which is no burst. */
const LEAST_BURST = 2;

/** Evenly spaced: a second never sees more than its calls. */
export const perSecond = (calls: number): Bottleneck.ConstructorOptions => ({
  minTime: Math.ceil(1_000 / calls),
});

/**
 * A stock of a fifth of the minute's calls, filled up by the other four fifths over the minute: no minute, wherever it
 * begins, sees more than its calls, and a few calls after a rest pass at once, as platforms allow. Measured with 50
 * calls a window and 80 callers that always want one more: this lets 49 pass in the worst window and five after a
 * rest within 14 ms; even spacing 51, and five take 480 ms (of a minute: 4.8 s); a stock that is refilled as a whole lets 95 pass
 * and then none for the rest of the window.
 */
export function perMinute(calls: number): Bottleneck.ConstructorOptions {
  const burst = Math.floor(calls * BURST_SHARE);
  if (burst < LEAST_BURST) return { minTime: Math.ceil(MINUTE_MS / calls) };
  return {
    reservoir: burst,
    reservoirIncreaseAmount: 1,
    reservoirIncreaseMaximum: burst,
    reservoirIncreaseInterval: Math.ceil(MINUTE_MS / (calls - burst)),
  };
}

/**
 * The job given to Bottleneck only says that it may begin: what runs afterwards is not Bottleneck's, so it need not wait
 * for Bottleneck's two timers at the end of each job.
 */
export function createRateGate(rate: Bottleneck.ConstructorOptions): RateGate {
  const bottleneck = new Bottleneck(rate);
  return {
    pass: () =>
      new Promise((resolve, reject) => {
        bottleneck.schedule(async () => resolve()).catch(reject);
      }),
    async close() {
      await bottleneck.stop({ dropWaitingJobs: true });
      await bottleneck.disconnect(false);
    },
  };
}
