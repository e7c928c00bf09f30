import { toAppError } from '../domain/app-error.ts';
import type { OutboundMessage } from '../domain/outbound-message.ts';
import { plainText } from '../domain/plain-text.ts';
import type { SendIntent, Turn } from '../domain/turn.ts';
import { retryActions } from './answer-actions.ts';
import { concludeDelivery } from './conclude-delivery.ts';
import { deliverStored } from './deliver-stored.ts';
import type { DeliveryDeps, DeliveryPlace } from './delivery-deps.ts';
import { interruptedNotice } from './notices.ts';
import type { TurnOutcome } from './turn-outcome.ts';

/**
 * Finishes what a killed process left of a turn. Text that is stored is delivered without the model. Half an answer
 * that shows is marked as cut off, with Retry. Of an answer that never showed nothing stays, and its events are
 * answered as if for the first time: then the result is `withdrawn`.
 */
export async function recoverTurn(
  turn: Turn,
  place: DeliveryPlace,
  deps: DeliveryDeps,
): Promise<TurnOutcome> {
  if (turn.state === 'answered') return deliverStored(turn, place, deps);
  const sends = await deps.turns.sends(turn.turnId);
  const alive = sends.filter((send) => send.state !== 'failed');
  if (alive.length === 0 && sends.length === 0) {
    await deps.turns.discard(turn.turnId);
    return { kind: 'withdrawn' };
  }
  const endedAt = deps.clock.now();
  const replyText = alive.map((send) => plainText(send.body)).join('\n\n');
  const unresolved = alive.find((send) => send.state === 'intended');
  if (unresolved !== undefined && !place.channel.capabilities.hasSendKeys) {
    const wanted = { state: 'delivery_unknown', endedAt, replyText: '' } as const;
    return concludeDelivery({ kind: 'unknown' }, wanted, turn.turnId, place, deps);
  }
  try {
    if (unresolved !== undefined) await resend(unresolved, place, deps);
    await markCutOff(turn, place, deps);
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code.startsWith('storage_')) throw error;
    if (error.retryable) return { kind: 'later', turnId: turn.turnId };
    deps.logger.warn('cut_off_notice_failed', { turnId: turn.turnId, error });
  }
  return concludeDelivery(
    { kind: 'delivered' },
    { state: 'interrupted', endedAt, replyText },
    turn.turnId,
    place,
    deps,
  );
}

async function resend(send: SendIntent, place: DeliveryPlace, deps: DeliveryDeps): Promise<void> {
  const ref = await place.channel.send(place.conversation, { body: send.body, sendKey: send.sendKey });
  await deps.turns.sent(send.turnId, send.index, ref, deps.clock.now());
}

/** Below what shows of the answer, or as a message of its own where messages cannot be edited. */
async function markCutOff(turn: Turn, place: DeliveryPlace, deps: DeliveryDeps): Promise<void> {
  const { channel, conversation } = place;
  const notice = deps.markdown.parse(interruptedNotice);
  const actions = channel.capabilities.canShowActions ? { actions: retryActions() } : {};
  const sends = await deps.turns.sends(turn.turnId);
  const last = sends.filter((send) => send.state === 'sent' && send.ref !== undefined).at(-1);
  const joined = { blocks: [...(last?.body.blocks ?? []), ...notice.blocks] };
  const fits = channel.measure(joined) <= channel.capabilities.maxTextChars;
  if (last?.ref !== undefined && channel.capabilities.canEdit && fits) {
    await channel.edit(last.ref, { body: joined, sendKey: last.sendKey, ...actions });
    await deps.turns.shown(turn.turnId, last.index, joined);
    return;
  }
  const index = (sends.at(-1)?.index ?? -1) + 1;
  const message: OutboundMessage = { body: notice, sendKey: `${turn.turnId}.notice.${index}`, ...actions };
  await deps.turns.intend(turn.turnId, index, message.sendKey, notice);
  const ref = await channel.send(conversation, message);
  await deps.turns.sent(turn.turnId, index, ref, deps.clock.now());
}
