import { describe, expect, test } from 'vitest';
import type { JsonEndpoint } from '../../../adapters/proxy/json-endpoint.ts';
import { createMemoryDesk } from '../../fakes/proxy/memory-desk.ts';
import { answered, hello, openProxy, rawClient, wire } from './proxy-rig.ts';

const chat = '/v1/chat/completions';
const eventStream = [['content-type', 'text/event-stream']] as const;
const small = JSON.stringify(hello);
const piece = (text: string): string =>
  `data: {"id":"chatcmpl-9","model":"m-1","choices":[{"index":0,"delta":{"content":"${text}"}}]}\n\n`;

/** More than a connection holds on its way. */
const flood = ' '.repeat(50_000_000);

describe('a caller that leaves', () => {
  test('while it sends its request has asked nothing', async () => {
    const { address, access, desk, answers, proxy } = await openProxy();
    const client = rawClient(address);
    client.write(wire(chat, small).slice(0, -3));
    while (access.open() === 0) await new Promise((resolve) => setImmediate(resolve));
    client.leave();
    await proxy.stop(1_000);
    expect([access.open(), desk.starts.length, answers[0]?.headersSent]).toEqual([0, 0, false]);
  });

  test('while its request is looked at is asked nothing for', async () => {
    const looked = Promise.withResolvers<void>();
    const { address, access, desk, upstream, answers } = await openProxy({
      desk: createMemoryDesk({ until: looked.promise }),
    });
    const client = rawClient(address);
    client.write(wire(chat, small));
    await desk.begun(1);
    const gone = new Promise((resolve) => answers[0]?.on('close', resolve));
    client.leave();
    await gone;
    looked.resolve();
    expect(await desk.ended(1)).toEqual({ how: 'abandoned' });
    expect(upstream.asked).toEqual([]);
    expect(access.open()).toBe(0);
  });

  test('before the first byte ends the request at the server', async () => {
    const { address, access, desk, upstream } = await openProxy();
    const client = rawClient(address);
    client.write(wire(chat, small));
    const server = await upstream.nth(1);
    client.leave();
    await server.aborted;
    expect(await desk.ended(1)).toEqual({ how: 'abandoned', sent: { promptBytes: small.length } });
    expect(access.open()).toBe(0);
  });

  test('in the middle ends it there, and what it got is kept', async () => {
    const { address, access, desk, upstream } = await openProxy();
    const client = rawClient(address);
    client.write(wire(chat, JSON.stringify({ ...hello, stream: true })));
    const server = await upstream.nth(1);
    server.head(200, eventStream);
    server.data(piece('Half'));
    await client.until('Half');
    client.leave();
    await server.aborted;
    expect(await desk.ended(1)).toMatchObject({ end: { state: 'stopped', replyText: 'Half' } });
    expect(access.open()).toBe(0);
  });
});

describe('a caller that leaves behind the last event, before the server closes', () => {
  const last = (delta: object, finishReason: string): string =>
    `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta, finish_reason: finishReason }] })}\n\n`;
  const calls = [{ index: 0, id: 'c_1', function: { name: 'ls', arguments: '{}' } }];

  test.each([
    ['text', last({ content: 'Whole' }, 'stop'), { replyText: 'Whole', awaitsTools: false }],
    ['calls', last({ tool_calls: calls }, 'tool_calls'), { replyText: '→ ls({})', awaitsTools: true }],
  ])('has the whole answer: %s', async (_, event, told) => {
    const { address, desk, upstream } = await openProxy();
    const client = rawClient(address);
    client.write(wire(chat, JSON.stringify({ ...hello, stream: true })));
    const server = await upstream.nth(1);
    server.head(200, eventStream);
    server.data(`${event}data: [DONE]\n\n`);
    await client.until('[DONE]');
    client.leave();
    await server.aborted;
    expect(await desk.ended(1)).toMatchObject({ how: 'finished', end: { state: 'done', ...told } });
  });
});

describe('a caller that is slow', () => {
  test('holds the server back, and lets it go on when it has taken what waits', async () => {
    const { address, upstream, desk, clock } = await openProxy({ clientStallMs: 1_000 });
    const client = rawClient(address);
    client.write(wire(chat, small));
    const server = await upstream.nth(1);
    client.pause();
    server.head();
    expect(server.data(flood)).toBe(false);
    await clock.advance(999);
    expect(server.resumes()).toBe(0);
    const resumed = server.resumed();
    client.resume();
    await resumed;
    await clock.advance(10_000);
    expect(server.isAborted()).toBe(false);
    server.data(answered);
    server.end();
    await client.until('Hi there');
    expect(await desk.ended(1)).toMatchObject({ end: { state: 'done' } });
    expect(clock.waiting()).toBe(0);
  });

  test('for too long is cut off', async () => {
    const { address, access, upstream, desk, clock } = await openProxy({ clientStallMs: 1_000 });
    const client = rawClient(address);
    client.write(wire(chat, small));
    const server = await upstream.nth(1);
    client.pause();
    server.head();
    expect(server.data(flood)).toBe(false);
    await clock.advance(1_000);
    await server.aborted;
    expect(await desk.ended(1)).toMatchObject({ end: { state: 'stopped' } });
    expect(access.open()).toBe(0);
    expect(clock.waiting()).toBe(0);
  });

  test.each([
    ['waits for what the server sends', {}],
    ['is asked for nothing more', { highWaterMark: 100_000_000 }],
  ])('at the end is cut off too, though its turn is done: it %s', async (_, server) => {
    const { address, upstream, desk, clock, answers } = await openProxy({ clientStallMs: 1_000, server });
    const client = rawClient(address);
    client.write(wire(chat, small));
    const asked = await upstream.nth(1);
    client.pause();
    asked.head();
    asked.data(flood);
    asked.end();
    expect(await desk.ended(1)).toMatchObject({ how: 'finished' });
    const closed = new Promise((resolve) => answers[0]?.on('close', resolve));
    await clock.advance(1_000);
    await closed;
    expect(answers[0]?.writableFinished).toBe(false);
  });
});

describe('old and odd callers', () => {
  test('HTTP/1.0: without pieces, and the end is the end of the connection', async () => {
    const { address, upstream } = await openProxy();
    const client = rawClient(address);
    client.write(wire(chat, JSON.stringify({ ...hello, stream: true }), [], '1.0'));
    const server = await upstream.nth(1);
    server.head(200, eventStream);
    server.data(piece('One'));
    server.end();
    const text = await client.closed();
    expect(text.toLowerCase()).not.toContain('transfer-encoding');
    expect(text.endsWith(`\r\n\r\n${piece('One')}`)).toBe(true);
  });

  test('requests sent before the answer to the one before are taken one after the other', async () => {
    const { address, upstream, desk } = await openProxy();
    const client = rawClient(address);
    client.write(wire(chat, small) + wire(chat, small));
    const first = await upstream.nth(1);
    expect(desk.starts).toHaveLength(1);
    first.head();
    first.data(answered.replace('Hi there', 'First'));
    first.end();
    const second = await upstream.nth(2);
    second.head();
    second.data(answered.replace('Hi there', 'Second'));
    second.end();
    const text = await client.until('Second');
    expect(text.indexOf('First')).toBeLessThan(text.indexOf('Second'));
  });

  test('that leave behind such requests have asked the first only', async () => {
    const { address, access, upstream, desk, answers } = await openProxy();
    const client = rawClient(address);
    client.write(wire(chat, small) + wire(chat, small));
    const first = await upstream.nth(1);
    while (answers.length < 2) await new Promise((resolve) => setImmediate(resolve));
    client.leave();
    await first.aborted;
    await desk.ended(1);
    expect([access.open(), desk.starts.length, access.shown.length]).toEqual([0, 1, 1]);
  });
});

describe('stopping', () => {
  test('takes no more, lets what is under way end, and can be asked for twice', async () => {
    const { post, proxy, upstream, desk, clock, answers } = await openProxy();
    const asked = post(chat, hello);
    const server = await upstream.nth(1);
    const closed = new Promise((resolve) => answers[0]?.on('close', resolve));
    const stopped = Promise.all([proxy.stop(1_000), proxy.stop(1_000)]);
    const late = await post(chat, hello);
    expect([late.status, late.headers.get('retry-after'), late.headers.get('connection')]).toEqual([
      503,
      '5',
      'close',
    ]);
    server.head();
    server.data(answered);
    server.end();
    expect((await asked).status).toBe(200);
    await Promise.all([stopped, closed]);
    expect(clock.waiting()).toBe(0);
    expect(await desk.ended(1)).toMatchObject({ end: { state: 'done' } });
  });

  test('cuts what is under way at its deadline', async () => {
    const { address, access, proxy, upstream, desk, clock } = await openProxy();
    const client = rawClient(address);
    client.write(wire(chat, JSON.stringify({ ...hello, stream: true })));
    const server = await upstream.nth(1);
    server.head(200, eventStream);
    server.data(piece('Half'));
    await client.until('Half');
    const stopped = proxy.stop(1_000);
    await clock.advance(1_000);
    await stopped;
    await server.aborted;
    expect(await client.closed()).not.toContain('\r\n0\r\n');
    expect(await desk.ended(1)).toMatchObject({ end: { state: 'stopped', replyText: 'Half' } });
    expect(access.open()).toBe(0);
  });

  test('waits neither for a body that does not come nor for an endpoint that does not end', async () => {
    const hung: JsonEndpoint = {
      method: 'GET',
      path: '/v1/hung',
      needsAdmin: false,
      run: () => new Promise(() => {}),
    };
    const { address, access, proxy, clock, answers } = await openProxy({ endpoints: [hung] });
    const [slow, waiting] = [rawClient(address), rawClient(address)];
    slow.write(wire(chat, small).slice(0, -3));
    waiting.write('GET /v1/hung HTTP/1.1\r\nHost: a\r\n\r\n');
    while (answers.length < 2) await new Promise((resolve) => setImmediate(resolve));
    const stopped = proxy.stop(1_000);
    await clock.advance(1_000);
    await stopped;
    await Promise.all([slow.closed(), waiting.closed()]);
    // That of the endpoint has an end of its own.
    expect(access.open()).toBe(1);
  });
});
