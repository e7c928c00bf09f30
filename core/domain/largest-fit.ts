/**
 * The largest `n` in 0…`limit` for which `fits(n)` was seen to be true; 0 is taken to fit. Exact where `fits` goes from
 * true to false once. Asks for small numbers first and never for more than twice the answer plus one, so that the cost
 * of asking follows the answer and not the limit.
 */
export function largestFit(limit: number, fits: (n: number) => boolean): number {
  let best = 0;
  let tooMany = limit + 1;
  for (let n = 1; best < limit && tooMany > limit; n = Math.min(limit, best * 2)) {
    if (fits(n)) best = n;
    else tooMany = n;
  }
  while (tooMany - best > 1) {
    const middle = Math.floor((best + tooMany) / 2);
    if (fits(middle)) best = middle;
    else tooMany = middle;
  }
  return best;
}
