/** A map of at most so many entries: a new one takes the place of the one that was set least lately. */
export interface LatestMap<Key, Value> {
  get(key: Key): Value | undefined;
  has(key: Key): boolean;
  /** Makes this the latest entry. Gives back the key that was forgotten in its place, if there was one. */
  set(key: Key, value: Value): Key | undefined;
  delete(key: Key): void;
  /** Least lately set first. */
  keys(): readonly Key[];
}

/** `most`: from 1. */
export function createLatestMap<Key extends {}, Value>(most: number): LatestMap<Key, Value> {
  const entries = new Map<Key, Value>();
  return {
    get: (key) => entries.get(key),
    has: (key) => entries.has(key),
    set(key, value) {
      entries.delete(key);
      entries.set(key, value);
      const oldest = entries.size > most ? entries.keys().next().value : undefined;
      if (oldest !== undefined) entries.delete(oldest);
      return oldest;
    },
    delete: (key) => void entries.delete(key),
    keys: () => [...entries.keys()],
  };
}
