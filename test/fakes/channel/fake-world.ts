import type { ConversationAddress } from '../../../core/domain/conversation.ts';
import type { PersonId } from '../../../core/domain/ids.ts';
import type { InboundEvent } from '../../../core/domain/inbound-event.ts';
import type { MessageRef } from '../../../core/domain/message-ref.ts';
import type { Receipt } from '../../../core/domain/receipt.ts';

export interface Delivered<Event extends InboundEvent = InboundEvent> {
  readonly event: Event;
  /** `thrown` when the sink broke its contract. */
  readonly receipt: Receipt | 'thrown';
}

/** What the other side knows of a running channel. */
export interface FakeWorld {
  readonly platform: string;
  nextId(prefix: string): string;
  nextNumber(): number;
  now(): number;
  emit<Event extends InboundEvent>(event: Event): Promise<Delivered<Event>>;
  /** `isWritten`: a message opens it. */
  openInteraction(target: ConversationAddress, privateTo: PersonId, isWritten?: boolean): string;
  /** `Action.about` of a button that stands on a message now. */
  aboutOf(target: MessageRef, actionId: string): MessageRef | undefined;
}
