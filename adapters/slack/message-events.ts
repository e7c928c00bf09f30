import type {
  Addressing,
  MessageDeleted,
  MessageEdited,
  MessageReceived,
} from '../../core/domain/inbound-event.ts';
import type { SaidWords } from '../../core/domain/said-words.ts';
import {
  type Account,
  admissionOf,
  conversationOf,
  ignored,
  isDirect,
  type MappingContext,
  occurredAt,
  personOf,
  refOf,
  type SlackFacts,
  type SlackInbound,
  slackId,
  slug,
  spaceOf,
  textNames,
  timeOf,
  unreadable,
} from './inbound-facts.ts';
import { encodeHandle } from './interaction-handle.ts';
import { DEFAULT_COMMAND, PLATFORM } from './options.ts';
import { decodeText } from './slack-text.ts';
import {
  readMessage,
  readMessageChanged,
  readMessageDeleted,
  readMessageHead,
  type WireAuthor,
  type WireFile,
  type WireInnerMessage,
  type WireMessage,
} from './wire.ts';

/** The kinds of messages that somebody wrote; the others tell of joins, topics, calls and the like. */
const writtenSubtypes: ReadonlySet<string> = new Set([
  'file_share',
  'thread_broadcast',
  'me_message',
  'bot_message',
]);

export const isWritten = (subtype: string | null | undefined): boolean =>
  subtype === undefined || subtype === null || writtenSubtypes.has(subtype);

/** Whether the bot itself wrote it. */
export function isOwn(author: WireAuthor, facts: SlackFacts): boolean {
  if (author.user === facts.botUserId) return true;
  if (typeof author.bot_id !== 'string') return false;
  return author.bot_id === facts.botId || (facts.appId !== undefined && author.app_id === facts.appId);
}

/** `undefined` where nobody wrote it. */
export function accountOf(author: WireAuthor, subtype?: string | null): Account | undefined {
  const isBot = typeof author.bot_id === 'string' || subtype === 'bot_message';
  const userId = author.user ?? author.bot_id;
  if (userId === null || userId === undefined) return undefined;
  return {
    userId,
    isBot,
    name: author.username ?? author.bot_profile?.name,
    teamId: author.user_team ?? author.user_profile?.team ?? author.team ?? author.bot_profile?.team_id,
  };
}

function fileKind(file: WireFile): string {
  if (file.subtype === 'slack_audio') return 'voice';
  const [group] = (file.mimetype ?? '').split('/');
  if (group === 'image') return 'photo';
  return group === 'audio' || group === 'video' ? group : 'file';
}

const attachmentsOf = (message: WireInnerMessage): readonly string[] => [
  ...new Set((message.files ?? []).filter((file) => file.mode !== 'tombstone').map(fileKind)),
];

/** Messages that were forwarded, or linked to and unfolded: others' words. */
function quotedTextOf(message: WireInnerMessage, context: MappingContext): string | undefined {
  const quoted = (message.attachments ?? [])
    .filter((attachment) => attachment.is_share === true || attachment.is_msg_unfurl === true)
    .map((attachment) => attachment.text ?? attachment.fallback ?? '')
    .filter((text) => text !== '')
    .map((text) => decodeText(text, { ...textNames(context), botUserId: '' }).text);
  return quoted.length === 0 ? undefined : quoted.join('\n\n');
}

function addressingOf(
  message: WireMessage,
  words: SaidWords,
  isMention: boolean,
  facts: SlackFacts,
): Addressing {
  // In a DM too: slash commands do not work in its threads, and what follows a mention may be a command.
  if (isMention || words.mentionsBot) return 'mention';
  if (isDirect(message.channel)) return 'direct';
  const isInThread = typeof message.thread_ts === 'string';
  const follows = isInThread && facts.threadPolicy === 'follow' && !words.beginsWithOther;
  return follows ? 'thread' : 'ambient';
}

const threadOf = (message: WireInnerMessage): string => message.thread_ts ?? message.ts;

function received(
  message: WireMessage,
  account: Account,
  isMention: boolean,
  context: MappingContext,
): MessageReceived {
  const { facts } = context;
  const words = decodeText(message.text ?? '', textNames(context));
  const addressing = addressingOf(message, words, isMention, facts);
  const attachments = attachmentsOf(message);
  const quotedText = quotedTextOf(message, context);
  const threadId = threadOf(message);
  const handle = { kind: 'message' as const, channelId: message.channel, threadId, userId: account.userId };
  return {
    type: 'message_received',
    // The same for `message` and `app_mention`, which tell of the same words.
    eventId: slackId('m', message.channel, message.ts),
    platform: PLATFORM,
    spaceId: spaceOf(facts),
    occurredAt: occurredAt(context, message.ts),
    conversation: conversationOf(facts, message.channel, threadId),
    admission: admissionOf(account, context),
    ref: refOf(message.channel, message.ts),
    author: personOf(account, context),
    addressing,
    text: words.text,
    ...(quotedText === undefined ? {} : { quotedText }),
    ...(attachments.length === 0 ? {} : { attachments }),
    ...(addressing === 'ambient' ? {} : { interaction: { handle: encodeHandle(handle) } }),
    ...(facts.commandName === DEFAULT_COMMAND ? {} : { commandWord: facts.commandName.slice(1) }),
  };
}

function isEmpty(message: WireInnerMessage): boolean {
  const hasWords = typeof message.text === 'string' && message.text !== '';
  return !hasWords && (message.files ?? []).length === 0 && (message.attachments ?? []).length === 0;
}

function written(event: unknown, isMention: boolean, context: MappingContext): SlackInbound {
  const reading = readMessage(event);
  if (!reading.ok) return unreadable(isMention ? 'app_mention' : 'message', reading.problem);
  const message = reading.value;
  if (!isWritten(message.subtype)) return ignored(`subtype_${slug(message.subtype ?? '')}`);
  if (isOwn(message, context.facts)) return ignored('own_message');
  const account = accountOf(message, message.subtype);
  if (account === undefined) return ignored('no_author');
  if (isEmpty(message)) return ignored('empty_message');
  return { events: [received(message, account, isMention, context)] };
}

const mentionMemoryMs = 7 * 24 * 60 * 60 * 1_000;

/**
 * A mention, also one that an edit has put in: told once, since its id is the message's. Editing what is older than what
 * the inbox remembers must not have it answered a second time.
 */
export function mapMention(event: unknown, context: MappingContext): SlackInbound {
  const reading = readMessage(event);
  if (reading.ok && typeof reading.value.edited?.ts === 'string') {
    const ageMs = context.facts.now - (timeOf(reading.value.ts) ?? 0);
    if (ageMs > mentionMemoryMs) return ignored('old_mention_edited');
  }
  return written(event, true, context);
}

function deleted(
  channelId: string,
  messageId: string,
  message: WireInnerMessage | null | undefined,
  eventTs: string,
  context: MappingContext,
): SlackInbound {
  if (message !== null && message !== undefined) {
    if (isOwn(message, context.facts)) return ignored('own_message');
    if (accountOf(message, message.subtype)?.isBot === true) return ignored('bot_deletion');
    if (!isWritten(message.subtype)) return ignored(`deleted_${slug(message.subtype ?? '')}`);
  }
  const event: MessageDeleted = {
    type: 'message_deleted',
    eventId: slackId('d', channelId, messageId),
    platform: PLATFORM,
    spaceId: spaceOf(context.facts),
    occurredAt: occurredAt(context, eventTs),
    conversation: conversationOf(context.facts, channelId, message?.thread_ts ?? messageId),
    ref: refOf(channelId, messageId),
  };
  return { events: [event] };
}

function mapDeleted(event: unknown, context: MappingContext): SlackInbound {
  const reading = readMessageDeleted(event);
  if (!reading.ok) return unreadable('message_deleted', reading.problem);
  const { channel, deleted_ts: messageId, previous_message: message, event_ts: eventTs } = reading.value;
  return deleted(channel, messageId, message, eventTs, context);
}

/** Unfolded links, thread counters and languages change a message too, and not its words. */
function wordsChanged(message: WireInnerMessage, previous: WireInnerMessage | null | undefined): boolean {
  if (previous === null || previous === undefined) return typeof message.edited?.ts === 'string';
  return (message.text ?? '') !== (previous.text ?? '');
}

function mapChanged(event: unknown, context: MappingContext): SlackInbound {
  const reading = readMessageChanged(event);
  if (!reading.ok) return unreadable('message_changed', reading.problem);
  const { channel, message, previous_message: previous, event_ts: eventTs } = reading.value;
  // What is left of a deleted message that has a thread under it.
  if (message.subtype === 'tombstone') return deleted(channel, message.ts, previous, eventTs, context);
  if (!isWritten(message.subtype)) return ignored(`changed_${slug(message.subtype ?? '')}`);
  if (isOwn(message, context.facts)) return ignored('own_message');
  const account = accountOf(message, message.subtype);
  if (account === undefined) return ignored('no_author');
  if (account.isBot === true) return ignored('bot_edit');
  if (!wordsChanged(message, previous)) return ignored('same_words');
  const names = textNames(context);
  const words = decodeText(message.text ?? '', names);
  const edit: MessageEdited = {
    type: 'message_edited',
    eventId: slackId('e', channel, message.ts, message.edited?.ts ?? eventTs),
    platform: PLATFORM,
    spaceId: spaceOf(context.facts),
    occurredAt: occurredAt(context, message.edited?.ts, eventTs),
    conversation: conversationOf(context.facts, channel, threadOf(message)),
    admission: admissionOf(account, context),
    ref: refOf(channel, message.ts),
    author: personOf(account, context),
    text: words.text,
  };
  // A mention that was put in afterwards asks as much as one that was there: the message is told as if it came now.
  // Where it was answered before, its id is known, and what is left is the edit.
  const isNewMention =
    !isDirect(channel) &&
    words.mentionsBot &&
    typeof previous?.text === 'string' &&
    !decodeText(previous.text, names).mentionsBot;
  return isNewMention
    ? { events: [received({ ...message, channel }, account, true, context), edit] }
    : { events: [edit] };
}

export function mapMessage(event: unknown, context: MappingContext): SlackInbound {
  const head = readMessageHead(event);
  if (!head.ok) return unreadable('message', head.problem);
  const { subtype } = head.value;
  if (subtype === 'message_changed') return mapChanged(event, context);
  if (subtype === 'message_deleted') return mapDeleted(event, context);
  // The others need not look like messages at all.
  return isWritten(subtype) ? written(event, false, context) : ignored(`subtype_${slug(subtype ?? '')}`);
}
