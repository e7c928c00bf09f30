import { AppError, toAppError } from '../../core/domain/app-error.ts';
import { eitherSignal } from './either-signal.ts';
import { type Accepted, type Engine, jsonResult, resultOf, submit } from './engine.ts';
import { aborted } from './errors.ts';
import type { RequestType } from './futures.ts';
import { badReply } from './json-codec.ts';
import { createTinkerModel, type TinkerModel } from './model.ts';
import type { Session } from './session.ts';
import type { SlotRegistry } from './slot-registry.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface CreateModelSpec {
  readonly baseModel: string;
  readonly rank: number;
  readonly seed?: number;
  /** @default true */
  readonly trainsAttention?: boolean;
  /** @default true */
  readonly trainsMlp?: boolean;
  /** @default true */
  readonly trainsUnembedding?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Makes models in training, of a base model or of a saved state. */
export interface ModelMaker {
  create(spec: CreateModelSpec, signal: AbortSignal): Promise<TinkerModel>;
  restore(path: string, withOptimizer: boolean, signal: AbortSignal): Promise<TinkerModel>;
}

/** A session for calls of it. Where the engine does not know one any more, the call is made once more in a new one. */
export async function inSession<T>(
  engine: Pick<Engine, 'closing' | 'config' | 'sessions'>,
  work: (session: Session) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  async function begin(): Promise<Session> {
    if (engine.closing.aborted) throw new AppError('aborted', 'The client is closed.');
    await engine.config(signal);
    return engine.sessions.current(signal);
  }
  const session = await begin();
  try {
    return await work(session);
  } catch (thrown) {
    // It may be the session that is not there, or what else the call named.
    if (toAppError(thrown).details['status'] !== 404) throw thrown;
    await session.check(signal);
    if (!session.isLost()) throw thrown;
    return work(await begin());
  }
}

const defaultRank = 32;

export function createModelMaker(engine: Engine, slots: SlotRegistry): ModelMaker {
  const { profile, timings, closing } = engine;

  function modelOf(session: Session, id: string, baseModel: string, rank: number): TinkerModel {
    const slot = slots.add(id);
    return createTinkerModel({
      engine,
      session,
      id,
      baseModel,
      rank,
      slot,
      usedSeqs: 0,
      onSaved: (path, version) => slots.saved(path, { slot, version }),
      onGone: () => slots.remove(id),
    });
  }

  /** A model that nobody waits for any more gives its place at the engine back. */
  function discard({ body }: Accepted): void {
    const what = 'unload_model';
    const json = { model_id: body['model_id'], type: what };
    if (typeof json.model_id !== 'string') return;
    const call = { method: 'POST', path: what, what, json, timeoutMs: timings.requestMs } as const;
    engine.transport.once(call, closing).catch((thrown) => {
      engine.logger.debug('engine_model_not_discarded', { error: toAppError(thrown) });
    });
  }

  /** Submits what makes a model and waits for its id. */
  async function make(
    what: 'create_model' | 'load_weights',
    json: unknown,
    usualId: string | undefined,
    signal: AbortSignal,
  ): Promise<string> {
    const call = { method: 'POST', path: what, what, json, timeoutMs: timings.requestMs } as const;
    // What is not known apart when it comes twice would keep a second place at the engine.
    const patience = { mayRepeat: profile.repeats === 'key', waits: signal };
    const submission = submit(engine, call, patience, closing);
    const either = eitherSignal(signal, closing);
    try {
      if (signal.aborted) throw aborted();
      const accepted = await unlessAborted(submission, either.signal);
      const type: RequestType = what === 'create_model' ? 'CreateModel' : 'LoadWeights';
      const of = { what, type, deadlineMs: timings.trainingMs };
      const result = jsonResult(await resultOf(engine, accepted, of, either.signal), what);
      const id = result['model_id'] ?? accepted.body['model_id'] ?? usualId;
      if (typeof id !== 'string' || id === '') throw badReply('the new model has no id');
      return id;
    } catch (thrown) {
      if (signal.aborted) submission.then(discard, () => undefined);
      throw thrown;
    } finally {
      either.release();
    }
  }

  function create(spec: CreateModelSpec, signal: AbortSignal): Promise<TinkerModel> {
    return inSession(
      engine,
      async (session) => {
        const json = {
          session_id: session.id,
          model_seq_id: session.nextModelSeq(),
          base_model: spec.baseModel,
          ...(spec.metadata === undefined ? {} : { user_metadata: spec.metadata }),
          lora_config: {
            rank: spec.rank,
            ...(spec.seed === undefined ? {} : { seed: spec.seed }),
            train_unembed: spec.trainsUnembedding ?? true,
            train_mlp: spec.trainsMlp ?? true,
            train_attn: spec.trainsAttention ?? true,
          },
          type: 'create_model',
        };
        const id = await make('create_model', json, undefined, signal);
        return modelOf(session, id, spec.baseModel, spec.rank);
      },
      signal,
    );
  }

  /** Where `load_weights` makes the model (wire 0.38). */
  function createByLoading(
    path: string,
    withOptimizer: boolean,
    of: { readonly baseModel: string; readonly rank: number },
    signal: AbortSignal,
  ): Promise<TinkerModel> {
    return inSession(
      engine,
      async (session) => {
        const modelSeq = session.nextModelSeq();
        const json = {
          session_id: session.id,
          model_seq_id: modelSeq,
          path,
          optimizer: withOptimizer,
          type: 'load_weights',
        };
        const id = await make('load_weights', json, `${session.id}:train:${modelSeq}`, signal);
        return modelOf(session, id, of.baseModel, of.rank);
      },
      signal,
    );
  }

  return {
    create,
    async restore(path, withOptimizer, signal) {
      await engine.config(signal);
      const { baseModel, rank = defaultRank } = await engine.checkpoints.info(path, signal);
      if (profile.loadCreatesModel) return createByLoading(path, withOptimizer, { baseModel, rank }, signal);
      const model = await create({ baseModel, rank }, signal);
      try {
        await model.loadWeights(path, withOptimizer, signal);
      } catch (thrown) {
        model.unload(closing).catch((error) => {
          engine.logger.debug('engine_model_not_discarded', { error: toAppError(error) });
        });
        throw thrown;
      }
      return model;
    },
  };
}
