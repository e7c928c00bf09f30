import type { PastWindow } from '../domain/schedule.ts';
import type { Logger } from '../ports/logger.ts';
import type { StoredSchedule, WindowStore } from '../ports/window-store.ts';
import { type Moment, pastOf, storedWindow, type TrackedWindow } from './tracked-window.ts';

/** Writes down how windows stand, one after another. What cannot be stored is logged; the next change is stored again. */
export interface WindowLog {
  /** With what has just closed. */
  write(key: string, window: TrackedWindow, moment: Moment, closed?: PastWindow): void;
  /** What was stored when the bot last ran: a window that was open then has ended since, and is told of. */
  recall(key: string, then: (stored: StoredSchedule) => TrackedWindow, moment: () => Moment): Promise<void>;
  /** In its turn among what is written. */
  inTurn(work: () => Promise<void>): void;
  /** Resolves when all is written. */
  settled(): Promise<void>;
}

export function createWindowLog(windows: WindowStore, logger: Logger): WindowLog {
  let tail: Promise<void> = Promise.resolve();

  function inTurn(work: () => Promise<void>): void {
    tail = tail.then(work).catch((error: unknown) => logger.warn('schedule_not_stored', { error }));
  }

  const put = (key: string, state: StoredSchedule, closed: PastWindow | undefined): Promise<void> =>
    closed === undefined ? windows.setState(key, state) : windows.close(key, closed, state);

  return {
    write(key, window, moment, closed) {
      const state = storedWindow(window, moment);
      inTurn(() => put(key, state, closed));
    },
    async recall(key, then, moment) {
      const stored = await windows.state(key);
      if (stored === undefined) return;
      const { openedAt, openedBy, workedMs = 0, seenAt, since } = stored;
      const endedAt = Math.max(since, seenAt ?? since, (openedAt ?? 0) + workedMs);
      const closed =
        openedAt === undefined || openedBy === undefined
          ? undefined
          : pastOf({ at: openedAt, by: openedBy }, endedAt, 'restart', workedMs).closed;
      await put(key, storedWindow(then(stored), moment()), closed);
    },
    inTurn,
    settled: () => tail,
  };
}
