import type { TurnId } from '../domain/ids.ts';
import { retryActions } from './answer-actions.ts';
import type { DeliveryDeps, DeliveryPlace } from './delivery-deps.ts';
import { deliveryUnknownNotice } from './notices.ts';

/**
 * One short message that offers Retry, after a send whose fate cannot be told. It is indexed to the turn like a part of
 * the answer, so that its button and reactions find it. Best effort: if it fails too, the turn's state says enough.
 */
export async function tellDeliveryUnknown(
  turnId: TurnId,
  place: DeliveryPlace,
  deps: Pick<DeliveryDeps, 'turns' | 'markdown' | 'clock' | 'logger'>,
): Promise<void> {
  const sends = await deps.turns.sends(turnId);
  const index = sends.reduce((highest, send) => Math.max(highest, send.index), -1) + 1;
  const sendKey = `${turnId}.notice.${index}`;
  const body = deps.markdown.parse(deliveryUnknownNotice);
  await deps.turns.intend(turnId, index, sendKey, body, deps.clock.now());
  try {
    const actions = place.channel.capabilities.canShowActions ? { actions: retryActions() } : {};
    const ref = await place.channel.send(place.conversation, { body, sendKey, ...actions });
    await deps.turns.sent(turnId, index, ref, deps.clock.now());
  } catch (error) {
    deps.logger.warn('notice_failed', { turnId, error });
    await deps.turns.sendFailed(turnId, index);
  }
}
