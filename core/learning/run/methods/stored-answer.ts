import type { TurnId } from '../../../domain/ids.ts';
import type { SampledTokens } from '../../../domain/sampling.ts';
import type { AnswerDatum } from '../../build-datum.ts';
import { mergeTalk } from '../../merge-talk.ts';
import { trainingPath } from '../../training-path.ts';
import type { PreparedSample } from '../prepared-sample.ts';
import type { RunReason } from '../run-reasons.ts';

/** A sample as an engine reads it. */
export interface StoredAnswer {
  readonly sample: PreparedSample;
  /**
   * All its calls, as few datums as hold them: people judged the answer as a whole, so its calls count together.
   * Advantages are 0. They have the log-probabilities of drawing where all calls were drawn from a policy as it was, and
   * their numbers can be used; else none has.
   */
  readonly data: readonly AnswerDatum[];
}

export interface LeftOutSample {
  readonly turnId: TurnId;
  readonly reason: RunReason;
}

export interface ReadBatch {
  /** In the order given. */
  readonly answers: readonly StoredAnswer[];
  readonly leftOut: readonly LeftOutSample[];
}

/** The exact ids of what was read and written: nothing is rendered again. `mayTrain`: a further reason against one. */
export function readBatch(
  batch: readonly PreparedSample[],
  mayTrain: (sample: PreparedSample) => RunReason | undefined = () => undefined,
): ReadBatch {
  const answers: StoredAnswer[] = [];
  const leftOut: LeftOutSample[] = [];
  for (const sample of batch) {
    const { turnId } = sample;
    const reason = refusalOf(sample) ?? mayTrain(sample);
    const data = reason === undefined ? dataOf(sample) : undefined;
    if (data !== undefined) answers.push({ sample, data });
    else leftOut.push({ turnId, reason: reason ?? 'unusable' });
  }
  return { answers, leftOut };
}

/** Those of an answered batch that were dropped since, as the engine gave numbers for them that cannot be used. */
export function missingFrom(
  kept: readonly StoredAnswer[],
  read: readonly StoredAnswer[],
): readonly LeftOutSample[] {
  const trained = new Set(kept.map(({ sample }) => sample.turnId));
  return read
    .filter(({ sample }) => !trained.has(sample.turnId))
    .map(({ sample: { turnId } }) => ({ turnId, reason: 'unusable' }));
}

function refusalOf({ calls, value, weight, baseline }: PreparedSample): RunReason | undefined {
  if (![value, weight, baseline].every(Number.isFinite)) return 'unusable';
  if (weight <= 0) return 'no_weight';
  if (calls.length === 0) return 'no_token_ids';
  return calls.some(({ tokens }) => tokens.length === 0) ? 'empty_answer' : undefined;
}

/** `undefined` where one of its calls makes no datum: the others alone are not what people judged. */
function dataOf({ calls }: PreparedSample): readonly AnswerDatum[] | undefined {
  const isKnown = calls.every(wasDrawnAsItWas);
  const { data, refused } = mergeTalk(
    calls.map(({ prompt, tokens, logprobs }) => ({
      prompt,
      answer: tokens,
      advantages: 0,
      ...(isKnown && logprobs !== undefined ? { logprobs } : {}),
    })),
  );
  return refused.length === 0 ? data : undefined;
}

/** Whether the kept log-probabilities are those that the tokens were drawn with, of whichever policy. */
function wasDrawnAsItWas(call: SampledTokens): boolean {
  return trainingPath(call, call).path === 'ratio';
}
