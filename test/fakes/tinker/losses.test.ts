import { describe, expect, test } from 'vitest';
import { lossAt } from './losses.ts';

const half = Math.log(0.5);
const point = (ratio: number, advantage: number) => ({
  logprob: half,
  old: half - Math.log(ratio),
  advantage,
  weight: 1,
});
const clips = { clip_low_threshold: 0.8, clip_high_threshold: 1.2 };

describe('losses by hand', () => {
  test('cross_entropy is minus the log-probability', () => {
    expect(lossAt('cross_entropy', point(1, 0), {})).toEqual({ loss: Math.log(2), slope: -1 });
  });

  test.each([
    [1.5, 2, -3, -3],
    [0.5, -2, 1, 1],
  ])('importance_sampling at ratio %f, advantage %f', (ratio, advantage, loss, slope) => {
    const value = lossAt('importance_sampling', point(ratio, advantage), {});
    expect(value.loss).toBeCloseTo(loss, 12);
    expect(value.slope).toBeCloseTo(slope, 12);
  });

  test.each([
    // The gain is cut, and with it the pull.
    [1.5, 2, -2.4, 0],
    // A worsened answer that became likelier is still pushed back.
    [1.5, -2, 3, 3],
    [0.5, -2, 1.6, 0],
    [0.5, 2, -1, -1],
    [1.1, 2, -2.2, -2.2],
  ])('ppo at ratio %f, advantage %f', (ratio, advantage, loss, slope) => {
    const value = lossAt('ppo', point(ratio, advantage), clips);
    expect(value.loss).toBeCloseTo(loss, 12);
    expect(value.slope).toBeCloseTo(slope, 12);
  });

  test.each([
    [1.5, 2, 1.2 * 2],
    [0.5, 2, 0.8 * 2],
    [1.1, -1, -1.1],
  ])('cispo at ratio %f, advantage %f pulls with the clipped ratio', (ratio, advantage, pull) => {
    const value = lossAt('cispo', point(ratio, advantage), clips);
    expect(value.loss).toBeCloseTo(-pull * half, 12);
    expect(value.slope).toBeCloseTo(-pull, 12);
  });

  test('dro draws back towards the old log-probability', () => {
    const value = lossAt('dro', { logprob: -1, old: -3, advantage: 0.5, weight: 1 }, { beta: 0.1 });
    expect(value.loss).toBeCloseTo(-(-0.5 - 0.05 * 4), 12);
    expect(value.slope).toBeCloseTo(-0.5 + 0.1 * 2, 12);
  });
});
