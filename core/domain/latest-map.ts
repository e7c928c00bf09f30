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

/** An entry, and its neighbours by when they were set. */
interface Link<Key, Value> {
  readonly key: Key;
  value: Value;
  earlier: Link<Key, Value> | undefined;
  later: Link<Key, Value> | undefined;
}

/**
 * `most`: from 1. The order is kept in links of its own: of a `Map` whose first entries were deleted the first one left is only
 * found by passing over all those places, thousands of them in a large one.
 */
export function createLatestMap<Key extends {}, Value>(most: number): LatestMap<Key, Value> {
  const links = new Map<Key, Link<Key, Value>>();
  let oldest: Link<Key, Value> | undefined;
  let latest: Link<Key, Value> | undefined;

  function takeOut(link: Link<Key, Value>): void {
    const { earlier, later } = link;
    if (earlier === undefined) oldest = later;
    else earlier.later = later;
    if (later === undefined) latest = earlier;
    else later.earlier = earlier;
  }

  function putLast(link: Link<Key, Value>): void {
    link.earlier = latest;
    link.later = undefined;
    if (latest === undefined) oldest = link;
    else latest.later = link;
    latest = link;
  }

  function forget(link: Link<Key, Value>): Key {
    takeOut(link);
    links.delete(link.key);
    return link.key;
  }

  return {
    get: (key) => links.get(key)?.value,
    has: (key) => links.has(key),
    set(key, value) {
      const known = links.get(key);
      if (known !== undefined) {
        known.value = value;
        if (known === latest) return undefined;
        takeOut(known);
        putLast(known);
        return undefined;
      }
      const link: Link<Key, Value> = { key, value, earlier: undefined, later: undefined };
      links.set(key, link);
      putLast(link);
      return links.size > most && oldest !== undefined ? forget(oldest) : undefined;
    },
    delete(key) {
      const link = links.get(key);
      if (link !== undefined) forget(link);
    },
    keys() {
      const keys: Key[] = [];
      for (let link = oldest; link !== undefined; link = link.later) keys.push(link.key);
      return keys;
    },
  };
}
