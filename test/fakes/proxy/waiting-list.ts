/** Things that come one after the other, and can be waited for by their place. */
export interface WaitingList<T> {
  readonly all: readonly T[];
  add(item: T): void;
  /** Resolves with the nth, from 1, when it is there. */
  nth(place: number): Promise<T>;
}

export function createWaitingList<T>(): WaitingList<T> {
  const all: T[] = [];
  let waiting: (() => void)[] = [];
  return {
    all,
    add(item) {
      all.push(item);
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
    async nth(place) {
      for (;;) {
        const [item] = all.slice(place - 1, place);
        if (item !== undefined) return item;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
  };
}
