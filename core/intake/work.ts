import type { TurnId } from '../domain/ids.ts';
import type { ActionInvoked, CommandInvoked, MessageReceived } from '../domain/inbound-event.ts';
import type { InboxEvent } from '../ports/inbox-store.ts';

/** What a lane runs, one after the other. */
export type Work =
  | { readonly kind: 'message'; readonly event: MessageReceived }
  | { readonly kind: 'command'; readonly event: CommandInvoked }
  | { readonly kind: 'action'; readonly event: ActionInvoked }
  /** A message that cut the process off again and again: it is not tried once more. */
  | { readonly kind: 'give_up'; readonly event: InboxEvent }
  /** What a killed process left of a turn. */
  | { readonly kind: 'recover'; readonly turnId: TurnId; readonly attempt: number }
  /** A stored answer whose platform could not be reached. */
  | { readonly kind: 'deliver'; readonly turnId: TurnId; readonly attempt: number };

/** Work whose event stands in the inbox. */
export type EventWork = Extract<Work, { readonly event: unknown }>;

export function isEventWork(work: Work): work is EventWork {
  return (
    work.kind === 'message' || work.kind === 'command' || work.kind === 'action' || work.kind === 'give_up'
  );
}
