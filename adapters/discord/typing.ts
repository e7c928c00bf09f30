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
  const shownAtMs = new Map<string, number>();
  return {
    isDue(channelId) {
      const nowMs = clock.monotonicMs();
      const since = shownAtMs.get(channelId);
      if (since !== undefined && nowMs - since < REPEAT_MS) return false;
      shownAtMs.delete(channelId);
      shownAtMs.set(channelId, nowMs);
      const oldest = shownAtMs.size > REMEMBERED ? shownAtMs.keys().next().value : undefined;
      if (oldest !== undefined) shownAtMs.delete(oldest);
      return true;
    },
    said: (channelId) => void shownAtMs.delete(channelId),
  };
}
