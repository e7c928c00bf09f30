import { AppError } from '../core/domain/app-error.ts';
import { type SpaceId, spaceId } from '../core/domain/ids.ts';
import { type ApiKeyAccess, createApiAccess, localName } from '../core/intake/api-access.ts';
import { type ApiKeys, createApiKeys } from '../core/intake/api-keys.ts';
import { utcMonthOf } from '../core/intake/utc-month.ts';
import type { ApiKeyStore } from '../core/ports/api-key-store.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Ids } from '../core/ports/ids.ts';
import type { Logger } from '../core/ports/logger.ts';
import { apiPlatform } from './api-capabilities.ts';
import { asksKeyHere, proxyProblems } from './check-proxy.ts';
import type { LoadedSettings } from './load-settings.ts';

export interface ComposeApiKeysDeps {
  readonly loaded: Pick<LoadedSettings, 'settings' | 'origins'>;
  /** Nothing listens, so that nobody could ask. */
  readonly terminalAlone: boolean;
  readonly store: ApiKeyStore;
  /** As `ApiKeysDeps.flushed`. */
  readonly flushed?: () => Promise<void>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** Who may call the proxy, and who looks after that. */
export interface ComposedApiKeys {
  readonly access: ApiKeyAccess;
  readonly keys: ApiKeys;
  /** That of this machine, and those that keys of agents name. */
  spaces(): readonly SpaceId[];
}

/** Reads the keys. Rejects as the store does, and with `config_invalid` where others could reach the proxy and nobody has a key. */
export async function composeApiKeys(deps: ComposeApiKeysDeps): Promise<ComposedApiKeys> {
  const { loaded, store, flushed, clock, ids, logger } = deps;
  const { settings, origins } = loaded;
  const access = createApiAccess({
    clock,
    ids,
    platform: apiPlatform,
    asksHere: asksKeyHere(settings),
    seen(keyId, at) {
      const month = utcMonthOf(at).name;
      store.spent({ keyId, month, tokens: 0, requests: 0 }, at).catch((error: unknown) => {
        logger.warn('api_key_use_not_stored', { keyId, error });
      });
    },
  });
  const keys = createApiKeys({
    store,
    access,
    clock,
    ids,
    logger,
    platform: apiPlatform,
    ...(flushed === undefined ? {} : { flushed }),
  });
  await keys.load();
  const where = (path: string): string => origins.get(path) ?? 'default';
  const [problem] = deps.terminalAlone ? [] : proxyProblems(settings, access.agentKeys(), where);
  if (problem !== undefined) {
    throw new AppError('config_invalid', `${problem.path} (${problem.where}) ${problem.message}`);
  }
  // A key may share the space of this machine.
  const spaces = () => [...new Set([spaceId(apiPlatform, localName), ...access.spaces()])];
  return { access, keys, spaces };
}
