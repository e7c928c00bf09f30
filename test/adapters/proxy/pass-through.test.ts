import { describe, expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import { createCountedAccess } from '../../fakes/proxy/counted-access.ts';
import { createMemoryDesk } from '../../fakes/proxy/memory-desk.ts';
import { createPlayedUpstream } from '../../fakes/proxy/played-upstream.ts';
import { answered, hello, openProxy, rawClient, wire } from './proxy-rig.ts';

const chat = '/v1/chat/completions';
const eventStream = [['content-type', 'text/event-stream']] as const;
const piece = (text: string): string =>
  `data: {"id":"chatcmpl-9","model":"m-1","choices":[{"index":0,"delta":{"content":"${text}"}}]}\n\n`;

describe('an answer', () => {
  test('comes back byte for byte with our two headers, and is told to the desk', async () => {
    const { post, upstream, desk, access } = await openProxy();
    const asked = post(chat, hello);
    const server = await upstream.nth(1);
    server.head(200, [
      ['content-type', 'application/json'],
      ['x-request-id', 'r-1'],
    ]);
    server.data(answered.slice(0, 20));
    server.data(answered.slice(20));
    server.end();
    const response = await asked;
    expect(await response.text()).toBe(answered);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-request-id')).toBe('r-1');
    expect(response.headers.get('x-metaclaw-turn-id')).toBe('turn_1');
    expect(response.headers.get('x-metaclaw-session-id')).toBe('session_1');
    expect(await desk.ended(1)).toMatchObject({
      how: 'finished',
      end: {
        state: 'done',
        replyText: 'Hi there',
        messageIds: ['chatcmpl-1'],
        policy: 'upstream:some-model-1',
        usage: { inputTokens: 3, outputTokens: 2 },
      },
    });
    expect(access.open()).toBe(0);
  });

  test('of a stream each piece goes out before the next comes, the head before the first', async () => {
    const { address, upstream, desk } = await openProxy();
    const client = rawClient(address);
    client.write(wire(chat, JSON.stringify({ ...hello, stream: true })));
    const server = await upstream.nth(1);
    server.head(200, eventStream);
    await client.until('\r\n\r\n');
    for (const word of ['One', 'Two']) {
      server.data(piece(word));
      await client.until(word);
    }
    server.data('data: [DONE]\n\n');
    server.end();
    await client.until('[DONE]');
    expect(await desk.ended(1)).toMatchObject({ end: { replyText: 'OneTwo' } });
  });

  test('of which the server says its own turn is known by ours', async () => {
    const { post, upstream } = await openProxy();
    const asked = post(chat, hello);
    const server = await upstream.nth(1);
    server.head(200, [
      ['content-type', 'application/json'],
      ['x-metaclaw-turn-id', 'turn_of_another'],
    ]);
    server.data(answered);
    server.end();
    expect((await asked).headers.get('x-metaclaw-turn-id')).toBe('turn_1');
  });

  test.each([400, 401, 404, 429, 500, 529])(
    '%i keeps its status and body, and is no turn',
    async (status) => {
      const { post, upstream, desk, access } = await openProxy();
      const asked = post(chat, hello);
      const server = await upstream.nth(1);
      server.head(status, [
        ['content-type', 'application/json'],
        ['retry-after', '7'],
      ]);
      server.data('{"error":"theirs"}');
      server.end();
      const response = await asked;
      expect([response.status, await response.text()]).toEqual([status, '{"error":"theirs"}']);
      expect(response.headers.get('retry-after')).toBe('7');
      expect(response.headers.get('x-metaclaw-turn-id')).toBeNull();
      expect(await desk.ended(1)).toEqual({ how: 'abandoned' });
      expect(access.open()).toBe(0);
    },
  );

  test.each([301, 302, 303, 307, 308])(
    'that sends elsewhere (%i) is not followed, nor told where',
    async (status) => {
      const { post, upstream, desk, access } = await openProxy();
      const asked = post(chat, hello);
      const server = await upstream.nth(1);
      server.head(status, [['location', 'https://elsewhere.example/v1']]);
      expect(server.isAborted()).toBe(true);
      const response = await asked;
      expect([response.status, response.headers.get('location')]).toEqual([502, null]);
      expect(await response.text()).toMatch(/sends its callers elsewhere.*baseUrl/);
      expect(await desk.ended(1)).toEqual({ how: 'abandoned' });
      expect([upstream.asked.length, access.open()]).toEqual([1, 0]);
    },
  );

  test.each([200, 400])('says nothing for our address or of the account (%i)', async (status) => {
    const { post, upstream } = await openProxy();
    const asked = post(chat, hello);
    const server = await upstream.nth(1);
    const kept = [
      ['content-type', 'application/json'],
      ['x-request-id', 'req_1'],
      ['www-authenticate', 'Bearer'],
      ['openai-processing-ms', '7'],
    ] as const;
    const dropped = [
      'location',
      'refresh',
      'clear-site-data',
      'service-worker-allowed',
      'content-security-policy',
      'openai-organization',
      'openai-project',
      'x-metaclaw-key',
      'x-metaclaw-session',
    ];
    server.head(status, [
      ...kept,
      ...dropped.map((name) => [name, 'theirs'] as const),
      ['x-content-type-options', 'theirs'],
    ]);
    server.data(answered);
    server.end();
    const { headers } = await asked;
    expect(kept.map(([name]) => headers.get(name))).toEqual(kept.map(([, value]) => value));
    expect(dropped.filter((name) => headers.has(name))).toEqual([]);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  test.each([204, 304])('without a body (%i) ends, and the connection is used again', async (status) => {
    const { address, upstream } = await openProxy();
    const client = rawClient(address);
    client.write(wire(chat, JSON.stringify(hello)));
    const server = await upstream.nth(1);
    server.head(status, []);
    server.end();
    await client.until(`HTTP/1.1 ${status}`);
    client.write(wire(chat, JSON.stringify(hello)));
    const second = await upstream.nth(2);
    second.head();
    second.data(answered);
    second.end();
    await client.until('Hi there');
  });

  test('whose headers hold letters of all the world has them as the same bytes', async () => {
    const { address, upstream } = await openProxy();
    const client = rawClient(address);
    client.write(wire(chat, JSON.stringify(hello)));
    const server = await upstream.nth(1);
    server.head(200, [['x-city', '東京']]);
    server.data(answered);
    server.end();
    const text = await client.until('Hi there');
    expect(Buffer.from(text, 'latin1').toString('utf8')).toContain('x-city: 東京');
  });

  test('that ends without being whole is a turn that failed', async () => {
    const { post, upstream, desk } = await openProxy();
    const asked = post(chat, { ...hello, stream: true });
    const server = await upstream.nth(1);
    server.head(200, eventStream);
    server.data(piece('Half'));
    server.end();
    expect(await (await asked).text()).toBe(piece('Half'));
    expect(await desk.ended(1)).toMatchObject({ end: { state: 'failed', replyText: 'Half' } });
  });
});

describe('what the server is sent', () => {
  test('is the very bytes that came, where nothing is added', async () => {
    const { send, upstream } = await openProxy();
    const odd = '{ "model":"some-model","unknown":1e2,\n"messages":[{"role":"user","content":"a\\u0062"}] }';
    send(chat, odd);
    expect((await upstream.nth(1)).body).toBe(odd);
  });

  test('holds the block, and its digest is of that', async () => {
    const { post, upstream, desk } = await openProxy({ desk: createMemoryDesk({ block: 'Be brief.' }) });
    const asked = post(chat, hello);
    const server = await upstream.nth(1);
    expect(JSON.parse(server.body)).toEqual({
      ...hello,
      messages: [{ role: 'system', content: 'Be brief.' }, ...hello.messages],
    });
    expect(server.request.body?.('some-model')).toBe(server.request.body?.('some-model'));
    expect(JSON.parse(Buffer.from(server.request.body?.('renamed') ?? []).toString())).toMatchObject({
      model: 'renamed',
      messages: [{ role: 'system' }, {}],
    });
    server.head();
    server.data(answered);
    server.end();
    await (await asked).text();
    const ended = await desk.ended(1);
    const sha = Buffer.from(
      await crypto.subtle.digest('SHA-256', new TextEncoder().encode(server.body)),
    ).toString('hex');
    expect(ended).toMatchObject({ end: { promptHash: sha } });
  });

  test('goes to the path of its dialect with the query as it came, a slash at the end or not', async () => {
    const { send, upstream } = await openProxy();
    send('/v1/messages/?beta=true&x=%20', { ...hello, max_tokens: 5 });
    const { request } = await upstream.nth(1);
    expect([request.method, request.path, request.dialect]).toEqual([
      'POST',
      '/messages?beta=true&x=%20',
      'anthropic',
    ]);
  });

  test('shows no key of ours, nor our own headers, nor what the connection is about', async () => {
    const { address, upstream, access } = await openProxy({
      access: createCountedAccess({ mc_caller: { upstreamKey: 'caller' } }),
    });
    const client = rawClient(address);
    client.write(
      wire(chat, JSON.stringify(hello), [
        'Authorization: Bearer mc_caller',
        'X-Api-Key: sk-theirs',
        'OpenAI-Project: p-1',
        'X-Session-Id: s',
        'X-Turn-Type: main',
        'X-User-Id: u',
        'X-Forwarded-For: 10.0.0.9',
        'Cookie: c=1',
        'X-Hop: 1',
        'Connection: keep-alive, X-Hop',
        'Proxy-Authorization: Basic eA==',
        'X-Other: said mc_caller once more',
        'OpenAI-Beta: assistants=v2',
        'User-Agent: agent/1',
      ]),
    );
    const { request } = await upstream.nth(1);
    expect(request.headers).toEqual({
      'content-type': 'application/json',
      'openai-beta': 'assistants=v2',
      'user-agent': 'agent/1',
    });
    expect(request.callerKey).toEqual({ 'x-api-key': 'sk-theirs', 'openai-project': 'p-1' });
    expect(request.key).toBe('caller');
    expect(access.shown[0]).toMatchObject({ key: 'mc_caller', user: 'u', purpose: 'model' });
  });

  test.each([
    ['an agent’s key', { authorization: 'Bearer mc_good' }, 'own'],
    ['no key', {}, 'own_or_caller'],
  ])('with %s asks for the key %s %s', async (_, headers, key) => {
    const { send, upstream } = await openProxy();
    send(chat, hello, headers);
    expect((await upstream.nth(1)).request.key).toBe(key);
  });
});

describe('where no server answers', () => {
  test('the caller is told in its dialect, with when to come again', async () => {
    const { post, upstream, desk, access } = await openProxy();
    const asked = post('/v1/messages', { ...hello, max_tokens: 5 });
    (await upstream.nth(1)).fail(new AppError('timeout', 'Too slow.', { retryAfterMs: 2_500 }));
    const response = await asked;
    expect([response.status, response.headers.get('retry-after')]).toEqual([504, '3']);
    expect(await response.json()).toEqual({
      type: 'error',
      error: { type: 'timeout_error', message: 'Too slow.' },
    });
    expect(await desk.ended(1)).toEqual({ how: 'abandoned' });
    expect(access.open()).toBe(0);
  });

  test('after the first byte the caller sees a cut', async () => {
    const { post, upstream, desk } = await openProxy();
    const asked = post(chat, { ...hello, stream: true });
    const server = await upstream.nth(1);
    server.head(200, eventStream);
    server.data(piece('Half'));
    const response = await asked;
    server.fail(new AppError('timeout', 'Too slow.'));
    await expect(response.text()).rejects.toThrow();
    expect(await desk.ended(1)).toMatchObject({
      end: { state: 'failed', replyText: 'Half', errorCode: 'timeout' },
    });
  });

  test.each([
    ['the servers', { upstream: createPlayedUpstream({ throws: new Error('insides') }) }],
    ['the desk', { desk: createMemoryDesk({ throws: new Error('insides') }) }],
  ])('as %s broke, it is 500 without the insides, and nothing stays open', async (_, fakes) => {
    const { post, access, proxy } = await openProxy(fakes);
    const response = await post(chat, hello);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('insides');
    expect(access.open()).toBe(0);
    await proxy.stop(1_000);
  });
});

describe('counting tokens', () => {
  test('adds the block and is no turn', async () => {
    const { post, upstream, desk, access } = await openProxy({
      desk: createMemoryDesk({ block: 'Be brief.' }),
    });
    const asked = post('/v1/messages/count_tokens', {
      ...hello,
      metadata: { metaclaw_feedback: 'up' },
    });
    const server = await upstream.nth(1);
    expect(server.request.path).toBe('/messages/count_tokens');
    expect(JSON.parse(server.body)).toMatchObject({ system: expect.stringContaining('Be brief.') });
    server.head();
    server.data('{"input_tokens":7}');
    server.end();
    const response = await asked;
    expect(await response.json()).toEqual({ input_tokens: 7 });
    expect(response.headers.get('x-metaclaw-turn-id')).toBeNull();
    expect([desk.starts, desk.ends, desk.feedbacks]).toEqual([[], [], []]);
    expect(desk.peeks).toHaveLength(1);
    expect(access.shown[0]?.purpose).toBe('count');
    expect(access.open()).toBe(0);
  });
});

describe('feedback that comes along', () => {
  const withFeedback = (feedback: string) => ({ ...hello, metadata: { metaclaw_feedback: feedback } });

  test('is noted about the talk, and taken out of what is sent on', async () => {
    const { send, upstream, desk } = await openProxy();
    send(chat, withFeedback('down'), { 'x-session-id': 'mine' });
    expect(JSON.parse((await upstream.nth(1)).body)).toEqual(hello);
    expect(desk.feedbacks).toMatchObject([
      { about: { talk: { name: 'mine' } }, rating: 'down', cameAlong: true },
    ]);
  });

  test('that says nothing is refused before anything begins', async () => {
    const { post, desk, access } = await openProxy();
    const response = await post(chat, withFeedback('sideways'));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: 'metadata.metaclaw_feedback' } });
    expect(desk.starts).toEqual([]);
    expect(access.open()).toBe(0);
  });

  test('that cannot be stored hinders no answer', async () => {
    const receipt = () => Promise.reject(new AppError('storage_failed', 'The disk broke.'));
    const { post, upstream, logger } = await openProxy({ desk: createMemoryDesk({ receipt }) });
    const asked = post(chat, withFeedback('up'));
    const server = await upstream.nth(1);
    server.head();
    server.data(answered);
    server.end();
    expect((await asked).status).toBe(200);
    expect(logger.of('feedback_not_stored')).toHaveLength(1);
  });
});

describe('identity', () => {
  test.each([
    ['absent', {}, 'main', false],
    ['main', { 'x-turn-type': 'main' }, 'main', false],
    ['MAIN twice', { 'x-turn-type': 'MAIN, main' }, 'main', false],
    ['SIDE', { 'x-turn-type': 'SIDE' }, 'side', false],
    ['whatever else', { 'x-turn-type': 'title' }, 'side', false],
    ['done', { 'x-session-done': 'True' }, 'main', true],
    ['not done', { 'x-session-done': '0' }, 'main', false],
  ])('of a turn: %s', async (_, headers, line, endsSession) => {
    const { send, desk } = await openProxy();
    send(chat, hello, { 'x-session-id': ' mine ', ...headers });
    expect(await desk.begun(1)).toMatchObject({
      line,
      endsSession,
      talk: { name: 'mine' },
      words: 'Hello',
      wordsIndex: 1,
    });
  });

  test.each(['x-session-id', 'x-user-id'])('%s may have 200 characters and no more', async (name) => {
    const { post, send, upstream, desk, access } = await openProxy();
    const response = await post(chat, hello, { [name]: 'x'.repeat(201) });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: name } });
    expect([desk.starts.length, access.open()]).toEqual([0, 0]);
    send(chat, hello, { [name]: 'x'.repeat(200) });
    await upstream.nth(1);
  });
});
