import type { PersonId } from '../../core/domain/ids.ts';
import type { Addressing, FormSubmitted, InboundEvent } from '../../core/domain/inbound-event.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import { FEEDBACK_BAD, FEEDBACK_GOOD } from '../../core/domain/outbound-message.ts';
import type { Receipt } from '../../core/domain/receipt.ts';
import { decodeAction } from './callback-data.ts';
import { type OpenForm, saidValues } from './form-state.ts';
import {
  admissionOf,
  authorOf,
  conversationOf,
  handlePerson,
  idOf,
  isOurKindOfChat,
  personOf,
  refOf,
  spaceOf,
  type Words,
  wordsOf,
} from './inbound-facts.ts';
import { encodeHandle } from './interaction-handle.ts';
import {
  type BotIdentity,
  cutMentions,
  mentionsBot,
  type WrittenCommand,
  writtenCommand,
} from './mentions.ts';
import { PLATFORM } from './platform.ts';
import { diffReactions } from './reactions.ts';
import {
  attachmentKinds,
  parseUpdate,
  type TelegramCallbackQuery,
  type TelegramChat,
  type TelegramMessage,
  type TelegramMessageReaction,
  type TelegramUpdate,
  type TelegramUser,
} from './wire.ts';

export interface InboundContext {
  readonly bot: BotIdentity;
  /** Registered commands whose name Telegram could not take as it is: Telegram's name → ours. */
  readonly commandNames: ReadonlyMap<string, string>;
  /** Epoch milliseconds; for events that carry no time of their own. */
  readonly receivedAt: number;
}

export interface Inbound {
  readonly events: readonly InboundEvent[];
  readonly press?: Press;
  /** To be waited for when every event has its receipt, and only then. They come in the order of the events. */
  readonly afterwards?: (receipts: readonly Receipt[]) => Promise<void>;
}

/** A pressed button: Telegram shows it as busy until somebody answers. */
export interface Press {
  readonly callbackQueryId: string;
  /** Whether core answers it, once it has taken the event. */
  readonly isCores: boolean;
}

const nothing: Inbound = { events: [] };

function attachmentsOf(message: TelegramMessage): readonly string[] {
  const fields: Readonly<Record<string, unknown>> = message;
  const found = Object.entries(attachmentKinds)
    .filter(([field]) => fields[field] !== undefined)
    // A GIF comes as an animation and, for old clients, as a document too.
    .filter(([field]) => field !== 'document' || message.animation === undefined)
    .map(([, kind]) => kind);
  return [...new Set(found)];
}

interface Reply {
  readonly replyTo?: MessageRef;
  readonly quotedText?: string;
  readonly quotedAuthorIds?: readonly PersonId[];
  readonly isToBot: boolean;
}

/** Whose words were replied to: nobody's where they are ours, not told where they were forwarded. */
function quotedAuthors(
  original: NonNullable<TelegramMessage['reply_to_message']>,
  bot: BotIdentity,
): { readonly quotedAuthorIds?: readonly PersonId[] } {
  if (original.from === undefined || original.forward_origin !== undefined) return {};
  const isOwn = original.from.id === bot.id;
  return { quotedAuthorIds: isOwn ? [] : [personOf(original.from).personId] };
}

function replyOf(message: TelegramMessage, bot: BotIdentity): Reply {
  const original = message.reply_to_message;
  // Every message of a topic points at the service message that opened it.
  const isReal =
    original !== undefined &&
    original.forum_topic_created === undefined &&
    !(message.is_topic_message === true && original.message_id === message.message_thread_id);
  const quotedText = message.quote?.text ?? (isReal ? (original.text ?? original.caption) : undefined);
  return {
    ...(isReal ? { replyTo: refOf(message.chat, original.message_id) } : {}),
    ...(quotedText === undefined || quotedText === '' ? {} : { quotedText }),
    ...(isReal ? quotedAuthors(original, bot) : {}),
    isToBot: isReal && original.from?.id === bot.id,
  };
}

function addressingOf(message: TelegramMessage, words: Words, reply: Reply, bot: BotIdentity): Addressing {
  if (message.chat.type === 'private') return 'direct';
  if (!words.isForwarded && mentionsBot(words.raw, words.entities, bot)) return 'mention';
  return reply.isToBot ? 'reply' : 'ambient';
}

/** `/start` is Telegram's own: a deep link hands its code over with it. */
function lineOf(command: WrittenCommand, names: ReadonlyMap<string, string>): string {
  if (command.name === 'start') return command.rest === '' ? 'help' : `link ${command.rest}`;
  const name = names.get(command.name) ?? command.name;
  return command.rest === '' ? name : `${name} ${command.rest}`;
}

function messageEvents(updateId: number, message: TelegramMessage, context: InboundContext): Inbound {
  const author = authorOf(message);
  if (author === undefined) return nothing;
  const words = wordsOf(message);
  const attachments = attachmentsOf(message);
  const reply = replyOf(message, context.bot);
  const base = {
    eventId: idOf(updateId),
    platform: PLATFORM,
    spaceId: spaceOf(message.chat),
    occurredAt: message.date * 1_000,
    conversation: conversationOf(message.chat, message),
    admission: admissionOf(message.chat, author),
    ...(reply.replyTo === undefined ? {} : { replyTo: reply.replyTo }),
  };
  const command = words.isForwarded ? undefined : writtenCommand(words.raw, words.entities, context.bot);
  if (command !== undefined) {
    if (!command.isForUs) return nothing;
    const { audience, channelId, threadId } = base.conversation;
    const handle = encodeHandle({
      kind: 'message',
      chatId: channelId,
      audience,
      messageId: String(message.message_id),
      person: handlePerson(author),
      ...(threadId === undefined ? {} : { threadId }),
    });
    const line = lineOf(command, context.commandNames);
    return {
      events: [{ type: 'command_invoked', ...base, actor: personOf(author), line, interaction: { handle } }],
    };
  }
  if (words.raw === '' && attachments.length === 0) return nothing;
  // Forwarded words are somebody else's: the author only shows them.
  const text = words.isForwarded ? '' : cutMentions(words.raw, words.entities, context.bot);
  const quotedText = words.isForwarded ? words.raw : reply.quotedText;
  const quotedAuthorIds = words.isForwarded ? undefined : reply.quotedAuthorIds;
  const hasQuote = quotedText !== undefined && quotedText !== '';
  return {
    events: [
      {
        type: 'message_received',
        ...base,
        ref: refOf(message.chat, message.message_id),
        author: personOf(author),
        addressing: addressingOf(message, words, reply, context.bot),
        text,
        ...(hasQuote ? { quotedText } : {}),
        ...(hasQuote && quotedAuthorIds !== undefined ? { quotedAuthorIds } : {}),
        ...(attachments.length === 0 ? {} : { attachments }),
      },
    ],
  };
}

function editEvents(updateId: number, message: TelegramMessage, context: InboundContext): Inbound {
  const author = authorOf(message);
  const words = wordsOf(message);
  // A command has been carried out; changing its words afterwards changes nothing. Wordless edits move a live location.
  const isCommand = writtenCommand(words.raw, words.entities, context.bot) !== undefined;
  if (author === undefined || words.isForwarded || words.raw === '' || isCommand) return nothing;
  return {
    events: [
      {
        type: 'message_edited',
        eventId: idOf(updateId),
        platform: PLATFORM,
        spaceId: spaceOf(message.chat),
        occurredAt: (message.edit_date ?? message.date) * 1_000,
        conversation: conversationOf(message.chat, message),
        admission: admissionOf(message.chat, author),
        ref: refOf(message.chat, message.message_id),
        author: personOf(author),
        text: cutMentions(words.raw, words.entities, context.bot),
      },
    ],
  };
}

function reactionEvents(updateId: number, reaction: TelegramMessageReaction): Inbound {
  const { chat, user } = reaction;
  if (user === undefined || user.is_bot || !isOurKindOfChat(chat)) return nothing;
  const changes = diffReactions(reaction.old_reaction, reaction.new_reaction);
  return {
    events: changes.map(({ change, name }, part) => ({
      type: change === 'given' ? 'signal_given' : 'signal_withdrawn',
      eventId: idOf(updateId, part),
      platform: PLATFORM,
      spaceId: spaceOf(chat),
      occurredAt: reaction.date * 1_000,
      admission: admissionOf(chat, user),
      actor: personOf(user),
      target: refOf(chat, reaction.message_id),
      mark: { kind: 'reaction', name },
    })),
  };
}

function callbackEvents(updateId: number, query: TelegramCallbackQuery, context: InboundContext): Inbound {
  const { message, data } = query;
  if (message === undefined || data === undefined || query.from.is_bot || !isOurKindOfChat(message.chat)) {
    return { events: [], press: { callbackQueryId: query.id, isCores: false } };
  }
  const base = {
    eventId: idOf(updateId),
    platform: PLATFORM,
    spaceId: spaceOf(message.chat),
    // Callback queries are the one kind of update without a date.
    occurredAt: context.receivedAt,
    admission: admissionOf(message.chat, query.from),
    actor: personOf(query.from),
    target: refOf(message.chat, message.message_id),
  };
  const conversation = conversationOf(message.chat, message);
  const handle = encodeHandle({
    kind: 'callback',
    chatId: conversation.channelId,
    audience: conversation.audience,
    messageId: String(message.message_id),
    callbackQueryId: query.id,
    person: handlePerson(query.from),
    ...(conversation.threadId === undefined ? {} : { threadId: conversation.threadId }),
  });
  const interaction = { handle };
  const { actionId, about } = decodeAction(data);
  if (about === undefined && (actionId === FEEDBACK_GOOD || actionId === FEEDBACK_BAD)) {
    const mark = { kind: 'button' as const, name: actionId === FEEDBACK_GOOD ? 'good' : 'bad' };
    return {
      events: [{ type: 'signal_given', ...base, mark, interaction }],
      press: { callbackQueryId: query.id, isCores: false },
    };
  }
  const target = about ?? base.target;
  return {
    events: [{ type: 'action_invoked', ...base, target, conversation, actionId, interaction }],
    press: { callbackQueryId: query.id, isCores: true },
  };
}

export interface SubmissionFacts {
  readonly updateId: number;
  readonly chat: TelegramChat;
  readonly user: TelegramUser;
  /** Epoch milliseconds. */
  readonly occurredAt: number;
  /** The form's message. */
  readonly card: MessageRef;
}

/** A form that the last of its answers has filled in. */
export function formEvent(facts: SubmissionFacts, state: OpenForm): FormSubmitted {
  const { form, place } = state;
  const { about, subject } = form;
  const { chat, user } = facts;
  const { audience, chatId, threadId } = place;
  const inTopic = threadId === undefined ? {} : { threadId };
  const handle = encodeHandle({
    kind: 'message',
    chatId,
    audience,
    ...inTopic,
    // The form itself is gone by the time that it is answered.
    messageId: place.openedFrom ?? facts.card.messageId,
    person: handlePerson(user),
  });
  return {
    type: 'form_submitted',
    eventId: idOf(facts.updateId),
    platform: PLATFORM,
    spaceId: spaceOf(chat),
    occurredAt: facts.occurredAt,
    admission: admissionOf(chat, user),
    actor: personOf(user),
    formId: form.formId,
    ...(about === undefined ? {} : { target: about }),
    ...(subject === undefined ? {} : { subject }),
    conversation: { platform: PLATFORM, spaceId: spaceOf(chat), audience, channelId: chatId, ...inTopic },
    interaction: { handle },
    values: saidValues(state),
  };
}

/**
 * What an update says to core. Pure and total: anything that is not an update, or is one that does not concern us
 * (service messages, anonymous reactions, other bots and ourselves), gives no events.
 */
export function toInbound(value: unknown, context: InboundContext): Inbound {
  const update = parseUpdate(value);
  return update === undefined ? nothing : updateToInbound(update, context);
}

/** `toInbound` for what was parsed already. */
export function updateToInbound(update: TelegramUpdate, context: InboundContext): Inbound {
  const { update_id: id, message, edited_message: edited, message_reaction: reaction } = update;
  if (message !== undefined) return messageEvents(id, message, context);
  if (edited !== undefined) return editEvents(id, edited, context);
  if (reaction !== undefined) return reactionEvents(id, reaction);
  return update.callback_query === undefined ? nothing : callbackEvents(id, update.callback_query, context);
}
