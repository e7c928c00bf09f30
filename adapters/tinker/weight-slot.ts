import { unlessAborted } from './unless-aborted.ts';

/**
 * The weights of one model in training, as an engine with one place for training and sampling has them: whoever samples an older
 * state gets the newer one, or loads the older over the training. So a sampler knows of which state it is.
 */
export interface WeightSlot {
  /** Grows with everything that changes the weights. */
  version(): number;
  /**
   * Weights are about to change: waits until nobody samples them. Gives back what takes the new version back, for a change that
   * was not made. Rejects with `aborted`, and then nothing has changed.
   */
  change(signal: AbortSignal): Promise<() => void>;
  /** Somebody samples; gives back what ends it. */
  beginSampling(): () => void;
}

export function createWeightSlot(): WeightSlot {
  let version = 0;
  let sampling = 0;
  let onIdle: (() => void)[] = [];
  return {
    version: () => version,
    async change(signal) {
      // From now on older samplers are refused, so that those under way are the last.
      version += 1;
      let isTakenBack = false;
      const takeBack = (): void => {
        if (!isTakenBack) version -= 1;
        isTakenBack = true;
      };
      if (sampling === 0) return takeBack;
      try {
        await unlessAborted(new Promise<void>((resolve) => onIdle.push(resolve)), signal);
        return takeBack;
      } catch (thrown) {
        takeBack();
        throw thrown;
      }
    },
    beginSampling() {
      sampling += 1;
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        sampling -= 1;
        if (sampling > 0) return;
        const waiting = onIdle;
        onIdle = [];
        for (const resolve of waiting) resolve();
      };
    },
  };
}
