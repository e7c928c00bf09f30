import { type WebSocket, WebSocketServer } from 'ws';
import type { Crowd, CrowdMessage } from '../crowd.ts';
import { listen } from '../listen.ts';
import type { BenchPlatform, ServedPlatform } from '../platform.ts';

const botId = '1000000000000000001';
/** Its first part is the bot's id, as Discord makes them. */
const token = `${Buffer.from(botId).toString('base64url')}.bench.bench`;
const bot = {
  id: botId,
  username: 'bench_bot',
  global_name: null,
  discriminator: '0',
  avatar: null,
  bot: true,
};
const firstChannel = 2_000_000_000_000_000_000n;
const firstPerson = 3_000_000_000_000_000_000n;
const firstMessage = 4_000_000_000_000_000_000n;
const directChannel = 1;
const heartbeatMs = 40_000;
/** The SDK would keep to 50 requests a second by itself. */
const withoutFloor = 1_000_000;

const idOf = (first: bigint, at: number): string => String(first + BigInt(at));
const conversationIn = (channelId: string): number => Number(BigInt(channelId) - firstChannel);

function messageOf({ number, conversation, text }: CrowdMessage): object {
  const personId = idOf(firstPerson, conversation);
  return {
    id: idOf(firstMessage, number),
    channel_id: idOf(firstChannel, conversation),
    channel_type: directChannel,
    type: 0,
    author: {
      id: personId,
      username: `person_${conversation}`,
      global_name: `Person ${conversation}`,
      discriminator: '0',
      avatar: null,
    },
    content: text,
    timestamp: new Date().toISOString(),
    edited_timestamp: null,
    tts: false,
    mention_everyone: false,
    mentions: [],
    mention_roles: [],
    attachments: [],
    embeds: [],
    components: [],
    pinned: false,
    flags: 0,
  };
}

/** The gateway with one session, and the REST calls that a bot makes to begin and to answer. */
async function serve(crowd: Crowd): Promise<ServedPlatform> {
  const sockets = new WebSocketServer({ noServer: true });
  let identified: WebSocket | undefined;
  let sequence = 0;
  let posted = 500_000_000;

  function dispatch(socket: WebSocket, t: string, d: object): void {
    sequence += 1;
    socket.send(JSON.stringify({ op: 0, t, s: sequence, d }));
  }
  function pump(): void {
    if (identified === undefined) return;
    for (const message of crowd.take(Number.POSITIVE_INFINITY)) {
      dispatch(identified, 'MESSAGE_CREATE', messageOf(message));
    }
  }
  function onFrame(socket: WebSocket, op: number, host: string): void {
    if (op === 1) socket.send(JSON.stringify({ op: 11 }));
    if (op !== 2) return;
    dispatch(socket, 'READY', {
      v: 10,
      user: bot,
      guilds: [],
      session_id: 'bench',
      resume_gateway_url: `ws://${host}`,
      shard: [0, 1],
      application: { id: botId, flags: 0 },
    });
    identified = socket;
    pump();
  }
  function answerOf(path: string, host: string): object {
    if (path.endsWith('/gateway/bot')) {
      const limit = { total: 1_000, remaining: 999, reset_after: 14_400_000, max_concurrency: 1 };
      return { url: `ws://${host}`, shards: 1, session_start_limit: limit };
    }
    if (path.endsWith('/applications/@me')) return { id: botId, bot };
    const channelId = /\/channels\/(\d+)\/messages$/.exec(path)?.[1];
    if (channelId === undefined) return {};
    posted += 1;
    crowd.answered(conversationIn(channelId));
    const answer = messageOf({ number: posted, conversation: conversationIn(channelId), text: '' });
    return { ...answer, author: bot };
  }

  const { server, address, close } = await listen((request, response) => {
    request.resume();
    request.on('end', () => {
      const path = request.url?.split('?')[0] ?? '';
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answerOf(path, request.headers.host ?? '')));
    });
  });
  server.on('upgrade', (request, wire, head) => {
    sockets.handleUpgrade(request, wire, head, (socket) => {
      socket.on('message', (data) => {
        const { op }: { op: number } = JSON.parse(String(data));
        onFrame(socket, op, request.headers.host ?? '');
      });
      socket.on('close', () => {
        if (identified === socket) identified = undefined;
      });
      socket.send(JSON.stringify({ op: 10, d: { heartbeat_interval: heartbeatMs } }));
    });
  });
  crowd.onMore(pump);
  return {
    address,
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      await close();
    },
  };
}

export const platform: BenchPlatform = {
  bare: 'discord.js',
  acknowledges: false,
  usesLimiter: false,
  serve,
  // Whoever may write to the bot may talk.
  settings: () => ({}),
  async openChannel(address, parts) {
    const [{ createDiscordChannel }, { createDiscordClient }, { resolveDiscordOptions }, sdk] =
      await Promise.all([
        import('../../../../adapters/discord/channel.ts'),
        import('../../../../adapters/discord/client.ts'),
        import('../../../../adapters/discord/options.ts'),
        import('discord.js'),
      ]);
    const { REST, RequestMethod } = sdk;
    const options = resolveDiscordOptions({ token, apiRoot: `${address}/api` });
    const client = createDiscordClient(options, parts);
    const rest = new REST({ api: options.apiRoot, retries: 0, globalRequestsPerSecond: withoutFloor });
    rest.setToken(token);
    const methods = {
      GET: RequestMethod.Get,
      POST: RequestMethod.Post,
      PUT: RequestMethod.Put,
      PATCH: RequestMethod.Patch,
      DELETE: RequestMethod.Delete,
    } as const;
    return createDiscordChannel(options, {
      ...parts,
      client: {
        ...client,
        rest: (method, route, { body, auth = true } = {}) =>
          rest.request({
            method: methods[method],
            fullRoute: route,
            auth,
            ...(body === undefined ? {} : { body }),
          }),
      },
    });
  },
  async openBare(address, handle) {
    const { Client, GatewayIntentBits, Partials } = await import('discord.js');
    const client = new Client({
      intents: [GatewayIntentBits.DirectMessages, GatewayIntentBits.MessageContent],
      partials: [Partials.Channel],
      rest: { api: `${address}/api`, globalRequestsPerSecond: withoutFloor },
    });
    client.on('messageCreate', (message) => {
      if (message.author.bot || !message.channel.isSendable()) return;
      const { channel } = message;
      const handling = handle({
        id: message.id,
        channelId: message.channelId,
        personId: message.author.id,
        personName: message.author.displayName,
        text: message.content,
        reply: (text) => channel.send(text),
      });
      // What goes wrong here shows as answers that never come; the worker has a deadline.
      handling.catch(() => {});
    });
    await client.login(token);
    return { close: () => client.destroy() };
  },
};
