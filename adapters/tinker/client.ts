import { AppError } from '../../core/domain/app-error.ts';
import { createByteGate } from './byte-gate.ts';
import { type CheckpointDesk, createCheckpointDesk, partsOfPath } from './checkpoints.ts';
import { createCredentials } from './credentials.ts';
import { createPassCodec, type Engine, eitherSignal, jsonResult, resultOf, submit } from './engine.ts';
import { defaultEngineConfig, type EngineConfig, readEngineConfig } from './engine-config.ts';
import { createFutures } from './futures.ts';
import { createHttp, jsonOf } from './http.ts';
import { badReply, isObject } from './json-codec.ts';
import { createTinkerModel, type TinkerModel } from './model.ts';
import { defaultTimings, type TinkerOptions } from './options.ts';
import { type EngineProfile, engineProfiles } from './profiles.ts';
import { createSampleGate } from './sample-gate.ts';
import { createTinkerSampler, type SlotState, type TinkerSampler } from './sampler.ts';
import { createSessions, type Session } from './session.ts';
import { createTransport } from './transport.ts';
import { createWeightSlot, type WeightSlot } from './weight-slot.ts';

export interface SupportedModel {
  readonly name: string;
  readonly maxContextTokens?: number;
}

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

/**
 * A client of the Tinker training API and of engines that speak it. Usable by itself; `createTinkerTrainer` gives it the shape of
 * `TrainerPort`. Errors and retries are as written there.
 */
export interface TinkerClient {
  readonly host: string;
  readonly profile: EngineProfile;
  readonly checkpoints: CheckpointDesk;
  isHealthy(signal: AbortSignal): Promise<boolean>;
  supportedModels(signal: AbortSignal): Promise<readonly SupportedModel[]>;
  createModel(spec: CreateModelSpec, signal: AbortSignal): Promise<TinkerModel>;
  /** A new model from a state checkpoint. */
  restoreModel(path: string, withOptimizer: boolean, signal: AbortSignal): Promise<TinkerModel>;
  createSampler(
    source: { readonly baseModel: string } | { readonly path: string },
    signal: AbortSignal,
  ): Promise<TinkerSampler & { readonly baseModel: string }>;
  close(): Promise<void>;
}

const defaultRank = 32;

function addressOf(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  const isUsable =
    url !== undefined &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.username === '' &&
    url.password === '';
  if (!isUsable) {
    throw new AppError(
      'config_invalid',
      'TINKER_BASE_URL must be an http or https address without a user name, such as http://127.0.0.1:8000.',
    );
  }
  return url.href.replace(/\/+$/, '').replace(/\/api\/v1$/, '');
}

/** Throws `config_invalid` on an unusable address. Nothing is sent before the first call. */
export function createTinkerClient(options: TinkerOptions): TinkerClient {
  const { clock, ids, logger } = options;
  const profile = engineProfiles[options.profile];
  const timings = { ...defaultTimings, ...options.timings };
  const apiKey = options.apiKey === '' ? undefined : options.apiKey;
  const http = createHttp({ baseUrl: addressOf(options.baseUrl), fetch: options.fetch, clock });
  const credentials = createCredentials({ apiKey, http, clock, logger, timeoutMs: timings.requestMs });
  const closing = new AbortController();
  let known: EngineConfig | undefined;
  let reading: Promise<EngineConfig> | undefined;
  const billingPauseMs = (): number => known?.billingPauseMs ?? timings.billingPauseMs;

  const transport = createTransport({
    http,
    credentials,
    hasKey: apiKey !== undefined,
    secrets: apiKey === undefined ? [] : [apiKey],
    clock,
    ids,
    logger,
    random: options.random ?? Math.random,
    retryWindowMs: timings.retryWindowMs,
    billingPauseMs,
  });
  let sampleGate = createSampleGate(clock, defaultEngineConfig);
  let resultBytes = createByteGate(defaultEngineConfig.resultBytes);

  async function readConfig(): Promise<EngineConfig> {
    const config = profile.readsConfig
      ? await readEngineConfig(transport, timings.requestMs, closing.signal)
      : defaultEngineConfig;
    if (config.exchangesKeys) credentials.exchange();
    sampleGate = createSampleGate(clock, config);
    resultBytes = createByteGate(config.resultBytes);
    known = config;
    return config;
  }

  const engine: Engine = {
    profile,
    timings,
    transport,
    clock,
    logger,
    codec: createPassCodec(profile),
    closing: closing.signal,
    futures: createFutures({
      transport,
      clock,
      logger,
      pollMs: timings.pollMs,
      asksSizeFirst: profile.asksSizeFirst,
      resultBytes: () => resultBytes,
      billingPauseMs,
    }),
    sessions: createSessions({
      transport,
      clock,
      logger,
      requestMs: timings.requestMs,
      heartbeatMs: timings.heartbeatMs,
      tags: options.tags ?? ['metaclaw'],
      projectId: options.projectId,
      finishesSessions: profile.finishesSessions,
    }),
    async config(signal) {
      if (known !== undefined) return known;
      signal.throwIfAborted();
      reading ??= readConfig().finally(() => {
        reading = undefined;
      });
      return reading;
    },
    knownConfig: () => known ?? defaultEngineConfig,
    sampleGate: () => sampleGate,
    resultBytes: () => resultBytes,
  };

  const checkpoints = createCheckpointDesk(transport, http, clock, timings.requestMs);

  /** Slots of models in training, and which state of them a path holds: for engines that keep one state. */
  const slots = new Map<string, WeightSlot>();
  const saved = new Map<string, SlotState>();

  function modelOf(
    session: Session,
    id: string,
    baseModel: string,
    rank: number,
    usedSeqs: number,
  ): TinkerModel {
    const slot = createWeightSlot();
    slots.set(id, slot);
    return createTinkerModel({
      engine,
      session,
      id,
      baseModel,
      rank,
      slot,
      usedSeqs,
      onSaved: (path) => saved.set(path, { slot, version: slot.version() }),
      onGone() {
        slots.delete(id);
        for (const [path, state] of saved) if (state.slot === slot) saved.delete(path);
      },
    });
  }

  async function begin(signal: AbortSignal): Promise<Session> {
    if (closing.signal.aborted) throw new AppError('aborted', 'The client is closed.');
    await engine.config(signal);
    return engine.sessions.current(signal);
  }

  async function createModel(spec: CreateModelSpec, signal: AbortSignal): Promise<TinkerModel> {
    const session = await begin(signal);
    const what = 'create_model';
    const call = {
      method: 'POST',
      path: what,
      what,
      json: {
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
        type: what,
      },
      timeoutMs: timings.requestMs,
    } as const;
    const either = eitherSignal(signal, closing.signal);
    try {
      // A model that nobody knows of would keep its place at the engine.
      const patience = { mayRepeat: profile.repeats === 'key' };
      const accepted = await submit(engine, call, patience, either.signal);
      const of = { what, type: 'CreateModel', deadlineMs: timings.trainingMs } as const;
      const result = jsonResult(await resultOf(engine, accepted, of, either.signal), what);
      const id = result['model_id'] ?? accepted.body['model_id'];
      if (typeof id !== 'string' || id === '') throw badReply('the new model has no id');
      return modelOf(session, id, spec.baseModel, spec.rank, 0);
    } finally {
      either.release();
    }
  }

  /** Where `load_weights` makes the model (wire 0.38). */
  async function createByLoading(
    path: string,
    withOptimizer: boolean,
    baseModel: string,
    rank: number,
    signal: AbortSignal,
  ): Promise<TinkerModel> {
    const session = await begin(signal);
    const what = 'load_weights';
    const modelSeq = session.nextModelSeq();
    const json = {
      session_id: session.id,
      model_seq_id: modelSeq,
      path,
      optimizer: withOptimizer,
      type: what,
    };
    const call = { method: 'POST', path: what, what, json, timeoutMs: timings.requestMs } as const;
    const either = eitherSignal(signal, closing.signal);
    try {
      const accepted = await submit(engine, call, { mayRepeat: profile.repeats === 'key' }, either.signal);
      const of = { what, type: 'LoadWeights', deadlineMs: timings.trainingMs } as const;
      const result = jsonResult(await resultOf(engine, accepted, of, either.signal), what);
      const id = result['model_id'] ?? accepted.body['model_id'] ?? `${session.id}:train:${modelSeq}`;
      if (typeof id !== 'string' || id === '') throw badReply('the restored model has no id');
      return modelOf(session, id, baseModel, rank, 0);
    } finally {
      either.release();
    }
  }

  async function openSampler(
    source: { readonly baseModel: string } | { readonly path: string },
    signal: AbortSignal,
  ): Promise<string> {
    const session = await begin(signal);
    const what = 'create_sampling_session';
    const of = 'path' in source ? { model_path: source.path } : { base_model: source.baseModel };
    const json = {
      session_id: session.id,
      sampling_session_seq_id: session.nextSamplerSeq(),
      ...of,
      type: what,
    };
    const call = { method: 'POST', path: what, what, json, timeoutMs: timings.requestMs } as const;
    const body = jsonOf(await transport.call(call, { mayRepeat: true }, signal));
    const id = isObject(body) ? body['sampling_session_id'] : undefined;
    if (typeof id !== 'string' || id === '') throw badReply('the sampler has no id');
    return id;
  }

  /** The base model of saved sampler weights, by their sampler or, where engines do not tell it there, by their path. */
  async function baseModelOf(samplerId: string, path: string, signal: AbortSignal): Promise<string> {
    const what = 'samplers';
    const call = {
      method: 'GET',
      path: `samplers/${encodeURIComponent(samplerId)}`,
      what,
      timeoutMs: timings.requestMs,
    } as const;
    const reply = await transport.once(call, signal);
    const body = reply.status < 300 ? jsonOf(reply) : undefined;
    const named = isObject(body) ? body['base_model'] : undefined;
    if (typeof named === 'string' && named !== '') return named;
    return (await checkpoints.info(path, signal)).baseModel;
  }

  /** Of which state of a living model a path is, where that matters. */
  function stateOf(path: string): SlotState | undefined {
    if (profile.facts.samplerIsolation === 'snapshot') return undefined;
    const known = saved.get(path);
    if (known !== undefined) return known;
    const slot = path.startsWith('tinker://') ? slots.get(partsOfPath(path).runId) : undefined;
    // Saved by somebody else of a model that trains here: an older state in any case.
    return slot === undefined ? undefined : { slot, version: -1 };
  }

  return {
    host: http.host,
    profile,
    checkpoints,
    async isHealthy(signal) {
      const call = { method: 'GET', path: 'healthz', what: 'healthz', timeoutMs: timings.requestMs } as const;
      const body = jsonOf(await transport.call(call, { mayRepeat: false }, signal));
      return isObject(body) && body['status'] === 'ok';
    },
    async supportedModels(signal) {
      await engine.config(signal);
      const what = 'get_server_capabilities';
      const call = { method: 'GET', path: what, what, timeoutMs: timings.requestMs } as const;
      const body = jsonOf(await transport.call(call, { mayRepeat: true }, signal));
      const list = isObject(body) ? body['supported_models'] : undefined;
      if (!Array.isArray(list)) throw badReply('there is no list of models');
      return list.filter(isObject).flatMap((row) => {
        const { model_name: name, max_context_length: most } = row;
        if (typeof name !== 'string') return [];
        return [typeof most === 'number' ? { name, maxContextTokens: most } : { name }];
      });
    },
    createModel,
    async restoreModel(path, withOptimizer, signal) {
      await engine.config(signal);
      const { baseModel, rank = defaultRank } = await checkpoints.info(path, signal);
      if (profile.loadCreatesModel) return createByLoading(path, withOptimizer, baseModel, rank, signal);
      const model = await createModel({ baseModel, rank }, signal);
      try {
        await model.loadWeights(path, withOptimizer, signal);
      } catch (thrown) {
        await model.unload(closing.signal).catch(() => undefined);
        throw thrown;
      }
      return model;
    },
    async createSampler(source, signal) {
      const state = 'path' in source ? stateOf(source.path) : undefined;
      const sessionId = await openSampler(source, signal);
      const baseModel =
        'path' in source ? await baseModelOf(sessionId, source.path, signal) : source.baseModel;
      const sampler = createTinkerSampler(engine, {
        version: 'path' in source ? source.path : source.baseModel,
        sessionId,
        reopen: (again) => openSampler(source, again),
        ...(state === undefined ? {} : { state }),
      });
      return { ...sampler, baseModel };
    },
    async close() {
      closing.abort();
      slots.clear();
      saved.clear();
      await engine.sessions.close();
    },
  };
}
