import type { SpaceId } from '../domain/ids.ts';
import { DAY_MS } from '../domain/wall-clock.ts';
import type { Clock } from '../ports/clock.ts';

/** What people do. `message`: also presses and reactions; closes every window for a while. `presence`: only shows that somebody is there. */
export type SeenKind = 'message' | 'presence';

/** When people were last seen, by the clock that never jumps. */
export interface LastSeen {
  seen(spaceId: SpaceId, kind: SeenKind): void;
  /** `monotonicMs` of the last message of a space, or of all; minus infinity where there was none since the start. */
  messageMs(spaceId?: SpaceId): number;
  /** `monotonicMs` of anything. */
  presenceMs(spaceId: SpaceId): number | undefined;
}

/** Of whom nothing was seen for so long, nothing is kept. */
const keptMs = 2 * DAY_MS;
const sweepEveryMs = DAY_MS;

export function createLastSeen(clock: Pick<Clock, 'monotonicMs'>): LastSeen {
  const presence = new Map<SpaceId, number>();
  const message = new Map<SpaceId, number>();
  let lastMessageMs = Number.NEGATIVE_INFINITY;
  let sweptMs = clock.monotonicMs();

  function sweep(nowMs: number): void {
    if (nowMs - sweptMs < sweepEveryMs) return;
    sweptMs = nowMs;
    for (const seen of [presence, message]) {
      for (const [spaceId, atMs] of seen) if (nowMs - atMs > keptMs) seen.delete(spaceId);
    }
  }

  return {
    seen(spaceId, kind) {
      const nowMs = clock.monotonicMs();
      sweep(nowMs);
      presence.set(spaceId, nowMs);
      if (kind === 'presence') return;
      message.set(spaceId, nowMs);
      lastMessageMs = nowMs;
    },
    messageMs: (spaceId) =>
      spaceId === undefined ? lastMessageMs : (message.get(spaceId) ?? Number.NEGATIVE_INFINITY),
    presenceMs: (spaceId) => presence.get(spaceId),
  };
}
