import type { AnswerDatum } from './build-datum.ts';

/**
 * What a step minimises. `token_mean`: (1/ΣT) Σᵢ Σₜ ℓᵢₜ, every trained token counts the same. `sequence_mean`:
 * (1/N) Σᵢ (1/Tᵢ) Σₜ ℓᵢₜ, every answer counts the same, also of several in one datum. Tᵢ: trained tokens of answer i.
 */
export type Objective = 'token_mean' | 'sequence_mean';

/** For each position of each datum its share in the objective, 0 where nothing is trained. All of them make 1, or nothing is trained. */
export function objectiveShares(
  batch: readonly AnswerDatum[],
  objective: Objective,
): readonly Float64Array[] {
  const spans = batch.flatMap(({ weights, answers }) =>
    answers.map(({ start, end }) => weights.subarray(start, end).filter((weight) => weight !== 0).length),
  );
  const answers = spans.filter((tokens) => tokens > 0).length;
  const tokens = spans.reduce((sum, own) => sum + own, 0);
  let span = 0;
  return batch.map((datum) => {
    const shares = new Float64Array(datum.weights.length);
    for (const { start, end } of datum.answers) {
      const share = objective === 'token_mean' ? 1 / tokens : 1 / (answers * (spans[span] ?? 1));
      for (let at = start; at < end; at += 1) if (datum.weights[at] !== 0) shares[at] = share;
      span += 1;
    }
    return shares;
  });
}
