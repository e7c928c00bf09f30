import { AppError, toAppError } from '../../core/domain/app-error.ts';
import type { ConversationAddress } from '../../core/domain/conversation.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { OutboundMessage } from '../../core/domain/outbound-message.ts';
import type { ActiveThreads } from './active-threads.ts';
import { parseEphemeralTs, parsePostedTs } from './answers.ts';
import type { ApiCaller } from './api-caller.ts';
import { PLATFORM } from './options.ts';
import { ephemeralPayload, postPayload, stopStreamPayload, threadOf, updatePayload } from './outbound.ts';
import type { PictureDesk } from './pictures.ts';
import { FILLER } from './stream.ts';

/** Slack's word where a message is still being streamed, as one is that a killed process left. */
const STILL_STREAMING = 'streaming_state_conflict';

/** Whatever is posted has its pictures below it, those that Slack takes. */
export interface Poster {
  post(target: ConversationAddress, message: OutboundMessage): Promise<MessageRef>;
  /** To one person's eyes, wherever that person can see it. */
  postPrivately(target: ConversationAddress, userId: string, message: OutboundMessage): Promise<MessageRef>;
  update(ref: MessageRef, message: OutboundMessage): Promise<void>;
}

export interface PosterParts {
  readonly caller: ApiCaller;
  readonly pictures: PictureDesk;
  readonly threads: ActiveThreads;
  readonly postIntervalMs: number;
  readonly editIntervalMs: number;
  /** Something was said there for all to see. */
  readonly onSaid: (target: ConversationAddress) => void;
}

export function createPoster(parts: PosterParts): Poster {
  const { caller, threads } = parts;
  const spaced = ({ channelId }: ConversationAddress) => ({
    destination: channelId,
    minIntervalMs: parts.postIntervalMs,
  });

  function refOf({ channelId }: ConversationAddress, messageId: string | undefined): MessageRef {
    if (messageId !== undefined) return { platform: PLATFORM, channelId, messageId };
    throw new AppError('delivery_unknown', 'Slack took the message but did not say under which number.');
  }

  async function post(target: ConversationAddress, message: OutboundMessage): Promise<MessageRef> {
    const answer = await caller.call('chat.postMessage', postPayload(target, message), spaced(target));
    parts.onSaid(target);
    const ref = refOf(target, parsePostedTs(answer));
    const threadId = threadOf(target, message.replyTo);
    const place = { channelId: target.channelId, ...(threadId === undefined ? {} : { threadId }) };
    await parts.pictures.show(place, message.images);
    return ref;
  }

  /**
   * Slack shows a private message in a thread only where the thread has an answer already; elsewhere it goes into the
   * channel: https://docs.slack.dev/reference/methods/chat.postEphemeral
   */
  function whereSeen({ threadId, ...channel }: ConversationAddress): ConversationAddress {
    const isSeen = threadId !== undefined && threads.has(channel.channelId, threadId);
    return isSeen ? { ...channel, threadId } : channel;
  }

  return {
    post,
    async postPrivately(target, userId, message) {
      if (target.audience === 'direct') return post(target, message);
      const { replyTo: _, ...unlinked } = message;
      const payload = ephemeralPayload(whereSeen(target), userId, unlinked);
      const answer = await caller.call('chat.postEphemeral', payload, spaced(target));
      await parts.pictures.showAlone(target, userId, message.images);
      return refOf(target, parseEphemeralTs(answer));
    },
    async update(ref, message) {
      const payload = updatePayload(ref, message);
      const call = { destination: ref.channelId, minIntervalMs: parts.editIntervalMs };
      try {
        await caller.call('chat.update', payload, call);
      } catch (thrown) {
        if (toAppError(thrown).details['slackError'] !== STILL_STREAMING) throw thrown;
        const bare = { body: message.body, sendKey: message.sendKey };
        await caller.call('chat.stopStream', stopStreamPayload(ref, bare, FILLER), call);
        await caller.call('chat.update', payload, call);
      }
    },
  };
}
