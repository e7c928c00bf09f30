import { malformed, refusal } from './api-refusal.ts';
import { type AppState, statusKey } from './app-state.ts';
import type { CallArguments } from './call-schemas.ts';
import {
  channelToWrite,
  checkContents,
  checkThread,
  contentsOf,
  MAX_MARKDOWN_CHARS,
  post,
  remove,
  revise,
} from './messages.ts';
import { type FakeSlackChannel, type FakeSlackMessage, messageJson } from './workspace.ts';

/** In bytes: https://github.com/openclaw/openclaw/pull/115027 */
const MAX_UPDATE_TEXT_BYTES = 4_000;

export type Answer = Record<string, unknown>;

/** `chat.*` and the status line. */
export function createChatMethods(state: AppState) {
  const { workspace, statuses, statusLog } = state;
  const { bot } = workspace;

  function ownMessage(
    channelId: string,
    ts: string,
    code: string,
  ): { readonly channel: FakeSlackChannel; readonly message: FakeSlackMessage } {
    const channel = workspace.channelFor(channelId);
    const message = workspace.messageFor(channel, ts);
    if (message.author.id !== bot.id) throw refusal(code);
    return { channel, message };
  }

  function openStream(channelId: string, ts: string) {
    const { channel, message } = ownMessage(channelId, ts, 'message_not_owned_by_app');
    const { stream } = message;
    if (stream === undefined || !stream.isOpen) throw refusal('message_not_in_streaming_state');
    return { channel, message, stream };
  }

  function checkMarkdown(markdown: string | undefined): void {
    if ((markdown?.length ?? 0) > MAX_MARKDOWN_CHARS) throw malformed('msg_too_long');
  }

  function isActiveThread(channel: FakeSlackChannel, threadTs: string | undefined): boolean {
    if (threadTs === undefined) return true;
    return [...channel.messages.values()].some(
      (message) => message.threadTs === threadTs && message.privateTo === undefined && !message.isRemoved,
    );
  }

  return {
    'chat.postMessage': (args: CallArguments<'chat.postMessage'>): Answer => {
      const channel = channelToWrite(state, args.channel);
      checkContents(args);
      checkThread(channel, args.thread_ts);
      const message = post(state, channel, bot, {
        ...contentsOf(args),
        threadTs: args.thread_ts,
        isPlain: args.mrkdwn === false,
        linksNames: args.link_names === true || args.parse === 'full',
      });
      return { channel: channel.id, ts: message.ts, message: messageJson(workspace, message) };
    },

    'chat.postEphemeral': (args: CallArguments<'chat.postEphemeral'>): Answer => {
      const channel = channelToWrite(state, args.channel);
      if (!channel.members.has(args.user)) throw refusal('user_not_in_channel');
      checkContents(args);
      checkThread(channel, args.thread_ts);
      const message = post(state, channel, bot, {
        ...contentsOf(args),
        threadTs: args.thread_ts,
        // Slack takes it, and shows it to nobody, where the thread has no answer yet.
        privateTo: isActiveThread(channel, args.thread_ts) ? args.user : '',
        linksNames: args.link_names === true || args.parse === 'full',
      });
      return { message_ts: message.ts };
    },

    'chat.update': (args: CallArguments<'chat.update'>): Answer => {
      const { channel, message } = ownMessage(args.channel, args.ts, 'cant_update_message');
      if (message.stream?.isOpen === true) throw refusal('streaming_state_conflict');
      checkContents(args);
      if (Buffer.byteLength(args.text ?? '') > MAX_UPDATE_TEXT_BYTES) throw malformed('msg_too_long');
      const contents = contentsOf(args);
      revise(state, channel, message, (changed) => {
        changed.text = contents.text;
        // Blocks that are not mentioned stay: https://docs.slack.dev/reference/methods/chat.update
        if (args.blocks !== undefined || args.markdown_text !== undefined) {
          changed.blocks = contents.blocks;
          changed.stream = undefined;
        }
        changed.editedTs = workspace.nextTs();
      });
      return {
        channel: channel.id,
        ts: message.ts,
        text: message.text,
        message: messageJson(workspace, message),
      };
    },

    'chat.delete': (args: CallArguments<'chat.delete'>): Answer => {
      const { channel, message } = ownMessage(args.channel, args.ts, 'cant_delete_message');
      remove(state, channel, message);
      return { channel: channel.id, ts: message.ts };
    },

    'chat.startStream': (args: CallArguments<'chat.startStream'>): Answer => {
      const channel = channelToWrite(state, args.channel);
      checkMarkdown(args.markdown_text);
      checkThread(channel, args.thread_ts);
      if (channel.type !== 'im') {
        if (args.recipient_team_id === undefined) throw malformed('missing_recipient_team_id');
        if (args.recipient_user_id === undefined) throw malformed('missing_recipient_user_id');
        if (!channel.members.has(args.recipient_user_id)) throw refusal('user_not_in_channel');
      }
      const message = post(state, channel, bot, {
        text: args.markdown_text ?? '',
        threadTs: args.thread_ts,
        streamedMarkdown: args.markdown_text ?? '',
      });
      return { channel: channel.id, ts: message.ts };
    },

    'chat.appendStream': (args: CallArguments<'chat.appendStream'>): Answer => {
      const { channel, message, stream } = openStream(args.channel, args.ts);
      checkMarkdown(args.markdown_text);
      if ((args.markdown_text ?? '') === '') throw malformed('no_text');
      // The parts of a stream are no events; its start and its end are.
      stream.markdown += args.markdown_text ?? '';
      message.text = stream.markdown;
      return { channel: channel.id, ts: message.ts };
    },

    'chat.stopStream': (args: CallArguments<'chat.stopStream'>): Answer => {
      const { channel, message, stream } = openStream(args.channel, args.ts);
      checkMarkdown(args.markdown_text);
      const markdown = stream.markdown + (args.markdown_text ?? '');
      if (markdown.trim() === '' && (args.blocks ?? []).length === 0) throw malformed('no_text');
      if (args.blocks !== undefined) checkContents({ text: markdown, blocks: args.blocks });
      revise(state, channel, message, (changed) => {
        stream.markdown = markdown;
        stream.isOpen = false;
        changed.text = markdown;
        changed.blocks = contentsOf({ blocks: args.blocks }).blocks;
      });
      return { channel: channel.id, ts: message.ts, message: messageJson(workspace, message) };
    },

    'assistant.threads.setStatus': (args: CallArguments<'assistant.threads.setStatus'>): Answer => {
      const channel = workspace.channelFor(args.channel_id);
      const root = channel.messages.get(args.thread_ts);
      if (root === undefined || root.threadTs !== undefined) throw refusal('invalid_thread_ts');
      const key = statusKey(channel.id, args.thread_ts);
      if (args.status === '') statuses.delete(key);
      else statuses.set(key, args.status);
      statusLog.push({ channel: channel.id, threadTs: args.thread_ts, status: args.status });
      return {};
    },
  };
}
