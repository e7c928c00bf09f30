/** Does what it is given one after another, in the order given. Rejects as the work does. */
export interface OneAtATime {
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when all that was given is over. */
  whenOver(): Promise<void>;
}

export function createOneAtATime(): OneAtATime {
  let tail: Promise<unknown> = Promise.resolve();
  return {
    run(work) {
      const next = tail.then(work);
      tail = next.catch(() => undefined);
      return next;
    },
    async whenOver() {
      await tail;
    },
  };
}
