import { z } from 'zod';
import { type Answer, type Exchange, readBody } from './answer.ts';
import { findCheckpoint } from './checkpoint-store.ts';
import { type Engine, submit } from './engine.ts';
import { addModel, type ModelRecord, type NewModel, type SessionRecord } from './engine-state.ts';
import { mixSeeds } from './random.ts';
import { refused } from './refusal.ts';
import { futureReply, inTurn, trainedModel } from './training-routes.ts';
import { loadWork } from './training-work.ts';
import type { WireResult } from './wire-results.ts';

const createSchema = z.object({
  session_id: z.string(),
  model_seq_id: z.int().optional(),
  base_model: z.string(),
  user_metadata: z.record(z.string(), z.unknown()).nullish(),
  lora_config: z.object({
    rank: z.int().min(1),
    seed: z.int().nullish(),
    train_unembed: z.boolean().default(true),
    train_mlp: z.boolean().default(true),
    train_attn: z.boolean().default(true),
  }),
});

function newId(engine: Engine, session: SessionRecord, seqId: number | undefined): string {
  const number = engine.state.nextNumber('model');
  if (engine.traits.idStyle === 'flat') return `model_${String(number).padStart(8, '0')}`;
  const id = `${session.id}:train:${seqId ?? number}`;
  if (engine.state.models.has(id))
    throw refused(409, `model_seq_id ${seqId} of ${session.id} was used before`);
  return id;
}

function loadedCount(engine: Engine): number {
  return [...engine.state.models.values()].filter((model) => !model.isUnloaded).length;
}

/** Only a full engine fails by the future: what is wrong with the request is refused at once. */
function open(engine: Engine, fresh: NewModel, filled?: (model: ModelRecord) => WireResult): Answer {
  if (loadedCount(engine) >= engine.settings.maxModels) {
    const work = () => {
      // The base model holds a place of its own.
      throw refused(400, `Maximum number of LoRA adapters (${engine.settings.maxModels + 1}) reached`);
    };
    return futureReply(engine, submit(engine, { operation: 'create_model', work }));
  }
  const model = addModel(engine.state, engine.traits, fresh);
  const created: WireResult = { json: { type: 'create_model', model_id: model.id } };
  const work = () => filled?.(model) ?? created;
  return futureReply(engine, submit(engine, { operation: 'create_model', modelId: model.id, work }));
}

export function createModel(engine: Engine, { body }: Exchange): Answer {
  const request = readBody(createSchema, body);
  const { lora_config: lora } = request;
  const session = engine.state.session(request.session_id);
  const offered = engine.state.offeredModel(request.base_model);
  const trains = { unembed: lora.train_unembed, mlp: lora.train_mlp, attn: lora.train_attn };
  if (lora.rank > engine.settings.maxRank)
    throw refused(400, `rank must be at most ${engine.settings.maxRank}`);
  if (!trains.unembed && !trains.mlp && !trains.attn) throw refused(400, 'nothing is to be trained');
  return open(engine, {
    id: newId(engine, session, request.model_seq_id),
    session,
    offered,
    rank: lora.rank,
    seed: lora.seed ?? mixSeeds(engine.settings.seed, engine.state.nextNumber('adapter seed')),
    trains,
    metadata: request.user_metadata ?? undefined,
  });
}

const loadSchema = z.object({
  model_id: z.string().nullish(),
  seq_id: z.int().nullish(),
  session_id: z.string().nullish(),
  model_seq_id: z.int().nullish(),
  path: z.string(),
  optimizer: z.boolean(),
});

type LoadRequest = z.infer<typeof loadSchema>;

/** The form that makes the model too. */
function createFromState(engine: Engine, request: LoadRequest): Answer {
  if (engine.traits.idStyle === 'flat') throw refused(400, 'Missing model_id');
  const session = engine.state.session(request.session_id ?? '');
  const source = findCheckpoint(engine.state, request.path).model;
  const fresh: NewModel = {
    id: newId(engine, session, request.model_seq_id ?? undefined),
    session,
    offered: source.offered,
    rank: source.rank,
    seed: 0,
    trains: source.trains,
  };
  return open(engine, fresh, (model) => loadWork(engine.state, model, request.path, request.optimizer));
}

export function loadWeights(engine: Engine, { body }: Exchange): Answer {
  const request = readBody(loadSchema, body);
  if (request.model_id == null) return createFromState(engine, request);
  const modelId = request.model_id;
  const seqId = request.seq_id ?? undefined;
  const model = trainedModel(engine, modelId, seqId);
  inTurn(engine, modelId, seqId, () => {
    if (engine.traits.loadsFirstOnly && model.requests > 1) {
      throw refused(400, `LoadWeights is not permitted with seq_id ${seqId ?? model.requests}`);
    }
    if (engine.traits.refusesAt === 'submit') findCheckpoint(engine.state, request.path);
  });
  const precheck = (): void => void findCheckpoint(engine.state, request.path);
  const work = () => {
    const loaded = loadWork(engine.state, model, request.path, request.optimizer);
    return engine.traits.fields === 'skyrl' ? { json: { type: 'load_weights' } } : loaded;
  };
  return futureReply(engine, submit(engine, { operation: 'load_weights', modelId, seqId, work, precheck }));
}
