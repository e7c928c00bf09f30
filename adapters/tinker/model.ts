import { toAppError } from '../../core/domain/app-error.ts';
import { ask } from './ask.ts';
import { atMost } from './at-most.ts';
import { checkOutputs } from './check-outputs.ts';
import { checkPass } from './check-pass.ts';
import { chunkBatch } from './chunk-batch.ts';
import { combinePasses } from './combine-passes.ts';
import { type Engine, jsonResult, resultOf, submit } from './engine.ts';
import { jsonOf } from './http.ts';
import { badReply, isObject, type JsonObject } from './json-codec.ts';
import { createModelCalls } from './model-calls.ts';
import { createModelSaves, type SaveOptions } from './model-saves.ts';
import { createOperations, type Operation } from './operations.ts';
import type { TinkerSampler } from './sampler.ts';
import type { Session } from './session.ts';
import { stepMetrics } from './step-metrics.ts';
import { unlessAborted } from './unless-aborted.ts';
import type { WeightSlot } from './weight-slot.ts';
import type { PassResult, WireDatum } from './wire.ts';

export interface WireLoss {
  readonly name: string;
  readonly config?: Readonly<Record<string, number>>;
}

/** A batch, or what makes it at the call's turn: what is thrown there refuses the call and those that were made after it. */
export type Batch = readonly WireDatum[] | (() => readonly WireDatum[]);

/** As the protocol names them: `learning_rate`, `beta1`, … */
export type StepFields = Readonly<Record<string, number>>;

/** One adapter in training. Calls take effect in the order in which they were made; losing the model is as in `TrainableModel`. */
export interface TinkerModel {
  readonly id: string;
  readonly baseModel: string;
  readonly rank: number;
  /** Whether its weights at the engine are not known any more, as far as anybody knows by now. */
  isLost(): boolean;
  info(signal: AbortSignal): Promise<JsonObject>;
  forward(batch: Batch, loss: WireLoss, signal: AbortSignal): Promise<PassResult>;
  forwardBackward(batch: Batch, loss: WireLoss, signal: AbortSignal): Promise<PassResult>;
  optimStep(
    adamParams: StepFields | (() => StepFields),
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, number>>>;
  saveWeights(name: string, options: SaveOptions, signal: AbortSignal): Promise<string>;
  loadWeights(path: string, withOptimizer: boolean, signal: AbortSignal): Promise<void>;
  saveWeightsForSampler(name: string, options: SaveOptions, signal: AbortSignal): Promise<string>;
  /** On engines that keep its weights until they are deleted it ends with the next one of later weights, and with the model. */
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
  /** Told of a path that holds the weights of that version of the slot. */
  onSaved(path: string, version: number): void;
  onGone(): void;
}

/** How long an unload looks after what the engine keeps besides. */
const tidyMs = 5_000;

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
  const calls = createModelCalls(id, timings.requestMs);
  const saves = createModelSaves({
    engine,
    session,
    slot,
    operations,
    calls,
    id,
    onSaved: parts.onSaved,
  });

  function pass(
    batch: Batch,
    loss: WireLoss,
    forwardOnly: boolean,
    signal: AbortSignal,
  ): Promise<PassResult> {
    let chunks: readonly (readonly WireDatum[])[] = [];
    let sentAs: string | undefined;
    const operation: Operation<PassResult> = {
      what: forwardOnly ? 'forward' : 'forward_backward',
      type: () => engine.codec.typeOf(forwardOnly),
      changes: forwardOnly ? 'nothing' : 'gradient',
      mayRepeat: profile.repeats !== 'unknown',
      namesModelOnly: !forwardOnly,
      calls() {
        const data = typeof batch === 'function' ? batch() : batch;
        checkPass(data);
        const config = engine.knownConfig();
        chunks = chunkBatch(data, { datums: config.passDatums, bytes: config.passBytes });
        const fixed = {
          modelId: id,
          lossName: loss.name,
          lossConfig: loss.config ?? {},
          sendsLossConfigTwice: profile.sendsLossConfigTwice,
          forwardOnly,
        };
        return chunks.map((chunk) => (seqId: number) => {
          const request = { ...fixed, seqId, data: chunk };
          const call = engine.codec.callOf(request, config.compressesPasses, timings.requestMs);
          sentAs = call.bytes?.type;
          return call;
        });
      },
      read(results) {
        const passes = results.map((result) => engine.codec.read(result));
        for (const [at, { outputs }] of passes.entries())
          checkOutputs(outputs, chunks[at] ?? [], !forwardOnly);
        return combinePasses(passes);
      },
      relearn: (refusal) => engine.codec.learn(refusal, forwardOnly),
      onAccepted: () => engine.codec.worked(sentAs),
    };
    return run(operation, signal);
  }

  async function giveBack(signal: AbortSignal): Promise<void> {
    const what = 'unload_model';
    try {
      const accepted = await submit(engine, calls.of(what), { mayRepeat: true }, signal);
      const of = { what, type: 'UnloadModel', deadlineMs: timings.requestMs } as const;
      await resultOf(engine, accepted, of, signal);
    } catch (thrown) {
      if (toAppError(thrown).code !== 'not_found') throw thrown;
    }
  }

  return {
    id,
    baseModel: parts.baseModel,
    rank: parts.rank,

    isLost: () => operations.isLost(),

    async info(signal) {
      operations.checkAlive();
      const body = jsonOf(await ask(profile, transport, calls.of('get_info'), signal));
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
          namesModelOnly: true,
          calls() {
            const fields = typeof adamParams === 'function' ? adamParams() : adamParams;
            return [(seqId) => calls.of('optim_step', { adam_params: fields }, seqId)];
          },
          read: ([result]) =>
            stepMetrics(result === undefined ? undefined : jsonResult(result, 'optim_step')['metrics']),
        },
        signal,
      ),

    saveWeights: (name, options, signal) => saves.save('state', name, options, signal),
    saveWeightsForSampler: (name, options, signal) => saves.save('sampler', name, options, signal),
    currentSampler: (options, signal) => saves.current(options, signal),

    loadWeights: (path, withOptimizer, signal) =>
      run(
        {
          what: 'load_weights',
          type: () => 'LoadWeights',
          changes: 'weights',
          mayRepeat: profile.repeats === 'key',
          // It may be the checkpoint that is not there.
          namesModelOnly: false,
          calls: () => [(seqId) => calls.of('load_weights', { path, optimizer: withOptimizer }, seqId)],
          read: () => undefined,
        },
        signal,
      ),

    async unload(signal) {
      const mustStay = (): boolean => saves.hasSaved() && !profile.unloadKeepsCheckpoints;
      if (!session.isLost()) {
        const retired = operations.retire('it was unloaded', async () => {
          if (!mustStay()) await giveBack(signal);
        });
        await unlessAborted(retired, signal);
      }
      // Elsewhere they went with the model.
      if (!profile.unloadKeepsCheckpoints && !mustStay()) return;
      const tidied = atMost(engine.clock, tidyMs, (until) => saves.endCurrent(until));
      await unlessAborted(tidied, signal);
    },
  };
}
