/** Work that can rest wherever it yields. Between two yields it does little, whatever it was given. */
export type Work<T> = Generator<undefined, T>;

/** Does work to its end. */
export type Pace = <T>(work: Work<T>) => Promise<T>;

export interface PaceDeps {
  /** As `Clock.monotonicMs`. */
  readonly monotonicMs: () => number;
  /** Lets others have their turn. What it rejects with ends the work. */
  readonly breathe: () => Promise<void>;
}

/** A quarter of what others may be kept waiting, as what lies between two yields takes time as well. */
const busyMs = 5;

/** Does work with a breath every 5 ms, or as soon after as it can rest. */
export function createPace({ monotonicMs, breathe }: PaceDeps): Pace {
  let since = monotonicMs();
  return async (work) => {
    for (;;) {
      const next = work.next();
      if (next.done === true) return next.value;
      if (monotonicMs() - since < busyMs) continue;
      await breathe();
      since = monotonicMs();
    }
  };
}
