import { createSeededRandom } from '../seeded-random.ts';

/** Chance of the usual kinds; the same for the same seed. */
export interface Draws {
  /** 0 … 1 without 1. */
  uniform(): number;
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  exponential(mean: number): number;
}

export function createDraws(seed: number): Draws {
  const random = createSeededRandom(seed);
  const uniform = (): number => random.below(2 ** 32) / 2 ** 32;
  return {
    uniform,
    between: (low, high) => low + uniform() * (high - low),
    chance: (probability) => uniform() < probability,
    exponential: (mean) => -mean * Math.log1p(-uniform()),
  };
}
