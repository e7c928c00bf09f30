import { toAppError } from '../domain/app-error.ts';
import type { PersonId } from '../domain/ids.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { FeedbackReceipt } from '../ports/exchange-desk.ts';
import { createLanesByKey } from '../schedule/lanes-by-key.ts';

/** One thing that was said. */
export interface SaidFeedback {
  readonly personId: PersonId;
  /** Whether it is tried again while the store fails. */
  readonly isKept: boolean;
  /** Rejects with storage errors; may be called again then. */
  write(): Promise<FeedbackReceipt>;
}

/** Writes down what persons say, each one's in the order in which it was said. */
export interface KeptFeedback {
  /** Resolves when it is written. Rejects as `write` does; with a storage error for what is kept only where too much is, and at the stop. */
  take(said: SaidFeedback): Promise<FeedbackReceipt>;
  /** Tries what is kept once more; the rest is given up, and nothing is kept any more. */
  stop(): Promise<void>;
}

interface Kept {
  readonly said: SaidFeedback;
  readonly receipt: PromiseWithResolvers<FeedbackReceipt>;
}

/** In all. */
const mostKept = 1_000;
const pausesMs = [250, 1_000, 5_000, 15_000, 60_000] as const;
const longestPauseMs = 60_000;

export function createKeptFeedback(clock: Pick<Clock, 'after'>): KeptFeedback {
  const byPerson = createLanesByKey();
  const kept = new Map<PersonId, Kept[]>();
  let count = 0;
  let timer: Timer | undefined;
  /** Tries that failed in a row. */
  let failures = 0;
  let isStopped = false;

  function arm(): void {
    if (timer !== undefined || isStopped || count === 0) return;
    timer = clock.after(pausesMs[failures] ?? longestPauseMs, () => void tryAgain());
  }

  async function tryAgain(): Promise<void> {
    timer = undefined;
    const tried = [...kept.keys()].map((personId) => byPerson.run(personId, () => writeKept(personId)));
    const hasFailed = (await Promise.allSettled(tried)).some(({ status }) => status === 'rejected');
    failures = hasFailed ? failures + 1 : 0;
    arm();
  }

  /** Rejects with the storage error for which it is to be tried again. */
  async function written({ said, receipt }: Kept, mayKeep: boolean): Promise<void> {
    try {
      receipt.resolve(await said.write());
    } catch (error) {
      if (mayKeep && toAppError(error).code.startsWith('storage_')) throw error;
      receipt.reject(error);
    }
  }

  /** What was said before comes first. Rejects with the storage error that keeps it from being written. */
  async function writeKept(personId: PersonId): Promise<void> {
    const waiting = kept.get(personId) ?? [];
    for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
      await written(first, !isStopped);
      waiting.shift();
      count -= 1;
    }
    kept.delete(personId);
  }

  function keep(one: Kept): void {
    const { personId } = one.said;
    const waiting = kept.get(personId) ?? [];
    waiting.push(one);
    kept.set(personId, waiting);
    count += 1;
    arm();
  }

  return {
    async take(said) {
      const { personId } = said;
      const one: Kept = { said, receipt: Promise.withResolvers() };
      await byPerson.run(personId, async () => {
        try {
          await writeKept(personId);
          await written(one, true);
        } catch (error) {
          if (said.isKept && !isStopped && count < mostKept) keep(one);
          else one.receipt.reject(error);
        }
      });
      return one.receipt.promise;
    },
    async stop() {
      isStopped = true;
      timer?.cancel();
      await byPerson.settled();
      for (const personId of kept.keys()) await byPerson.run(personId, () => writeKept(personId));
      await byPerson.settled();
    },
  };
}
