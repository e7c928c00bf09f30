import { type PersonId, personId } from '../../core/domain/ids.ts';
import type {
  Addressing,
  MessageDeleted,
  MessageEdited,
  MessageReceived,
} from '../../core/domain/inbound-event.ts';
import type { SaidWords } from '../../core/domain/said-words.ts';
import { isThreadType } from './directory.ts';
import { decodeText, type TextNames } from './discord-text.ts';
import {
  conversationOf,
  type DiscordFacts,
  type DiscordInbound,
  discordId,
  guildOf,
  ignored,
  type MappingContext,
  nameOf,
  openToAll,
  type Place,
  personOf,
  placeOf,
  refOf,
  snowflakeAt,
  spaceOf,
  unreadable,
} from './inbound-facts.ts';
import { encodeHandle } from './interaction-handle.ts';
import { PLATFORM } from './options.ts';
import {
  readBulkDeleted,
  readChangedMessage,
  readDeleted,
  readMessage,
  type WireMentioned,
  type WireMessage,
} from './wire.ts';

/** Written, and written as a reply: https://docs.discord.com/developers/resources/message#message-object-message-types */
const writtenTypes: ReadonlySet<number> = new Set([0, 19]);
const FORWARD = 1;
/** https://docs.discord.com/developers/resources/message#message-object-message-flags */
const isVoice = (flags: number | null | undefined): boolean => ((flags ?? 0) & (1 << 13)) !== 0;

export const isWritten = ({ type }: Pick<WireMessage, 'type'>): boolean => writtenTypes.has(type ?? 0);

export function textNames(
  place: Place,
  mentions: readonly WireMentioned[] | null | undefined,
  facts: DiscordFacts,
): TextNames {
  const guild = guildOf(place, facts);
  return {
    botUserId: facts.botUserId,
    userName: (id) => {
      const user = mentions?.find((mentioned) => mentioned.id === id);
      return user === undefined ? undefined : nameOf(user, user.member);
    },
    roleName: (id) => guild?.roles.get(id)?.name,
    isBotRole: (id) => guild?.roles.get(id)?.botId === facts.botUserId,
    channelName: (id) => guild?.channels.get(id)?.name,
  };
}

function attachmentsOf(message: WireMessage): readonly string[] {
  const kinds = (message.attachments ?? []).map(({ content_type: type }) => {
    const [group] = (type ?? '').split('/');
    if (group === 'image') return 'photo';
    if (group === 'audio' && isVoice(message.flags)) return 'voice';
    return group === 'audio' || group === 'video' ? group : 'file';
  });
  const more = [
    ...((message.sticker_items ?? []).length === 0 ? [] : ['sticker']),
    ...(message.poll == null ? [] : ['poll']),
  ];
  return [...new Set([...kinds, ...more])];
}

/** What was replied to, or forwarded: others' words. */
function quotedTextOf(message: WireMessage, names: TextNames): string | undefined {
  const forwarded = (message.message_snapshots ?? []).map(({ message: { content } }) => content ?? '');
  const quoted = [message.referenced_message?.content ?? '', ...forwarded]
    .filter((content) => content !== '')
    .map((content) => decodeText(content, { ...names, botUserId: '', isBotRole: () => false }).text);
  return quoted.length === 0 ? undefined : quoted.join('\n\n');
}

/** Whose words these are, where that is told of all of them: a forwarded message hides its author. */
function quotedAuthorsOf(message: WireMessage, { botUserId }: DiscordFacts): readonly PersonId[] | undefined {
  const id = message.referenced_message?.author?.id;
  if ((message.message_snapshots ?? []).length > 0 || id === undefined) return undefined;
  return id === botUserId ? [] : [personId(PLATFORM, id)];
}

const isReplyToBot = (message: WireMessage, { botUserId }: DiscordFacts): boolean =>
  message.referenced_message?.author?.id === botUserId;

/** The type of a reply, which puts whom it replies to among the mentions unless its author says otherwise. */
const REPLY = 19;

const code = /(`+)[^`][\s\S]*?\1/g;

/** Discord lists who is meant. Where it lists nobody, what looks like a mention in code is none. */
function isMention(message: WireMessage, words: SaidWords, names: TextNames): boolean {
  const isNamed = message.mentions?.some(({ id }) => id === names.botUserId) === true;
  if (!words.mentionsBot) return isNamed && message.type !== REPLY;
  const isByRole = message.mention_roles?.some((role) => names.isBotRole(role)) === true;
  return isNamed || isByRole || decodeText((message.content ?? '').replaceAll(code, ' '), names).mentionsBot;
}

/** Said to somebody else, by a reply to them. */
function isReplyToOther({ type, author, referenced_message: referenced }: WireMessage): boolean {
  const to = referenced?.author?.id;
  return type === REPLY && to !== undefined && to !== author?.id;
}

function addressingOf(
  message: WireMessage,
  words: SaidWords,
  place: Place,
  names: TextNames,
  facts: DiscordFacts,
): Addressing {
  if (place.guildId === undefined) return 'direct';
  if (isMention(message, words, names)) return 'mention';
  if (isReplyToBot(message, facts)) return 'reply';
  const channel = guildOf(place, facts)?.channels.get(place.channelId);
  const isInThread = isThreadType(message.channel_type) || channel?.isThread === true;
  const isForOther = words.beginsWithOther || isReplyToOther(message);
  const follows = isInThread && facts.threadPolicy === 'follow' && !isForOther;
  return follows ? 'thread' : 'ambient';
}

function received(message: WireMessage, { facts }: MappingContext): MessageReceived {
  const place = placeOf(message);
  const names = textNames(place, message.mentions, facts);
  const words = decodeText(message.content ?? '', names);
  const addressing = addressingOf(message, words, place, names, facts);
  const attachments = attachmentsOf(message);
  const quotedText = quotedTextOf(message, names);
  const quotedAuthorIds = quotedAuthorsOf(message, facts);
  const repliedTo = message.message_reference?.type === FORWARD ? undefined : message.message_reference;
  const replyTo =
    typeof repliedTo?.message_id === 'string'
      ? refOf(repliedTo.channel_id ?? message.channel_id, repliedTo.message_id)
      : undefined;
  const handle = encodeHandle({
    kind: 'message',
    channelId: place.channelId,
    ...(place.guildId === undefined ? {} : { guildId: place.guildId }),
    messageId: message.id,
  });
  const author = personOf(message.author, message.member, place, facts);
  return {
    type: 'message_received',
    eventId: discordId('m', message.channel_id, message.id),
    platform: PLATFORM,
    spaceId: spaceOf(place),
    occurredAt: snowflakeAt(message.id),
    conversation: conversationOf(place),
    admission: openToAll,
    ref: refOf(message.channel_id, message.id),
    // Behind a webhook is a program, whatever name it goes by.
    author: { ...author, isBot: author.isBot || typeof message.webhook_id === 'string' },
    addressing,
    text: words.text,
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(quotedText === undefined ? {} : { quotedText }),
    ...(quotedText === undefined || quotedAuthorIds === undefined ? {} : { quotedAuthorIds }),
    ...(attachments.length === 0 ? {} : { attachments }),
    ...(addressing === 'ambient' ? {} : { interaction: { handle } }),
  };
}

function isEmpty(message: WireMessage): boolean {
  const hasWords = (message.content ?? '') !== '' || (message.message_snapshots ?? []).length > 0;
  return !hasWords && attachmentsOf(message).length === 0;
}

export function mapMessage(payload: unknown, context: MappingContext): DiscordInbound {
  const reading = readMessage(payload);
  if (!reading.ok) return unreadable('message', reading.problem);
  const message = reading.value;
  if (!isWritten(message)) return ignored(`type_${message.type ?? 0}`);
  if (message.author.id === context.facts.botUserId) return ignored('own_message');
  // Also what is said to others where the bot may not read along.
  if (isEmpty(message)) return ignored('empty_message');
  return { events: [received(message, context)] };
}

/** For as long the inbox remembers what it has had. */
const mentionMemoryMs = 7 * 24 * 60 * 60 * 1_000;

/**
 * An edit of somebody's words. Unfolded links and pins come this way too: either nobody has edited the message, or the
 * time of the last edit is one that was told before, and with it the event id.
 */
export function mapMessageChanged(payload: unknown, context: MappingContext): DiscordInbound {
  const reading = readChangedMessage(payload);
  if (!reading.ok) return unreadable('message_changed', reading.problem);
  const { facts } = context;
  const { author, edited_timestamp: editedAt, ...rest } = reading.value;
  if (typeof editedAt !== 'string' || typeof rest.content !== 'string') return ignored('same_words');
  if (author === null || author === undefined) return ignored('no_author');
  const message: WireMessage = { ...rest, author };
  if (!isWritten(message)) return ignored(`type_${message.type ?? 0}`);
  if (author.id === facts.botUserId) return ignored('own_message');
  const told = received(message, context);
  if (told.author.isBot) return ignored('bot_edit');
  if (isEmpty(message)) return ignored('empty_message');
  const { eventId: _, type: __, addressing, occurredAt, conversation, admission, ref, text, ...base } = told;
  const at = Date.parse(editedAt);
  const edit: MessageEdited = {
    type: 'message_edited',
    eventId: discordId('e', message.id, editedAt),
    platform: base.platform,
    spaceId: base.spaceId,
    occurredAt: Number.isFinite(at) && at >= 0 ? at : facts.now,
    conversation,
    admission,
    ref,
    author: told.author,
    text,
  };
  // A mention that was put in afterwards asks as much as one that was there. Whether it is new cannot be seen; but the
  // message is told under its own id, which is known where it was answered before.
  const asksNow = addressing === 'mention' && facts.now - occurredAt < mentionMemoryMs;
  return { events: asksNow ? [told, edit] : [edit] };
}

function deleted(messageId: string, place: Place, { facts }: MappingContext): MessageDeleted {
  return {
    type: 'message_deleted',
    eventId: discordId('d', messageId),
    platform: PLATFORM,
    spaceId: spaceOf(place),
    occurredAt: facts.now,
    conversation: conversationOf(place),
    ref: refOf(place.channelId, messageId),
  };
}

export function mapMessageDeleted(payload: unknown, context: MappingContext): DiscordInbound {
  const reading = readDeleted(payload);
  if (!reading.ok) return unreadable('message_deleted', reading.problem);
  return { events: [deleted(reading.value.id, placeOf(reading.value), context)] };
}

export function mapMessagesDeleted(payload: unknown, context: MappingContext): DiscordInbound {
  const reading = readBulkDeleted(payload);
  if (!reading.ok) return unreadable('messages_deleted', reading.problem);
  const place = placeOf(reading.value);
  const events = [...new Set(reading.value.ids)].map((id) => deleted(id, place, context));
  return events.length === 0 ? ignored('nothing_deleted') : { events };
}
