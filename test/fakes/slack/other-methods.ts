import { malformed, refusal } from './api-refusal.ts';
import type { AppState } from './app-state.ts';
import { checkBlocks } from './block-rules.ts';
import type { CallArguments, HomeView, ModalView } from './call-schemas.ts';
import type { Answer } from './chat-methods.ts';
import { isEmojiName } from './emoji-names.ts';
import { react } from './messages.ts';
import { messageJson } from './workspace.ts';

const DEFAULT_PAGE = 100;

/** Everything but `chat.*`. */
export function createOtherMethods(
  state: AppState,
  customEmoji: ReadonlySet<string>,
  socketUrl: () => string,
) {
  const { workspace } = state;
  const { bot } = workspace;

  function viewJson(id: string, hash: string, view: ModalView | HomeView): Answer {
    return {
      id,
      hash,
      team_id: workspace.teamId,
      app_id: workspace.appId,
      app_installed_team_id: workspace.teamId,
      bot_id: bot.bot_id,
      root_view_id: id,
      previous_view_id: null,
      state: { values: {} },
      private_metadata: '',
      callback_id: '',
      external_id: '',
      ...view,
    };
  }

  function reactionTarget(args: {
    readonly channel: string;
    readonly timestamp: string;
    readonly name: string;
  }) {
    const channel = workspace.channelFor(args.channel);
    if (!isEmojiName(args.name, customEmoji)) throw refusal('invalid_name');
    if (channel.isArchived) throw refusal('is_archived');
    if (!channel.members.has(bot.id)) throw refusal('not_in_channel');
    return workspace.messageFor(channel, args.timestamp);
  }

  return {
    'auth.test': (): Answer => ({
      url: 'https://fake-team.slack.com/',
      team: workspace.teamName,
      user: bot.name,
      team_id: workspace.teamId,
      user_id: bot.id,
      bot_id: bot.bot_id,
      is_enterprise_install: false,
    }),

    'apps.connections.open': (): Answer => {
      if (!state.app().hasSocketMode) throw refusal('socket_mode_not_enabled');
      return { url: socketUrl() };
    },

    'reactions.add': (args: CallArguments<'reactions.add'>): Answer => {
      const message = reactionTarget(args);
      if (!react(state, 'added', message, bot.id, args.name)) throw refusal('already_reacted');
      return {};
    },

    'reactions.remove': (args: CallArguments<'reactions.remove'>): Answer => {
      const message = reactionTarget(args);
      if (!react(state, 'removed', message, bot.id, args.name)) throw refusal('no_reaction');
      return {};
    },

    'users.info': (args: CallArguments<'users.info'>): Answer => {
      const user = workspace.users.get(args.user);
      if (user === undefined) throw refusal('user_not_found');
      const { bot_id: botId, ...shown } = user;
      const isStranger = user.team_id !== workspace.teamId;
      return {
        user: {
          ...shown,
          deleted: false,
          tz: 'Europe/Amsterdam',
          tz_offset: 3_600,
          ...(isStranger ? { is_stranger: true } : {}),
          is_app_user: false,
          updated: 0,
          profile: {
            real_name: user.real_name,
            display_name: user.name,
            team: user.team_id,
            ...(botId === undefined ? {} : { bot_id: botId }),
          },
        },
      };
    },

    'views.open': (args: CallArguments<'views.open'>): Answer => {
      checkBlocks(args.view.blocks, 'view');
      const userId = state.triggers.exchange(args.trigger_id);
      const opened = { id: workspace.nextId('V'), hash: `${workspace.nextTs()}.hash`, view: args.view };
      state.modals.set(userId, opened);
      return { view: viewJson(opened.id, opened.hash, opened.view) };
    },

    'views.publish': (args: CallArguments<'views.publish'>): Answer => {
      if (!state.app().hasHomeTab) throw malformed('not_enabled');
      if (!workspace.users.has(args.user_id)) throw refusal('user_not_found');
      checkBlocks(args.view.blocks, 'view');
      const before = state.homes.get(args.user_id);
      if (args.hash !== undefined && args.hash !== before?.hash) throw refusal('hash_conflict');
      const published = {
        id: before?.id ?? workspace.nextId('V'),
        hash: `${workspace.nextTs()}.hash`,
        view: args.view,
      };
      state.homes.set(args.user_id, published);
      return { view: viewJson(published.id, published.hash, published.view) };
    },

    'conversations.replies': (args: CallArguments<'conversations.replies'>): Answer => {
      const channel = workspace.channelFor(args.channel);
      if (!channel.members.has(bot.id)) throw refusal('not_in_channel');
      const root = channel.messages.get(args.ts);
      if (root === undefined || root.privateTo !== undefined) throw refusal('thread_not_found');
      const rootTs = root.threadTs ?? root.ts;
      const isWithin = (ts: string): boolean => {
        const isAfter =
          args.oldest === undefined || ts > args.oldest || (args.inclusive === true && ts === args.oldest);
        const isBefore =
          args.latest === undefined || ts < args.latest || (args.inclusive === true && ts === args.latest);
        return isAfter && isBefore;
      };
      // The root of the thread comes with every page, whatever the bounds.
      const all = [...channel.messages.values()].filter(
        (message) =>
          !message.isRemoved &&
          message.privateTo === undefined &&
          message.threadTs === rootTs &&
          message.ts !== rootTs &&
          isWithin(message.ts),
      );
      const start =
        args.cursor === undefined ? 0 : Number(/^next:(\d+)$/.exec(args.cursor)?.[1] ?? Number.NaN);
      if (Number.isNaN(start)) throw refusal('invalid_cursor');
      const end = start + Math.max(1, (args.limit ?? DEFAULT_PAGE) - 1);
      const replies = all.length;
      const first = channel.messages.get(rootTs);
      const page = [...(first === undefined || first.isRemoved ? [] : [first]), ...all.slice(start, end)];
      return {
        messages: page.map((message) => ({
          ...messageJson(workspace, message),
          thread_ts: rootTs,
          ...(message.ts === rootTs ? { reply_count: replies } : {}),
        })),
        has_more: end < all.length,
        ...(end < all.length ? { response_metadata: { next_cursor: `next:${end}` } } : {}),
      };
    },
  };
}
