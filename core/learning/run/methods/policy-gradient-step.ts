import type { Loss } from '../../../domain/datum.ts';
import type { EngineFacts } from '../../../domain/engine-facts.ts';
import type { StepMetrics } from '../../../domain/training-run.ts';
import { withTruncatedRatios } from '../../correct-ratios.ts';
import { normaliseBatch } from '../../normalise-batch.ts';
import { type TrainedPolicy, turnTrainingPath } from '../../training-path.ts';
import type { PreparedSample } from '../prepared-sample.ts';
import type { RunReason } from '../run-reasons.ts';
import type { StepEngine, StepMethod, StepOutcome, StepSettings } from '../step-engine.ts';
import { divergencesOf, type ReferredAnswer } from './divergences.ts';
import { ratioBatch, ratioLoss, ratioObjective, stepAdvantages } from './ratio-batch.ts';
import { currentScores, referenceScores, scoresOfEach, totalScore } from './score-answers.ts';
import { metricsOf, type ScoredAnswer } from './step-numbers.ts';
import { missingFrom, readBatch, type StoredAnswer } from './stored-answer.ts';

/**
 * Policy gradient on stored answers against the mean of the step, which is no group's: each prompt was answered once.
 * Only answers that were drawn from a policy as it was, with log-probabilities kept (path `ratio`); others are left out,
 * and no number is made up for them. With an effective sample size below the share `settings.leastEss`, over answers
 * with the ratio exp(mean(lp − q)), the step is skipped (`low_ess`), and where no answer's ratio can be told too
 * (`ess_unknown`). Fewer than two answers, or equal rewards, make no step.
 *
 * The loss is `cispo` with ratios of 0 … `settings.ratioCap`; where the engine has none `importance_sampling` with
 * ratios cut at the same cap, which makes the same step; else `unsupported`. A nat a token away from the serving policy
 * costs `settings.kl`.
 */
export function policyGradientStep(policy: TrainedPolicy): StepMethod {
  return async (batch, engine, settings) => {
    const loss = lossFor(engine.facts, settings.ratioCap);
    if (loss === undefined) return skipped('unsupported');
    const read = readBatch(batch, (sample) => noRatioReason(sample, policy));
    if (read.answers.length === 0 && read.leftOut.some(({ reason }) => lacksRatio(reason))) {
      return skipped('ess_unknown');
    }
    const shortage = shortageOf(read.answers, settings);
    if (shortage !== undefined) return skipped(shortage);

    const scored = await score(read.answers, engine);
    if (scored.length === 0) return skipped('ess_unknown');
    const far = reasonAgainst(scored, settings);
    if (far !== undefined) return skipped(far, metricsOf(scored, settings.ratioCap));
    const answers = await refer(scored, engine);
    const metrics = metricsOf(answers, settings.ratioCap);
    const unreferred = reasonAgainst(answers, settings);
    if (unreferred !== undefined) return skipped(unreferred, metrics);
    const divergences = await divergencesOf(answers, engine);

    const own = ratioBatch(answers, settings);
    const current = answers.flatMap((answer) => answer.current);
    const cut = loss.name === 'cispo' ? own : withTruncatedRatios(own, current, settings.ratioCap);
    const made = normaliseBatch(cut, { loss, objective: ratioObjective, facts: engine.facts });
    await engine.update(made.batch, made.loss);
    return {
      kind: 'updated',
      leftOut: [...read.leftOut, ...missingFrom(answers, read.answers)],
      metrics: { ...metrics, ...divergences, loss: ratioLoss(own, current, settings.ratioCap) },
    };
  };
}

function lossFor({ losses }: EngineFacts, cap: number): Loss | undefined {
  if (losses.includes('cispo')) return { name: 'cispo', clipLow: 0, clipHigh: cap };
  return losses.includes('importance_sampling') ? { name: 'importance_sampling' } : undefined;
}

function skipped(reason: RunReason, metrics: StepMetrics = {}): StepOutcome {
  return { kind: 'skipped', reason, metrics };
}

function noRatioReason({ calls }: PreparedSample, policy: TrainedPolicy): RunReason | undefined {
  const path = turnTrainingPath(calls, policy);
  if (path.path === 'ratio') return undefined;
  return path.reason === 'other_tokenizer' ? 'other_tokenizer' : 'no_ratio';
}

function lacksRatio(reason: RunReason): boolean {
  return reason === 'no_ratio' || reason === 'no_token_ids' || reason === 'other_tokenizer';
}

function shortageOf(answers: readonly StoredAnswer[], settings: StepSettings): RunReason | undefined {
  if (answers.length < 2) return 'too_few_left';
  return stepAdvantages(answers, settings).known.length === 0 ? 'equal_rewards' : undefined;
}

function reasonAgainst(answers: readonly ScoredAnswer[], settings: StepSettings): RunReason | undefined {
  const shortage = shortageOf(answers, settings);
  if (shortage !== undefined) return shortage;
  const { ess } = metricsOf(answers, settings.ratioCap);
  if (ess === undefined) return 'ess_unknown';
  return ess < settings.leastEss ? 'low_ess' : undefined;
}

async function score(answers: readonly StoredAnswer[], engine: StepEngine): Promise<readonly ScoredAnswer[]> {
  const scores = await currentScores(
    engine,
    answers.flatMap(({ data }) => data),
  );
  const each = scoresOfEach(answers, scores);
  return answers
    .map((answer, at) => ({ ...answer, current: each[at] ?? [] }))
    .filter(({ data, current }) => totalScore(data, current) !== undefined);
}

async function refer(
  answers: readonly ScoredAnswer[],
  engine: StepEngine,
): Promise<readonly ReferredAnswer[]> {
  const scores = await referenceScores(
    engine,
    'serving',
    answers.flatMap(({ data }) => data),
  );
  const each = scoresOfEach(answers, scores);
  return answers
    .map((answer, at) => ({ ...answer, serving: each[at] ?? [] }))
    .filter(({ data, serving }) => totalScore(data, serving) !== undefined);
}
