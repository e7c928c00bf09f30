import { toAppError } from '../../domain/app-error.ts';
import type { EngineSampler } from '../../ports/trainer.ts';
import type { EngineFinding } from './engine-finding.ts';
import { answerTokens, type OpenProbe } from './engine-probe.ts';
import type { ProbeSamples } from './probe-sampling.ts';
import { saidBefore, type ToyStep, toyStep } from './toy-loop.ts';
import { createToyReward } from './toy-reward.ts';

/** The least by which a reward between 0 and 1 must rise to have risen. */
const leastRise = 0.05;
/** Of a rise, in its standard errors: by chance as good as never, and by chance at times. */
const surely = 3.5;
const perhaps = 2;

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Mean reward of some steps, and the standard error of that mean. */
function levelOf(steps: readonly ToyStep[]): { readonly mean: number; readonly error: number } {
  const squares = steps.reduce((sum, { standardError }) => sum + standardError ** 2, 0);
  return {
    mean: meanOf(steps.map(({ meanReward }) => meanReward)),
    error: Math.sqrt(squares) / Math.max(1, steps.length),
  };
}

/** What the rewards of all steps say: the first quarter beside the last. */
export function learningFinding(steps: readonly ToyStep[]): EngineFinding {
  const check = 'learning';
  if (steps.every(({ trained }) => trained === 0)) {
    const message =
      'Every answer was worth the same, so that nothing could be trained: the model says the same all the time. Try more --group, or look at it by hand.';
    return { check, state: 'skipped', message };
  }
  const part = Math.max(1, Math.floor(steps.length / 4));
  const [first, last] = [levelOf(steps.slice(0, part)), levelOf(steps.slice(-part))];
  const rise = last.mean - first.mean;
  const error = Math.hypot(first.error, last.error);
  const inErrors = error === 0 ? Math.sign(rise) * Number.MAX_VALUE : rise / error;
  const numbers = { first: first.mean, last: last.mean, steps: steps.length, error };
  const measured = `In ${steps.length} steps a toy reward went from ${first.mean.toFixed(2)} to ${last.mean.toFixed(2)}`;
  if (rise >= leastRise && inErrors >= surely)
    return { check, state: 'ok', message: `${measured}.`, numbers };
  if (rise > 0 && inErrors >= perhaps) {
    const message = `${measured}, which may be chance. Try more --steps, a larger --group, or another --learning-rate.`;
    return { check, state: 'warning', message, numbers };
  }
  const way = inErrors <= -surely ? 'it fell' : 'which is no rise';
  const message = `${measured}, ${way}. Try more --steps or another --learning-rate; if it never rises, do not train on this engine.`;
  return { check, state: 'problem', message, numbers };
}

/** Whether a toy reward rises when the policy is trained on it, by the product's own rules. */
export async function probeLearning(probe: OpenProbe, signal: AbortSignal): Promise<EngineFinding> {
  const { model, prompts, steps, groupSize } = probe;
  const talk = { prompts, groupSize, maxTokens: answerTokens };
  const reward = createToyReward(await saidBefore(await model.currentSampler(signal), talk, signal));
  const taken: ToyStep[] = [];
  for (let step = 0; step < steps; step += 1) {
    const done = await toyStep(
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
    taken.push(done);
    probe.onStep?.(step + 1, done.meanReward);
  }
  return learningFinding(taken);
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

/** The first has none. Infinite where either lacks a number. */
function largestDifference(one: Float32Array, other: Float32Array): number {
  let most = 0;
  for (let at = 1; at < one.length; at += 1) {
    const difference = Math.abs((one[at] ?? Number.NaN) - (other[at] ?? Number.NaN));
    most = Math.max(most, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
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
  const { tokens, logprobs } = earlier;
  const trained = await (await probe.model.currentSampler(signal)).logprobs(tokens, signal);
  const learned = largestDifference(logprobs, trained);
  if (learned <= sameWithin) {
    const message = 'Training has not moved the weights, so that nothing can be told of saved ones.';
    return { check, state: 'skipped', message, numbers: { learned } };
  }
  try {
    const moved = largestDifference(logprobs, await earlier.sampler.logprobs(tokens, signal));
    const after = await (await probe.model.currentSampler(signal)).logprobs(tokens, signal);
    const undone = largestDifference(trained, after);
    const numbers = { moved, learned, undone };
    if (undone > sameWithin) {
      const message = `Sampling saved weights changed those in training by ${undone.toExponential(1)}: the engine loads them over the training. Another profile fits this engine.`;
      return { check, state: 'problem', message, numbers };
    }
    if (moved <= sameWithin) {
      const message = `Saved weights stay as they are while the model trains on; ${serving}.`;
      return { check, state: 'ok', message, numbers };
    }
    const message = `Saved weights changed by ${moved.toExponential(1)} while the model trained on: whoever was answered from them would be answered by something else.`;
    return { check, state: 'problem', message, numbers };
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.details['reason'] !== 'stale_sampler') throw error;
    return {
      check,
      state: 'warning',
      message: `This engine keeps one state of a model’s weights: samplers end when it trains on, and ${serving}. That is as its profile says; training heeds it.`,
    };
  }
}
