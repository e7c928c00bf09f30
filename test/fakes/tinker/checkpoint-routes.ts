import { z } from 'zod';
import { type Answer, type Exchange, ok, readBody } from './answer.ts';
import { checkTtl, describeCheckpoint, findCheckpoint, listCheckpoints } from './checkpoint-store.ts';
import type { Engine } from './engine.ts';
import type { CheckpointRecord, ModelRecord } from './engine-state.ts';
import { refused } from './refusal.ts';

interface Page {
  readonly limit: number;
  readonly offset: number;
}

function pageOf(query: Exchange['query'], usual: number): Page {
  const page = { limit: Number(query['limit'] ?? usual), offset: Number(query['offset'] ?? 0) };
  if (!(page.limit >= 1 && page.limit <= 1000) || !(page.offset >= 0)) throw refused(422, 'limit or offset');
  return page;
}

const paged = <Item>(items: readonly Item[], { limit, offset }: Page) => ({
  items: items.slice(offset, offset + limit),
  cursor: { offset, limit, total_count: items.length },
});

function modelOfRun(engine: Engine, id: string): ModelRecord {
  const model = engine.state.models.get(decodeURIComponent(id));
  if (model === undefined) throw refused(404, 'Training run not found');
  return model;
}

function checkpointOf(engine: Engine, { parts }: Exchange): CheckpointRecord {
  const { id } = modelOfRun(engine, parts['id'] ?? '');
  return findCheckpoint(
    engine.state,
    `tinker://${id}/${parts['kind'] ?? 'sampler_weights'}/${parts['name'] ?? ''}`,
  );
}

function describeRun(engine: Engine, model: ModelRecord): Record<string, unknown> {
  const own = listCheckpoints(engine.state, model.id);
  const last = (kind: CheckpointRecord['kind']): unknown => {
    const found = own.findLast((one) => one.kind === kind);
    return found === undefined ? null : describeCheckpoint(found, engine.traits);
  };
  return {
    training_run_id: model.id,
    base_model: model.offered.name,
    model_owner: 'tester',
    is_lora: true,
    corrupted: false,
    lora_rank: model.rank,
    last_request_time: new Date(model.createdAt).toISOString(),
    last_checkpoint: last('weights'),
    last_sampler_checkpoint: last('sampler_weights'),
    user_metadata: model.metadata ?? null,
  };
}

export function listRuns(engine: Engine, { query }: Exchange): Answer {
  const { items, cursor } = paged([...engine.state.models.values()], pageOf(query, 20));
  return ok({ training_runs: items.map((model) => describeRun(engine, model)), cursor });
}

export const getRun = (engine: Engine, { parts }: Exchange): Answer =>
  ok(describeRun(engine, modelOfRun(engine, parts['id'] ?? '')));

export function runCheckpoints(engine: Engine, { parts, query }: Exchange): Answer {
  const { id } = modelOfRun(engine, parts['id'] ?? '');
  const { items, cursor } = paged(listCheckpoints(engine.state, id), pageOf(query, 100));
  return ok({ checkpoints: items.map((one) => describeCheckpoint(one, engine.traits)), cursor });
}

export function userCheckpoints(engine: Engine, { query }: Exchange): Answer {
  const { items, cursor } = paged(listCheckpoints(engine.state), pageOf(query, 100));
  return ok({ checkpoints: items.map((one) => describeCheckpoint(one, engine.traits)), cursor });
}

export function deleteCheckpoint(engine: Engine, exchange: Exchange): Answer {
  if (exchange.parts['kind'] === undefined)
    throw refused(400, "Expected 'weights/<name>' or 'sampler_weights/<name>'");
  const { path, model, kind, name } = checkpointOf(engine, exchange);
  engine.state.checkpoints.delete(path);
  engine.claimed.delete(`${model.id}/${kind}/${name}`);
  return { status: 204 };
}

export function archiveCheckpoint(engine: Engine, exchange: Exchange): Answer {
  const isSkyrl = engine.traits.fields === 'skyrl';
  if (isSkyrl && exchange.parts['kind'] !== undefined) throw refused(405, 'Method Not Allowed');
  const { path } = checkpointOf(engine, exchange);
  const host = exchange.headers['host'];
  const url = `http://${host}/archives/${encodeURIComponent(path)}?signature=1`;
  const expires = new Date(engine.state.now() + 900_000).toUTCString();
  if (engine.settings.archive === 'body') return ok({ url, expires });
  return { status: 302, headers: { location: url, expires } };
}

/** As a store with signed addresses does: no key of another service may come along. */
export function downloadArchive(engine: Engine, { parts, headers }: Exchange): Answer {
  if (headers['x-api-key'] !== undefined || headers['authorization'] !== undefined) {
    throw refused(400, 'Only one auth mechanism allowed');
  }
  const checkpoint = findCheckpoint(engine.state, decodeURIComponent(parts['id'] ?? ''));
  const bytes = new Uint8Array(Float32Array.from(checkpoint.adapter.b).buffer);
  return { status: 200, bytes, headers: { 'content-type': 'application/octet-stream' } };
}

export function publishCheckpoint(engine: Engine, exchange: Exchange, isPublic: boolean): Answer {
  checkpointOf(engine, exchange).isPublic = isPublic;
  return { status: 204 };
}

export function setTtl(engine: Engine, exchange: Exchange): Answer {
  const { ttl_seconds: seconds } = readBody(
    z.object({ ttl_seconds: z.int().positive().nullable() }),
    exchange.body,
  );
  if (seconds !== null) checkTtl(engine.traits, seconds);
  const checkpoint = checkpointOf(engine, exchange);
  checkpoint.expiresAt = seconds === null ? undefined : engine.state.now() + 1_000 * seconds;
  return ok(describeCheckpoint(checkpoint, engine.traits));
}

export function weightsInfo(engine: Engine, { body }: Exchange): Answer {
  const { tinker_path: path } = readBody(z.object({ tinker_path: z.string() }), body);
  const isSkyrl = engine.traits.fields === 'skyrl';
  if (isSkyrl && !path.includes('/weights/')) throw refused(400, 'Invalid tinker path format');
  const claimed = engine.claimed.has(path.slice('tinker://'.length));
  if (isSkyrl && claimed && !engine.state.checkpoints.has(path)) {
    throw refused(425, 'Checkpoint is still being created');
  }
  const { model } = findCheckpoint(engine.state, path);
  const { unembed, mlp, attn } = model.trains;
  return ok({
    base_model: model.offered.name,
    is_lora: true,
    lora_rank: model.rank,
    ...(isSkyrl ? {} : { train_unembed: unembed, train_mlp: mlp, train_attn: attn }),
  });
}
