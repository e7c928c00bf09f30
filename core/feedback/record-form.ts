import type { FormSubmitted } from '../domain/inbound-event.ts';
import { CORRECTION_FORM, REASON_FORM } from '../domain/outbound-message.ts';
import type { Receipt } from '../domain/receipt.ts';
import type { Signal } from '../domain/signal.ts';
import { isReasonName } from './feedback-forms.ts';
import type { SignalRecorderDeps } from './record-signal.ts';
import { restartQuietTime } from './settlement.ts';

/** The rule that goes into the ledger beside each row. */
export const formRule = 'feedback-form@1';

/**
 * Writes one ledger row for a form about one of our answers. A reason says nothing more about quality than the vote it
 * explains and counts 0; a correction says that the answer was wrong. `refused`: no such answer, or a form that holds
 * nothing. Rejects as `recordSignal` does.
 */
export async function recordForm(event: FormSubmitted, deps: SignalRecorderDeps): Promise<Receipt> {
  if (await deps.ledger.has(event.eventId)) return 'duplicate';
  const { target } = event;
  const meaning = meaningOf(event);
  if (meaning === undefined || target === undefined) return 'refused';
  const turn = await deps.turns.byReply(target);
  if (turn === undefined || turn.conversation.spaceId !== event.spaceId) return 'refused';
  const now = deps.clock.now();
  // Before the row, for the reason that `recordSignal` gives.
  await restartQuietTime(turn.turnId, now, deps.quietTimes, deps.ledger);
  return deps.ledger.append({
    eventId: event.eventId,
    platform: event.platform,
    spaceId: event.spaceId,
    target: { kind: 'message', ref: target },
    actorId: event.actor.personId,
    actorIsBot: event.actor.isBot,
    change: 'given',
    authority: 'explicit',
    weight: 1,
    rule: formRule,
    occurredAt: event.occurredAt,
    recordedAt: now,
    ...meaning,
  });
}

type Meaning = Pick<Signal, 'kind' | 'slot' | 'name' | 'text' | 'polarity'>;

function meaningOf({ formId, values }: FormSubmitted): Meaning | undefined {
  const words = values['words']?.trim() ?? '';
  const text = words === '' ? {} : { text: words };
  const reason = values['reason'];
  if (formId === REASON_FORM && isReasonName(reason)) {
    return { kind: 'reason', slot: 'reason', name: reason, polarity: 0, ...text };
  }
  if (formId === CORRECTION_FORM && words !== '') {
    return { kind: 'correction', slot: 'correction', name: 'wrong', polarity: -1, ...text };
  }
  return undefined;
}
