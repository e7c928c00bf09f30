import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { createSlackClient, type SlackClientOptions } from '../../../adapters/slack/client.ts';
import { parseRefusal, toSlackError } from '../../../adapters/slack/errors.ts';
import { resolveSlackOptions } from '../../../adapters/slack/options.ts';
import type { SlackEnvelope } from '../../../adapters/slack/socket-connection.ts';
import { createSystemClock } from '../../../adapters/system/clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';

const botToken = 'xoxb-100-200-fAkEf0rTests';
const appToken = 'xapp-1-A1-300-deadbeef';

interface Seen {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly body: string;
}
type Answer = { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: string };

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

const portOf = (server: Server): number => {
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

/** A Web API that answers as told, and a socket whose frames the test writes itself. */
async function setUp(answer: Answer | 'hang' | 'cut' = {}, options: Partial<SlackClientOptions> = {}) {
  const seen: Seen[] = [];
  const sockets: WebSocket[] = [];
  const fromClient: unknown[] = [];
  const connected = Promise.withResolvers<WebSocket>();
  const server = createServer((request, response) => {
    void textOf(request).then((body) => {
      const { authorization, 'content-type': contentType } = request.headers;
      seen.push({ url: request.url ?? '', authorization, contentType, body });
      if (answer === 'hang') return;
      if (answer === 'cut') {
        request.socket.destroy();
        return;
      }
      const url = `ws://127.0.0.1:${portOf(server)}/link/?ticket=secret-ticket`;
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
      response.end(answer.body ?? JSON.stringify({ ok: true, url }));
    });
  });
  const wss = new WebSocketServer({ server });
  wss.on('connection', (socket) => {
    sockets.push(socket);
    socket.on('message', (data) => fromClient.push(JSON.parse(String(data))));
    connected.resolve(socket);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  open.push(
    () =>
      new Promise((resolve) => {
        for (const socket of wss.clients) socket.terminate();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const logger = createMemoryLogger();
  const client = createSlackClient(
    {
      ...resolveSlackOptions({
        botToken,
        appToken,
        apiRoot: `http://127.0.0.1:${portOf(server)}/api/`,
        callTimeoutMs: 300,
      }),
      ...options,
    },
    { fetch: globalThis.fetch, clock: createSystemClock(), logger },
  );
  return { client, logger, seen, fromClient, sockets, connected: connected.promise, port: portOf(server) };
}

const thrownBy = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error,
  );

const post = { channel: 'C1', text: 'private words', unfurl_links: false } as const;
const send = { method: 'chat.postMessage', isSend: true, secrets: [botToken, appToken] };

describe('calls of the Web API', () => {
  test('carry the token in the header alone and the arguments as a form', async () => {
    const { client, seen } = await setUp();
    const blocks = [{ type: 'divider' as const }];
    await client.call('chat.postMessage', { ...post, blocks });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      url: '/api/chat.postMessage',
      authorization: `Bearer ${botToken}`,
      contentType: 'application/x-www-form-urlencoded',
    });
    expect(Object.fromEntries(new URLSearchParams(seen[0]?.body))).toEqual({
      channel: 'C1',
      text: 'private words',
      unfurl_links: 'false',
      blocks: JSON.stringify(blocks),
    });
  });

  test.each<[string, Answer | 'hang' | 'cut', string]>([
    ['a refusal', { body: '{"ok":false,"error":"channel_not_found"}' }, 'not_found'],
    ['HTTP 500', { status: 500, body: 'oops' }, 'delivery_unknown'],
    ['HTTP 503', { status: 503, body: 'oops' }, 'peer_failed'],
    ['a page', { body: '<html>hotel network</html>' }, 'delivery_unknown'],
    ['an empty answer', { body: '' }, 'delivery_unknown'],
    ['JSON that is no answer', { body: '[]' }, 'delivery_unknown'],
    ['a redirect', { status: 302, headers: { location: 'https://example.org/' } }, 'delivery_unknown'],
    ['no answer', 'hang', 'delivery_unknown'],
    ['a cut', 'cut', 'delivery_unknown'],
  ])('%s comes out as one error after one request', async (_what, answer, code) => {
    const { client, seen, logger } = await setUp(answer);
    const error = toSlackError(await thrownBy(client.call('chat.postMessage', post)), send);
    expect(error.code).toBe(code);
    expect(seen).toHaveLength(1);
    expect(JSON.stringify(logger.entries)).not.toMatch(/private words|fAkEf0r/);
  });

  test.each<[string, Answer, number]>([
    ['with its time', { status: 429, headers: { 'retry-after': '7' } }, 7_000],
    ['without one', { status: 429 }, 1_000],
    ['with one that is none', { status: 429, headers: { 'retry-after': 'soon' } }, 1_000],
  ])('429 %s is `rate_limited`', async (_what, answer, retryAfterMs) => {
    const { client, seen } = await setUp(answer);
    const thrown = await thrownBy(client.call('chat.postMessage', post));
    expect(toSlackError(thrown, send)).toMatchObject({ code: 'rate_limited', retryAfterMs });
    expect(seen).toHaveLength(1);
  });

  test('where nobody listens nothing was sent', async () => {
    const { client } = await setUp();
    for (const close of open.splice(0)) await close();
    expect(toSlackError(await thrownBy(client.call('chat.postMessage', post)), send).code).toBe('network');
  });

  test('can all be ended at once, and none begins after that', async () => {
    const { client, seen } = await setUp('hang', { callTimeoutMs: 60_000 });
    const hanging = thrownBy(client.call('users.info', { user: 'U1' }));
    client.abortCalls();
    expect(await hanging).toBeInstanceOf(Error);
    expect(await thrownBy(client.call('users.info', { user: 'U1' }))).toBeInstanceOf(Error);
    expect(await thrownBy(client.respondTo('http://127.0.0.1:9/', {}))).toBeInstanceOf(Error);
    expect(seen.length).toBeLessThanOrEqual(1);
  });
});

describe('answers to a response_url', () => {
  const answering = async (answer: Answer | 'hang' | 'cut') => {
    const rig = await setUp(answer);
    return { ...rig, url: `http://127.0.0.1:${rig.port}/commands/T1/2/secret` };
  };
  const sent = { method: 'response_url', isSend: true, secrets: [] };

  test('are JSON without any token', async () => {
    const { client, seen, url } = await answering({ body: 'ok' });
    await client.respondTo(url, { text: 'hello', response_type: 'ephemeral' });
    expect(seen).toEqual([
      {
        url: '/commands/T1/2/secret',
        authorization: undefined,
        contentType: 'application/json',
        body: '{"text":"hello","response_type":"ephemeral"}',
      },
    ]);
  });

  test.each<[string, Answer]>([
    ['404 used_url', { status: 404, body: 'used_url' }],
    ['404 with JSON', { status: 404, body: '{"ok":false,"error":"expired_url"}' }],
    ['200 with JSON', { body: '{"ok": false, "error": "used_url"}' }],
  ])('%s: nobody waits any more', async (_what, answer) => {
    const { client, url } = await answering(answer);
    const thrown = await thrownBy(client.respondTo(url, { text: 'x' }));
    expect(parseRefusal(thrown)?.error).toMatch(/^(used|expired)_url$/);
    expect(toSlackError(thrown, sent).code).toBe('not_found');
  });

  test.each<[string, Answer | 'hang' | 'cut', string]>([
    ['429', { status: 429, headers: { 'retry-after': '3' } }, 'rate_limited'],
    ['500', { status: 500, body: '<html>oops</html>' }, 'delivery_unknown'],
    ['a cut', 'cut', 'delivery_unknown'],
    ['no answer', 'hang', 'delivery_unknown'],
  ])('%s', async (_what, answer, code) => {
    const { client, url } = await answering(answer);
    expect(toSlackError(await thrownBy(client.respondTo(url, { text: 'x' })), sent).code).toBe(code);
  });
});

describe('one socket', () => {
  const hello = JSON.stringify({ type: 'hello', num_connections: 1 });
  const frame = (type: string, id: string, payload: unknown, more: object = {}): string =>
    JSON.stringify({ type, envelope_id: id, payload, accepts_response_payload: true, ...more });

  async function opened(options: Partial<SlackClientOptions> = {}) {
    const rig = await setUp({}, options);
    const envelopes: SlackEnvelope[] = [];
    const notices: string[] = [];
    const closed = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    let closings = 0;
    const opening = rig.client.openSocket(
      {
        onEnvelope(envelope) {
          envelopes.push(envelope);
          arrived.resolve();
        },
        onNotice: (reason) => notices.push(reason),
        onClosed() {
          closings += 1;
          closed.resolve();
        },
      },
      new AbortController().signal,
    );
    const peer = await rig.connected;
    return {
      ...rig,
      opening,
      peer,
      envelopes,
      notices,
      closed: closed.promise,
      arrived,
      closings: () => closings,
    };
  }

  test('is opened with the app token; what comes in one piece with the hello is not lost', async () => {
    const { opening, peer, seen, envelopes, arrived } = await opened();
    peer.send(hello);
    peer.send(frame('events_api', 'e1', { type: 'event_callback', event: { type: 'message' } }));
    const socket = await opening;
    await arrived.promise;
    expect(seen[0]).toMatchObject({ url: '/api/apps.connections.open', authorization: `Bearer ${appToken}` });
    expect(envelopes[0]).toMatchObject({ type: 'events_api', body: { event: { type: 'message' } } });
    await socket.close();
  });

  test('acknowledges by envelope, with a payload where there is one; events without an event inside too', async () => {
    const { opening, peer, envelopes, fromClient } = await opened();
    peer.send(hello);
    const socket = await opening;
    const all = Promise.withResolvers<void>();
    peer.on('message', () => fromClient.length === 4 && all.resolve());
    peer.send('not JSON');
    peer.send('null');
    peer.send(Buffer.from([1, 2, 3]), { binary: true });
    peer.send(frame('close', 'x0', {}));
    peer.send(
      frame(
        'events_api',
        'e1',
        { event: { type: 'message' } },
        { retry_attempt: 2, retry_reason: 'timeout' },
      ),
    );
    peer.send(frame('events_api', 'e2', { type: 'app_rate_limited' }));
    peer.send(frame('interactive', 'e3', { type: 'view_submission' }));
    peer.send(frame('slash_commands', 'e4', { command: '/metaclaw' }));
    const answering = Promise.withResolvers<void>();
    const answerAll = async (): Promise<void> => {
      for (const envelope of envelopes) {
        await envelope.ack(envelope.type === 'interactive' ? { response_action: 'clear' } : undefined);
      }
      answering.resolve();
    };
    peer.ping('', undefined, () => undefined);
    // A pong comes after everything that was sent before the ping has been read.
    await new Promise<void>((resolve) => void peer.once('pong', () => resolve()));
    await answerAll();
    await all.promise;
    expect(
      envelopes.map(({ type, body, retryNum, retryReason }) => ({ type, body, retryNum, retryReason })),
    ).toEqual([
      { type: 'events_api', body: { event: { type: 'message' } }, retryNum: 2, retryReason: 'timeout' },
      { type: 'events_api', body: { type: 'app_rate_limited' }, retryNum: undefined, retryReason: undefined },
      { type: 'interactive', body: { type: 'view_submission' }, retryNum: undefined, retryReason: undefined },
      { type: 'slash_commands', body: { command: '/metaclaw' }, retryNum: undefined, retryReason: undefined },
    ]);
    expect(fromClient).toEqual([
      { envelope_id: 'e1', payload: {} },
      { envelope_id: 'e2', payload: {} },
      { envelope_id: 'e3', payload: { response_action: 'clear' } },
      { envelope_id: 'e4', payload: {} },
    ]);
    await socket.close();
    await expect(envelopes[0]?.ack()).rejects.toBeInstanceOf(Error);
  });

  test('stays open, and acknowledges, after its end was announced', async () => {
    const { opening, peer, envelopes, notices, arrived, fromClient, closings } = await opened();
    peer.send(hello);
    const socket = await opening;
    peer.send(JSON.stringify({ type: 'disconnect', reason: 'warning' }));
    peer.send(frame('events_api', 'e1', { event: { type: 'message' } }));
    await arrived.promise;
    const acknowledged = new Promise<void>((resolve) => void peer.once('message', () => resolve()));
    await envelopes[0]?.ack();
    await acknowledged;
    expect([notices, closings(), fromClient.length]).toEqual([['warning'], 0, 1]);
    await socket.close();
    expect(closings()).toBe(1);
  });

  test('closes with a goodbye, once, however often it is asked', async () => {
    const { opening, peer, closings } = await opened();
    peer.send(hello);
    const socket = await opening;
    const code = new Promise<number>((resolve) => void peer.once('close', resolve));
    await Promise.all([socket.close(), socket.close()]);
    await socket.close();
    expect(await code).toBe(1_000);
    expect(closings()).toBe(1);
  });

  test('tells when the peer ends it', async () => {
    const { opening, peer, closed, closings } = await opened();
    peer.send(hello);
    const socket = await opening;
    peer.terminate();
    await closed;
    await socket.close();
    expect(closings()).toBe(1);
  });

  test.each([
    ['link_disabled', 'not_allowed'],
    ['too_many_websockets', 'conflict'],
    ['anything', 'conflict'],
  ])('an end announced before the hello, %s, is a failed opening: %s', async (reason, code) => {
    const { opening, peer, closings } = await opened();
    peer.send(JSON.stringify({ type: 'disconnect', reason }));
    await expect(opening).rejects.toMatchObject({ code });
    expect(closings()).toBe(0);
  });

  test('a connection that ends before the hello is a failed opening', async () => {
    const { opening, peer } = await opened();
    peer.terminate();
    expect(toSlackError(await thrownBy(opening), { ...send, isSend: false }).code).toBe('network');
  });

  test('an opening can be given up, and leaves no connection', async () => {
    const { client, connected } = await setUp();
    const giveUp = new AbortController();
    const handlers = { onEnvelope: () => undefined, onNotice: () => undefined, onClosed: () => undefined };
    const opening = client.openSocket(handlers, giveUp.signal);
    const peer = await connected;
    const gone = new Promise<void>((resolve) => void peer.once('close', () => resolve()));
    giveUp.abort();
    await expect(opening).rejects.toMatchObject({ code: 'aborted' });
    await gone;
    await expect(client.openSocket(handlers, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
  });

  test('needs an app token', async () => {
    const { client } = await setUp({}, { appToken: undefined });
    const handlers = { onEnvelope: () => undefined, onNotice: () => undefined, onClosed: () => undefined };
    await expect(client.openSocket(handlers, new AbortController().signal)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('SLACK_APP_TOKEN'),
    });
  });

  test('the SDK’s own words are logged without the ticket', async () => {
    const { opening, peer, logger } = await opened();
    peer.send(hello);
    const socket = await opening;
    await socket.close();
    expect(JSON.stringify(logger.entries)).not.toMatch(/secret-ticket|deadbeef/);
  });
});
