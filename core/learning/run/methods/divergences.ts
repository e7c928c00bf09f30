import type { StepMetrics } from '../../../domain/training-run.ts';
import { klEstimates } from '../../kl.ts';
import type { StepEngine } from '../step-engine.ts';
import { referenceScores, type Scores, scoresOfEach, strung } from './score-answers.ts';
import type { ScoredAnswer } from './step-numbers.ts';

/** An answer with what the policy that serves says of it, besides. */
export interface ReferredAnswer extends ScoredAnswer {
  readonly serving: Scores;
}

/** How far the weights in training are from those that serve and from the base model, as they are before the step. */
export async function divergencesOf(
  answers: readonly ReferredAnswer[],
  engine: StepEngine,
): Promise<Pick<StepMetrics, 'kl' | 'klBase'>> {
  const data = answers.flatMap((answer) => answer.data);
  const base = scoresOfEach(answers, await referenceScores(engine, 'base', data));
  const kl = klEstimate(
    answers,
    answers.map(({ serving }) => serving),
  );
  const klBase = klEstimate(answers, base);
  return { ...(kl === undefined ? {} : { kl }), ...(klBase === undefined ? {} : { klBase }) };
}

/**
 * An estimate of the KL between the policy of now and a reference, in nats a token: the mean of (lp − reference)²/2 over
 * the trained tokens that both have (k2). The tokens are stored ones, drawn by an older policy, so no estimate from them
 * is exact; this one is the same either way round, never below 0, and stays small where a bad answer has become
 * unlikely, at which k3 would grow without bound. `undefined` where nothing can be compared.
 */
export function klEstimate(
  answers: readonly ScoredAnswer[],
  references: readonly Scores[],
): number | undefined {
  const current = strung(answers.flatMap((answer) => answer.current));
  const weights = strung(answers.flatMap(({ data }) => data.map((datum) => datum.weights)));
  return klEstimates(current, strung(references.flat()), weights)?.k2;
}
