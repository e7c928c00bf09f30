import type { SpaceId } from '../domain/ids.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';

/** Saves what has changed, soon and in the background. */
export interface ActivitySaver {
  /** Within a minute. */
  soon(spaceId: SpaceId): void;
  /** Now, all that wait. Resolves when it was tried; never rejects. */
  flush(): Promise<void>;
  /** Saves what waits once more; afterwards nothing is saved. */
  stop(): Promise<void>;
}

export interface ActivitySaverDeps {
  /** Saves a space as it is when this is called. */
  readonly save: (spaceId: SpaceId) => Promise<void>;
  readonly clock: Pick<Clock, 'after'>;
  readonly logger: Logger;
}

const soonMs = 60_000;
/** So many share a commit. */
const atOnce = 16;

/** What cannot be saved is logged and tried again a minute later, after all others. */
export function createActivitySaver({ save, clock, logger }: ActivitySaverDeps): ActivitySaver {
  const waiting = new Set<SpaceId>();
  let timer: Timer | undefined;
  let last: Promise<void> = Promise.resolve();
  let isStopped = false;

  function arm(): void {
    if (isStopped || timer !== undefined) return;
    timer = clock.after(soonMs, () => {
      timer = undefined;
      void flush();
    });
  }

  /** False where one of them failed: then the rest would probably fail too, and each try may block. */
  async function saveSome(): Promise<boolean> {
    const some = [...waiting].slice(0, atOnce);
    for (const spaceId of some) waiting.delete(spaceId);
    const results = await Promise.allSettled(some.map(async (spaceId) => save(spaceId)));
    const failed = some.filter((_, at) => results[at]?.status === 'rejected');
    for (const spaceId of failed) waiting.add(spaceId);
    const failure = results.find((result) => result.status === 'rejected');
    if (failure === undefined) return true;
    logger.warn('activity_save_failed', { error: failure.reason, waiting: waiting.size });
    return false;
  }

  async function round(): Promise<void> {
    while (waiting.size > 0 && (await saveSome()));
    if (waiting.size > 0) arm();
  }

  function flush(): Promise<void> {
    // One after the other, or an older state of a space could be written over a newer one.
    last = last.then(round);
    return last;
  }

  return {
    soon(spaceId) {
      if (isStopped) return;
      waiting.add(spaceId);
      arm();
    },
    flush,
    async stop() {
      isStopped = true;
      timer?.cancel();
      timer = undefined;
      await flush();
    },
  };
}
