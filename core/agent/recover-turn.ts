import type { Document } from '../domain/document.ts';
import type { OutboundMessage } from '../domain/outbound-message.ts';
import { plainText } from '../domain/plain-text.ts';
import type { Turn } from '../domain/turn.ts';
import { retryActions } from './answer-actions.ts';
import { concludeDelivery } from './conclude-delivery.ts';
import { deliverStored } from './deliver-stored.ts';
import type { DeliveryDeps, DeliveryPlace } from './delivery-deps.ts';
import { mayResend } from './may-resend.ts';
import { createMessageWriter, type MessageWriter, type WriteResult } from './message-writer.ts';
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
  const { turnId } = turn;
  const sends = await deps.turns.sends(turnId);
  if (sends.length === 0) {
    await deps.turns.discard(turnId);
    return { kind: 'withdrawn' };
  }
  const notice = deps.markdown.parse(interruptedNotice);
  const shown = sends.filter(({ state }) => state !== 'failed');
  const texts = shown.map(({ body }) => plainText(withoutNotice(body, notice)));
  const wanted = {
    state: 'interrupted',
    endedAt: deps.clock.now(),
    replyText: texts.filter((text) => text !== '').join('\n\n'),
  } as const;
  const unresolved = shown.find(({ state }) => state === 'intended');
  const now = deps.clock.now();
  if (unresolved !== undefined && !mayResend(place.channel.capabilities, unresolved.intendedAt, now)) {
    return concludeDelivery({ kind: 'unknown' }, { ...wanted, replyText: '' }, turnId, place, deps);
  }
  const writerDeps = { ...deps, channel: place.channel };
  const writer = createMessageWriter(turnId, place.conversation, writerDeps, sends);
  const again =
    unresolved &&
    (await writer.send(unresolved.index, { body: unresolved.body, sendKey: unresolved.sendKey }, false));
  const written =
    again === undefined || again.kind === 'ok' ? await markCutOff(turn, notice, writer, place, deps) : again;
  if (written.kind === 'later' || written.kind === 'unknown')
    return concludeDelivery(written, wanted, turnId, place, deps);
  if (written.kind === 'failed') {
    deps.logger.warn('cut_off_notice_failed', { turnId, error: written.error });
  }
  return concludeDelivery({ kind: 'delivered' }, wanted, turnId, place, deps);
}

/** What a message said before it was marked as cut off; itself where it was not. */
function withoutNotice(body: Document, notice: Document): Document {
  const end = body.blocks.length - notice.blocks.length;
  const isMarked = JSON.stringify(body.blocks.slice(Math.max(0, end))) === JSON.stringify(notice.blocks);
  return isMarked ? { blocks: body.blocks.slice(0, end) } : body;
}

/**
 * Below what shows of the answer, or as a message of its own where messages cannot be edited. Marks once, also when
 * an earlier recovery was cut off in turn.
 */
async function markCutOff(
  turn: Turn,
  notice: Document,
  writer: MessageWriter,
  { channel }: DeliveryPlace,
  deps: DeliveryDeps,
): Promise<WriteResult> {
  const actions = channel.capabilities.canShowActions ? { actions: retryActions() } : {};
  const sends = await deps.turns.sends(turn.turnId);
  const last = sends.filter((send) => send.state === 'sent' && send.ref !== undefined).at(-1);
  if (last?.ref !== undefined) {
    const shown = { ref: last.ref, print: '', gone: false };
    const body = withoutNotice(last.body, notice);
    if (body !== last.body) return { kind: 'ok', shown };
    const joined = { blocks: [...body.blocks, ...notice.blocks] };
    const fits = channel.measure(joined) <= channel.capabilities.maxTextChars;
    if (channel.capabilities.canEdit && fits) {
      const message = { body: joined, sendKey: last.sendKey, ...actions };
      const edited = await writer.edit(last.index, shown, message, false);
      // What cannot be edited any more, as in a thread that was archived meanwhile, is said by a message of its own.
      if (edited.kind === 'ok' || edited.kind === 'unknown' || edited.error.retryable) return edited;
    }
  }
  const index = (sends.at(-1)?.index ?? -1) + 1;
  const message: OutboundMessage = {
    body: notice,
    sendKey: `${turn.turnId}.notice.${index}`,
    ...actions,
  };
  return writer.send(index, message, false);
}
