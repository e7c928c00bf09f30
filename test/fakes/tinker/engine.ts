import type { Traits } from './behaviours.ts';
import type { DrawSettings } from './draw-tokens.ts';
import type { EngineState } from './engine-state.ts';
import type { FutureRecord, FutureStore } from './futures.ts';
import type { Operation } from './operations.ts';
import type { Refusal } from './refusal.ts';
import { RefusalError, refused } from './refusal.ts';
import type { Schedule } from './schedule.ts';
import type { WireResult } from './wire-results.ts';

export interface EngineSettings {
  readonly maxRank: number;
  /** Adapters at once; the next `create_model` fails. */
  readonly maxModels: number;
  readonly logprobsOf: DrawSettings['logprobsOf'];
  readonly metadataFrom: number;
  readonly archive: 'redirect' | 'body';
  readonly jwt: boolean;
  readonly jwtSeconds: number;
  readonly apiKey: string;
  readonly seed: number;
  readonly clientConfig: Readonly<Record<string, unknown>>;
}

/** All that the endpoints work on. */
export interface Engine {
  readonly traits: Traits;
  readonly settings: EngineSettings;
  readonly state: EngineState;
  readonly futures: FutureStore;
  readonly schedule: Schedule;
  /** Tokens that were given out and when they end, epoch ms. */
  readonly tokens: Map<string, number>;
  /** `model/kind/name` of checkpoints that were saved or are about to be. */
  readonly claimed: Set<string>;
  /** The failure that is planned for the operation submitted now. */
  plannedFailure: Refusal | undefined;
}

export interface Submission {
  readonly operation: Operation;
  readonly modelId?: string;
  readonly seqId?: number | undefined;
  readonly work: () => WireResult;
  /** See `Task.precheck`. */
  readonly precheck?: () => void;
}

/** An operation that waited may find its model gone. */
function checkLoaded({ state, traits }: Engine, modelId: string): void {
  const model = state.models.get(modelId);
  if (model !== undefined && !model.isUnloaded && state.sessions.has(model.sessionId)) return;
  throw refused(traits.fields === 'skyrl' ? 400 : 404, `Model ${modelId} not loaded`);
}

/** Takes an operation; it fails when due where a failure was planned for it. */
export function submit(engine: Engine, submission: Submission): FutureRecord {
  const { operation, modelId, seqId } = submission;
  const future = engine.futures.open(operation, modelId);
  const planned = engine.plannedFailure;
  engine.plannedFailure = undefined;
  const work = (): WireResult => {
    if (planned !== undefined) throw new RefusalError(planned);
    if (operation !== 'unload_model' && modelId !== undefined) checkLoaded(engine, modelId);
    return submission.work();
  };
  engine.schedule.submit({ future, seqId, work, precheck: submission.precheck });
  return future;
}
