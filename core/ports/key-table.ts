export interface KeyEntry {
  readonly key: string;
  readonly value: string;
  /** Epoch milliseconds; absent means never. */
  readonly expiresAt?: number;
}

/**
 * What a keyed cache needs of a store: text under keys, in namespaces that do not see each other, with an absolute
 * expiry. A row whose time has come is as good as gone for every method that takes `now` (epoch ms). Durability and
 * errors as in `InboxStore`.
 */
export interface KeyTable {
  /** The values in the order of `keys`. */
  get(namespace: string, keys: readonly string[], now: number): Promise<readonly (string | undefined)[]>;
  /** All or nothing. */
  set(namespace: string, entries: readonly KeyEntry[]): Promise<void>;
  /** Gets and deletes at once: of several callers one gets the value. */
  take(namespace: string, key: string, now: number): Promise<string | undefined>;
  /** Whether each was there, in the order of `keys`. */
  delete(namespace: string, keys: readonly string[], now: number): Promise<readonly boolean[]>;
  clear(namespace: string): Promise<void>;
  /** By key, those after `afterKey` (from the start where absent), at most `limit`. */
  page(
    namespace: string,
    afterKey: string | undefined,
    limit: number,
    now: number,
  ): Promise<readonly KeyEntry[]>;
  /** Forgets expired rows of all namespaces; resolves with how many. */
  prune(now: number): Promise<number>;
}
