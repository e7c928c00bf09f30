import { afterEach, describe, expect, test } from 'vitest';
import {
  answer,
  createFakeUpstream,
  type FakeUpstream,
  type Script,
} from '../../fakes/upstream/fake-upstream.ts';
import {
  at,
  createSubject,
  limits,
  type NamedUpstream,
  plainRequest,
  type Subject,
  turn,
} from './subject.ts';

const open: FakeUpstream[] = [];
const ports: Subject[] = [];
afterEach(async () => {
  for (const subject of ports.splice(0)) await subject.port.close();
  for (const server of open.splice(0)) await server.close();
});

async function serving(...scripts: readonly Script[]): Promise<FakeUpstream> {
  const server = await createFakeUpstream(...scripts);
  open.push(server);
  return server;
}

function subjectOf(
  upstreams: readonly NamedUpstream[],
  options: Parameters<typeof createSubject>[1] = {},
): Subject {
  const subject = createSubject(upstreams, options);
  ports.push(subject);
  return subject;
}

describe('what goes on', () => {
  test('the bytes as they are, below the base address, under the name that the server knows', async () => {
    const server = await serving();
    const { ask } = subjectOf([
      { ...at(server), baseUrl: `${server.baseUrl}/?api-version=1`, renames: { fast: 'big-model-7' } },
    ]);
    await ask({ model: 'fast', body: (model) => Buffer.from(`{"model" : "${model}"}`) }).done;
    await ask({ model: 'other', path: '/models?limit=1', method: 'GET' }).done;
    expect(server.requests).toMatchObject([
      { method: 'POST', target: '/v1/chat/completions?api-version=1', body: '{"model" : "big-model-7"}' },
      { method: 'GET', target: '/v1/models?limit=1&api-version=1' },
    ]);
  });

  test('the caller’s headers but those of its connection, and a wish for plain bytes', async () => {
    const server = await serving();
    const { ask } = subjectOf([at(server)]);
    const headers = {
      'user-agent': 'sdk/1',
      'openai-beta': 'x',
      'accept-encoding': 'gzip',
      host: 'elsewhere',
      connection: 'close',
      'content-length': '5',
      'transfer-encoding': 'chunked',
      expect: '100-continue',
      te: 'trailers',
      authorization: 'Bearer stray',
      'x-api-key': 'stray',
    };
    await ask({ headers }).done;
    expect(server.requests[0]?.headers).toEqual({
      host: `127.0.0.1:${server.port}`,
      connection: 'keep-alive',
      'user-agent': 'sdk/1',
      'openai-beta': 'x',
      'accept-encoding': 'identity',
      'content-length': String(plainRequest.body?.('m').byteLength),
    });
  });

  const callers = { authorization: 'Bearer callers' };
  test.each([
    ['own', 'owner', { authorization: 'Bearer owner' }],
    ['own', undefined, {}],
    ['caller', 'owner', callers],
    ['own_or_caller', 'owner', { authorization: 'Bearer owner' }],
    ['own_or_caller', undefined, callers],
  ] as const)('with `%s` and %s as the operator’s key', async (key, ownKey, shown) => {
    const server = await serving();
    const { ask } = subjectOf([{ ...at(server), ...(ownKey !== undefined && { ownKey }) }]);
    await ask({ key, callerKey: callers }).done;
    const { authorization } = server.requests[0]?.headers ?? {};
    expect(authorization === undefined ? {} : { authorization }).toEqual(shown);
  });

  test.each(['own', 'caller', 'own_or_caller'] as const)(
    'with `%s` no key to a server that asks for none',
    async (key) => {
      const server = await serving();
      const { ask } = subjectOf([{ ...at(server), isKeyless: true }]);
      await ask({ key, callerKey: callers }).done;
      expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
    },
  );

  test('a caller without a key is not given the operator’s', async () => {
    const server = await serving();
    const { ask } = subjectOf([{ ...at(server), ownKey: 'owner' }]);
    await ask({ key: 'caller' }).done;
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  test('the operator’s key where Anthropic’s API looks for it', async () => {
    const server = await serving();
    const { ask } = subjectOf([{ ...at(server), dialects: ['anthropic'], ownKey: 'owner' }]);
    await ask({ dialect: 'anthropic', path: '/messages' }).done;
    expect(server.requests[0]?.headers).toMatchObject({ 'x-api-key': 'owner' });
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
  });
});

describe('what comes back', () => {
  test('status, body and headers, without what is only for the connection, the account or the server’s address', async () => {
    const server = await serving(
      answer(201, 'made', {
        'x-request-id': 'r1',
        'x-two': ['a', 'b'],
        'set-cookie': 'account=1',
        'alt-svc': 'h3=":443"',
        'strict-transport-security': 'max-age=1',
        'access-control-allow-origin': '*',
        connection: 'keep-alive, x-private',
        'x-private': '1',
        date: 'then',
      }),
    );
    const { ask } = subjectOf([at(server)]);
    const told = ask();
    await told.done;
    expect(told.heads).toEqual([
      {
        status: 201,
        upstream: 'first',
        headers: [
          ['x-request-id', 'r1'],
          ['x-two', 'a'],
          ['x-two', 'b'],
          ['date', 'then'],
        ],
      },
    ]);
    expect(told.text()).toBe('made');
    expect(told.ends()).toBe(1);
    expect(told.failures).toEqual([]);
  });

  test('a length that the server gave', async () => {
    const server = await serving(answer(200, 'four', { 'content-length': '4' }));
    const told = subjectOf([at(server)]).ask();
    await told.done;
    expect(told.heads[0]?.headers).toContainEqual(['content-length', '4']);
  });

  test('only the last head where early hints come first', async () => {
    const server = await serving([
      {
        do: 'raw',
        bytes: 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok',
      },
    ]);
    const told = subjectOf([at(server)]).ask();
    await told.done;
    expect(told.heads.map(({ status }) => status)).toEqual([200]);
    expect(told.text()).toBe('ok');
  });

  test('a redirect as it is: nobody follows it', async () => {
    const other = await serving();
    const server = await serving(answer(307, '', { location: `${other.baseUrl}/chat/completions` }));
    const told = subjectOf([{ ...at(server), ownKey: 'owner' }]).ask();
    await told.done;
    expect(told.heads[0]?.status).toBe(307);
    expect(told.heads[0]?.headers).toContainEqual(['location', `${other.baseUrl}/chat/completions`]);
    expect(other.requests).toEqual([]);
  });

  test('a line of ten million bytes', async () => {
    const server = await serving(answer(200, Buffer.alloc(10_000_000, 'x')));
    const told = subjectOf([at(server)]).ask();
    await told.done;
    expect(told.bytes()).toBe(10_000_000);
    expect(told.ends()).toBe(1);
  });

  test('each piece when it comes', async () => {
    const server = await serving([
      { do: 'head', status: 200 },
      { do: 'write', bytes: 'one' },
      { do: 'hold' },
      { do: 'write', bytes: 'two' },
      { do: 'end' },
    ]);
    const told = subjectOf([at(server)]).ask();
    await told.begun;
    expect(told.text()).toBe('one');
    expect(told.ends()).toBe(0);
    server.release();
    await told.done;
    expect(told.text()).toBe('onetwo');
  });
});

describe('another attempt', () => {
  test.each([408, 500, 502, 503, 504, 522, 529])('after %i, as often as the settings say', async (status) => {
    const refusal = answer(status, 'busy');
    const server = await serving(refusal, refusal, answer(200, 'at last'));
    const { ask, passWaits } = subjectOf([at(server)]);
    const told = ask();
    const [first = 0, second = 0] = await passWaits(2);
    await told.done;
    expect(told.text()).toBe('at last');
    expect(server.requests).toHaveLength(3);
    expect(first).toBeGreaterThanOrEqual(250);
    expect(first).toBeLessThanOrEqual(500);
    expect(second).toBeGreaterThanOrEqual(500);
    expect(second).toBeLessThanOrEqual(1_000);
  });

  test('none after the last: what the server said then is told with its own status, headers and body', async () => {
    const server = await serving(
      answer(500, 'first'),
      answer(502, 'second'),
      answer(503, '{"error":"third"}', { 'x-request-id': 'r3' }),
    );
    const { ask, passWaits } = subjectOf([at(server)]);
    const told = ask();
    await passWaits(2);
    await told.done;
    expect(told.heads.map(({ status }) => status)).toEqual([503]);
    expect(told.heads[0]?.headers).toContainEqual(['x-request-id', 'r3']);
    expect(told.text()).toBe('{"error":"third"}');
    expect(server.requests).toHaveLength(3);
  });

  test.each([400, 401, 403, 404, 409, 413, 422, 501])('none after %i', async (status) => {
    const server = await serving(answer(status, 'no'));
    const told = subjectOf([at(server), { name: 'second' }]).ask();
    await told.done;
    expect(told.heads[0]).toMatchObject({ status, upstream: 'first' });
    expect(told.text()).toBe('no');
    expect(server.requests).toHaveLength(1);
  });

  test('where the server says so, and none where it says no', async () => {
    const server = await serving(
      answer(409, 'locked', { 'x-should-retry': 'true' }),
      answer(503, 'for good', { 'x-should-retry': 'false' }),
    );
    const { ask, passWaits } = subjectOf([at(server)]);
    const told = ask();
    await passWaits(1);
    await told.done;
    expect(told.text()).toBe('for good');
  });

  test('after the wait that the server asks for, if it is short', async () => {
    const server = await serving(answer(503, '', { 'retry-after': '2' }));
    const { ask, passWaits } = subjectOf([at(server)]);
    const told = ask();
    expect(await passWaits(1)).toEqual([2_000]);
    await told.done;
    expect(told.text()).toBe('ok');
  });

  test('not after a wait that is long: the caller learns of it', async () => {
    const server = await serving(answer(503, 'later', { 'retry-after': '3' }));
    const told = subjectOf([at(server)]).ask();
    await told.done;
    expect(told.heads[0]?.headers).toContainEqual(['retry-after', '3']);
    expect(told.text()).toBe('later');
  });

  test('at once where a kept connection turns out to be closed, then after waits', async () => {
    const server = await serving(answer(200, 'first'), [{ do: 'reset' }], [{ do: 'reset' }]);
    const { ask, passWaits } = subjectOf([at(server)]);
    await ask().done;
    const told = ask();
    const [first, second] = await passWaits(2);
    await told.done;
    expect(told.text()).toBe('ok');
    expect(first).toBe(0);
    expect(second).toBeGreaterThanOrEqual(250);
  });

  test('not after the first byte: a cut answer is one, with what came of it', async () => {
    for (const headers of [{}, { 'content-length': '100' }]) {
      const server = await serving([
        { do: 'head', status: 200, headers },
        { do: 'write', bytes: 'half' },
        { do: 'hold' },
        { do: 'cut' },
      ]);
      const told = subjectOf([at(server), { name: 'second' }]).ask();
      await told.begun;
      server.release();
      await told.done;
      expect(told.text()).toBe('half');
      expect(told.ends()).toBe(0);
      expect(told.failures).toMatchObject([{ code: 'network', details: { upstream: 'first' } }]);
      expect(server.requests).toHaveLength(1);
    }
  });

  test('what is no HTTP is a bad reply in the end', async () => {
    const nonsense: Script = [{ do: 'raw', bytes: 'SSH-2.0-server\r\n' }];
    const server = await serving(nonsense, nonsense, nonsense);
    const { ask, passWaits } = subjectOf([at(server)]);
    const told = ask();
    await passWaits(2);
    await told.done;
    expect(told.failures).toMatchObject([{ code: 'bad_reply', retryable: true }]);
    expect(told.heads).toEqual([]);
  });
});

describe('the next upstream', () => {
  test('is asked when the first has failed as often as it may', async () => {
    const first = await serving(answer(500), answer(500), answer(500));
    const second = await serving(answer(200, 'from the second'));
    const { ask, passWaits, metrics } = subjectOf([at(first), at(second, 'second')]);
    const told = ask();
    await passWaits(2);
    await told.done;
    expect(told.heads).toMatchObject([{ upstream: 'second', status: 200 }]);
    expect(told.text()).toBe('from the second');
    expect(first.requests).toHaveLength(3);
    expect(metrics()).toMatchObject({
      'upstream_retries_total{upstream=first}': 2,
      'upstream_failovers_total{upstream=second}': 1,
    });
  });

  test('is asked when nobody listens at the first', async () => {
    const second = await serving();
    const { ask, passWaits } = subjectOf([{ name: 'first' }, at(second, 'second')]);
    const told = ask();
    await passWaits(2);
    await told.done;
    expect(told.heads[0]?.upstream).toBe('second');
  });

  test('is asked at once when the first has too many requests or wants a long wait', async () => {
    for (const refusal of [answer(429, 'slow down'), answer(503, '', { 'retry-after': '60' })]) {
      const first = await serving(refusal);
      const second = await serving();
      const told = subjectOf([at(first), at(second, 'second')]).ask();
      await told.done;
      expect(told.heads[0]?.upstream).toBe('second');
      expect(first.requests).toHaveLength(1);
    }
  });

  test('is not there: too many requests is what the caller is told', async () => {
    const server = await serving(answer(429, 'slow down', { 'retry-after': '1' }));
    const told = subjectOf([at(server)]).ask();
    await told.done;
    expect(told.heads[0]).toMatchObject({ status: 429 });
    expect(told.heads[0]?.headers).toContainEqual(['retry-after', '1']);
    expect(told.text()).toBe('slow down');
    expect(server.requests).toHaveLength(1);
  });

  test('cannot be reached: the answer of the first is told all the same', async () => {
    const first = await serving(answer(429, 'slow down', { 'x-request-id': 'r1' }));
    const { ask, passWaits } = subjectOf([at(first), { name: 'second' }]);
    const told = ask();
    await passWaits(2);
    await told.done;
    expect(told.heads).toMatchObject([{ status: 429, upstream: 'first' }]);
    expect(told.heads[0]?.headers).toContainEqual(['x-request-id', 'r1']);
    expect(told.text()).toBe('slow down');
    expect(told.ends()).toBe(1);
    expect(told.failures).toEqual([]);
  });

  test('a held answer waits with its end until the caller takes more, and is not told to one who has gone', async () => {
    const first = await serving(answer(429, 'slow down'), answer(429, 'slow down'));
    const { ask, passWaits } = subjectOf([at(first), { name: 'second' }]);
    const told = ask({}, () => false);
    await passWaits(2);
    await told.begun;
    expect(told.ends()).toBe(0);
    told.flow.resume();
    await told.done;
    expect(told.ends()).toBe(1);

    const gone = ask({}, (self) => {
      self.flow.abort();
      return false;
    });
    await passWaits(2);
    await gone.done;
    gone.flow.resume();
    expect(gone.failures).toMatchObject([{ code: 'aborted' }]);
    expect(gone.ends()).toBe(0);
  });

  test('an answer that is too long, or does not come to its end, is not held', async () => {
    const long = await serving(answer(429, Buffer.alloc(200_000)));
    const slow = await serving([{ do: 'head', status: 429 }, { do: 'hold' }]);
    const { ask, passWaits, clock } = subjectOf([at(long), at(slow, 'slow'), { name: 'third' }]);
    const told = ask();
    await slow.held();
    // Its head has come when there is a second timer, beside the limits of the exchange.
    while (clock.waiting() < 2) await turn();
    await clock.advance(1_000);
    await slow.dropped();
    await passWaits(2);
    await told.done;
    expect(told.heads).toEqual([]);
    expect(told.failures).toMatchObject([{ code: 'network', details: { upstream: 'third' } }]);
  });

  test('waits for the rest of a held answer beyond the limit for its first byte', async () => {
    const first = await serving([
      { do: 'hold' },
      { do: 'head', status: 503 },
      { do: 'hold' },
      { do: 'write', bytes: 'busy' },
      { do: 'end' },
    ]);
    const { ask, clock, passWaits } = subjectOf([at(first)]);
    const told = ask();
    await first.held();
    await clock.advance(limits.firstByteMs - 500);
    first.release();
    while (clock.waiting() < 2) await turn();
    await clock.advance(600);
    first.release();
    await passWaits(1);
    await told.done;
    expect(told.text()).toBe('ok');
  });

  test('is not asked for what cannot be sent, and that speaks against nobody', async () => {
    const server = await serving();
    const { ask, port } = subjectOf([at(server)]);
    for (let times = 0; times < 6; times += 1) {
      const told = ask({ headers: { 'x-note': 'one\ntwo' } });
      await told.done;
      expect(told.failures).toMatchObject([{ code: 'invalid_input', retryable: false }]);
    }
    expect(port.problems()).toEqual([]);
    await ask().done;
    expect(server.requests).toHaveLength(1);
  });

  test('at another address is not shown a caller’s key', async () => {
    const first = await serving(answer(429, 'slow down'));
    const second = await serving();
    const callerKey = { authorization: 'Bearer callers' };
    const { ask } = subjectOf([at(first), at(second, 'second')]);
    const told = ask({ key: 'caller', callerKey });
    await told.done;
    expect(told.heads[0]).toMatchObject({ status: 429, upstream: 'first' });
    expect(second.requests).toEqual([]);
  });

  test('none that serves the model: not found, and not a word before `forward` has returned', async () => {
    const told = subjectOf([{ name: 'first', models: ['a'] }]).ask({ model: 'b' });
    expect(told.failures).toEqual([]);
    await told.done;
    expect(told.failures).toMatchObject([{ code: 'not_found' }]);
    told.flow.resume();
    told.flow.abort();
    expect(told.failures).toHaveLength(1);
  });
});

test('no log holds a key, a word of the request or one of the answer', async () => {
  const server = await serving(
    answer(500, 'private answer'),
    [{ do: 'raw', bytes: 'private nonsense\r\n' }],
    [{ do: 'reset' }],
  );
  const { ask, passWaits, logger, port } = subjectOf([{ ...at(server), ownKey: 'sk-secret' }]);
  const told = ask({ headers: { 'x-note': 'private header' } });
  await passWaits(2);
  await told.done;
  const logged = JSON.stringify(logger.entries, (_, value: unknown) =>
    value instanceof Error ? { ...value, text: value.message, cause: String(value.cause) } : value,
  );
  expect(logged).toContain('upstream_retry');
  expect(logged).not.toMatch(/private|sk-secret/);
  expect(port.problems().join()).not.toMatch(/private|sk-secret/);
});
