import type { ConversationAddress } from '../domain/conversation.ts';
import type { ChannelPort } from '../ports/channel.ts';
import type { Clock } from '../ports/clock.ts';
import type { DueTimes } from '../ports/ledger-store.ts';
import type { Logger } from '../ports/logger.ts';
import type { MarkdownPort } from '../ports/markdown.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { TurnStore } from '../ports/turn-store.ts';

export interface DeliveryPlace {
  readonly channel: ChannelPort;
  readonly conversation: ConversationAddress;
}

export interface DeliveryDeps {
  readonly turns: TurnStore;
  readonly markdown: MarkdownPort;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Fires when running answers are cut off because the process goes down. */
  readonly goingDown: AbortSignal;
  /** The quiet times of a turn that ends now, and when a judge may look at it; absent where there is no judge. */
  quietUntil(): { readonly dueAt: DueTimes; readonly judgeAt?: number };
}
