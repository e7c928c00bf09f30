import type { TurnId } from '../../../domain/ids.ts';
import type { SampledAnswer, SampledTokens } from '../../../domain/sampling.ts';
import { type AnswerDatum, buildDatum } from '../../build-datum.ts';
import { effectiveSampleSize, sequenceRatio } from '../../ratios.ts';
import { isUsableLogprob } from '../../usable-logprob.ts';
import type { PreparedSample } from '../prepared-sample.ts';
import type { RunReason } from '../run-reasons.ts';
import type { StepEngine, StepSettings } from '../step-engine.ts';
import { drawSeed } from './draw-seed.ts';
import { settleAll } from './settle-all.ts';

export interface DrawOptions {
  /** How many to each prompt. */
  readonly count: number;
  readonly stopIds: readonly number[];
  /** The most tokens of prompt and answer together. */
  readonly contextTokens: number;
}

/** An answer of the policy in training as it is now. */
export interface DrawnAnswer {
  readonly answer: SampledAnswer;
  /** With log-probabilities as drawn, and advantages of 0. */
  readonly datum: AnswerDatum;
  /** exp(mean(lp − q)): how training finds what sampling drew. Near 1, or they are not of the same weights. */
  readonly ratio: number;
}

export interface DrawnPrompt {
  readonly sample: PreparedSample;
  /** At least one. */
  readonly answers: readonly DrawnAnswer[];
}

/** `low_ess`: what was drawn is too far from the policy in training. */
export type Drawn =
  | {
      readonly kind: 'drawn';
      readonly prompts: readonly DrawnPrompt[];
      readonly leftOut: readonly { readonly turnId: TurnId; readonly reason: RunReason }[];
    }
  | {
      readonly kind: 'refused';
      readonly reason: 'low_ess' | 'ess_unknown';
      readonly ratios: readonly number[];
    };

interface Prompted {
  readonly sample: PreparedSample;
  readonly prompt: Int32Array;
}

/**
 * Draws fresh answers to the samples' prompts, id by id as they were served, from the policy as it is: temperature 1 and nothing
 * cut off. What a tool would say to another answer nobody knows, so that turns with tools are left out. An answer of which a
 * log-probability is missing, as drawn or in a pass over it, is none. Where the answers, by that pass, are not of the weights in
 * training, all is refused.
 */
export async function drawAnswers(
  batch: readonly PreparedSample[],
  engine: StepEngine,
  settings: StepSettings,
  options: DrawOptions,
): Promise<Drawn> {
  const prompted: Prompted[] = [];
  const leftOut: { turnId: TurnId; reason: RunReason }[] = [];
  for (const sample of batch) {
    const found = promptOf(sample, options.contextTokens);
    if (typeof found === 'string') leftOut.push({ turnId: sample.turnId, reason: found });
    else prompted.push({ sample, prompt: found });
  }
  const answers = await settleAll(
    prompted.map(async ({ sample, prompt }) => {
      const maxTokens = Math.min(settings.groupMaxTokens, options.contextTokens - prompt.length);
      const seed = drawSeed(settings.seed, sample.turnId);
      const params = { maxTokens, temperature: 1, topP: 1, topK: -1, seed };
      const drawn = await engine.sample({ prompt, count: options.count, stopIds: options.stopIds, params });
      return drawn.flatMap((answer) => datumOf(sample, prompt, answer));
    }),
  );
  const all = answers.flat();
  if (all.length === 0) return { kind: 'drawn', prompts: [], leftOut: [...leftOut, ...unusable(prompted)] };
  const pass = await engine.forward(
    all.map(({ datum }) => datum),
    { name: 'cross_entropy' },
  );
  const found = all.flatMap((one, at) => {
    const { weights, logprobs = new Float32Array(0) } = one.datum;
    const now = pass.logprobs[at];
    // A pass that gives no number for a token gives no gradient either.
    if (
      now?.length !== weights.length ||
      !now.every((own, token) => weights[token] === 0 || isUsableLogprob(own))
    )
      return [];
    const ratio = sequenceRatio(now, logprobs, weights);
    return ratio === undefined ? [] : [{ ...one, ratio }];
  });
  const ratios = found.map(({ ratio }) => ratio);
  if (ratios.length === 0) return { kind: 'refused', reason: 'ess_unknown', ratios };
  if (effectiveSampleSize(ratios).fraction < settings.leastEss) {
    return { kind: 'refused', reason: 'low_ess', ratios };
  }
  const byTurn = Map.groupBy(found, ({ sample }) => sample.turnId);
  const without = prompted.filter(({ sample }) => !byTurn.has(sample.turnId));
  return {
    kind: 'drawn',
    prompts: prompted.flatMap(({ sample }) => {
      const own = byTurn.get(sample.turnId);
      return own === undefined ? [] : [{ sample, answers: own }];
    }),
    leftOut: [...leftOut, ...unusable(without)],
  };
}

/** The one call of a turn that was answered without tools; or why it has none that can be answered, or scored, again. */
export function onlyCall({ calls }: PreparedSample): SampledTokens | RunReason {
  const [call, ...more] = calls;
  if (call === undefined) return 'no_token_ids';
  if (more.length > 0) return 'used_tools';
  return call.prompt.length === 0 ? 'no_prompt' : call;
}

function promptOf(sample: PreparedSample, contextTokens: number): Int32Array | RunReason {
  const call = onlyCall(sample);
  if (typeof call === 'string') return call;
  return call.prompt.length < contextTokens ? call.prompt : 'too_long';
}

function datumOf(
  sample: PreparedSample,
  prompt: Int32Array,
  answer: SampledAnswer,
): readonly Omit<DrawnAnswer & { readonly sample: PreparedSample }, 'ratio'>[] {
  const { tokens, logprobs } = answer;
  if (logprobs === undefined) return [];
  const built = buildDatum({ prompt, answer: tokens, logprobs, advantages: 0 });
  return built.kind === 'refused' ? [] : [{ sample, answer, datum: built.datum }];
}

function unusable(prompted: readonly Prompted[]): readonly { turnId: TurnId; reason: RunReason }[] {
  return prompted.map(({ sample }) => ({ turnId: sample.turnId, reason: 'unusable' }));
}
