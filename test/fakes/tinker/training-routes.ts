import { z } from 'zod';
import { type Answer, type Exchange, ok, readBody } from './answer.ts';
import { knownLoss, lossSettings } from './check-batch.ts';
import { listCheckpoints } from './checkpoint-store.ts';
import type { Engine } from './engine.ts';
import { submit } from './engine.ts';
import type { ModelRecord } from './engine-state.ts';
import type { FutureRecord } from './futures.ts';
import { RefusalError } from './refusal.ts';
import { checkedPass, stepWork } from './training-work.ts';
import type { WireBatch } from './wire-batch.ts';

export function futureReply(engine: Engine, future: FutureRecord): Answer {
  const { traits } = engine;
  const modelId = future.modelId === undefined ? {} : { model_id: future.modelId };
  const flat = traits.fields === 'skyrl' ? { future_id: future.id, status: 'pending' } : {};
  return ok({ request_id: future.id, ...modelId, ...flat }, traits.submitStatus);
}

/** SkyRL finds out only when the operation is due that a model is no longer loaded. */
function findModel({ state, traits }: Engine, modelId: string): ModelRecord {
  return traits.fields === 'skyrl' ? state.knownModel(modelId) : state.model(modelId);
}

/** The model of a request, counted; a seq_id that its order leaves no place for is refused. */
export function trainedModel(engine: Engine, modelId: string, seqId: number | undefined): ModelRecord {
  const model = findModel(engine, modelId);
  engine.schedule.checkSeq(modelId, seqId);
  model.requests += 1;
  return model;
}

/** A request refused at once still has had its turn: those behind it go on. */
export function inTurn<Value>(
  engine: Engine,
  modelId: string,
  seqId: number | undefined,
  take: () => Value,
): Value {
  try {
    return take();
  } catch (error) {
    if (error instanceof RefusalError) engine.schedule.pass(modelId, seqId);
    throw error;
  }
}

export function passRoute(engine: Engine, { body }: Exchange): Answer {
  const batch = body as WireBatch;
  const { modelId, seqId } = batch;
  const model = trainedModel(engine, modelId, seqId);
  const work = inTurn(engine, modelId, seqId, () => {
    lossSettings(batch, knownLoss(batch.loss, engine.traits), engine.traits);
    return checkedPass(engine.traits, model, batch);
  });
  const operation = batch.forwardOnly ? 'forward' : 'forward_backward';
  return futureReply(engine, submit(engine, { operation, modelId, seqId, work }));
}

const stepSchema = z.object({
  model_id: z.string(),
  seq_id: z.int().nullish(),
  adam_params: z.object({
    learning_rate: z.number().min(0).default(1e-4),
    beta1: z.number().min(0).lt(1).default(0.9),
    beta2: z.number().min(0).lt(1).default(0.95),
    eps: z.number().gt(0).default(1e-12),
    weight_decay: z.number().min(0).default(0),
    grad_clip_norm: z.number().min(0).default(0),
  }),
});

export function stepRoute(engine: Engine, { body }: Exchange): Answer {
  const { model_id: modelId, seq_id, adam_params: params } = readBody(stepSchema, body);
  const seqId = seq_id ?? undefined;
  const model = trainedModel(engine, modelId, seqId);
  const settings = {
    learningRate: params.learning_rate,
    beta1: params.beta1,
    beta2: params.beta2,
    epsilon: params.eps,
    weightDecay: params.weight_decay,
    clipNorm: params.grad_clip_norm,
  };
  const work = () => stepWork(engine.traits, model, settings);
  return futureReply(engine, submit(engine, { operation: 'optim_step', modelId, seqId, work }));
}

const modelSchema = z.object({ model_id: z.string() });

export function getInfo(engine: Engine, { body }: Exchange): Answer {
  const model = findModel(engine, readBody(modelSchema, body).model_id);
  const { name } = model.offered;
  const isFlat = engine.traits.fields === 'skyrl';
  const data = isFlat
    ? { base_model: name, model_name: name, lora_config: { rank: model.rank } }
    : { arch: 'toy', model_name: name, tokenizer_id: name };
  return ok({
    type: 'get_info',
    model_id: model.id,
    model_data: data,
    ...(isFlat
      ? { status: model.isUnloaded ? 'unloaded' : 'created' }
      : { is_lora: true, lora_rank: model.rank, model_name: name }),
  });
}

export function unload(engine: Engine, { body }: Exchange): Answer {
  const { model_id: modelId } = readBody(modelSchema, body);
  const model = findModel(engine, modelId);
  const work = () => {
    model.isUnloaded = true;
    if (engine.traits.unloadDropsCheckpoints) {
      for (const checkpoint of listCheckpoints(engine.state, modelId)) {
        engine.state.checkpoints.delete(checkpoint.path);
      }
    }
    return { json: { type: 'unload_model', model_id: modelId } };
  };
  return futureReply(engine, submit(engine, { operation: 'unload_model', modelId, work }));
}
