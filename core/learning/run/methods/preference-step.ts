import type { StepMetrics } from '../../../domain/training-run.ts';
import { tokenSlopes } from '../../answer-logprob.ts';
import { gradientDatums } from '../../custom-loss.ts';
import { ktoReferencePoint } from '../../kto-loss.ts';
import type { PreparedSample } from '../prepared-sample.ts';
import type { RunReason } from '../run-reasons.ts';
import type { StepEngine, StepMethod, StepOutcome, StepSettings } from '../step-engine.ts';
import { divergencesOf, type ReferredAnswer } from './divergences.ts';
import { type MismatchedAnswer, mismatchedAnswers } from './mismatched.ts';
import { type ReferencePull, referencePull } from './reference-pull.ts';
import { currentScores, referenceScores, scoresOfEach, totalScore } from './score-answers.ts';
import { metricsOf } from './step-numbers.ts';
import { missingFrom, readBatch, type StoredAnswer } from './stored-answer.ts';

/** An answer as a loss of preference sees it. */
export interface ComparedSample extends ReferredAnswer {
  /** Log-probability of the whole answer under the policy of now, and under the one that serves. */
  readonly policy: number;
  readonly reference: number;
}

export interface PreferenceLoss {
  /** Whether it measures any of these against KTO's reference point. */
  needsReferencePoint(samples: readonly PreparedSample[]): boolean;
  /** Its value, and for each answer ∂value/∂policy. */
  termsOf(
    answers: readonly ComparedSample[],
    settings: StepSettings,
    referencePoint: number,
  ): { readonly value: number; readonly slopes: readonly number[] };
}

/**
 * A step by what people liked and did not, however the answers were drawn. The reference is the policy that serves; a
 * nat away from it costs `settings.kl` besides (`referencePull`), measured by the most that a label can pull, β/4, as an
 * advantage of 1 is the measure where advantages are trained. Any loss goes to the engine as slopes along tokens.
 *
 * An answer of which a number is missing is left out as `unusable`, one that is neither good nor bad as `no_weight`.
 * Fewer than two answers make no step (`too_few_left`), and answers of one sign neither (`equal_rewards`): an optimiser
 * like Adam goes as far on them as on any, and what it would learn is to say more, or less, of everything.
 */
export function preferenceStep(loss: PreferenceLoss): StepMethod {
  return async (batch, engine, settings) => {
    if (!engine.facts.losses.includes('importance_sampling')) return skipped('unsupported');
    const read = readBatch(batch, ({ value }) => (value === 0 ? 'no_weight' : undefined));
    const before = shortageOf(read.answers);
    if (before !== undefined) return skipped(before);

    const { answers, referencePoint } = await compare(read.answers, engine, (samples) =>
      loss.needsReferencePoint(samples),
    );
    const metrics = metricsOf(answers, settings.ratioCap);
    const after = shortageOf(answers);
    if (after !== undefined) return skipped(after, metrics);
    const divergences = await divergencesOf(answers, engine);

    const { value, slopes } = loss.termsOf(answers, settings, referencePoint);
    const pull = referencePull(answers, (settings.kl * settings.beta) / 4);
    const gradient = gradientDatums({
      batch: answers.flatMap(({ data }) => data),
      current: answers.flatMap(({ current }) => current),
      slopes: slopesOf(answers, slopes, pull),
      facts: engine.facts,
    });
    await engine.update(gradient, { name: 'importance_sampling' });
    return {
      kind: 'updated',
      leftOut: [...read.leftOut, ...missingFrom(answers, read.answers)],
      metrics: { ...metrics, ...divergences, loss: value + pull.value },
    };
  };
}

function skipped(reason: RunReason, metrics: StepMetrics = {}): StepOutcome {
  return { kind: 'skipped', reason, metrics };
}

function shortageOf(answers: readonly StoredAnswer[]): RunReason | undefined {
  if (answers.length < 2) return 'too_few_left';
  const good = answers.filter(({ sample }) => sample.value > 0).length;
  return good === 0 || good === answers.length ? 'equal_rewards' : undefined;
}

async function compare(
  read: readonly StoredAnswer[],
  engine: StepEngine,
  needsReferencePoint: (samples: readonly PreparedSample[]) => boolean,
): Promise<{ readonly answers: readonly ComparedSample[]; readonly referencePoint: number }> {
  const mismatched = needsReferencePoint(read.map(({ sample }) => sample)) ? mismatchedAnswers(read) : [];
  const all: readonly (StoredAnswer | MismatchedAnswer)[] = [...read, ...mismatched];
  const data = all.flatMap((answer) => answer.data);
  const current = scoresOfEach(all, await currentScores(engine, data));
  const serving = scoresOfEach(all, await referenceScores(engine, 'serving', data));
  const scored = all.map((answer, at) => ({
    policy: totalScore(answer.data, current[at] ?? []),
    reference: totalScore(answer.data, serving[at] ?? []),
  }));
  const answers = read.flatMap((answer, at): readonly ComparedSample[] => {
    const { policy, reference } = scored[at] ?? {};
    if (policy === undefined || reference === undefined) return [];
    return [{ ...answer, current: current[at] ?? [], serving: serving[at] ?? [], policy, reference }];
  });
  return { answers, referencePoint: ktoReferencePoint(scored.slice(read.length)) };
}

function slopesOf(
  answers: readonly ComparedSample[],
  slopes: readonly number[],
  pull: ReferencePull,
): readonly Float64Array[] {
  return answers.flatMap(({ data }, answer) =>
    data.map(({ weights }, at) =>
      tokenSlopes(slopes[answer] ?? Number.NaN, weights).map(
        (own, token) => own + (pull.slopes[answer]?.[at]?.[token] ?? 0),
      ),
    ),
  );
}
