import { AppError, toAppError } from '../../core/domain/app-error.ts';
import type { ConversationAddress } from '../../core/domain/conversation.ts';
import type { Document } from '../../core/domain/document.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { OutboundMessage } from '../../core/domain/outbound-message.ts';
import type { OpenStream } from '../../core/ports/channel.ts';
import { parsePostedTs } from './answers.ts';
import type { ApiCaller } from './api-caller.ts';
import { PLATFORM } from './options.ts';
import {
  appendStreamPayload,
  MAX_STREAM_CHARS,
  startStreamPayload,
  stopStreamPayload,
  updatePayload,
} from './outbound.ts';
import type { StreamBudget } from './stream-budget.ts';
import { createStreamText } from './stream-text.ts';

/** Slack's word for a message that takes no more text. */
const STREAM_OVER = 'message_not_in_streaming_state';

/** Ends a stream whose words an update brings: Slack ends none that shows nothing at all. */
export const FILLER = '…';

export interface StreamParts {
  readonly caller: ApiCaller;
  readonly parse: (markdown: string) => Document;
  readonly postIntervalMs: number;
  readonly budget: StreamBudget;
}

const noneFree = (cause?: unknown): AppError =>
  new AppError('unsupported', 'Slack takes no further stream just now: send the message instead.', { cause });

/**
 * A message that Slack shows while it grows (`chat.startStream`). What is appended comes from the parsed text, never from
 * the model's own characters. Text that may not be appended just now waits for the next call, so an `append` that
 * resolves may show later; `close` shows everything, by an update of the message where what streamed is not exactly it.
 * Rejects with `unsupported` rather than wait where too many streams begin.
 */
export async function openSlackStream(
  target: ConversationAddress,
  replyTo: MessageRef | undefined,
  parts: StreamParts,
): Promise<OpenStream> {
  const { caller } = parts;
  const destination = target.channelId;
  const payload = startStreamPayload(target, replyTo);
  if (!parts.budget.take()) throw noneFree();
  const call = { destination, minIntervalMs: parts.postIntervalMs, waitsOnRateLimit: false };
  const started = await caller.call('chat.startStream', payload, call).catch((thrown: unknown) => {
    throw toAppError(thrown).code === 'rate_limited' ? noneFree(thrown) : thrown;
  });
  const ts = parsePostedTs(started);
  if (ts === undefined) {
    throw new AppError('delivery_unknown', 'Slack opened a message but did not say under which number.');
  }
  const ref: MessageRef = { platform: PLATFORM, channelId: target.channelId, messageId: ts };
  const text = createStreamText(parts.parse);
  let unsent = '';
  /** A call whose fate is unknown: what the message shows is no longer known either. */
  let isCertain = true;
  /** Nothing surely shows yet. */
  let isBare = true;

  async function stop(message: OutboundMessage, rest: string): Promise<boolean> {
    try {
      await caller.call('chat.stopStream', stopStreamPayload(ref, message, rest), { destination });
      return true;
    } catch (thrown) {
      // Stopped by the person or by Slack: the message can be updated like any other.
      if (toAppError(thrown).details['slackError'] === STREAM_OVER) return false;
      throw thrown;
    }
  }

  return {
    ref,
    async append(markdown) {
      unsent += text.push(markdown);
      if (unsent === '') return;
      const piece = unsent;
      try {
        await caller.call('chat.appendStream', appendStreamPayload(ref, piece), {
          destination,
          waitsOnRateLimit: false,
        });
        unsent = '';
        isBare = false;
      } catch (thrown) {
        const error = toAppError(thrown);
        if (error.code === 'rate_limited' || error.code === 'overloaded') return;
        isCertain = false;
        throw error;
      }
    },
    async close(message) {
      const { rest, isExact } = text.end(message.body);
      const last = isCertain ? unsent + rest : '';
      const fits = last.length <= MAX_STREAM_CHARS;
      const said = fits ? last : '';
      const isStopped = await stop(message, said === '' && isBare ? FILLER : said);
      if (isStopped && isExact && isCertain && fits) return;
      await caller.call('chat.update', updatePayload(ref, message), { destination });
    },
  };
}
