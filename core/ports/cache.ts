/**
 * Short-lived keyed state that may be lost only by expiring. Values are JSON. "Not there" and "expired" are
 * `undefined`; a broken store rejects.
 */
export interface CachePort {
  get(key: string): Promise<unknown>;
  /** `ttlMs` at least 1. */
  set(key: string, value: unknown, ttlMs: number): Promise<void>;
  /** Gets and deletes at once: exactly one of several callers gets the value. For one-time codes. */
  take(key: string): Promise<unknown>;
  delete(key: string): Promise<boolean>;
}
