import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSystemClock } from '../../adapters/system/clock.ts';
import { createSystemIds } from '../../adapters/system/ids.ts';
import { guardWithToken } from '../../config/control-token.ts';
import { createHealthMounts } from '../../config/health-mounts.ts';
import { createHttpListener, type HttpListener } from '../../config/http-listener.ts';
import type { HttpMount } from '../../core/ports/http-mount.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';

const logger = createMemoryLogger();
const clock = createSystemClock();

async function listen(
  mounts: readonly HttpMount[],
  port = 0,
): Promise<{ listener: HttpListener; address: string }> {
  const listener = createHttpListener({ host: '127.0.0.1', port, maxBodyBytes: 1_000, clock, logger });
  for (const mount of mounts) listener.mount(mount);
  const address = await listener.listen();
  onTestFinished(() => listener.close(0));
  return { listener, address };
}

const saying = (path: string, proof: HttpMount['proof'] = 'none'): HttpMount => ({
  path,
  proof,
  fetch: () => new Response(path),
});

/** What a server answers to these bytes. */
function raw(address: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.end(bytes));
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}

describe('routing', () => {
  test('of several mounts that fit the longest serves, on whole path parts', async () => {
    const { address } = await listen([saying('/'), saying('/hooks/telegram'), saying('/hooks')]);
    const get = async (path: string): Promise<string> => (await fetch(`${address}${path}`)).text();
    expect(await get('/')).toBe('/');
    expect(await get('/hooks/telegram/x?y=1')).toBe('/hooks/telegram');
    expect(await get('/hooks/telegram')).toBe('/hooks/telegram');
    expect(await get('/hooks/telegrams')).toBe('/hooks');
    expect(await get('/hookshot')).toBe('/');
  });

  test('nothing mounted is 404, a mount that throws is 500 and is logged without telling why', async () => {
    const { address } = await listen([
      { path: '/bad', proof: 'none', fetch: () => Promise.reject(new Error('insides')) },
    ]);
    expect((await fetch(`${address}/x`)).status).toBe(404);
    const broken = await fetch(`${address}/bad`);
    expect(broken.status).toBe(500);
    expect(await broken.text()).not.toContain('insides');
    expect(logger.of('http_request_failed').at(-1)?.fields['error']).toBeInstanceOf(Error);
    expect((await fetch(`${address}/x`)).status).toBe(404);
  });

  test('bytes that are no request do not end it', async () => {
    const { address } = await listen([saying('/')]);
    expect(await raw(address, 'nonsense\r\n\r\n')).toContain('400');
    expect(await raw(address, 'GET / HTTP/1.1\r\n\r\n')).toContain('400');
    expect(await raw(address, `GET //[ HTTP/1.1\r\nHost: x:y:z\r\nConnection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 4/,
    );
    expect(await (await fetch(address)).text()).toBe('/');
  });
});

describe('bodies', () => {
  const echo: HttpMount = {
    path: '/',
    proof: 'none',
    fetch: async (request) => new Response(String((await request.text()).length)),
  };

  test('one up to the limit passes; above it is 413, declared or not', async () => {
    const { address } = await listen([echo]);
    const post = (body: string | ReadableStream): Promise<Response> =>
      fetch(address, { method: 'POST', body, duplex: 'half' });
    const stream = (bytes: number): ReadableStream => new Blob(['x'.repeat(bytes)]).stream();
    expect(await (await post('x'.repeat(1_000))).text()).toBe('1000');
    expect((await post('x'.repeat(1_001))).status).toBe(413);
    expect(await (await post(stream(1_000))).text()).toBe('1000');
    expect((await post(stream(5_000))).status).toBe(413);
  });
});

describe('the control mount', () => {
  const token = 'the-token';
  const { digest } = createSystemIds(clock);
  const control = guardWithToken(saying('/control', 'control_token'), token, digest);

  test('needs the token', async () => {
    const { address } = await listen([control, saying('/')]);
    const get = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`${address}/control`, { headers })).status;
    expect(await get({ authorization: `Bearer ${token}` })).toBe(200);
    for (const wrong of ['', token, `Bearer ${token}x`, `bearer ${token}`, `Basic ${token}`]) {
      expect(await get({ authorization: wrong })).toBe(401);
    }
    expect(await get({})).toBe(401);
  });

  test('is not for those who come through a proxy or under another name', async () => {
    const { address } = await listen([control]);
    const authorization = `Bearer ${token}`;
    for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip']) {
      const response = await fetch(`${address}/control`, { headers: { authorization, [name]: '10.0.0.1' } });
      expect(response.status).toBe(403);
    }
    const foreign = `GET /control HTTP/1.1\r\nHost: bot.example.org\r\nAuthorization: ${authorization}\r\nConnection: close\r\n\r\n`;
    expect(await raw(address, foreign)).toContain('403');
    expect(await raw(address, foreign.replace('bot.example.org', 'localhost'))).toContain('200');
  });
});

describe('lifecycle', () => {
  test('a taken port is said in a sentence', async () => {
    const { address } = await listen([]);
    const second = createHttpListener({
      host: '127.0.0.1',
      port: Number(new URL(address).port),
      maxBodyBytes: 1,
      clock,
      logger,
    });
    await expect(second.listen()).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('METACLAW_PORT'),
    });
    await second.close(0);
  });

  test('an address that this machine does not have is said in a sentence', async () => {
    const listener = createHttpListener({ host: '192.0.2.1', port: 0, maxBodyBytes: 1, clock, logger });
    await expect(listener.listen()).rejects.toMatchObject({ code: 'config_invalid' });
  });

  test('closing lets a request under way finish and cuts a stream that does not end', async () => {
    const going = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    const { listener, address } = await listen([
      {
        path: '/slow',
        proof: 'none',
        async fetch() {
          arrived.resolve();
          await going.promise;
          return new Response('finished');
        },
      },
      {
        path: '/stream',
        proof: 'none',
        fetch: () => new Response(new ReadableStream({ start: (c) => c.enqueue(new Uint8Array(1)) })),
      },
    ]);
    const stream = await fetch(`${address}/stream`);
    const slow = fetch(`${address}/slow`);
    await arrived.promise;
    const closed = listener.close(50);
    going.resolve();
    expect(await (await slow).text()).toBe('finished');
    await closed;
    await expect(stream.text()).rejects.toThrow();
    await expect(fetch(address)).rejects.toThrow();
    await listener.close(0);
  });
});

test('health and readiness', async () => {
  let started = false;
  let broken = false;
  const mounts = createHealthMounts({
    storage: () => (broken ? Promise.reject(new Error('disk')) : Promise.resolve()),
    started: () => started,
    channels: () => [{ platform: 'web', state: 'ready' }],
  });
  const { address } = await listen(mounts);
  expect((await fetch(`${address}/healthz`)).status).toBe(200);
  expect((await fetch(`${address}/readyz`)).status).toBe(503);
  started = true;
  const ready = await fetch(`${address}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([
    200,
    { status: 'ready', started: true, storage: 'writable', channels: { web: 'ready' } },
  ]);
  broken = true;
  expect((await fetch(`${address}/readyz`)).status).toBe(503);
});
