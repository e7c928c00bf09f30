import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { JsonEndpoint } from '../../../adapters/proxy/json-endpoint.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import { createCountedAccess } from '../../fakes/proxy/counted-access.ts';
import { answered, hello, openProxy, rawClient, wire } from './proxy-rig.ts';

const chat = '/v1/chat/completions';
const small = JSON.stringify(hello);

describe('a body', () => {
  test('that says it is too large is 413 while it is still being sent, and the caller comes to read that', async () => {
    const { address, access, desk, clock } = await openProxy({ maxBodyBytes: 1_000 });
    const client = rawClient(address);
    client.write(
      `POST ${chat} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1900\r\n\r\n`,
    );
    expect(await client.until('maxBodyBytes')).toContain('HTTP/1.1 413');
    client.write('x'.repeat(1_900));
    // The connection is good for the next one.
    client.write(wire('/v1/nothing', ''));
    await client.until('HTTP/1.1 404');
    expect([access.open(), desk.starts.length, clock.waiting()]).toEqual([0, 0, 0]);
  });

  test('that turns out to be too large is, too', async () => {
    const { address, access } = await openProxy({ maxBodyBytes: 1_000 });
    const client = rawClient(address);
    client.write(
      `POST ${chat} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    client.write(`3e8\r\n${'x'.repeat(1_000)}\r\n`);
    client.write('1\r\nx\r\n');
    expect(await client.until('maxBodyBytes')).toContain('HTTP/1.1 413');
    client.write('0\r\n\r\n');
    client.write(wire('/v1/nothing', ''));
    await client.until('HTTP/1.1 404');
    expect(access.open()).toBe(0);
  });

  test.each(['1.0', '1.1'])(
    'of a caller that closes after it (HTTP/%s) is read before the connection ends',
    async (version) => {
      const { address } = await openProxy({ maxBodyBytes: 100_000 });
      const client = rawClient(address);
      const body = 'x'.repeat(90_000);
      const head = [
        `POST ${chat} HTTP/${version}`,
        'Host: a',
        'Content-Type: text/plain',
        'Connection: close',
        `Content-Length: ${body.length}`,
      ];
      client.write(`${head.join('\r\n')}\r\n\r\n`);
      await client.until('content-type: application/json');
      client.write(body);
      expect(await client.closed()).toMatch(/^HTTP\/1\.1 415[\s\S]*\}$/);
    },
  );

  test('that goes on for ever is cut off', async () => {
    const { address } = await openProxy({ maxBodyBytes: 1_000 });
    const client = rawClient(address);
    client.write(
      `POST ${chat} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n`,
    );
    await client.until('413');
    client.write('x'.repeat(5_000));
    await client.closed();
  });

  test('that is not taken and does not end is cut off after half a minute', async () => {
    const { address, clock } = await openProxy({ maxBodyBytes: 1_000 });
    const client = rawClient(address);
    client.write(
      `POST ${chat} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 3000\r\n\r\n`,
    );
    await client.until('413');
    await clock.advance(30_000);
    await client.closed();
    expect(clock.waiting()).toBe(0);
  });

  test('of exactly the limit, in many small pieces, is taken', async () => {
    const { address, upstream } = await openProxy({ maxBodyBytes: 5_000 });
    const body = JSON.stringify({ ...hello, pad: '' });
    const padded = body.replace('"pad":""', `"pad":"${'p'.repeat(5_000 - body.length)}"`);
    const client = rawClient(address);
    client.write(
      `POST ${chat} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    client.write([...padded].map((letter) => `1\r\n${letter}\r\n`).join(''));
    client.write('0\r\n\r\n');
    expect((await upstream.nth(1)).body).toBe(padded);
  });

  test('that was announced is asked for', async () => {
    const { address, upstream } = await openProxy();
    const client = rawClient(address);
    const [head = '', body = ''] = wire(chat, small, ['Expect: 100-continue']).split('\r\n\r\n');
    client.write(`${head}\r\n\r\n`);
    await client.until('100 Continue');
    client.write(body);
    expect((await upstream.nth(1)).request.headers).not.toHaveProperty('expect');
  });

  test('that comes more slowly than 8 KB a second is 408, and the caller is told why', async () => {
    const { address, access, clock, answers } = await openProxy();
    const client = rawClient(address);
    const body = JSON.stringify({ ...hello, pad: 'x'.repeat(98_304) });
    client.write(wire(chat, body).slice(0, -body.length));
    client.write(body.slice(0, 90_112));
    while ((answers[0]?.req.socket.bytesRead ?? 0) < 90_112) await new Promise(setImmediate);
    await new Promise(setImmediate);
    // Eleven seconds are enough for 88 KiB.
    await clock.advance(10_999);
    expect([access.open(), client.text()]).toEqual([1, '']);
    await clock.advance(1);
    expect(await client.until('8 KB a second')).toContain('HTTP/1.1 408');
    expect(access.open()).toBe(0);
  });

  test('that ends in time is waited for no longer', async () => {
    const { send, upstream, clock } = await openProxy();
    send(chat, hello);
    const server = await upstream.nth(1);
    expect(clock.waiting()).toBe(0);
    server.fail();
  });

  test('finds no room while others are held, and finds it when they are over', async () => {
    const { address, post, access, upstream } = await openProxy({ maxBodiesBytes: 1_500 });
    const large = { ...hello, pad: 'x'.repeat(800) };
    const held = post(chat, large);
    const server = await upstream.nth(1);
    const refused = await post(chat, large);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await refused.text()).toContain('overloaded');

    const chunked = rawClient(address);
    chunked.write(
      `POST ${chat} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    chunked.write(`1f4\r\n${'x'.repeat(500)}\r\n`);
    chunked.write(`1f4\r\n${'x'.repeat(500)}\r\n`);
    expect(await chunked.until('as many large requests')).toContain('HTTP/1.1 503');
    chunked.write('0\r\n\r\n');

    server.fail();
    await held;
    const again = post(chat, large);
    (await upstream.nth(2)).fail();
    expect((await again).status).not.toBe(503);
    expect(access.open()).toBe(0);
  });

  test.each([
    ['not JSON', '{'],
    ['too large', `{"pad":"${'x'.repeat(1_500)}"}`],
    ['good', small],
  ])('leaves its room when it is over, %s', async (_, body) => {
    const { post, upstream } = await openProxy({ maxBodyBytes: 1_000, maxBodiesBytes: 1_600 });
    for (let times = 1; times <= 20; times += 1) {
      const asked = post(chat, body);
      if (body === small) (await upstream.nth(times)).fail();
      expect((await asked).status).not.toBe(503);
    }
  });

  test('leaves its room where it turns out to be too large', async () => {
    const { address } = await openProxy({ maxBodyBytes: 1_000, maxBodiesBytes: 1_600 });
    for (let times = 0; times < 3; times += 1) {
      const client = rawClient(address);
      client.write(
        `POST ${chat} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
      );
      const piece = `320\r\n${'x'.repeat(800)}\r\n`;
      client.write(`${piece}${piece}0\r\n\r\n`);
      expect(await client.until('content-type')).toContain('HTTP/1.1 413');
    }
  });

  test.each([
    [501, 400],
    [500, 502],
  ])('of more than 64 KiB nested %i deep is answered with %i', async (deep, status) => {
    const { post, desk, access, upstream } = await openProxy({ maxBodiesBytes: 100_000 });
    // The body itself is one.
    const nested = `${'['.repeat(deep - 1)}${']'.repeat(deep - 1)}`;
    const pad = `"pad":"\\"${'['.repeat(66_000)}"`;
    const asked = post(chat, JSON.stringify(hello).replace('{', `{${pad},"deep":${nested},`));
    if (status === 502) (await upstream.nth(1)).fail();
    const response = await asked;
    expect(response.status).toBe(status);
    if (status === 400) {
      expect(await response.text()).toContain('500 deep');
      const again = await post(chat, { ...hello, deep: JSON.parse(nested), pad: 'x'.repeat(66_000) });
      expect(again.status).toBe(400);
    }
    expect([desk.starts.length, access.open()]).toEqual([status === 400 ? 0 : 1, 0]);
  });

  test('that comes too slowly is 408, and nothing stays open', async () => {
    const server = { requestTimeout: 100, headersTimeout: 50, connectionsCheckingInterval: 20 };
    const { address, access, proxy } = await openProxy({ server });
    const client = rawClient(address);
    client.write(wire(chat, small).slice(0, -5));
    expect(await client.closed()).toContain('HTTP/1.1 408');
    expect(access.open()).toBe(0);
    await proxy.stop(1_000);
  });

  test.each([
    ['packed', { 'content-encoding': 'gzip' }, gzipSync(small), 415, 'content-encoding'],
    ['no JSON by its type', { 'content-type': 'text/plain' }, small, 415, 'application/json'],
    ['JSON by a longer name', { 'content-type': 'application/jsonx' }, small, 415, 'application/json'],
    ['empty', { 'content-type': 'application/json' }, '', 400, 'not valid JSON'],
    ['no UTF-8', { 'content-type': 'application/json' }, Buffer.from([0x7b, 0xff, 0x7d]), 400, 'UTF-8'],
    ['no object', { 'content-type': 'application/json' }, '[]', 400, 'object'],
  ])('that is %s is refused', async (_, headers, body, status, words) => {
    const { address, access, desk } = await openProxy();
    const response = await fetch(`${address}${chat}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(words);
    expect([access.open(), desk.starts.length]).toEqual([0, 0]);
  });

  test.each(['application/json; charset=utf-8', 'Application/JSON', 'application/vnd.x+json'])(
    'of the type %s is JSON',
    async (type) => {
      const { send, upstream } = await openProxy();
      send(chat, hello, { 'content-type': type, 'content-encoding': 'identity' });
      await upstream.nth(1);
    },
  );
});

test('a name of a model is no longer than 200 letters', async () => {
  const { post, desk, upstream } = await openProxy();
  const refused = await post(chat, { ...hello, model: 'm'.repeat(201) });
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({
    error: { param: 'model', message: expect.stringContaining('200') },
  });
  expect(desk.starts).toEqual([]);
  const asked = post(chat, { ...hello, model: 'm'.repeat(200) });
  (await upstream.nth(1)).fail();
  await asked;
});

describe('access', () => {
  const limited = {
    kind: 'refused',
    reason: 'rate_limited',
    message: 'Too many.',
    retryAfterSeconds: 4,
  } as const;

  test.each([
    ['an unknown key', { authorization: 'Bearer mc_bad' }, 401, 'invalid_api_key', null],
    ['too many requests', { 'x-api-key': 'mc_busy' }, 429, 'rate_limit_exceeded', '4'],
    ['no tokens left', { 'x-metaclaw-key': 'mc_spent' }, 429, 'insufficient_quota', null],
  ])('%s is refused, and the connection is used again', async (_, headers, status, code, retryAfter) => {
    const { post, access } = await openProxy({
      access: createCountedAccess({
        mc_busy: limited,
        mc_spent: { kind: 'refused', reason: 'quota_exhausted', message: 'Used up.' },
      }),
    });
    const response = await post(chat, { ...hello, pad: 'x'.repeat(50_000) }, headers);
    expect([response.status, response.headers.get('retry-after')]).toEqual([status, retryAfter]);
    expect(await response.json()).toMatchObject({ error: { code } });
    expect(access.open()).toBe(0);
  });

  test.each([
    ['/v1/messages', {}],
    ['/v1/models', { 'anthropic-version': '2023-06-01' }],
  ])('of Anthropic’s clients is refused in their words (%s)', async (path, headers) => {
    const { post } = await openProxy();
    const response = await post(path, hello, { 'x-api-key': 'mc_bad', ...headers });
    expect(await response.json()).toMatchObject({ type: 'error', error: { type: 'authentication_error' } });
  });

  test.each([
    [{ origin: 'https://evil.example' }],
    [{ origin: 'null' }],
    [{ origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' }],
    [{ origin: 'http://127.0.0.1:1' }],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
  ])('a page of another site is told why it is refused: %j', async (headers) => {
    const { address, post, access, upstream } = await openProxy();
    const response = await post(chat, hello, headers);
    expect(response.status).toBe(403);
    expect(await response.text()).toMatch(/page of another site.*need a key/);
    const preflight = await fetch(`${address}${chat}`, {
      method: 'OPTIONS',
      headers: { ...headers, 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(403);
    expect([...preflight.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    expect(access.shown).toEqual([]);
    const asked = post(chat, hello, { ...headers, 'x-metaclaw-key': 'mc_good' });
    (await upstream.nth(1)).fail();
    await asked;
  });

  test('a page of our own address is let in, but browsers are told of no leave', async () => {
    const { address, send, upstream } = await openProxy();
    send(chat, hello, { origin: address, 'sec-fetch-site': 'same-origin' });
    await upstream.nth(1);
    const preflight = await fetch(`${address}${chat}`, { method: 'OPTIONS', headers: { origin: address } });
    expect([preflight.status, preflight.headers.get('allow')]).toEqual([405, 'POST']);
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
    const secure = await fetch(`${address}${chat}`, {
      method: 'OPTIONS',
      headers: { origin: address.replace('http:', 'https:') },
    });
    expect(secure.status).toBe(403);
  });

  test.each([
    ['in the address', `${chat}?key=mc_good`, {}],
    ['in an address beside a good one', `${chat}?a=1&b=mc_good`, { 'x-metaclaw-key': 'mc_good' }],
    ['as a password that is none', chat, { authorization: 'Basic mc_good' }],
  ])('a key %s is refused and said where it belongs', async (_, path, headers) => {
    const { post, access, logger } = await openProxy();
    const response = await post(path, hello, headers);
    expect(response.status).toBe(401);
    const text = await response.text();
    expect(text).toContain('put it in x-metaclaw-key');
    expect(access.shown).toEqual([]);
    expect(JSON.stringify([text, logger.entries])).not.toContain('mc_good');
  });

  test('a request that was forwarded, or goes to another name, is told that', async () => {
    const { post } = await openProxy({ isFromHere: () => false });
    expect(await (await post(chat, hello)).text()).toMatch(/another name than localhost.*key is needed/);
    expect(await (await post(chat, hello, { 'x-api-key': 'mc_bad' })).text()).not.toContain('another name');
  });

  test('no key is in an answer or a log', async () => {
    const { post, logger, upstream } = await openProxy();
    const texts: string[] = [];
    texts.push(await (await post(chat, hello, { authorization: 'Bearer mc_secret1' })).text());
    texts.push(await (await post(chat, '{"mc_secret2', { 'x-api-key': 'sk-secret3' })).text());
    const asked = post(chat, hello, { authorization: 'Bearer sk-secret4', 'x-metaclaw-key': 'mc_good' });
    (await upstream.nth(1)).fail();
    texts.push(await (await asked).text());
    expect(JSON.stringify([texts, logger.entries])).not.toMatch(/secret/);
  });

  test('counting tokens takes a place as asking does', async () => {
    const { post, access, upstream } = await openProxy({ access: createCountedAccess({ mc_busy: limited }) });
    const refused = await post('/v1/messages/count_tokens', hello, { 'x-api-key': 'mc_busy' });
    expect([refused.status, access.shown[0]?.purpose]).toEqual([429, 'count']);
    const asked = post('/v1/messages/count_tokens', { ...hello, max_tokens: 1 });
    (await upstream.nth(1)).fail();
    await asked;
    expect(access.open()).toBe(0);
  });

  test('an admin key asks no model', async () => {
    const { post, access } = await openProxy();
    const response = await post('/v1/messages/count_tokens', hello, { 'x-api-key': 'mca_good' });
    expect(response.status).toBe(403);
    expect(access.open()).toBe(0);
  });
});

describe('endpoints beside the models', () => {
  const echo = (method: JsonEndpoint['method'], path: string, needsAdmin = false): JsonEndpoint => ({
    method,
    path,
    needsAdmin,
    run: async ({ rest, params, body, header }) => ({
      status: 200,
      body: { path, rest, x: params.get('x'), body: body ?? null, own: header('x-own') ?? null },
    }),
  });
  const failing: JsonEndpoint = {
    ...echo('GET', '/v1/broken'),
    run: () => Promise.reject(new Error('insides')),
  };
  const refusing: JsonEndpoint = {
    ...echo('GET', '/v1/refusing'),
    run: () => Promise.reject(new AppError('conflict', 'It is taken.')),
  };
  const endpoints = [
    echo('GET', '/v1/things/*'),
    echo('GET', '/v1/things/own'),
    echo('POST', '/v1/things'),
    echo('POST', '/v1/orders', true),
    failing,
    refusing,
  ];

  test('are found by method and path, written out before what stands for many', async () => {
    const { address, post, access } = await openProxy({ endpoints });
    const get = async (path: string): Promise<unknown> =>
      (await fetch(`${address}${path}`, { headers: { 'x-own': 'mine' } })).json();
    expect(await get('/v1/things/own')).toMatchObject({ path: '/v1/things/own', rest: '' });
    expect(await get('/v1/things/a%2Fb/?x=1')).toEqual({
      path: '/v1/things/*',
      rest: 'a/b',
      x: '1',
      body: null,
      own: 'mine',
    });
    expect(await get('/v1/things/%zz')).toMatchObject({ rest: '%zz' });
    expect(await (await post('/v1/things', { a: 1 })).json()).toMatchObject({ body: { a: 1 } });
    expect(await (await post('/v1/things', '')).json()).toMatchObject({ body: null });
    expect(access.open()).toBe(0);
    expect(access.shown.every(({ purpose }) => purpose === 'other')).toBe(true);
  });

  test.each([
    ['GET', chat, 405, 'POST'],
    ['HEAD', '/v1/things/own', 405, 'GET'],
    ['DELETE', '/v1/things/any', 405, 'GET'],
    ['PUT', '/v1/things', 405, 'POST'],
    ['GET', '/v1/things/', 405, 'POST'],
    ['GET', '/v1/other', 404, null],
    ['GET', '/v1', 404, null],
  ])('%s %s is %i', async (method, path, status, allow) => {
    const { address, access } = await openProxy({ endpoints });
    const response = await fetch(`${address}${path}`, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([status, allow]);
    expect(access.open()).toBe(0);
  });

  test('for admins are for admins', async () => {
    const { post, access } = await openProxy({ endpoints });
    expect((await post('/v1/orders', {})).status).toBe(403);
    expect((await post('/v1/orders', {}, { 'x-metaclaw-key': 'mc_good' })).status).toBe(403);
    expect((await post('/v1/orders', {}, { 'x-metaclaw-key': 'mca_good' })).status).toBe(200);
    expect(access.open()).toBe(0);
  });

  test.each([
    ['{"a":', 'not valid JSON'],
    [Buffer.from([0x22, 0xff, 0x22]), 'UTF-8'],
  ])('take JSON in UTF-8 and nothing else', async (body, words) => {
    const { address, access } = await openProxy({ endpoints });
    const response = await fetch(`${address}/v1/things`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(words);
    expect(access.open()).toBe(0);
  });

  test('that fail are answered as it befits, without the insides', async () => {
    const { address, access, logger } = await openProxy({ endpoints });
    const broken = await fetch(`${address}/v1/broken`);
    expect(broken.status).toBe(500);
    expect(await broken.text()).not.toContain('insides');
    const refused = await fetch(`${address}/v1/refusing`);
    expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining('It is taken.')]);
    expect(logger.of('proxy_endpoint_failed').map(({ level }) => level)).toEqual(['error', 'debug']);
    expect(access.open()).toBe(0);
  });
});

test('a connection that had a refusal serves the next request', async () => {
  const { address, upstream } = await openProxy();
  const client = rawClient(address);
  client.write(wire(chat, small, ['Authorization: Bearer mc_bad']));
  await client.until('not known here');
  client.write(wire(chat, '{}'));
  await client.until('HTTP/1.1 400');
  client.write(wire(chat, small));
  const server = await upstream.nth(1);
  server.head();
  server.data(answered);
  server.end();
  await client.until('Hi there');
});
