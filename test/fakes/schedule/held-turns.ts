import { AppError } from '../../../core/domain/app-error.ts';
import type { TakeTurn } from '../../../core/schedule/work-turns.ts';

/** Turns that a test gives out. */
export interface HeldTurns {
  readonly take: TakeTurn;
  /** How many wait. */
  waiting(): number;
  /** How many turns have not been given back. */
  taken(): number;
  /** How many were ever given out. */
  given(): number;
  /** Lets the one in that has waited longest. */
  give(): void;
}

export function createHeldTurns(): HeldTurns {
  const waiting: (() => void)[] = [];
  let taken = 0;
  let given = 0;

  function begin(): () => void {
    let isBack = false;
    taken += 1;
    given += 1;
    return () => {
      if (isBack) throw new Error('a turn is given back once');
      isBack = true;
      taken -= 1;
    };
  }

  return {
    take: (signal) =>
      new Promise((resolve, reject) => {
        const enter = (): void => resolve(begin());
        const leave = (): void => {
          waiting.splice(waiting.indexOf(enter), 1);
          reject(new AppError('aborted', 'Stopped while waiting.'));
        };
        waiting.push(enter);
        if (signal.aborted) leave();
        else signal.addEventListener('abort', () => waiting.includes(enter) && leave(), { once: true });
      }),
    waiting: () => waiting.length,
    taken: () => taken,
    given: () => given,
    give() {
      waiting.shift()?.();
    },
  };
}
