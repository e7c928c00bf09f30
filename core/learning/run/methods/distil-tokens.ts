import { AppError } from '../../../domain/app-error.ts';
import type { Datum } from '../../../domain/datum.ts';
import type { AnswerDatum } from '../../build-datum.ts';
import { distilled, withKlPenalty } from '../../kl-penalty.ts';

export interface Distillation {
  readonly coefficient: number;
  /** No token gains or loses more by it, before its weight. */
  readonly cap: number;
  /** One a datum. @default 1 for each */
  readonly weights?: readonly number[];
  /**
   * What other − q is held against. `mean`: the batch's own, every answer counting the same. For answers drawn from the policy as it is
   * that changes nothing on the whole and takes away noise: else all that is drawn loses, as a teacher finds it less likely
   * on the mean. `nothing`: for answers that others drew. @default 'nothing'
   */
  readonly against?: 'nothing' | 'mean';
}

/**
 * Adds to the advantages of answers what another finds of each of their tokens: A += weight·clip(coefficient·(other − q − baseline), ±cap),
 * with q the log-probability of now and `other` that of a teacher, or of the same policy with a hint. A token of which either
 * is missing gains nothing. So it is added to the answers of any method whose q are those of now. `others`: as the references of
 * `withKlPenalty`. Throws `invalid_input` as `distilled`.
 */
export function withDistillation<Kind extends AnswerDatum>(
  batch: readonly Kind[],
  others: readonly ArrayLike<number>[],
  { coefficient, cap, weights, against = 'nothing' }: Distillation,
): readonly Kind[] {
  const blank = batch.map((datum) => ({ ...datum, advantages: new Float32Array(datum.weights.length) }));
  const { batch: found } =
    against === 'mean'
      ? withKlPenalty(blank, others, { coefficient, objective: 'sequence_mean' })
      : distilled(blank, others, coefficient);
  return batch.map((datum, index) => {
    const gained = found[index]?.advantages ?? new Float32Array(0);
    const weight = weights === undefined ? 1 : weights[index];
    if (weight === undefined) {
      throw new AppError('invalid_input', 'There is not one weight a datum.');
    }
    const clipped = gained.map((own) => weight * Math.max(-cap, Math.min(cap, own)));
    return { ...datum, advantages: clipped.map((own, at) => own + (datum.advantages?.[at] ?? 0)) };
  });
}

/** Nearer is rounding: Adam would make a step of it all the same. */
const leastAdvantage = 1e-6;

/** Whether there is anything to learn from an answer. */
export function tellsSomething({ advantages = new Float32Array(0) }: Datum): boolean {
  return advantages.some((own) => Math.abs(own) > leastAdvantage);
}
