import { refusal } from './api-refusal.ts';
import type { FakeSlackFile } from './uploads.ts';

export type ChannelType = 'channel' | 'group' | 'mpim' | 'im';

export interface FakeSlackUser {
  readonly id: string;
  readonly team_id: string;
  readonly name: string;
  readonly real_name: string;
  readonly is_bot: boolean;
  readonly is_admin: boolean;
  readonly is_owner: boolean;
  readonly bot_id?: string;
}

export type FakeBlock = Readonly<Record<string, unknown>> & { readonly type: string };

export interface FakeSlackMessage {
  readonly ts: string;
  readonly channel: string;
  readonly author: FakeSlackUser;
  text: string;
  blocks: readonly FakeBlock[] | undefined;
  readonly threadTs: string | undefined;
  readonly clientMsgId: string | undefined;
  /** Only this person sees it; Slack keeps no such message. */
  readonly privateTo: string | undefined;
  readonly isPlain: boolean;
  readonly linksNames: boolean;
  editedTs: string | undefined;
  /** The raw Markdown of a stream; `isOpen` until it is stopped. */
  stream: { markdown: string; isOpen: boolean } | undefined;
  isRemoved: boolean;
  readonly files: readonly FakeSlackFile[];
  /** Emoji names to the users who reacted. */
  readonly reactions: Map<string, Set<string>>;
  readonly extra: Readonly<Record<string, unknown>>;
}

export interface FakeSlackChannel {
  readonly id: string;
  readonly name: string;
  readonly type: ChannelType;
  /** The user id of the person on the other side of a DM. */
  readonly person: string | undefined;
  isArchived: boolean;
  readonly isShared: boolean;
  readonly members: Set<string>;
  readonly messages: Map<string, FakeSlackMessage>;
}

export interface PostedMessage {
  readonly files?: readonly FakeSlackFile[];
  readonly text?: string | undefined;
  readonly blocks?: readonly FakeBlock[] | undefined;
  readonly threadTs?: string | undefined;
  readonly clientMsgId?: string | undefined;
  readonly privateTo?: string | undefined;
  readonly isPlain?: boolean | undefined;
  readonly linksNames?: boolean | undefined;
  readonly streamedMarkdown?: string | undefined;
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}

/** People, channels and messages of one team. */
export interface Workspace {
  readonly teamId: string;
  readonly teamName: string;
  readonly appId: string;
  readonly bot: FakeSlackUser;
  readonly users: Map<string, FakeSlackUser>;
  readonly channels: Map<string, FakeSlackChannel>;
  /** Epoch milliseconds by Slack's clock. */
  now(): number;
  /** A timestamp that nothing had before: seconds with six decimals. */
  nextTs(): string;
  /** `U0…`, `C0…`: ids as Slack makes them. */
  nextId(prefix: string): string;
  addUser(user: Partial<FakeSlackUser>): FakeSlackUser;
  addChannel(channel: {
    readonly type: ChannelType;
    readonly name?: string | undefined;
    readonly person?: string | undefined;
    readonly isShared?: boolean | undefined;
    readonly members: readonly string[];
  }): FakeSlackChannel;
  /** The DM of a person with the bot. */
  dmOf(userId: string): FakeSlackChannel;
  add(channel: FakeSlackChannel, author: FakeSlackUser, message: PostedMessage): FakeSlackMessage;
  /** As a bot finds them: `channel_not_found` also where it is not a member of a private one. */
  channelFor(id: string): FakeSlackChannel;
  messageFor(channel: FakeSlackChannel, ts: string): FakeSlackMessage;
}

export interface WorkspaceOptions {
  readonly teamId: string;
  readonly botUserId?: string | undefined;
  readonly now: () => number;
}

export function createWorkspace({ teamId, botUserId, now }: WorkspaceOptions): Workspace {
  const users = new Map<string, FakeSlackUser>();
  const channels = new Map<string, FakeSlackChannel>();
  let lastMicros = 0;
  let lastId = 0;

  const nextId = (prefix: string): string => {
    lastId += 1;
    return `${prefix}0FAKE${lastId.toString(36).toUpperCase().padStart(5, '0')}`;
  };
  const nextTs = (): string => {
    lastMicros = Math.max(lastMicros + 1, Math.floor(now() * 1_000));
    return `${Math.floor(lastMicros / 1_000_000)}.${String(lastMicros % 1_000_000).padStart(6, '0')}`;
  };
  const addUser = (user: Partial<FakeSlackUser>): FakeSlackUser => {
    const id = user.id ?? nextId('U');
    const full: FakeSlackUser = {
      id,
      team_id: teamId,
      name: `person${users.size}`,
      real_name: `Person ${users.size}`,
      is_bot: false,
      is_admin: false,
      is_owner: false,
      ...user,
    };
    users.set(id, full);
    return full;
  };
  const bot = addUser({
    ...(botUserId === undefined ? {} : { id: botUserId }),
    name: 'metaclaw',
    real_name: 'MetaClaw',
    is_bot: true,
    bot_id: nextId('B'),
  });

  const workspace: Workspace = {
    teamId,
    teamName: 'Fake Team',
    appId: nextId('A'),
    bot,
    users,
    channels,
    now,
    nextTs,
    nextId,
    addUser,
    addChannel({ type, name, person, isShared, members }) {
      const id = nextId(type === 'im' ? 'D' : 'C');
      const channel: FakeSlackChannel = {
        id,
        name: name ?? (type === 'im' ? 'directmessage' : `channel-${id.toLowerCase()}`),
        type,
        person,
        isArchived: false,
        isShared: isShared ?? false,
        members: new Set(members),
        messages: new Map(),
      };
      channels.set(id, channel);
      return channel;
    },
    dmOf(userId) {
      const known = [...channels.values()].find((channel) => channel.person === userId);
      return known ?? workspace.addChannel({ type: 'im', person: userId, members: [userId, bot.id] });
    },
    add(channel, author, message) {
      const full: FakeSlackMessage = {
        ts: nextTs(),
        channel: channel.id,
        author,
        text: message.text ?? '',
        blocks: message.blocks,
        threadTs: message.threadTs,
        clientMsgId: message.clientMsgId,
        privateTo: message.privateTo,
        isPlain: message.isPlain ?? false,
        linksNames: message.linksNames ?? false,
        editedTs: undefined,
        stream:
          message.streamedMarkdown === undefined
            ? undefined
            : { markdown: message.streamedMarkdown, isOpen: true },
        isRemoved: false,
        files: message.files ?? [],
        reactions: new Map(),
        extra: message.extra ?? {},
      };
      channel.messages.set(full.ts, full);
      return full;
    },
    channelFor(id) {
      const found = channels.get(id);
      const isHidden = found !== undefined && found.type !== 'channel' && !found.members.has(bot.id);
      if (found === undefined || isHidden) throw refusal('channel_not_found');
      return found;
    },
    messageFor(channel, ts) {
      const found = channel.messages.get(ts);
      if (found === undefined || found.isRemoved || found.privateTo !== undefined) {
        throw refusal('message_not_found');
      }
      return found;
    },
  };
  return workspace;
}

/** The root of a thread, by any message of it. */
export const rootTsOf = (message: FakeSlackMessage): string => message.threadTs ?? message.ts;

/** A message as events and answers show it. */
export function messageJson(workspace: Workspace, message: FakeSlackMessage): Record<string, unknown> {
  const { author } = message;
  const root =
    message.threadTs === undefined
      ? undefined
      : workspace.channels.get(message.channel)?.messages.get(message.threadTs);
  const reactions = [...message.reactions].map(([name, users]) => ({
    name,
    users: [...users],
    count: users.size,
  }));
  return {
    type: 'message',
    user: author.id,
    ts: message.ts,
    ...(message.clientMsgId === undefined ? {} : { client_msg_id: message.clientMsgId }),
    text: message.text,
    team: author.team_id,
    // People of another team, in a shared channel.
    ...(author.team_id === workspace.teamId
      ? {}
      : { user_team: author.team_id, source_team: author.team_id }),
    ...(author.bot_id === undefined
      ? {}
      : {
          bot_id: author.bot_id,
          app_id: author.id === workspace.bot.id ? workspace.appId : 'A0FAKEOTHER',
          bot_profile: {
            id: author.bot_id,
            deleted: false,
            name: author.name,
            app_id: author.id === workspace.bot.id ? workspace.appId : 'A0FAKEOTHER',
            team_id: author.team_id,
          },
        }),
    ...(message.blocks === undefined ? {} : { blocks: message.blocks }),
    ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
    ...(root === undefined ? {} : { parent_user_id: root.author.id }),
    ...(message.editedTs === undefined ? {} : { edited: { user: author.id, ts: message.editedTs } }),
    ...(message.stream === undefined
      ? {}
      : { streaming_state: message.stream.isOpen ? 'in_progress' : 'completed' }),
    ...(reactions.length === 0 ? {} : { reactions }),
    ...message.extra,
  };
}
