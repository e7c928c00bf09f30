import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApiServer, type FakeSlackCall } from './api-server.ts';
import type { AppState } from './app-state.ts';
import { createEventFeed, type Delivery, type DeliveryOutcome } from './event-feed.ts';
import { createFaultPlan, type SlackFault } from './faults.ts';
import { createHttpHub, type EventsRoute, type HttpControl } from './http-hub.ts';
import { fullManifest, type InstalledApp, installApp } from './manifest.ts';
import { createRateBudgets } from './rate-budgets.ts';
import type { RawArguments } from './read-arguments.ts';
import { createResponseUrls } from './response-urls.ts';
import { readScreen, type ScreenMessage } from './screen.ts';
import { createSlackPerson, type SlackPerson } from './slack-person.ts';
import { createSocketHub, type DisconnectReason, type SocketControl } from './socket-hub.ts';
import { createTriggers } from './triggers.ts';
import { createUploads } from './uploads.ts';
import { createWebApi } from './web-api.ts';
import {
  createWorkspace,
  type FakeSlackChannel,
  type FakeSlackMessage,
  type FakeSlackUser,
} from './workspace.ts';

export interface FakeSlackOptions {
  /** What the app was installed with. Default: everything that this fake knows. */
  readonly manifest?: unknown;
  readonly teamId?: string;
  /** Default: made up. */
  readonly botUserId?: string | undefined;
  /** Slack's clock, epoch milliseconds. Default: the machine's, moved by `advance`. */
  readonly now?: () => number;
  /** How long Slack waits for an acknowledgement. Default 3,000. */
  readonly ackTimeoutMs?: number;
  /** Waits before each repetition of an event. Default: at once, one minute, five minutes. */
  readonly retryDelaysMs?: readonly number[];
  readonly pingIntervalMs?: number;
  /** Default 10, as Slack's. */
  readonly maxSockets?: number;
  /** Counts calls against Slack's tiers. Default false. */
  readonly hasRateLimits?: boolean;
  readonly customEmoji?: readonly string[];
}

/** Slack on loopback, HTTP and WebSocket, as strict as Slack where this project can notice. */
export interface FakeSlack {
  /** `http://127.0.0.1:<port>/api/`. */
  readonly apiRoot: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly team: { readonly id: string; readonly name: string };
  readonly bot: FakeSlackUser;
  readonly appId: string;
  readonly calls: readonly FakeSlackCall[];
  callsOf(method: string): readonly RawArguments[];
  /** Calls that no correct client makes. Tests assert that it stays empty. */
  readonly violations: readonly string[];
  person(user?: Partial<FakeSlackUser>): SlackPerson;
  /** The bot is a member unless said otherwise, and so is everybody who speaks there. */
  channel(options?: {
    readonly name?: string;
    readonly type?: 'channel' | 'group' | 'mpim';
    readonly isShared?: boolean;
    readonly hasBot?: boolean;
  }): FakeSlackChannel;
  dm(person: SlackPerson): FakeSlackChannel;
  message(channelId: string, ts: string): FakeSlackMessage | undefined;
  /** What somebody sees; nothing where a message is gone or another's. */
  see(viewer: SlackPerson, channelId: string, ts: string): ScreenMessage | undefined;
  /** The bot's messages in a channel that this person sees, in order. */
  seeAll(viewer: SlackPerson, channelId: string): readonly ScreenMessage[];
  /** The status line in a thread. */
  status(channelId: string, threadTs: string): string | undefined;
  /** Every status that was set, `''` where it was cleared. */
  readonly statuses: AppState['statusLog'];
  readonly responseUrlUses: ReadonlyMap<string, number>;
  readonly sockets: SocketControl;
  /** A `disconnect` envelope to every connection; see `SocketHub.disconnect`. */
  disconnect(reason: DisconnectReason): void;
  readonly http: HttpControl;
  /** Delivers by HTTP from now on. */
  routeEvents(route: EventsRoute, url?: string): void;
  /** The last event once more, as Slack repeats it. */
  redeliver(): void;
  /** Whether the app took an event of this message, in any of its deliveries. */
  isAcknowledged(channelId: string, ts: string): boolean;
  /** A message of the bot to the bot. */
  echo(channelId: string, ts: string): void;
  /** Any event that Slack might send, if the manifest asks for it. */
  push(event: Readonly<Record<string, unknown>>, channel?: FakeSlackChannel): void;
  /** A payload as it was recorded, once. Resolves with what became of it. */
  replay(kind: Delivery['kind'], payload: Delivery['payload']): Promise<DeliveryOutcome>;
  /** Everything delivered so far, repetitions not counted. */
  readonly deliveries: readonly Delivery[];
  /** Installs the app anew, with another manifest. */
  install(manifest: unknown): void;
  /** Somebody takes the app away: the tokens end, and the app hears of it. */
  uninstall(): void;
  /** Moves Slack's clock, where `now` was not given. */
  advance(ms: number): void;
  now(): number;
  failNext(method: string, fault: SlackFault): void;
  failAlways(method: string, fault: SlackFault): void;
  heal(): void;
  /** Takes the server off its port, sockets and all, and puts it back. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  /** Resolves when `probe` is truthy; asked after each call, delivery and acknowledgement. */
  until<T>(probe: () => T | undefined | false, what: string, deadlineMs?: number): Promise<T>;
  close(): Promise<void>;
}

export async function startFakeSlack(options: FakeSlackOptions = {}): Promise<FakeSlack> {
  const botToken = 'xoxb-1111111111-2222222222222-fakeBotTokenForTests0123';
  const appToken = 'xapp-1-A0FAKE00001-3333333333333-fakeappleveltokenfortests';
  const signingSecret = '8f742231b10e8888abcd99yyyzzz85a5';
  let offsetMs = 0;
  const now = options.now ?? (() => Date.now() + offsetMs);

  const watchers = new Set<() => void>();
  const changed = (): void => {
    for (const watcher of [...watchers]) watcher();
  };

  const workspace = createWorkspace({
    teamId: options.teamId ?? 'T0FAKE00001',
    botUserId: options.botUserId,
    now,
  });
  let app: InstalledApp = installApp(options.manifest ?? fullManifest);
  const ackTimeoutMs = options.ackTimeoutMs ?? 3_000;
  const retryDelaysMs = options.retryDelaysMs ?? [0, 60_000, 300_000];
  const sockets = createSocketHub(
    workspace,
    {
      ackTimeoutMs,
      retryDelaysMs,
      pingIntervalMs: options.pingIntervalMs ?? 5_000,
      maxSockets: options.maxSockets ?? 10,
    },
    changed,
  );
  const http = createHttpHub({ signingSecret, ackTimeoutMs, retryDelaysMs, now }, changed);
  const deliver = (delivery: Delivery): void => (http.isRouted ? http : sockets).deliver(delivery);
  const feed = createEventFeed(workspace, () => app, deliver);
  const state: AppState = {
    workspace,
    feed,
    triggers: createTriggers(workspace),
    responseUrls: createResponseUrls(now),
    uploads: createUploads(workspace.nextId),
    app: () => app,
    modals: new Map(),
    homes: new Map(),
    statuses: new Map(),
    statusLog: [],
  };
  const revoked = new Set<string>();
  const faults = createFaultPlan();
  let port = 0;
  const api = createWebApi(state, {
    botToken,
    appToken,
    customEmoji: new Set(options.customEmoji ?? []),
    uploadOrigin: () => `http://127.0.0.1:${port}`,
    socketUrl: () => `ws://127.0.0.1:${port}${sockets.ticket()}`,
    budgets: options.hasRateLimits === true ? createRateBudgets(now) : undefined,
    revoked,
  });

  const { calls, violations, serve } = createApiServer({
    state,
    api,
    faults,
    scopesOf: (token) => (token === appToken ? ['connections:write'] : app.scopes),
    changed,
  });
  const server = createServer(serve);
  server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head));
  const listen = (at: number): Promise<void> =>
    new Promise((resolve) => void server.listen(at, '127.0.0.1', resolve));
  const goDown = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      sockets.drop('cut');
      server.closeAllConnections();
    });
  await listen(0);
  const address: AddressInfo | string | null = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
  const origin = `http://127.0.0.1:${port}`;

  const find = (channelId: string, ts: string): FakeSlackMessage | undefined =>
    workspace.channels.get(channelId)?.messages.get(ts);
  const look = (viewer: SlackPerson, message: FakeSlackMessage): ScreenMessage | undefined =>
    message.isRemoved || (message.privateTo !== undefined && message.privateTo !== viewer.user.id)
      ? undefined
      : readScreen(message);

  return {
    apiRoot: `${origin}/api/`,
    botToken,
    appToken,
    signingSecret,
    team: { id: workspace.teamId, name: workspace.teamName },
    bot: workspace.bot,
    appId: workspace.appId,
    get calls() {
      return [...calls];
    },
    callsOf: (method) => calls.filter((call) => call.method === method).map((call) => call.args),
    get violations() {
      return [...violations];
    },
    person: (user = {}) => createSlackPerson(state, workspace.addUser(user), origin),
    channel: (channel = {}) =>
      workspace.addChannel({
        type: channel.type ?? 'channel',
        name: channel.name,
        isShared: channel.isShared,
        members: channel.hasBot === false ? [] : [workspace.bot.id],
      }),
    dm: (person) => workspace.dmOf(person.user.id),
    message: find,
    see(viewer, channelId, ts) {
      const message = find(channelId, ts);
      return message === undefined ? undefined : look(viewer, message);
    },
    seeAll: (viewer, channelId) =>
      [...(workspace.channels.get(channelId)?.messages.values() ?? [])]
        .filter((message) => message.author.id === workspace.bot.id)
        .flatMap((message) => look(viewer, message) ?? []),
    status: (channelId, threadTs) => state.statuses.get(`${channelId}/${threadTs}`),
    get statuses() {
      return [...state.statusLog];
    },
    get responseUrlUses() {
      return state.responseUrls.uses;
    },
    sockets,
    disconnect: (reason) => sockets.disconnect(reason),
    http,
    routeEvents: (route, url = 'https://bot.example.org/hooks/slack') => http.route(route, url),
    redeliver: () => feed.redeliver(),
    isAcknowledged: feed.isAcknowledged,
    echo(channelId, ts) {
      const channel = workspace.channels.get(channelId);
      const made = feed.made.find((delivery) => {
        const event: unknown = delivery.payload['event'];
        return (
          typeof event === 'object' && event !== null && 'ts' in event && event.ts === ts && 'bot_id' in event
        );
      });
      const event: unknown = made?.payload['event'];
      if (typeof event !== 'object' || event === null) throw new Error('the bot sent no such message');
      feed.event({ ...event }, channel);
    },
    push: (event, channel) => void feed.event(event, channel),
    replay: (kind, payload) =>
      new Promise((settle) => deliver({ kind, payload, isRepeated: false, attempt: 0, settle })),
    get deliveries() {
      return feed.made;
    },
    install(manifest) {
      app = installApp(manifest);
    },
    uninstall() {
      feed.event({ type: 'tokens_revoked', tokens: { oauth: [], bot: [workspace.bot.id] } });
      feed.event({ type: 'app_uninstalled' });
      revoked.add(botToken);
      revoked.add(appToken);
    },
    advance(ms) {
      offsetMs += ms;
    },
    now,
    failNext: faults.failNext,
    failAlways: faults.failAlways,
    heal: faults.heal,
    goDown,
    comeBack: () => (server.listening ? Promise.resolve() : listen(port)),
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
          const seen = calls.map((call) => call.method).join(' ');
          reject(new Error(`waited ${deadlineMs} ms for ${what}; calls: ${seen}`));
        }, deadlineMs);
        watchers.add(ask);
        ask();
      });
    },
    async close() {
      sockets.close();
      http.close();
      if (server.listening) await goDown();
    },
  };
}
