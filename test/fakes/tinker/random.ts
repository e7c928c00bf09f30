/** Numbers of [0, 1), the same for the same seed. */
export type Random = () => number;

export function createRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One seed of several parts, so that each part alone changes it. */
export function mixSeeds(...parts: readonly number[]): number {
  return parts.reduce((mixed, part) => (Math.imul(mixed ^ (part | 0), 0x9e3779b1) ^ (mixed >>> 13)) | 0, 7);
}

/** `count` draws of a normal distribution with mean 0. */
export function normals(random: Random, count: number, deviation: number): Float64Array {
  return Float64Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    return deviation * radius * Math.cos(2 * Math.PI * random());
  });
}
