import { setTimeout as sleep } from 'node:timers/promises';

/** Counts what is done and tells when it is enough. */
export interface Progress {
  one(): void;
  /** Resolves at the `count`th since the last call of this; rejects when none has come for so long. */
  reach(count: number, patienceMs: number): Promise<void>;
}

export function createProgress(): Progress {
  let done = 0;
  let goal: { readonly count: number; readonly reached: () => void } | undefined;

  return {
    one() {
      done += 1;
      if (goal !== undefined && done >= goal.count) goal.reached();
    },
    async reach(count, patienceMs) {
      const { promise, resolve } = Promise.withResolvers<'reached'>();
      goal = { count, reached: () => resolve('reached') };
      if (done >= count) resolve('reached');
      for (let before = -1; before !== done; ) {
        before = done;
        const patience = new AbortController();
        const waited = sleep(patienceMs, 'waited', { signal: patience.signal }).catch(() => 'waited');
        const first = await Promise.race([promise, waited]);
        patience.abort();
        if (first === 'reached') {
          done -= count;
          goal = undefined;
          return;
        }
      }
      throw new Error(`${done} of ${count} were done, and no further one in ${patienceMs} ms.`);
    },
  };
}
