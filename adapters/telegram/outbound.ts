import { AppError } from '../../core/domain/app-error.ts';
import type { ChannelCapabilities } from '../../core/domain/capabilities.ts';
import type { Document } from '../../core/domain/document.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { OutboundMessage } from '../../core/domain/outbound-message.ts';
import { keyboardOf } from './keyboard.ts';
import { numericId } from './numeric-id.ts';
import { type Rendered, renderDocument } from './render-html.ts';

/** Telegram's limit for a text message after its markup was read. */
export const MAX_TEXT_CHARS = 4_096;

export const telegramCapabilities: ChannelCapabilities = {
  maxTextChars: MAX_TEXT_CHARS,
  minEditIntervalMs: 1_100,
  minGroupEditIntervalMs: 3_100,
  canEdit: true,
  canRemove: true,
  // Why one is false stands in `why-not.ts`, at length here where that is too short.
  // A stream needs the message's id when it opens, and a draft has none until `sendMessage` has replaced it. Their stop
  // button (10.3) names a chat and a draft, so it is of use only with them.
  canStreamNatively: false,
  // The Bot API has no way to read what was said before.
  canReadThreads: false,
  canReact: true,
  canSeeReactions: true,
  canSeeReactionRemoval: true,
  // Ephemeral messages: "it is not guaranteed that the user will receive the message, especially if they are offline",
  // and a Bot API server older than 10.3 overlooks the parameter and shows the message to the whole group.
  canSendPrivately: false,
  // A command is a message there, and so is its answer.
  canAnswerPrivately: false,
  canShowActions: true,
  canShowFeedbackButtons: true,
  // What stands in a message is its text.
  canShowNotes: false,
  canShowImages: true,
  canShowActivity: true,
  canOpenForms: true,
  canRegisterCommands: true,
  // Bots have no page.
  canPublishHome: false,
  // Slash commands work everywhere, in privacy mode too.
  hasWrittenCommands: false,
  // `sendMessage` takes no key of ours.
  hasSendKeys: false,
  commandPrefix: '/',
  isLocal: false,
  feedbackHint:
    'React with 👍 or 👎, or press them under an answer, to tell me how it was; ✏️ is for a better answer.',
  promptFacts:
    'You are speaking in Telegram, mostly on phones: bold, italics, links, lists, quotes and code blocks are shown; wide tables are hard to read, so prefer lists.',
};

/** UTF-16 code units on the screen. Pure and total. */
export function measureDocument(body: Document): number {
  return renderDocument(body).text.length;
}

export interface TextPayloads {
  /** What to try first. */
  readonly html: object;
  /** The same words without markup, for when Telegram cannot read ours. */
  readonly plain: object;
}

function checkedText(message: OutboundMessage): Rendered {
  const rendered = renderDocument(message.body);
  if (rendered.text.length > MAX_TEXT_CHARS) {
    const message = `A Telegram message may have ${MAX_TEXT_CHARS} characters; this one has ${rendered.text.length}.`;
    throw new AppError('invalid_input', message);
  }
  if (rendered.text.trim() === '') throw new AppError('invalid_input', 'A Telegram message cannot be empty.');
  return rendered;
}

function textPayloads(message: OutboundMessage, base: object): TextPayloads {
  const rendered = checkedText(message);
  const keyboard = keyboardOf(message.actions);
  const common = {
    ...base,
    link_preview_options: { is_disabled: true },
    ...(keyboard === undefined ? {} : { reply_markup: keyboard }),
  };
  return {
    html: { ...common, text: rendered.html, parse_mode: 'HTML' },
    plain: { ...common, text: rendered.text },
  };
}

export interface SendPlace {
  readonly chatId: string;
  readonly threadId?: string;
}

/** The chat, or the topic in it. */
export function placeOf(chatId: string, threadId: string | undefined): SendPlace {
  return threadId === undefined ? { chatId } : { chatId, threadId };
}

/** `sendMessage`. Throws `invalid_input` for what Telegram would refuse. */
export function sendPayloads(place: SendPlace, message: OutboundMessage): TextPayloads {
  const { replyTo } = message;
  return textPayloads(message, {
    chat_id: numericId(place.chatId, 'chat id'),
    ...(place.threadId === undefined ? {} : { message_thread_id: numericId(place.threadId, 'topic id') }),
    ...(replyTo === undefined || replyTo.channelId !== place.chatId
      ? {}
      : {
          reply_parameters: {
            message_id: numericId(replyTo.messageId, 'message id'),
            allow_sending_without_reply: true,
          },
        }),
  });
}

/** `editMessageText`; buttons that the message does not name go. Throws as `sendPayloads`. */
export function editPayloads(ref: MessageRef, message: OutboundMessage): TextPayloads {
  return textPayloads(message, messagePayload(ref));
}

/** The part of a payload that names a message. */
export function messagePayload(ref: MessageRef): { readonly chat_id: number; readonly message_id: number } {
  return {
    chat_id: numericId(ref.channelId, 'chat id'),
    message_id: numericId(ref.messageId, 'message id'),
  };
}

/** `setMessageReaction`; `undefined` takes the bot's own reaction away. `:id:` is a custom emoji. */
export function reactionPayload(ref: MessageRef, emoji: string | undefined): object {
  const custom = emoji === undefined ? undefined : /^:(.+):$/.exec(emoji)?.[1];
  const reaction =
    emoji === undefined
      ? []
      : custom === undefined
        ? [{ type: 'emoji', emoji }]
        : [{ type: 'custom_emoji', custom_emoji_id: custom }];
  return { ...messagePayload(ref), reaction };
}
