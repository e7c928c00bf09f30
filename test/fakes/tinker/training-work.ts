import { type AdamSettings, adamStep, copyAdam, createAdam } from './adam.ts';
import type { Traits } from './behaviours.ts';
import { checkBatch } from './check-batch.ts';
import { findCheckpoint } from './checkpoint-store.ts';
import type { CheckpointRecord, EngineState, ModelRecord } from './engine-state.ts';
import { copyAdapter, zeroGradient } from './policy.ts';
import { refused } from './refusal.ts';
import { passBatch, type TrainBatch } from './train-batch.ts';
import type { WireBatch } from './wire-batch.ts';
import { passResult, type WireResult } from './wire-results.ts';

/** Reads the batch; with `backward` its gradient is gathered. */
export function passWork(
  traits: Traits,
  model: ModelRecord,
  batch: TrainBatch,
  backward: boolean,
): WireResult {
  const { base } = model.offered;
  const pass = passBatch(base, model.adapter, batch, traits.reduction, backward ? model.gradient : undefined);
  if (backward) model.gradientDatums += batch.data.length;
  const metrics = traits.fields === 'tinker' ? { 'loss:sum': pass.total } : {};
  return passResult(pass, traits.outputType, metrics, traits.givesLosses);
}

/** Refused by the future where the engine looks at the batch only then. */
export function checkedPass(traits: Traits, model: ModelRecord, batch: WireBatch): () => WireResult {
  const check = (): TrainBatch => checkBatch(batch, traits, model.offered.base.vocabulary);
  const ready = traits.refusesAt === 'submit' ? check() : undefined;
  return () => passWork(traits, model, ready ?? check(), !batch.forwardOnly);
}

/** A step with the gradient gathered since the last one, also where that is none. */
export function stepWork(traits: Traits, model: ModelRecord, settings: AdamSettings): WireResult {
  const { gradient } = model;
  if (traits.reduction === 'mean' && model.gradientDatums > 0) {
    for (const part of [gradient.a, gradient.b]) {
      for (let at = 0; at < part.length; at += 1) part[at]! /= model.gradientDatums;
    }
  }
  const clipNorm = traits.clipsGradients ? settings.clipNorm : 0;
  const norm = adamStep(model.adapter, model.adam, gradient, { ...settings, clipNorm });
  model.gradient = zeroGradient(model.adapter);
  model.gradientDatums = 0;
  model.steps += 1;
  const prefix = traits.fields === 'skyrl' ? 'skyrl.ai/' : '';
  return {
    json: {
      type: 'optim_step',
      metrics: {
        [`${prefix}grad_norm${prefix === '' ? ':mean' : ''}`]: norm,
        [`${prefix}learning_rate${prefix === '' ? ':mean' : ''}`]: settings.learningRate,
      },
    },
  };
}

/** Puts the weights of this moment aside. */
export function keepCheckpoint(
  state: EngineState,
  model: ModelRecord,
  kind: CheckpointRecord['kind'],
  name: string,
  ttlSeconds: number | undefined,
): CheckpointRecord {
  const path = `tinker://${model.id}/${kind}/${name}`;
  const checkpoint: CheckpointRecord = {
    path,
    kind,
    name,
    model,
    adapter: copyAdapter(model.adapter),
    adam: copyAdam(model.adam),
    createdAt: state.now(),
    isPublic: false,
    expiresAt: ttlSeconds === undefined ? undefined : state.now() + 1_000 * ttlSeconds,
  };
  state.checkpoints.set(path, checkpoint);
  return checkpoint;
}

/** Takes the weights of a state checkpoint, and its moments or none; a gradient gathered before is dropped. */
export function loadWork(
  state: EngineState,
  model: ModelRecord,
  path: string,
  withOptimizer: boolean,
): WireResult {
  const checkpoint = findCheckpoint(state, path);
  if (checkpoint.kind !== 'weights') throw refused(400, `${path} is no training checkpoint`);
  const { model: source } = checkpoint;
  if (source.offered !== model.offered || source.rank !== model.rank) {
    throw refused(400, `${path} is of ${source.offered.name}, rank ${source.rank}`);
  }
  model.adapter = copyAdapter(checkpoint.adapter);
  model.adam = withOptimizer ? copyAdam(checkpoint.adam) : createAdam(model.adapter);
  model.steps = withOptimizer ? checkpoint.adam.steps : 0;
  model.gradient = zeroGradient(model.adapter);
  model.gradientDatums = 0;
  return { json: { type: 'load_weights', path, model_id: model.id } };
}
