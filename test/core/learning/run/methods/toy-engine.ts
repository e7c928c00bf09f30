import type { Datum, Loss } from '../../../../../core/domain/datum.ts';
import type { EngineFacts } from '../../../../../core/domain/engine-facts.ts';
import type { ReductionFacts } from '../../../../../core/learning/engine-share.ts';
import type { StepEngine } from '../../../../../core/learning/run/step-engine.ts';
import { engineLoss, gradientOf } from '../../tiny-engine.ts';

/**
 * A softmax model of the next token: its logits are one row for the last token read and one for the first. Numbers by
 * `row · vocabulary + token`; rows of first tokens stand behind those of last ones.
 */
export type Theta = readonly number[];

export const vocabulary = 5;
const size = 2 * vocabulary * vocabulary;

/** Weights that are different everywhere. */
export const thetaOf = (seed: number): Theta =>
  Array.from({ length: size }, (_, at) => 0.8 * Math.sin(seed * 12.9898 + at * 78.233));

const rowsOf = (sequence: ArrayLike<number>, at: number): readonly [number, number] => [
  sequence[at]!,
  vocabulary + sequence[0]!,
];

function probabilitiesAfter(theta: Theta, rows: readonly [number, number]): readonly number[] {
  const logits = Array.from(
    { length: vocabulary },
    (_, token) => theta[rows[0] * vocabulary + token]! + theta[rows[1] * vocabulary + token]!,
  );
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  return logits.map((logit) => Math.exp(logit) / total);
}

/** Of each target after all that was read up to there. */
export function targetLogprobs(
  theta: Theta,
  { input, targets }: Pick<Datum, 'input' | 'targets'>,
): readonly number[] {
  return Array.from(targets, (target, at) => Math.log(probabilitiesAfter(theta, rowsOf(input, at))[target]!));
}

/** The log-probability of an answer to a prompt. */
export function answerScore(
  theta: Theta,
  { prompt, tokens }: { readonly prompt: Int32Array; readonly tokens: Int32Array },
): number {
  const all = [...prompt, ...tokens];
  const lps = targetLogprobs(theta, {
    input: Int32Array.from(all.slice(0, -1)),
    targets: Int32Array.from(all.slice(1)),
  });
  return lps.slice(prompt.length - 1).reduce((sum, lp) => sum + lp, 0);
}

/** ∂loss/∂theta, by the chain rule from what the engine makes of the batch. */
function thetaGradient(theta: Theta, batch: readonly Datum[], loss: Loss, facts: ReductionFacts): number[] {
  const lps = batch.map((datum) => targetLogprobs(theta, datum));
  const slopes = gradientOf((moved) => engineLoss(batch, loss, facts, moved, lps), lps);
  const gradient = new Array<number>(size).fill(0);
  for (const [index, { input, targets }] of batch.entries()) {
    for (const [at, target] of targets.entries()) {
      const rows = rowsOf(input, at);
      for (const [token, probability] of probabilitiesAfter(theta, rows).entries()) {
        const slope = slopes[index]![at]! * ((token === target ? 1 : 0) - probability);
        for (const row of rows) gradient[row * vocabulary + token]! += slope;
      }
    }
  }
  return gradient;
}

export interface ToyEngine extends StepEngine {
  /** Names of calls, in order. */
  readonly calls: readonly string[];
  readonly updates: readonly { readonly batch: readonly Datum[]; readonly loss: Loss }[];
  /** Of the last update. */
  readonly gradient: readonly number[];
  theta: Theta;
}

export interface ToyOptions {
  readonly facts: ReductionFacts;
  readonly theta: Theta;
  readonly serving?: Theta;
  readonly base?: Theta;
  /** How far an update goes against its gradient. @default 0 */
  readonly rate?: number;
  /** What a call gives in place of what it would. `call`: as in `calls`. */
  readonly spoil?: (call: string, lists: readonly Float32Array[]) => readonly Float32Array[];
}

export function createToyEngine({
  facts,
  theta,
  serving = theta,
  base = serving,
  rate = 0,
  spoil = (_, lists) => lists,
}: ToyOptions): ToyEngine {
  const calls: string[] = [];
  const updates: { batch: readonly Datum[]; loss: Loss }[] = [];
  const whole: EngineFacts = {
    samplerIsolation: 'snapshot',
    serveWhileTraining: true,
    clipsGradients: false,
    loadState: 'any_time',
    ...facts,
  };
  const engine = {
    facts: whole,
    calls,
    updates,
    gradient: [] as readonly number[],
    theta,
    async forward(batch: readonly Datum[]) {
      calls.push('forward');
      const logprobs = batch.map((datum) => Float32Array.from(targetLogprobs(engine.theta, datum)));
      return { logprobs: spoil('forward', logprobs), metrics: {} };
    },
    async update(batch: readonly Datum[], loss: Loss) {
      calls.push('update');
      updates.push({ batch, loss });
      const logprobs = batch.map((datum) => Float32Array.from(targetLogprobs(engine.theta, datum)));
      const gradient = thetaGradient(engine.theta, batch, loss, facts);
      engine.gradient = gradient;
      engine.theta = engine.theta.map((own, at) => own - rate * gradient[at]!);
      return { logprobs, metrics: {} };
    },
    async reference(name: string, sequences: readonly Int32Array[]) {
      calls.push(name);
      const lists = sequences.map((tokens) => {
        const datum = { input: tokens.slice(0, -1), targets: tokens.slice(1) };
        return Float32Array.of(Number.NaN, ...targetLogprobs(name === 'base' ? base : serving, datum));
      });
      return spoil(name, lists);
    },
    sample: () => Promise.reject(new Error('nothing here asks for fresh answers')),
  };
  return engine;
}

/** ∂value/∂theta of anything, by central differences. */
export function thetaGradientOf(valueAt: (theta: Theta) => number, theta: Theta): readonly number[] {
  const step = 1e-4;
  return theta.map((_, at) => {
    const moved = (by: number): Theta => theta.map((own, index) => (index === at ? own + by : own));
    return (valueAt(moved(step)) - valueAt(moved(-step))) / (2 * step);
  });
}
