import { expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import { createSampledRetention, type SampledRetention } from '../../../core/feedback/sampled-retention.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';

const day = 86_400_000;

interface Rig {
  readonly retention: SampledRetention;
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  /** When the turns began of which something is kept. */
  readonly kept: number[];
  /** `before` and `limit` of each call. */
  readonly calls: (readonly [before: number, limit: number])[];
  fail(error: Error | undefined): void;
}

async function rig(agesDays: readonly number[]): Promise<Rig> {
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  const kept = agesDays.map((age) => clock.now() - age * day);
  const calls: (readonly [number, number])[] = [];
  let failure: Error | undefined;
  const retention = await createSampledRetention({
    turns: {
      keepsSampled: async () => kept.length > 0,
      async forgetSampled(before, limit) {
        calls.push([before, limit]);
        if (failure !== undefined) throw failure;
        const old = kept.filter((startedAt) => startedAt < before).slice(0, limit);
        for (const one of old) kept.splice(kept.indexOf(one), 1);
        return old.length;
      },
    },
    keepMs: 90 * day,
    clock,
    logger,
  });
  return {
    retention,
    clock,
    logger,
    kept,
    calls,
    fail: (error) => {
      failure = error;
    },
  };
}

test('what is too old is forgotten at the start, and what becomes too old once a day', async () => {
  const { retention, clock, kept, calls, logger } = await rig([91, 89.5, 10]);
  expect(calls).toEqual([]);
  retention.start();
  retention.start();
  await clock.advance(0);
  expect(kept).toHaveLength(2);
  expect(calls).toHaveLength(1);
  await clock.advance(day - 1);
  expect(calls).toHaveLength(1);
  await clock.advance(1);
  expect(kept).toHaveLength(1);
  expect(calls.map(([before]) => before)).toEqual([clock.now() - 91 * day, clock.now() - 90 * day]);
  expect(logger.of('sampled_forgotten')).toMatchObject([{ fields: { turns: 1 } }, { fields: { turns: 1 } }]);
  await retention.stop();
  expect(clock.waiting()).toBe(0);
});

test('much is forgotten in pieces, with pauses for those who wait for the store', async () => {
  const { retention, clock, kept, calls } = await rig(Array.from({ length: 101 }, () => 100));
  retention.start();
  await clock.advance(0);
  const [, limit] = calls[0] ?? [0, 0];
  expect(calls).toHaveLength(1);
  expect(kept).toHaveLength(101 - limit);
  expect(limit).toBeLessThanOrEqual(50);
  await clock.advance(60_000);
  expect(kept).toEqual([]);
  expect(calls).toHaveLength(Math.ceil(101 / limit));
  await retention.stop();
});

test('a stop ends it between two pieces', async () => {
  const { retention, clock, kept, calls } = await rig(Array.from({ length: 101 }, () => 100));
  retention.start();
  await clock.advance(0);
  await retention.stop();
  await retention.stop();
  await clock.advance(2 * day);
  expect(calls).toHaveLength(1);
  expect(kept.length).toBeGreaterThan(0);
  expect(clock.waiting()).toBe(0);
});

test('a store that fails is logged and tried again before the day is over', async () => {
  const { retention, clock, kept, logger, fail } = await rig([100]);
  fail(new AppError('storage_busy', 'Locked.'));
  retention.start();
  await clock.advance(0);
  expect(logger.of('sampled_not_forgotten')).toHaveLength(1);
  expect(kept).toHaveLength(1);
  fail(undefined);
  await clock.advance(60 * 60_000);
  expect(kept).toEqual([]);
  await retention.stop();
});

test('whether any are left is known from the beginning, and again after each time', async () => {
  const none = await rig([]);
  expect(none.retention.wereAny()).toBe(false);
  const { retention, clock } = await rig([100, 89.5]);
  expect(retention.wereAny()).toBe(true);
  retention.start();
  await clock.advance(0);
  expect(retention.wereAny()).toBe(true);
  await clock.advance(day);
  expect(retention.wereAny()).toBe(false);
  await retention.stop();
});
