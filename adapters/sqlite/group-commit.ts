/** Runs `job` inside a commit that it shares with the others of the same turn of the event loop. */
export interface GroupCommit {
  /** Resolves when the commit is durable. Rejects alone when the job's own row is at fault, with all others when the commit fails. */
  run<T>(job: () => T): Promise<T>;
  /** Commits what waits now. Never throws. */
  flush(): void;
}

export interface GroupCommitOptions {
  /** Runs the work in one transaction: all of it or a throw. */
  readonly transact: (work: () => void) => void;
  /** Whether a job's failure is its own and leaves the transaction sound. */
  readonly isRowFault: (thrown: unknown) => boolean;
  /** Calls once, soon. */
  readonly schedule: (flush: () => void) => void;
}

interface Waiting {
  /** Does the job inside the transaction; what it returns tells the caller once the commit stands. */
  readonly work: () => () => void;
  readonly reject: (thrown: unknown) => void;
}

export function createGroupCommit({ transact, isRowFault, schedule }: GroupCommitOptions): GroupCommit {
  let waiting: Waiting[] = [];

  function flush(): void {
    const batch = waiting;
    if (batch.length === 0) return;
    waiting = [];
    const settle: (() => void)[] = [];
    try {
      transact(() => {
        for (const one of batch) {
          try {
            settle.push(one.work());
          } catch (thrown) {
            if (!isRowFault(thrown)) throw thrown;
            settle.push(() => one.reject(thrown));
          }
        }
      });
    } catch (thrown) {
      for (const one of batch) one.reject(thrown);
      return;
    }
    for (const tell of settle) tell();
  }

  return {
    run: (job) =>
      new Promise((resolve, reject) => {
        waiting.push({
          work: () => {
            const result = job();
            return () => resolve(result);
          },
          reject,
        });
        if (waiting.length === 1) schedule(flush);
      }),
    flush,
  };
}
