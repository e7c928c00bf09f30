import { createLatestMap } from '../../core/domain/latest-map.ts';
import type { Clock } from '../../core/ports/clock.ts';

/** Discord shows "typing" for ten seconds, or until a message comes. */
const REPEAT_MS = 8_000;
const REMEMBERED = 1_000;

/** When "typing" has to be shown again. */
export interface Typing {
  /** True where it does not show at present; then it counts as shown from now on. */
  isDue(channelId: string): boolean;
  /** Something was said there, which ends it. */
  said(channelId: string): void;
}

export function createTyping(clock: Clock): Typing {
  const shownAtMs = createLatestMap<string, number>(REMEMBERED);
  return {
    isDue(channelId) {
      const nowMs = clock.monotonicMs();
      const since = shownAtMs.get(channelId);
      if (since !== undefined && nowMs - since < REPEAT_MS) return false;
      shownAtMs.set(channelId, nowMs);
      return true;
    },
    said: (channelId) => shownAtMs.delete(channelId),
  };
}
