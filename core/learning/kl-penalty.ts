import { AppError } from '../domain/app-error.ts';
import type { Datum } from '../domain/datum.ts';
import type { AnswerDatum } from './build-datum.ts';
import { type ComparedTokens, comparedTokens } from './compared-tokens.ts';
import { type Objective, objectiveShares } from './objective-shares.ts';

export interface Penalised<Kind extends Datum> {
  readonly batch: readonly Kind[];
  /** Mean of sampled − other over the tokens that both have, in nats; `undefined` where there are none. */
  readonly meanDifference: number | undefined;
  readonly tokens: number;
  /** Trained tokens without an entry that can be a log-probability: their advantages stay as they are. */
  readonly missing: number;
}

/**
 * Draws the policy to a reference: with d = q − reference at each trained token, A += coefficient·(mean(d) − d). The mean is
 * over the whole batch, each token with its share in the `objective` (1/ΣT or 1/(N·Tᵢ)), and the batch must be normalised to the
 * same one: then Σ share·(mean(d) − d) = 0, and the penalty adds nothing on the whole. It says which tokens are further
 * from the reference than others. `references`: for each datum its targets' log-probabilities there, NaN where missing; of `EngineSampler.logprobs` those
 * from the second on. Throws `invalid_input` for datums without log-probabilities and advantages, and for wrong lengths.
 */
export function withKlPenalty<Kind extends AnswerDatum>(
  batch: readonly Kind[],
  references: readonly ArrayLike<number>[],
  { coefficient, objective }: { readonly coefficient: number; readonly objective: Objective },
): Penalised<Kind> {
  const shares = objectiveShares(batch, objective);
  return shifted(batch, references, shares, (difference, mean) => coefficient * (mean - difference));
}

/**
 * On-policy distillation: A −= coefficient·(q − teacher) at each trained token, so that what the teacher finds likelier
 * than the student did is worth more. The teacher reads the same ids. Nothing is centred, so that the objective does not matter;
 * otherwise as `withKlPenalty`.
 */
export function distilled<Kind extends Datum>(
  batch: readonly Kind[],
  teachers: readonly ArrayLike<number>[],
  coefficient: number,
): Penalised<Kind> {
  const alike = batch.map(({ weights }) => weights.map(() => 1));
  return shifted(batch, teachers, alike, (difference) => -coefficient * difference);
}

interface ComparedDatum<Kind extends Datum> {
  readonly datum: Kind;
  readonly advantages: Float32Array;
  readonly compared: ComparedTokens;
  differenceAt(index: number): number;
}

function shifted<Kind extends Datum>(
  batch: readonly Kind[],
  others: readonly ArrayLike<number>[],
  shares: readonly ArrayLike<number>[],
  shiftOf: (difference: number, mean: number) => number,
): Penalised<Kind> {
  if (batch.length !== others.length) {
    throw new AppError('invalid_input', 'There is not one list of log-probabilities a datum.');
  }
  const all = batch.map((datum, index) => compare(datum, others[index] ?? []));
  const found = all.flatMap(({ compared, differenceAt }, index) =>
    compared.at.map((at) => ({ share: shares[index]?.[at] ?? 0, difference: differenceAt(at) })),
  );
  const total = found.reduce((sum, { share }) => sum + share, 0);
  const mean =
    total === 0 ? 0 : found.reduce((sum, { share, difference }) => sum + share * difference, 0) / total;
  return {
    batch: all.map(({ datum, advantages, compared, differenceAt }) => {
      const moved = advantages.slice();
      for (const at of compared.at) moved[at] = (moved[at] ?? 0) + shiftOf(differenceAt(at), mean);
      return { ...datum, advantages: moved };
    }),
    meanDifference: found.length === 0 ? undefined : mean,
    tokens: found.length,
    missing: all.reduce((sum, { compared }) => sum + compared.missing, 0),
  };
}

function compare<Kind extends Datum>(datum: Kind, other: ArrayLike<number>): ComparedDatum<Kind> {
  const { logprobs, advantages, weights } = datum;
  if (logprobs === undefined || advantages === undefined) {
    throw new AppError(
      'invalid_input',
      'A datum without log-probabilities or advantages cannot be penalised.',
    );
  }
  return {
    datum,
    advantages,
    compared: comparedTokens(weights, logprobs, other),
    differenceAt: (index) => (logprobs[index] ?? 0) - (other[index] ?? 0),
  };
}
