import { expect, test } from 'vitest';
import { createPace, type Work } from '../../../adapters/ics-calendar/pace.ts';

/** Work in pieces that each take so long. */
function* pieces(durations: readonly number[], pass: (ms: number) => void): Work<string> {
  for (const ms of durations) {
    pass(ms);
    yield;
  }
  return 'done';
}

function subject(onBreath: () => void = () => {}) {
  let nowMs = 0;
  let last = 0;
  const waits: number[] = [];
  const pace = createPace({
    monotonicMs: () => nowMs,
    async breathe() {
      waits.push(nowMs - last);
      // What others do takes time that is not the work’s.
      nowMs += 500;
      last = nowMs;
      onBreath();
    },
  });
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { pace, pass, waits };
}

test('others wait at most 20 ms where no piece takes more than 15', async () => {
  const { pace, pass, waits } = subject();
  expect(await pace(pieces([1, 2, 1.9, 15, 4.9, 0.1, 15, 4, 4, 4, 0.9], pass))).toBe('done');
  expect(waits).toEqual([19.9, 5, 15, 8].map((ms) => expect.closeTo(ms)));
});

test('counts on from one work to the next, and breathes for neither where both are short', async () => {
  const { pace, pass, waits } = subject();
  await pace(pieces([4], pass));
  expect(waits).toEqual([]);
  await pace(pieces([2, 1], pass));
  expect(waits).toEqual([6]);
});

test('ends when a breath says so', async () => {
  const stop = new Error('stop');
  const { pace, pass } = subject(() => {
    throw stop;
  });
  await expect(pace(pieces([5, 5, 5], pass))).rejects.toBe(stop);
});
