import { AppError } from '../../core/domain/app-error.ts';
import type { AdamParams, Datum, Loss, LossResult } from '../../core/domain/datum.ts';
import type { EngineFacts } from '../../core/domain/engine-facts.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { EngineSampler, TrainableModel, TrainerPort } from '../../core/ports/trainer.ts';
import { partsOfPath } from './checkpoints.ts';
import { createTinkerClient } from './client.ts';
import { badReply } from './json-codec.ts';
import type { TinkerModel, WireLoss } from './model.ts';
import type { TinkerOptions } from './options.ts';
import type { TinkerSampler } from './sampler.ts';
import { createStateSamplers } from './state-samplers.ts';
import type { Tensor, WireDatum, WireSequence } from './wire.ts';

function wireLoss(loss: Loss): WireLoss {
  switch (loss.name) {
    case 'ppo':
    case 'cispo':
      return {
        name: loss.name,
        config: { clip_low_threshold: loss.clipLow, clip_high_threshold: loss.clipHigh },
      };
    case 'dro':
      return { name: loss.name, config: { beta: loss.beta } };
    default:
      return { name: loss.name };
  }
}

function wireDatum(datum: Datum, loss: Loss, facts: EngineFacts, at: number): WireDatum {
  const chunks = [{ type: 'encoded_text', tokens: datum.input }] as const;
  const { targets, weights, logprobs, advantages } = datum;
  if (loss.name === 'cross_entropy')
    return { chunks, lossInputs: { target_tokens: { data: targets }, weights: { data: weights } } };
  if (logprobs === undefined || advantages === undefined) {
    throw new AppError(
      'invalid_input',
      `Datum ${at} has no log-probabilities or advantages, which ${loss.name} needs.`,
    );
  }
  const lossInputs: Record<string, Tensor> = {
    target_tokens: { data: targets },
    logprobs: { data: logprobs },
    advantages: { data: advantages },
    ...(facts.ratioWeights ? { weights: { data: weights } } : {}),
  };
  return { chunks, lossInputs };
}

function trainable(model: TinkerModel, facts: EngineFacts, logger: Logger): TrainableModel {
  async function pass(
    batch: readonly Datum[],
    loss: Loss,
    run: TinkerModel['forward'],
    signal: AbortSignal,
  ): Promise<LossResult> {
    const makeBatch = (): readonly WireDatum[] => {
      if (!facts.losses.includes(loss.name)) {
        throw new AppError('unsupported', `This engine does not know the loss ${loss.name}.`);
      }
      return batch.map((datum, at) => wireDatum(datum, loss, facts, at));
    };
    const { outputs, metrics } = await run(makeBatch, wireLoss(loss), signal);
    return { logprobs: outputs.map(({ logprobs }) => logprobs ?? new Float32Array()), metrics };
  }

  return {
    modelId: model.id,
    spec: { baseModel: model.baseModel, rank: model.rank },
    forward: (batch, loss, signal) => pass(batch, loss, model.forward, signal),
    forwardBackward: (batch, loss, signal) => pass(batch, loss, model.forwardBackward, signal),
    optimStep: (params, signal) => model.optimStep(() => adamFields(params), signal),
    saveState: (name, signal) => model.saveWeights(name, {}, signal),
    saveSampler: (name, signal) => model.saveWeightsForSampler(name, {}, signal),
    async currentSampler(signal) {
      return engineSampler(await model.currentSampler({}, signal), model.baseModel, logger);
    },
    unload: (signal) => model.unload(signal),
  };
}

function adamFields(params: AdamParams): Readonly<Record<string, number>> {
  const fields = {
    learning_rate: params.learningRate,
    beta1: params.beta1 ?? 0.9,
    beta2: params.beta2 ?? 0.95,
    eps: params.epsilon ?? 1e-8,
    weight_decay: params.weightDecay ?? 0,
    grad_clip_norm: params.gradientClipNorm ?? 0,
  };
  if (!Object.values(fields).every(Number.isFinite)) {
    throw new AppError('invalid_input', 'A setting of the optimiser is not a finite number.');
  }
  return fields;
}

/** Log-probabilities are the engine's or none: what does not fit the tokens is left out. */
function answerOf({ tokens, logprobs, stopReason }: WireSequence, logger: Logger): WireSequence {
  if (logprobs === undefined) return { tokens, stopReason };
  const isUsable = logprobs.length === tokens.length && logprobs.every(Number.isFinite);
  if (isUsable) return { tokens, logprobs, stopReason };
  logger.warn('engine_logprobs_unusable', { tokens: tokens.length, logprobs: logprobs.length });
  return { tokens, stopReason };
}

/** N numbers for N tokens; some engines leave the first, which has none, out. */
function alignedLogprobs(given: Float32Array | undefined, length: number): Float32Array {
  if (given?.length === length) {
    const aligned = Float32Array.from(given);
    aligned[0] = Number.NaN;
    return aligned;
  }
  if (given?.length !== length - 1)
    throw badReply(`there are ${given?.length ?? 0} log-probabilities for ${length} tokens`);
  const aligned = new Float32Array(length);
  aligned[0] = Number.NaN;
  aligned.set(given, 1);
  return aligned;
}

function engineSampler(sampler: TinkerSampler, baseModel: string, logger: Logger): EngineSampler {
  return {
    version: sampler.version,
    baseModel,
    async sample({ prompt, count, stopIds, params }, signal) {
      const { sequences } = await sampler.sample(
        {
          prompt: [{ type: 'encoded_text', tokens: prompt }],
          count,
          stopIds,
          maxTokens: params.maxTokens,
          temperature: params.temperature,
          topP: params.topP,
          topK: params.topK,
          ...(params.seed === undefined ? {} : { seed: params.seed }),
        },
        signal,
      );
      return sequences.map((sequence) => answerOf(sequence, logger));
    },
    async logprobs(tokens, signal) {
      const { promptLogprobs } = await sampler.sample(
        {
          prompt: [{ type: 'encoded_text', tokens }],
          count: 1,
          maxTokens: 1,
          stopIds: [],
          temperature: 1,
          topP: 1,
          topK: -1,
          wantsPromptLogprobs: true,
        },
        signal,
      );
      return alignedLogprobs(promptLogprobs, tokens.length);
    },
  };
}

function isStatePath(path: string): boolean {
  return path.startsWith('tinker://') && partsOfPath(path).kind === 'weights';
}

/** A Tinker-compatible engine as `TrainerPort`. Throws `config_invalid` on an unusable address; sends nothing before the first call. */
export function createTinkerTrainer(options: TinkerOptions): TrainerPort {
  const client = createTinkerClient(options);
  const { facts } = client.profile;
  const { logger } = options;

  const states = createStateSamplers({ client, clock: options.clock, logger });

  return {
    description: `${client.profile.name} at ${client.host}`,
    facts,
    models: (signal) => client.supportedModels(signal),
    async createModel({ baseModel, rank, seed }, signal) {
      const spec = { baseModel, rank, ...(seed === undefined ? {} : { seed }) };
      return trainable(await client.createModel(spec, signal), facts, logger);
    },
    async restoreModel(path, { withOptimizer }, signal) {
      return trainable(await client.restoreModel(path, withOptimizer, signal), facts, logger);
    },
    async createSampler(source, signal) {
      const isOfState = 'path' in source && isStatePath(source.path);
      const sampler = await (isOfState
        ? states.open(source.path, signal)
        : client.createSampler(source, signal));
      return engineSampler(sampler, sampler.baseModel, logger);
    },
    async checkpoints(modelId, signal) {
      const rows = await client.checkpoints.ofRun(modelId, signal);
      return rows.map(({ path, kind, createdAt, sizeBytes }) => ({
        path,
        kind,
        ...(createdAt === undefined ? {} : { createdAt }),
        ...(sizeBytes === undefined ? {} : { sizeBytes }),
      }));
    },
    deleteCheckpoint: (path, signal) => client.checkpoints.delete(path, signal),
    async close() {
      await states.close();
      await client.close();
    },
  };
}
