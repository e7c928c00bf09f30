import { describe, expect, test } from 'vitest';
import { createLimiter } from '../../../adapters/limiter/limiter.ts';
import { createSystemClock } from '../../../adapters/system/clock.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';

/** Jobs that note when they began and end on command. */
function scene() {
  const clock = createFakeClock(0);
  const limiter = createLimiter(clock, { maxPerSecond: 1_000_000 });
  const begun: string[] = [];
  const watchers = new Set<() => void>();
  const began = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (begun.length < count) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });
  const job = (name: string) => async (): Promise<string> => {
    begun.push(`${name}@${clock.monotonicMs()}`);
    for (const watcher of [...watchers]) watcher();
    return name;
  };
  return { clock, limiter, begun, began, job };
}

describe('limiter', () => {
  test('jobs of one key run in the order given, at least their interval apart', async () => {
    const { clock, limiter, begun, began, job } = scene();
    // Whatever was let through before it has begun when a job of another key has run.
    const sentinel = () => limiter.run('sentinel', 0, async () => undefined);
    const results = ['a', 'b', 'c'].map((name) => limiter.run('chat', 1_000, job(name)));
    await began(1);
    expect(limiter.waiting()).toBe(2);
    await results[0];
    await sentinel();
    expect(begun).toEqual(['a@0']);
    await clock.advance(999);
    await sentinel();
    expect(begun).toEqual(['a@0']);
    await clock.advance(1);
    await results[1];
    await sentinel();
    expect(begun).toEqual(['a@0', 'b@1000']);
    await clock.advance(1_000);
    expect(await Promise.all(results)).toEqual(['a', 'b', 'c']);
    expect(begun).toEqual(['a@0', 'b@1000', 'c@2000']);
    expect(limiter.waiting()).toBe(0);
  });

  test('one key never waits for another', async () => {
    const { limiter, begun, began, job } = scene();
    const hang = Promise.withResolvers<void>();
    const first = limiter.run('slow', 0, async () => await hang.promise);
    const second = limiter.run('slow', 0, job('behind'));
    await limiter.run('quick', 1_000, job('quick'));
    await began(1);
    expect(begun).toEqual(['quick@0']);
    hang.resolve();
    await Promise.all([first, second]);
    expect(begun).toEqual(['quick@0', 'behind@0']);
  });

  test('a job that fails rejects its own caller and lets the next one run', async () => {
    const { limiter, job } = scene();
    const boom = new Error('boom');
    const failed = limiter.run('k', 0, () => Promise.reject(boom));
    const thrown = limiter.run('k', 0, () => {
      throw boom;
    });
    const next = limiter.run('k', 0, job('next'));
    await expect(failed).rejects.toBe(boom);
    await expect(thrown).rejects.toBe(boom);
    await expect(next).resolves.toBe('next');
    expect(limiter.waiting()).toBe(0);
  });

  test('a long job does not push the interval out: it counts from start to start', async () => {
    const { clock, limiter, begun, began, job } = scene();
    const hang = Promise.withResolvers<void>();
    const long = limiter.run('k', 0, async () => {
      await job('long')();
      await hang.promise;
    });
    const next = limiter.run('k', 100, job('next'));
    await began(1);
    await clock.advance(5_000);
    hang.resolve();
    await long;
    await next;
    expect(begun).toEqual(['long@0', 'next@5000']);
  });

  test('a key waits one interval after its last job and then leaves no timer behind', async () => {
    const { clock, limiter, begun, job } = scene();
    for (let chat = 0; chat < 50; chat += 1) await limiter.run(`chat-${chat}`, 1_000, job('x'));
    // One timer a key.
    await clock.advance(0);
    expect(clock.waiting()).toBe(50);
    await clock.advance(1_000);
    expect(clock.waiting()).toBe(0);
    begun.length = 0;
    await limiter.run('chat-1', 1_000, job('again'));
    expect(begun).toEqual(['again@1000']);
  });

  test('a job without spacing in between does not make the key forget the spacing of the others', async () => {
    const { clock, limiter, begun, job } = scene();
    await limiter.run('chat', 1_000, job('send'));
    await limiter.run('chat', 0, job('react'));
    await clock.advance(400);
    const next = limiter.run('chat', 1_000, job('next'));
    // Whatever was let through before it has begun when a job of another key has run.
    await limiter.run('sentinel', 0, async () => undefined);
    await clock.advance(599);
    await limiter.run('sentinel', 0, async () => undefined);
    expect(begun).toEqual(['send@0', 'react@0']);
    await clock.advance(1);
    await next;
    expect(begun).toEqual(['send@0', 'react@0', 'next@1000']);
  });

  test('the end of an earlier job does not forget a key that a later one has used', async () => {
    const { clock, limiter, begun, began, job } = scene();
    const slow = Promise.withResolvers<void>();
    const first = limiter.run('chat', 1_000, async () => {
      await job('first')();
      await slow.promise;
    });
    await began(1);
    await clock.advance(500);
    slow.resolve();
    await first;
    // Forgotten at 1,500 at the earliest, had nothing come after it.
    await clock.advance(900);
    await limiter.run('chat', 1_000, job('second'));
    await clock.advance(200);
    const third = limiter.run('chat', 1_000, job('third'));
    await limiter.run('sentinel', 0, async () => undefined);
    await clock.advance(799);
    await limiter.run('sentinel', 0, async () => undefined);
    expect(begun).toEqual(['first@0', 'second@1400']);
    await clock.advance(1);
    await third;
    expect(begun).toEqual(['first@0', 'second@1400', 'third@2400']);
  });

  test('stop lets what runs finish and refuses the rest with `aborted`', async () => {
    const { clock, limiter, began, begun, job } = scene();
    const hang = Promise.withResolvers<string>();
    const running = limiter.run('a', 0, () => {
      begun.push('running');
      return hang.promise;
    });
    await limiter.run('b', 1_000, job('b1'));
    await began(2);
    const spaced = limiter.run('b', 1_000, job('b2'));
    const queued = limiter.run('a', 0, job('a2'));
    await clock.advance(0);
    const outcomes = Promise.allSettled([running, spaced, queued]);
    const stopped = limiter.stop();
    await expect(limiter.run('c', 0, job('c'))).rejects.toMatchObject({ code: 'aborted' });
    hang.resolve('done');
    await stopped;
    expect(await outcomes).toMatchObject([
      { status: 'fulfilled', value: 'done' },
      { status: 'rejected', reason: { code: 'aborted' } },
      { status: 'rejected', reason: { code: 'aborted' } },
    ]);
    expect(begun).toEqual(['running', 'b1@0']);
    expect(limiter.waiting()).toBe(0);
    await limiter.stop();
  });

  test('the overall rate holds over all keys', async () => {
    const clock = createSystemClock();
    const limiter = createLimiter(clock, { maxPerSecond: 100 });
    const startedMs: number[] = [];
    const jobs = Array.from({ length: 12 }, (_, index) =>
      limiter.run(`chat-${index}`, 0, async () => void startedMs.push(clock.monotonicMs())),
    );
    await Promise.all(jobs);
    const spanMs = Math.max(...startedMs) - Math.min(...startedMs);
    // A lower bound only: eleven gaps of 10 ms, less what timers may round off.
    expect(spanMs).toBeGreaterThan(11 * 10 - 15);
    await limiter.stop();
  });
});
