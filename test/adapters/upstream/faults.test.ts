import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import {
  answer,
  createFakeUpstream,
  type FakeUpstream,
  reset,
  type Script,
  stall,
} from '../../fakes/upstream/fake-upstream.ts';
import { at, createSubject, limits, type NamedUpstream, type Subject, turn } from './subject.ts';

const open: FakeUpstream[] = [];
const ports: Subject[] = [];
const mutes: Server[] = [];
afterEach(async () => {
  for (const subject of ports.splice(0)) await subject.port.close();
  for (const server of open.splice(0)) await server.close();
  for (const server of mutes.splice(0)) server.close();
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

const begin: Script = [
  { do: 'head', status: 200 },
  { do: 'write', bytes: 'begun' },
];

describe('a server that stalls', () => {
  test('before its answer is left for the next one, and sees the end of the request', async () => {
    const first = await serving(stall);
    const second = await serving();
    const { ask, clock } = subjectOf([at(first), at(second, 'second')]);
    const told = ask();
    await first.held();
    await clock.advance(limits.firstByteMs - 1);
    expect(second.requests).toEqual([]);
    await clock.advance(1);
    await told.done;
    await first.dropped();
    expect(told.heads[0]?.upstream).toBe('second');
    expect(first.requests).toHaveLength(1);
  });

  test('before its answer, and is the only one: a timeout', async () => {
    const server = await serving(stall);
    const { ask, clock, logger } = subjectOf([at(server)]);
    const told = ask();
    await server.held();
    await clock.advance(limits.firstByteMs);
    await told.done;
    await server.dropped();
    expect(told.failures).toMatchObject([
      { code: 'timeout', details: { upstream: 'first', limit: 'first_byte' } },
    ]);
    expect(logger.of('upstream_failed')).toHaveLength(1);
    expect(clock.waiting()).toBe(0);
  });

  test('after its head has as long for the first byte', async () => {
    const server = await serving([{ do: 'head', status: 200 }, { do: 'hold' }]);
    const { ask, clock } = subjectOf([at(server), { name: 'second' }]);
    const told = ask();
    await server.held();
    while (told.heads.length === 0) await turn();
    await clock.advance(limits.firstByteMs - 1);
    expect(told.failures).toEqual([]);
    await clock.advance(1);
    await told.done;
    expect(told.failures).toMatchObject([{ code: 'timeout', details: { limit: 'first_byte' } }]);
  });

  test('in the middle is given up after the idle limit, counted from the last byte', async () => {
    const server = await serving([...begin, { do: 'hold' }, { do: 'write', bytes: ' more' }, { do: 'hold' }]);
    const { ask, clock } = subjectOf([at(server)]);
    const told = ask();
    await told.begun;
    await clock.advance(limits.idleMs - 1);
    server.release();
    while (told.text() === 'begun') await turn();
    await clock.advance(limits.idleMs - 1);
    expect(told.failures).toEqual([]);
    await clock.advance(1);
    await told.done;
    await server.dropped();
    expect(told.failures).toMatchObject([{ code: 'timeout', details: { limit: 'idle' } }]);
    expect(told.text()).toBe('begun more');
  });

  test('over its certificate has as long as a connection may take', async () => {
    const mute = createServer(() => {});
    mutes.push(mute);
    mute.listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const address = mute.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const { ask } = subjectOf([{ name: 'first', baseUrl: `https://127.0.0.1:${port}/v1` }], {
      maxRetries: 0,
      connectMs: 20,
    });
    const told = ask();
    await told.done;
    expect(told.failures).toMatchObject([{ code: 'timeout', retryable: true, details: { reached: false } }]);
  });
});

test('an answer that never ends is ended after the total limit', async () => {
  const server = await serving([{ do: 'head', status: 200 }, { do: 'flood' }]);
  const { ask, clock } = subjectOf([at(server)]);
  const told = ask();
  await told.begun;
  for (let passedMs = 0; passedMs < limits.totalMs; passedMs += 10_000) {
    expect(told.failures).toEqual([]);
    const before = told.bytes();
    while (told.bytes() === before) await turn();
    await clock.advance(10_000);
  }
  await told.done;
  await server.dropped();
  expect(told.failures).toMatchObject([{ code: 'timeout', details: { limit: 'total' } }]);
});

test('the total limit holds for waits and attempts together; the last answer is told then', async () => {
  const server = await serving(answer(500, 'broken'), stall);
  const other = await serving(stall);
  const { ask, clock, passWaits } = subjectOf([at(server), at(other, 'second')]);
  const told = ask();
  await passWaits(1);
  await server.held();
  await clock.advance(limits.firstByteMs);
  await other.held();
  await clock.advance(limits.totalMs);
  await told.done;
  await other.dropped();
  expect(told.heads).toMatchObject([{ status: 500, upstream: 'first' }]);
  expect(told.text()).toBe('broken');
});

describe('a caller that goes away', () => {
  test('in the middle: the server sees it, and nothing more is told but that', async () => {
    const server = await serving([{ do: 'head', status: 200 }, { do: 'flood' }]);
    const { ask, clock, logger } = subjectOf([at(server)]);
    const told = ask({}, (self) => {
      self.flow.abort();
      self.flow.abort();
      return true;
    });
    await told.done;
    await server.dropped();
    const bytes = told.bytes();
    told.flow.resume();
    await turn();
    expect(told.bytes()).toBe(bytes);
    expect(told.failures.map(({ code }) => code)).toEqual(['aborted']);
    expect(told.ends()).toBe(0);
    expect(clock.waiting()).toBe(0);
    expect(logger.of('upstream_failed')).toEqual([]);
  });

  test('before the answer', async () => {
    const server = await serving(stall);
    const told = subjectOf([at(server), { name: 'second' }]).ask();
    await server.held();
    told.flow.abort();
    await server.dropped();
    await told.done;
    expect(told.failures.map(({ code }) => code)).toEqual(['aborted']);
  });

  test('before there is a connection: the server is not asked', async () => {
    const server = await serving();
    const { ask } = subjectOf([at(server)]);
    const gone = ask();
    gone.flow.abort();
    await gone.done;
    await ask().done;
    expect(gone.failures.map(({ code }) => code)).toEqual(['aborted']);
    expect(server.requests).toHaveLength(1);
  });

  test('while another attempt is waited for: it is not made', async () => {
    const server = await serving(answer(500));
    const { ask, clock, logger } = subjectOf([at(server)]);
    const told = ask();
    while (logger.of('upstream_retry').length === 0) await turn();
    told.flow.abort();
    await told.done;
    expect(clock.waiting()).toBe(0);
    await clock.advance(60_000);
    expect(told.failures.map(({ code }) => code)).toEqual(['aborted']);
    expect(server.requests).toHaveLength(1);
  });

  test('after the end: nothing', async () => {
    const server = await serving();
    const told = subjectOf([at(server)]).ask();
    await told.done;
    told.flow.abort();
    told.flow.resume();
    await turn();
    expect(told.failures).toEqual([]);
    expect(told.ends()).toBe(1);
  });
});

describe('a caller that takes its time', () => {
  test('holds the server back, however long, and gets the rest when it goes on', async () => {
    const server = await serving([{ do: 'head', status: 200 }, { do: 'flood' }]);
    const { ask, clock } = subjectOf([at(server)]);
    let isFull = true;
    const told = ask({}, () => !isFull);
    await told.begun;
    // The server fills what lies between until that is full.
    for (let written = -1; written !== server.bytesWritten(); ) {
      written = server.bytesWritten();
      for (let turns = 0; turns < 100; turns += 1) await turn();
    }
    const bytes = told.bytes();
    expect(bytes).toBeLessThan(200_000);
    await clock.advance(limits.idleMs * 3);
    expect(told.bytes()).toBe(bytes);
    expect(told.failures).toEqual([]);

    isFull = false;
    told.flow.resume();
    while (told.bytes() < server.bytesWritten() / 2) await turn();
    told.flow.abort();
    await server.dropped();
  });

  test('is not waited for longer than the total limit', async () => {
    const server = await serving([{ do: 'head', status: 200 }, { do: 'flood' }]);
    const { ask, clock } = subjectOf([at(server)]);
    const told = ask({}, () => false);
    await told.begun;
    await clock.advance(limits.totalMs);
    await told.done;
    expect(told.failures).toMatchObject([{ code: 'timeout', details: { limit: 'total' } }]);
  });

  test('gives the server the idle limit again', async () => {
    const server = await serving([...begin, { do: 'hold' }]);
    const { ask, clock } = subjectOf([at(server)]);
    const told = ask({}, () => false);
    await told.begun;
    await clock.advance(limits.idleMs * 2);
    told.flow.resume();
    await clock.advance(limits.idleMs - 1);
    expect(told.failures).toEqual([]);
    await clock.advance(1);
    await told.done;
    expect(told.failures).toMatchObject([{ code: 'timeout', details: { limit: 'idle' } }]);
  });
});

describe('an upstream that keeps failing', () => {
  const broken = answer(500, 'broken');

  async function worn(
    fault: Script = reset,
    others: readonly NamedUpstream[] = [],
  ): Promise<Subject & { readonly server: FakeUpstream }> {
    const server = await serving(fault, fault, fault, fault, fault);
    const subject = subjectOf([at(server), ...others], { maxRetries: 0 });
    for (let times = 0; times < 5; times += 1) await subject.ask().done;
    return { ...subject, server };
  }

  test('is left alone, which is said with the time that is left', async () => {
    const { ask, server, port, clock } = await worn();
    await clock.advance(10_000);
    const told = ask();
    expect(told.failures).toEqual([]);
    await told.done;
    expect(told.failures).toMatchObject([
      { code: 'peer_failed', retryable: true, retryAfterMs: 20_000, details: { reason: 'resting' } },
    ]);
    expect(server.requests).toHaveLength(5);
    expect(port.problems()).toEqual([
      expect.stringMatching(/first failed several times.*broke before it answered/),
    ]);
  });

  test('is passed over while another serves', async () => {
    const second = await serving();
    const { ask, server, port } = await worn(broken, [at(second, 'second')]);
    expect(second.requests).toHaveLength(5);
    expect(port.problems()).toEqual([expect.stringMatching(/first failed several times.*status 500/)]);
    const told = ask();
    await told.done;
    expect(told.heads[0]?.upstream).toBe('second');
    expect(server.requests).toHaveLength(5);
  });

  test('is tried by one after its rest, and by all once that one was served', async () => {
    const { ask, server, port, clock } = await worn();
    server.script(stall, answer(200, 'well'));
    await clock.advance(30_000);
    const trial = ask();
    await server.held();
    const other = ask();
    await other.done;
    expect(other.failures).toMatchObject([{ details: { reason: 'resting' } }]);
    // An answer may take its time: the next trial does not wait for it.
    await clock.advance(2_000);
    const next = ask();
    await next.done;
    expect(next.text()).toBe('well');
    expect(port.problems()).toEqual([]);
    await ask().done;
    expect(server.requests).toHaveLength(8);
    trial.flow.abort();
  });

  test('rests again when it fails the trial', async () => {
    const { ask, server, clock } = await worn();
    server.script(reset);
    await clock.advance(30_000);
    await ask().done;
    const told = ask();
    await told.done;
    expect(told.failures).toMatchObject([{ retryAfterMs: 30_000 }]);
    expect(server.requests).toHaveLength(6);
  });

  test('is tried by the next one when the caller of the trial goes away', async () => {
    const { ask, server, clock } = await worn();
    server.script(stall);
    await clock.advance(30_000);
    const trial = ask();
    await server.held();
    trial.flow.abort();
    const told = ask();
    await told.done;
    expect(told.text()).toBe('ok');
  });

  test('ends the attempts of those that wait to try it again: they are told why it failed', async () => {
    const server = await serving(reset, reset, reset, reset, reset);
    const { ask, clock, logger } = subjectOf([at(server)], { maxRetries: 9 });
    const all = Array.from({ length: 5 }, () => ask());
    await Promise.race(all.map(({ done }) => done));
    expect(logger.of('upstream_retry')).toHaveLength(4);
    await clock.advance(0);
    await Promise.all(all.map(({ done }) => done));
    for (const told of all) expect(told.failures).toMatchObject([{ code: 'network' }]);
    expect(server.requests).toHaveLength(5);
  });

  test('is not one that fails a request as often as that is tried: it counts once', async () => {
    const server = await serving(...Array.from({ length: 12 }, () => reset));
    const { ask, port, passWaits } = subjectOf([at(server)]);
    for (let exchanges = 0; exchanges < 4; exchanges += 1) {
      const told = ask();
      await passWaits(2);
      await told.done;
    }
    expect(server.requests).toHaveLength(12);
    expect(port.problems()).toEqual([]);
    const told = ask();
    await told.done;
    expect(told.text()).toBe('ok');
  });

  test('is not one that answers with errors where no other does better: others get their answer', async () => {
    const errors = Array.from({ length: 12 }, () => broken);
    const [first, second] = await Promise.all([serving(...errors), serving(...errors)]);
    for (const upstreams of [[at(first)], [at(first), at(second, 'second')], [at(second)]]) {
      const { ask, port } = subjectOf(upstreams, { maxRetries: 0 });
      for (let times = 0; times < 6; times += 1) {
        const told = ask();
        await told.done;
        expect([told.heads[0]?.status, told.text()]).toEqual([500, 'broken']);
      }
      expect(port.problems()).toEqual([]);
    }
    const { ask, port } = subjectOf([at(first)], { maxRetries: 0 });
    first.script(...errors);
    for (const _ of errors) await ask().done;
    const told = ask();
    await told.done;
    expect(told.text()).toBe('ok');
    expect(port.problems()).toEqual([]);
  });

  test('is not shown to be one by a server that refuses the same request', async () => {
    const [first, second] = await Promise.all([
      serving(...Array.from({ length: 6 }, () => broken)),
      serving(...Array.from({ length: 6 }, () => answer(404))),
    ]);
    const { ask, port } = subjectOf([at(first), at(second, 'second')], { maxRetries: 0 });
    for (let times = 0; times < 6; times += 1) await ask().done;
    expect(second.requests).toHaveLength(6);
    expect(port.problems()).toEqual([]);
  });

  test('and answers with an error when it is tried goes on being tried', async () => {
    const { ask, server, clock } = await worn();
    server.script(broken);
    await clock.advance(30_000);
    const error = ask();
    await error.done;
    expect(error.text()).toBe('broken');
    const told = ask();
    await told.done;
    expect(told.text()).toBe('ok');
  });

  test('is not one that refuses what it is asked, has too many requests or was left by its callers', async () => {
    const refusals = [400, 401, 429, 429, 404, 400].map((status) => answer(status));
    const server = await serving(...refusals, stall, stall, stall, stall, stall, stall);
    const { ask, port } = subjectOf([at(server)], { maxRetries: 0 });
    for (const _ of refusals) await ask().done;
    for (let times = 1; times <= 6; times += 1) {
      const told = ask();
      await server.held(times);
      told.flow.abort();
      await told.done;
    }
    const told = ask();
    await told.done;
    expect(told.text()).toBe('ok');
    expect(port.problems()).toEqual([]);
  });
});

describe('the end of everything', () => {
  test('fails what is under way or waits, and what comes later', async () => {
    const server = await serving(stall, answer(500));
    const { ask, port, clock, logger } = subjectOf([at(server)]);
    const asking = ask();
    await server.held();
    const waiting = ask();
    while (logger.of('upstream_retry').length === 0) await turn();
    await port.close();
    await Promise.all([asking.done, waiting.done]);
    const late = ask();
    await late.done;
    for (const told of [asking, waiting, late]) {
      expect(told.failures).toMatchObject([{ code: 'overloaded', retryable: true }]);
    }
    expect(clock.waiting()).toBe(0);
    await server.dropped();
  });
});

test('hundreds of answers under way at once', async () => {
  const server = await serving(
    ...Array.from({ length: 300 }, (): Script => [...begin, { do: 'hold' }, { do: 'end' }]),
  );
  const { ask } = subjectOf([at(server)]);
  const all = Array.from({ length: 300 }, () => ask());
  await Promise.all(all.map(({ begun }) => begun));
  server.release();
  await Promise.all(all.map(({ done }) => done));
  expect(all.every((told) => told.text() === 'begun' && told.ends() === 1)).toBe(true);
});
