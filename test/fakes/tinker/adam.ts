import type { Adapter, Gradient } from './policy.ts';

export interface AdamSettings {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** 0 for any norm. */
  readonly clipNorm: number;
}

/** The optimiser's moments, for A and B in one. */
export interface AdamState {
  steps: number;
  readonly first: Gradient;
  readonly second: Gradient;
}

export function createAdam(adapter: Adapter): AdamState {
  const zeros = (): Gradient => ({
    a: new Float64Array(adapter.a.length),
    b: new Float64Array(adapter.b.length),
  });
  return { steps: 0, first: zeros(), second: zeros() };
}

export const copyAdam = (state: AdamState): AdamState => ({
  steps: state.steps,
  first: { a: state.first.a.slice(), b: state.first.b.slice() },
  second: { a: state.second.a.slice(), b: state.second.b.slice() },
});

export function gradientNorm(gradient: Gradient): number {
  let sum = 0;
  for (const value of gradient.a) sum += value * value;
  for (const value of gradient.b) sum += value * value;
  return Math.sqrt(sum);
}

/** One step in place, with bias correction and decoupled weight decay. Gives the gradient's norm before clipping. */
export function adamStep(
  adapter: Adapter,
  state: AdamState,
  gradient: Gradient,
  settings: AdamSettings,
): number {
  const norm = gradientNorm(gradient);
  const shrink = settings.clipNorm > 0 && norm > settings.clipNorm ? settings.clipNorm / norm : 1;
  state.steps += 1;
  const firstBias = 1 - settings.beta1 ** state.steps;
  const secondBias = 1 - settings.beta2 ** state.steps;
  for (const part of ['a', 'b'] as const) {
    const weights = adapter[part];
    const first = state.first[part];
    const second = state.second[part];
    for (let at = 0; at < weights.length; at += 1) {
      const slope = gradient[part][at]! * shrink;
      first[at] = settings.beta1 * first[at]! + (1 - settings.beta1) * slope;
      second[at] = settings.beta2 * second[at]! + (1 - settings.beta2) * slope * slope;
      const move = first[at]! / firstBias / (Math.sqrt(second[at]! / secondBias) + settings.epsilon);
      weights[at]! -= settings.learningRate * (move + settings.weightDecay * weights[at]!);
    }
  }
  return norm;
}
