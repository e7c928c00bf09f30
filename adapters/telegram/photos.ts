import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { Picture } from '../../core/domain/outbound-message.ts';
import { numericId } from './numeric-id.ts';
import type { SendPlace } from './outbound.ts';

/**
 * `sendPhoto`: a picture below its message, as a reply to it. Telegram keeps no description of pictures, so that it
 * stands under each for all to read. A call with a file is a form, in which what is no word or number is written as JSON.
 */
export function photoPayload(place: SendPlace, message: MessageRef, picture: Picture): object {
  return {
    chat_id: numericId(place.chatId, 'chat id'),
    ...(place.threadId === undefined ? {} : { message_thread_id: numericId(place.threadId, 'topic id') }),
    photo: { source: Buffer.from(picture.bytes), filename: picture.fileName },
    caption: picture.alt,
    reply_parameters: JSON.stringify({
      message_id: numericId(message.messageId, 'message id'),
      allow_sending_without_reply: true,
    }),
  };
}
