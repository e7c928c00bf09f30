import type { Clock } from '../../core/ports/clock.ts';

/** What is being answered, so that it can end before everything else does. */
export interface UnderWay {
  /** `cut` ends it from our side. Gives a function that says that it is over, which may be called again. */
  begin(cut: () => void): () => void;
  isStopping(): boolean;
  /** Resolves when nothing is under way any more: at `deadlineMs` all that still is is cut. Again: the same. */
  stop(deadlineMs: number): Promise<void>;
}

export function createUnderWay(clock: Pick<Clock, 'after'>): UnderWay {
  const cuts = new Set<() => void>();
  let stopped: Promise<void> | undefined;
  let whenIdle: () => void = () => {};

  async function wait(deadlineMs: number): Promise<void> {
    if (cuts.size === 0) return;
    const idle = Promise.withResolvers<void>();
    whenIdle = idle.resolve;
    const deadline = clock.after(deadlineMs, () => {
      for (const cut of cuts) cut();
      // Whatever does not notice that nobody listens any more is not waited for.
      idle.resolve();
    });
    await idle.promise;
    deadline.cancel();
  }

  return {
    begin(cut) {
      // Of its own, so that two that are cut alike are two.
      const own = (): void => cut();
      cuts.add(own);
      return () => {
        if (cuts.delete(own) && cuts.size === 0) whenIdle();
      };
    },
    isStopping: () => stopped !== undefined,
    stop(deadlineMs) {
      stopped ??= wait(deadlineMs);
      return stopped;
    },
  };
}
