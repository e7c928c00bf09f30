import { malformed, refusal } from './api-refusal.ts';
import { type AppState, statusKey } from './app-state.ts';
import { checkBlocks } from './block-rules.ts';
import {
  type FakeBlock,
  type FakeSlackChannel,
  type FakeSlackMessage,
  type FakeSlackUser,
  messageJson,
  type PostedMessage,
} from './workspace.ts';

/** https://docs.slack.dev/changelog/2018/04/05/truncating-really-long-messages */
const MAX_TEXT_CHARS = 40_000;
export const MAX_MARKDOWN_CHARS = 12_000;

export interface Contents {
  readonly text?: string | undefined;
  readonly blocks?: readonly FakeBlock[] | undefined;
  readonly markdown_text?: string | undefined;
}

/** Refuses what Slack refuses of a message's contents. */
export function checkContents({ text, blocks, markdown_text: markdown }: Contents): void {
  if (markdown !== undefined && (text !== undefined || blocks !== undefined)) {
    throw malformed('markdown_text_conflict');
  }
  if ((text?.length ?? 0) > MAX_TEXT_CHARS) throw malformed('msg_too_long');
  if ((markdown?.length ?? 0) > MAX_MARKDOWN_CHARS) throw malformed('msg_too_long');
  const hasBlocks = blocks !== undefined && blocks.length > 0;
  if ((text ?? markdown ?? '').trim() === '' && !hasBlocks) throw malformed('no_text');
  if (blocks !== undefined) checkBlocks(blocks, 'message');
}

/** Markdown in `markdown_text` becomes a markdown block. */
export function contentsOf(contents: Contents): { text: string; blocks: readonly FakeBlock[] | undefined } {
  if (contents.markdown_text !== undefined) {
    return {
      text: contents.markdown_text,
      blocks: [{ type: 'markdown', block_id: 'markdown', text: contents.markdown_text }],
    };
  }
  const blocks = contents.blocks?.map((block, index) => ({ block_id: `fake-${index}`, ...block }));
  return { text: contents.text ?? '', blocks: blocks?.length === 0 ? undefined : blocks };
}

/** The thread that a `thread_ts` names. */
export function checkThread(channel: FakeSlackChannel, threadTs: string | undefined): void {
  if (threadTs === undefined) return;
  const root = channel.messages.get(threadTs);
  if (root === undefined || root.threadTs !== undefined || root.privateTo !== undefined) {
    throw refusal('thread_not_found');
  }
}

/** Where the bot may write. */
export function channelToWrite(state: AppState, id: string): FakeSlackChannel {
  const { workspace } = state;
  const channel = workspace.users.has(id) ? workspace.dmOf(id) : workspace.channelFor(id);
  if (channel.isArchived) throw refusal('is_archived');
  if (!channel.members.has(workspace.bot.id)) throw refusal('not_in_channel');
  return channel;
}

/** A message appears, and everybody hears of it: the app too, of its own as of others'. */
export function post(
  state: AppState,
  channel: FakeSlackChannel,
  author: FakeSlackUser,
  posted: PostedMessage,
): FakeSlackMessage {
  const { workspace, feed, statuses } = state;
  const message = workspace.add(channel, author, posted);
  if (author.id === workspace.bot.id && message.threadTs !== undefined) {
    statuses.delete(statusKey(channel.id, message.threadTs));
  }
  if (message.privateTo === undefined && channel.members.has(workspace.bot.id)) {
    feed.event({ ...messageJson(workspace, message), channel: channel.id, event_ts: message.ts }, channel);
  }
  return message;
}

/** Other words, blocks or state of a message; `change` makes them. */
export function revise(
  state: AppState,
  channel: FakeSlackChannel,
  message: FakeSlackMessage,
  change: (message: FakeSlackMessage) => void,
): void {
  const { workspace, feed } = state;
  const previous = messageJson(workspace, message);
  change(message);
  const eventTs = workspace.nextTs();
  if (!channel.members.has(workspace.bot.id)) return;
  feed.event(
    {
      type: 'message',
      subtype: 'message_changed',
      message: messageJson(workspace, message),
      previous_message: previous,
      channel: channel.id,
      hidden: true,
      ts: eventTs,
      event_ts: eventTs,
    },
    channel,
  );
}

export function remove(state: AppState, channel: FakeSlackChannel, message: FakeSlackMessage): void {
  const { workspace, feed } = state;
  message.isRemoved = true;
  const eventTs = workspace.nextTs();
  if (!channel.members.has(workspace.bot.id)) return;
  feed.event(
    {
      type: 'message',
      subtype: 'message_deleted',
      previous_message: messageJson(workspace, message),
      channel: channel.id,
      hidden: true,
      deleted_ts: message.ts,
      ts: eventTs,
      event_ts: eventTs,
    },
    channel,
  );
}

/** A reaction appears or goes, whoever's it is. `false` where nothing changed. */
export function react(
  state: AppState,
  change: 'added' | 'removed',
  message: FakeSlackMessage,
  userId: string,
  name: string,
  options: { readonly namesAuthor: boolean } = { namesAuthor: true },
): boolean {
  const { workspace, feed } = state;
  const users = message.reactions.get(name) ?? new Set<string>();
  if (change === 'added' ? users.has(userId) : !users.has(userId)) return false;
  if (change === 'added') users.add(userId);
  else users.delete(userId);
  if (users.size === 0) message.reactions.delete(name);
  else message.reactions.set(name, users);
  const channel = workspace.channels.get(message.channel);
  if (channel === undefined || !channel.members.has(workspace.bot.id)) return true;
  feed.event({
    type: `reaction_${change}`,
    user: userId,
    reaction: name,
    item: { type: 'message', channel: message.channel, ts: message.ts },
    ...(options.namesAuthor ? { item_user: message.author.id } : {}),
    event_ts: workspace.nextTs(),
  });
  return true;
}
