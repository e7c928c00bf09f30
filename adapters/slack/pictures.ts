import { AppError } from '../../core/domain/app-error.ts';
import type { ConversationAddress } from '../../core/domain/conversation.ts';
import type { Picture } from '../../core/domain/outbound-message.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { parsePostedChannel, parseUploadTicket } from './answers.ts';
import type { ApiCaller } from './api-caller.ts';
import { postPayload } from './outbound.ts';

export interface PictureDesk {
  /**
   * Puts pictures into a conversation, below what was said there. Best effort: a picture that Slack does not take is logged
   * and left out. Never rejects.
   */
  show(
    target: Pick<ConversationAddress, 'channelId' | 'threadId'>,
    images?: readonly Picture[],
  ): Promise<void>;
  /** The same for one person's eyes: Slack hides no file in a channel, so that they go into the direct messages with the bot. */
  showAlone(target: ConversationAddress, userId: string, images?: readonly Picture[]): Promise<void>;
}

const introduction = (count: number): string =>
  count === 1 ? 'The picture that belongs to your answer:' : 'The pictures that belong to your answer:';

export function createPictureDesk(caller: ApiCaller, logger: Logger): PictureDesk {
  async function quietly<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      logger.warn('picture_not_shown', { error });
      return undefined;
    }
  }

  /** The id of the file, which nobody sees yet. */
  async function upload({ fileName, alt, bytes }: Picture, destination: string): Promise<string> {
    const wanted = { filename: fileName, length: bytes.length, alt_txt: alt };
    const ticket = parseUploadTicket(
      await caller.call('files.getUploadURLExternal', wanted, { destination }),
    );
    if (ticket === undefined) throw new AppError('peer_failed', 'Slack named no place for a picture.');
    await caller.upload(ticket.url, bytes, { destination });
    return ticket.fileId;
  }

  async function show(
    { channelId, threadId }: Pick<ConversationAddress, 'channelId' | 'threadId'>,
    images: readonly Picture[] = [],
  ): Promise<void> {
    const ids: string[] = [];
    for (const image of images) {
      const id = await quietly(() => upload(image, channelId));
      if (id !== undefined) ids.push(id);
    }
    const [first, ...others] = ids.map((id) => ({ id }));
    if (first === undefined) return;
    const place =
      threadId === undefined ? { channel_id: channelId } : { channel_id: channelId, thread_ts: threadId };
    const call = { destination: channelId };
    await quietly(() =>
      caller.call('files.completeUploadExternal', { files: [first, ...others], ...place }, call),
    );
  }

  return {
    show,
    async showAlone(target, userId, images = []) {
      if (images.length === 0) return;
      if (target.audience === 'direct') return show(target, images);
      await quietly(async () => {
        const { threadId: _, ...channel } = target;
        const text = introduction(images.length);
        const body = {
          blocks: [{ type: 'paragraph' as const, children: [{ type: 'text' as const, text }] }],
        };
        // Slack knows a person's id as the name of the conversation with them.
        const payload = postPayload({ ...channel, channelId: userId }, { body, sendKey: '' });
        const answer = await caller.call('chat.postMessage', payload, { destination: userId });
        const channelId = parsePostedChannel(answer);
        if (channelId === undefined) {
          throw new AppError('peer_failed', 'Slack did not say where the direct messages are.');
        }
        await show({ channelId }, images);
      });
    },
  };
}
