import { AppError } from '../domain/app-error.ts';

/** Keeps training and answering apart on an engine that cannot do both at once. Answers go first. */
export interface EngineTurns {
  /** Waits for the training call in flight, and for no other. Gives the giving back. Rejects with `aborted`. */
  answer(signal: AbortSignal): Promise<() => void>;
  /** Waits until nothing is answered. Rejects with `aborted`, and as the call does. */
  train<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export function createEngineTurns(): EngineTurns {
  let answers = 0;
  let isTraining = false;
  const waiting = new Set<() => void>();

  function changed(): void {
    for (const look of [...waiting]) look();
  }

  function until(isFree: () => boolean, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(gaveUp());
    if (isFree()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        waiting.delete(look);
        signal.removeEventListener('abort', abort);
      };
      const look = (): void => {
        if (!isFree()) return;
        leave();
        resolve();
      };
      const abort = (): void => {
        leave();
        reject(gaveUp());
      };
      waiting.add(look);
      signal.addEventListener('abort', abort);
    });
  }

  return {
    async answer(signal) {
      // Counted before it waits: no further training call begins.
      answers += 1;
      let isOver = false;
      const giveBack = (): void => {
        if (isOver) return;
        isOver = true;
        answers -= 1;
        changed();
      };
      try {
        await until(() => !isTraining, signal);
        return giveBack;
      } catch (error) {
        giveBack();
        throw error;
      }
    },
    async train(call, signal) {
      const isFree = (): boolean => answers === 0 && !isTraining;
      // Another one that waited for the same may have been faster.
      do await until(isFree, signal);
      while (!isFree());
      isTraining = true;
      try {
        return await call();
      } finally {
        isTraining = false;
        changed();
      }
    },
  };
}

const gaveUp = (): AppError => new AppError('aborted', 'The wait for the engine was given up.');
