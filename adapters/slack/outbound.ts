import { AppError } from '../../core/domain/app-error.ts';
import type { ChannelCapabilities } from '../../core/domain/capabilities.ts';
import type { ConversationAddress } from '../../core/domain/conversation.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { OutboundMessage } from '../../core/domain/outbound-message.ts';
import type { KnownBlock, SlackCalls } from './client.ts';
import { actionBlocks } from './feedback-block.ts';
import { MAX_TEXT_CHARS, measureDocument } from './measure-document.ts';
import { renderBlocks } from './render-blocks.ts';
import { renderMrkdwn } from './render-mrkdwn.ts';

const maxBlocks = 50;
/** https://docs.slack.dev/reference/methods/chat.appendStream */
export const MAX_STREAM_CHARS = 12_000;

export const slackCapabilities: ChannelCapabilities = {
  maxTextChars: MAX_TEXT_CHARS,
  // One person reads a native stream: chat.appendStream takes 100 a minute for all streams together.
  minEditIntervalMs: 1_200,
  // chat.update takes 50 a minute for the whole workspace: three answers may grow at once and leave some room.
  minGroupEditIntervalMs: 4_000,
  canEdit: true,
  canRemove: true,
  canStreamNatively: true,
  // In a channel only one recipient would see a stream grow.
  canReadThreads: true,
  // It would take a permission that nothing needs.
  canReact: false,
  canSeeReactions: true,
  canSeeReactionRemoval: true,
  canSendPrivately: true,
  canAnswerPrivately: true,
  canShowActions: true,
  canShowFeedbackButtons: true,
  canShowNotes: false,
  canShowImages: true,
  canShowActivity: true,
  canOpenForms: true,
  // The app's manifest names the one command.
  canRegisterCommands: false,
  canPublishHome: true,
  hasWrittenCommands: true,
  hasSendKeys: false,
  commandPrefix: '/metaclaw ',
  threadCommandPrefix: { direct: '!', group: '@bot ' },
  isLocal: false,
  feedbackHint:
    'React with 👍 or 👎, or press the thumbs under an answer, to tell me how it was. “Correct this answer” in the menu of a message tells me what it should have been.',
  promptFacts:
    'You are speaking in Slack: bold, italics, strikethrough, links, lists, quotes, code blocks and one table a message are shown; headings look like bold lines.',
};

interface Shown {
  readonly text: string;
  readonly blocks: KnownBlock[];
}

/** Words and buttons. Throws `invalid_input` for what Slack would refuse; nothing is cut off. */
function shownOf(message: OutboundMessage): Shown {
  const length = measureDocument(message.body);
  if (length > MAX_TEXT_CHARS) {
    const sentence = `A Slack message may take ${MAX_TEXT_CHARS} characters; this one takes ${length}.`;
    throw new AppError('invalid_input', sentence);
  }
  const words = renderBlocks(message.body);
  const text = renderMrkdwn(message.body);
  if (words.length === 0 || text.trim() === '') {
    throw new AppError('invalid_input', 'A Slack message cannot be empty.');
  }
  const blocks = [...words, ...actionBlocks(message.actions)];
  if (blocks.length > maxBlocks) {
    const sentence = `A Slack message may have ${maxBlocks} blocks; with its buttons this one has ${blocks.length}.`;
    throw new AppError('invalid_input', sentence);
  }
  return { text, blocks };
}

/** Text is as it was written: Slack looks for no names and channels in it. */
const unparsed = { parse: 'none', link_names: false } as const;

/** The thread that a message goes into; without one, the thread of what it replies to. */
export function threadOf(
  { channelId, threadId }: ConversationAddress,
  replyTo?: MessageRef,
): string | undefined {
  return threadId ?? (replyTo?.channelId === channelId ? replyTo.messageId : undefined);
}

/** `chat.postMessage`. Throws `invalid_input` for what Slack would refuse. */
export function postPayload(
  target: ConversationAddress,
  message: OutboundMessage,
): SlackCalls['chat.postMessage'] {
  const thread = threadOf(target, message.replyTo);
  return {
    channel: target.channelId,
    ...(thread === undefined ? {} : { thread_ts: thread }),
    ...shownOf(message),
    ...unparsed,
    unfurl_links: false,
    unfurl_media: false,
  };
}

/** `chat.postEphemeral` to `userId`, Slack's own id. Throws as `postPayload`. */
export function ephemeralPayload(
  target: ConversationAddress,
  userId: string,
  message: OutboundMessage,
): SlackCalls['chat.postEphemeral'] {
  const thread = threadOf(target, message.replyTo);
  return {
    channel: target.channelId,
    user: userId,
    ...(thread === undefined ? {} : { thread_ts: thread }),
    ...shownOf(message),
    ...unparsed,
  };
}

/**
 * `chat.update` counts `text` in bytes, escapes included, though its page says characters:
 * https://github.com/openclaw/openclaw/pull/115027
 */
const MAX_UPDATE_TEXT_BYTES = 4_000;

/** The beginning of a text in Slack's markup that takes at most so many bytes; never half an escape or a link. */
function beginningIn(maxBytes: number, text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  const end = '…';
  const kept = bytes.subarray(0, maxBytes - Buffer.byteLength(end));
  // What is left of a character that was cut in two is kept back by a decoder that waits for more.
  const beginning = new TextDecoder().decode(kept, { stream: true });
  return beginning.replace(/(?:<[^<>]*|&[a-z]*)$/, '') + end;
}

/**
 * `chat.update`; buttons that the message does not name go. What `text` has no room for stands in the blocks, which is
 * what people see. Throws as `postPayload`.
 */
export function updatePayload(ref: MessageRef, message: OutboundMessage): SlackCalls['chat.update'] {
  const { text, blocks } = shownOf(message);
  const fallback = beginningIn(MAX_UPDATE_TEXT_BYTES, text);
  return { channel: ref.channelId, ts: ref.messageId, text: fallback, blocks, ...unparsed };
}

/** What a `response_url` takes (https://docs.slack.dev/interactivity/handling-user-interaction). */
export interface ResponseUrlPayload extends Shown {
  readonly response_type: 'ephemeral' | 'in_channel';
  /** Whether the message with the button goes; without effect on the answer to a slash command. */
  readonly replace_original: boolean;
}

/** The answer to a slash command or a button. Throws as `postPayload`. */
export function responseUrlPayload(message: OutboundMessage, isPrivate: boolean): ResponseUrlPayload {
  return {
    ...shownOf(message),
    response_type: isPrivate ? 'ephemeral' : 'in_channel',
    replace_original: false,
  };
}

/** `chat.startStream`, without any text yet. Throws `invalid_input` outside of a thread. */
export function startStreamPayload(
  target: ConversationAddress,
  replyTo?: MessageRef,
): SlackCalls['chat.startStream'] {
  const thread = threadOf(target, replyTo);
  if (thread === undefined) {
    throw new AppError('invalid_input', 'Slack streams into threads only; send the message instead.');
  }
  return {
    channel: target.channelId,
    thread_ts: thread,
  };
}

/** `chat.appendStream`. Throws `invalid_input` over `MAX_STREAM_CHARS` and for no text. */
export function appendStreamPayload(ref: MessageRef, markdown: string): SlackCalls['chat.appendStream'] {
  if (markdown === '')
    throw new AppError('invalid_input', 'There is nothing to append to the Slack message.');
  return { ...namedMessage(ref), markdown_text: streamText(markdown) };
}

/** `chat.stopStream`: the last text, and the buttons below all of it. Throws as `appendStreamPayload`. */
export function stopStreamPayload(
  ref: MessageRef,
  message: OutboundMessage,
  rest = '',
): SlackCalls['chat.stopStream'] {
  const blocks = [...actionBlocks(message.actions)];
  return {
    ...namedMessage(ref),
    ...(rest === '' ? {} : { markdown_text: streamText(rest) }),
    ...(blocks.length === 0 ? {} : { blocks }),
  };
}

function streamText(markdown: string): string {
  if (markdown.length <= MAX_STREAM_CHARS) return markdown;
  const message = `Slack appends ${MAX_STREAM_CHARS} characters at once; these are ${markdown.length}.`;
  throw new AppError('invalid_input', message);
}

/** `assistant.threads.setStatus`; it ends by itself with the next message. `undefined` where there is no thread. */
export function statusPayload(
  target: ConversationAddress,
  activity: 'thinking' | 'idle',
): SlackCalls['assistant.threads.setStatus'] | undefined {
  if (target.threadId === undefined) return undefined;
  return {
    channel_id: target.channelId,
    thread_ts: target.threadId,
    status: activity === 'thinking' ? 'is thinking…' : '',
  };
}

export function deletePayload(ref: MessageRef): SlackCalls['chat.delete'] {
  return namedMessage(ref);
}

const namedMessage = ({ channelId, messageId }: MessageRef): { channel: string; ts: string } => ({
  channel: channelId,
  ts: messageId,
});
