import { type ApiKey, type ApiKeyChange, apiKeyId } from '../domain/api-key.ts';
import { AppError } from '../domain/app-error.ts';
import type { ContentUse } from '../domain/content-use.ts';
import { nativeId, type Platform, spaceId } from '../domain/ids.ts';
import type { ApiKeyStore } from '../ports/api-key-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Logger } from '../ports/logger.ts';
import { type ApiKeyAccess, type KnownKey, localName } from './api-access.ts';
import { checkBounds, keyName, spaceName, spaceNameFor } from './api-key-rules.ts';
import { utcMonthOf } from './utc-month.ts';

export interface ApiKeysDeps {
  readonly store: ApiKeyStore;
  /** What is kept up to date with every change. */
  readonly access: Pick<ApiKeyAccess, 'set' | 'restore'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Resolves when what was spent before is stored. May reject where it cannot be: then what is stored is told. */
  readonly flushed?: () => Promise<void>;
  /** What the ids of the keys' spaces begin with. */
  readonly platform: Platform;
}

/** A key that is wanted. */
export interface NewApiKey {
  readonly name: string;
  readonly kind: ApiKey['kind'];
  /** The platform's own name of the space. Absent: one called after the key, that no key of another name has. */
  readonly space?: string;
  /** @default own */
  readonly upstreamKey?: ApiKey['upstreamKey'];
  /** @default judge and evolve */
  readonly uses?: readonly ContentUse[];
  readonly monthlyTokens?: number;
  readonly requestsPerMinute?: number;
  readonly maxConcurrent?: number;
}

export interface MadeApiKey {
  readonly key: ApiKey;
  /** What callers show. Told this once, and kept nowhere. */
  readonly text: string;
}

export interface ListedApiKey {
  readonly key: ApiKey;
  /** In the present month. */
  readonly tokens: number;
  readonly requests: number;
}

/** Making and changing keys, one after the other. All reject with storage errors, and nothing is changed then. */
export interface ApiKeys {
  /** Reads what is stored into memory, before anybody is admitted. */
  load(): Promise<void>;
  /** Rejects with `invalid_input`, and with `conflict` where a key that is not revoked has the name, or a space that was not asked for is another's. */
  create(wanted: NewApiKey): Promise<MadeApiKey>;
  /** All, the revoked ones too, by the time they were made, with what was spent up to now, as far as it can be stored. `month`: the present one in UTC, `2026-11`. */
  list(): Promise<{ readonly month: string; readonly keys: readonly ListedApiKey[] }>;
  /** `named`: the name of a key that is not revoked, or its id. `not_found`, `invalid_input`. Holds for the next request. */
  change(named: string, change: ApiKeyChange): Promise<ApiKey>;
  /** The same way. Requests under way end in peace, no other is admitted. */
  revoke(named: string): Promise<ApiKey>;
}

/** 5 bits each: 200. */
const SECRET_CHARS = 40;
const prefixes = { agent: 'mc_', admin: 'mca_' } as const satisfies Readonly<Record<ApiKey['kind'], string>>;
const usualUses: readonly ContentUse[] = ['judge', 'evolve'];

export function createApiKeys(deps: ApiKeysDeps): ApiKeys {
  const { store, access, clock, ids, logger, platform } = deps;
  let known: readonly KnownKey[] | undefined;
  let last: Promise<unknown> = Promise.resolve();

  /** One after the other, or two could take the same name, and memory could end with the older state. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  }

  function keep(keys: readonly KnownKey[]): void {
    known = keys;
    access.set(keys);
  }

  async function knownKeys(): Promise<readonly KnownKey[]> {
    if (known !== undefined) return known;
    const keys = await store.list();
    const spendings = await store.spendings(utcMonthOf(clock.now()).name);
    keep(keys);
    access.restore(spendings);
    return keys;
  }

  /** What is stored already holds in memory at once: nothing is read again, which could fail. */
  function replace(keys: readonly KnownKey[], changed: ApiKey): void {
    keep(keys.map((entry) => (entry.key.keyId === changed.keyId ? { ...entry, key: changed } : entry)));
  }

  function find(keys: readonly KnownKey[], named: string): ApiKey {
    const name = named.normalize('NFC').trim();
    const all = keys.map(({ key }) => key);
    const live = all.filter(({ revokedAt }) => revokedAt === undefined);
    const found = live.find((key) => key.name === name) ?? live.find(({ keyId }) => keyId === name);
    if (found !== undefined) return found;
    const wasThere = all.some((key) => key.name === name || key.keyId === name);
    throw new AppError(
      'not_found',
      `${wasThere ? `The key “${named}” was revoked before.` : `There is no key “${named}”.`} \`metaclaw key list\` shows them.`,
    );
  }

  /** The space that a key gets without a word about it: never one by accident that others are in. */
  function ownSpace(keys: readonly KnownKey[], name: string): string {
    const space = spaceNameFor(name);
    if (space === undefined) {
      throw new AppError(
        'invalid_input',
        `No space can be called after the key “${name}”. Name one with --space, in letters a to z.`,
      );
    }
    if (space === localName) {
      throw new AppError(
        'conflict',
        `The space ${space} is that of programs on this machine without a key. To share it, add --space ${space}; else name another.`,
      );
    }
    const other = keys.find(
      ({ key }) => key.kind === 'agent' && nativeId(key.spaceId) === space && key.name !== name,
    );
    if (other !== undefined) {
      throw new AppError(
        'conflict',
        `The space ${space} is that of the key “${other.key.name}”. To share it, add --space ${space}; else name another.`,
      );
    }
    return space;
  }

  async function create(wanted: NewApiKey): Promise<MadeApiKey> {
    const keys = await knownKeys();
    const name = keyName(wanted.name);
    const { kind, monthlyTokens, requestsPerMinute, maxConcurrent } = wanted;
    checkBounds(wanted, kind);
    if (keys.some(({ key }) => key.name === name && key.revokedAt === undefined)) {
      throw new AppError(
        'conflict',
        `There is a key “${name}” already. Give another name, or take that one back with \`metaclaw key revoke\`.`,
      );
    }
    const space = wanted.space === undefined ? ownSpace(keys, name) : spaceName(wanted.space);
    const key: ApiKey = {
      keyId: apiKeyId(ids.next('key')),
      name,
      kind,
      spaceId: spaceId(platform, space),
      upstreamKey: wanted.upstreamKey ?? 'own',
      uses: wanted.uses ?? usualUses,
      ...(monthlyTokens === undefined ? {} : { monthlyTokens }),
      ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
      ...(maxConcurrent === undefined ? {} : { maxConcurrent }),
      createdAt: clock.now(),
    };
    const text = `${prefixes[kind]}${ids.code(SECRET_CHARS)}`;
    const digest = ids.digest(text);
    await store.add(key, digest);
    keep([...keys, { key, digest }]);
    logger.info('api_key_created', { keyId: key.keyId, kind, spaceId: key.spaceId });
    return { key, text };
  }

  async function change(named: string, wanted: ApiKeyChange): Promise<ApiKey> {
    const keys = await knownKeys();
    const { keyId, kind } = find(keys, named);
    checkBounds(wanted, kind);
    if (Object.values(wanted).every((value) => value === undefined)) {
      throw new AppError(
        'invalid_input',
        'Say what to change of the key: --upstream-key, --allow, --monthly-tokens, --per-minute or --at-once.',
      );
    }
    const changed = await store.change(keyId, wanted);
    replace(keys, changed);
    logger.info('api_key_changed', { keyId, what: Object.keys(wanted).join(' ') });
    return changed;
  }

  async function revoke(named: string): Promise<ApiKey> {
    const keys = await knownKeys();
    const key = find(keys, named);
    const at = clock.now();
    await store.revoke(key.keyId, at);
    const revoked = { ...key, revokedAt: at };
    replace(keys, revoked);
    logger.info('api_key_revoked', { keyId: key.keyId });
    return revoked;
  }

  return {
    load: () => inTurn(async () => void (await knownKeys())),
    create: (wanted) => inTurn(() => create(wanted)),
    async list() {
      await deps.flushed?.().catch(() => undefined);
      const month = utcMonthOf(clock.now()).name;
      const [keys, spendings] = await Promise.all([store.list(), store.spendings(month)]);
      const byKey = new Map(spendings.map((spending) => [spending.keyId, spending]));
      return {
        month,
        keys: keys.map(({ key }) => {
          const spending = byKey.get(key.keyId);
          return { key, tokens: spending?.tokens ?? 0, requests: spending?.requests ?? 0 };
        }),
      };
    },
    change: (named, wanted) => inTurn(() => change(named, wanted)),
    revoke: (named) => inTurn(() => revoke(named)),
  };
}
