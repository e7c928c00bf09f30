import { aborted } from './errors.ts';

/** Lets work through while what is under way costs no more than its size. */
export interface ByteGate {
  /** Waits for room; gives back a function that returns it, once. Something larger than the gate, or of no finite size, waits until it is alone. */
  enter(cost: number, signal: AbortSignal): Promise<() => void>;
}

interface Waiting {
  readonly cost: number;
  admit(): void;
}

/** First come, first served. */
export function createByteGate(size: number): ByteGate {
  let [used, inside] = [0, 0];
  const queue: Waiting[] = [];

  function admitNext(): void {
    for (;;) {
      const next = queue[0];
      if (next === undefined || (inside > 0 && used + next.cost > size)) return;
      queue.shift();
      used += next.cost;
      inside += 1;
      next.admit();
    }
  }

  return {
    enter(given, signal) {
      // Engines tell sizes: what is no number would hold nobody up from then on.
      const cost = Number.isFinite(given) ? given : size;
      return new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(aborted());
          return;
        }
        const onAbort = (): void => {
          queue.splice(queue.indexOf(waiting), 1);
          reject(aborted());
          admitNext();
        };
        const waiting: Waiting = {
          cost,
          admit() {
            signal.removeEventListener('abort', onAbort);
            let isOut = false;
            resolve(() => {
              if (isOut) return;
              isOut = true;
              used -= cost;
              inside -= 1;
              admitNext();
            });
          },
        };
        signal.addEventListener('abort', onAbort, { once: true });
        queue.push(waiting);
        admitNext();
      });
    },
  };
}
