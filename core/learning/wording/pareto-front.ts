/** A wording's scores by turn, 0 … 10; a turn that it was not tried on has none. */
export type TurnScores = ReadonlyMap<string, number>;

/** A wording that does best on some turns. */
export interface FrontMember {
  /** Its place in the pool. */
  readonly index: number;
  /** How many turns it leads, in each context where it leads any. */
  readonly leads: ReadonlyMap<string, number>;
}

/** All turns that a member leads. */
export function leadsOf({ leads }: FrontMember): number {
  return [...leads.values()].reduce((sum, count) => sum + count, 0);
}

/**
 * The wordings that do best on some turn, kept for each context on its own (GEPA, arXiv:2507.19457): of a context a wording
 * leaves the front when each turn that it leads there is led by another one of its front too. So one that serves a single
 * context well stays, whatever it does elsewhere. Of equals the better mean stays, then the earlier one. In the pool's order.
 */
export function frontOf(
  pool: readonly TurnScores[],
  contexts: ReadonlyMap<string, string>,
): readonly FrontMember[] {
  const leads = new Map<number, Map<string, number>>();
  for (const [context, turns] of Map.groupBy(contexts.keys(), (turn) => contexts.get(turn) ?? '')) {
    for (const [index, count] of leadersOf(pool, turns)) {
      const own = leads.get(index) ?? new Map<string, number>();
      own.set(context, count);
      leads.set(index, own);
    }
  }
  return [...leads].toSorted(([a], [b]) => a - b).map(([index, own]) => ({ index, leads: own }));
}

function leadersOf(
  pool: readonly TurnScores[],
  turns: readonly string[],
): readonly (readonly [index: number, leads: number])[] {
  const best = turns.flatMap((turn) => {
    const scores = pool.map((own) => own.get(turn) ?? Number.NEGATIVE_INFINITY);
    const top = Math.max(...scores);
    return top === Number.NEGATIVE_INFINITY
      ? []
      : [new Set(scores.flatMap((score, index) => (score === top ? [index] : [])))];
  });
  const isIn = new Set(best.flatMap((leaders) => [...leaders]));
  // The worst has to prove first that nobody else leads where it does.
  const order = [...isIn].toSorted((a, b) => meanOn(pool[a], turns) - meanOn(pool[b], turns) || b - a);
  for (const index of order) {
    const isNeeded = best.some(
      (leaders) => leaders.has(index) && ![...leaders].some((other) => other !== index && isIn.has(other)),
    );
    if (!isNeeded) isIn.delete(index);
  }
  return [...isIn].map((index) => [index, best.filter((leaders) => leaders.has(index)).length]);
}

/** The mean over those of these turns that it was tried on; the lowest there is where it was tried on none. */
export function meanOn(scores: TurnScores | undefined, turns: readonly string[]): number {
  const known = turns.flatMap((turn) => scores?.get(turn) ?? []);
  return known.length === 0
    ? Number.NEGATIVE_INFINITY
    : known.reduce((sum, score) => sum + score, 0) / known.length;
}
