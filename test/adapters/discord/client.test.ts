import { afterEach, describe, expect, test } from 'vitest';
import { createDiscordClient, type DiscordClientOptions } from '../../../adapters/discord/client.ts';
import { toDiscordError } from '../../../adapters/discord/errors.ts';
import type { GatewayHandlers, GatewayPacket } from '../../../adapters/discord/gateway-connection.ts';
import { toGatewayError } from '../../../adapters/discord/gateway-errors.ts';
import { resolveDiscordOptions } from '../../../adapters/discord/options.ts';
import { createSystemClock } from '../../../adapters/system/clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { type RawDiscord, type RawOptions, ready, startRawDiscord } from './raw-discord.ts';
import { withTransport } from './transport-rig.ts';

const token = 'Qk9UX0lE.fake.not-the-token-of-any-bot-anywhere';
const send = { purpose: 'send a message', isSend: true, needed: [], secrets: [token] };

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

async function setUp(raw: RawOptions = {}, options: Partial<DiscordClientOptions> = {}) {
  const discord = await startRawDiscord(raw);
  open.push(discord.close);
  const logger = createMemoryLogger();
  const client = createDiscordClient(
    resolveDiscordOptions({
      token,
      apiRoot: discord.apiRoot,
      callTimeoutMs: 10_000,
      openTimeoutMs: 10_000,
      identifyIntervalMs: 0,
      ...options,
    }),
    { clock: createSystemClock(), logger },
  );
  return { discord, logger, client };
}

function listen() {
  const packets: GatewayPacket[] = [];
  const ended: Error[] = [];
  const handlers: GatewayHandlers = {
    onPacket: (packet) => void packets.push(packet),
    onLost: () => undefined,
    onBack: () => undefined,
    onEnded: (error) => void ended.push(error),
  };
  return { handlers, packets, ended };
}

const connecting = () => ({ messageContent: true, signal: new AbortController().signal });

const thrownBy = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error,
  );

const reply =
  (status: number, body: string, headers: Record<string, string> = {}): RawOptions['serve'] =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };

const lastOf = ({ requests }: RawDiscord) => requests.at(-1);

describe('requests', () => {
  test('carry the token in the header alone, and nothing where the address is the permission', async () => {
    const { client, discord } = await setUp();
    const answer = await client.rest('POST', '/channels/100000000000000003/messages', {
      body: { content: 'private words' },
      query: { limit: '3' },
    });
    expect(answer).toEqual({});
    expect(lastOf(discord)).toMatchObject({
      method: 'POST',
      url: '/api/v10/channels/100000000000000003/messages?limit=3',
      body: '{"content":"private words"}',
      headers: { authorization: `Bot ${token}` },
    });
    await client.rest('POST', '/interactions/100000000000000004/abc/callback', { body: {}, auth: false });
    expect(lastOf(discord)?.headers).not.toHaveProperty('authorization');
  });

  test('work beside the fetch of this machine and the other undici', async () => {
    const { client, discord } = await setUp();
    const undici = await import('undici');
    await (await undici.request(`${discord.apiRoot}/first`)).body.dump();
    await (await fetch(`${discord.apiRoot}/second`)).text();
    await expect(client.rest('GET', '/users/@me')).resolves.toEqual({});
  });

  test.each<[string, RawOptions['serve'], string]>([
    ['a refusal', reply(404, '{"code":10003,"message":"Unknown Channel"}'), 'not_found'],
    ['a refusal that is no object', reply(403, 'null'), 'delivery_unknown'],
    ['a refusal that is a page', reply(403, '<html>', { 'content-type': 'text/html' }), 'not_allowed'],
    ['HTTP 500', reply(500, '{}'), 'delivery_unknown'],
    ['HTTP 503', reply(503, 'oops'), 'peer_failed'],
    ['a page', reply(200, '<html>hotel network</html>', { 'content-type': 'text/html' }), 'delivery_unknown'],
    ['broken JSON', reply(200, '{"id":'), 'delivery_unknown'],
    ['a redirect', reply(302, '', { location: 'https://example.org/' }), 'delivery_unknown'],
    ['no answer', () => undefined, 'delivery_unknown'],
    [
      'half an answer',
      (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{'),
      'delivery_unknown',
    ],
    ['a cut', (request) => void request.socket.destroy(), 'delivery_unknown'],
  ])('%s comes out as one error after one request', async (what, serve, code) => {
    const isSilent = what.endsWith('answer');
    const { client, discord, logger } = await setUp({ serve }, isSilent ? { callTimeoutMs: 1_000 } : {});
    const thrown = await thrownBy(
      client.rest('POST', '/channels/100000000000000003/messages', { body: { content: 'private words' } }),
    );
    const error = toDiscordError(thrown, send);
    expect(error.code).toBe(code);
    expect(discord.requests).toHaveLength(1);
    expect(JSON.stringify([error, error.cause, logger.entries])).not.toMatch(/private words|not-the-token/);
  });

  test('where nothing is to be answered give nothing', async () => {
    const { client } = await setUp({ serve: (_, response) => void response.writeHead(204).end() });
    await expect(client.rest('DELETE', '/channels/1/messages/2')).resolves.toBeUndefined();
  });

  test.each<[string, Record<string, string>, number]>([
    ['with its time', { 'retry-after': '7', 'x-ratelimit-scope': 'shared' }, 7_050],
    ['of everything', { 'retry-after': '3', 'x-ratelimit-global': 'true' }, 3_050],
    ['without a time', {}, 1_000],
  ])('429 %s is `rate_limited` and not repeated', async (_what, headers, leastMs) => {
    const { client, discord } = await setUp({ serve: reply(429, '{"message":"slow"}', headers) });
    const error = toDiscordError(
      await thrownBy(client.rest('POST', '/channels/100000000000000003/messages')),
      send,
    );
    expect(error.code).toBe('rate_limited');
    expect(Math.abs((error.retryAfterMs ?? 0) - leastMs)).toBeLessThan(60);
    expect(discord.requests).toHaveLength(1);
  });

  test('with a token that Discord refuses are made once and then no more for a while', async () => {
    const { client, discord, logger } = await setUp({
      serve: reply(401, '{"code":0,"message":"401: Unauthorized"}'),
    });
    for (let round = 0; round < 3; round += 1) {
      expect(toDiscordError(await thrownBy(client.rest('GET', '/users/@me')), send).code).toBe('auth_failed');
    }
    expect(discord.requests).toHaveLength(1);
    expect(logger.of('discord_token_refused')).toHaveLength(1);
    await thrownBy(client.rest('POST', '/interactions/100000000000000004/abc/callback', { auth: false }));
    expect(discord.requests).toHaveLength(2);
  });

  test('end when they are aborted, and none begins after', async () => {
    const { client, discord } = await setUp({ serve: () => undefined }, { callTimeoutMs: 60_000 });
    const failing = thrownBy(client.rest('GET', '/users/@me'));
    while (discord.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    client.abortCalls();
    expect(toDiscordError(await failing, { ...send, isSend: false }).code).toBe('timeout');
    await thrownBy(client.rest('GET', '/users/@me'));
    expect(discord.requests).toHaveLength(1);
  });
});

describe('the opening of the gateway', () => {
  test('is given up in time where nobody answers, and what was half open disturbs nobody later', async () => {
    const { client, discord } = await setUp({ gateway: 'mute' }, { openTimeoutMs: 1_000 });
    const thrown = await thrownBy(client.connect(listen().handlers, connecting()));
    expect(toGatewayError(thrown, { now: 0, secrets: [token] })).toMatchObject({
      code: 'timeout',
      retryable: true,
    });
    const deadline = AbortSignal.timeout(3_000);
    while (discord.halfOpen > 0 && !deadline.aborted) await new Promise((resolve) => setImmediate(resolve));
    expect(discord.halfOpen).toBe(0);
  });

  test('rejects with the instant when today’s sessions are used up, and begins none', async () => {
    const { client, discord } = await setUp({ remaining: 0, resetAfterMs: 3_600_000 });
    const thrown = await thrownBy(client.connect(listen().handlers, connecting()));
    const now = Date.now();
    const error = toGatewayError(thrown, { now, secrets: [token] });
    expect(error).toMatchObject({ code: 'rate_limited', retryable: true });
    expect(Math.abs((error.retryAfterMs ?? 0) - 3_600_000)).toBeLessThan(60_000);
    expect(error.message).toMatch(/connect again at \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
    expect(discord.sockets).toHaveLength(0);
  });

  test.each<[string, string]>([
    ['text that is no JSON', 'hello'],
    ['a word', '"hello"'],
    ['nothing', 'null'],
    ['an opcode of its own', '{"op":99,"d":null}'],
    ['an invalid session without a word', '{"op":9,"d":null}'],
    ['a dispatch without a kind', '{"op":0,"t":null,"s":2,"d":null}'],
    ['a server that is nothing', '{"op":0,"t":"GUILD_CREATE","s":2,"d":null}'],
    ['a second READY that is nothing', '{"op":0,"t":"READY","s":2,"d":null}'],
    ['bytes', '\u0000\u0001'],
  ])('is not shaken by %s', async (_what, frame) => {
    const { client, discord } = await setUp({
      gateway(socket, { op }) {
        if (op !== 2) return;
        socket.send(JSON.stringify(ready()));
        socket.send(frame);
        socket.send(Buffer.from(frame));
        socket.send('{"op":0,"t":"TYPING_START","s":3,"d":{"channel_id":"1"}}');
      },
    });
    const { handlers, packets } = listen();
    const heard = Promise.withResolvers<void>();
    const connection = await client.connect(
      {
        ...handlers,
        onPacket(packet) {
          handlers.onPacket(packet);
          if (packet.t === 'TYPING_START') heard.resolve();
        },
      },
      connecting(),
    );
    await heard.promise;
    await connection.close();
    await connection.close();
    const count = packets.length;
    for (const socket of discord.sockets) socket.send('{"op":0,"t":"TYPING_START","s":4,"d":{}}');
    expect(packets).toHaveLength(count);
  });

  test('ends in a few seconds even where the other side does not agree to the end', async () => {
    const { client, discord } = await setUp();
    const connection = await client.connect(listen().handlers, connecting());
    // Deaf to the closing handshake from now on.
    for (const socket of discord.sockets) socket.pause();
    await connection.close();
    expect(discord.sockets).toHaveLength(1);
  });
});

/** Shapes at which the SDK's own handling is known to throw, or might. */
const shapes: readonly [string, string, object][] = [
  [
    'an interaction without its installations',
    'INTERACTION_CREATE',
    {
      id: '100000000000000009',
      type: 3,
      token: 'secret-token',
      application_id: '1',
      channel_id: '2',
      user: { id: '3' },
      entitlements: [],
      data: { component_type: 2, custom_id: 'x' },
      message: { id: '4', channel_id: '2' },
    },
  ],
  ['an interaction of a kind of its own', 'INTERACTION_CREATE', { id: '1', type: 99 }],
  ['an interaction that is nothing', 'INTERACTION_CREATE', {}],
  ['a channel of a kind of its own', 'CHANNEL_CREATE', { id: '5', type: 99, guild_id: '6' }],
  ['a thread without a parent', 'THREAD_CREATE', { id: '7', type: 11 }],
  ['threads that are none', 'THREAD_LIST_SYNC', { guild_id: '6', threads: [null] }],
  ['a message without an author', 'MESSAGE_CREATE', { id: '8', channel_id: '2', content: 'private words' }],
  ['a message that is nothing', 'MESSAGE_CREATE', {}],
  ['a reaction without an emoji', 'MESSAGE_REACTION_ADD', { user_id: '1', channel_id: '2', message_id: '3' }],
  ['a role of no server', 'GUILD_ROLE_UPDATE', { role: null }],
  ['a dispatch that nobody knows', 'NOT_YET_INVENTED', { a: 1 }],
];

describe.concurrent('packets at which the SDK chokes', () => {
  test.each(shapes)('%s: is handed on, and the next one too', async (_what, kind, data) => {
    await withTransport({}, async ({ discord, supervisor, until, heard, packets, logger }) => {
      await supervisor.start();
      discord.push(kind, { ...data });
      discord.push(kind, { ...data }, discord.home.id);
      discord.person().say('and on', discord.channel());
      await until(() => heard.includes('and on'), 'the next message');
      expect(packets.filter(({ t }) => t === kind).length).toBeGreaterThanOrEqual(2);
      expect(discord.gateway.total).toBe(1);
      expect(JSON.stringify(logger.entries)).not.toMatch(/private words|secret-token/);
    });
  });

  test('are dropped aloud, by their kind', async () => {
    await withTransport({}, async ({ discord, supervisor, until, heard, logger }) => {
      await supervisor.start();
      discord.push('INTERACTION_CREATE', { ...shapes[0]?.[2] });
      discord.person().say('and on', discord.channel());
      await until(() => heard.length === 1, 'the next message');
      expect(logger.of('discord_sdk_choked')[0]?.fields).toMatchObject({
        kind: 'INTERACTION_CREATE',
        fault: 'TypeError',
        place: expect.stringMatching(/\.js:\d+:\d+$/),
      });
    });
  });

  test('a handler of ours that throws does not end the connection', async () => {
    await withTransport({}, async (rig) => {
      const { discord, supervisor, until, heard, logger } = rig;
      await supervisor.start();
      rig.onPacket = () => {
        throw new Error('private words');
      };
      const ada = discord.person();
      const talk = discord.channel();
      ada.say('one', talk);
      ada.say('two', talk);
      await until(() => heard.length === 2, 'both');
      await supervisor.stop();
      expect(logger.of('discord_listener_failed').length).toBeGreaterThanOrEqual(2);
      expect(JSON.stringify(logger.entries)).not.toContain('private words');
      expect(discord.gateway.total).toBe(1);
    });
  });
});
