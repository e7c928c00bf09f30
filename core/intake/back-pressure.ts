import type { Clock, Timer } from '../ports/clock.ts';

export interface BackPressureDeps {
  readonly clock: Pick<Clock, 'after'>;
  /** How much waits to be done: from 1 on those who bring more wait, until it is half of that. */
  readonly load: () => number;
  /** Nobody waits longer, milliseconds. */
  readonly longestMs: number;
}

/** Keeps those waiting who bring more than can be done. */
export interface BackPressure {
  /** Absent where nobody has to wait. Who comes while others wait goes on with them. */
  wait(): Promise<void> | undefined;
  /** Something was done. */
  look(): void;
  /** Lets all go on. */
  release(): void;
}

export function createBackPressure({ clock, load, longestMs }: BackPressureDeps): BackPressure {
  let held: (PromiseWithResolvers<void> & { readonly limit: Timer }) | undefined;

  function release(): void {
    held?.limit.cancel();
    held?.resolve();
    held = undefined;
  }

  return {
    wait() {
      if (held === undefined && load() < 1) return undefined;
      held ??= { ...Promise.withResolvers<void>(), limit: clock.after(longestMs, release) };
      return held.promise;
    },
    look() {
      if (load() <= 0.5) release();
    },
    release,
  };
}
