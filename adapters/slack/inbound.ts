import type { InboundEvent } from '../../core/domain/inbound-event.ts';
import { CORRECTION_FORM } from '../../core/domain/outbound-message.ts';
import type { ThreadMessage } from '../../core/ports/channel.ts';
import {
  admissionOf,
  conversationOf,
  ignored,
  type MappingContext,
  type NameOf,
  occurredAt,
  personOf,
  refOf,
  type SlackFacts,
  type SlackInbound,
  slackId,
  slug,
  spaceOf,
  textNames,
  unreadable,
} from './inbound-facts.ts';
import {
  mapBlockActions,
  mapMessageAction,
  mapSlashCommand,
  mapViewClosed,
  mapViewSubmission,
} from './interaction-events.ts';
import { encodeHandle } from './interaction-handle.ts';
import { accountOf, isOwn, isWritten, mapMention, mapMessage } from './message-events.ts';
import { PLATFORM } from './options.ts';
import { reactionName } from './reactions.ts';
import { decodeText, mentionedUsers } from './slack-text.ts';
import {
  bodyTypeOf,
  readEnvelope,
  readHomeOpened,
  readRateLimited,
  readReaction,
  readSessionStopped,
  readThreadMessage,
  readTokensRevoked,
  readWhoAndWords,
} from './wire.ts';

/** Maps what one kind of event or payload holds. Total. */
export type Mapper = (payload: unknown, context: MappingContext) => SlackInbound;

function mapReaction(type: 'reaction_added' | 'reaction_removed'): Mapper {
  return (payload, context) => {
    const reading = readReaction(payload);
    if (!reading.ok) return unreadable(type, reading.problem);
    const { user, reaction, item, item_user: author, event_ts: eventTs } = reading.value;
    const { facts } = context;
    if (!('ts' in item)) return ignored('reaction_to_no_message');
    if (user === facts.botUserId) return ignored('own_reaction');
    if (typeof author === 'string' && author !== facts.botUserId) return ignored('reaction_to_others');
    const name = reactionName(reaction);
    if (name === undefined) return unreadable(type, 'reaction');
    const account = { userId: user };
    // A second reaction with one emoji is another event: either its time or Slack's own id must tell them apart.
    if (typeof eventTs !== 'string' && context.slackEventId === undefined)
      return unreadable(type, 'event_ts');
    const told = context.slackEventId ?? [user, item.channel, item.ts, reaction].join('.');
    const event: InboundEvent = {
      type: type === 'reaction_added' ? 'signal_given' : 'signal_withdrawn',
      eventId: slackId('r', eventTs ?? '', told),
      platform: PLATFORM,
      spaceId: spaceOf(facts),
      occurredAt: occurredAt(context, eventTs),
      admission: admissionOf(account, context),
      actor: personOf(account, context),
      target: refOf(item.channel, item.ts),
      mark: { kind: 'reaction', name },
    };
    return { events: [event] };
  };
}

function mapHomeOpened(payload: unknown, context: MappingContext): SlackInbound {
  const reading = readHomeOpened(payload);
  if (!reading.ok) return unreadable('app_home_opened', reading.problem);
  const { user, tab, event_ts: eventTs } = reading.value;
  if (tab === 'messages') return ignored('messages_tab');
  const account = { userId: user };
  const event: InboundEvent = {
    type: 'home_opened',
    eventId: slackId('h', eventTs, context.slackEventId ?? user),
    platform: PLATFORM,
    spaceId: spaceOf(context.facts),
    occurredAt: occurredAt(context, eventTs),
    admission: admissionOf(account, context),
    actor: personOf(account, context),
  };
  return { events: [event] };
}

/** The stop button that Slack shows beside an answer under way: nobody waits for an answer to it. */
function mapSessionStopped(payload: unknown, context: MappingContext): SlackInbound {
  const reading = readSessionStopped(payload);
  if (!reading.ok) return unreadable('agent_session_stopped', reading.problem);
  const { user, channel, thread_ts: threadTs, event_ts: eventTs } = reading.value;
  const account = { userId: user };
  const threadId = threadTs ?? undefined;
  const place = { channelId: channel, userId: user, ...(threadId === undefined ? {} : { threadId }) };
  const event: InboundEvent = {
    type: 'command_invoked',
    eventId: slackId('x', eventTs, context.slackEventId ?? `${user}.${channel}`),
    platform: PLATFORM,
    spaceId: spaceOf(context.facts),
    occurredAt: occurredAt(context, eventTs),
    conversation: conversationOf(context.facts, channel, threadId),
    admission: admissionOf(account, context),
    actor: personOf(account, context),
    line: 'stop',
    interaction: { handle: encodeHandle({ kind: 'silent', ...place }) },
  };
  return { events: [event] };
}

function mapTokensRevoked(payload: unknown, { facts }: MappingContext): SlackInbound {
  const reading = readTokensRevoked(payload);
  if (!reading.ok) return unreadable('tokens_revoked', reading.problem);
  // People's own tokens are none of ours.
  if (reading.value.tokens.bot?.includes(facts.botUserId) !== true) return ignored('tokens_of_others');
  return { events: [], notice: { kind: 'tokens_revoked' } };
}

function mapRateLimited(payload: unknown): SlackInbound {
  const reading = readRateLimited(payload);
  if (!reading.ok) return unreadable('app_rate_limited', reading.problem);
  return {
    events: [],
    notice: { kind: 'rate_limited', minuteAt: reading.value.minute_rate_limited * 1_000 },
  };
}

/** By the type of event. These, and no others, are what the app subscribes to. */
export const eventMappers: Readonly<Record<string, Mapper>> = {
  message: mapMessage,
  app_mention: mapMention,
  reaction_added: mapReaction('reaction_added'),
  reaction_removed: mapReaction('reaction_removed'),
  app_home_opened: mapHomeOpened,
  agent_session_stopped: mapSessionStopped,
  app_uninstalled: () => ({ events: [], notice: { kind: 'uninstalled' } }),
  tokens_revoked: mapTokensRevoked,
};

/** The entries of a message's menu that the app has; each is the `actionId` that core knows it by. */
export const shortcutCallbackIds: readonly string[] = [CORRECTION_FORM];

/** By the type of payload that Slack sends when somebody uses something of ours. */
export const interactionMappers: Readonly<Record<string, Mapper>> = {
  slash_command: mapSlashCommand,
  block_actions: mapBlockActions,
  message_action: (payload, context) => mapMessageAction(payload, shortcutCallbackIds, context),
  view_submission: mapViewSubmission,
  view_closed: mapViewClosed,
};

const mapperOf = (mappers: Readonly<Record<string, Mapper>>, type: string): Mapper | undefined =>
  Object.hasOwn(mappers, type) ? mappers[type] : undefined;

function mapEnvelope(body: unknown, facts: SlackFacts, nameOf: NameOf): SlackInbound {
  const reading = readEnvelope(body);
  if (!reading.ok) return unreadable('event_callback', reading.problem);
  const {
    event,
    event_id: slackEventId,
    event_time: eventTime,
    is_ext_shared_channel: shared,
  } = reading.value;
  if (event.type === 'app_rate_limited') return mapRateLimited(event);
  const map = mapperOf(eventMappers, event.type);
  if (map === undefined) return ignored(`event_${slug(event.type)}`);
  return map(event, {
    facts,
    nameOf,
    slackEventId: slackEventId ?? undefined,
    envelopeAt: typeof eventTime === 'number' ? eventTime * 1_000 : undefined,
    isShared: shared === true,
  });
}

/**
 * What a body says to core: the payload of an envelope, or a request's body (form fields as an object). Pure and total:
 * nothing that Slack or anybody else sends makes it throw, and what does not concern us gives no events.
 */
export function toInbound(body: unknown, facts: SlackFacts, nameOf: NameOf): SlackInbound {
  const type = bodyTypeOf(body);
  if (type === undefined) return unreadable('body', 'type');
  if (type === 'event_callback') return mapEnvelope(body, facts, nameOf);
  if (type === 'app_rate_limited') return mapRateLimited(body);
  const map = mapperOf(interactionMappers, type);
  return map === undefined ? ignored(`body_${slug(type)}`) : map(body, { facts, nameOf, isShared: false });
}

const mostMentioned = 20;

/** The accounts whose names `toInbound` would ask for: who did it first, then who is mentioned. At most 21. */
export function peopleIn(body: unknown): readonly string[] {
  const reading = readWhoAndWords(body);
  if (!reading.ok) return [];
  const { value } = reading;
  const { event } = value;
  const message = event?.message ?? event;
  // Nobody asks for the name of a bot: what it says is not answered.
  if (typeof message?.bot_id === 'string') return [];
  const user = typeof message?.user === 'string' ? message.user : (value.user_id ?? value.user?.id);
  const text = message?.text ?? value.text ?? '';
  const people = [
    ...(typeof user === 'string' ? [user] : []),
    ...mentionedUsers(text).slice(0, mostMentioned),
  ];
  return [...new Set(people)];
}

/** The accounts whose names `toThreadMessages` would ask for. */
export function peopleInThread(messages: readonly unknown[]): readonly string[] {
  return [...new Set(messages.flatMap((event) => peopleIn({ event })))];
}

/** What was said in a thread, by `conversations.replies`; what nobody wrote is left out. */
export function toThreadMessages(
  messages: readonly unknown[],
  channelId: string,
  facts: SlackFacts,
  nameOf: NameOf,
): readonly ThreadMessage[] {
  const context: MappingContext = { facts, nameOf, isShared: false };
  return messages.flatMap((raw): readonly ThreadMessage[] => {
    const reading = readThreadMessage(raw);
    if (!reading.ok) return [];
    const message = reading.value;
    const account = accountOf(message, message.subtype);
    if (account === undefined || !isWritten(message.subtype)) return [];
    const { text } = decodeText(message.text ?? '', textNames(context));
    if (text === '') return [];
    return [
      {
        ref: refOf(channelId, message.ts),
        authorName: personOf(account, context).displayName,
        authorId: personOf(account, context).personId,
        isOwn: isOwn(message, facts),
        text,
      },
    ];
  });
}
