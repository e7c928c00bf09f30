import type { CommandRunner } from '../core/intake/command-runner.ts';
import type { Sessions } from '../core/intake/sessions.ts';
import type { SkillLibrary } from '../core/skills/library.ts';
import { createApiCommands } from './api-commands.ts';
import { type ComposeApiKeysDeps, type ComposedApiKeys, composeApiKeys } from './compose-api-keys.ts';
import type { ComposedEmbeddings } from './compose-embeddings.ts';
import { type ComposedProxy, type ComposeProxyDeps, composeProxy } from './compose-proxy.ts';
import type { Storage } from './storage.ts';

export interface ComposeApiDeps
  extends Pick<ComposeApiKeysDeps, 'terminalAlone'>,
    Pick<ComposeProxyDeps, 'loaded' | 'choice' | 'address' | 'clock' | 'ids' | 'logger' | 'metrics'> {
  readonly storage: Pick<Storage, 'stores' | 'exchangeWrites'>;
  readonly library: ComposeProxyDeps['skills']['library'] & Pick<SkillLibrary, 'generation'>;
  readonly sessions: Sessions;
}

/** What of the bot programs are served with. */
export interface ServedParts {
  /** By which rules what passes through is kept and learned from. */
  readonly rules: Omit<
    ComposeProxyDeps['exchanges'],
    'turns' | 'ledger' | 'keys' | 'sessions' | 'generation'
  >;
  /** `undefined` where there are none. */
  readonly embeddings: Pick<ComposedEmbeddings, 'vectorOf'> | undefined;
  readonly policies: ComposeProxyDeps['ownModels'];
  readonly schedule: ComposeProxyDeps['activity'];
  readonly commands: Pick<CommandRunner, 'run'>;
}

/** Who of programs may call, and what they are served with. */
export interface ComposedApi {
  readonly keys: ComposedApiKeys;
  /** `undefined` until it is opened, where it is off, and with the terminal alone. */
  readonly proxy: () => ComposedProxy | undefined;
  /** To be called once, when all that it serves is there: much of that asks the keys, and so is made after them. Throws as `composeProxy` does. */
  readonly openProxy: (parts: ServedParts) => ComposedProxy | undefined;
}

/** Reads the keys; nothing is served yet. Rejects as `composeApiKeys` does. */
export async function composeApi(deps: ComposeApiDeps): Promise<ComposedApi> {
  const { loaded, storage, choice, library, sessions, address, terminalAlone } = deps;
  const { clock, ids, logger, metrics } = deps;
  const { stores, exchangeWrites } = storage;
  let proxy: ComposedProxy | undefined;
  const keys = await composeApiKeys({
    loaded,
    terminalAlone,
    store: stores.apiKeys,
    flushed: async () => proxy?.flushed(),
    clock,
    ids,
    logger,
  });

  function openProxy(parts: ServedParts): ComposedProxy | undefined {
    if (!loaded.settings.proxy.enabled || terminalAlone) return undefined;
    const { rules, embeddings, policies, schedule } = parts;
    const { turns, ledger } = stores;
    proxy = composeProxy({
      loaded,
      choice,
      address,
      access: keys.access,
      commands: (flushed) =>
        createApiCommands({ ...keys, runner: parts.commands, turns, flushed, clock, ids, logger }),
      exchanges: {
        ...rules,
        turns: { ...turns, record: exchangeWrites.turns.record },
        ledger,
        keys: exchangeWrites.keys,
        sessions,
        generation: library.generation,
      },
      skills: { library, ...(embeddings === undefined ? {} : { vectorOf: embeddings.vectorOf }) },
      ownModels: { desk: policies.desk, model: policies.model },
      activity: schedule,
      clock,
      ids,
      logger,
      metrics,
    });
    return proxy;
  }

  return { keys, proxy: () => proxy, openProxy };
}
