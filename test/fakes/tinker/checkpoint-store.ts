import type { Traits } from './behaviours.ts';
import type { CheckpointRecord, EngineState } from './engine-state.ts';
import { refused } from './refusal.ts';

const pathPattern = /^tinker:\/\/(?<run>[^/]+)\/(?:(?<kind>weights|sampler_weights)\/)?(?<name>[^/]+)$/;

/**
 * The checkpoint of a path: 400 where it is no path, 404 where nothing is there or its time is over. A path without a kind is
 * of sampler weights, as some engines write it.
 */
export function findCheckpoint(state: EngineState, path: string): CheckpointRecord {
  const parts = pathPattern.exec(path)?.groups;
  if (parts === undefined) throw refused(400, `Invalid tinker path: ${path}`);
  const full = `tinker://${parts['run']}/${parts['kind'] ?? 'sampler_weights'}/${parts['name']}`;
  const checkpoint = state.checkpoints.get(full);
  if (checkpoint === undefined) throw refused(404, `Checkpoint not found: ${path}`);
  if (checkpoint.expiresAt !== undefined && checkpoint.expiresAt <= state.now()) {
    state.checkpoints.delete(full);
    throw refused(404, `Checkpoint expired: ${path}`);
  }
  return checkpoint;
}

/** Throws a 422 where the engine has rules for how long a checkpoint may be kept. */
export function checkTtl({ ttlSeconds }: Traits, seconds: number): void {
  if (ttlSeconds === undefined || (seconds >= ttlSeconds.least && seconds <= ttlSeconds.most)) return;
  throw refused(422, `ttl_seconds must be ${ttlSeconds.least} to ${ttlSeconds.most}`);
}

/** Those that did not run out, oldest first; of one model or of all. */
export function listCheckpoints(state: EngineState, modelId?: string): readonly CheckpointRecord[] {
  return [...state.checkpoints.values()].filter(
    (one) =>
      (modelId === undefined || one.model.id === modelId) &&
      (one.expiresAt === undefined || one.expiresAt > state.now()),
  );
}

export function describeCheckpoint(checkpoint: CheckpointRecord, traits: Traits): Record<string, unknown> {
  const { kind, name, path, createdAt, isPublic, expiresAt, adapter } = checkpoint;
  return {
    checkpoint_id: traits.fields === 'skyrl' ? name : `${kind}/${name}`,
    checkpoint_type: kind === 'weights' ? 'training' : 'sampler',
    time: new Date(createdAt).toISOString(),
    tinker_path: path,
    size_bytes: 4 * (adapter.a.length + adapter.b.length),
    public: isPublic,
    expires_at: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
  };
}
