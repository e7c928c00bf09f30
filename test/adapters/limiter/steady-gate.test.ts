import { afterEach, expect, test, vi } from 'vitest';
import { createLimiter } from '../../../adapters/limiter/limiter.ts';
import { createSystemClock } from '../../../adapters/system/clock.ts';
import { to } from './limiter-scene.ts';

afterEach(() => {
  vi.useRealTimers();
});

const hour = 3_600_000;
const setClockBack = (): void => void vi.setSystemTime(Date.now() - hour);

test('a wall clock that is set back stops nothing, neither what comes then nor what waits already', async () => {
  // Only the wall clock is replaced: timers run on.
  vi.useFakeTimers({ toFake: ['Date'] });
  const limiter = createLimiter(createSystemClock(), { maxPerSecond: 20, perMinute: { send: 600 } });
  const done: string[] = [];
  const run = (name: string): Promise<unknown> => limiter.run(to(name), async () => done.push(name));
  await run('before');
  setClockBack();
  await run('after');
  const waiting = ['a', 'b', 'c', 'd'].map(run);
  await waiting[0];
  setClockBack();
  await Promise.all(waiting);
  expect(done.toSorted()).toEqual(['a', 'after', 'b', 'before', 'c', 'd']);
  await limiter.stop();
});

test('stop rejects what waits, also after a new gate took over', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const limiter = createLimiter(createSystemClock(), { maxPerSecond: 1 });
  await limiter.run(to('before'), async () => undefined);
  setClockBack();
  const waiting = ['a', 'b', 'c'].map((name) => limiter.run(to(name), async () => name));
  const outcomes = Promise.allSettled(waiting);
  await waiting[0];
  await limiter.stop();
  expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
});
