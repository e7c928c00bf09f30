import type { TuningExample } from './tuning-example.ts';

export interface HeldBack {
  readonly train: readonly TuningExample[];
  /** Not trained on: the provider measures with it how the training goes. Empty where there are too few to spare. */
  readonly check: readonly TuningExample[];
}

const leastToSpare = 50;
const share = 0.1;

/** Takes a tenth out, where there are 50 or more. The same examples give the same tenth, in whatever order. */
export function holdBack(examples: readonly TuningExample[], digest: (text: string) => string): HeldBack {
  const count = examples.length < leastToSpare ? 0 : Math.floor(examples.length * share);
  const drawn = examples
    .map((example) => ({ example, lot: digest(`hold back ${example.turnIds.join(' ')}`) }))
    .toSorted((a, b) => (a.lot < b.lot ? -1 : 1))
    .slice(0, count)
    .map(({ example }) => example);
  const held = new Set(drawn);
  return {
    train: examples.filter((example) => !held.has(example)),
    check: examples.filter((example) => held.has(example)),
  };
}

/** The data as a file: one line an example. */
export function jsonLines(examples: readonly TuningExample[]): string {
  return examples.map(({ line }) => `${line}\n`).join('');
}
