import { toAppError } from '../../domain/app-error.ts';
import type { EngineSampler } from '../../ports/trainer.ts';
import type { EngineFinding } from './engine-finding.ts';
import { answerTokens, type OpenProbe } from './engine-probe.ts';
import type { ProbeSamples } from './probe-sampling.ts';
import { saidBefore, toyStep } from './toy-loop.ts';
import { createToyReward } from './toy-reward.ts';

/** By how much a reward between 0 and 1 must rise to have risen, however it wavers. */
const clearRise = 0.1;
/** Of a slope, in standard errors: by chance as good as never, and by chance at times. */
const surely = 4;
const perhaps = 2;

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** The slope of a straight line through the rewards, in its standard errors (least squares). At least 3 of them. */
export function trendOf(rewards: readonly number[]): number {
  const count = rewards.length;
  const [middle, mean] = [(count - 1) / 2, meanOf(rewards)];
  const spread = rewards.reduce((sum, _, at) => sum + (at - middle) ** 2, 0);
  const slope = rewards.reduce((sum, reward, at) => sum + (at - middle) * (reward - mean), 0) / spread;
  const residual = rewards.reduce((sum, reward, at) => sum + (reward - mean - slope * (at - middle)) ** 2, 0);
  const error = Math.sqrt(residual / Math.max(1, count - 2) / spread);
  if (error === 0) return slope === 0 ? 0 : Math.sign(slope) * Number.MAX_VALUE;
  return slope / error;
}

/** What the rewards of all steps say. */
export function learningFinding(rewards: readonly number[]): EngineFinding {
  const check = 'learning';
  const steps = rewards.length;
  const part = Math.max(1, Math.floor(steps / 4));
  const [first, last] = [meanOf(rewards.slice(0, part)), meanOf(rewards.slice(-part))];
  const trend = trendOf(rewards);
  const numbers = { first, last, steps, trend };
  const measured = `In ${steps} steps a toy reward went from ${first.toFixed(2)} to ${last.toFixed(2)}`;
  const rise = last - first;
  if (rise >= clearRise || (rise > 0 && trend >= surely)) {
    return { check, state: 'ok', message: `${measured}.`, numbers };
  }
  if (rise > 0 && trend >= perhaps) {
    const message = `${measured}, which may be chance. Try more --steps, or another --learning-rate.`;
    return { check, state: 'warning', message, numbers };
  }
  const way = trend <= -surely ? 'it fell' : 'which is no rise';
  const message = `${measured}, ${way}. Try more --steps or another --learning-rate; if it never rises, do not train on this engine.`;
  return { check, state: 'problem', message, numbers };
}

/** Whether a toy reward rises when the policy is trained on it, by the product's own rules. */
export async function probeLearning(probe: OpenProbe, signal: AbortSignal): Promise<EngineFinding> {
  const { model, prompts, steps, groupSize } = probe;
  const talk = { prompts, groupSize, maxTokens: answerTokens };
  const reward = createToyReward(await saidBefore(await model.currentSampler(signal), talk, signal));
  const rewards: number[] = [];
  for (let step = 0; step < steps; step += 1) {
    const { meanReward } = await toyStep(
      {
        ...talk,
        model,
        facts: probe.trainer.facts,
        loss: { name: 'importance_sampling' },
        adam: { learningRate: probe.learningRate },
        reward,
      },
      signal,
    );
    rewards.push(meanReward);
    probe.onStep?.(step + 1, meanReward);
  }
  return learningFinding(rewards);
}

/** A sampler of weights from before the training, and what it said then. */
export interface EarlierWeights {
  readonly sampler: EngineSampler;
  readonly tokens: Int32Array;
  readonly logprobs: Float32Array;
}

export async function rememberWeights(
  probe: OpenProbe,
  { prompt, answers }: ProbeSamples,
  signal: AbortSignal,
): Promise<EarlierWeights> {
  const path = await probe.model.saveSampler(probe.nameOf('before'), signal);
  probe.saved.push(path);
  const sampler = await probe.trainer.createSampler({ path }, signal);
  const tokens = Int32Array.from([...prompt, ...(answers[0]?.tokens ?? [])]);
  return { sampler, tokens, logprobs: await sampler.logprobs(tokens, signal) };
}

function largestDifference(one: Float32Array, other: Float32Array): number {
  let most = 0;
  for (let at = 1; at < one.length; at += 1) {
    most = Math.max(most, Math.abs((one[at] ?? 0) - (other[at] ?? Number.POSITIVE_INFINITY)));
  }
  return most;
}

const sameWithin = 1e-3;

/** Whether weights that were saved to answer from stay what they were while the model trains on. */
export async function probeIsolation(
  probe: OpenProbe,
  earlier: EarlierWeights,
  signal: AbortSignal,
): Promise<EngineFinding> {
  const { facts } = probe.trainer;
  const check = 'isolation';
  const serving = facts.serveWhileTraining
    ? 'it may answer people while it trains'
    : 'it must not answer people while it trains';
  try {
    const after = await earlier.sampler.logprobs(earlier.tokens, signal);
    const moved = largestDifference(earlier.logprobs, after);
    if (facts.samplerIsolation === 'snapshot' && moved > sameWithin) {
      const message = `Saved weights changed by ${moved.toExponential(1)} while the model trained on, although the profile says that they stay. Another profile fits this engine.`;
      return { check, state: 'problem', message, numbers: { moved } };
    }
    const message = `Saved weights stay as they are while the model trains on; ${serving}.`;
    return { check, state: 'ok', message, numbers: { moved } };
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.details['reason'] !== 'stale_sampler') throw error;
    return {
      check,
      state: 'warning',
      message: `This engine keeps one state of a model’s weights: samplers end when it trains on, and ${serving}.`,
    };
  }
}
