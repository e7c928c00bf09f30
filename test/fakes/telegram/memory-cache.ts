import type { CachePort } from '../../../core/ports/cache.ts';

export interface MemoryCache extends CachePort {
  readonly entries: ReadonlyMap<string, { readonly value: unknown; readonly ttlMs: number }>;
  /** From now on everything rejects with this, until it is called without. */
  breakWith(error?: Error): void;
}

/** A cache that forgets nothing by itself; values go through JSON as in a real one. */
export function createMemoryCache(): MemoryCache {
  const entries = new Map<string, { value: unknown; ttlMs: number }>();
  let broken: Error | undefined;
  const check = (): void => {
    if (broken !== undefined) throw broken;
  };
  const copy = (value: unknown): unknown =>
    value === undefined ? undefined : JSON.parse(JSON.stringify(value));
  return {
    entries,
    breakWith(error) {
      broken = error;
    },
    async get(key) {
      check();
      return copy(entries.get(key)?.value);
    },
    async set(key, value, ttlMs) {
      check();
      entries.set(key, { value: copy(value), ttlMs });
    },
    async take(key) {
      check();
      const value = copy(entries.get(key)?.value);
      entries.delete(key);
      return value;
    },
    async delete(key) {
      check();
      return entries.delete(key);
    },
  };
}
