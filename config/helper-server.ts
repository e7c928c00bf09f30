import { defaultModelTimeouts, type OpenAiModelOptions } from '../adapters/openai/options.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Ids } from '../core/ports/ids.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { ModelPort } from '../core/ports/model.ts';
import type { ModelChoice, ModelServer } from './choose-model.ts';
import type { SecretName } from './secrets.ts';

/** A server beside that of the model that answers, and which secret its key is. */
export interface HelperServer extends ModelServer {
  readonly keyName: SecretName;
}

/** What the settings of one helper say of its server. */
export interface HelperSettings {
  readonly model: string;
  /** Empty: the server of the model that answers; while the engine does, the one that OPENAI_BASE_URL and OPENAI_API_KEY name. */
  readonly baseUrl: string;
}

/**
 * Where a helper is; `undefined` where none is set, or where there is no server to ask. The key of the model that answers
 * goes to that model's server only.
 */
export function helperServer(
  { model, baseUrl }: HelperSettings,
  ownKey: string | undefined,
  keyName: SecretName,
  choice: Pick<ModelChoice, 'server' | 'besides'>,
): HelperServer | undefined {
  if (model === '') return undefined;
  const own = { model, keyName, ...(ownKey === undefined ? {} : { apiKey: ownKey }) } as const;
  if (baseUrl !== '') return { ...own, baseUrl };
  const server = choice.server ?? choice.besides;
  if (server === undefined) return undefined;
  return ownKey === undefined ? { ...server, model, keyName: 'OPENAI_API_KEY' } : { ...server, ...own };
}

export interface HelperModelDeps {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly fetch: typeof globalThis.fetch;
}

/** A helper over its own connection; it neither retries nor falls back, as whoever asks does that. `section`: of the settings. */
export async function openHelperModel(
  section: string,
  { baseUrl, timeoutMs }: Pick<HelperSettings, 'baseUrl'> & { readonly timeoutMs: number },
  server: HelperServer,
  deps: HelperModelDeps,
): Promise<ModelPort> {
  const { createOpenAiModel } = await import('../adapters/openai/openai-model.ts');
  const { keyName, ...place } = server;
  const options: OpenAiModelOptions = {
    ...deps,
    ...place,
    timeouts: { ...defaultModelTimeouts, firstEventMs: timeoutMs, idleMs: timeoutMs, overallMs: timeoutMs },
    settingNames: {
      baseUrl: baseUrl === '' ? 'OPENAI_BASE_URL' : `${section}.baseUrl`,
      apiKey: keyName,
      model: `${section}.model`,
    },
  };
  return createOpenAiModel(options);
}
