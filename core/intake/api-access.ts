import type { ApiKey, ApiKeyId } from '../domain/api-key.ts';
import {
  nativeId,
  type PersonId,
  type Platform,
  personId,
  platformOf,
  type SpaceId,
  spaceId,
} from '../domain/ids.ts';
import type { HasConsent } from '../feedback/content-door.ts';
import type {
  ApiAccess,
  ApiAdmission,
  ApiAdmitted,
  ApiCaller,
  ApiPresented,
  ApiRefused,
} from '../ports/api-access.ts';
import type { KeySpending } from '../ports/api-key-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import {
  adminAsksNoModel,
  keyNeeded,
  keyRevoked,
  keyUnknown,
  tooManyAMinute,
  tooManyAtOnce,
} from './api-refusals.ts';
import { createMonthBudget, createUtcMonths, type MonthBudget } from './month-budget.ts';
import { createRequestRate, type RequestRate } from './request-rate.ts';

/** Stands in a person's and a space's id for programs on this machine that show no key. No key has this id; a key may name this space on purpose. */
export const localName = 'local';

/** A key and what it is recognised by. */
export interface KnownKey {
  readonly key: ApiKey;
  readonly digest: string;
}

export interface ApiAccessDeps {
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
  readonly ids: Pick<Ids, 'digest'>;
  /** What ids of spaces and people begin with. */
  readonly platform: Platform;
  /** Programs on this machine need a key, too. */
  readonly asksHere: boolean;
  /** Told of a key that was shown for something else than a model, at most once a minute a key. Must not throw. */
  readonly seen?: (keyId: ApiKeyId, at: number) => void;
}

/** `ApiAccess` and what keeps its memory up to date. */
export interface ApiKeyAccess extends ApiAccess {
  /** These are all the keys from now on, the revoked ones among them. What is known of their use is kept. */
  set(keys: readonly KnownKey[]): void;
  /** What was spent before this process began, in place of what is known; of another month than the present one: nothing. */
  restore(spendings: readonly Pick<KeySpending, 'keyId' | 'month' | 'tokens'>[]): void;
  /** Counts tokens, prompt and answer, towards the key's month. Not stored from here. One that is not known: nothing. */
  spent(keyId: ApiKeyId, tokens: number): void;
  /** Keys of agents that are not revoked. */
  agentKeys(): number;
  /**
   * Who calls by the key of that name that is not revoked, else by the one with that id; `local`, where no key is called so: a
   * program on this machine without one. `user`: on whose behalf, as `ApiPresented` says it.
   */
  callerNamed(name: string, user?: string): ApiCaller | undefined;
  /** Who may have called in that space, on nobody's behalf: by each key of it, also a revoked one, and from this machine without one. */
  callersIn(space: SpaceId): readonly ApiCaller[];
  /** Those of all agents' keys, also of the revoked ones, whose feedback and skills stay; none twice. */
  spaces(): readonly SpaceId[];
  /**
   * Callers agree by their key, also after it was revoked; programs on this machine without one to whatever the operator
   * switches on. Nobody elsewhere does.
   */
  readonly hasConsent: HasConsent;
}

/** So many hexadecimal digits tell one key's people apart. */
const USER_CHARS = 16;
const SEEN_EVERY_MS = 60_000;

/** What is known of one key. */
interface Account {
  key: ApiKey;
  rate: RequestRate | undefined;
  running: number;
  readonly budget: MonthBudget;
  seenMs: number;
}

const noRelease = (): void => {};
const noReserve = (): undefined => undefined;

/**
 * Keys are looked up by the digest of what was shown, so that the time it takes tells nothing of how much of a guess was right.
 */
export function createApiAccess(deps: ApiAccessDeps): ApiKeyAccess {
  const { clock, ids, platform } = deps;
  let byDigest: ReadonlyMap<string, Account> = new Map();
  let byId: ReadonlyMap<string, Account> = new Map();
  const monthNow = createUtcMonths(clock);

  function person(id: string, user: string | undefined): PersonId {
    if (user === undefined || user === '') return personId(platform, id);
    return personId(platform, `${id}.${ids.digest(user).slice(0, USER_CHARS)}`);
  }

  /** Takes a request's place where there is one. */
  function overLimit(account: Account, costsTokens: boolean): ApiRefused | undefined {
    const { key, running, rate } = account;
    const { maxConcurrent } = key;
    const refusal = costsTokens ? account.budget.refusal(key) : undefined;
    if (refusal !== undefined) return refusal;
    if (maxConcurrent !== undefined && running >= maxConcurrent) return tooManyAtOnce(key, maxConcurrent);
    const waitMs = rate?.take(clock.monotonicMs()) ?? 0;
    return rate === undefined || waitMs === 0 ? undefined : tooManyAMinute(key, rate.perMinute, waitMs);
  }

  function callerBy({ keyId, name, spaceId }: ApiKey, user: string | undefined): ApiCaller {
    return { spaceId, personId: person(keyId, user), name, keyId };
  }

  function admittedBy(
    account: Account,
    user: string | undefined,
    { reserve, release }: Pick<ApiAdmitted, 'reserve' | 'release'>,
  ): ApiAdmitted {
    const { kind, upstreamKey } = account.key;
    return {
      kind: 'admitted',
      caller: callerBy(account.key, user),
      isAdmin: kind === 'admin',
      upstreamKey,
      reserve,
      release,
    };
  }

  function admitModel(account: Account, user: string | undefined, costsTokens: boolean): ApiAdmission {
    if (account.key.kind === 'admin') return adminAsksNoModel;
    const refusal = overLimit(account, costsTokens);
    if (refusal !== undefined) return refusal;
    account.running += 1;
    const held = costsTokens ? account.budget.hold(() => account.key) : undefined;
    let isReleased = false;
    return admittedBy(account, user, {
      reserve: (promptBytes) => held?.grow(promptBytes),
      release() {
        if (isReleased) return;
        isReleased = true;
        account.running -= 1;
        held?.release();
      },
    });
  }

  function admitOther(account: Account, user: string | undefined): ApiAdmission {
    const nowMs = clock.monotonicMs();
    if (deps.seen !== undefined && nowMs - account.seenMs >= SEEN_EVERY_MS) {
      account.seenMs = nowMs;
      deps.seen(account.key.keyId, clock.now());
    }
    return admittedBy(account, user, { reserve: noReserve, release: noRelease });
  }

  function localCaller(user: string | undefined): ApiCaller {
    return {
      spaceId: spaceId(platform, localName),
      personId: person(localName, user),
      name: 'this machine',
    };
  }

  function admitKeyless({ isFromHere, user }: ApiPresented): ApiAdmission {
    if (isFromHere && !deps.asksHere) {
      return {
        kind: 'admitted',
        caller: localCaller(user),
        isAdmin: false,
        upstreamKey: 'own',
        reserve: noReserve,
        release: noRelease,
      };
    }
    return keyNeeded;
  }

  function accountOf(key: ApiKey): Account {
    const before = byId.get(key.keyId);
    const perMinute = key.requestsPerMinute;
    if (before === undefined) {
      return {
        key,
        rate: perMinute === undefined ? undefined : createRequestRate(perMinute, clock.monotonicMs()),
        running: 0,
        budget: createMonthBudget(clock, monthNow),
        seenMs: Number.NEGATIVE_INFINITY,
      };
    }
    // The same object: requests under way give their place back to it.
    before.key = key;
    if (before.rate?.perMinute !== perMinute) {
      before.rate = perMinute === undefined ? undefined : createRequestRate(perMinute, clock.monotonicMs());
    }
    return before;
  }

  return {
    admit(presented) {
      const { key: shown, user, purpose } = presented;
      if (shown === undefined) return admitKeyless(presented);
      const account = byDigest.get(ids.digest(shown));
      if (account === undefined) return keyUnknown;
      const { revokedAt } = account.key;
      if (revokedAt !== undefined) return keyRevoked(account.key, revokedAt);
      if (purpose === 'other') return admitOther(account, user);
      return admitModel(account, user, purpose === 'model');
    },
    set(keys) {
      const accounts = keys.map(({ key, digest }) => ({ digest, account: accountOf(key) }));
      byDigest = new Map(accounts.map(({ digest, account }) => [digest, account]));
      byId = new Map(accounts.map(({ account }) => [account.key.keyId, account]));
    },
    restore(spendings) {
      for (const { keyId, month, tokens } of spendings) byId.get(keyId)?.budget.restore(month, tokens);
    },
    spent: (keyId, tokens) => byId.get(keyId)?.budget.spent(tokens),
    agentKeys: () =>
      [...byId.values()].filter(({ key }) => key.kind === 'agent' && key.revokedAt === undefined).length,
    callerNamed(named, user) {
      const name = named.normalize('NFC').trim();
      const keys = [...byId.values()].map(({ key }) => key);
      const key = keys.find((one) => one.name === name && one.revokedAt === undefined) ?? byId.get(name)?.key;
      if (key !== undefined) return callerBy(key, user);
      return name === localName ? localCaller(user) : undefined;
    },
    callersIn(space) {
      const keyed = [...byId.values()].map(({ key }) => callerBy(key, undefined));
      return [...keyed, localCaller(undefined)].filter((caller) => caller.spaceId === space);
    },
    spaces: () => {
      const agents = [...byId.values()].filter(({ key }) => key.kind === 'agent');
      return [...new Set(agents.map(({ key }) => key.spaceId))];
    },
    hasConsent(author, use) {
      if (platformOf(author) !== platform) return false;
      const [id = ''] = nativeId(author).split('.', 1);
      return id === localName || byId.get(id)?.key.uses.includes(use) === true;
    },
  };
}
