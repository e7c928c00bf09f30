import type { GatheredSample } from './gathered-sample.ts';
import { pairUp } from './pair-samples.ts';
import { inSeededOrder } from './seeded-order.ts';

type Batched = Pick<GatheredSample, 'turnId' | 'value' | 'request' | 'answer' | 'longestTokens'>;

const byLength = (a: Batched, b: Batched): number =>
  a.longestTokens - b.longestTokens || (a.turnId < b.turnId ? -1 : 1);

/**
 * Parts samples into as few steps of `batchSize` at most as there can be, of about equal size. Those of one step are of
 * similar length, so that little is padded; both signs are in every step, of twelve and more samples, as long as the rarer
 * one lasts; the two answers of a pair (`pairUp`) are in one step, for which an odd `batchSize` counts one less. Steps are in
 * an order that the seed decides: else all short answers would be learned first. The order of the input does not matter.
 */
export function stepsOf<Sample extends Batched>(
  samples: readonly Sample[],
  batchSize: number,
  seed: number,
): readonly (readonly Sample[])[] {
  const pairs = batchSize < 2 ? [] : pairUp(samples);
  const size = pairs.length === 0 ? batchSize : batchSize - (batchSize % 2);
  const paired = new Set<Sample>(pairs.flat());
  const single = samples.filter((sample) => !paired.has(sample)).toSorted(byLength);
  const good = single.filter(({ value }) => value > 0);
  const bad = single.filter(({ value }) => value < 0);
  const [rarer, commoner] = good.length < bad.length ? [good, bad] : [bad, good];
  const steps = spread([...pairs, ...rarer.map((sample) => [sample])], Math.ceil(samples.length / size));
  return inSeededOrder(
    filledUp(steps, commoner).map((step) => step.toSorted(byLength)),
    seed,
  );
}

/** Evenly over so many steps, the shorter ones in the earlier. */
function spread<Sample extends Batched>(
  units: readonly (readonly Sample[])[],
  count: number,
): readonly (readonly Sample[])[] {
  const lengthOf = (unit: readonly Sample[]): number =>
    unit.reduce((longest, { longestTokens }) => Math.max(longest, longestTokens), 0);
  const idOf = ([first]: readonly Sample[]): string => first?.turnId ?? '';
  const ordered = units.toSorted((a, b) => lengthOf(a) - lengthOf(b) || (idOf(a) < idOf(b) ? -1 : 1));
  const placed = Map.groupBy(ordered.entries(), ([index]) => Math.floor((index * count) / ordered.length));
  return Array.from({ length: count }, (_, step) => (placed.get(step) ?? []).flatMap(([, unit]) => unit));
}

/** The same steps with these, by length, so that all become as equal in size as can be. */
function filledUp<Sample>(
  steps: readonly (readonly Sample[])[],
  samples: readonly Sample[],
): readonly (readonly Sample[])[] {
  const sizes = filledSizes(
    steps.map(({ length }) => length),
    samples.length,
  );
  let next = 0;
  return steps.map((step, index) => {
    const from = next;
    next += (sizes[index] ?? 0) - step.length;
    return [...step, ...samples.slice(from, next)];
  });
}

/** So many more, one at a time to the smallest, of equals to the first. */
function filledSizes(sizes: readonly number[], count: number): readonly number[] {
  let filled = sizes;
  for (let rest = count; rest > 0 && filled.length > 0; ) {
    const least = filled.reduce((smallest, size) => Math.min(smallest, size), Number.POSITIVE_INFINITY);
    filled = filled.map((size) => {
      if (size !== least || rest === 0) return size;
      rest -= 1;
      return size + 1;
    });
  }
  return filled;
}
