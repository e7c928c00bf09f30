import type { ApiKey, ApiKeyChange, ApiKeyId } from '../domain/api-key.ts';

/** What a key has used up in one calendar month. */
export interface KeySpending {
  readonly keyId: ApiKeyId;
  /** `2026-11`, UTC. */
  readonly month: string;
  readonly tokens: number;
  readonly requests: number;
}

/** Keys of the proxy by their digests. Durability and errors as in `InboxStore`; values are copies. */
export interface ApiKeyStore {
  /** Rejects with `conflict` where a key that is not revoked has that name, or any key that digest. */
  add(key: ApiKey, digest: string): Promise<void>;
  /** All, the revoked ones too, by the time they were made; with the digest of each. */
  list(): Promise<readonly { readonly key: ApiKey; readonly digest: string }[]>;
  /** `not_found` for an id that is not there. Gives the key as it is then. */
  change(keyId: ApiKeyId, change: ApiKeyChange): Promise<ApiKey>;
  /** Once; one that is revoked keeps its time. False for one that is not there or was revoked before. */
  revoke(keyId: ApiKeyId, at: number): Promise<boolean>;
  /** Adds to what was spent in that month and moves `lastUsedAt` on, never back. One that is not there: nothing. May share a commit with others. */
  spent(spending: KeySpending, at: number): Promise<void>;
  /** What all keys spent in a month; absent for those that spent nothing. */
  spendings(month: string): Promise<readonly KeySpending[]>;
}
