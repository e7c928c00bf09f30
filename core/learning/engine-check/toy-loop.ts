import type { AdamParams, Datum, Loss } from '../../domain/datum.ts';
import type { EngineFacts } from '../../domain/engine-facts.ts';
import type { SampledAnswer } from '../../domain/sampling.ts';
import type { EngineSampler, TrainableModel } from '../../ports/trainer.ts';
import { advantagesOf } from '../advantages.ts';
import { type AnswerDatum, buildDatum, buildSupervisedDatum } from '../build-datum.ts';
import { type NormaliseOptions, needsCurrent, normaliseBatch } from '../normalise-batch.ts';
import type { ToyReward } from './toy-reward.ts';

export interface ToyLoopOptions {
  readonly model: TrainableModel;
  readonly facts: EngineFacts;
  readonly prompts: readonly Int32Array[];
  /** Answers to each prompt and step. */
  readonly groupSize: number;
  readonly maxTokens: number;
  readonly loss: Loss;
  readonly adam: AdamParams;
  readonly reward: ToyReward;
  /** Samples of one step are drawn with seeds from this one on; absent: by the engine's chance. */
  readonly seed?: number;
}

export interface ToyStep {
  readonly meanReward: number;
  /** Of that mean, by how the rewards of its answers differ. */
  readonly standardError: number;
  /** Answers that a gradient came of. */
  readonly trained: number;
}

interface RewardedSample {
  readonly prompt: Int32Array;
  readonly answer: SampledAnswer;
  readonly reward: number;
  readonly group: string;
}

async function sampleAll(
  sampler: EngineSampler,
  options: ToyLoopOptions,
  signal: AbortSignal,
): Promise<readonly RewardedSample[]> {
  const { prompts, groupSize, maxTokens, reward, seed } = options;
  const groups = await Promise.all(
    prompts.map(async (prompt, at) => {
      const params = {
        maxTokens,
        temperature: 1,
        topP: 1,
        topK: -1,
        ...(seed === undefined ? {} : { seed: seed + at }),
      };
      const answers = await sampler.sample({ prompt, count: groupSize, stopIds: [], params }, signal);
      return answers.map((answer) => ({
        prompt,
        answer,
        reward: reward.rewardOf(answer.tokens),
        group: String(at),
      }));
    }),
  );
  return groups.flat();
}

/** For `cross_entropy` the better answers to learn by heart, by how much better they are; for the others all. */
function datumsOf(samples: readonly RewardedSample[], loss: Loss): readonly AnswerDatum[] {
  const answers = samples.map(({ reward, group }, at) => ({ id: String(at), group, reward }));
  const { known } = advantagesOf(answers, { against: 'group', cap: 1 });
  return known.flatMap(({ id, advantage }) => {
    const sample = samples[Number(id)];
    if (sample === undefined) return [];
    const { prompt, answer } = sample;
    const built =
      loss.name === 'cross_entropy'
        ? buildSupervisedDatum({ prompt, answer: answer.tokens, weight: Math.max(0, advantage) })
        : buildDatum({
            prompt,
            answer: answer.tokens,
            advantages: advantage,
            ...(answer.logprobs === undefined ? {} : { logprobs: answer.logprobs }),
          });
    return built.kind === 'datum' ? [built.datum] : [];
  });
}

/**
 * One step of group-relative policy optimisation towards a toy reward: samples from the weights of now, a batch by the product's
 * own rules, one optimiser step. The numbers of datums are the same in each step, for engines that compile for each shape.
 */
export async function toyStep(options: ToyLoopOptions, signal: AbortSignal): Promise<ToyStep> {
  const { model, facts, loss, prompts, groupSize, adam } = options;
  const sampler = await model.currentSampler(signal);
  const samples = await sampleAll(sampler, options, signal);
  const rewards = samples.map(({ reward: own }) => own);
  const meanReward = rewards.reduce((sum, own) => sum + own, 0) / Math.max(1, rewards.length);
  const squares = rewards.reduce((sum, own) => sum + (own - meanReward) ** 2, 0);
  const standardError = Math.sqrt(squares / Math.max(1, rewards.length - 1) / Math.max(1, rewards.length));
  const datums = datumsOf(samples, loss);
  if (datums.length === 0) return { meanReward, standardError, trained: 0 };
  const padTo = loss.name === 'dro' ? datums.length : prompts.length * groupSize;
  // The quadratic loss has one setting for all tokens, so that they must count alike; where losses are means, answers do.
  const isSummed = facts.lossReduction === 'sum';
  const objective = loss.name === 'dro' && isSummed ? 'token_mean' : 'sequence_mean';
  const plan: NormaliseOptions = { loss, objective, facts, padTo };
  const current = needsCurrent(datums, plan) ? await currentOf(model, datums, signal) : undefined;
  const ready = normaliseBatch(datums, current === undefined ? plan : { ...plan, current });
  await Promise.all([model.forwardBackward(ready.batch, ready.loss, signal), model.optimStep(adam, signal)]);
  return { meanReward, standardError, trained: datums.length };
}

async function currentOf(
  model: TrainableModel,
  datums: readonly Datum[],
  signal: AbortSignal,
): Promise<readonly Float32Array[]> {
  const { logprobs } = await model.forward(datums, { name: 'cross_entropy' }, signal);
  return logprobs;
}

/** What a policy says before it is trained, to make a reward of. */
export async function saidBefore(
  sampler: EngineSampler,
  { prompts, groupSize, maxTokens }: Pick<ToyLoopOptions, 'prompts' | 'groupSize' | 'maxTokens'>,
  signal: AbortSignal,
): Promise<readonly Int32Array[]> {
  const params = { maxTokens, temperature: 1, topP: 1, topK: -1 };
  const groups = await Promise.all(
    prompts.map((prompt) => sampler.sample({ prompt, count: groupSize, stopIds: [], params }, signal)),
  );
  return groups.flat().map(({ tokens }) => tokens);
}
