import { AppError } from '../../core/domain/app-error.ts';
import { createByteGate } from './byte-gate.ts';
import { type CheckpointDesk, createCheckpointDesk } from './checkpoints.ts';
import { createCredentials } from './credentials.ts';
import { eitherSignal } from './either-signal.ts';
import type { Engine } from './engine.ts';
import { defaultEngineConfig, type EngineConfig, readEngineConfig } from './engine-config.ts';
import { createFutures } from './futures.ts';
import { createHttp, jsonOf } from './http.ts';
import { badReply, isObject } from './json-codec.ts';
import type { TinkerModel } from './model.ts';
import { type CreateModelSpec, createModelMaker } from './model-maker.ts';
import { defaultTimings, type TinkerOptions } from './options.ts';
import { createPassCodec } from './pass-codec.ts';
import { type EngineProfile, engineProfiles } from './profiles.ts';
import { createSampleGate } from './sample-gate.ts';
import type { TinkerSampler } from './sampler.ts';
import { createSamplerMaker, type WireSamplerSource } from './sampler-maker.ts';
import { createSessions } from './session.ts';
import { createSlotRegistry } from './slot-registry.ts';
import { createTransport } from './transport.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface SupportedModel {
  readonly name: string;
  readonly maxContextTokens?: number;
}

/**
 * A client of the Tinker training API and of engines that speak it. Usable by itself; `createTinkerTrainer` gives it the shape of
 * `TrainerPort`. Errors and retries are as written there.
 */
export interface TinkerClient {
  readonly host: string;
  readonly profile: EngineProfile;
  readonly checkpoints: CheckpointDesk;
  /** Asks once: who wants to know, wants to know now. Rejects where nobody answers. */
  isHealthy(signal: AbortSignal): Promise<boolean>;
  supportedModels(signal: AbortSignal): Promise<readonly SupportedModel[]>;
  createModel(spec: CreateModelSpec, signal: AbortSignal): Promise<TinkerModel>;
  /** A new model from a state checkpoint. */
  restoreModel(path: string, withOptimizer: boolean, signal: AbortSignal): Promise<TinkerModel>;
  createSampler(
    source: WireSamplerSource,
    signal: AbortSignal,
  ): Promise<TinkerSampler & { readonly baseModel: string }>;
  close(): Promise<void>;
}

function addressOf(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  const isUsable =
    url !== undefined &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.username === '' &&
    url.password === '' &&
    // Paths are put behind it.
    !/[?#]/.test(baseUrl);
  if (!isUsable) {
    throw new AppError(
      'config_invalid',
      'TINKER_BASE_URL must be an http or https address without a user name, “?” and “#”, such as http://127.0.0.1:8000.',
    );
  }
  return url.href.replace(/\/+$/, '').replace(/\/api\/v1$/, '');
}

/** Empty is none. The space around it, as it comes from files, is none of it. */
function keyOf(given: string | undefined): string | undefined {
  const key = given?.trim() ?? '';
  if (key === '') return undefined;
  // What no header may hold would be quoted in the error of whoever sends it.
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new AppError('config_invalid', 'TINKER_API_KEY has characters that no key has. Copy it anew.');
  }
  return key;
}

/** Of a digest in hexadecimal: 0 ≤ x < 1. */
const fractionOf = (digest: string): number => Number.parseInt(digest.slice(0, 8), 16) / 2 ** 32;

/** Throws `config_invalid` on an unusable address or key. Nothing is sent before the first call. */
export function createTinkerClient(options: TinkerOptions): TinkerClient {
  const { clock, ids, logger } = options;
  const profile = engineProfiles[options.profile];
  const timings = { ...defaultTimings, ...options.timings };
  const baseUrl = addressOf(options.baseUrl);
  const http = createHttp({ baseUrl, fetch: options.fetch, clock });
  const closing = new AbortController();
  const credentials = createCredentials({
    apiKey: keyOf(options.apiKey),
    http,
    clock,
    logger,
    timeoutMs: timings.requestMs,
    closing: closing.signal,
  });
  let known: EngineConfig | undefined;
  let reading: Promise<EngineConfig> | undefined;
  const billingPauseMs = (): number => known?.billingPauseMs ?? timings.billingPauseMs;

  const transport = createTransport({
    http,
    credentials,
    hasKey: keyOf(options.apiKey) !== undefined,
    clock,
    ids,
    logger,
    random: options.random ?? (() => fractionOf(ids.digest(ids.next('wait')))),
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

  const checkpoints = createCheckpointDesk({
    profile,
    baseUrl,
    transport,
    http,
    clock,
    timeoutMs: timings.requestMs,
    closing: closing.signal,
    // A token in place of the key, where the engine wants one.
    begin: (signal) => engine.config(signal),
  });

  const engine: Engine = {
    profile,
    timings,
    transport,
    clock,
    logger,
    codec: createPassCodec(profile),
    checkpoints,
    closing: closing.signal,
    futures: createFutures({
      transport,
      clock,
      logger,
      pollMs: timings.pollMs,
      asksSizeFirst: profile.asksSizeFirst,
      silenceMs: timings.retryWindowMs,
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
      crashesOnUnknown: profile.crashesOnUnknown,
      beatsAtOnce: profile.beatsAtOnce,
    }),
    async config(signal) {
      if (known !== undefined) return known;
      reading ??= readConfig().finally(() => {
        reading = undefined;
      });
      return unlessAborted(reading, signal);
    },
    knownConfig: () => known ?? defaultEngineConfig,
    sampleGate: () => sampleGate,
    resultBytes: () => resultBytes,
  };

  const slots = createSlotRegistry();
  const models = createModelMaker(engine, slots);
  const samplers = createSamplerMaker(engine, slots);

  /** Work that ends with the caller's signal and with the client. */
  async function until<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const either = eitherSignal(signal, closing.signal);
    try {
      return await work(either.signal);
    } finally {
      either.release();
    }
  }

  return {
    host: http.host,
    profile,
    checkpoints,
    isHealthy: (signal) =>
      until(signal, async (either) => {
        const call = {
          method: 'GET',
          path: 'healthz',
          what: 'healthz',
          timeoutMs: timings.requestMs,
        } as const;
        const body = jsonOf(await transport.call(call, { mayRepeat: false, mostAttempts: 1 }, either));
        return isObject(body) && body['status'] === 'ok';
      }),
    supportedModels: (signal) =>
      until(signal, async (either) => {
        await engine.config(either);
        const what = 'get_server_capabilities';
        const call = { method: 'GET', path: what, what, timeoutMs: timings.requestMs } as const;
        const body = jsonOf(await transport.call(call, { mayRepeat: true }, either));
        const list = isObject(body) ? body['supported_models'] : undefined;
        if (!Array.isArray(list)) throw badReply('there is no list of models');
        return list.filter(isObject).flatMap((row) => {
          const { model_name: name, max_context_length: most } = row;
          if (typeof name !== 'string') return [];
          return [typeof most === 'number' ? { name, maxContextTokens: most } : { name }];
        });
      }),
    createModel: models.create,
    restoreModel: (path, withOptimizer, signal) =>
      until(signal, (either) => models.restore(path, withOptimizer, either)),
    createSampler: samplers.open,
    async close() {
      closing.abort();
      slots.clear();
      await engine.sessions.close();
    },
  };
}
