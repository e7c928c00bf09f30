import { AppError } from '../domain/app-error.ts';
import type { Datum } from '../domain/datum.ts';
import { checkBound, defaultRatioCap, ratiosWithin, tokenRatios } from './ratios.ts';
import { isUsableLogprob } from './usable-logprob.ts';

/**
 * The same batch with ratios of at most `cap` at the weights of now, for `importance_sampling` on engines that do not truncate:
 * where r is larger the log-probability of sampling is raised to now − log(cap), so that the engine finds min(r, cap). It
 * holds for the next step only. A token of which a number is missing is worth nothing, as in `withoutFarTokens`: nobody knows
 * what its ratio would be held to. `current`: what `forward` gave. Throws `invalid_input` as `tokenRatios` and
 * `truncatedRatios`, and for datums without log-probabilities or advantages.
 */
export function withTruncatedRatios<Kind extends Datum>(
  batch: readonly Kind[],
  current: readonly Float32Array[],
  cap: number = defaultRatioCap,
): readonly Kind[] {
  checkBound(cap);
  return withRatios(batch, current, (datum, ratios, now) => {
    const { logprobs, ...others } = withoutTokens(datum, now, (at) => ratios[at] === 0);
    return {
      ...datum,
      ...others,
      logprobs: logprobs.map((own, at) => ((ratios[at] ?? 0) > cap ? (now[at] ?? 0) - Math.log(cap) : own)),
    };
  });
}

/**
 * The same batch, in which tokens whose ratio is outside 1/bound … bound, or of which a number is missing, are worth nothing:
 * an advantage of 0, and as log-probability of sampling that of now, as an engine's r·A is no number where r is too large for
 * one. They still count in means over tokens, so that the others gain nothing by it. Otherwise as `withTruncatedRatios`, and
 * `bound` as in `ratiosWithin`.
 */
export function withoutFarTokens<Kind extends Datum>(
  batch: readonly Kind[],
  current: readonly Float32Array[],
  bound: number,
): readonly Kind[] {
  checkBound(bound);
  return withRatios(batch, current, (datum, ratios, now) => {
    const kept = ratiosWithin(ratios, bound);
    return { ...datum, ...withoutTokens(datum, now, (at) => kept[at] === 0) };
  });
}

/** Of trained tokens alone: the others move nothing as they are. */
function withoutTokens(
  { weights, logprobs, advantages }: SampledDatum<Datum>,
  now: Float32Array,
  isTakenOut: (at: number) => boolean,
): { readonly logprobs: Float32Array; readonly advantages: Float32Array } {
  const isOut = (at: number): boolean => weights[at] !== 0 && isTakenOut(at);
  return {
    advantages: advantages.map((own, at) => (isOut(at) ? 0 : own)),
    logprobs: logprobs.map((own, at) => {
      if (!isOut(at)) return own;
      const ofNow = now[at];
      return isUsableLogprob(ofNow) ? ofNow : 0;
    }),
  };
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
