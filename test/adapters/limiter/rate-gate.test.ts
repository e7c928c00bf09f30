import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRateGate, perMinute, perSecond } from '../../../adapters/limiter/rate-gate.ts';

/** How many of `asked` pass while another gate lets 30 pass. */
async function passAtOnce(callsAMinute: number, asked: number): Promise<number> {
  const gate = createRateGate(perMinute(callsAMinute));
  const other = createRateGate(perSecond(1_000_000));
  let passed = 0;
  const all = Array.from({ length: asked }, () =>
    gate.pass().then(
      () => {
        passed += 1;
        return 'passed';
      },
      () => 'closed',
    ),
  );
  for (let at = 0; at < 30; at += 1) await other.pass();
  const atOnce = passed;
  await Promise.all([gate.close(), other.close()]);
  const ends = await Promise.all(all);
  expect(ends.filter((end) => end === 'passed')).toHaveLength(passed);
  expect(ends).toHaveLength(asked);
  return atOnce;
}

describe('rate gate', () => {
  test('no minute sees more calls than allowed, whatever the rate and wherever the minute begins', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), (calls) => {
        const { minTime, reservoir, ...increase } = perMinute(calls);
        if (reservoir === undefined) {
          expect(Number(minTime) * calls).toBeGreaterThanOrEqual(60_000);
          return;
        }
        const stock = Number(reservoir);
        expect(increase.reservoirIncreaseMaximum).toBe(stock);
        expect(increase.reservoirIncreaseAmount).toBe(1);
        const increases = 60_000 / Number(increase.reservoirIncreaseInterval);
        expect(stock + increases).toBeLessThanOrEqual(calls);
        // And not much less.
        expect(stock + increases).toBeGreaterThan(calls * 0.9 - 1);
      }),
    );
  });

  test('a fifth of a minute’s calls passes at once after a rest; the next one waits', async () => {
    expect(await passAtOnce(50, 12)).toBe(10);
    expect(await passAtOnce(10, 4)).toBe(2);
  });

  test('a rate too small for a burst lets one pass', async () => {
    expect(await passAtOnce(1, 3)).toBe(1);
    expect(await passAtOnce(9, 3)).toBe(1);
  });

  test('callers pass in the order of asking', async () => {
    const gate = createRateGate(perSecond(500));
    const passed: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, async (_, at) => {
        await gate.pass();
        passed.push(at);
      }),
    );
    expect(passed).toEqual(Array.from({ length: 20 }, (_, at) => at));
    await gate.close();
    await expect(gate.pass()).rejects.toThrow();
  });
});
