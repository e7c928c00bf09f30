import {
  Client,
  DefaultRestOptions,
  GatewayIntentBits,
  Options,
  Partials,
  REST,
  type RESTOptions,
  RequestMethod,
  type ResponseLike,
  SimpleShardingStrategy,
} from 'discord.js';
import { AppError } from '../../core/domain/app-error.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { type DiscordConnection, type GatewayHandlers, openGateway } from './gateway-connection.ts';
import { createIdentifyThrottle } from './identify-throttle.ts';
import { createShardGuard, type ShardGuard } from './shard-guard.ts';

export type {
  APIActionRowComponent,
  APIApplicationCommandOption,
  APIApplicationCommandOptionChoice,
  APIButtonComponent,
  APIComponentInMessageActionRow,
  APIInteractionResponse,
  APILabelComponent,
  APIModalInteractionResponseCallbackData,
  RESTPatchAPIChannelMessageJSONBody,
  RESTPatchAPIWebhookWithTokenMessageJSONBody,
  RESTPostAPIApplicationCommandsJSONBody,
  RESTPostAPIChannelMessageJSONBody,
  RESTPostAPIWebhookWithTokenJSONBody,
  RESTPutAPIApplicationCommandsJSONBody,
} from 'discord.js';

export interface ConnectOptions {
  /** Ask for the words of messages that are not meant for the bot; Discord grants that in the developer portal. */
  readonly messageContent: boolean;
  /** Ends the opening: rejects with `aborted`. */
  readonly signal: AbortSignal;
}

/** A file beside a body, which names it by its place. */
export interface RestFile {
  readonly name: string;
  readonly contentType: string;
  readonly data: Uint8Array;
}

export interface RestRequest {
  readonly body?: object | undefined;
  readonly files?: readonly RestFile[] | undefined;
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** False where the address itself is the permission. Default true. */
  readonly auth?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The slice of the SDK that we use. Everything rejects with whatever the SDK or the connection throws. */
export interface DiscordClient {
  /** Connects every shard, for good. Resolves when each has its session and its servers. */
  connect(handlers: GatewayHandlers, options: ConnectOptions): Promise<DiscordConnection>;
  /**
   * One request. `route` begins with `/` and has no version. Never waits for a rate limit: rejects with the SDK's
   * `RateLimitError`. Resolves with the parsed JSON, or with `undefined` where there is none.
   */
  rest(method: HttpMethod, route: `/${string}`, request?: RestRequest): Promise<unknown>;
  /** Ends the requests that are under way, and at once every one that is made from now on. */
  abortCalls(): void;
}

export interface DiscordClientEffects {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Part of `ResolvedDiscordOptions`, where each is explained. */
export interface DiscordClientOptions {
  readonly token: string;
  readonly apiRoot: string;
  readonly callTimeoutMs: number;
  readonly openTimeoutMs: number;
  readonly backoffBaseMs: number;
  readonly identifyIntervalMs: number;
}

/** What came back is no answer of Discord's API: a redirect, or a page where JSON was due. */
export class NotDiscord extends Error {
  override readonly name = 'NotDiscord';
  readonly status: number;

  constructor(status: number) {
    super(`Something else answered in Discord's place, with ${status}.`);
    this.status = status;
  }
}

const openIntents = [
  GatewayIntentBits.Guilds,
  GatewayIntentBits.GuildMessages,
  GatewayIntentBits.DirectMessages,
  GatewayIntentBits.GuildMessageReactions,
  GatewayIntentBits.DirectMessageReactions,
];

/** With these the SDK speaks of things that it has not seen itself, such as what was written before it was started. */
const partials = [Partials.Message, Partials.Channel, Partials.Reaction, Partials.User, Partials.GuildMember];

/** Our source is the packets themselves: the SDK need not remember what they said. */
const nothingCached = Options.cacheWithLimits({
  ApplicationCommandManager: 0,
  ApplicationEmojiManager: 0,
  AutoModerationRuleManager: 0,
  BaseGuildEmojiManager: 0,
  DMMessageManager: 0,
  EntitlementManager: 0,
  GuildBanManager: 0,
  GuildEmojiManager: 0,
  GuildForumThreadManager: 0,
  GuildInviteManager: 0,
  GuildMemberManager: 0,
  GuildMessageManager: 0,
  GuildScheduledEventManager: 0,
  GuildStickerManager: 0,
  GuildTextThreadManager: 0,
  MessageManager: 0,
  PresenceManager: 0,
  ReactionManager: 0,
  ReactionUserManager: 0,
  StageInstanceManager: 0,
  ThreadManager: 0,
  ThreadMemberManager: 0,
  UserManager: 0,
  VoiceStateManager: 0,
});

/** How long servers that Discord cannot reach may keep the rest waiting. */
const WAIT_FOR_GUILDS_MS = 5_000;
/** After a 401 the SDK makes no more calls; one a minute finds out whether the token is good after all. */
const TOKEN_BACK_AFTER_MS = 60_000;

const badToken = (): AppError =>
  new AppError('auth_failed', 'Discord does not accept the token: check DISCORD_BOT_TOKEN.');

/**
 * Discord's gateway and REST API by discord.js. Nothing retries in here but the connection of the gateway. Import this
 * file only when Discord is configured.
 */
export function createDiscordClient(
  options: DiscordClientOptions,
  effects: DiscordClientEffects,
): DiscordClient {
  const { token } = options;
  const { clock, logger } = effects;
  const aborting = new AbortController();
  const throttle = createIdentifyThrottle(clock, options.identifyIntervalMs);
  const rest = new REST(restSettings(options, aborting.signal)).setToken(token);
  let isTokenRefused = false;

  function refuseToken(): void {
    if (isTokenRefused) return;
    isTokenRefused = true;
    logger.error('discord_token_refused');
    clock.after(TOKEN_BACK_AFTER_MS, () => {
      isTokenRefused = false;
      rest.setToken(token);
    });
  }

  return {
    async connect(handlers, { messageContent, signal }) {
      const lost = Promise.withResolvers<number>();
      const { backoffBaseMs, openTimeoutMs } = options;
      const guard = createShardGuard({ clock, logger, backoffBaseMs, onLost: lost.resolve });
      const sdk = new Client({
        intents: messageContent ? [...openIntents, GatewayIntentBits.MessageContent] : openIntents,
        partials,
        makeCache: nothingCached,
        shards: 'auto',
        waitGuildTimeout: WAIT_FOR_GUILDS_MS,
        rest: restSettings(options, aborting.signal),
        ws: {
          buildStrategy: (manager) => guardedStrategy(new SimpleShardingStrategy(manager), guard),
          async buildIdentifyThrottler(manager) {
            const { session_start_limit } = await manager.fetchGatewayInformation();
            return throttle.withConcurrency(session_start_limit.max_concurrency);
          },
        },
      });
      const parts = { sdk, guard, token, clock, logger, openTimeoutMs, signal, lost: lost.promise };
      return await openGateway(parts, handlers);
    },
    async rest(method, route, { body, files, query, auth = true, signal } = {}) {
      if (auth && isTokenRefused) throw badToken();
      try {
        const answer = await rest.request({
          method: methods[method],
          fullRoute: route,
          auth,
          ...(body !== undefined && { body }),
          ...(files !== undefined && { files: [...files] }),
          ...(query !== undefined && { query: new URLSearchParams(query) }),
          ...(signal !== undefined && { signal }),
        });
        return answer instanceof ArrayBuffer ? undefined : answer;
      } catch (error) {
        if (auth && statusOf(error) === 401) refuseToken();
        throw error;
      }
    },
    abortCalls: () => aborting.abort(),
  };
}

const methods = {
  GET: RequestMethod.Get,
  POST: RequestMethod.Post,
  PUT: RequestMethod.Put,
  PATCH: RequestMethod.Patch,
  DELETE: RequestMethod.Delete,
} as const;

function statusOf(thrown: unknown): number | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('status' in thrown)) return undefined;
  return typeof thrown.status === 'number' ? thrown.status : undefined;
}

/** Every shard that the strategy makes is put under the guard before it connects. */
function guardedStrategy(strategy: SimpleShardingStrategy, guard: ShardGuard): SimpleShardingStrategy {
  const spawn = strategy.spawn.bind(strategy);
  strategy.spawn = async (shardIds) => {
    await spawn(shardIds);
    const shards: unknown = Reflect.get(strategy, 'shards');
    if (!(shards instanceof Map)) throw new Error("The SDK's strategy has no shards.");
    for (const [shardId, shard] of shards) guard.adopt(shard, shardId);
  };
  return strategy;
}

/** Retries and waiting are ours; the SDK keeps account of what Discord allows, and refuses by that. */
function restSettings(options: DiscordClientOptions, until: AbortSignal): Partial<RESTOptions> {
  return {
    api: options.apiRoot,
    version: '10',
    retries: 0,
    timeout: options.callTimeoutMs,
    rejectOnRateLimit: () => true,
    async makeRequest(url, init) {
      const signal = init.signal == null ? until : AbortSignal.any([init.signal, until]);
      return await readAll(await DefaultRestOptions.makeRequest(url, { ...init, signal }));
    },
  };
}

/**
 * With its body in memory: the SDK's deadline ends with the headers. A redirect, or a success that is not JSON, is an
 * error: the SDK would hand it over as an answer.
 */
async function readAll(response: ResponseLike): Promise<ResponseLike> {
  const { headers, ok, status, statusText } = response;
  const bytes = await response.arrayBuffer();
  const text = (): string => new TextDecoder().decode(bytes);
  const isJson = headers.get('content-type')?.startsWith('application/json') === true;
  if (status < 400 && (!ok || (bytes.byteLength > 0 && !isJson))) throw new NotDiscord(status);
  return {
    headers,
    ok,
    status,
    statusText,
    body: null,
    bodyUsed: false,
    arrayBuffer: async () => bytes,
    json: async () => JSON.parse(text()),
    text: async () => text(),
  };
}
