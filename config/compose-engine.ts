import { join, resolve } from 'node:path';
import type { TinkerTimings } from '../adapters/tinker/options.ts';
import type { PrivacyRecipient } from '../core/commands/context.ts';
import { AppError, toAppError } from '../core/domain/app-error.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Ids } from '../core/ports/ids.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { ModelPort } from '../core/ports/model.ts';
import type { TokenizerPort } from '../core/ports/tokenizer.ts';
import type { EngineSampler, SamplerSource, TrainerPort } from '../core/ports/trainer.ts';
import type { EngineTurns } from '../core/schedule/engine-turns.ts';
import { answersInTurn } from './answers-in-turn.ts';
import { engineAddress } from './check-engine.ts';
import { type ModelDeps, placeOf } from './choose-model.ts';
import type { LoadedSettings } from './load-settings.ts';
import type { Settings } from './schema.ts';
import type { Secrets } from './secrets.ts';

export interface EngineDeps extends Pick<LoadedSettings, 'homeFolder' | 'workingFolder'> {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Other patience than the client's own. */
  readonly timings?: Partial<TinkerTimings>;
}

/** A training engine, for whoever answers, trains or looks. Whoever opened it closes the trainer. */
export interface OpenedEngine {
  readonly trainer: TrainerPort;
  /** Absent where none is set. */
  readonly tokenizer?: TokenizerPort;
}

/** Talks to nobody yet. Throws `config_invalid` where no engine is set. Loads its code only now. */
export async function openTrainer(
  settings: Pick<Settings, 'engine'>,
  secrets: Secrets,
  { fetch, clock, ids, logger, timings }: Omit<EngineDeps, 'homeFolder' | 'workingFolder'>,
): Promise<TrainerPort> {
  const { profile } = settings.engine;
  const baseUrl = engineAddress(settings, secrets);
  if (profile === '' || baseUrl === undefined) {
    throw new AppError(
      'config_invalid',
      'No training engine is set. Set engine.profile to its kind, and TINKER_BASE_URL to its address.',
    );
  }
  const { createTinkerTrainer } = await import('../adapters/tinker/tinker-trainer.ts');
  return createTinkerTrainer({
    profile,
    baseUrl,
    ...(secrets.TINKER_API_KEY === undefined ? {} : { apiKey: secrets.TINKER_API_KEY }),
    fetch,
    clock,
    ids,
    logger,
    ...(timings === undefined ? {} : { timings }),
  });
}

export type TokenizerPlace =
  | { readonly kind: 'folder'; readonly folder: string }
  | {
      readonly kind: 'hub';
      readonly repo: string;
      readonly revision?: string;
      readonly cacheFolder: string;
      readonly token?: string;
    };

/** What `engine.tokenizer` names; `undefined` where it is empty. */
export function tokenizerPlace(
  { engine }: Pick<Settings, 'engine'>,
  { HF_TOKEN: token }: Secrets,
  { homeFolder, workingFolder }: Pick<EngineDeps, 'homeFolder' | 'workingFolder'>,
): TokenizerPlace | undefined {
  const { tokenizer } = engine;
  if (tokenizer === '') return undefined;
  if (!tokenizer.startsWith('hub:')) return { kind: 'folder', folder: resolve(workingFolder, tokenizer) };
  const [repo = '', revision] = tokenizer.slice('hub:'.length).split('@');
  const cacheFolder = join(homeFolder, 'tokenizers');
  return {
    kind: 'hub',
    repo,
    ...(revision === undefined ? {} : { revision }),
    cacheFolder,
    ...(token === undefined ? {} : { token }),
  };
}

/** A tokenizer has some ten megabytes; a start does not wait longer for them. */
const downloadTimeoutMs = 180_000;

/** The tokenizer that `engine.tokenizer` names; `undefined` where it is empty. Rejects as the adapter does. */
export async function openEngineTokenizer(
  settings: Pick<Settings, 'engine'>,
  secrets: Secrets,
  deps: Omit<EngineDeps, 'ids'>,
): Promise<TokenizerPort | undefined> {
  const place = tokenizerPlace(settings, secrets, deps);
  if (place === undefined) return undefined;
  const { openTokenizer } = await import('../adapters/tokenizer/open-tokenizer.ts');
  const stopping = new AbortController();
  const timer = deps.clock.after(downloadTimeoutMs, () => stopping.abort());
  try {
    return await openTokenizer(place, { fetch: deps.fetch, logger: deps.logger, signal: stopping.signal });
  } catch (thrown) {
    if (!stopping.signal.aborted) throw thrown;
    throw new AppError(
      'timeout',
      'huggingface.co took too long over the tokenizer. Try again, or set engine.tokenizer to a folder with its files.',
      { cause: thrown },
    );
  } finally {
    timer.cancel();
  }
}

/** The engine that is set, with its tokenizer where one is. The engine itself is asked nothing yet. */
export async function openEngine(
  settings: Pick<Settings, 'engine'>,
  secrets: Secrets,
  deps: EngineDeps,
): Promise<OpenedEngine> {
  const tokenizer = await openEngineTokenizer(settings, secrets, deps);
  const trainer = await openTrainer(settings, secrets, deps);
  return { trainer, ...(tokenizer === undefined ? {} : { tokenizer }) };
}

export interface EngineModelDeps extends ModelDeps {
  /** Where the engine cannot train and answer at once: whatever asks its weights takes its turn, people or not. */
  readonly engineTurns?: EngineTurns;
}

/** The engine tries again by itself what may pass; once more where its weights had to be set up anew. */
const attempts = 2;

/** The engine as the model that answers, by the weights that are configured. They are set up with the first answer. */
export function composeEngineAnswers(
  engine: OpenedEngine,
  settings: Settings,
  secrets: Secrets,
  deps: EngineModelDeps,
): Promise<ModelPort> {
  const { samplerPath, baseModel } = settings.engine;
  const source = samplerPath === '' ? { baseModel } : { path: samplerPath };
  return engineModelBy(source, engine, settings, secrets, deps);
}

/** The engine as a model that answers by some weights of it, in its own way. */
async function engineAnswersBy(
  source: SamplerSource,
  { trainer, tokenizer }: OpenedEngine,
  { engine: own }: Pick<Settings, 'engine'>,
  deps: Omit<EngineModelDeps, 'fetch'>,
): Promise<ModelPort> {
  if (tokenizer === undefined) {
    throw new AppError('config_invalid', 'engine.answers needs a tokenizer. Set engine.tokenizer.');
  }
  const [{ createEngineModel }, { createServingSampler }, { createModelChain }] = await Promise.all([
    import('../adapters/engine-model/engine-model.ts'),
    import('../adapters/engine-model/serving-sampler.ts'),
    import('../adapters/resilience/model-chain.ts'),
  ]);
  const { temperature, topP, topK, maxContextTokens, timeoutMs } = own;
  const serving = createServingSampler(
    (): Promise<EngineSampler> =>
      // Whoever closes the trainer ends it.
      trainer.createSampler(source, new AbortController().signal),
  );
  const model = createEngineModel({
    description: `${'path' in source ? source.path : source.baseModel} on ${trainer.description}`,
    currentSampler: serving.current,
    samplerLost: serving.lost,
    tokenizer,
    params: { temperature, topP, topK },
    maxContextTokens,
    timeoutMs,
    clock: deps.clock,
    ids: deps.ids,
    logger: deps.logger,
  });
  return createModelChain({
    ...deps,
    models: [answersInTurn(model, deps.engineTurns)],
    retry: { attempts },
  });
}

/** Where an engine speaks OpenAI's language, below its address. */
const openAiPath = '/oai/api/v1';

/** What answers people by weights of the engine, in the way that `engine.endpoint` says. */
export async function engineModelBy(
  source: SamplerSource,
  engine: OpenedEngine,
  settings: Settings,
  secrets: Secrets,
  deps: EngineModelDeps,
): Promise<ModelPort> {
  const address = engineAddress(settings, secrets);
  if (settings.engine.endpoint === 'native' || address === undefined) {
    return engineAnswersBy(source, engine, settings, deps);
  }
  const [{ createOpenAiModel }, { createModelChain }] = await Promise.all([
    import('../adapters/openai/openai-model.ts'),
    import('../adapters/resilience/model-chain.ts'),
  ]);
  const { firstByteTimeoutMs, idleTimeoutMs } = settings.model;
  const model = createOpenAiModel({
    ...deps,
    baseUrl: `${address.replace(/\/+$/, '')}${openAiPath}`,
    ...(secrets.TINKER_API_KEY === undefined ? {} : { apiKey: secrets.TINKER_API_KEY }),
    model: 'path' in source ? source.path : source.baseModel,
    timeouts: {
      firstEventMs: firstByteTimeoutMs,
      idleMs: idleTimeoutMs,
      overallMs: settings.engine.timeoutMs,
    },
    settingNames: { baseUrl: 'TINKER_BASE_URL', apiKey: 'TINKER_API_KEY', model: 'engine.baseModel' },
  });
  return createModelChain({
    ...deps,
    models: [answersInTurn(model, deps.engineTurns)],
    retry: { attempts },
  });
}

const lookTimeoutMs = 10_000;

/** Asks once whether the engine that answers people is there and offers the model. Never rejects; what is wrong is told and logged. */
export async function lookAtEngine(
  trainer: TrainerPort,
  { engine: { baseModel } }: Pick<Settings, 'engine'>,
  { clock, logger }: Pick<EngineDeps, 'clock' | 'logger'>,
  onProblem: (problem: string) => void,
): Promise<void> {
  const stopping = new AbortController();
  const timer = clock.after(lookTimeoutMs, () => stopping.abort());
  try {
    const models = await trainer.models(stopping.signal);
    if (models.some(({ name }) => name === baseModel)) return;
    logger.warn('engine_without_model', { model: baseModel });
    onProblem(`The training engine, which is to answer, does not offer ${baseModel}: see engine.baseModel.`);
  } catch (thrown) {
    const error = toAppError(thrown);
    logger.warn('engine_not_ready', { error });
    onProblem(
      error.code === 'aborted'
        ? 'The training engine, which is to answer, does not answer. Does it run?'
        : `The training engine, which is to answer, is not ready: ${error.message}`,
    );
  } finally {
    timer.cancel();
  }
}

/** Who gets people's words when the engine answers, for `/privacy`; nobody where it does not. */
export function engineRecipients(settings: Settings, secrets: Secrets): readonly PrivacyRecipient[] {
  const baseUrl = engineAddress(settings, secrets);
  if (!settings.engine.answers || baseUrl === undefined) return [];
  return [
    {
      what: 'the training engine, whose model answers,',
      receives: 'your messages, the recent conversation, and the skills that fit; it may keep them',
      ...placeOf({ baseUrl }),
    },
  ];
}
