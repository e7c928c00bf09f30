import type { SpaceId } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';

/** Answers to people under way. */
export interface Answering {
  /** One begins, in a space where that is known; ends with the function, which may be called again. */
  begin(spaceId?: SpaceId): () => void;
  /** In any space; in one: those of which the space is not known count too. */
  isAnswering(spaceId?: SpaceId): boolean;
  /** Resolves when none is, when the signal fires, and after 30 seconds: where somebody is always answered, others do not wait for ever. */
  whenQuiet(signal: AbortSignal): Promise<void>;
  /** Called when the first of a space begins and when its last has ended, with that where it is known. Gives a function that ends it. */
  onChange(listener: (spaceId: SpaceId | undefined) => void): () => void;
}

const longestQuietWaitMs = 30_000;

export function createAnswering(clock: Pick<Clock, 'after'>): Answering {
  const listeners = new Set<(spaceId: SpaceId | undefined) => void>();
  /** By space; of unknown ones under ''. */
  const underWay = new Map<SpaceId | '', number>();

  function add(key: SpaceId | '', change: 1 | -1): void {
    const before = underWay.get(key) ?? 0;
    const count = before + change;
    if (count > 0) underWay.set(key, count);
    else underWay.delete(key);
    if (before > 0 && count > 0) return;
    for (const listener of [...listeners]) listener(key === '' ? undefined : key);
  }

  return {
    begin(spaceId) {
      let hasEnded = false;
      add(spaceId ?? '', 1);
      return () => {
        if (hasEnded) return;
        hasEnded = true;
        add(spaceId ?? '', -1);
      };
    },
    isAnswering: (spaceId) =>
      spaceId === undefined ? underWay.size > 0 : underWay.has(spaceId) || underWay.has(''),
    whenQuiet(signal) {
      if (underWay.size === 0 || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const end = (): void => {
          listeners.delete(look);
          signal.removeEventListener('abort', end);
          timer.cancel();
          resolve();
        };
        const look = (): void => {
          if (underWay.size === 0) end();
        };
        const timer = clock.after(longestQuietWaitMs, end);
        listeners.add(look);
        signal.addEventListener('abort', end);
      });
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
