import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { NodeMount } from '../../adapters/proxy/node-mount.ts';
import { createSystemClock } from '../../adapters/system/clock.ts';
import { createHttpListener } from '../../config/http-listener.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { rawClient } from '../adapters/proxy/proxy-rig.ts';
import { createFakeClock } from '../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';

const raw = (path: string): NodeMount => ({
  path,
  proof: 'api_key',
  handle: (_, outgoing, isFromHere) => void outgoing.end(`${path} ${isFromHere ? 'here' : 'elsewhere'}`),
});

const news = new TransformStream<Uint8Array, Uint8Array>();

async function listen(
  mounts: readonly NodeMount[],
  host = '127.0.0.1',
  clock: Clock = createSystemClock(),
): Promise<string> {
  const listener = createHttpListener({
    host,
    port: 0,
    maxBodyBytes: 10,
    clock,
    logger: createMemoryLogger(),
  });
  listener.mount({ path: '/', proof: 'none', fetch: () => new Response('the page') });
  listener.mount({
    path: '/reads',
    proof: 'none',
    fetch: async (request) => new Response(await request.text()),
  });
  listener.mount({ path: '/news', proof: 'none', fetch: () => new Response(news.readable) });
  for (const mount of mounts) listener.mountRaw(mount);
  const address = await listener.listen();
  onTestFinished(() => listener.close(0));
  return address;
}

/** The body of the answer to a request with these lines, sent to this address. */
function asked(address: string, lines: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname.replace(/^\[|\]$/g, ''), () => {
      socket.write(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`);
    });
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}

describe('what is served raw', () => {
  test('goes before all others, the longest path first, on whole path parts', async () => {
    const address = await listen([raw('/v1'), raw('/v1/deep')]);
    const get = async (path: string): Promise<string> => (await fetch(`${address}${path}`)).text();
    expect(await get('/v1')).toBe('/v1 here');
    expect(await get('/v1/x?y=/')).toBe('/v1 here');
    expect(await get('/v1?x')).toBe('/v1 here');
    expect(await get('/v1/deep/x')).toBe('/v1/deep here');
    expect(await get('/v10')).toBe('the page');
    expect(await get('/?/v1')).toBe('the page');
  });

  test('bounds its bodies itself', async () => {
    const address = await listen([raw('/v1')]);
    const response = await fetch(`${address}/v1`, { method: 'POST', body: 'x'.repeat(1_000) });
    expect(response.status).toBe(200);
  });
});

describe('half a minute', () => {
  const half = (path: string): string =>
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab`;

  test('is what a request has to arrive, and an answer has as long as it takes', async () => {
    const clock = createFakeClock();
    const address = await listen([], '127.0.0.1', clock);
    const [slow, reader] = [rawClient(address), rawClient(address)];
    slow.write(half('/reads'));
    reader.write('GET /news HTTP/1.1\r\nHost: localhost\r\n\r\n');
    while (clock.waiting() < 2) await new Promise(setImmediate);
    await clock.advance(29_999);
    expect(slow.text()).toBe('');
    await clock.advance(1);
    expect(await slow.closed()).toMatch(/^HTTP\/1\.1 408/);
    await reader.until('HTTP/1.1 200');
    void news.writable.getWriter().write(Buffer.from('still there'));
    await reader.until('still there');
  });

  test('is not what one has that is served raw, which bounds it itself', async () => {
    const clock = createFakeClock();
    const received = Promise.withResolvers<void>();
    const address = await listen(
      [
        {
          ...raw('/v1'),
          handle(incoming, outgoing) {
            incoming.resume().on('end', () => outgoing.end('whole'));
            received.resolve();
          },
        },
      ],
      '127.0.0.1',
      clock,
    );
    const slow = rawClient(address);
    slow.write(half('/v1'));
    await received.promise;
    await clock.advance(600_000);
    slow.write('cde');
    await slow.until('whole');
  });
});

describe('a request of this machine', () => {
  test.each([
    ['localhost', 'here'],
    ['LOCALHOST:99', 'here'],
    ['127.0.0.1:8787', 'here'],
    ['127.9.9.9', 'here'],
    ['[::1]:8787', 'here'],
    ['bot.example.org', 'elsewhere'],
    ['localhost.example.org', 'elsewhere'],
    ['127.0.0.1.example.org', 'elsewhere'],
    ['evil@localhost', 'elsewhere'],
    ['localhost:80, evil', 'elsewhere'],
    ['', 'elsewhere'],
  ])('asks for a name of ours: “%s” is %s', async (host, told) => {
    const address = await listen([raw('/v1')]);
    expect(await asked(address, ['GET /v1 HTTP/1.1', `Host: ${host}`])).toMatch(new RegExp(`/v1 ${told}$`));
  });

  test('names its host, in a version of HTTP that asks for it', async () => {
    const address = await listen([raw('/v1')]);
    expect(await asked(address, ['GET /v1 HTTP/1.0'])).toMatch(/elsewhere$/);
    expect(await asked(address, ['GET /v1 HTTP/1.0', 'Host: localhost'])).toMatch(/elsewhere$/);
  });

  test.each([
    'Forwarded: for=a',
    'X-Forwarded-For: a',
    'X-Forwarded-Host: localhost',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Anything: a',
    'X-Real-IP: 127.0.0.1',
    'X-Client-IP: a',
    'X-Cluster-Client-IP: a',
    'True-Client-IP: a',
    'X-Original-URI: /v1',
    'X-Original-Forwarded-For: a',
    'CF-Connecting-IP: a',
    'Via: 1.1 a',
  ])('speaks for nobody else: %s', async (header) => {
    const address = await listen([raw('/v1')]);
    expect(await asked(address, ['GET /v1 HTTP/1.1', 'Host: localhost', header])).toMatch(/elsewhere$/);
  });

  const own = Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.internal === false && one.family === 'IPv4')?.address;

  test.skipIf(own === undefined)('may ask by an address of this machine', async () => {
    const { port } = new URL(await listen([raw('/v1')], '0.0.0.0'));
    const address = `http://${own}:${port}`;
    expect(await asked(address, ['GET /v1 HTTP/1.1', `Host: ${own}:${port}`])).toMatch(/here$/);
    expect(await asked(address, ['GET /v1 HTTP/1.1', 'Host: bot.example.org'])).toMatch(/elsewhere$/);
  });
});
