import { AppError } from '../../core/domain/app-error.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { OutboundMessage, Picture } from '../../core/domain/outbound-message.ts';
import type { LimiterPort } from '../../core/ports/limiter.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { ApiCaller, CallOptions } from './api-caller.ts';
import { isNotModified, isUnreadableMarkup } from './errors.ts';
import { numericId } from './numeric-id.ts';
import type { ResolvedTelegramOptions } from './options.ts';
import {
  editPayloads,
  messagePayload,
  reactionPayload,
  type SendPlace,
  sendPayloads,
  type TextPayloads,
} from './outbound.ts';
import { photoPayload } from './photos.ts';
import { PLATFORM } from './platform.ts';
import { parseSentId } from './wire.ts';

export interface OutboxParts {
  readonly caller: ApiCaller;
  readonly limiter: LimiterPort;
  readonly options: ResolvedTelegramOptions;
  readonly logger: Logger;
  /** Ends the waiting for rate limits. */
  readonly hurry: AbortSignal;
}

/**
 * Everything that is shown in chats, in the order of the calls for each and no faster than Telegram lets it. All but
 * `showTyping` may reject with an `AppError`.
 */
export interface Outbox {
  /** The words, and below them each picture that Telegram takes. Resolves with where the words stand. */
  send(place: SendPlace, message: OutboundMessage): Promise<MessageRef>;
  edit(ref: MessageRef, message: OutboundMessage): Promise<void>;
  /** `sendMessage` with a payload of the caller's. */
  post(chatId: string, payload: object): Promise<MessageRef>;
  /** `editMessageText` with HTML and buttons of the caller's. */
  change(ref: MessageRef, parts: object): Promise<void>;
  remove(ref: MessageRef): Promise<void>;
  /** `undefined` takes the bot's reaction away. */
  react(ref: MessageRef, emoji: string | undefined): Promise<void>;
  showTyping(place: SendPlace): Promise<void>;
  /** A call that is about the bot and no chat. */
  callForBot(method: string, payload: object, call?: CallOptions): Promise<unknown>;
}

export function createOutbox(parts: OutboxParts): Outbox {
  const { caller, limiter, options, logger } = parts;

  /**
   * In the order of the calls for one destination, and no faster than Telegram lets it. What is worth something at once
   * or never (typing, answers to presses, polls) goes past this.
   */
  const inTurn = <T>(method: string, destination: string, minIntervalMs: number, job: () => Promise<T>) =>
    limiter.run({ method, destination, minIntervalMs, hurry: parts.hurry }, job);

  /** Telegram counts what people see; the rest keeps the order only. */
  const visibleIntervalMs = (chatId: string): number =>
    chatId.startsWith('-') ? options.groupIntervalMs : options.privateIntervalMs;

  const callForBot = (method: string, payload: object, call?: CallOptions): Promise<unknown> =>
    inTurn(method, 'bot', 0, () => caller.call(method, payload, call));

  /** Markup that Telegram cannot read costs the formatting, not the message. */
  async function callWithText(method: string, payloads: TextPayloads, call: CallOptions): Promise<unknown> {
    let isUnreadable = false;
    const result = await caller.call(method, payloads.html, {
      ...call,
      accepts: (refusal) => {
        isUnreadable = isUnreadableMarkup(refusal);
        return isUnreadable || call.accepts?.(refusal) === true;
      },
    });
    if (!isUnreadable) return result;
    logger.warn('telegram_markup_refused', { method });
    return await caller.call(method, payloads.plain, call);
  }

  /** `sendMessage` as a call that may not be repeated. */
  async function postInTurn(
    chatId: string,
    call: (method: string, options: CallOptions) => Promise<unknown>,
  ): Promise<MessageRef> {
    const result = await inTurn('sendMessage', chatId, visibleIntervalMs(chatId), () =>
      call('sendMessage', { isSend: true }),
    );
    const messageId = parseSentId(result);
    if (messageId === undefined) {
      throw new AppError('delivery_unknown', 'Telegram took the message but did not say under which number.');
    }
    return { platform: PLATFORM, channelId: chatId, messageId: String(messageId) };
  }

  async function send(place: SendPlace, message: OutboundMessage): Promise<MessageRef> {
    const payloads = sendPayloads(place, message);
    const ref = await postInTurn(place.chatId, (method, call) => callWithText(method, payloads, call));
    for (const picture of message.images ?? []) await showPicture(place, ref, picture);
    return ref;
  }

  /** A message of its own. Best effort: the words stand already. */
  async function showPicture(place: SendPlace, message: MessageRef, picture: Picture): Promise<void> {
    const payload = photoPayload(place, message, picture);
    const { chatId } = place;
    try {
      await inTurn('sendPhoto', chatId, visibleIntervalMs(chatId), () =>
        caller.call('sendPhoto', payload, { isSend: true }),
      );
    } catch (error) {
      logger.warn('picture_not_shown', { error });
    }
  }

  async function remove(ref: MessageRef): Promise<void> {
    const payload = messagePayload(ref);
    await inTurn('deleteMessage', ref.channelId, 0, () => caller.call('deleteMessage', payload));
  }

  async function react(ref: MessageRef, emoji: string | undefined): Promise<void> {
    const payload = reactionPayload(ref, emoji);
    await inTurn('setMessageReaction', ref.channelId, 0, () => caller.call('setMessageReaction', payload));
  }

  async function showTyping(place: SendPlace): Promise<void> {
    const payload = {
      chat_id: numericId(place.chatId, 'chat id'),
      ...(place.threadId === undefined ? {} : { message_thread_id: numericId(place.threadId, 'topic id') }),
      action: 'typing',
    };
    await caller.call('sendChatAction', payload).catch((error: unknown) => {
      logger.debug('telegram_typing_failed', { error });
    });
  }

  /** An edit that changes nothing is as good as one that does. */
  async function editInTurn(
    ref: MessageRef,
    call: (options: CallOptions) => Promise<unknown>,
  ): Promise<void> {
    const { channelId } = ref;
    await inTurn('editMessageText', channelId, visibleIntervalMs(channelId), () =>
      call({ accepts: isNotModified }),
    );
  }

  return {
    send,
    async edit(ref, message) {
      const payloads = editPayloads(ref, message);
      await editInTurn(ref, (call) => callWithText('editMessageText', payloads, call));
    },
    post: (chatId, payload) => postInTurn(chatId, (method, call) => caller.call(method, payload, call)),
    async change(ref, changes) {
      const payload = { ...messagePayload(ref), ...changes, parse_mode: 'HTML' };
      await editInTurn(ref, (call) => caller.call('editMessageText', payload, call));
    },
    remove,
    react,
    showTyping,
    callForBot,
  };
}
