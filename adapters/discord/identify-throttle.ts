import type { Clock } from '../../core/ports/clock.ts';

/** As the SDK wants it. Rejects when the signal fires. */
export interface IdentifyTurns {
  waitForIdentify(shardId: number, signal: AbortSignal): Promise<void>;
}

export interface IdentifyThrottle {
  /** `maxConcurrency` is what Discord answered with the gateway's address. */
  withConcurrency(maxConcurrency: number): IdentifyTurns;
}

const MAX_BACKOFF_MS = 5 * 60_000;
const HEALTHY_AFTER_MS = 10 * 60_000;

interface Attempts {
  count: number;
  lastMs: number;
}

/**
 * Spaces the openings of new sessions: one per `intervalMs` in each of Discord's lanes, and for one shard that needs them
 * again and again 5, 10, 20 … 300 s. Discord takes the bot's token away after 1,000 of them in a day:
 * https://discord.com/developers/docs/events/gateway#session-start-limit-object
 */
export function createIdentifyThrottle(clock: Clock, intervalMs: number): IdentifyThrottle {
  const attempts = new Map<number, Attempts>();
  const tails = new Map<number, Promise<unknown>>();
  const freeAtMs = new Map<number, number>();

  function backoffMs(shardId: number): number {
    const before = attempts.get(shardId);
    if (before === undefined) return 0;
    const sinceMs = clock.monotonicMs() - before.lastMs;
    if (sinceMs >= HEALTHY_AFTER_MS) {
      attempts.delete(shardId);
      return 0;
    }
    const dueMs = Math.min(MAX_BACKOFF_MS, intervalMs * 2 ** Math.min(before.count - 1, 16));
    return Math.max(0, dueMs - sinceMs);
  }

  async function pass(lane: number, shardId: number, signal: AbortSignal): Promise<void> {
    const waitMs = (freeAtMs.get(lane) ?? 0) - clock.monotonicMs();
    if (waitMs > 0) await clock.sleep(waitMs, signal);
    signal.throwIfAborted();
    const nowMs = clock.monotonicMs();
    freeAtMs.set(lane, nowMs + intervalMs);
    attempts.set(shardId, { count: (attempts.get(shardId)?.count ?? 0) + 1, lastMs: nowMs });
  }

  return {
    withConcurrency: (maxConcurrency) => ({
      async waitForIdentify(shardId, signal) {
        const ownMs = backoffMs(shardId);
        if (ownMs > 0) await clock.sleep(ownMs, signal);
        const lane = shardId % Math.max(1, maxConcurrency);
        const turn = Promise.allSettled([tails.get(lane)]).then(() => pass(lane, shardId, signal));
        tails.set(lane, turn);
        await turn;
      },
    }),
  };
}
