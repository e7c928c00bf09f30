import { describe, expect, test } from 'vitest';
import { createSystemClock } from '../../../adapters/system/clock.ts';

const clock = createSystemClock();

describe('system clock', () => {
  test('a sleep resolves and monotonic time has not gone back', async () => {
    const before = clock.monotonicMs();
    await clock.sleep(1);
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(before);
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(60_000);
  });

  test('an aborted sleep rejects with `aborted`, at once where the signal has fired already', async () => {
    const controller = new AbortController();
    const sleep = clock.sleep(3_600_000, controller.signal);
    controller.abort();
    await expect(sleep).rejects.toMatchObject({ name: 'AppError', code: 'aborted' });
    await expect(clock.sleep(3_600_000, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
  });

  test('`after` calls once, in order, and not at all when cancelled', async () => {
    const seen: string[] = [];
    const cancelled = clock.after(0, () => seen.push('cancelled'));
    cancelled.cancel();
    const negative = new Promise<void>((resolve) => {
      clock.after(-5, () => {
        seen.push('negative');
        resolve();
      });
    });
    await negative;
    await clock.sleep(2);
    expect(seen).toEqual(['negative']);
  });

  test('a delay beyond the range of one timer does not fire at once', async () => {
    let fired = false;
    const timer = clock.after(40 * 24 * 3_600_000, () => {
      fired = true;
    });
    await clock.sleep(5);
    expect(fired).toBe(false);
    timer.cancel();
  });
});
