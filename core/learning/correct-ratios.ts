import { AppError } from '../domain/app-error.ts';
import type { Datum } from '../domain/datum.ts';
import { defaultRatioCap, ratiosWithin, tokenRatios } from './ratios.ts';

/**
 * The same batch with ratios of at most `cap` at the weights of now, for `importance_sampling` on engines that do not truncate:
 * where r is larger the log-probability of sampling is raised to now − log(cap), so that the engine finds min(r, cap). It
 * holds for the next step only. `current`: what `forward` gave. Throws `invalid_input` as `tokenRatios`, and for datums
 * without log-probabilities or advantages.
 */
export function withTruncatedRatios<Kind extends Datum>(
  batch: readonly Kind[],
  current: readonly Float32Array[],
  cap: number = defaultRatioCap,
): readonly Kind[] {
  return withRatios(batch, current, (datum, ratios, now) => {
    const logprobs = datum.logprobs.slice();
    for (const [index, ratio] of ratios.entries()) {
      if (ratio > cap) logprobs[index] = (now[index] ?? 0) - Math.log(cap);
    }
    return { ...datum, logprobs };
  });
}

/**
 * The same batch, in which tokens whose ratio is outside 1/bound … bound, or whose log-probability of now is missing, are
 * worth nothing. They still count in means over tokens, so that the others gain nothing by it. Otherwise as
 * `withTruncatedRatios`.
 */
export function withoutFarTokens<Kind extends Datum>(
  batch: readonly Kind[],
  current: readonly Float32Array[],
  bound: number,
): readonly Kind[] {
  return withRatios(batch, current, (datum, ratios) => {
    const kept = ratiosWithin(ratios, bound);
    return {
      ...datum,
      advantages: datum.advantages.map((advantage, index) => (kept[index] === 0 ? 0 : advantage)),
    };
  });
}

type SampledDatum<Kind extends Datum> = Kind & Required<Pick<Datum, 'logprobs' | 'advantages'>>;

function withRatios<Kind extends Datum>(
  batch: readonly Kind[],
  current: readonly Float32Array[],
  change: (datum: SampledDatum<Kind>, ratios: Float32Array, now: Float32Array) => Kind,
): readonly Kind[] {
  if (batch.length !== current.length) {
    throw new AppError('invalid_input', 'There is not one list of log-probabilities a datum.');
  }
  return batch.map((datum, index) => {
    const { logprobs, advantages } = datum;
    const now = current[index] ?? new Float32Array(0);
    if (logprobs === undefined || advantages === undefined) {
      throw new AppError('invalid_input', 'A datum without log-probabilities or advantages has no ratios.');
    }
    return change({ ...datum, logprobs, advantages }, tokenRatios(now, logprobs, datum.weights), now);
  });
}
