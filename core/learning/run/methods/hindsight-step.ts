import type { SampledTokens } from '../../../domain/sampling.ts';
import { type AnswerDatum, buildDatum } from '../../build-datum.ts';
import { sequenceRatio } from '../../ratios.ts';
import { isUsableLogprob } from '../../usable-logprob.ts';
import type { PreparedSample } from '../prepared-sample.ts';
import type { RunReason } from '../run-reasons.ts';
import type { StepMethod } from '../step-engine.ts';
import { combinedStep } from './combined-step.ts';
import { tellsSomething, withDistillation } from './distil-tokens.ts';
import { onlyCall } from './draw-answers.ts';
import type { HintPrompt } from './hint-prompt.ts';
import type { PartAnswer, PartAnswers, StepPart } from './step-part.ts';

export interface HindsightDeps {
  /** As `hintPrompt` makes it. */
  readonly promptWithHint: HintPrompt;
  /** The most tokens of prompt and answer together. */
  readonly contextTokens: number;
}

/** A step of hindsight distillation alone. */
export function hindsightStep(deps: HindsightDeps): StepMethod {
  return combinedStep([hindsightPart(deps)]);
}

/** An answer under its own prompt and under the one with the hints. */
interface Hinted {
  readonly sample: PreparedSample;
  readonly call: SampledTokens;
  readonly plain: AnswerDatum;
  readonly hinted: AnswerDatum;
}

/**
 * Hindsight distillation: the policy scores the answer that was given once more, knowing what people said of it. A token that
 * it would then have found likelier gains, one that it would not have written loses: A = weight·clip(coefficient·(lp with
 * hint − lp of now), ±cap). Both are of the weights in training, so that the ratio is 1 whoever drew the answer. No judge and
 * no reward is needed, only words. Tokens of which either number is missing are read, and not trained.
 */
export function hindsightPart({ promptWithHint, contextTokens }: HindsightDeps): StepPart {
  return async (batch, engine, settings) => {
    const leftOut: PartAnswers['leftOut'][number][] = [];
    const pairs: Hinted[] = [];
    for (const sample of batch) {
      const pair = hintedOf(sample, promptWithHint, contextTokens);
      if (typeof pair === 'string') leftOut.push({ turnId: sample.turnId, reason: pair });
      else pairs.push(pair);
    }
    const nothing = { kind: 'answers', answers: [], leftOut, rewards: [], drawn: [], ratios: [] } as const;
    if (pairs.length === 0) return nothing;
    const both = [...pairs.map(({ plain }) => plain), ...pairs.map(({ hinted }) => hinted)];
    const { logprobs } = await engine.forward(both, { name: 'cross_entropy' });
    const answers: PartAnswer[] = [];
    const rewards: number[] = [];
    const ratios: number[] = [];
    for (const [at, pair] of pairs.entries()) {
      const { sample, call } = pair;
      const now = ofAnswer(pair.plain, logprobs[at]);
      const hinted = ofAnswer(pair.hinted, logprobs[pairs.length + at]);
      const datum = datumOf(call, now, hinted);
      const taught = datum === undefined ? undefined : taughtBy(datum, hinted, sample, settings);
      if (taught === undefined || !tellsSomething(taught)) {
        leftOut.push({ turnId: sample.turnId, reason: taught === undefined ? 'unusable' : 'no_difference' });
        continue;
      }
      answers.push({ turnId: sample.turnId, datum: taught });
      rewards.push(sample.value);
      const ratio =
        call.logprobs?.length === now.length ? sequenceRatio(now, call.logprobs, alike(now)) : undefined;
      if (ratio !== undefined) ratios.push(ratio);
    }
    return { ...nothing, answers, rewards, ratios };
  };
}

function hintedOf(
  sample: PreparedSample,
  promptWithHint: HintPrompt,
  contextTokens: number,
): Hinted | RunReason {
  if (!sample.hints.some((hint) => hint.trim() !== '')) return 'no_hint';
  const call = onlyCall(sample);
  if (typeof call === 'string') return call;
  if (call.tokens.length === 0) return 'empty_answer';
  if (!(sample.weight > 0)) return 'no_weight';
  const prompt = promptWithHint(sample);
  if (prompt === undefined) return 'no_prompt';
  if (prompt.length + call.tokens.length > contextTokens) return 'too_long';
  const plain = buildDatum({ prompt: call.prompt, answer: call.tokens, advantages: 0 });
  const hinted = buildDatum({ prompt, answer: call.tokens, advantages: 0 });
  if (plain.kind === 'refused' || hinted.kind === 'refused') return 'unusable';
  return { sample, call, plain: plain.datum, hinted: hinted.datum };
}

/** What a pass gave for the answer's own tokens; nothing where it gave no list that fits. */
function ofAnswer({ weights, answers }: AnswerDatum, logprobs: Float32Array | undefined): Float32Array {
  const [span] = answers;
  if (span === undefined || logprobs?.length !== weights.length) return new Float32Array(0);
  return logprobs.subarray(span.start, span.end);
}

/** The answer as the policy of now finds it, trained where both numbers are known; `undefined` where nowhere. */
function datumOf(
  { prompt, tokens }: SampledTokens,
  now: Float32Array,
  hinted: Float32Array,
): AnswerDatum | undefined {
  const mask = Array.from(tokens, (_, at) => Number(isUsableLogprob(now[at]) && isUsableLogprob(hinted[at])));
  const built = buildDatum({ prompt, answer: tokens, logprobs: now, advantages: 0, mask });
  return built.kind === 'refused' ? undefined : built.datum;
}

function taughtBy(
  datum: AnswerDatum,
  hinted: Float32Array,
  { weight }: PreparedSample,
  { distillation, advantageCap }: { readonly distillation: number; readonly advantageCap: number },
): AnswerDatum | undefined {
  const others = new Float32Array(datum.weights.length).fill(Number.NaN);
  others.set(hinted, datum.answers[0]?.start ?? 0);
  const options = { coefficient: distillation, cap: advantageCap, weights: [weight] };
  return withDistillation([datum], [others], options)[0];
}

const alike = (list: Float32Array): Float32Array => list.map(() => 1);
