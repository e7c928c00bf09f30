import type { Clock, Timer } from '../../core/ports/clock.ts';

export interface Checkpoints {
  /** The database was used: what was written goes into the file soon. */
  used(): void;
  stop(): void;
}

/** Long enough that few commits share their time with one. */
const AFTER_MS = 5_000;

/** Runs `checkpoint` some seconds after use, and not at all while nothing happens. */
export function createCheckpoints(clock: Pick<Clock, 'after'>, checkpoint: () => void): Checkpoints {
  let timer: Timer | undefined;
  return {
    used() {
      timer ??= clock.after(AFTER_MS, () => {
        timer = undefined;
        checkpoint();
      });
    },
    stop: () => timer?.cancel(),
  };
}
