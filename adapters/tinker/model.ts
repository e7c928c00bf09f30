import { AppError, toAppError } from '../../core/domain/app-error.ts';
import { checkPass } from './check-pass.ts';
import { chunkBatch } from './chunk-batch.ts';
import { combinePasses } from './combine-passes.ts';
import { type Engine, jsonResult, resultOf, submit } from './engine.ts';
import type { RequestType } from './futures.ts';
import { jsonOf } from './http.ts';
import { badReply, isObject, type JsonObject, metricsOf } from './json-codec.ts';
import { createOperations, type Operation } from './operations.ts';
import { createTinkerSampler, type TinkerSampler } from './sampler.ts';
import type { Session } from './session.ts';
import type { WeightSlot } from './weight-slot.ts';
import type { PassResult, WireDatum } from './wire.ts';

export interface WireLoss {
  readonly name: string;
  readonly config?: Readonly<Record<string, number>>;
}

export interface SaveOptions {
  /** After so many seconds the engine deletes it. */
  readonly ttlSeconds?: number;
}

/** One adapter in training. Calls take effect in the order in which they were made; losing the model is as in `TrainableModel`. */
export interface TinkerModel {
  readonly id: string;
  readonly baseModel: string;
  readonly rank: number;
  info(signal: AbortSignal): Promise<JsonObject>;
  forward(data: readonly WireDatum[], loss: WireLoss, signal: AbortSignal): Promise<PassResult>;
  forwardBackward(data: readonly WireDatum[], loss: WireLoss, signal: AbortSignal): Promise<PassResult>;
  /** Fields as the protocol names them: `learning_rate`, `beta1`, … */
  optimStep(
    adamParams: Readonly<Record<string, number>>,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, number>>>;
  saveWeights(name: string, options: SaveOptions, signal: AbortSignal): Promise<string>;
  loadWeights(path: string, withOptimizer: boolean, signal: AbortSignal): Promise<void>;
  saveWeightsForSampler(name: string, options: SaveOptions, signal: AbortSignal): Promise<string>;
  currentSampler(options: SaveOptions, signal: AbortSignal): Promise<TinkerSampler>;
  unload(signal: AbortSignal): Promise<void>;
}

export interface ModelParts {
  readonly engine: Engine;
  readonly session: Session;
  readonly id: string;
  readonly baseModel: string;
  readonly rank: number;
  readonly slot: WeightSlot;
  /** How many places in its sequence are taken already. */
  readonly usedSeqs: number;
  /** Told of a path that holds the weights of this moment. */
  onSaved(path: string): void;
  onGone(): void;
}

const namePattern = /^[A-Za-z0-9_-]{1,64}$/;

export function createTinkerModel(parts: ModelParts): TinkerModel {
  const { engine, session, id, slot } = parts;
  const { profile, timings, transport } = engine;
  const operations = createOperations({
    engine,
    session,
    slot,
    id,
    usedSeqs: parts.usedSeqs,
    onLost: parts.onGone,
  });
  const { run } = operations;
  let hasSaved = false;

  async function pass(
    data: readonly WireDatum[],
    loss: WireLoss,
    forwardOnly: boolean,
    signal: AbortSignal,
  ): Promise<PassResult> {
    checkPass(data);
    // The order is that of the calls, so nothing is waited for before the queue.
    const config = engine.knownConfig();
    const limits = { datums: config.passDatums, bytes: config.passBytes };
    const chunks = chunkBatch(data, limits);
    const operation: Operation<PassResult> = {
      what: forwardOnly ? 'forward' : 'forward_backward',
      type: () => engine.codec.typeOf(forwardOnly),
      changes: forwardOnly ? 'nothing' : 'gradient',
      mayRepeat: profile.repeats !== 'unknown',
      calls: chunks.map(
        (chunk) => (seq: number) =>
          engine.codec.callOf(
            {
              modelId: id,
              seqId: seq,
              data: chunk,
              lossName: loss.name,
              lossConfig: loss.config ?? {},
              sendsLossConfigTwice: profile.sendsLossConfigTwice,
              forwardOnly,
            },
            config.compressesPasses,
            timings.requestMs,
          ),
      ),
      read(results) {
        const passes = results.map((result) => engine.codec.read(result));
        for (const [at, { outputs }] of passes.entries()) {
          if (outputs.length !== chunks[at]?.length) {
            throw badReply(`there are ${outputs.length} outputs for ${chunks[at]?.length ?? 0} datums`);
          }
        }
        return combinePasses(passes);
      },
      relearn: ({ details }) => engine.codec.learn(details['status'], forwardOnly),
    };
    return run(operation, signal);
  }

  /** The path under which the engine keeps a save whose answer was lost, once the engine confirms it. */
  async function confirmSave(kind: string, name: string): Promise<string | undefined> {
    for (const path of [`tinker://${id}/${kind}/${name}`, `tinker://${id}/${name}`]) {
      const reply = await transport.once(
        {
          method: 'POST',
          path: 'weights_info',
          what: 'weights_info',
          json: { tinker_path: path },
          timeoutMs: timings.requestMs,
        },
        engine.closing,
      );
      if (reply.status < 300) return path;
    }
    return undefined;
  }

  async function save(
    what: 'save_weights' | 'save_weights_for_sampler',
    type: RequestType,
    kind: 'weights' | 'sampler_weights',
    name: string,
    { ttlSeconds }: SaveOptions,
    signal: AbortSignal,
  ): Promise<string> {
    if (!namePattern.test(name)) {
      throw new AppError('invalid_input', 'A checkpoint’s name has 1 to 64 letters, digits, “_” and “-”.');
    }
    const path = await run<string>(
      {
        what,
        type: () => type,
        changes: 'nothing',
        mayRepeat: true,
        calls: [
          (seq) => ({
            method: 'POST',
            path: what,
            what,
            json: {
              model_id: id,
              seq_id: seq,
              path: name,
              ...(ttlSeconds === undefined ? {} : { ttl_seconds: ttlSeconds }),
              type: what,
            },
            timeoutMs: timings.requestMs,
          }),
        ],
        read([result]) {
          const given = result === undefined ? undefined : jsonResult(result, what)['path'];
          if (typeof given !== 'string' || given === '')
            throw badReply('a checkpoint was saved under no path');
          return given;
        },
        // The first attempt may have been taken on and its answer lost.
        recover: async (error, mayHaveArrived) =>
          error.code === 'conflict' && mayHaveArrived ? confirmSave(kind, name) : undefined,
      },
      signal,
    );
    hasSaved = true;
    parts.onSaved(path);
    return path;
  }

  return {
    id,
    baseModel: parts.baseModel,
    rank: parts.rank,

    async info(signal) {
      operations.checkAlive();
      const what = 'get_info';
      const json = { model_id: id, type: what };
      const call = { method: 'POST', path: what, what, json, timeoutMs: timings.requestMs } as const;
      const body = jsonOf(await transport.call(call, { mayRepeat: true }, signal));
      if (!isObject(body)) throw badReply('what it says of the model is no object');
      return body;
    },

    forward: (data, loss, signal) => pass(data, loss, true, signal),
    forwardBackward: (data, loss, signal) => pass(data, loss, false, signal),

    optimStep: (adamParams, signal) =>
      run(
        {
          what: 'optim_step',
          type: () => 'OptimStep',
          changes: 'weights',
          mayRepeat: profile.repeats !== 'unknown',
          calls: [
            (seq) => ({
              method: 'POST',
              path: 'optim_step',
              what: 'optim_step',
              json: { model_id: id, seq_id: seq, adam_params: adamParams, type: 'optim_step' },
              timeoutMs: timings.requestMs,
            }),
          ],
          read: ([result]) =>
            metricsOf(result === undefined ? undefined : jsonResult(result, 'optim_step')['metrics']),
        },
        signal,
      ),

    saveWeights: (name, options, signal) =>
      save('save_weights', 'SaveWeights', 'weights', name, options, signal),
    saveWeightsForSampler: (name, options, signal) =>
      save('save_weights_for_sampler', 'SaveWeightsForSampler', 'sampler_weights', name, options, signal),

    loadWeights: (path, withOptimizer, signal) =>
      run(
        {
          what: 'load_weights',
          type: () => 'LoadWeights',
          changes: 'weights',
          mayRepeat: profile.repeats === 'key',
          calls: [
            (seq) => ({
              method: 'POST',
              path: 'load_weights',
              what: 'load_weights',
              json: { model_id: id, seq_id: seq, path, optimizer: withOptimizer, type: 'load_weights' },
              timeoutMs: timings.requestMs,
            }),
          ],
          read: () => undefined,
        },
        signal,
      ),

    async currentSampler({ ttlSeconds }, signal) {
      const what = 'save_weights_for_sampler';
      const samplerSeq = session.nextSamplerSeq();
      let version = 0;
      const sessionId = await run<string>(
        {
          what,
          type: () => 'SaveWeightsForSampler',
          changes: 'nothing',
          mayRepeat: profile.repeats === 'key',
          calls: [
            (seq) => ({
              method: 'POST',
              path: what,
              what,
              json: {
                model_id: id,
                seq_id: seq,
                sampling_session_seq_id: samplerSeq,
                ...(ttlSeconds === undefined ? {} : { ttl_seconds: ttlSeconds }),
                type: what,
              },
              timeoutMs: timings.requestMs,
            }),
          ],
          onAccepted() {
            version = slot.version();
          },
          read([result]) {
            const given = result === undefined ? undefined : jsonResult(result, what)['sampling_session_id'];
            if (typeof given !== 'string' || given === '') throw badReply('the passing sampler has no id');
            return given;
          },
        },
        signal,
      );
      const isShared = profile.facts.samplerIsolation === 'shared_slot';
      return createTinkerSampler(engine, {
        version: sessionId,
        sessionId,
        ...(isShared ? { state: { slot, version } } : {}),
      });
    },

    async unload(signal) {
      if (session.isLost()) return;
      const what = 'unload_model';
      await operations.retire('it was unloaded', async () => {
        if (hasSaved && !profile.unloadKeepsCheckpoints) return;
        const json = { model_id: id, type: what };
        const call = { method: 'POST', path: what, what, json, timeoutMs: timings.requestMs } as const;
        try {
          const accepted = await submit(engine, call, { mayRepeat: true }, signal);
          const of = { what, type: 'UnloadModel', deadlineMs: timings.requestMs } as const;
          await resultOf(engine, accepted, of, signal);
        } catch (thrown) {
          if (toAppError(thrown).code !== 'not_found') throw thrown;
        }
      });
    },
  };
}
