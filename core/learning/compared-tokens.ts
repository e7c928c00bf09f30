import { AppError } from '../domain/app-error.ts';
import { isUsableLogprob } from './usable-logprob.ts';

export interface ComparedTokens {
  /** Positions at which both lists have a number. */
  readonly at: readonly number[];
  /** How many more the mask has. */
  readonly missing: number;
}

/**
 * Where two lists of log-probabilities can be compared: at positions whose mask is not 0. An entry that cannot be a
 * log-probability (`isUsableLogprob`) is missing, and its token is left out: never read as 0, which would be certainty, nor
 * as the large number that engines write for "none". Throws `invalid_input` unless all three are
 * of one length.
 */
export function comparedTokens(
  mask: ArrayLike<number>,
  one: ArrayLike<number>,
  other: ArrayLike<number>,
): ComparedTokens {
  if (mask.length !== one.length || mask.length !== other.length) {
    throw new AppError('invalid_input', 'Log-probabilities and mask do not have one entry each a token.', {
      details: { mask: mask.length, one: one.length, other: other.length },
    });
  }
  const at: number[] = [];
  let missing = 0;
  for (let index = 0; index < mask.length; index += 1) {
    if (mask[index] === 0) continue;
    if (isUsableLogprob(one[index]) && isUsableLogprob(other[index])) at.push(index);
    else missing += 1;
  }
  return { at, missing };
}

/** `one − other` at those positions, in order. */
export function differences(
  { at }: ComparedTokens,
  one: ArrayLike<number>,
  other: ArrayLike<number>,
): readonly number[] {
  return at.map((index) => (one[index] ?? 0) - (other[index] ?? 0));
}
