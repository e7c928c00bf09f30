import type { Clock } from '../ports/clock.ts';
import type { JudgeQueue } from '../ports/judge-queue.ts';

/** How many calls for one purpose a day may have. Days are those of UTC. */
export interface CallBudget {
  /** Takes so many calls from today's; false, and nothing taken, where fewer are left. */
  reserve(calls: number): Promise<boolean>;
  spentToday(): Promise<number>;
}

export interface CallBudgetDeps {
  readonly queue: Pick<JudgeQueue, 'spend'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly dailyCalls: number;
}

/** Calls are written down before they are made: a crash may lose a few of a day's, and never adds one. */
export function createCallBudget({ queue, clock, dailyCalls }: CallBudgetDeps): CallBudget {
  let last: Promise<unknown> = Promise.resolve();

  const today = (): string => new Date(clock.now()).toISOString().slice(0, 10);

  async function take(calls: number): Promise<boolean> {
    const day = today();
    if ((await queue.spend(day, 0)) + calls > dailyCalls) return false;
    await queue.spend(day, calls);
    return true;
  }

  return {
    // One after the other, or two could take the same last call.
    reserve(calls) {
      const taken = last.then(() => take(calls));
      last = taken.catch(() => undefined);
      return taken;
    },
    spentToday: () => queue.spend(today(), 0),
  };
}
