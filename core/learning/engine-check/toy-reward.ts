/** What a toy reward likes: about half of what the policy says by itself, whatever that is. */
export interface ToyReward {
  /** The part of an answer's tokens that it likes, 0 … 1; 0 for an empty answer. */
  rewardOf(answer: Int32Array): number;
}

/** Spreads ids, so that what is liked has no order that a model could know. */
function shuffled(id: number): number {
  let mixed = Math.imul(id ^ 0x9e3779b9, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/**
 * Takes tokens of the given answers, by chance, until no more fit into half of what was said. Of tokens that were not said a half is
 * liked as well. So a policy begins at about 0.5 and can rise by preferring words that it uses anyway.
 */
export function createToyReward(answers: readonly Int32Array[]): ToyReward {
  const counts = new Map<number, number>();
  let total = 0;
  for (const answer of answers) {
    for (const id of answer) {
      counts.set(id, (counts.get(id) ?? 0) + 1);
      total += 1;
    }
  }
  const liked = new Set<number>();
  let covered = 0;
  for (const id of [...counts.keys()].toSorted((a, b) => shuffled(a) - shuffled(b))) {
    const count = counts.get(id) ?? 0;
    // A word that is said most of the time is not liked: nothing would be left to learn.
    if (covered + count > total / 2) continue;
    liked.add(id);
    covered += count;
  }
  const isLiked = (id: number): boolean => (counts.has(id) ? liked.has(id) : shuffled(id) % 2 === 0);
  return {
    rewardOf(answer) {
      return answer.length === 0 ? 0 : answer.filter(isLiked).length / answer.length;
    },
  };
}
