import type { Choice } from '../../core/ports/channel.ts';
import type { Clock } from '../../core/ports/clock.ts';

/** Completions that pages wait for. */
export interface Completions {
  /** Resolves with the choices, or with `undefined` when none came in time. */
  wait(key: string): Promise<readonly Choice[] | undefined>;
  /** Too late is no error: nobody waits any more. */
  answer(key: string, choices: readonly Choice[]): void;
}

export function createCompletions(clock: Clock, waitMs: number): Completions {
  const waiting = new Map<string, (choices: readonly Choice[] | undefined) => void>();
  return {
    wait(key) {
      waiting.get(key)?.(undefined);
      return new Promise((resolve) => {
        const done = (choices: readonly Choice[] | undefined): void => {
          timer.cancel();
          if (waiting.get(key) === done) waiting.delete(key);
          resolve(choices);
        };
        const timer = clock.after(waitMs, () => done(undefined));
        waiting.set(key, done);
      });
    },
    answer: (key, choices) => waiting.get(key)?.(choices),
  };
}
