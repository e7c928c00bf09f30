import { type AppError, type ErrorCode, toAppError } from '../../core/domain/app-error.ts';
import type { OutboundMessage } from '../../core/domain/outbound-message.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { RestFile } from './client.ts';

/** Pictures as Discord takes them beside a message: https://docs.discord.com/developers/reference#uploading-files */
export interface Pictures {
  readonly attachments: readonly {
    /** The place of its file. */
    readonly id: string;
    readonly filename: string;
    readonly description: string;
  }[];
  readonly files: readonly RestFile[];
}

export function picturesOf({ images = [] }: OutboundMessage): Pictures | undefined {
  if (images.length === 0) return undefined;
  return {
    attachments: images.map(({ fileName, alt }, id) => ({
      id: String(id),
      filename: fileName,
      description: alt,
    })),
    files: images.map(({ fileName, mediaType, bytes }) => ({
      name: fileName,
      contentType: mediaType,
      data: bytes,
    })),
  };
}

/** A message's data with what it says of its pictures. */
export const withAttachments = (data: object, pictures: Pictures | undefined): object =>
  pictures === undefined ? data : { ...data, attachments: pictures.attachments };

/** What befalls a message with pictures and one without alike. */
const notOfPictures: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'not_found',
  'conflict',
  'auth_failed',
  'rate_limited',
  'overloaded',
  'aborted',
]);

type Send<T> = (pictures: Pictures | undefined) => Promise<T>;

/**
 * Gives a message its pictures on the first try and none on later ones: its words are worth more. `mayGoOn`: whether the
 * words alone may be sent after this error of the first try; otherwise it is rejected with. Which pictures are left out
 * is logged.
 */
export type PictureTries = <T>(send: Send<T>, mayGoOn: (error: AppError) => boolean) => Promise<T>;

export function createPictureTries(pictures: Pictures | undefined, logger: Logger): PictureTries {
  let left = pictures;
  return async (send, mayGoOn) => {
    const now = left;
    left = undefined;
    if (now === undefined) return await send(undefined);
    try {
      return await send(now);
    } catch (thrown) {
      const error = toAppError(thrown);
      if (notOfPictures.has(error.code)) throw error;
      logger.warn('picture_not_shown', { count: now.files.length, error });
      if (!mayGoOn(error)) throw error;
      return await send(undefined);
    }
  };
}
