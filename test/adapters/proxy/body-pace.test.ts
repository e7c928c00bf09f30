import { expect, test } from 'vitest';
import { watchBodyPace } from '../../../adapters/proxy/body-pace.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';

test.each([
  [0, 10_000],
  [81_920, 10_000],
  [163_840, 20_000],
  [1_000_000_000, 600_000],
])('%i bytes are enough for %i ms', async (bytes, enoughMs) => {
  const clock = createFakeClock();
  let late = 0;
  watchBodyPace(
    clock,
    () => bytes,
    () => {
      late += 1;
    },
  );
  await clock.advance(enoughMs - 1);
  expect(late).toBe(0);
  await clock.advance(1);
  expect([late, clock.waiting()]).toEqual([1, 0]);
});

test('one that has ended is not late', async () => {
  const clock = createFakeClock();
  let bytes = 0;
  const pace = watchBodyPace(
    clock,
    () => bytes,
    () => expect.unreachable(),
  );
  bytes = 1_000_000;
  await clock.advance(20_000);
  pace.stop();
  await clock.advance(600_000);
  expect(clock.waiting()).toBe(0);
});
