import { AppError, toAppError } from '../../core/domain/app-error.ts';
import { ask } from './ask.ts';
import { checkPass } from './check-pass.ts';
import type { CheckpointRow } from './checkpoints.ts';
import { chunkBatch } from './chunk-batch.ts';
import { combinePasses } from './combine-passes.ts';
import { type Engine, jsonResult, resultOf, submit } from './engine.ts';
import { jsonOf } from './http.ts';
import { badReply, isObject, type JsonObject, metricsOf } from './json-codec.ts';
import { createOperations, type Operation } from './operations.ts';
import { createTinkerSampler, type TinkerSampler } from './sampler.ts';
import type { Session } from './session.ts';
import { unlessAborted } from './unless-aborted.ts';
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

/** A batch, or what makes it at the call's turn: what is thrown there refuses the call and those that were made after it. */
export type Batch = readonly WireDatum[] | (() => readonly WireDatum[]);

/** As the protocol names them: `learning_rate`, `beta1`, … */
export type StepFields = Readonly<Record<string, number>>;

/** One adapter in training. Calls take effect in the order in which they were made; losing the model is as in `TrainableModel`. */
export interface TinkerModel {
  readonly id: string;
  readonly baseModel: string;
  readonly rank: number;
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

const namePattern = /^[A-Za-z0-9_-]{1,64}$/;
const confirmAttempts = 15;
const confirmDelayMs = 2_000;

/** Throws `bad_reply` unless there is an output for each datum, with a log-probability for each target. */
function checkOutputs(outputs: PassResult['outputs'], data: readonly WireDatum[]): void {
  if (outputs.length !== data.length) {
    throw badReply(`there are ${outputs.length} outputs for ${data.length} datums`);
  }
  for (const [at, { lossInputs }] of data.entries()) {
    const targets = lossInputs['target_tokens'];
    const given = outputs[at]?.['logprobs']?.length ?? 0;
    if (targets !== undefined && targets.sparse === undefined && given !== targets.data.length) {
      throw badReply(`datum ${at} came back with ${given} log-probabilities for ${targets.data.length}`);
    }
  }
}

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

  function pass(
    batch: Batch,
    loss: WireLoss,
    forwardOnly: boolean,
    signal: AbortSignal,
  ): Promise<PassResult> {
    let chunks: readonly (readonly WireDatum[])[] = [];
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
        return chunks.map(
          (chunk) => (seqId: number) =>
            engine.codec.callOf({ ...fixed, seqId, data: chunk }, config.compressesPasses, timings.requestMs),
        );
      },
      read(results) {
        const passes = results.map((result) => engine.codec.read(result));
        for (const [at, { outputs }] of passes.entries()) checkOutputs(outputs, chunks[at] ?? []);
        return combinePasses(passes);
      },
      relearn: (refusal) => engine.codec.learn(refusal, forwardOnly),
      onAccepted: () => engine.codec.worked(),
    };
    return run(operation, signal);
  }

  /** The path under which the engine keeps a save whose answer was lost, once the engine confirms it. */
  async function confirmSave(kind: CheckpointRow['kind'], name: string): Promise<string | undefined> {
    for (let attempt = 0; attempt < confirmAttempts; attempt += 1) {
      // It may still be writing.
      if (attempt > 0) await engine.clock.sleep(confirmDelayMs, engine.closing);
      const rows = await engine.checkpoints.ofRun(id, engine.closing);
      const row = rows.find((one) => one.kind === kind && one.path.endsWith(`/${name}`));
      if (row !== undefined) return row.path;
    }
    return undefined;
  }

  async function save(
    what: 'save_weights' | 'save_weights_for_sampler',
    name: string,
    { ttlSeconds }: SaveOptions,
    signal: AbortSignal,
  ): Promise<string> {
    let version = 0;
    const path = await run<string>(
      {
        what,
        type: () => (what === 'save_weights' ? 'SaveWeights' : 'SaveWeightsForSampler'),
        changes: 'nothing',
        mayRepeat: true,
        namesModelOnly: true,
        calls() {
          if (!namePattern.test(name)) {
            throw new AppError(
              'invalid_input',
              'A checkpoint’s name has 1 to 64 letters, digits, “_” and “-”.',
            );
          }
          return [
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
          ];
        },
        onAccepted() {
          version = slot.version();
        },
        read([result]) {
          const given = result === undefined ? undefined : jsonResult(result, what)['path'];
          if (typeof given !== 'string' || given === '')
            throw badReply('a checkpoint was saved under no path');
          return given;
        },
        async recover() {
          version = slot.version();
          return confirmSave(what === 'save_weights' ? 'state' : 'sampler', name);
        },
      },
      signal,
    );
    hasSaved = true;
    parts.onSaved(path, version);
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
      const body = jsonOf(await ask(profile, transport, call, signal));
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
            return [
              (seq) => ({
                method: 'POST',
                path: 'optim_step',
                what: 'optim_step',
                json: { model_id: id, seq_id: seq, adam_params: fields, type: 'optim_step' },
                timeoutMs: timings.requestMs,
              }),
            ];
          },
          read: ([result]) =>
            metricsOf(result === undefined ? undefined : jsonResult(result, 'optim_step')['metrics']),
        },
        signal,
      ),

    saveWeights: (name, options, signal) => save('save_weights', name, options, signal),
    saveWeightsForSampler: (name, options, signal) => save('save_weights_for_sampler', name, options, signal),

    loadWeights: (path, withOptimizer, signal) =>
      run(
        {
          what: 'load_weights',
          type: () => 'LoadWeights',
          changes: 'weights',
          mayRepeat: profile.repeats === 'key',
          // It may be the checkpoint that is not there.
          namesModelOnly: false,
          calls: () => [
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
          namesModelOnly: true,
          calls: () => [
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
      const retired = operations.retire('it was unloaded', async () => {
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
      await unlessAborted(retired, signal);
    },
  };
}
