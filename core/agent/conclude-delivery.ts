import type { TurnId } from '../domain/ids.ts';
import type { TurnEnd } from '../ports/turn-store.ts';
import type { DeliveryDeps, DeliveryPlace } from './delivery-deps.ts';
import type { Delivery } from './reply-stream.ts';
import { tellDeliveryUnknown } from './tell-delivery-unknown.ts';
import type { TurnOutcome } from './turn-outcome.ts';

/** Stores the end that a delivery came to, and says so where an answer's fate is unknown. */
export async function concludeDelivery(
  delivery: Delivery,
  wanted: TurnEnd,
  turnId: TurnId,
  place: DeliveryPlace,
  deps: DeliveryDeps,
): Promise<TurnOutcome> {
  async function end(last: TurnEnd): Promise<TurnOutcome> {
    const { dueAt, judgeAt } = deps.quietUntil();
    // Only what arrived whole may become anything, so nothing else is worth a judge's look.
    const judged = last.state === 'done' && judgeAt !== undefined ? { judgeAt } : {};
    await deps.turns.end(turnId, { ...last, dueAt, ...judged });
    deps.metrics.count('turns_total', last.state);
    return { kind: 'ended', turnId, state: last.state };
  }

  switch (delivery.kind) {
    case 'delivered':
      return end(wanted);
    case 'later':
      deps.logger.warn('delivery_postponed', { turnId, error: delivery.error });
      return { kind: 'later', turnId };
    case 'unknown':
      await tellDeliveryUnknown(turnId, place, deps);
      return end({ ...wanted, state: 'delivery_unknown' });
    case 'failed':
      deps.logger.error('delivery_failed', { turnId, error: delivery.error });
      return end({ ...wanted, state: 'failed', errorCode: delivery.error.code });
  }
}
