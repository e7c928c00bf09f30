import { RETRY } from '../agent/answer-actions.ts';
import type { DeliveryPlace } from '../agent/delivery-deps.ts';
import { onlyAskerMayRetry } from '../agent/notices.ts';
import type { TurnJob } from '../agent/run-turn.ts';
import type { ActionInvoked } from '../domain/inbound-event.ts';
import { sameMessage } from '../domain/message-ref.ts';
import type { Turn } from '../domain/turn.ts';
import type { CachePort } from '../ports/cache.ts';
import type { ChannelPort } from '../ports/channel.ts';
import type { Clock } from '../ports/clock.ts';
import type { InboxStore } from '../ports/inbox-store.ts';
import type { Logger } from '../ports/logger.ts';
import type { TurnStore } from '../ports/turn-store.ts';
import type { Notifier } from './notifier.ts';
import { promptAuthors } from './prompt-authors.ts';
import type { Sessions } from './sessions.ts';
import { wordsBefore } from './words-before.ts';

export interface RetryDeps {
  readonly turns: TurnStore;
  readonly inbox: InboxStore;
  readonly sessions: Sessions;
  readonly notifier: Notifier;
  readonly cache: CachePort;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly channelOf: (platform: string) => ChannelPort | undefined;
  readonly historyTurns: number;
  /** Person ids that may do for others what is theirs. */
  readonly maintainers: readonly string[];
}

export type RetryPlan =
  | { readonly kind: 'nothing' }
  /** The whole text is stored: it only has to be shown. */
  | { readonly kind: 'deliver'; readonly turn: Turn; readonly place: DeliveryPlace }
  /** The model is asked again, as a turn of its own. */
  | { readonly kind: 'run'; readonly job: TurnJob };

const retriedMemoryMs = 30 * 24 * 60 * 60 * 1000;
const nothing: RetryPlan = { kind: 'nothing' };

/** What pressing Retry means for the message it stands under. Answers the press itself. */
export async function prepareRetry(event: ActionInvoked, deps: RetryDeps): Promise<RetryPlan> {
  const channel = deps.channelOf(event.platform);
  const turn = event.actionId === RETRY ? await deps.turns.byReply(event.target) : undefined;
  if (channel === undefined || turn === undefined) {
    return refuse(event, 'I no longer know what this button belongs to.', deps);
  }
  const { personId, role } = event.actor;
  if (turn.askerId !== personId && role === undefined && !deps.maintainers.includes(personId)) {
    return refuse(event, onlyAskerMayRetry(turn.askerName), deps);
  }
  const retryable =
    turn.state === 'failed' || turn.state === 'interrupted' || turn.state === 'delivery_unknown';
  if (!retryable || (await wasAskedAgain(turn, event, deps))) {
    return refuse(event, 'This answer has been retried already.', deps);
  }
  await acknowledge(event, channel, deps);
  if (hasStoredText(turn)) {
    const place: DeliveryPlace = { channel, conversation: turn.conversation };
    await clearUnknown(turn, channel, deps);
    // From here on a crash finds an answered turn and delivers it, so the press has done its work.
    await deps.turns.answer(turn.turnId, turn.replyText, turn.usage);
    await deps.inbox.finish([event.eventId]);
    return { kind: 'deliver', turn, place };
  }
  await takeButtonAway(turn, event, channel, deps);
  return { kind: 'run', job: await retryJob(turn, event, channel, deps) };
}

const hasStoredText = (turn: Turn): boolean => turn.state === 'delivery_unknown' && turn.replyText !== '';

/**
 * Whether another press had the model asked again for this turn; this one is remembered as that press otherwise. The
 * same press again, after a restart in the middle of it, is not a second one. Stored text may be sent as often as its
 * fate stays unknown: the turn's state tells whether it is.
 */
async function wasAskedAgain(turn: Turn, event: ActionInvoked, deps: RetryDeps): Promise<boolean> {
  const memory = `retried:${turn.turnId}`;
  const before = await deps.cache.get(memory);
  if (before !== undefined) return before !== event.eventId;
  if (!hasStoredText(turn)) await deps.cache.set(memory, event.eventId, retriedMemoryMs);
  return false;
}

async function refuse(event: ActionInvoked, why: string, deps: RetryDeps): Promise<RetryPlan> {
  await deps.notifier.reply(event.conversation, event.interaction, why, event.actor.personId);
  await deps.inbox.finish([event.eventId]);
  return nothing;
}

async function acknowledge(event: ActionInvoked, channel: ChannelPort, deps: RetryDeps): Promise<void> {
  try {
    await channel.respond(event.interaction, { kind: 'defer', private: true });
  } catch (error) {
    deps.logger.debug('press_not_acknowledged', { error });
  }
}

/** The unresolved send and what came after it (our notice) go, so that the rest follows in order. */
async function clearUnknown(turn: Turn, channel: ChannelPort, deps: RetryDeps): Promise<void> {
  const sends = await deps.turns.sends(turn.turnId);
  const firstUnknown = sends.find((send) => send.state !== 'sent')?.index ?? sends.length;
  for (const send of sends.filter(({ index }) => index >= firstUnknown)) {
    if (send.ref !== undefined && channel.capabilities.canRemove)
      await channel.remove(send.ref).catch(() => {});
    await deps.turns.unsent(turn.turnId, send.index);
  }
}

async function takeButtonAway(
  turn: Turn,
  event: ActionInvoked,
  channel: ChannelPort,
  deps: RetryDeps,
): Promise<void> {
  const sends = await deps.turns.sends(turn.turnId);
  const send = sends.find(({ ref }) => ref !== undefined && sameMessage(ref, event.target));
  if (send?.ref === undefined || !channel.capabilities.canEdit) return;
  await channel.edit(send.ref, { body: send.body, sendKey: send.sendKey }).catch((error: unknown) => {
    deps.logger.debug('button_not_removed', { error });
  });
}

async function retryJob(
  turn: Turn,
  event: ActionInvoked,
  channel: ChannelPort,
  deps: RetryDeps,
): Promise<TurnJob> {
  const session = await deps.sessions.enter(turn.conversationKey);
  const [request] = turn.requestRefs;
  const [history, before] = await Promise.all([
    deps.sessions.history(session, deps.historyTurns),
    request === undefined ? [] : wordsBefore(turn.conversation, request, false, channel, deps),
  ]);
  const earlier = history.filter(({ turnId }) => turnId !== turn.turnId);
  const authors = await promptAuthors(
    {
      platform: turn.conversation.platform,
      askerId: turn.askerId,
      events: [],
      history: earlier,
      threadBefore: before,
      quotedAuthors: [],
    },
    deps.turns,
  );
  return {
    channel,
    conversation: turn.conversation,
    conversationKey: turn.conversationKey,
    sessionId: session.sessionId,
    askerId: turn.askerId,
    askerName: turn.askerName,
    eventIds: [event.eventId],
    requestRefs: turn.requestRefs,
    requestText: turn.editedRequestText ?? turn.requestText,
    quotes: [],
    threadBefore: before,
    promptAuthors: authors,
    history: earlier,
    retryOf: turn.turnId,
  };
}
