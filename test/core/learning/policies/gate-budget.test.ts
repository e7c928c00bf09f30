import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CallBudget } from '../../../../core/feedback/call-budget.ts';
import { createGateBudget } from '../../../../core/learning/policies/gate-budget.ts';
import { type OpenStores, openAt } from '../../../adapters/sqlite/rig.ts';
import { createFakeClock, type FakeClock } from '../../../fakes/system/fake-clock.ts';
import { DAY_MS } from './policy-rig.ts';

describe('the budget of the test of policies', () => {
  let open: OpenStores;
  let clock: FakeClock;
  beforeEach(() => {
    open = openAt(':memory:');
    clock = createFakeClock(Date.UTC(2026, 0, 5, 23, 59, 59));
  });
  afterEach(() => open.database.close());
  /** As after a start: nothing is known but what is stored. */
  const started = (dailyCalls = 10): CallBudget => createGateBudget(open.stores.settings, clock, dailyCalls);

  test('gives calls until the day has no more, all or none of what is asked for', async () => {
    const budget = started();
    expect(await budget.spentToday()).toBe(0);
    expect(await budget.reserve(7)).toBe(true);
    expect(await budget.reserve(4)).toBe(false);
    expect(await budget.spentToday()).toBe(7);
    expect(await budget.reserve(3)).toBe(true);
    expect(await budget.reserve(1)).toBe(false);
    expect(await budget.spentToday()).toBe(10);
  });

  test('holds over a restart, also with another limit', async () => {
    expect(await started().reserve(8)).toBe(true);
    expect(await started().reserve(3)).toBe(false);
    expect(await started(8).reserve(1)).toBe(false);
    expect(await started(11).reserve(3)).toBe(true);
    expect(await started().spentToday()).toBe(11);
  });

  test('is whole again on the next day, by UTC', async () => {
    const budget = started();
    expect(await budget.reserve(10)).toBe(true);
    await clock.advance(999);
    expect(await budget.reserve(1)).toBe(false);
    await clock.advance(1);
    expect(await budget.spentToday()).toBe(0);
    expect(await budget.reserve(10)).toBe(true);
    expect(await started().reserve(1)).toBe(false);
  });

  test('two who ask at once do not take the same call', async () => {
    const budget = started(1);
    const taken = await Promise.all([budget.reserve(1), budget.reserve(1), budget.reserve(1)]);
    expect(taken).toEqual([true, false, false]);
  });

  test('what is stored and cannot be read is no day of before', async () => {
    for (const value of [
      null,
      'x',
      {},
      { day: '2026-01-05' },
      { day: 5, calls: 9 },
      { day: '2026-01-05', calls: '9' },
    ]) {
      await open.stores.settings.set('system', 'gate-calls', value);
      expect(await started().spentToday()).toBe(0);
    }
    expect(await started().reserve(10)).toBe(true);
    expect(await started().reserve(1)).toBe(false);
  });

  test('no day has more than it may, and none less, over whatever restarts', async () => {
    const asks = fc.array(
      fc.record({
        calls: fc.integer({ min: 1, max: 6 }),
        isRestarted: fc.boolean(),
        isNextDay: fc.boolean(),
      }),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(asks, async (todo) => {
        await clock.advance(DAY_MS);
        let budget = started();
        let spent = 0;
        for (const { calls, isRestarted, isNextDay } of todo) {
          if (isNextDay) {
            await clock.advance(DAY_MS);
            spent = 0;
          }
          if (isRestarted) budget = started();
          const fits = spent + calls <= 10;
          expect(await budget.reserve(calls)).toBe(fits);
          if (fits) spent += calls;
          expect(await budget.spentToday()).toBe(spent);
        }
      }),
      { numRuns: 60 },
    );
  });
});
