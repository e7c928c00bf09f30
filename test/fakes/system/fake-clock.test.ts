import { describe, expect, test } from 'vitest';
import { createFakeClock } from './fake-clock.ts';

describe('fake clock', () => {
  test('runs due timers in order of time, then of creation, each at its own instant', async () => {
    const clock = createFakeClock(1_000);
    const seen: [string, number][] = [];
    clock.after(30, () => seen.push(['late', clock.now()]));
    clock.after(10, () => seen.push(['early', clock.now()]));
    clock.after(10, () => seen.push(['early too', clock.now()]));
    await clock.advance(20);
    expect(seen).toEqual([
      ['early', 1_010],
      ['early too', 1_010],
    ]);
    expect(clock.now()).toBe(1_020);
    await clock.advance(10);
    expect(seen.at(-1)).toEqual(['late', 1_030]);
    expect(clock.waiting()).toBe(0);
  });

  test('a chain of sleeps inside the span runs through', async () => {
    const clock = createFakeClock(0);
    const seen: number[] = [];
    const chain = (async () => {
      for (let round = 0; round < 3; round += 1) {
        await clock.sleep(10);
        seen.push(clock.now());
      }
    })();
    await clock.advance(35);
    await chain;
    expect(seen).toEqual([10, 20, 30]);
  });

  test('a cancelled timer does not run and an aborted sleep rejects with `aborted`', async () => {
    const clock = createFakeClock();
    let ran = false;
    clock
      .after(5, () => {
        ran = true;
      })
      .cancel();
    const controller = new AbortController();
    const sleep = clock.sleep(5, controller.signal);
    controller.abort();
    await expect(sleep).rejects.toMatchObject({ code: 'aborted' });
    await expect(clock.sleep(5, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
    await clock.advance(10);
    expect(ran).toBe(false);
    expect(clock.waiting()).toBe(0);
  });

  test('a jump moves the wall clock alone', async () => {
    const clock = createFakeClock(1_000);
    const firedAt: number[] = [];
    clock.after(10, () => firedAt.push(clock.now()));
    clock.jump(-500);
    expect(clock.now()).toBe(500);
    expect(clock.monotonicMs()).toBe(0);
    expect(firedAt).toEqual([]);
    await clock.advance(10);
    expect(firedAt).toEqual([510]);
    expect(clock.monotonicMs()).toBe(10);
  });
});
