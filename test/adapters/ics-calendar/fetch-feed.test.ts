import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createFeedFetch,
  type FetchFeedOptions,
  type ResolveHost,
} from '../../../adapters/ics-calendar/fetch-feed.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { type FeedServer, startFeedServer } from './feed-server.ts';

let server: FeedServer;
beforeEach(async () => {
  server = await startFeedServer();
});
afterEach(() => server.close());

const live = (): AbortSignal => new AbortController().signal;
const here: ResolveHost = async () => [{ address: '127.0.0.1', family: 4 }];
const fetchWith = (options: Partial<FetchFeedOptions> = {}) =>
  createFeedFetch({ clock: createFakeClock(), allowLoopback: true, resolve: here, ...options });
const own = (path = '/secret.ics', host = '127.0.0.1'): string => `http://${host}:${server.port}${path}`;
const refusedAs = (code: string) => ({
  name: 'AppError',
  code,
  message: expect.not.stringContaining('secret'),
});

describe('where it connects to', () => {
  test.each([
    'https://127.0.0.1/secret',
    'https://2130706433/secret',
    'https://0x7f000001/secret',
    'https://0177.1/secret',
    'https://[::1]/secret',
    'https://[::ffff:7f00:1]/secret',
    'https://169.254.169.254/secret',
    'https://10.0.0.1/secret',
  ])('not to an address inside, however it is written: %s', async (address) => {
    const fetchFeed = fetchWith({ allowLoopback: false });
    await expect(fetchFeed(address, {}, live())).rejects.toMatchObject(refusedAs('not_allowed'));
  });

  test.each([
    [['127.0.0.1']],
    [['10.1.2.3']],
    [['fd00:ec2::254']],
    [['::ffff:169.254.169.254']],
    // One of several is enough: any may be taken.
    [['8.8.8.8', '192.168.0.1']],
  ])('not to a name that leads inside: %o', async (addresses) => {
    const asked: string[] = [];
    const resolve: ResolveHost = async (host) => {
      asked.push(host);
      return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    };
    const fetchFeed = fetchWith({ allowLoopback: false, resolve });
    await expect(fetchFeed('https://feeds.example.org/secret', {}, live())).rejects.toMatchObject({
      ...refusedAs('not_allowed'),
      message: expect.stringMatching(/^feeds\.example\.org leads into a private network/),
    });
    expect(asked).toEqual(['feeds.example.org']);
  });

  test.each(['http://8.8.8.8/secret', 'https://8.8.8.8:8443/secret', 'http://feeds.example.org/secret'])(
    'not without https at its usual port: %s',
    async (address) => {
      const fetchFeed = fetchWith({ allowLoopback: false });
      await expect(fetchFeed(address, {}, live())).rejects.toMatchObject(refusedAs('not_allowed'));
    },
  );

  test('by the very address that was checked: a name is resolved once for a connection', async () => {
    let answers = 0;
    const resolve: ResolveHost = async () => {
      answers += 1;
      return [{ address: answers === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }];
    };
    server.answer((_, response) => void response.end('text'));
    const fetchFeed = fetchWith({ resolve });
    expect(await fetchFeed(own('/secret', 'feeds.test'), {}, live())).toMatchObject({ text: 'text' });
    expect(answers).toBe(1);
    expect(server.requests[0]?.headers.host).toBe(`feeds.test:${server.port}`);
    // Nothing is kept from before: the name leads inside now, and is not followed.
    await expect(fetchFeed(own('/secret', 'feeds.test'), {}, live())).rejects.toMatchObject(
      refusedAs('not_allowed'),
    );
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    'http://10.0.0.1/secret',
    'http://169.254.169.254/latest/meta-data',
    'http://inside.test/secret',
    '//[fd00::1]/secret',
  ])('a redirect does not lead inside either: %s', async (location) => {
    server.answer((_, response) => void response.writeHead(302, { location }).end());
    const resolve: ResolveHost = async (host) => [
      { address: host === 'inside.test' ? '10.0.0.1' : '127.0.0.1', family: 4 },
    ];
    await expect(fetchWith({ resolve })(own(), {}, live())).rejects.toMatchObject(refusedAs('not_allowed'));
    expect(server.requests).toHaveLength(1);
  });

  test.each(['http://[', 'ftp://127.0.0.1/secret', 'file:///etc/secret'])(
    'a redirect to what is none fails: %s',
    async (location) => {
      server.answer((_, response) => void response.writeHead(302, { location }).end());
      await expect(fetchWith()(own(), {}, live())).rejects.toMatchObject({ name: 'AppError' });
      expect(server.requests).toHaveLength(1);
    },
  );

  test('a name that is not found, or leads nowhere, is tried again', async () => {
    const lost: ResolveHost = () => Promise.reject(new Error('getaddrinfo ENOTFOUND secret.example.org'));
    for (const resolve of [lost, async () => []]) {
      const reading = fetchWith({ resolve })(own('/secret', 'feeds.test'), {}, live());
      const failure: unknown = await reading.catch((thrown: unknown) => thrown);
      expect(failure).toMatchObject({ ...refusedAs('network'), retryable: true });
      // What others say may quote the address.
      expect(failure).not.toHaveProperty('cause');
    }
    const { port } = server;
    await server.close();
    await expect(fetchWith()(`http://127.0.0.1:${port}/secret`, {}, live())).rejects.toMatchObject(
      refusedAs('network'),
    );
    server = await startFeedServer();
  });
});

describe('redirects', () => {
  test('are followed, at most five, and relative ones too', async () => {
    server.answer(({ url }, response) => {
      const step = Number(url?.slice(1));
      if (step === 0) response.end('text');
      else response.writeHead(step % 2 === 0 ? 301 : 307, { location: `${step - 1}` }).end('moved');
    });
    expect(await fetchWith()(own('/5'), {}, live())).toMatchObject({ kind: 'text', text: 'text' });
    await expect(fetchWith()(own('/6'), {}, live())).rejects.toMatchObject(refusedAs('bad_reply'));
  });

  test('keep a name and a password for the host that they were given for', async () => {
    server.answer(({ url, headers: { host = '' } }, response) => {
      const to = {
        '/a': '/b',
        '/b': `http://mallory:x@other.test:${server.port}/c`,
        '/c': own('/d', 'first.test'),
      };
      const location = Object.entries(to).find(([path]) => path === url)?.[1];
      if (location === undefined) response.end(host);
      else response.writeHead(302, { location }).end();
    });
    const address = `http://ann:p%40ss%C3%BC@first.test:${server.port}/a`;
    expect(await fetchWith()(address, {}, live())).toMatchObject({ text: `first.test:${server.port}` });
    const basic = `Basic ${Buffer.from('ann:p@ssü').toString('base64')}`;
    expect(server.requests.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/a', basic],
      ['/b', basic],
      ['/c', undefined],
      ['/d', undefined],
    ]);
  });
});

describe('answers', () => {
  test('the text is UTF-8, whatever it is packed in, and comes with its version', async () => {
    const headers = { etag: 'W/"1"', 'last-modified': 'x', 'content-encoding': 'gzip' };
    server.answer((_, response) => void response.writeHead(200, headers).end(gzipSync('Büro 👍')));
    expect(await fetchWith()(own(), {}, live())).toEqual({
      kind: 'text',
      text: 'Büro 👍',
      version: { etag: 'W/"1"', modified: 'x' },
    });
  });

  test('more than 10 MB are not read, as unpacked', async () => {
    const zeros = gzipSync(Buffer.alloc(11 * 1024 * 1024));
    expect(zeros.length).toBeLessThan(100_000);
    server.answer((_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(zeros));
    await expect(fetchWith()(own(), {}, live())).rejects.toMatchObject({
      ...refusedAs('bad_reply'),
      message: expect.stringContaining('larger than 10 MB'),
    });
    server.answer((_, response) => void response.end(Buffer.alloc(10 * 1024 * 1024, 'a')));
    expect(await fetchWith()(own(), {}, live())).toMatchObject({ kind: 'text' });
  });

  test.each<[number, string, boolean, Readonly<Record<string, string>>, number | undefined]>([
    [401, 'auth_failed', false, {}, undefined],
    [403, 'not_allowed', false, {}, undefined],
    [404, 'not_found', false, {}, undefined],
    [410, 'not_found', false, {}, undefined],
    [429, 'rate_limited', true, {}, 900_000],
    [429, 'rate_limited', true, { 'retry-after': '7' }, 7_000],
    [429, 'rate_limited', true, { 'retry-after': 'Mon, 05 Jan 2026 12:01:00 GMT' }, 60_000],
    [429, 'rate_limited', true, { 'retry-after': '99999999' }, 900_000],
    [429, 'rate_limited', true, { 'retry-after': 'soon' }, 900_000],
    [500, 'peer_failed', true, {}, undefined],
    [503, 'peer_failed', true, { 'retry-after': '7' }, 7_000],
    [504, 'timeout', true, {}, undefined],
    [204, 'bad_reply', false, {}, undefined],
    [418, 'bad_reply', false, {}, undefined],
    [302, 'bad_reply', false, {}, undefined],
  ])('%i is %s', async (status, code, retryable, headers, retryAfterMs) => {
    server.answer((_, response) => void response.writeHead(status, headers).end());
    await expect(fetchWith()(own(), {}, live())).rejects.toMatchObject({
      ...refusedAs(code),
      retryable,
      retryAfterMs,
    });
  });

  test('a connection that breaks off midway is no shorter feed', async () => {
    server.answer((_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('BEGIN:VCALENDAR');
      response.socket?.end();
    });
    await expect(fetchWith()(own(), {}, live())).rejects.toMatchObject({
      ...refusedAs('network'),
      retryable: true,
    });
  });

  test.each(['before the first byte', 'within the text'])(
    'takes 15 s at most: it hangs %s',
    async (place) => {
      const clock = createFakeClock();
      server.answer((_, response) => {
        if (place === 'within the text') response.write('BEGIN');
      });
      const came = server.next();
      const reading = fetchWith({ clock })(own(), {}, live());
      reading.catch(() => undefined);
      await came;
      await clock.advance(14_999);
      expect(clock.waiting()).toBe(1);
      await clock.advance(1);
      await expect(reading).rejects.toMatchObject({
        ...{ name: 'AppError', code: 'timeout', retryable: true },
        message: '127.0.0.1 took too long over the feed.',
      });
      expect(clock.waiting()).toBe(0);
    },
  );
});
