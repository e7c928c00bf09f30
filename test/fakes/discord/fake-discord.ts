import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAccountMethods } from './account-methods.ts';
import { createApiServer, type FakeDiscordCall } from './api-server.ts';
import { createChannelMethods } from './channel-methods.ts';
import { createCommandMethods } from './command-methods.ts';
import { createCommandRegistry, type RegisteredCommand } from './command-registry.ts';
import { createDiscordPerson, type DiscordPerson } from './discord-person.ts';
import type { DiscordState } from './discord-state.ts';
import { createEventFeed } from './event-feed.ts';
import { createFaultPlan, type DiscordFault } from './faults.ts';
import type { GatewayControl } from './gateway-control.ts';
import { createGatewayHub } from './gateway-hub.ts';
import { createGuildAdministration, type GuildAdministration } from './guild-administration.ts';
import type { FakeChannel, FakeGuild, FakeMessage, FakeUser, Json } from './guild-model.ts';
import type { PrivilegedIntent } from './intents.ts';
import { createInteractionMethods } from './interaction-methods.ts';
import { createInteractions } from './interactions.ts';
import { guildCreateJson, unavailableGuild, userJson } from './json.ts';
import { createMessageMethods } from './message-methods.ts';
import type { PermissionName } from './permissions.ts';
import { createRateBuckets } from './rate-buckets.ts';
import { createReactionMethods } from './reaction-methods.ts';
import { readScreen, type ScreenMessage } from './screen.ts';
import { createWorld } from './world.ts';

export interface FakeDiscordOptions {
  /** Discord's clock, epoch milliseconds. Default: the machine's, moved by `advance`. */
  readonly now?: () => number;
  /** Default 41,250, as Discord's. */
  readonly heartbeatIntervalMs?: number;
  /** The number of shards that Discord recommends, and demands. Default 1. */
  readonly shards?: number;
  /** Switched on for the application. Default: message content. */
  readonly privilegedIntents?: readonly PrivilegedIntent[];
  /** Of the bot's own role. Default: what a chat bot needs. */
  readonly botPermissions?: readonly PermissionName[];
  /** Counts calls against Discord's limits, and says so in headers. Default false. */
  readonly hasRateLimits?: boolean;
  /** How many shards may IDENTIFY at once. Default 16. */
  readonly maxConcurrency?: number;
}

/** Discord on loopback, REST and gateway, as strict as Discord where this project can notice. */
export interface FakeDiscord extends GuildAdministration {
  /** `http://127.0.0.1:<port>/api`, for `rest.api` of discord.js. */
  readonly restRoot: string;
  readonly token: string;
  readonly applicationId: string;
  readonly bot: FakeUser;
  readonly gateway: GatewayControl;
  readonly calls: readonly FakeDiscordCall[];
  /** By the operation's name in Discord's description of its API, `create_message`. */
  callsOf(operation: string): readonly FakeDiscordCall[];
  /** Calls that no correct client makes. Tests assert that it stays empty. */
  readonly violations: readonly string[];
  person(user?: Partial<FakeUser>): DiscordPerson;
  /** A public thread that somebody opened. */
  thread(parent: FakeChannel, person: DiscordPerson, name?: string): FakeChannel;
  dm(person: DiscordPerson): FakeChannel;
  allowIntents(...allowed: readonly PrivilegedIntent[]): void;
  /** Somebody makes a new token: the old one ends. */
  resetToken(): void;
  readonly typings: DiscordState['typings'];
  message(channelId: string, id: string): FakeMessage | undefined;
  /** What somebody sees; nothing where a message is gone or another's. */
  see(viewer: DiscordPerson, channelId: string, id: string): ScreenMessage | undefined;
  /** The bot's messages in a channel that this person sees, in order. */
  seeAll(viewer: DiscordPerson, channelId: string): readonly ScreenMessage[];
  commands(guild?: FakeGuild): readonly RegisteredCommand[];
  /** The last event once more with its old sequence, as a replay repeats it. */
  redeliver(): void;
  /** MESSAGE_CREATE of a message that is there already. */
  echo(channelId: string, id: string): void;
  /** Discord has looked at an address in a message and puts a card under it: an update that is no edit. */
  unfurl(channelId: string, id: string): void;
  /** Any event that Discord might send. */
  push(event: string, data: Json, guildId?: string): void;
  /** What becomes of every interaction before it goes out, for shapes that SDKs choke on. */
  alterInteractions(change: (data: Json) => Json): void;
  /** Moves Discord's clock, where `now` was not given. */
  advance(ms: number): void;
  now(): number;
  failNext(operation: string, fault: DiscordFault): void;
  failAlways(operation: string, fault: DiscordFault): void;
  heal(): void;
  /** Takes the server off its port, gateway and all, and puts it back. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  /** Resolves when `probe` is truthy; asked after each call, event and message of the app. */
  until<T>(probe: () => T | undefined | false, what: string, deadlineMs?: number): Promise<T>;
  close(): Promise<void>;
}

const chatBotPermissions: readonly PermissionName[] = [
  'AddReactions',
  'ViewChannel',
  'SendMessages',
  'EmbedLinks',
  'ReadMessageHistory',
  'UseExternalEmojis',
  'SendMessagesInThreads',
];

/** In the shape of a real one, which names its bot in the first part. */
const tokenOf = (applicationId: string, serial: number): string =>
  `${Buffer.from(applicationId).toString('base64url')}.Fake${serial}.for-tests-only-${'x'.repeat(20)}`;

export async function startFakeDiscord(options: FakeDiscordOptions = {}): Promise<FakeDiscord> {
  let offsetMs = 0;
  let serial = 1;
  let allowed: ReadonlySet<PrivilegedIntent> = new Set(options.privilegedIntents ?? ['message_content']);
  const now = options.now ?? (() => Date.now() + offsetMs);
  const shards = options.shards ?? 1;
  let alter = (data: Json): Json => data;

  const watchers = new Set<() => void>();
  const changed = (): void => {
    for (const watcher of [...watchers]) watcher();
  };

  const world = createWorld({ now, botPermissions: options.botPermissions ?? chatBotPermissions });
  const token = (): string => tokenOf(world.applicationId, serial);
  const botGuilds = (): readonly FakeGuild[] =>
    [...world.guilds.values()].filter((guild) => guild.members.has(world.bot.id));
  let port = 0;
  const at = (path: string): string => `ws://127.0.0.1:${port}${path}`;
  const hub = createGatewayHub(
    {
      token,
      heartbeatIntervalMs: options.heartbeatIntervalMs ?? 41_250,
      requiredShards: shards,
      allowedIntents: () => allowed,
      violation: (what) => server.violation(what),
      guilds: botGuilds,
      guildJson: (guild) => guildCreateJson(world, guild),
      ready: (session, guilds) => ({
        v: 10,
        user: { ...userJson(world.bot), verified: true, mfa_enabled: true, email: null, flags: 0 },
        guilds: guilds.map(unavailableGuild),
        session_id: session.id,
        resume_gateway_url: at('/resume'),
        session_type: 'normal',
        shard: session.shard,
        application: { id: world.applicationId, flags: 0 },
        private_channels: [],
        relationships: [],
        geo_ordered_rtc_regions: [],
        auth: {},
        _trace: [],
      }),
    },
    changed,
  );
  const feed = createEventFeed(world, hub);
  const state: DiscordState = {
    world,
    feed,
    commands: createCommandRegistry(world),
    interactions: createInteractions(world, changed),
    modals: new Map(),
    typings: [],
    allowedIntents: () => allowed,
    gatewayUrl: () => at('/gateway'),
    shards,
    alterInteraction: (data) => alter(data),
  };
  const faults = createFaultPlan();
  const server = createApiServer({
    routes: [
      ...createAccountMethods(state, {
        identified: () => hub.identifies.length,
        maxConcurrency: options.maxConcurrency ?? 16,
      }),
      ...createChannelMethods(state),
      ...createMessageMethods(state),
      ...createReactionMethods(state),
      ...createCommandMethods(state),
      ...createInteractionMethods(state),
    ],
    token,
    faults,
    buckets: options.hasRateLimits === true ? createRateBuckets(now) : undefined,
    changed,
  });
  const http = createServer(server.serve);
  http.on('upgrade', (request, socket, head) => hub.upgrade(request, socket, head));
  const listen = (where: number): Promise<void> =>
    new Promise((resolve) => void http.listen(where, '127.0.0.1', resolve));
  const goDown = (): Promise<void> =>
    new Promise((resolve) => {
      http.close(() => resolve());
      hub.drop();
      http.closeAllConnections();
    });
  await listen(0);
  const address: AddressInfo | string | null = http.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;

  const administration = createGuildAdministration(world, feed, hub);
  const find = (channelId: string, id: string): FakeMessage | undefined =>
    world.channels.get(channelId)?.messages.get(id);
  const existing = (channelId: string, id: string): readonly [FakeChannel, FakeMessage] => {
    const channel = world.channels.get(channelId);
    const message = find(channelId, id);
    if (channel === undefined || message === undefined) throw new Error('there is no such message');
    return [channel, message];
  };
  const look = (viewer: DiscordPerson, message: FakeMessage): ScreenMessage | undefined =>
    message.isRemoved || (message.privateTo !== undefined && message.privateTo !== viewer.user.id)
      ? undefined
      : readScreen(message);

  return {
    ...administration,
    restRoot: `http://127.0.0.1:${port}/api`,
    get token() {
      return token();
    },
    applicationId: world.applicationId,
    bot: world.bot,
    gateway: hub,
    get calls() {
      return [...server.calls];
    },
    callsOf: (operation) => server.calls.filter((call) => call.operation === operation),
    get violations() {
      return [...server.violations];
    },
    person(user = {}) {
      const made = world.addUser(user);
      world.join(administration.home, made.id);
      return createDiscordPerson(state, made);
    },
    thread: (parent, person, name = 'A thread') => person.openThread(parent, { name }),
    dm: (person) => person.dm,
    allowIntents(...names) {
      allowed = new Set(names);
    },
    resetToken() {
      serial += 1;
      hub.close(4004);
    },
    typings: state.typings,
    message: find,
    see(viewer, channelId, id) {
      const message = find(channelId, id);
      return message === undefined ? undefined : look(viewer, message);
    },
    seeAll: (viewer, channelId) =>
      [...(world.channels.get(channelId)?.messages.values() ?? [])]
        .filter((message) => message.author.id === world.bot.id)
        .flatMap((message) => look(viewer, message) ?? []),
    commands: (guild) => state.commands.list(guild?.id),
    redeliver: () => hub.redeliver(),
    echo: (channelId, id) => feed.message('MESSAGE_CREATE', ...existing(channelId, id)),
    unfurl(channelId, id) {
      const [channel, message] = existing(channelId, id);
      message.embeds = [{ type: 'link', url: 'https://example.org/', title: 'Example', flags: 0 }];
      feed.message('MESSAGE_UPDATE', channel, message);
    },
    push: (event, data, guildId) => void hub.dispatch(event, guildId, () => data),
    alterInteractions(change) {
      alter = change;
    },
    advance(ms) {
      offsetMs += ms;
    },
    now,
    failNext: faults.failNext,
    failAlways: faults.failAlways,
    heal: faults.heal,
    goDown,
    comeBack: () => (http.listening ? Promise.resolve() : listen(port)),
    until(probe, what, deadlineMs = 5_000) {
      return new Promise((resolve, reject) => {
        const ask = (): void => {
          const found = probe();
          if (found === undefined || found === false) return;
          clearTimeout(deadline);
          watchers.delete(ask);
          resolve(found);
        };
        const deadline = setTimeout(() => {
          watchers.delete(ask);
          const seen = server.calls.map((call) => call.operation).join(' ');
          reject(new Error(`waited ${deadlineMs} ms for ${what}; calls: ${seen}`));
        }, deadlineMs);
        watchers.add(ask);
        ask();
      });
    },
    async close() {
      state.interactions.close();
      hub.stop();
      if (http.listening) await goDown();
    },
  };
}
