/** A number drawn from a sequence that its state alone determines, and the state after it. */
export interface Drawn<T> {
  readonly value: T;
  readonly state: number;
}

/** The state to begin with, of a hexadecimal digest. */
export function seedOf(digest: string): number {
  return Number.parseInt(digest.slice(0, 8), 16) >>> 0;
}

/** From 0 to below 1 (mulberry32). States are whole numbers from 0 to 2³² − 1. */
export function draw(from: number): Drawn<number> {
  const state = (from + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return { value: ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296, state };
}

/** An index, each in proportion to its weight; `undefined` where no weight is above 0. */
export function drawIndex(weights: readonly number[], from: number): Drawn<number | undefined> {
  const { value, state } = draw(from);
  const total = weights.reduce((sum, weight) => sum + Math.max(0, weight), 0);
  let left = value * total;
  let last: number | undefined;
  for (const [index, weight] of weights.entries()) {
    if (weight <= 0) continue;
    last = index;
    left -= weight;
    if (left < 0) break;
  }
  return { value: last, state };
}

/** All of them in an order of chance. */
export function shuffled<T>(items: readonly T[], from: number): Drawn<readonly T[]> {
  let state = from;
  const places = items.map((item) => {
    const drawn = draw(state);
    state = drawn.state;
    return { item, place: drawn.value };
  });
  return { value: places.toSorted((a, b) => a.place - b.place).map(({ item }) => item), state };
}
