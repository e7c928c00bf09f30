import type { DiscoveredModel } from '../adapters/model-discovery/discover-model.ts';
import type { OpenAiModelOptions } from '../adapters/openai/options.ts';
import type { PrivacyRecipient } from '../core/commands/context.ts';
import { AppError } from '../core/domain/app-error.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Ids } from '../core/ports/ids.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { Metrics } from '../core/ports/metrics.ts';
import type { ModelPort } from '../core/ports/model.ts';
import { isLoopbackHost } from './loopback-host.ts';
import type { Settings } from './schema.ts';
import type { Secrets } from './secrets.ts';

export interface ModelDeps {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Which model answers, and why this one. */
export interface ModelChoice {
  readonly kind: 'configured' | 'discovered' | 'engine' | 'demo';
  /** A part of a sentence: `set by OPENAI_MODEL`. */
  readonly why: string;
  /** Where it is; absent for the demo model and for the engine. */
  readonly server?: ModelServer;
  /** Where helpers are asked that name no server of their own, while the engine answers. */
  readonly besides?: Omit<ModelServer, 'model'>;
}

export interface ModelServer {
  readonly model: string;
  /** Absent: api.openai.com. */
  readonly baseUrl?: string;
  readonly apiKey?: string;
}

/** Where whatever is sent to a server goes. */
export function placeOf({
  baseUrl,
}: Pick<ModelServer, 'baseUrl'>): Pick<PrivacyRecipient, 'address' | 'isLocal'> {
  const { host, hostname } = new URL(baseUrl ?? 'https://api.openai.com');
  return { address: host, isLocal: isLoopbackHost(hostname) };
}

const LIST_TIMEOUT_MS = 3_000;

/** The first chat model that this server lists; `undefined` when it does not say. Never rejects. */
async function firstModelAt(
  baseUrl: string,
  apiKey: string | undefined,
  deps: ModelDeps,
): Promise<string | undefined> {
  const { firstChatModel } = await import('../adapters/model-discovery/model-list.ts');
  const stopping = new AbortController();
  const timer = deps.clock.after(LIST_TIMEOUT_MS, () => stopping.abort());
  try {
    const response = await deps.fetch(`${baseUrl.replace(/\/+$/, '')}/models`, {
      signal: stopping.signal,
      headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
    });
    return response.ok ? firstChatModel(await response.text()) : undefined;
  } catch {
    return undefined;
  } finally {
    timer.cancel();
  }
}

/** The engine answers; a model server that is set as well is for helpers alone. */
function engineChoice({ OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseUrl }: Secrets): ModelChoice {
  const choice = { kind: 'engine', why: 'set by engine.answers' } as const;
  if (apiKey === undefined && baseUrl === undefined) return choice;
  return {
    ...choice,
    besides: {
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...(apiKey === undefined ? {} : { apiKey }),
    },
  };
}

/**
 * The engine where it is to answer, else what is configured; with nothing configured what runs on this machine, if that may be looked for; else the built-in
 * demo model. Throws `config_invalid` when a server is configured that does not name a model.
 */
export async function chooseModel(
  settings: Settings,
  secrets: Secrets,
  deps: ModelDeps,
): Promise<ModelChoice> {
  if (settings.engine.answers) return engineChoice(secrets);
  const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseUrl, OPENAI_MODEL: model } = secrets;
  if (apiKey !== undefined || baseUrl !== undefined || model !== undefined) {
    const named = model ?? (baseUrl === undefined ? undefined : await firstModelAt(baseUrl, apiKey, deps));
    if (named === undefined) {
      throw new AppError(
        'config_invalid',
        'OPENAI_MODEL is not set: name the model to use, in the environment or in .env.',
      );
    }
    return {
      kind: 'configured',
      why:
        model === undefined
          ? 'the first that OPENAI_BASE_URL lists; OPENAI_MODEL would name another'
          : 'set by OPENAI_MODEL',
      server: {
        model: named,
        ...(baseUrl === undefined ? {} : { baseUrl }),
        ...(apiKey === undefined ? {} : { apiKey }),
      },
    };
  }
  if (!settings.model.discover) {
    return { kind: 'demo', why: 'none is configured, and model.discover is off' };
  }
  const { discoverModel } = await import('../adapters/model-discovery/discover-model.ts');
  const found: DiscoveredModel | undefined = await discoverModel(deps);
  if (found === undefined) {
    return {
      kind: 'demo',
      why: 'none is configured and none runs on this machine; OPENAI_BASE_URL and OPENAI_MODEL set one',
    };
  }
  return {
    kind: 'discovered',
    why: `found on this machine (${found.name}); OPENAI_BASE_URL and OPENAI_MODEL would set another`,
    server: { model: found.model, baseUrl: found.baseUrl },
  };
}

/** The chosen model with its retries, timeouts and fallbacks; not for the engine (`composeEngineAnswers`). Loads only the code that it needs. */
export async function openModel(
  choice: ModelChoice,
  settings: Settings,
  deps: ModelDeps,
): Promise<ModelPort> {
  const { server } = choice;
  if (server === undefined) {
    const { createDemoModel } = await import('../adapters/demo-model/demo-model.ts');
    return createDemoModel(deps);
  }
  const [{ createOpenAiModel }, { createModelChain }] = await Promise.all([
    import('../adapters/openai/openai-model.ts'),
    import('../adapters/resilience/model-chain.ts'),
  ]);
  const { firstByteTimeoutMs, idleTimeoutMs, totalTimeoutMs, maxRetries, fallbacks } = settings.model;
  const open = (model: string): ModelPort => {
    const options: OpenAiModelOptions = {
      ...deps,
      ...server,
      model,
      timeouts: { firstEventMs: firstByteTimeoutMs, idleMs: idleTimeoutMs, overallMs: totalTimeoutMs },
    };
    return createOpenAiModel(options);
  };
  return createModelChain({
    ...deps,
    models: [server.model, ...fallbacks].map(open),
    retry: { attempts: maxRetries + 1 },
  });
}
