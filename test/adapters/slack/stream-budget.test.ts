import { expect, test } from 'vitest';
import { createStreamBudget } from '../../../adapters/slack/stream-budget.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';

test('no minute sees more than twenty streams begin, and after a rest some begin at once', async () => {
  const clock = createFakeClock();
  const budget = createStreamBudget(clock);
  const begunMs: number[] = [];
  for (let tenth = 0; tenth < 3_000; tenth += 1) {
    if (budget.take()) begunMs.push(clock.monotonicMs());
    await clock.advance(100);
  }
  const busiest = Math.max(
    ...begunMs.map((from) => begunMs.filter((ms) => ms >= from && ms - from < 60_000).length),
  );
  expect(busiest).toBeLessThanOrEqual(20);
  expect(begunMs.length).toBeGreaterThanOrEqual(80);
  await clock.advance(600_000);
  expect(Array.from({ length: 6 }, () => budget.take())).toEqual([true, true, true, true, false, false]);
});
