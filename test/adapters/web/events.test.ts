import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { addressOf } from '../../../adapters/web/account.ts';
import { createAccountStream } from '../../../adapters/web/account-stream.ts';
import { createEventHub } from '../../../adapters/web/event-hub.ts';
import { defaultLimits } from '../../../adapters/web/options.ts';
import { createReplayLog } from '../../../adapters/web/replay-log.ts';
import type { Document } from '../../../core/domain/document.ts';
import { createRecordingSink } from '../../contract/channel/recording-sink.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';
import { readEvents } from './sse-reader.ts';
import { clientId, cookieOf, createWebRig, listen, openBrowser } from './web-rig.ts';

const words = (text: string): Document => ({
  blocks: [{ type: 'paragraph', children: [{ type: 'text', text }] }],
});

async function started(options: Parameters<typeof createWebRig>[0] = {}) {
  const clock = createFakeClock();
  const rig = createWebRig({ clock, ...options });
  const inbox = createRecordingSink();
  await rig.channel.start(inbox.sink);
  const browser = await openBrowser(rig);
  const account = await browser.account();
  const say = (text: string, sendKey = text, final = true) =>
    rig.channel.send(addressOf(account), { body: words(text), sendKey, final });
  const open = async (headers: Record<string, string> = {}) =>
    readEvents(await browser.get('/api/events', headers));
  return { ...rig, clock, inbox, browser, account, say, open };
}

const shownHtml = (event: { data: unknown } | undefined): unknown =>
  JSON.stringify(event?.data).match(/<p dir=\\"auto\\">(.*?)<\/p>/)?.[1];

describe('the event stream', () => {
  test('says hello, then each thing in the order of the calls', async () => {
    const { browser, say, open, channel, account } = await started();
    const response = await browser.get('/api/events');
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('cache-control')).toBe('no-store');
    await response.body!.cancel();

    const reader = await open();
    expect((await reader.upTo(1))[0]).toEqual({ id: undefined, type: 'hello', data: { resumed: false } });
    const first = reader.upTo(3);
    const ref = await say('One', 'k', false);
    await first;
    await channel.edit(ref, { body: words('One two'), sendKey: 'k' });
    await reader.upTo(5);
    const removed = reader.upTo(6);
    await channel.remove(ref);
    await removed;
    expect(reader.events.map((event) => event.type)).toEqual([
      'hello',
      'message.shown',
      'activity',
      'message.shown',
      'activity',
      'message.removed',
    ]);
    expect(reader.events[1]?.data).toMatchObject({
      type: 'message.shown',
      message: { id: ref.messageId, from: 'bot', final: false, revision: 1 },
    });
    expect(reader.events.map((event) => shownHtml(event))).toEqual([
      undefined,
      'One',
      undefined,
      'One two',
      undefined,
      undefined,
    ]);
    expect(reader.events[2]?.data).toEqual({ type: 'activity', isRunning: true });
    expect(reader.events[4]?.data).toEqual({ type: 'activity', isRunning: false });
    expect(reader.events[5]?.data).toEqual({ type: 'message.removed', messageId: ref.messageId });
    expect(ref.channelId).toBe(account);
  });

  test('a person’s message reaches their other pages once it has its place, and again when core has it', async () => {
    const { browser, open, inbox } = await started();
    const reader = await open();
    await reader.upTo(1);
    const shown = reader.upTo(3);
    await browser.say('hello');
    await shown;
    expect(reader.events.slice(1).map((event) => event.data)).toMatchObject([
      { message: { from: 'person', text: 'hello', accepted: false } },
      { message: { from: 'person', text: 'hello', accepted: true } },
    ]);
    inbox.answerNext('unavailable');
    const gone = reader.upTo(5);
    await browser.say('not taken');
    await gone;
    expect(reader.events.at(-1)?.type).toBe('message.removed');
  });

  test('nothing of one account reaches another', async () => {
    const rig = await started();
    const other = await openBrowser(rig);
    const reader = readEvents(await other.get('/api/events'));
    await reader.upTo(1);
    await rig.say('a secret');
    await rig.browser.say('mine');
    const next = reader.upTo(2);
    await rig.channel.send(addressOf(await other.account()), { body: words('for the other'), sendKey: 'x' });
    expect((await next).map((event) => shownHtml(event))).toEqual([undefined, 'for the other']);
    // Numbers of events do not tell what others do.
    expect(reader.events[1]?.id).toMatch(/-1$/);
  });

  test('goes on after the last event that was seen; tells when it cannot', async () => {
    const { say, open } = await started();
    const first = await open();
    await first.upTo(1);
    for (const text of ['one', 'two', 'three']) {
      const next = first.upTo(first.events.length + 1);
      await say(text);
      await next;
    }
    await first.cancel();
    await say('four');
    const again = await open({ 'last-event-id': first.events[2]!.id! });
    await again.upTo(3);
    expect(again.events[0]).toMatchObject({ type: 'hello', data: { resumed: true } });
    expect(again.events.slice(1).map((event) => shownHtml(event))).toEqual(['three', 'four']);
    for (const unknown of ['', 'x', 'other-3', `${first.events[1]!.id!}9999`, '-', 'a-b-c']) {
      const reader = await open({ 'last-event-id': unknown });
      expect((await reader.upTo(1))[0]).toMatchObject({ type: 'hello', data: { resumed: false } });
      await reader.cancel();
    }
  });

  test('heartbeats come while nothing happens, and stop with the last reader', async () => {
    const { clock, open } = await started();
    const before = clock.waiting();
    const reader = await open();
    await reader.upTo(1);
    for (let beat = 1; beat <= 3; beat += 1) {
      const next = reader.untilComments(beat);
      await clock.advance(15_000);
      await next;
    }
    expect(reader.comments).toEqual([': beat', ': beat', ': beat']);
    await reader.cancel();
    await clock.advance(15_000);
    expect(clock.waiting()).toBe(before);
  });

  test('stop ends every stream', async () => {
    const { channel, browser, open } = await started();
    const readers = [await open(), await open(), readEvents(await browser.get('/api/events'))];
    for (const reader of readers) await reader.upTo(1);
    const rest = readers.map((reader) => reader.upTo(2));
    await channel.stop();
    await Promise.all(rest);
    await Promise.all(readers.map((reader) => reader.ended));
  });

  test('the oldest of too many pages gives way; too many of all is 503', async () => {
    const rig = await started({ limits: { streamsPerAccount: 2, streams: 3 } });
    const oldest = await rig.open();
    await oldest.upTo(1);
    await rig.open();
    const gone = oldest.upTo(2);
    await rig.open();
    await gone;
    await oldest.ended;
    const other = await openBrowser(rig);
    expect((await other.get('/api/events')).status).toBe(200);
    const refused = await other.get('/api/events');
    expect([refused.status, await refused.json()]).toEqual([503, { error: expect.stringMatching(/\.$/) }]);
  });
});

describe('a reader that is slow or dead', () => {
  test('is told to fetch anew, holds up nobody, and costs a bounded amount', async () => {
    const rig = await started({ limits: { streamEvents: 10, streamBytes: 5_000 } });
    const dead = await rig.browser.get('/api/events');
    const quick = await rig.open();
    await quick.upTo(1);
    for (let index = 0; index < 100; index += 1) {
      const next = quick.upTo(index + 2);
      await rig.say(`message ${index}`);
      await next;
    }
    expect(quick.events.length).toBe(101);
    const slow = readEvents(dead);
    const [first, ...rest] = await slow.upTo(1);
    expect(first?.type).toBe('resync');
    // What came after the word to fetch anew is within the bound and has no gap.
    expect(rest.length).toBeLessThanOrEqual(10);
    expect(rest.map(shownHtml)).toEqual(rest.map((_, index) => `message ${100 - rest.length + index}`));
    const after = slow.upTo(rest.length + 2);
    await rig.say('after that');
    expect(shownHtml((await after).at(-1))).toBe('after that');
  });

  test('gets the last state of a message, not each one', async () => {
    const rig = await started({ limits: { streamEvents: 4, streamBytes: 2_000 } });
    const waiting = await rig.browser.get('/api/events');
    const ref = await rig.say('0', 'k', false);
    for (let index = 1; index <= 50; index += 1) {
      await rig.channel.edit(ref, { body: words(String(index)), sendKey: 'k', final: index === 50 });
    }
    const reader = readEvents(waiting);
    await reader.upTo(3);
    expect(reader.events.map((event) => [event.type, shownHtml(event)])).toEqual([
      ['hello', undefined],
      ['message.shown', '50'],
      ['activity', undefined],
    ]);
  });

  test('is let go after a few beats', async () => {
    const clock = createFakeClock();
    const hub = createEventHub({ clock, ids: createSequentialIds(), limits: defaultLimits });
    hub.open('account_1', undefined, Number.MAX_SAFE_INTEGER);
    expect(hub.streamCount).toBe(1);
    await clock.advance(15_000 * 5);
    expect(hub.streamCount).toBe(0);
    expect(clock.waiting()).toBe(0);
  });

  // 19 MB, one message after the other: more than both sockets hold.
  test('over a socket: it may read nothing while others are served, and its going is noticed', {
    timeout: 180_000,
  }, async () => {
    const rig = createWebRig({ limits: { streamBytes: 50_000 } });
    await rig.channel.start(createRecordingSink().sink);
    const server = await listen(rig);
    try {
      const cookie = cookieOf(await fetch(`${server.origin}/`));
      const page = await fetch(`${server.origin}/api/conversation`, { headers: { cookie } });
      const { account } = (await page.json()) as { account: string };
      const url = new URL(server.origin);
      const socket = connect(Number(url.port), url.hostname);
      socket.pause();
      socket.write(`GET /api/events HTTP/1.1\r\nHost: ${url.host}\r\nCookie: ${cookie}\r\n\r\n`);
      const quick = readEvents(await fetch(`${server.origin}/api/events`, { headers: { cookie } }));
      await quick.upTo(1);
      const body = words('x'.repeat(15_900));
      for (let index = 0; index < 1_200; index += 1) {
        const next = quick.upTo(index + 2);
        await rig.channel.send(addressOf(account), { body, sendKey: `k${index}` });
        await next;
      }
      expect(quick.events.length).toBe(1_201);
      // 19 MB went out. What the silent reader missed was not kept for it: reading on, it is told to fetch anew.
      const told = new Promise<void>((resolve) => {
        let tail = '';
        socket.on('data', (chunk: Buffer) => {
          tail = (tail + chunk.toString('latin1')).slice(-40_000);
          if (tail.includes('event: resync')) resolve();
        });
      });
      socket.resume();
      await told;
      socket.destroy();
      await quick.cancel();
    } finally {
      await rig.channel.stop();
      await server.close();
    }
  });
});

describe('parts', () => {
  test('an account stream ends once, whoever ends it', async () => {
    let ends = 0;
    const make = () =>
      createAccountStream({ maxEvents: 5, maxBytes: 100, resync: 'R', onEnd: () => (ends += 1) });
    const ended = make();
    ended.end();
    ended.end();
    ended.push({ text: 'late' });
    expect(await new Response(ended.body).text()).toBe('');
    const cancelled = make();
    await cancelled.body.cancel();
    cancelled.end();
    const reading = make();
    const read = new Response(reading.body).text();
    reading.push({ text: 'a' });
    reading.push({ text: 'b' });
    await new Promise((resolve) => setImmediate(resolve));
    reading.end();
    expect(await read).toBe('ab');
    expect(ends).toBe(3);
  });

  test('a replay log keeps no more than its bound and forgets nothing silently', () => {
    const log = createReplayLog('e', 1_000);
    for (let index = 1; index <= 100; index += 1)
      log.append('t', JSON.stringify('x'.repeat(100)), `k${index}`);
    const kept = log.since('e-99');
    expect(kept?.length).toBe(1);
    expect(log.since('e-1')).toBeUndefined();
    expect(log.since('e-100')).toEqual([]);
    expect(log.since('e-101')).toBeUndefined();
    const all = log.since('e-95') ?? [];
    expect(all.reduce((sum, event) => sum + event.text.length, 0)).toBeLessThanOrEqual(1_000);
  });

  test('accounts without a page are forgotten beyond a number', () => {
    const hub = createEventHub({
      clock: createFakeClock(),
      ids: createSequentialIds(),
      limits: defaultLimits,
    });
    const open = (account: string, id?: string) => hub.open(account, id, Number.MAX_SAFE_INTEGER)!;
    const stay = open('account_stay');
    for (let index = 0; index < 1_000; index += 1)
      hub.publish(`account_${index}`, { type: 'activity', isRunning: true });
    hub.publish('account_stay', { type: 'activity', isRunning: true });
    expect(hub.streamCount).toBe(1);
    void stay.cancel();
    hub.stop();
    hub.stop();
    expect(hub.open('account_1', undefined, 1)).toBeUndefined();
    expect(clientId()).not.toBe(clientId());
  });
});
