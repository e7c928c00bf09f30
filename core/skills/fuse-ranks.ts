export interface FusedRank {
  readonly key: string;
  /** Comparable only within one fusion. */
  readonly score: number;
}

/**
 * One ranking of several, best first, by place alone (reciprocal rank fusion, Cormack et al. 2009): each list gives
 * 1 / (k + place) to each key in it, places counted from 1. `k` says how little the first places outweigh the next. Of a
 * key that a list names twice the better place counts; equal scores go by key. The order of the lists does not matter.
 */
export function fuseRanks(lists: readonly (readonly string[])[], k = 60): readonly FusedRank[] {
  const placesByKey = new Map<string, number[]>();
  for (const list of lists) {
    for (const [at, key] of [...new Set(list)].entries()) {
      const places = placesByKey.get(key);
      if (places === undefined) placesByKey.set(key, [at + 1]);
      else places.push(at + 1);
    }
  }
  return [...placesByKey]
    .map(([key, places]) => ({ key, score: sumOfShares(places, k) }))
    .sort((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1));
}

/** In one order, so that rounding makes no difference between the lists. */
function sumOfShares(places: readonly number[], k: number): number {
  return places.toSorted((a, b) => a - b).reduce((sum, place) => sum + 1 / (k + place), 0);
}
