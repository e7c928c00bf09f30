import type { DiscordState } from './discord-state.ts';
import { channelTypes, type FakeChannel, type FakeMessage, type FakeUser } from './guild-model.ts';
import { post } from './messages.ts';

/** https://docs.discord.com/developers/resources/message#message-object-message-types */
const THREAD_CREATED = 18;
const THREAD_STARTER_MESSAGE = 21;

export interface ThreadOptions {
  readonly name: string;
  /** The message that it grows from: it lends the thread its id. */
  readonly from?: string | undefined;
  readonly isPrivate?: boolean | undefined;
}

/** A thread in a text channel. */
export function openThread(
  state: DiscordState,
  parent: FakeChannel,
  owner: FakeUser,
  { name, from, isPrivate = false }: ThreadOptions,
): FakeChannel {
  const { world, feed } = state;
  const thread = world.addChannel({
    type: isPrivate ? channelTypes.privateThread : channelTypes.publicThread,
    guildId: parent.guildId,
    parentId: parent.id,
    ownerId: owner.id,
    name,
    ...(from === undefined ? {} : { id: from }),
  });
  thread.members.add(owner.id);
  feed.channel('THREAD_CREATE', thread, { newly_created: true });
  if (from !== undefined) {
    post(state, thread, owner, {
      content: '',
      type: THREAD_STARTER_MESSAGE,
      replyTo: { channelId: parent.id, messageId: from },
    });
  } else if (!isPrivate) {
    post(state, parent, owner, {
      content: name,
      type: THREAD_CREATED,
      replyTo: { channelId: thread.id, messageId: thread.id },
    });
  }
  return thread;
}

/** A post in a forum: a thread whose first message has the thread's own id. */
export function openForumPost(
  state: DiscordState,
  forum: FakeChannel,
  owner: FakeUser,
  title: string,
  content: string,
): { readonly thread: FakeChannel; readonly message: FakeMessage } {
  const { world, feed } = state;
  if (forum.type !== channelTypes.forum) throw new Error('posts are opened in forums');
  const thread = world.addChannel({
    type: channelTypes.publicThread,
    guildId: forum.guildId,
    parentId: forum.id,
    ownerId: owner.id,
    name: title,
  });
  thread.members.add(owner.id);
  feed.channel('THREAD_CREATE', thread, { newly_created: true });
  const message = post(state, thread, owner, { content, id: thread.id });
  return { thread, message };
}
