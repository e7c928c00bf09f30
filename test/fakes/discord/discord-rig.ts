import { Client, DiscordAPIError, Events, GatewayIntentBits, Options, Partials, REST } from 'discord.js';
import { expect } from 'vitest';
import { type FakeDiscord, type FakeDiscordOptions, startFakeDiscord } from './fake-discord.ts';

/** The SDK's own REST on the fake, without its retries. */
export const restOf = (discord: FakeDiscord, token: string = discord.token): REST =>
  new REST({
    api: discord.restRoot,
    version: '10',
    retries: 0,
    timeout: 5_000,
    rejectOnRateLimit: () => true,
  }).setToken(token);

/** The code of the error in which the SDK's call ended: Discord's own number, else the error's class. */
export async function errorOf(call: Promise<unknown>): Promise<number | string> {
  try {
    await call;
  } catch (error) {
    if (error instanceof DiscordAPIError) return error.code;
    return error instanceof Error ? error.constructor.name : String(error);
  }
  return 'ok';
}

export interface RawPacket {
  readonly t: string;
  readonly s: number;
  readonly d: Readonly<Record<string, unknown>>;
}

export interface SdkClient {
  readonly client: Client;
  /** Every packet that was dispatched, in order. */
  readonly packets: readonly RawPacket[];
  packetsOf(event: string): readonly RawPacket['d'][];
  /** Resolves with the newest when so many of them have come. */
  has(event: string, count?: number): Promise<RawPacket['d']>;
  stop(): Promise<void>;
}

export const allIntents: readonly GatewayIntentBits[] = [
  GatewayIntentBits.Guilds,
  GatewayIntentBits.GuildMessages,
  GatewayIntentBits.DirectMessages,
  GatewayIntentBits.GuildMessageReactions,
  GatewayIntentBits.DirectMessageReactions,
  GatewayIntentBits.MessageContent,
];

const isPacket = (value: unknown): value is RawPacket =>
  typeof value === 'object' && value !== null && 't' in value && typeof value.t === 'string';

/** The SDK's own client, logged in and ready. */
export async function clientOf(
  discord: FakeDiscord,
  options: {
    readonly intents?: readonly GatewayIntentBits[];
    readonly token?: string;
    readonly shards?: 'auto' | number;
  } = {},
): Promise<SdkClient> {
  const client = new Client({
    intents: [...(options.intents ?? allIntents)],
    partials: [Partials.Message, Partials.Channel, Partials.Reaction, Partials.User, Partials.GuildMember],
    rest: { api: discord.restRoot, version: '10', retries: 0 },
    makeCache: Options.cacheWithLimits({ ...Options.DefaultMakeCacheSettings, MessageManager: 0 }),
    ...(options.shards === undefined ? {} : { shards: options.shards }),
  });
  const packets: RawPacket[] = [];
  const waiters = new Set<() => void>();
  client.on(Events.Raw, (packet: unknown) => {
    if (isPacket(packet)) packets.push(packet);
    for (const waiter of [...waiters]) waiter();
  });
  client.on(Events.Error, () => undefined);
  const ready = new Promise<void>((resolve) => client.once(Events.ClientReady, () => resolve()));
  await client.login(options.token ?? discord.token);
  await ready;
  const packetsOf = (event: string) => packets.filter(({ t }) => t === event).map(({ d }) => d);
  return {
    client,
    packets,
    packetsOf,
    has: (event, count = 1) =>
      new Promise((resolve, reject) => {
        const deadline = setTimeout(() => {
          waiters.delete(look);
          reject(new Error(`waited for ${count} ${event}; came: ${packets.map(({ t }) => t).join(' ')}`));
        }, 5_000);
        const look = (): void => {
          const found = packetsOf(event)[count - 1];
          if (found === undefined) return;
          clearTimeout(deadline);
          waiters.delete(look);
          resolve(found);
        };
        waiters.add(look);
        look();
      }),
    stop: () => client.destroy(),
  };
}

/** A fresh fake for one test, closed after it; what violated Discord's rules fails it unless `allows` says so. */
export async function withFakeDiscord(
  options: FakeDiscordOptions,
  test: (discord: FakeDiscord) => Promise<void>,
  allows: 'no violations' | 'violations' = 'no violations',
): Promise<void> {
  const discord = await startFakeDiscord(options);
  try {
    await test(discord);
    if (allows === 'no violations') expect(discord.violations).toEqual([]);
  } finally {
    await discord.close();
  }
}

export async function withClient(
  discord: FakeDiscord,
  options: Parameters<typeof clientOf>[1],
  test: (sdk: SdkClient) => Promise<void>,
): Promise<void> {
  const sdk = await clientOf(discord, options);
  try {
    await test(sdk);
  } finally {
    await sdk.stop();
  }
}
