import type { Span } from '../../core/domain/span.ts';

/** Time in which a wall clock goes on without a jump. Either bound may be infinite. */
export interface Period extends Span {
  readonly offsetMs: number;
}

/**
 * Finds the period that an instant lies in. `lookUp` is asked once for each, the period is kept from then on: two a year at
 * most, as far as somebody asked. What it throws goes on.
 */
export function createPeriodBook(lookUp: (at: number) => Period): (at: number) => Period {
  /** In order. */
  const known: Period[] = [];
  let recent: Period | undefined;

  /** How many begin at an instant or before it. */
  function placeOf(at: number): number {
    let [low, high] = [0, known.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const period = known[middle];
      if (period !== undefined && period.from <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return (at) => {
    if (recent !== undefined && recent.from <= at && at < recent.to) return recent;
    const place = placeOf(at);
    const before = known[place - 1];
    if (before !== undefined && at < before.to) {
      recent = before;
    } else {
      recent = lookUp(at);
      known.splice(place, 0, recent);
    }
    return recent;
  };
}
