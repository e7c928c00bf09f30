import { AppError } from '../../core/domain/app-error.ts';
import type { ChannelCapabilities } from '../../core/domain/capabilities.ts';
import type { Document } from '../../core/domain/document.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { Action, OutboundMessage } from '../../core/domain/outbound-message.ts';
import type { CommandDescription } from '../../core/ports/channel.ts';
import { type Rendered, renderDocument } from './render-html.ts';

/** Telegram's limit for a text message after its markup was read. */
export const MAX_TEXT_CHARS = 4_096;
const MAX_CALLBACK_BYTES = 64;
const MAX_COMMANDS = 100;
const MAX_COMMAND_DESCRIPTION_CHARS = 256;

export const telegramCapabilities: ChannelCapabilities = {
  maxTextChars: MAX_TEXT_CHARS,
  minEditIntervalMs: 1_100,
  minGroupEditIntervalMs: 3_100,
  canEdit: true,
  canRemove: true,
  // Drafts exist in private chats only and get no message id until the end, which is too late for reactions.
  canStreamNatively: false,
  canStreamInGroups: false,
  // The Bot API has no way to read what was said before.
  canReadThreads: false,
  canReact: true,
  canSeeReactions: true,
  canSeeReactionRemoval: true,
  canSendPrivately: false,
  canShowActions: true,
  canShowFeedbackButtons: true,
  canShowNotes: false,
  canShowActivity: true,
  canOpenForms: false,
  canRegisterCommands: true,
  canPublishHome: false,
  hasWrittenCommands: false,
  hasSendKeys: false,
  commandPrefix: '/',
  isLocal: false,
  feedbackHint: 'React with 👍 or 👎, or press them under an answer, to tell me how it was.',
  promptFacts:
    'You are speaking in Telegram, mostly on phones: bold, italics, links, lists, quotes and code blocks are shown; wide tables are hard to read, so prefer lists.',
};

/** UTF-16 code units on the screen. Pure and total. */
export function measureDocument(body: Document): number {
  return renderDocument(body).text.length;
}

/** A Bot API id as core's string; throws `invalid_input` for what is none. */
export function numericId(id: string, what: string): number {
  const value = /^-?\d{1,16}$/.test(id) ? Number(id) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new AppError('invalid_input', `"${id.slice(0, 40)}" is no Telegram ${what}.`);
}

function keyboardOf(actions: readonly (readonly Action[])[] | undefined): object | undefined {
  const rows = (actions ?? []).filter((row) => row.length > 0);
  if (rows.length === 0) return undefined;
  const button = (action: Action): object => {
    if (Buffer.byteLength(action.actionId) > MAX_CALLBACK_BYTES) {
      throw new AppError('invalid_input', `An action id may have ${MAX_CALLBACK_BYTES} bytes at most.`);
    }
    return { text: action.label, callback_data: action.actionId };
  };
  return { inline_keyboard: rows.map((row) => row.map(button)) };
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

export interface CommandMenu {
  readonly payload: {
    readonly commands: readonly { readonly command: string; readonly description: string }[];
  };
  /** Telegram's name → ours, where they differ. */
  readonly names: ReadonlyMap<string, string>;
  /** Names that Telegram cannot show. */
  readonly leftOut: readonly string[];
}

/** `setMyCommands`: names in a–z, 0–9 and `_` up to 32, descriptions up to 256, at most 100 of them. */
export function commandMenu(commands: readonly CommandDescription[]): CommandMenu {
  const names = new Map<string, string>();
  const leftOut: string[] = [];
  const shown = commands.flatMap(({ name, summary }) => {
    const command = name.toLowerCase().replaceAll('-', '_');
    const description = summary.trim().slice(0, MAX_COMMAND_DESCRIPTION_CHARS).toWellFormed();
    if (!/^[a-z0-9_]{1,32}$/.test(command) || description === '') {
      leftOut.push(name);
      return [];
    }
    if (command !== name) names.set(command, name);
    return [{ command, description }];
  });
  leftOut.push(...shown.slice(MAX_COMMANDS).map(({ command }) => command));
  return { payload: { commands: shown.slice(0, MAX_COMMANDS) }, names, leftOut };
}
