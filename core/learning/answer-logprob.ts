import { AppError } from '../domain/app-error.ts';
import { isUsableLogprob } from './usable-logprob.ts';

/**
 * The log-probability of a whole answer: the sum over tokens whose mask is not 0. `undefined` where there is none, and where
 * one of them is missing (`isUsableLogprob`): a sum without it is another answer's.
 */
export function answerLogprob(logprobs: ArrayLike<number>, mask: ArrayLike<number>): number | undefined {
  if (logprobs.length !== mask.length) {
    throw new AppError('invalid_input', 'Log-probabilities and mask do not have one entry each a token.');
  }
  const own = Array.from(logprobs).filter((_, index) => mask[index] !== 0);
  if (own.length === 0 || !own.every(isUsableLogprob)) return undefined;
  return own.reduce((total, logprob) => total + logprob, 0);
}

/** The slope of a loss along an answer's log-probability as slopes along its tokens', for `gradientDatums`. */
export function tokenSlopes(slope: number, mask: ArrayLike<number>): Float64Array {
  return Float64Array.from(mask, (weight) => (weight === 0 ? 0 : slope));
}
