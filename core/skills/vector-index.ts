import { createTopSlots } from './top-slots.ts';

export interface VectorMatch {
  readonly key: string;
  /** −1 to 1, give or take the last digits. */
  readonly cosine: number;
}

/** Vectors of length 1, compared one by one: exact, and after any order of changes as if built anew. */
export interface VectorIndex {
  readonly size: number;
  /** Adds a vector (a copy), or replaces the one of that key. False, and nothing done, where it has other dimensions or numbers that are none. */
  put(key: string, vector: Float32Array): boolean;
  /** False when there is none of that key. */
  remove(key: string): boolean;
  /**
   * The `limit` nearest to the query, nearest first; equal ones by key. Only keys that `isWanted`, where it is given. None
   * for a query of other dimensions.
   */
  find(query: Float32Array, limit: number, isWanted?: (key: string) => boolean): readonly VectorMatch[];
}

const firstRoom = 16;

/** `dimensions`: of all vectors. Default: those of the first one, until the index is empty again. */
export function createVectorIndex(dimensions?: number): VectorIndex {
  /** Without gaps: the last one moves into the place of one that goes. */
  const keys: string[] = [];
  const slotByKey = new Map<string, number>();
  let width = dimensions ?? 0;
  let packed = new Float32Array(0);

  function mayHold(vector: Float32Array): boolean {
    const expected = keys.length === 0 ? (dimensions ?? vector.length) : width;
    return vector.length > 0 && vector.length === expected && vector.every(Number.isFinite);
  }

  function slotFor(key: string): number {
    const known = slotByKey.get(key);
    if (known !== undefined) return known;
    const slot = keys.push(key) - 1;
    slotByKey.set(key, slot);
    if (keys.length * width > packed.length) {
      const larger = new Float32Array(Math.max(firstRoom, slot * 2) * width);
      larger.set(packed.subarray(0, slot * width));
      packed = larger;
    }
    return slot;
  }

  function cosineAt(slot: number, query: Float32Array): number {
    const numbers = packed;
    const from = slot * width;
    let sum = 0;
    for (let at = 0; at < width; at++) sum += (numbers[from + at] ?? 0) * (query[at] ?? 0);
    return sum;
  }

  return {
    get size() {
      return keys.length;
    },
    put(key, vector) {
      if (!mayHold(vector)) return false;
      width = vector.length;
      const slot = slotFor(key);
      packed.set(vector, slot * width);
      return true;
    },
    remove(key) {
      const slot = slotByKey.get(key);
      if (slot === undefined) return false;
      const last = keys.length - 1;
      packed.copyWithin(slot * width, last * width, (last + 1) * width);
      const moved = keys[last] ?? key;
      keys[slot] = moved;
      slotByKey.set(moved, slot);
      keys.length = last;
      slotByKey.delete(key);
      return true;
    },
    find(query, limit, isWanted) {
      if (query.length !== width) return [];
      const best = createTopSlots(limit, (slot) => keys[slot] ?? '');
      for (const [slot, key] of keys.entries()) {
        if (isWanted === undefined || isWanted(key)) best.offer(slot, cosineAt(slot, query));
      }
      return best.list().map(({ slot, worth }) => ({ key: keys[slot] ?? '', cosine: worth }));
    },
  };
}
