import { comparedTokens, differences } from './compared-tokens.ts';
import { largestLogRatio } from './ratios.ts';

/** In nats a token. */
export interface KlEstimates {
  /** Without bias, of large variance, and below 0 at times. */
  readonly k1: number;
  /** With a little bias, never below 0. */
  readonly k2: number;
  /** Without bias, never below 0. */
  readonly k3: number;
  readonly tokens: number;
}

/**
 * Three estimates of KL(sampling ‖ other), means over the tokens of the mask that both have: with d = other − sampled they are
 * the means of −d, d²/2 and eᵈ − 1 − d (Schulman 2020). The tokens must have been drawn from the policy that gave `sampled`.
 * `undefined` where there is no token to compare.
 */
export function klEstimates(
  sampled: ArrayLike<number>,
  other: ArrayLike<number>,
  mask: ArrayLike<number>,
): KlEstimates | undefined {
  const steps = differences(comparedTokens(mask, other, sampled), other, sampled);
  if (steps.length === 0) return undefined;
  return {
    k1: meanOf(steps, (step) => -step),
    k2: meanOf(steps, (step) => step ** 2 / 2),
    k3: meanOf(steps, (step) => Math.expm1(Math.min(step, largestLogRatio)) - step),
    tokens: steps.length,
  };
}

/** How far sampling and training of the same weights tell the same log-probabilities. */
export interface LogprobAgreement {
  readonly meanAbsolute: number;
  readonly maxAbsolute: number;
  /** Mean of q − lp. Healthy below 0.01, either way; more means old weights, wrong tokens or another precision. */
  readonly klV1: number;
  /** Half the mean of (q − lp)². */
  readonly klV2: number;
  readonly tokens: number;
  /** Tokens of the mask that one of both has no number for. */
  readonly missing: number;
}

/** `undefined` where there is no token to compare, which is no agreement. */
export function logprobAgreement(
  sampled: ArrayLike<number>,
  trained: ArrayLike<number>,
  mask: ArrayLike<number>,
): LogprobAgreement | undefined {
  const compared = comparedTokens(mask, sampled, trained);
  const steps = differences(compared, sampled, trained);
  if (steps.length === 0) return undefined;
  return {
    meanAbsolute: meanOf(steps, Math.abs),
    maxAbsolute: steps.reduce((most, step) => Math.max(most, Math.abs(step)), 0),
    klV1: meanOf(steps, (step) => step),
    klV2: meanOf(steps, (step) => step ** 2 / 2),
    tokens: steps.length,
    missing: compared.missing,
  };
}

function meanOf(steps: readonly number[], termOf: (step: number) => number): number {
  return steps.reduce((sum, step) => sum + termOf(step), 0) / steps.length;
}
