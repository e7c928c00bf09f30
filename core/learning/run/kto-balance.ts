/** Between these lies what good answers count in all against what bad ones do (Ethayarajh et al. 2024). */
const leastRatio = 1;
const mostRatio = 4 / 3;

export interface KtoBalance {
  readonly goodWeight: number;
  readonly badWeight: number;
}

/**
 * What KTO counts a good and a bad answer, so that goodWeight·good : badWeight·bad lies within 1:1 … 4:3, where `good` and `bad` are the
 * answers of each sign, each as much as its own weight. The rarer sign is raised, `most` (at least 1) at most; what then still
 * lacks is taken from the other. Both 1 where one of them is none.
 */
export function ktoBalance(good: number, bad: number, most: number): KtoBalance {
  if (!(good > 0 && bad > 0)) return { goodWeight: 1, badWeight: 1 };
  if (good > mostRatio * bad) {
    const badWeight = Math.min(most, good / (mostRatio * bad));
    return { goodWeight: Math.min(1, (mostRatio * badWeight * bad) / good), badWeight };
  }
  if (good < leastRatio * bad) {
    const goodWeight = Math.min(most, (leastRatio * bad) / good);
    return { goodWeight, badWeight: Math.min(1, (goodWeight * good) / (leastRatio * bad)) };
  }
  return { goodWeight: 1, badWeight: 1 };
}
