import type { Engine } from './engine.ts';
import type { CheckpointRecord } from './engine-state.ts';
import { type Adapter, type BaseModel, nextToken, tokenLogprobs } from './policy.ts';
import { refused } from './refusal.ts';

/** A model's state, copied. */
export interface ModelView {
  readonly baseModel: string;
  readonly rank: number;
  /** A of the adapter by rows, then B. */
  readonly weights: Float64Array;
  /** Gathered since the last step, in the same order. */
  readonly pendingGradient: Float64Array;
  readonly pendingDatums: number;
  readonly steps: number;
  readonly isUnloaded: boolean;
}

/** Looks behind the protocol. A `ref` is a model id, a checkpoint's path or a base model's name. */
export interface Inspection {
  model(id: string): ModelView;
  modelIds(): readonly string[];
  sessionIds(): readonly string[];
  heartbeats(sessionId: string): number;
  /** Paths with their kind, in the order in which they were saved. */
  checkpoints(): readonly string[];
  /** Of each token id, its probability after a prompt. */
  nextTokenProbabilities(ref: string, prompt: readonly number[]): Float64Array;
  /** Of each token its log-probability after those before it; the first after none. */
  logprobs(ref: string, tokens: readonly number[]): Float64Array;
}

const joined = (first: Float64Array, second: Float64Array): Float64Array =>
  Float64Array.from([...first, ...second]);

export function createInspection(engine: Engine): Inspection {
  const { state } = engine;

  function weightsOf(ref: string): { readonly base: BaseModel; readonly adapter: Adapter | undefined } {
    const model = state.models.get(ref);
    if (model !== undefined) return { base: model.offered.base, adapter: model.adapter };
    const checkpoint: CheckpointRecord | undefined = state.checkpoints.get(ref);
    if (checkpoint !== undefined) return { base: checkpoint.model.offered.base, adapter: checkpoint.adapter };
    return { base: state.offeredModel(ref).base, adapter: undefined };
  }

  return {
    model(id) {
      const model = state.models.get(id);
      if (model === undefined) throw refused(404, `no model ${id}`);
      return {
        baseModel: model.offered.name,
        rank: model.rank,
        weights: joined(model.adapter.a, model.adapter.b),
        pendingGradient: joined(model.gradient.a, model.gradient.b),
        pendingDatums: model.gradientDatums,
        steps: model.steps,
        isUnloaded: model.isUnloaded,
      };
    },
    modelIds: () => [...state.models.keys()],
    sessionIds: () => [...state.sessions.keys()],
    heartbeats: (id) => state.session(id).heartbeats,
    checkpoints: () => [...state.checkpoints.keys()],
    nextTokenProbabilities(ref, prompt) {
      const { base, adapter } = weightsOf(ref);
      const { hidden } = base.readAll(prompt).at(-1) ?? base.start;
      const { probabilities } = nextToken(base, adapter, hidden);
      return Float64Array.from({ length: base.vocabulary }, (_, token) => probabilities[token % base.rows]!);
    },
    logprobs(ref, tokens) {
      const { base, adapter } = weightsOf(ref);
      return tokenLogprobs(base, adapter, tokens);
    },
  };
}
