import type { Delivery } from './event-feed.ts';

export interface Repeater {
  /** Delivers once more after the wait that is due, or gives up: interactions at once, events after the last wait. */
  repeat(delivery: Delivery, reason: string): void;
  /** What Slack gave up on. */
  readonly dropped: readonly Delivery[];
  close(): void;
}

/** `delaysMs`: the waits before the first, second … repetition. */
export function createRepeater(delaysMs: readonly number[], deliver: (delivery: Delivery) => void): Repeater {
  const dropped: Delivery[] = [];
  const timers = new Set<NodeJS.Timeout>();
  let isClosed = false;

  return {
    repeat(delivery, reason) {
      if (isClosed) return;
      const delayMs = delaysMs[delivery.attempt];
      if (!delivery.isRepeated || delayMs === undefined) {
        if (delivery.isRepeated) dropped.push(delivery);
        delivery.settle({ isAcknowledged: false });
        return;
      }
      const next = { ...delivery, attempt: delivery.attempt + 1, retryReason: reason };
      const timer = setTimeout(() => {
        timers.delete(timer);
        deliver(next);
      }, delayMs);
      timers.add(timer);
    },
    get dropped() {
      return [...dropped];
    },
    close() {
      isClosed = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
