import { type AdamState, createAdam } from './adam.ts';
import type { Traits } from './behaviours.ts';
import {
  type Adapter,
  type BaseModel,
  createAdapter,
  createBaseModel,
  type Gradient,
  zeroGradient,
} from './policy.ts';
import { mixSeeds } from './random.ts';
import { refused } from './refusal.ts';

export interface BaseModelSpec {
  readonly name: string;
  /** @default 64 */
  readonly vocabulary?: number;
  /** @default 4096 */
  readonly maxContextTokens?: number;
}

export interface OfferedModel {
  readonly name: string;
  readonly maxContextTokens: number;
  readonly base: BaseModel;
}

export interface SessionRecord {
  readonly id: string;
  readonly modelIds: string[];
  readonly samplerIds: string[];
  readonly projectId?: string;
  heartbeats: number;
  /** Said to be over by its client. */
  isFinished: boolean;
}

/** One adapter in training. */
export interface ModelRecord {
  readonly id: string;
  readonly sessionId: string;
  readonly offered: OfferedModel;
  readonly rank: number;
  readonly trains: { readonly unembed: boolean; readonly mlp: boolean; readonly attn: boolean };
  readonly metadata: unknown;
  readonly createdAt: number;
  adapter: Adapter;
  adam: AdamState;
  /** Gathered since the last step. */
  gradient: Gradient;
  gradientDatums: number;
  steps: number;
  /** Requests that named it, its creation not counted. */
  requests: number;
  isUnloaded: boolean;
  /** With a shared slot: the sampler checkpoint that sampling believes to be in it. */
  slotCheckpoint: string | undefined;
}

export interface CheckpointRecord {
  /** `tinker://<model>/<weights|sampler_weights>/<name>`. */
  readonly path: string;
  readonly kind: 'weights' | 'sampler_weights';
  readonly name: string;
  readonly model: ModelRecord;
  readonly adapter: Adapter;
  readonly adam: AdamState;
  readonly createdAt: number;
  isPublic: boolean;
  expiresAt: number | undefined;
}

/** A sampling session; without `checkpoint` it is of the base model. */
export interface SamplerRecord {
  readonly id: string;
  readonly offered: OfferedModel;
  readonly modelPath: string | undefined;
  readonly checkpoint: CheckpointRecord | undefined;
}

export interface EngineState {
  readonly offered: readonly OfferedModel[];
  readonly sessions: Map<string, SessionRecord>;
  readonly models: Map<string, ModelRecord>;
  readonly checkpoints: Map<string, CheckpointRecord>;
  readonly samplers: Map<string, SamplerRecord>;
  now(): number;
  /** The next number of a kind of id, from 0. */
  nextNumber(kind: string): number;
  offeredModel(name: string): OfferedModel;
  session(id: string): SessionRecord;
  /** Loaded or not, else 404. */
  knownModel(id: string): ModelRecord;
  /** Loaded and of a session that lives, else 404. */
  model(id: string): ModelRecord;
}

export interface EngineStateOptions {
  readonly baseModels: readonly BaseModelSpec[];
  readonly seed: number;
  readonly now: () => number;
}

export function createEngineState(options: EngineStateOptions): EngineState {
  const offered = options.baseModels.map(
    (spec, at): OfferedModel => ({
      name: spec.name,
      maxContextTokens: spec.maxContextTokens ?? 4096,
      base: createBaseModel({ vocabulary: spec.vocabulary ?? 64, seed: mixSeeds(options.seed, at) }),
    }),
  );
  const numbers = new Map<string, number>();
  const sessions = new Map<string, SessionRecord>();
  const models = new Map<string, ModelRecord>();
  return {
    offered,
    sessions,
    models,
    checkpoints: new Map(),
    samplers: new Map(),
    now: options.now,
    nextNumber(kind) {
      const number = numbers.get(kind) ?? 0;
      numbers.set(kind, number + 1);
      return number;
    },
    offeredModel(name) {
      const model = offered.find((one) => one.name === name);
      if (model === undefined) throw refused(404, `Unknown model: ${name}`);
      return model;
    },
    session(id) {
      const session = sessions.get(id);
      if (session === undefined) throw refused(404, 'Session not found');
      return session;
    },
    knownModel(id) {
      const model = models.get(id);
      if (model === undefined) throw refused(404, 'Model not found');
      return model;
    },
    model(id) {
      const model = models.get(id);
      if (model === undefined || model.isUnloaded || !sessions.has(model.sessionId)) {
        throw refused(404, 'Model not found');
      }
      return model;
    },
  };
}

export interface NewModel {
  readonly id: string;
  readonly session: SessionRecord;
  readonly offered: OfferedModel;
  readonly rank: number;
  readonly seed: number;
  readonly trains: ModelRecord['trains'];
  readonly metadata?: unknown;
}

export function addModel(state: EngineState, traits: Traits, fresh: NewModel): ModelRecord {
  const { id, session, offered, rank, seed, trains, metadata } = fresh;
  const adapter = createAdapter(offered.base, { rank, alpha: traits.alpha(rank), seed });
  const model: ModelRecord = {
    id,
    sessionId: session.id,
    offered,
    rank,
    trains,
    metadata,
    createdAt: state.now(),
    adapter,
    adam: createAdam(adapter),
    gradient: zeroGradient(adapter),
    gradientDatums: 0,
    steps: 0,
    requests: 0,
    isUnloaded: false,
    slotCheckpoint: undefined,
  };
  state.models.set(id, model);
  session.modelIds.push(id);
  return model;
}
