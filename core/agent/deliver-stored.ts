import type { Turn } from '../domain/turn.ts';
import { answerActions } from './answer-actions.ts';
import { concludeDelivery } from './conclude-delivery.ts';
import type { DeliveryDeps, DeliveryPlace } from './delivery-deps.ts';
import { mayResend } from './may-resend.ts';
import { createReplyStream, replyTarget } from './reply-stream.ts';
import { notesOf } from './turn-ending.ts';
import type { TurnOutcome } from './turn-outcome.ts';

/**
 * Shows an answer whose whole text is stored, going on from what is already sent; the model is not called. A send that
 * may have arrived is repeated only where its key is still known; elsewhere the turn ends `delivery_unknown`.
 */
export async function deliverStored(
  turn: Turn,
  place: DeliveryPlace,
  deps: DeliveryDeps,
): Promise<TurnOutcome> {
  const { turnId } = turn;
  const wanted = { state: 'done', endedAt: deps.clock.now() } as const;
  const sends = await deps.turns.sends(turnId);
  const isLost = sends.some(
    ({ state, intendedAt }) =>
      state === 'intended' && !mayResend(place.channel.capabilities, intendedAt, deps.clock.now()),
  );
  if (isLost) {
    return concludeDelivery({ kind: 'unknown' }, wanted, turnId, place, deps);
  }
  const reply = createReplyStream(
    { ...deps, channel: place.channel },
    {
      turnId,
      target: place.conversation,
      ...replyTarget(turn.requestRefs, place.conversation),
      sends,
      beforeFirstSend: async () => {},
    },
  );
  reply.push(turn.replyText);
  const delivery = await reply.finish({
    actions: answerActions(place.channel.capabilities),
    notes: notesOf(turn.policy, turn.skills),
  });
  return concludeDelivery(delivery, wanted, turnId, place, deps);
}
