import { AppError } from '../../core/domain/app-error.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { OutboundMessage } from '../../core/domain/outbound-message.ts';
import type { InteractionResponse } from '../../core/ports/channel.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { ApiCaller } from './api-caller.ts';
import type { InteractionHandle } from './interaction-handle.ts';
import { placeOf, type SendPlace } from './outbound.ts';
import { PLATFORM } from './platform.ts';
import { renderDocument } from './render-html.ts';
import type { ApiRefusal } from './wire.ts';

/** Most that the little box over a chat can say. */
const MAX_BOX_CHARS = 200;

export interface InteractionAnswers {
  /**
   * A command is answered by a message in reply to it. A press is answered in the box over the chat where only the
   * presser should see a short text, and by a message otherwise.
   */
  answer(handle: InteractionHandle, response: InteractionResponse): Promise<void>;
  /**
   * Ends the busy sign on a button, with a passing word for who pressed where there is one. False when Telegram no longer
   * takes it, which nobody needs to know.
   */
  endBusySign(callbackQueryId: string, words?: string): Promise<boolean>;
}

export interface InteractionAnswerParts {
  readonly caller: ApiCaller;
  readonly logger: Logger;
  readonly send: (place: SendPlace, message: OutboundMessage) => Promise<MessageRef>;
  readonly showTyping: (place: SendPlace) => Promise<void>;
  /** Told of each press before it is answered. */
  readonly onAnswer: (callbackQueryId: string) => void;
}

/** Presses are answered past the queue of what is shown: a busy button would look broken behind it. */
export function createInteractionAnswers(parts: InteractionAnswerParts): InteractionAnswers {
  async function answerCallback(callbackQueryId: string, extra: object = {}): Promise<boolean> {
    parts.onAnswer(callbackQueryId);
    let isTaken = true;
    const accepts = (refusal: ApiRefusal): boolean => {
      // The query is too old, or was answered before.
      isTaken = refusal.status !== 400;
      return !isTaken;
    };
    const payload = { callback_query_id: callbackQueryId, ...extra };
    await parts.caller.call('answerCallbackQuery', payload, { accepts }).catch((error: unknown) => {
      isTaken = false;
      parts.logger.info('telegram_callback_not_answered', { error });
    });
    return isTaken;
  }

  async function answerInBox(handle: InteractionHandle, message: OutboundMessage): Promise<boolean> {
    const { text } = renderDocument(message.body);
    if (handle.callbackQueryId === undefined || text.length > MAX_BOX_CHARS || text.trim() === '')
      return false;
    if ((message.actions ?? []).flat().length > 0) return false;
    return await answerCallback(handle.callbackQueryId, { text, show_alert: true });
  }

  return {
    endBusySign: (callbackQueryId, words) =>
      answerCallback(callbackQueryId, words === undefined ? {} : { text: words.slice(0, MAX_BOX_CHARS) }),
    async answer(handle, response) {
      const place = placeOf(handle.chatId, handle.threadId);
      if (response.kind === 'choices') {
        throw new AppError('unsupported', 'Telegram has no completion of commands.');
      }
      if (response.kind === 'defer') {
        if (handle.callbackQueryId === undefined) await parts.showTyping(place);
        else await answerCallback(handle.callbackQueryId);
        return;
      }
      if (response.private && (await answerInBox(handle, response.message))) return;
      if (handle.callbackQueryId !== undefined) await answerCallback(handle.callbackQueryId);
      const replyTo = { platform: PLATFORM, channelId: handle.chatId, messageId: handle.messageId };
      await parts.send(place, { ...response.message, replyTo: response.message.replyTo ?? replyTo });
    },
  };
}
