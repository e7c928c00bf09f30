/** The last of some that does not begin after an instant; they are in order. Looks at few of them, as each time of a feed asks. */
export function lastOnset<T extends { readonly at: number }>(
  ordered: readonly T[],
  at: number,
): T | undefined {
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const one = ordered[middle];
    if (one !== undefined && one.at <= at) low = middle + 1;
    else high = middle;
  }
  return ordered[low - 1];
}
