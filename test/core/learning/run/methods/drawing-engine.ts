import type { Datum } from '../../../../../core/domain/datum.ts';
import type { EngineFacts } from '../../../../../core/domain/engine-facts.ts';
import type { SampledAnswer } from '../../../../../core/domain/sampling.ts';
import type { ReductionFacts } from '../../../../../core/learning/engine-share.ts';
import type {
  ReferenceName,
  StepEngine,
  StepSettings,
} from '../../../../../core/learning/run/step-engine.ts';
import type { SampleRequest } from '../../../../../core/ports/trainer.ts';
import { createRandom, mixSeeds } from '../../../../fakes/tinker/random.ts';
import { sumEngine } from '../../tiny-engine.ts';

export const vocabulary = 8;
/** Ends an answer. */
export const stopId = 0;

/** Logits of the next token: a row for the last token read, and behind those a row for the first one. */
export type Weights = readonly Float64Array[];

export function weightsOf(seed: number): Weights {
  const random = createRandom(seed);
  return Array.from({ length: 2 * vocabulary }, () =>
    Float64Array.from({ length: vocabulary }, () => random() - 0.5),
  );
}

const rowsOf = (weights: Weights, first: number, last: number): readonly [Float64Array, Float64Array] => [
  weights[last]!,
  weights[vocabulary + first]!,
];

/** Of every next token. */
export function probabilities(weights: Weights, read: ArrayLike<number>): Float64Array {
  const [one, other] = rowsOf(weights, read[0]!, read[read.length - 1]!);
  const exps = one.map((logit, token) => Math.exp(logit + other[token]!));
  const total = exps.reduce((sum, own) => sum + own, 0);
  return exps.map((own) => own / total);
}

/** As many as tokens; the first is NaN. */
export function sequenceLogprobs(weights: Weights, tokens: ArrayLike<number>): Float32Array {
  const all = Array.from(tokens);
  return Float32Array.from(all, (token, at) =>
    at === 0 ? Number.NaN : Math.log(probabilities(weights, all.slice(0, at))[token]!),
  );
}

export interface DrawingEngine extends StepEngine {
  /** Names of calls, in order; a reference by its own name. */
  readonly calls: string[];
  readonly requests: readonly SampleRequest[];
  readonly updates: readonly (readonly Datum[])[];
  weights(): Weights;
}

export interface DrawingOptions {
  readonly weights: Weights;
  readonly references?: Readonly<Partial<Record<ReferenceName, Weights>>>;
  readonly facts?: ReductionFacts;
  readonly learningRate?: number;
  /** What a call gives in place of what it would; it may throw. `name`: as in `calls`. */
  readonly spoil?: (name: string, lists: readonly Float32Array[]) => readonly Float32Array[];
  /** What is drawn in place of an answer. */
  readonly drawn?: (answer: SampledAnswer, request: SampleRequest, nth: number) => SampledAnswer;
}

/** A model that answers, scores and learns by plain gradient descent on `importance_sampling`. */
export function createDrawingEngine(options: DrawingOptions): DrawingEngine {
  const { references = {}, learningRate = 0, spoil = (_, lists) => lists, drawn = (own) => own } = options;
  let { weights } = options;
  const calls: string[] = [];
  const requests: SampleRequest[] = [];
  const updates: (readonly Datum[])[] = [];
  const facts: EngineFacts = {
    ...(options.facts ?? sumEngine),
    samplerIsolation: 'snapshot',
    serveWhileTraining: true,
    clipsGradients: true,
    loadState: 'any_time',
  };
  const pass = (batch: readonly Datum[]): readonly Float32Array[] =>
    batch.map(({ input, targets }) =>
      sequenceLogprobs(weights, [...input, ...targets.subarray(-1)]).subarray(1),
    );

  function learn(batch: readonly Datum[], logprobs: readonly Float32Array[]): void {
    const next = weights.map((row) => row.slice());
    for (const [index, { input, targets, weights: own, advantages, logprobs: old }] of batch.entries()) {
      const total = facts.ratioWeights ? own.reduce((sum, weight) => sum + weight, 0) : own.length;
      const share = facts.lossReduction === 'sum' ? 1 : 1 / (batch.length * total);
      for (const [at, target] of targets.entries()) {
        const gain = share * Math.exp(logprobs[index]![at]! - old![at]!) * advantages![at]! * learningRate;
        if (gain === 0) continue;
        const known = probabilities(weights, input.subarray(0, at + 1));
        for (const row of rowsOf(next, input[0]!, input[at]!)) {
          for (const [token, probability] of known.entries()) {
            row[token]! += gain * (Number(token === target) - probability);
          }
        }
      }
    }
    weights = next;
  }

  return {
    facts,
    calls,
    requests,
    updates,
    weights: () => weights,
    async forward(batch) {
      calls.push('forward');
      return { logprobs: spoil('forward', pass(batch)), metrics: {} };
    },
    async update(batch, loss) {
      calls.push('update');
      if (loss.name !== 'importance_sampling') throw new Error('this engine learns by ratios alone');
      updates.push(batch);
      const logprobs = pass(batch);
      learn(batch, logprobs);
      return { logprobs, metrics: {} };
    },
    async reference(name, sequences) {
      calls.push(name);
      const own = references[name] ?? options.weights;
      return spoil(
        name,
        sequences.map((tokens) => sequenceLogprobs(own, tokens)),
      );
    },
    async sample(request) {
      calls.push('sample');
      requests.push(request);
      return Array.from({ length: request.count }, (_, nth) =>
        drawn(drawFrom(weights, request, nth), request, nth),
      );
    },
  };
}

function drawFrom(weights: Weights, { prompt, params, stopIds }: SampleRequest, nth: number): SampledAnswer {
  const random = createRandom(mixSeeds(params.seed ?? 0, nth));
  const tokens: number[] = [];
  while (tokens.length < params.maxTokens && !stopIds.includes(tokens.at(-1) ?? -1)) {
    const left = [...probabilities(weights, [...prompt, ...tokens])];
    let point = random();
    const found = left.findIndex((own) => {
      point -= own;
      return point < 0;
    });
    tokens.push(found === -1 ? vocabulary - 1 : found);
  }
  return {
    tokens: Int32Array.from(tokens),
    logprobs: sequenceLogprobs(weights, [...prompt, ...tokens]).subarray(prompt.length),
    stopReason: stopIds.includes(tokens.at(-1) ?? -1) ? 'stop' : 'length',
  };
}

export const plainSettings: StepSettings = {
  beta: 0.1,
  kl: 0,
  leastEss: 0.3,
  ratioCap: 2,
  advantageCap: 2,
  groupSize: 4,
  groupMaxTokens: 12,
  distillation: 1,
  seed: 7,
};

/** A tokenizer of numbers: `3 1 4`. */
export const numberTokenizer = {
  stopIds: [stopId],
  parseAnswer: (tokens: Int32Array) => ({
    text: [...tokens].filter((id) => id !== stopId).join(' '),
    toolCalls: [],
    isWhole: tokens.at(-1) === stopId,
  }),
};
