import type { SessionBaseline } from '../../ports/trial-store.ts';
import { isRandomised, type Trialled } from './e-process.ts';
import type { Measured } from './normal.ts';

/** An inverse propensity counts at most this much, so that one rare session does not decide what is displayed. */
const largestWeight = 10;

/** Outcomes count as if so many more had spread as widely as this: a few alike do not make a mean certain. */
const spreadPrior = { outcomes: 2, variance: 0.5 };

interface Mean {
  readonly mean: number;
  /** Of the mean. */
  readonly variance: number;
}

function weightedMean(
  outcomes: readonly { readonly outcome: number; readonly weight: number }[],
): Mean | undefined {
  const total = outcomes.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return undefined;
  const mean = outcomes.reduce((sum, { outcome, weight }) => sum + weight * outcome, 0) / total;
  const spread =
    outcomes.reduce((sum, { outcome, weight }) => sum + weight * (outcome - mean) ** 2, 0) / total;
  // As many outcomes of equal weight would tell as much.
  const effective = total ** 2 / outcomes.reduce((sum, { weight }) => sum + weight ** 2, 0);
  return { mean, variance: varianceOfMean(spread, effective) };
}

function varianceOfMean(spread: number, count: number): number {
  return (
    (spread * count + spreadPrior.variance * spreadPrior.outcomes) / (count + spreadPrior.outcomes) / count
  );
}

/** How sessions that were shown the skill differ from those it was masked in, of those where chance decided. Absent while an arm is empty. */
export function differenceOfArms(exposures: readonly Trialled[]): Measured | undefined {
  const randomised = exposures.filter(isRandomised);
  const arm = (isShown: boolean): Mean | undefined =>
    weightedMean(
      randomised
        .filter((exposure) => exposure.isShown === isShown)
        .map(({ outcome, propensity }) => ({
          outcome,
          weight: Math.min(largestWeight, 1 / (isShown ? propensity : 1 - propensity)),
        })),
    );
  return differenceOf(arm(true), arm(false));
}

/** How sessions that were certain to be shown the skill differ from the others of its scope. Absent while there are none of the one or the other. */
export function differenceFromBaseline(
  exposures: readonly Trialled[],
  baseline: SessionBaseline | undefined,
): Measured | undefined {
  if (baseline === undefined || baseline.sessions <= 0) return undefined;
  const certain = exposures.filter((exposure) => exposure.isShown && !isRandomised(exposure));
  return differenceOf(weightedMean(certain.map(({ outcome }) => ({ outcome, weight: 1 }))), {
    mean: baseline.mean,
    variance: varianceOfMean(baseline.variance, baseline.sessions),
  });
}

function differenceOf(shown: Mean | undefined, other: Mean | undefined): Measured | undefined {
  if (shown === undefined || other === undefined) return undefined;
  return { difference: shown.mean - other.mean, variance: shown.variance + other.variance };
}
