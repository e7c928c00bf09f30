import type { Clock } from '../../core/ports/clock.ts';

/** Whether another native stream may begin now. */
export interface StreamBudget {
  /** False: it would have to wait for others. */
  take(): boolean;
}

/** As the limiter lets the twenty a minute pass that Slack grants (`chat.startStream`, `chat.stopStream`). */
const AT_ONCE = 4;
const ONE_MORE_EVERY_MS = 3_750;

/**
 * Slack begins and ends some twenty streams a minute in a workspace. An answer that waits for one stands still,
 * while Slack takes many more messages that are posted and edited: whoever finds no stream free posts.
 */
export function createStreamBudget(clock: Clock): StreamBudget {
  let free = AT_ONCE;
  let countedMs = clock.monotonicMs();
  return {
    take() {
      const more = Math.floor((clock.monotonicMs() - countedMs) / ONE_MORE_EVERY_MS);
      countedMs += more * ONE_MORE_EVERY_MS;
      free = Math.min(AT_ONCE, free + more);
      if (free === 0) return false;
      free -= 1;
      return true;
    },
  };
}
