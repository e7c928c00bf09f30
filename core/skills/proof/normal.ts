/** What is believed of a difference: normal, by its mean and standard deviation. */
export interface Belief {
  readonly mean: number;
  readonly sd: number;
}

/** A measured difference. */
export interface Measured {
  readonly difference: number;
  /** Of the difference; above 0. */
  readonly variance: number;
}

/** What is believed after a measurement: both means, each weighed by how sure it is. */
export function updated(prior: Belief, { difference, variance }: Measured): Belief {
  const trust = prior.sd ** 2 / (prior.sd ** 2 + variance);
  return { mean: prior.mean + trust * (difference - prior.mean), sd: prior.sd * Math.sqrt(1 - trust) };
}

/** Probability that what is believed in lies below 0. */
export function probabilityBelowZero({ mean, sd }: Belief): number {
  return normalCdf(-mean / sd);
}

/** Share of a standard normal distribution below z, right to 10⁻⁷ (Abramowitz and Stegun, 26.2.17). */
export function normalCdf(z: number): number {
  const t = 1 / (1 + 0.231_641_9 * Math.abs(z));
  const polynomial =
    t *
    (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
  const upper = (Math.exp(-(z ** 2) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
  return z > 0 ? 1 - upper : upper;
}
