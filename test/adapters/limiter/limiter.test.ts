import { describe, expect, test } from 'vitest';
import { createLimiter } from '../../../adapters/limiter/limiter.ts';
import { createSystemClock } from '../../../adapters/system/clock.ts';
import { errorOf, openScene, to } from './limiter-scene.ts';

const spaced = (destination: string, minIntervalMs = 1_000) => to(destination, { minIntervalMs });

describe('order and spacing of a destination', () => {
  test('jobs run in the order given, at least their interval apart', async () => {
    const { limiter, begun, job, quiet, advance } = openScene();
    const results = ['a', 'b', 'c'].map((name) => limiter.run(spaced('chat'), job(name)));
    expect(limiter.queue()).toEqual({ waiting: 3, bound: 1_000 });
    await quiet();
    expect(begun).toEqual(['a@0']);
    expect(limiter.queue().waiting).toBe(2);
    await advance(999);
    expect(begun).toEqual(['a@0']);
    await advance(1);
    expect(begun).toEqual(['a@0', 'b@1000']);
    await advance(1_000);
    expect(await Promise.all(results)).toEqual(['a', 'b', 'c']);
    expect(begun).toEqual(['a@0', 'b@1000', 'c@2000']);
    expect(limiter.queue().waiting).toBe(0);
  });

  test('what is expendable is refused while more than a few wait, and holds nothing up', async () => {
    const { limiter, begun, job, quiet } = openScene();
    const hang = Promise.withResolvers<void>();
    const expendable = to('status', { isExpendable: true });
    expect(await limiter.run(expendable, job('free'))).toBe('free');
    const waiting = Array.from({ length: 21 }, (_, at) =>
      limiter.run(
        to('busy'),
        job(`${at}`, () => hang.promise),
      ),
    );
    await quiet();
    expect(limiter.queue().waiting).toBe(20);
    expect(await errorOf(limiter.run(expendable, job('in the way')))).toMatchObject({
      code: 'overloaded',
      retryable: true,
    });
    expect(await limiter.run(to('quick'), job('ordinary'))).toBe('ordinary');
    hang.resolve();
    await Promise.all(waiting);
    expect(await limiter.run(expendable, job('free again'))).toBe('free again');
    expect(begun.some((name) => name.startsWith('in the way'))).toBe(false);
  });

  test('one destination never waits for another', async () => {
    const { limiter, begun, began, job } = openScene();
    const hang = Promise.withResolvers<void>();
    const first = limiter.run(to('slow'), async () => await hang.promise);
    const second = limiter.run(to('slow'), job('behind'));
    await limiter.run(spaced('quick'), job('quick'));
    await began(1);
    expect(begun).toEqual(['quick@0']);
    hang.resolve();
    await Promise.all([first, second]);
    expect(begun).toEqual(['quick@0', 'behind@0']);
  });

  test('a job that fails rejects its own caller and lets the next one run', async () => {
    const { limiter, job } = openScene();
    const boom = new Error('boom');
    const failed = limiter.run(to('k'), () => Promise.reject(boom));
    const thrown = limiter.run(to('k'), () => {
      throw boom;
    });
    const next = limiter.run(to('k'), job('next'));
    await expect(failed).rejects.toBe(boom);
    await expect(thrown).rejects.toBe(boom);
    await expect(next).resolves.toBe('next');
    expect(limiter.queue().waiting).toBe(0);
  });

  test('a long job does not push the interval out: it counts from start to start', async () => {
    const { clock, limiter, begun, began, job } = openScene();
    const hang = Promise.withResolvers<void>();
    const long = limiter.run(
      spaced('k'),
      job('long', () => hang.promise),
    );
    const next = limiter.run(spaced('k'), job('next'));
    await began(1);
    await clock.advance(5_000);
    hang.resolve();
    await long;
    await next;
    expect(begun).toEqual(['long@0', 'next@5000']);
  });

  test('a destination is kept one interval after its last job and then leaves no timer behind', async () => {
    const { clock, limiter, begun, job } = openScene();
    for (let chat = 0; chat < 50; chat += 1) await limiter.run(spaced(`chat-${chat}`), job('x'));
    for (let chat = 0; chat < 50; chat += 1) await limiter.run(to(`unspaced-${chat}`), job('x'));
    await clock.advance(0);
    expect(clock.waiting()).toBe(50);
    await clock.advance(1_000);
    expect(clock.waiting()).toBe(0);
    const before = begun.length;
    await limiter.run(spaced('chat-1'), job('again'));
    expect(begun.slice(before)).toEqual(['again@1000']);
  });

  test('a job without spacing in between does not make the destination forget the spacing of the others', async () => {
    const { limiter, begun, job, advance, quiet } = openScene();
    await limiter.run(spaced('chat'), job('send'));
    await limiter.run(to('chat'), job('react'));
    await advance(400);
    const next = limiter.run(spaced('chat'), job('next'));
    await quiet();
    await advance(599);
    expect(begun).toEqual(['send@0', 'react@0']);
    await advance(1);
    await next;
    expect(begun).toEqual(['send@0', 'react@0', 'next@1000']);
  });

  test('a job without an interval neither waits nor makes others wait', async () => {
    const { limiter, begun, job, quiet, advance } = openScene();
    await limiter.run(spaced('chat'), job('send'));
    await advance(900);
    await limiter.run(to('chat'), job('react'));
    const next = limiter.run(spaced('chat'), job('next'));
    await quiet();
    await advance(100);
    await next;
    expect(begun).toEqual(['send@0', 'react@900', 'next@1000']);
  });

  test('a destination’s last start is kept for the widest interval anybody asked for', async () => {
    const { limiter, begun, job, quiet, advance } = openScene();
    await limiter.run(spaced('elsewhere', 3_000), job('elsewhere'));
    await limiter.run(spaced('chat', 10), job('first'));
    await advance(1_000);
    const next = limiter.run(spaced('chat', 2_000), job('next'));
    await quiet();
    await advance(1_000);
    await next;
    expect(begun).toEqual(['elsewhere@0', 'first@0', 'next@2000']);
  });

  test('the end of an earlier job does not forget a destination that a later one has used', async () => {
    const { clock, limiter, begun, began, job, advance, quiet } = openScene();
    const slow = Promise.withResolvers<void>();
    const first = limiter.run(
      spaced('chat'),
      job('first', () => slow.promise),
    );
    await began(1);
    await clock.advance(500);
    slow.resolve();
    await first;
    // Forgotten at 1,500 at the earliest, had nothing come after it.
    await clock.advance(900);
    await limiter.run(spaced('chat'), job('second'));
    await clock.advance(200);
    const third = limiter.run(spaced('chat'), job('third'));
    await quiet();
    await advance(799);
    expect(begun).toEqual(['first@0', 'second@1400']);
    await advance(1);
    await third;
    expect(begun).toEqual(['first@0', 'second@1400', 'third@2400']);
  });
});

describe('bounds', () => {
  test('over the bound of a destination a job is refused at once, others are not, and room comes back', async () => {
    const { limiter, begun, job, quiet } = openScene({ maxWaitingPerDestination: 3 });
    const hang = Promise.withResolvers<string>();
    const first = limiter.run(
      to('chat'),
      job('first', () => hang.promise),
    );
    const more = [1, 2].map((at) => limiter.run(to('chat'), job(`more-${at}`)));
    expect(await errorOf(limiter.run(spaced('chat', 2_000), job('over')))).toMatchObject({
      code: 'overloaded',
      retryable: true,
      // Three before it, two seconds apart.
      retryAfterMs: 6_000,
    });
    await limiter.run(to('elsewhere'), job('elsewhere'));
    expect(limiter.queue()).toEqual({ waiting: 2, bound: 1_000 });
    hang.resolve('ended');
    expect(await first).toBe('ended');
    await limiter.run(to('chat'), job('later'));
    await Promise.all(more);
    await quiet();
    expect(begun.map((each) => each.split('@')[0])).toEqual([
      'first',
      'elsewhere',
      'more-1',
      'more-2',
      'later',
    ]);
  });

  test('over the bound of all it is the same', async () => {
    const { limiter, job, quiet } = openScene({ maxWaiting: 4, maxPerSecond: 1_000 });
    const hang = Promise.withResolvers<string>();
    const held = [1, 2, 3, 4].map((at) =>
      limiter.run(
        to(`chat-${at}`),
        job('held', () => hang.promise),
      ),
    );
    const over = errorOf(limiter.run(to('chat-5'), job('over')));
    expect(await over).toMatchObject({ code: 'overloaded', retryable: true, retryAfterMs: 1_000 });
    hang.resolve('x');
    await Promise.all(held);
    expect(await limiter.run(to('chat-5'), job('now'))).toBe('now');
    await quiet();
    expect(limiter.queue()).toEqual({ waiting: 0, bound: 4 });
  });

  test('a destination with a thousand jobs lets the others take their turn', async () => {
    const { limiter, begun, job, began } = openScene({
      maxWaiting: 2_000,
      maxWaitingPerDestination: 1_000,
      perMinute: { send: 100 },
    });
    const loud = Array.from({ length: 1_000 }, (_, at) =>
      errorOf(limiter.run(to('loud'), job(`loud-${at}`))),
    );
    const others = [1, 2, 3].map((at) => limiter.run(to(`other-${at}`), job(`other-${at}`)));
    await Promise.all(others);
    await began(4);
    expect(begun.slice(0, 4).map((each) => each.split('@')[0])).toEqual([
      'loud-0',
      'other-1',
      'other-2',
      'other-3',
    ]);
    await limiter.stop();
    const left = (await Promise.all(loud)).filter((end) => end !== 'no error');
    expect(left.length).toBeGreaterThan(900);
    for (const error of left) expect(error).toMatchObject({ code: 'aborted' });
  });
});

describe('rates', () => {
  test('the overall rate holds over all destinations', async () => {
    const clock = createSystemClock();
    const limiter = createLimiter(clock, { maxPerSecond: 100 });
    const startedMs: number[] = [];
    const jobs = Array.from({ length: 12 }, (_, index) =>
      limiter.run(to(`chat-${index}`), async () => void startedMs.push(clock.monotonicMs())),
    );
    await Promise.all(jobs);
    const spanMs = Math.max(...startedMs) - Math.min(...startedMs);
    // A lower bound only: eleven gaps of 10 ms, less what timers may round off.
    expect(spanMs).toBeGreaterThan(11 * 10 - 15);
    await limiter.stop();
  });

  test('a method’s own rate holds over all destinations and holds no other method back', async () => {
    const { limiter, begun, job, quiet } = openScene({ perMinute: { update: 10, constructor: 1 } });
    const updates = Array.from({ length: 5 }, (_, at) =>
      errorOf(limiter.run(to(`chat-${at}`, { method: 'update' }), job('update'))),
    );
    for (let at = 0; at < 20; at += 1) await limiter.run(to(`chat-1${at}`), job('send'));
    await limiter.run(to('a', { method: 'toString' }), job('no rate'));
    await quiet();
    // A fifth of ten at once; the next in 7.5 seconds.
    expect(begun.filter((each) => each === 'update@0')).toHaveLength(2);
    expect(begun.filter((each) => each === 'send@0')).toHaveLength(20);
    expect(limiter.queue().waiting).toBe(3);
    await limiter.stop();
    expect((await Promise.all(updates)).slice(2)).toMatchObject([
      { code: 'aborted' },
      { code: 'aborted' },
      { code: 'aborted' },
    ]);
  });

  test('a resting method keeps its rate for a minute and is then forgotten, without a timer left', async () => {
    const { clock, limiter, begun, job, quiet } = openScene({ perMinute: { update: 2 } });
    const update = (name: string) => limiter.run(to('chat', { method: 'update' }), job(name));
    await update('first');
    await clock.advance(59_999);
    const second = errorOf(update('second'));
    await quiet();
    expect(begun).toEqual(['first@0']);
    await limiter.stop();
    expect(await second).toMatchObject({ code: 'aborted' });

    const other = openScene({ perMinute: { update: 2 } });
    await other.limiter.run(to('chat', { method: 'update' }), other.job('first'));
    await other.advance(60_000);
    expect(other.clock.waiting()).toBe(0);
    await other.limiter.run(to('chat', { method: 'update' }), other.job('second'));
    expect(other.begun).toEqual(['first@0', 'second@60000']);
    await other.limiter.stop();
    expect(other.clock.waiting()).toBe(0);
  });
});

describe('stop', () => {
  test('what runs finishes; the rest and what comes later rejects with `aborted`', async () => {
    const { clock, limiter, began, begun, job } = openScene();
    const hang = Promise.withResolvers<string>();
    const running = limiter.run(
      to('a'),
      job('running', () => hang.promise),
    );
    await limiter.run(spaced('b'), job('b1'));
    await began(2);
    const waitsForSpacing = limiter.run(spaced('b'), job('b2'));
    const queued = limiter.run(to('a'), job('a2'));
    await clock.advance(0);
    const outcomes = Promise.allSettled([running, waitsForSpacing, queued]);
    let isStopped = false;
    const stopped = limiter.stop().then(() => {
      isStopped = true;
    });
    await expect(limiter.run(to('c'), job('c'))).rejects.toMatchObject({ code: 'aborted' });
    await clock.advance(0);
    expect(isStopped).toBe(false);
    hang.resolve('done');
    await stopped;
    expect(await outcomes).toMatchObject([
      { status: 'fulfilled', value: 'done' },
      { status: 'rejected', reason: { code: 'aborted' } },
      { status: 'rejected', reason: { code: 'aborted' } },
    ]);
    expect(begun).toEqual(['running@0', 'b1@0']);
    expect(limiter.queue().waiting).toBe(0);
    expect(clock.waiting()).toBe(0);
    await limiter.stop();
  });

  test('a thousand jobs at every stage all end', async () => {
    const { limiter, job, began } = openScene({ perMinute: { update: 20 } });
    const all = Array.from({ length: 1_000 }, (_, at) =>
      errorOf(
        limiter.run(
          to(`chat-${at % 40}`, { method: at % 3 === 0 ? 'update' : 'send', minIntervalMs: at % 2 }),
          job(`${at}`),
        ),
      ),
    );
    await began(5);
    await limiter.stop();
    const codes = (await Promise.all(all)).map((end) =>
      end instanceof Error ? Reflect.get(end, 'code') : end,
    );
    expect(new Set(codes)).toEqual(new Set(['no error', 'aborted']));
    expect(limiter.queue().waiting).toBe(0);
  });
});
