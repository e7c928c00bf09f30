/**
 * Many growing lists of (id, weight) in two shared typed arrays. A list lies in one block whose size is a power of two;
 * one that outgrows its block moves to a block of the next size, and the old block is used again. Adding and taking out
 * touch one list only, so the whole is never built anew.
 */
export interface PairLists {
  /** Where a list lies now: valid until the next change of any list. */
  view(list: number): PairView;
  length(list: number): number;
  append(list: number, id: number, weight: number): void;
  /** Takes out the first pair with this id; the last pair takes its place. False when there is none. */
  remove(list: number, id: number): boolean;
  clear(list: number): void;
}

export interface PairView {
  readonly ids: Int32Array;
  readonly weights: Float32Array;
  readonly start: number;
  /** One past the last pair. */
  readonly end: number;
}

const none = -1;

function grown<T extends Int32Array | Float32Array | Uint8Array>(larger: T, old: T): T {
  larger.set(old);
  return larger;
}

export function createPairLists(): PairLists {
  let ids = new Int32Array(1024);
  let weights = new Float32Array(1024);
  let used = 0;
  let starts = new Int32Array(64);
  let lengths = new Int32Array(64);
  let classes = new Uint8Array(64);
  let known = 0;
  const freeBlocks: number[][] = [];

  function know(list: number): void {
    if (list < known) return;
    if (list >= starts.length) {
      const size = Math.max(starts.length * 2, list + 1);
      starts = grown(new Int32Array(size), starts);
      lengths = grown(new Int32Array(size), lengths);
      classes = grown(new Uint8Array(size), classes);
    }
    starts.fill(none, known, list + 1);
    known = list + 1;
  }

  function takeBlock(sizeClass: number): number {
    const free = freeBlocks[sizeClass]?.pop();
    if (free !== undefined) return free;
    const start = used;
    used += 2 ** sizeClass;
    if (used > ids.length) {
      const size = Math.max(ids.length * 2, used);
      ids = grown(new Int32Array(size), ids);
      weights = grown(new Float32Array(size), weights);
    }
    return start;
  }

  function giveBack(list: number): void {
    const start = starts[list] ?? none;
    if (start === none) return;
    const sizeClass = classes[list] ?? 0;
    const free = freeBlocks[sizeClass] ?? [];
    free.push(start);
    freeBlocks[sizeClass] = free;
    starts[list] = none;
  }

  function roomFor(list: number): number {
    know(list);
    const length = lengths[list] ?? 0;
    const start = starts[list] ?? none;
    const sizeClass = classes[list] ?? 0;
    if (start !== none && length < 2 ** sizeClass) return start;
    const nextClass = start === none ? 0 : sizeClass + 1;
    const block = takeBlock(nextClass);
    if (start !== none) {
      ids.copyWithin(block, start, start + length);
      weights.copyWithin(block, start, start + length);
      giveBack(list);
    }
    starts[list] = block;
    classes[list] = nextClass;
    return block;
  }

  const length = (list: number): number => (list < known ? (lengths[list] ?? 0) : 0);

  return {
    length,
    view(list) {
      const size = length(list);
      const start = size === 0 ? 0 : (starts[list] ?? 0);
      return { ids, weights, start, end: start + size };
    },
    append(list, id, weight) {
      const at = roomFor(list) + length(list);
      ids[at] = id;
      weights[at] = weight;
      lengths[list] = length(list) + 1;
    },
    remove(list, id) {
      const size = length(list);
      const start = size === 0 ? 0 : (starts[list] ?? 0);
      const end = start + size;
      for (let at = start; at < end; at++) {
        if (ids[at] !== id) continue;
        ids[at] = ids[end - 1] ?? 0;
        weights[at] = weights[end - 1] ?? 0;
        lengths[list] = size - 1;
        if (size === 1) giveBack(list);
        return true;
      }
      return false;
    },
    clear(list) {
      if (list >= known) return;
      giveBack(list);
      lengths[list] = 0;
    },
  };
}
