import { createSeededRandom } from '../../../../bench/lib/seeded-random.ts';
import { personId } from '../../../../core/domain/ids.ts';
import type { JudgedExposure } from '../../../../core/skills/proof/verdict.ts';

/** Numbers in [0, 1), the same for the same seed. */
export function uniformFrom(seed: number): () => number {
  const { below } = createSeededRandom(seed);
  return () => below(4_294_967_296) / 4_294_967_296;
}

/** A standard normal draw (Box and Muller). */
export function normalDraw(uniform: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** −1, 0 or 1 with this mean, not 0 with the probability `labelled` ≥ |mean|. */
export function outcomeDraw(mean: number, labelled: number, uniform: () => number): number {
  if (uniform() >= labelled) return 0;
  return uniform() < (1 + mean / labelled) / 2 ? 1 : -1;
}

/** Three standard errors of a share measured in so many runs. */
export function threeErrors(share: number, runs: number): number {
  return 3 * Math.sqrt((share * (1 - share)) / runs);
}

export interface World {
  readonly propensity: number;
  readonly masked: number;
  readonly lift: number;
  readonly labelled: number;
}

/** An exposure as a store would give it; people vote one after the other. */
export function exposureIn(world: World, index: number, uniform: () => number): JudgedExposure {
  const isShown = uniform() < world.propensity;
  const mean = Math.max(-world.labelled, Math.min(world.labelled, world.masked + (isShown ? world.lift : 0)));
  const outcome = outcomeDraw(mean, world.labelled, uniform);
  return {
    at: index,
    isShown,
    propensity: world.propensity,
    context: 'web|direct',
    outcome,
    isLabelled: outcome !== 0,
    negatives: outcome < 0 ? [{ personId: personId('web', `p${index % 3}`), votes: 1 }] : [],
  };
}

export function exposuresIn(world: World, count: number, uniform: () => number): JudgedExposure[] {
  return Array.from({ length: count }, (_, index) => exposureIn(world, index, uniform));
}
