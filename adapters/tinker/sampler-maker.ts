import { toAppError } from '../../core/domain/app-error.ts';
import { eitherSignal } from './either-signal.ts';
import type { Engine } from './engine.ts';
import { jsonOf } from './http.ts';
import { badReply, isObject } from './json-codec.ts';
import { inSession } from './model-maker.ts';
import { createTinkerSampler, type TinkerSampler } from './sampler.ts';
import { samplerInfo } from './sampler-info.ts';
import type { SlotRegistry } from './slot-registry.ts';

export type WireSamplerSource = { readonly baseModel: string } | { readonly path: string };

/** Opens samplers of base models and of saved weights. */
export interface SamplerMaker {
  open(
    source: WireSamplerSource,
    signal: AbortSignal,
  ): Promise<TinkerSampler & { readonly baseModel: string }>;
}

export function createSamplerMaker(engine: Engine, slots: SlotRegistry): SamplerMaker {
  const { profile, timings, transport } = engine;

  function openSession(source: WireSamplerSource, signal: AbortSignal): Promise<string> {
    return inSession(
      engine,
      async (session) => {
        const what = 'create_sampling_session';
        const json = {
          session_id: session.id,
          sampling_session_seq_id: session.nextSamplerSeq(),
          ...('path' in source ? { model_path: source.path } : { base_model: source.baseModel }),
          type: what,
        };
        const call = { method: 'POST', path: what, what, json, timeoutMs: timings.requestMs } as const;
        const body = jsonOf(await transport.call(call, { mayRepeat: true }, signal));
        const id = isObject(body) ? body['sampling_session_id'] : undefined;
        if (typeof id !== 'string' || id === '') throw badReply('the sampler has no id');
        return id;
      },
      signal,
    );
  }

  /** The base model of saved sampler weights, by their sampler or, where engines do not tell it there, by their path. */
  async function baseModelOf(samplerId: string, path: string, signal: AbortSignal): Promise<string> {
    try {
      const { base_model: named } = await samplerInfo(engine, samplerId, signal);
      if (typeof named === 'string' && named !== '') return named;
    } catch (thrown) {
      if (toAppError(thrown).details['status'] === undefined) throw thrown;
    }
    return (await engine.checkpoints.info(path, signal)).baseModel;
  }

  return {
    async open(source, signal) {
      const isShared = profile.facts.samplerIsolation === 'shared_slot';
      const state = isShared && 'path' in source ? slots.stateOf(source.path) : undefined;
      const either = eitherSignal(signal, engine.closing);
      try {
        const sessionId = await openSession(source, either.signal);
        const baseModel =
          'path' in source ? await baseModelOf(sessionId, source.path, either.signal) : source.baseModel;
        const sampler = createTinkerSampler(engine, {
          version: 'path' in source ? source.path : source.baseModel,
          sessionId,
          reopen: (again) => openSession(source, again),
          ...(state === undefined ? {} : { state }),
        });
        return { ...sampler, baseModel };
      } finally {
        either.release();
      }
    },
  };
}
