import { expect, test } from 'vitest';
import { createBackPressure } from '../../../core/intake/back-pressure.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';

test('who brings too much waits until half of it is done, and nothing is left running', async () => {
  const clock = createFakeClock();
  let load = 0.9;
  const pressure = createBackPressure({ clock, load: () => load, longestMs: 2_000 });
  expect(pressure.wait()).toBeUndefined();
  load = 1;
  const waiting = pressure.wait();
  load = 0.6;
  pressure.look();
  expect(pressure.wait()).toBe(waiting);
  load = 0.5;
  pressure.look();
  await waiting;
  expect(pressure.wait()).toBeUndefined();
  expect(clock.waiting()).toBe(0);
});

test('nobody waits longer than that, nor once all are let go', async () => {
  const clock = createFakeClock();
  const pressure = createBackPressure({ clock, load: () => 3, longestMs: 2_000 });
  const first = pressure.wait();
  await clock.advance(2_000);
  await first;
  const second = pressure.wait();
  expect(second).not.toBe(first);
  pressure.release();
  await second;
  expect(clock.waiting()).toBe(0);
});
