import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMetrics } from '../../../adapters/system/metrics.ts';
import { type Breaker, type BreakerEntry, createBreaker } from '../../../adapters/upstream/breaker.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';

function rig(): {
  readonly breaker: Breaker;
  readonly clock: FakeClock;
  readonly logger: ReturnType<typeof createMemoryLogger>;
} {
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  return { breaker: createBreaker({ name: 'u', clock, logger, metrics: createMetrics() }), clock, logger };
}

function enter(breaker: Breaker): BreakerEntry {
  const entry = breaker.enter();
  if (entry === undefined) throw new Error('The breaker let nobody in.');
  return entry;
}

function wearOut(breaker: Breaker): void {
  for (let times = 0; times < 5; times += 1) enter(breaker).failed('it broke.');
}

test('one answer in between and the count starts over', () => {
  const { breaker } = rig();
  for (const outcome of [
    'failed',
    'failed',
    'failed',
    'failed',
    'served',
    'failed',
    'dropped',
    'failed',
  ] as const) {
    enter(breaker)[outcome]('it broke.');
  }
  expect(breaker.admits()).toBe(true);
  expect(breaker.problem()).toBeUndefined();
});

test('what began before the rest neither ends nor prolongs it', async () => {
  const { breaker, clock, logger } = rig();
  const [early, late] = [enter(breaker), enter(breaker)];
  wearOut(breaker);
  early.served();
  expect(breaker.admits()).toBe(false);
  await clock.advance(20_000);
  late.failed('late');
  expect(breaker.restMs()).toBe(10_000);
  expect(logger.of('upstream_rests')).toHaveLength(1);
});

test('the first word about an attempt counts', () => {
  const { breaker } = rig();
  for (let times = 0; times < 10; times += 1) {
    const entry = enter(breaker);
    entry.served();
    entry.failed('too late');
  }
  expect(breaker.admits()).toBe(true);
});

test('is measured by a clock that does not jump', async () => {
  const { breaker, clock } = rig();
  wearOut(breaker);
  clock.jump(3_600_000);
  expect(breaker.admits()).toBe(false);
  await clock.advance(30_000);
  expect(breaker.admits()).toBe(true);
});

type Step =
  | { readonly kind: 'enter' }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'settle'; readonly index: number; readonly how: 'served' | 'failed' | 'dropped' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'enter' } as const) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(500, 2_000, 30_000) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      index: fc.nat(9),
      how: fc.constantFrom(
        'served' as const,
        'failed' as const,
        'failed' as const,
        'failed' as const,
        'dropped' as const,
      ),
    }),
  },
);

test('whatever happens: it lets in as it says, rests no longer than 30 seconds, and is well after a trial that was served', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const { breaker, clock } = rig();
      const inside: { readonly entry: BreakerEntry; readonly isTrial: boolean }[] = [];
      for (const done of steps) {
        if (done.kind === 'pass') await clock.advance(done.ms);
        if (done.kind === 'enter') {
          const isTrial = breaker.problem() !== undefined;
          const wasAdmitting = breaker.admits();
          const entry = breaker.enter();
          expect(entry !== undefined).toBe(wasAdmitting);
          // Two trials never begin at once.
          if (isTrial && entry !== undefined) expect(breaker.admits()).toBe(false);
          if (entry !== undefined) inside.push({ entry, isTrial });
        }
        if (done.kind === 'settle') {
          const [settled] = inside.splice(done.index % Math.max(1, inside.length), 1);
          settled?.entry[done.how]('it broke.');
        }
        expect(breaker.restMs() > 0).toBe(!breaker.admits());
        expect(breaker.restMs()).toBeLessThanOrEqual(30_000);
        if (!breaker.admits()) expect(breaker.problem()).toBeDefined();
      }
      await clock.advance(30_000);
      breaker.enter()?.served();
      expect(breaker.problem()).toBeUndefined();
    }),
    { numRuns: 100 },
  );
});
