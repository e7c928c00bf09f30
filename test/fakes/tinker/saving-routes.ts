import { z } from 'zod';
import { type Answer, type Exchange, ok, readBody } from './answer.ts';
import { checkTtl } from './checkpoint-store.ts';
import { type Engine, submit } from './engine.ts';
import type { CheckpointRecord, ModelRecord } from './engine-state.ts';
import { refused } from './refusal.ts';
import { checkedSample, newSampler, sampleRequestSchema, samplerFor } from './sampling-work.ts';
import { futureReply, inTurn, trainedModel } from './training-routes.ts';
import { keepCheckpoint } from './training-work.ts';

const saveSchema = z.object({
  model_id: z.string(),
  seq_id: z.int().nullish(),
  path: z.string().nullish(),
  sampling_session_seq_id: z.int().nullish(),
  ttl_seconds: z.int().positive().nullish(),
  overwrite: z.boolean().default(false),
});

type SaveRequest = z.infer<typeof saveSchema>;

/**
 * The checkpoint's name, which is its own from now on; a name that is taken is a 409 even while its first save waits, unless
 * it may be overwritten.
 */
function claimName(
  engine: Engine,
  model: ModelRecord,
  kind: CheckpointRecord['kind'],
  name: string,
  overwrite: boolean,
): void {
  if (!engine.traits.names.test(name)) throw refused(422, `path: ${JSON.stringify(name)} is no valid name`);
  const isTaken = engine.claimed.has(`${model.id}/${kind}/${name}`);
  const { nameReuse } = engine.traits;
  const isAllowed = nameReuse === 'saved_over' || (nameReuse === 'if_asked' && overwrite);
  if (isTaken && !isAllowed) {
    throw refused(409, `Checkpoint '${name}' already exists for model '${model.id}'`);
  }
  engine.claimed.add(`${model.id}/${kind}/${name}`);
}

function ttlOf({ traits }: Engine, request: SaveRequest): number | undefined {
  if (traits.lacks.includes('ttl') || request.ttl_seconds == null) return undefined;
  checkTtl(traits, request.ttl_seconds);
  return request.ttl_seconds;
}

export function saveWeights(engine: Engine, { body }: Exchange): Answer {
  const request = readBody(saveSchema, body);
  const { model_id: modelId } = request;
  const seqId = request.seq_id ?? undefined;
  const model = trainedModel(engine, modelId, seqId);
  const name = request.path ?? `auto-${engine.state.nextNumber('save')}`;
  const ttl = inTurn(engine, modelId, seqId, () => {
    const kept = ttlOf(engine, request);
    claimName(engine, model, 'weights', name, request.overwrite);
    return kept;
  });
  const work = () => {
    const { path } = keepCheckpoint(engine.state, model, 'weights', name, ttl);
    return { json: { type: 'save_weights', path } };
  };
  return futureReply(engine, submit(engine, { operation: 'save_weights', modelId, seqId, work }));
}

/** As the engine names it; where weights without a name of their own are kept, they count as named ones. */
function samplerName(engine: Engine, request: SaveRequest): string {
  if (request.path != null) return request.path;
  if (request.sampling_session_seq_id == null || request.seq_id == null) {
    throw refused(422, "Either 'path' or both 'sampling_session_seq_id' and 'seq_id' must be provided");
  }
  return engine.traits.idStyle === 'flat'
    ? `ss${request.sampling_session_seq_id}_seq${request.seq_id}`
    : `ephemeral-${engine.state.nextNumber('ephemeral')}`;
}

export function saveForSampler(engine: Engine, { body }: Exchange): Answer {
  const request = readBody(saveSchema, body);
  const { model_id: modelId } = request;
  const seqId = request.seq_id ?? undefined;
  const model = trainedModel(engine, modelId, seqId);
  const { name, ttl } = inTurn(engine, modelId, seqId, () => {
    const chosen = samplerName(engine, request);
    const kept = ttlOf(engine, request);
    claimName(engine, model, 'sampler_weights', chosen, false);
    return { name: chosen, ttl: kept };
  });
  const work = () => {
    const kept = keepCheckpoint(engine.state, model, 'sampler_weights', name, ttl);
    const path = engine.traits.samplerPath === 'bare' ? `tinker://${modelId}/${name}` : kept.path;
    const session =
      request.path == null ? openSampler(engine, model.sessionId, undefined, kept.path) : undefined;
    return {
      json: {
        type: 'save_weights_for_sampler',
        path: session === undefined ? path : null,
        sampling_session_id: session ?? null,
      },
    };
  };
  return futureReply(engine, submit(engine, { operation: 'save_weights_for_sampler', modelId, seqId, work }));
}

function openSampler(
  engine: Engine,
  sessionId: string,
  baseModel: string | undefined,
  modelPath: string | undefined,
): string {
  const session = engine.state.session(sessionId);
  const number = engine.state.nextNumber('sampler');
  const id =
    engine.traits.idStyle === 'flat'
      ? `sampling_${String(number).padStart(8, '0')}`
      : `${sessionId}:sample:${number}`;
  engine.state.samplers.set(id, newSampler(engine.state, id, baseModel, modelPath));
  session.samplerIds.push(id);
  return id;
}

const samplerSchema = z.object({
  session_id: z.string(),
  sampling_session_seq_id: z.int(),
  base_model: z.string().nullish(),
  model_path: z.string().nullish(),
});

export function createSampler(engine: Engine, { body }: Exchange): Answer {
  const request = readBody(samplerSchema, body);
  const { session_id: sessionId, base_model: baseModel, model_path: modelPath } = request;
  if ((baseModel == null) === (modelPath == null) && engine.traits.idStyle === 'flat') {
    throw refused(400, 'Exactly one of base_model or model_path must be provided');
  }
  const id = openSampler(engine, sessionId, baseModel ?? undefined, modelPath ?? undefined);
  return ok({ type: 'create_sampling_session', sampling_session_id: id }, engine.traits.createStatus);
}

export function sampleRoute(engine: Engine, { body }: Exchange): Answer {
  const request = readBody(sampleRequestSchema, body);
  const sampler = samplerFor(engine.state, request, engine.traits);
  const work = checkedSample(engine.state, engine.traits, sampler, request, {
    logprobsOf: engine.settings.logprobsOf,
    seed: engine.settings.seed + engine.state.nextNumber('sample seed'),
  });
  const reply = futureReply(engine, submit(engine, { operation: 'sample', work }));
  if (!engine.traits.namesSequences) return reply;
  const first = engine.state.nextNumber('sample request');
  const ids = Array.from({ length: request.num_samples }, (_, at) => `${sampler.id}:seq:${first}:${at}`);
  return { ...reply, json: { ...Object(reply.json), sample_sequence_ids: ids } };
}
