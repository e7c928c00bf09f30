import { WebSocketServer } from 'ws';
import type { Crowd, CrowdMessage } from '../crowd.ts';
import { listen } from '../listen.ts';
import type { BenchPlatform, ServedPlatform } from '../platform.ts';

const botToken = 'xoxb-bench';
const appToken = 'xapp-bench';
const team = 'T0BENCH';
const bot = { user_id: 'U0BENCHBOT', bot_id: 'B0BENCH', app_id: 'A0BENCH' };
/** So many people share the conversations, so that their names are looked up while warming up. */
const people = 20;
/** How many events Slack has on their way unacknowledged here. */
const mostOnTheWay = 100;
const pingEveryMs = 10_000;

const channelOf = (conversation: number): string => `D0BENCH${conversation}`;
const conversationIn = (channel: string): number => Number(channel.slice('D0BENCH'.length));
const timestamp = (number: number): string => `${1_767_614_391 + number}.000100`;

/** A conversation is one thread of one DM. */
function envelopeOf({ number, conversation, text }: CrowdMessage): string {
  const message = {
    type: 'message',
    user: `U0BENCH${conversation % people}`,
    client_msg_id: `c-${number}`,
    team,
    text,
    channel: channelOf(conversation),
    channel_type: 'im',
    ts: timestamp(number),
    thread_ts: timestamp(0),
    event_ts: timestamp(number),
  };
  return JSON.stringify({
    envelope_id: String(number),
    type: 'events_api',
    accepts_response_payload: false,
    payload: {
      token: 'bench',
      team_id: team,
      api_app_id: bot.app_id,
      type: 'event_callback',
      event_id: `Ev${number}`,
      event_time: 1_767_614_391 + number,
      is_ext_shared_channel: false,
      authorizations: [{ enterprise_id: null, team_id: team, user_id: bot.user_id, is_bot: true }],
      event: message,
    },
  });
}

const hello = JSON.stringify({
  type: 'hello',
  num_connections: 1,
  debug_info: { host: 'bench', approximate_connection_time: 18_060 },
  connection_info: { app_id: bot.app_id },
});

function personOf(id: string): object {
  return {
    id,
    team_id: team,
    name: id.toLowerCase(),
    real_name: `Person ${id}`,
    is_bot: false,
    profile: { real_name: `Person ${id}`, display_name: `Person ${id}`, team },
  };
}

/** Socket Mode with one window of events, and the Web API's `chat.postMessage`; other methods are `ok`. */
async function serve(crowd: Crowd): Promise<ServedPlatform> {
  const sockets = new WebSocketServer({ noServer: true });
  const onTheWay = new Set<string>();
  let posted = 0;

  function pump(): void {
    const [socket] = sockets.clients;
    if (socket === undefined) return;
    for (const message of crowd.take(mostOnTheWay - onTheWay.size)) {
      onTheWay.add(String(message.number));
      socket.send(envelopeOf(message));
    }
  }
  function answerOf(method: string, args: URLSearchParams, host: string): object {
    switch (method) {
      case 'auth.test':
        return { ...bot, team_id: team, team: 'Bench', user: 'bench_bot', url: 'https://bench.invalid/' };
      case 'apps.connections.open':
        return { url: `ws://${host}/link` };
      case 'users.info':
        return { user: personOf(args.get('user') ?? '') };
      case 'chat.postMessage': {
        posted += 1;
        const channel = args.get('channel') ?? '';
        crowd.answered(conversationIn(channel));
        return { channel, ts: timestamp(1_000_000_000 + posted) };
      }
      default:
        return {};
    }
  }

  const { server, address, close } = await listen((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const method = request.url?.split('/').at(-1)?.split('?')[0] ?? '';
      const answer = answerOf(method, new URLSearchParams(body), request.headers.host ?? '');
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ ok: true, ...answer }));
    });
  });
  server.on('upgrade', (request, wire, head) => {
    sockets.handleUpgrade(request, wire, head, (socket) => {
      const pinging = setInterval(() => socket.ping(), pingEveryMs);
      socket.on('close', () => clearInterval(pinging));
      socket.on('message', (data) => {
        const { envelope_id: id }: { envelope_id?: string } = JSON.parse(String(data));
        if (id === undefined || !onTheWay.delete(id)) return;
        crowd.acknowledged(Number(id));
        pump();
      });
      socket.send(hello);
      pump();
    });
  });
  crowd.onMore(pump);
  return {
    address,
    async close() {
      const ends = [...sockets.clients].map(
        (socket) => new Promise((resolve) => socket.once('close', resolve)),
      );
      for (const socket of sockets.clients) socket.close();
      await Promise.all(ends);
      await close();
    },
  };
}

export const platform: BenchPlatform = {
  bare: 'Bolt, Socket Mode',
  acknowledges: true,
  usesLimiter: true,
  serve,
  // Whoever is in the workspace may talk.
  settings: () => ({}),
  async openChannel(address, parts) {
    const [{ createSlackChannel }, { createSlackClient }, { resolveSlackOptions }] = await Promise.all([
      import('../../../../adapters/slack/channel.ts'),
      import('../../../../adapters/slack/client.ts'),
      import('../../../../adapters/slack/options.ts'),
    ]);
    const apiRoot = `${address}/api/`;
    const options = resolveSlackOptions({ botToken, appToken, apiRoot, postIntervalMs: 0 });
    return createSlackChannel(options, { ...parts, client: createSlackClient(options, { ...parts, fetch }) });
  },
  async openBare(address, handle) {
    const { App, LogLevel } = await import('@slack/bolt');
    const app = new App({
      token: botToken,
      appToken,
      socketMode: true,
      logLevel: LogLevel.ERROR,
      clientOptions: { slackApiUrl: `${address}/api/` },
    });
    app.message(async ({ message, say }) => {
      if (message.subtype !== undefined) return;
      const { channel, ts, user, text = '', thread_ts: thread } = message;
      await handle({
        id: ts,
        channelId: channel,
        personId: user,
        personName: user,
        text,
        reply: (answer) => say({ text: answer, ...(thread === undefined ? {} : { thread_ts: thread }) }),
      });
    });
    await app.start();
    return {
      async close() {
        await app.stop();
      },
    };
  },
};
