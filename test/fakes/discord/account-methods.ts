import { type ApiCall, type ApiRoute, param } from './api-methods.ts';
import { refusal } from './api-refusal.ts';
import type { DiscordState } from './discord-state.ts';
import { type FakeGuild, isThread } from './guild-model.ts';
import { channelJson, guildJson, memberJson, rolesJson, userJson } from './json.ts';
import { guildPermissions } from './permissions.ts';

/** Of an application with fewer than 10,000 users: granted without review. */
const flagsByIntent = { presences: 1 << 13, guild_members: 1 << 15, message_content: 1 << 19 } as const;
const SESSIONS_PER_DAY = 1_000;

/** The application, its bot, its guilds, and where its gateway is. */
export function createAccountMethods(
  state: DiscordState,
  gateway: { readonly identified: () => number; readonly maxConcurrency: number },
): readonly ApiRoute[] {
  const { world } = state;

  function guildFor(call: ApiCall): FakeGuild {
    const guild = world.guilds.get(param(call, 'guild_id'));
    if (guild === undefined) throw refusal(10004);
    if (!guild.members.has(world.bot.id)) throw refusal(50001);
    return guild;
  }

  const flags = (): number =>
    [...state.allowedIntents()].reduce((sum, intent) => sum | flagsByIntent[intent], 0);
  const application = (): object => ({
    id: world.applicationId,
    name: world.bot.username,
    icon: null,
    description: '',
    type: null,
    bot: userJson(world.bot),
    bot_public: true,
    bot_require_code_grant: false,
    verify_key: '0'.repeat(64),
    flags: flags(),
    approximate_guild_count: world.guilds.size,
  });
  const member = (guild: FakeGuild, id: string): object => {
    const found = guild.members.get(id);
    const user = world.users.get(id);
    if (found === undefined || user === undefined) throw refusal(10013);
    return { ...memberJson(found), user: userJson(user) };
  };
  const guilds = '/guilds/{guild_id}';

  return [
    {
      operation: 'get_bot_gateway',
      method: 'GET',
      path: '/gateway/bot',
      run: () => ({
        url: state.gatewayUrl(),
        shards: state.shards,
        session_start_limit: {
          total: SESSIONS_PER_DAY,
          remaining: SESSIONS_PER_DAY - gateway.identified(),
          reset_after: 14_400_000,
          max_concurrency: gateway.maxConcurrency,
        },
      }),
    },
    { operation: 'get_my_application', method: 'GET', path: '/applications/@me', run: application },
    {
      operation: 'get_my_oauth2_application',
      method: 'GET',
      path: '/oauth2/applications/@me',
      run: application,
    },
    { operation: 'get_my_user', method: 'GET', path: '/users/@me', run: () => userJson(world.bot) },
    {
      operation: 'get_user',
      method: 'GET',
      path: '/users/{user_id}',
      run(call) {
        const user = world.users.get(param(call, 'user_id'));
        if (user === undefined) throw refusal(10013);
        return userJson(user);
      },
    },
    {
      operation: 'list_my_guilds',
      method: 'GET',
      path: '/users/@me/guilds',
      run: ({ query }) =>
        [...world.guilds.values()]
          .filter((guild) => guild.members.has(world.bot.id))
          .filter(({ id }) => BigInt(id) > BigInt(query.get('after') ?? '0'))
          .toSorted((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1))
          .slice(0, Number(query.get('limit') ?? '200'))
          .map((guild) => ({
            id: guild.id,
            name: guild.name,
            icon: null,
            banner: null,
            owner: false,
            permissions: String(guildPermissions(guild, world.bot.id)),
            features: [],
          })),
    },
    { operation: 'get_guild', method: 'GET', path: guilds, run: (call) => guildJson(guildFor(call)) },
    {
      operation: 'list_guild_channels',
      method: 'GET',
      path: `${guilds}/channels`,
      run(call) {
        const { id } = guildFor(call);
        return [...world.channels.values()]
          .filter((channel) => channel.guildId === id && !isThread(channel))
          .map((channel) => channelJson(world, channel));
      },
    },
    {
      operation: 'list_guild_roles',
      method: 'GET',
      path: `${guilds}/roles`,
      run: (call) => rolesJson(guildFor(call)),
    },
    {
      operation: 'get_guild_member',
      method: 'GET',
      path: `${guilds}/members/{user_id}`,
      run: (call) => member(guildFor(call), param(call, 'user_id')),
    },
    {
      operation: 'get_active_guild_threads',
      method: 'GET',
      path: `${guilds}/threads/active`,
      run(call) {
        const { id } = guildFor(call);
        const threads = [...world.channels.values()].filter(
          (channel) =>
            channel.guildId === id &&
            isThread(channel) &&
            !channel.isArchived &&
            world.may(world.bot.id, channel, 'ViewChannel'),
        );
        return { threads: threads.map((thread) => channelJson(world, thread)), members: [] };
      },
    },
  ];
}
