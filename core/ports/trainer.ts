import type { AdamParams, Datum, Loss, LossResult } from '../domain/datum.ts';
import type { EngineFacts } from '../domain/engine-facts.ts';
import type { SampledAnswer, SamplingParams } from '../domain/sampling.ts';

/**
 * A training engine with Tinker's verbs. Everything rejects with an `AppError` whose message holds what the engine said:
 * `auth_failed`, `invalid_input` (our input is wrong; never tried again), `not_found`, `conflict`, `rate_limited`,
 * `refused_by_peer` (no credit: after the billing pause), `timeout`, `network`, `peer_failed`, `bad_reply`, `unsupported`,
 * `aborted`. What may pass is tried again inside, under one idempotency key. An abort ends the waiting; what was submitted
 * may still take effect at the engine.
 */
export interface TrainerPort {
  /** What is configured, for `status` and `doctor`: `skyrl at 127.0.0.1:8000`. No secrets. */
  readonly description: string;
  readonly facts: EngineFacts;
  models(signal: AbortSignal): Promise<readonly OfferedModel[]>;
  createModel(spec: ModelSpec, signal: AbortSignal): Promise<TrainableModel>;
  /** A new model with the weights of a state checkpoint, and the optimiser's moments if wanted. */
  restoreModel(
    path: string,
    options: { readonly withOptimizer: boolean },
    signal: AbortSignal,
  ): Promise<TrainableModel>;
  /** Samples from a base model, from saved sampler weights, or from a state: then from a model of its own that holds it. */
  createSampler(source: SamplerSource, signal: AbortSignal): Promise<EngineSampler>;
  checkpoints(modelId: string, signal: AbortSignal): Promise<readonly Checkpoint[]>;
  /** Deleting one that is not there is no error. */
  deleteCheckpoint(path: string, signal: AbortSignal): Promise<void>;
  /** Ends heartbeats and everything that waits. The engine may drop its models soon after. */
  close(): Promise<void>;
}

export interface OfferedModel {
  readonly name: string;
  readonly maxContextTokens?: number;
}

export interface ModelSpec {
  readonly baseModel: string;
  /** Of the low-rank adapter. */
  readonly rank: number;
  readonly seed?: number;
}

export type SamplerSource = { readonly baseModel: string } | { readonly path: string };

export interface Checkpoint {
  readonly path: string;
  readonly kind: 'state' | 'sampler';
  /** Epoch ms. */
  readonly createdAt?: number;
  readonly sizeBytes?: number;
}

/**
 * One adapter in training. Calls take effect in the order in which they were made, whatever the network does; a caller makes
 * the next call without waiting for the one before where it wants no pause between them. When an operation fails so that
 * nobody knows whether it took effect, the model is lost: every later call rejects with `conflict` and `details.reason`
 * `model_lost`, and a new one is restored from the last checkpoint.
 */
export interface TrainableModel {
  readonly modelId: string;
  readonly spec: ModelSpec;
  /** Log-probabilities and metrics without a gradient. */
  forward(batch: readonly Datum[], loss: Loss, signal: AbortSignal): Promise<LossResult>;
  /** Adds to the gradient. An empty batch is `invalid_input`. */
  forwardBackward(batch: readonly Datum[], loss: Loss, signal: AbortSignal): Promise<LossResult>;
  /** One step with the gradient gathered since the last; gives the engine's metrics. */
  optimStep(params: AdamParams, signal: AbortSignal): Promise<Readonly<Record<string, number>>>;
  /** Weights and optimiser, for `restoreModel`. Names: `^[A-Za-z0-9_-]{1,64}$`, each used once. Gives the path. */
  saveState(name: string, signal: AbortSignal): Promise<string>;
  /** Weights to sample from, for `createSampler`; as `saveState`. */
  saveSampler(name: string, signal: AbortSignal): Promise<string>;
  /** A sampler of the weights of this moment. It lives no longer than this process, and may end (`stale_sampler`) once a later one is made or the model unloaded. */
  currentSampler(signal: AbortSignal): Promise<EngineSampler>;
  /** Frees its place at the engine. One that is gone is no error. */
  unload(signal: AbortSignal): Promise<void>;
}

/** Fixed weights to sample from; on engines with `samplerIsolation: shared_slot` only until the model trains on. */
export interface EngineSampler {
  /** Its weights' name: a path, a base model, or the engine's id of a passing one. */
  readonly version: string;
  readonly baseModel: string;
  /** `count` independent answers to one prompt, each at most `params.maxTokens` long and ended by any of `stopIds`. */
  sample(request: SampleRequest, signal: AbortSignal): Promise<readonly SampledAnswer[]>;
  /** For N tokens N natural logarithms: each token's probability after those before it. The first is NaN. */
  logprobs(tokens: Int32Array, signal: AbortSignal): Promise<Float32Array>;
}

export interface SampleRequest {
  /** At least one. */
  readonly prompt: Int32Array;
  readonly count: number;
  readonly stopIds: readonly number[];
  readonly params: SamplingParams;
}
