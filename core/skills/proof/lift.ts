import type { Exposure, SessionBaseline } from '../../ports/trial-store.ts';
import { differenceFromBaseline, differenceOfArms } from './differences.ts';
import type { Trialled } from './e-process.ts';
import { type Belief, updated } from './normal.ts';

/** What a skill adds to the net signal of a session, for display: no decision is made by it. */
export interface Lift {
  readonly mean: number;
  /** The true lift lies between these two with a probability of 90 %. */
  readonly low: number;
  readonly high: number;
}

/** Most skills change the net signal of a session by less than this. */
const usualLift: Belief = { mean: 0, sd: 0.3 };
/** One context differs from the rest by about so much. */
const contextSd = 0.15;
/** 90 % of a normal distribution lie within so many standard deviations. */
const twoSided90 = 1.6449;

/**
 * Shown against masked sessions, drawn to 0 while there are few. Where the skill was never masked by chance, against
 * `baseline`, the other sessions of the scope, and `undefined` without one. Clipping and shrinking make the number calm
 * and biased: they serve display alone.
 */
export function estimateLift(exposures: readonly Trialled[], baseline?: SessionBaseline): Lift | undefined {
  const belief = beliefIn(exposures, baseline, usualLift);
  return belief === undefined ? undefined : liftOf(belief);
}

/** The same in each context, drawn to what the skill does overall. Contexts of which nothing can be said are left out. */
export function liftByContext(
  exposures: readonly (Trialled & Pick<Exposure, 'context'>)[],
  baseline?: SessionBaseline,
): ReadonlyMap<string, Lift> {
  const overall = beliefIn(exposures, baseline, usualLift)?.mean;
  const lifts = new Map<string, Lift>();
  if (overall === undefined) return lifts;
  for (const [context, own] of Map.groupBy(exposures, (exposure) => exposure.context)) {
    const belief = beliefIn(own, baseline, { mean: overall, sd: contextSd });
    if (belief !== undefined) lifts.set(context, liftOf(belief));
  }
  return lifts;
}

function beliefIn(
  exposures: readonly Trialled[],
  baseline: SessionBaseline | undefined,
  prior: Belief,
): Belief | undefined {
  const measured = differenceOfArms(exposures) ?? differenceFromBaseline(exposures, baseline);
  return measured === undefined ? undefined : updated(prior, measured);
}

function liftOf({ mean, sd }: Belief): Lift {
  const within = (value: number): number => Math.max(-2, Math.min(2, value));
  return { mean: within(mean), low: within(mean - twoSided90 * sd), high: within(mean + twoSided90 * sd) };
}
