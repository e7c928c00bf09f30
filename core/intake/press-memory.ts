import type { ActionInvoked } from '../domain/inbound-event.ts';
import type { CachePort } from '../ports/cache.ts';

/** Longer than any platform delivers the same event again. */
const memoryMs = 8 * 24 * 60 * 60 * 1000;

/**
 * Which presses were taken whose work does not go through the inbox. In mind over restarts: a platform that delivers a
 * press again must not have its work done twice.
 */
export interface PressMemory {
  /** True for the first of all calls with the same event, also of those at once. Rejects as the cache does. */
  isFirst(event: Pick<ActionInvoked, 'eventId'>): Promise<boolean>;
}

export function createPressMemory(cache: CachePort): PressMemory {
  /** Their writing down is under way. */
  const arriving = new Set<string>();
  return {
    async isFirst({ eventId }) {
      if (arriving.has(eventId)) return false;
      arriving.add(eventId);
      try {
        const key = `pressed:${eventId}`;
        if ((await cache.get(key)) !== undefined) return false;
        await cache.set(key, true, memoryMs);
        return true;
      } finally {
        arriving.delete(eventId);
      }
    },
  };
}
