import { describe, expect, test } from 'vitest';
import { createCrowd } from '../../../bench/lib/throughput/crowd.ts';
import { createProgress } from '../../../bench/lib/throughput/progress.ts';

describe('people on a platform', () => {
  test('write by conversations in turn, and each message is taken once', () => {
    const crowd = createCrowd(3, () => 0);
    let calls = 0;
    crowd.onMore(() => {
      calls += 1;
    });
    crowd.write(4);
    expect(calls).toBe(1);
    const [first, ...rest] = [...crowd.take(3), ...crowd.take(3)];
    expect([first, ...rest].map((message) => message?.conversation)).toEqual([0, 1, 2, 0]);
    expect([first, ...rest].map((message) => message?.number)).toEqual([1, 2, 3, 4]);
    expect(crowd.take(3)).toEqual([]);
  });

  test('tell what they waited for an acknowledgement and an answer, the first of each', () => {
    let now = 100;
    const crowd = createCrowd(2, () => now);
    crowd.write(2);
    crowd.take(2);
    now = 130;
    crowd.acknowledged(1);
    crowd.acknowledged(1);
    crowd.acknowledged(7);
    now = 150;
    crowd.answered(1);
    crowd.answered(1);
    expect(crowd.report()).toEqual({
      acknowledgementsMs: [30],
      answersMs: [50],
      answersOf: [0, 1],
      handedOver: 2,
    });
    expect(crowd.report().answersMs).toEqual([50]);
    crowd.forget();
    expect(crowd.report()).toEqual({
      acknowledgementsMs: [],
      answersMs: [],
      answersOf: [0, 0],
      handedOver: 0,
    });
  });

  test('who talks writes again once answered', () => {
    const crowd = createCrowd(2, () => 0);
    crowd.talk();
    expect(crowd.take(9).map(({ conversation }) => conversation)).toEqual([0, 1]);
    crowd.answered(1);
    expect(crowd.take(9).map(({ conversation }) => conversation)).toEqual([1]);
    crowd.answered(0);
    crowd.answered(1);
    expect(crowd.take(9).map(({ conversation }) => conversation)).toEqual([0, 1]);
    expect(crowd.report().answersOf).toEqual([1, 2]);
  });
});

describe('progress', () => {
  test('is reached by what was done before and after asking, and begins anew', async () => {
    const progress = createProgress();
    progress.one();
    const reached = progress.reach(3, 10_000);
    progress.one();
    progress.one();
    await reached;
    progress.one();
    await progress.reach(1, 10_000);
  });

  test('gives up when nothing more comes', async () => {
    const progress = createProgress();
    progress.one();
    await expect(progress.reach(2, 5)).rejects.toThrow('1 of 2 were done');
  });
});
