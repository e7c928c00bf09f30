import { createLatestMap } from '../../core/domain/latest-map.ts';
import type { Clock, Timer } from '../../core/ports/clock.ts';

/** Slack takes a status away by itself after two minutes, or when the bot says something there. */
const REPEAT_MS = 60_000;
/** An answer usually follows at once and takes the status away without a call. */
const CLEAR_AFTER_MS = 2_000;
const REMEMBERED = 1_000;

export interface ThreadStatus {
  /**
   * Shows the status unless it shows already. Where something was said before Slack had taken it, it would stand on
   * below that: then it is cleared. Both resolve with whether Slack took it; neither may reject.
   */
  begin(place: string, show: () => Promise<boolean>, clear: () => Promise<boolean>): Promise<void>;
  /** Takes it away soon, unless something was said meanwhile. `clear` must not reject. */
  end(place: string, clear: () => Promise<boolean>): void;
  /** Something was said there. */
  said(place: string): void;
  stop(): void;
}

export function createThreadStatus(clock: Clock): ThreadStatus {
  const shownAtMs = createLatestMap<string, number>(REMEMBERED);
  const clearing = new Map<string, Timer>();

  function forget(place: string): void {
    shownAtMs.delete(place);
    clearing.get(place)?.cancel();
    clearing.delete(place);
  }

  return {
    async begin(place, show, clear) {
      const nowMs = clock.monotonicMs();
      const since = shownAtMs.get(place);
      clearing.get(place)?.cancel();
      clearing.delete(place);
      if (since !== undefined && nowMs - since < REPEAT_MS) return;
      const oldest = shownAtMs.set(place, nowMs);
      if (oldest !== undefined) forget(oldest);
      if (!(await show())) forget(place);
      else if (!shownAtMs.has(place)) await clear();
    },
    end(place, clear) {
      if (!shownAtMs.has(place) || clearing.has(place)) return;
      const timer = clock.after(CLEAR_AFTER_MS, () => {
        forget(place);
        void clear();
      });
      clearing.set(place, timer);
    },
    said: forget,
    stop() {
      for (const place of shownAtMs.keys()) forget(place);
    },
  };
}
