import { meanOn, type TurnScores } from './pareto-front.ts';

/** How a wording fares against the present one, turn by turn. */
export interface PairedResult {
  readonly wins: number;
  readonly ties: number;
  readonly losses: number;
  /** Points a turn, −10 … 10. */
  readonly gain: number;
  /** The context where it does worst, in points a turn. */
  readonly worst: number;
  /** As `pairedChance`. */
  readonly chance: number;
}

export interface DecisionLimits {
  /** The chance that a search takes wording for better that is not, at most. */
  readonly alpha: number;
  /** So many points a turn may a wording be worse in one context: a judge is not that exact. */
  readonly margin: number;
}

/** Fewer turns of a context are told together with those of other such contexts, and count as if they were so many. */
const leastInContext = 3;

/** Turns that both were tried on; `undefined` where there are none. */
export function comparePaired(
  scores: TurnScores,
  present: TurnScores,
  contexts: ReadonlyMap<string, string>,
): PairedResult | undefined {
  const pairs = [...contexts].flatMap(([turn, context]) => {
    const now = present.get(turn);
    const then = scores.get(turn);
    return now === undefined || then === undefined ? [] : [{ context, difference: then - now }];
  });
  if (pairs.length === 0) return undefined;
  const groups = Map.groupBy(pairs, ({ context }) => context);
  const isRare = (context: string): boolean => (groups.get(context)?.length ?? 0) < leastInContext;
  const told = Map.groupBy(pairs, ({ context }) => (isRare(context) ? '' : context));
  const sumOf = (some: typeof pairs): number => some.reduce((sum, { difference }) => sum + difference, 0);
  return {
    wins: pairs.filter(({ difference }) => difference > 0).length,
    ties: pairs.filter(({ difference }) => difference === 0).length,
    losses: pairs.filter(({ difference }) => difference < 0).length,
    gain: sumOf(pairs) / pairs.length,
    worst: Math.min(...[...told.values()].map((some) => sumOf(some) / Math.max(some.length, leastInContext))),
    chance: pairedChance(pairs.map(({ difference }) => difference)),
  };
}

/**
 * How likely a sum of differences as large as this one or larger is, were either wording as good: then each difference has
 * either sign with the same chance (Fisher's exact randomisation test of pairs). Scores are whole numbers, so that few sums
 * are possible.
 */
export function pairedChance(differences: readonly number[]): number {
  let sums = new Map<number, number>([[0, 1]]);
  for (const difference of differences) {
    if (difference === 0) continue;
    const next = new Map<number, number>();
    for (const [sum, chance] of sums) {
      for (const reached of [sum + difference, sum - difference]) {
        next.set(reached, (next.get(reached) ?? 0) + chance / 2);
      }
    }
    sums = next;
  }
  const seen = differences.reduce((sum, difference) => sum + difference, 0);
  return [...sums].reduce((total, [sum, chance]) => (sum >= seen ? total + chance : total), 0);
}

/**
 * Which of several wordings takes the place of the present one: the best by its mean among those that beat it on more
 * turns than they lose, and more clearly than chance would, and are in no context worse than it by more than the margin. Each is held to its share of
 * `alpha`, so that the bound is the whole search's. It holds as the contenders were chosen without these turns.
 */
export function chooseWording(
  contenders: readonly TurnScores[],
  present: TurnScores,
  contexts: ReadonlyMap<string, string>,
  { alpha, margin }: DecisionLimits,
): number | undefined {
  const turns = [...contexts.keys()].filter((turn) => present.has(turn));
  const better = contenders.flatMap((scores, index) => {
    const result = comparePaired(scores, present, contexts);
    if (result === undefined || result.gain <= 0 || result.worst < -margin) return [];
    const isSure = result.wins > result.losses && result.chance <= alpha / contenders.length;
    return isSure ? [{ index, mean: meanOn(scores, turns) }] : [];
  });
  return better.toSorted((a, b) => b.mean - a.mean || a.index - b.index)[0]?.index;
}

/** Whether a wording may be tried on turns that it was not made from: better on those it was, and nowhere much worse. */
export function isWorthTrying(result: PairedResult | undefined, margin: number): boolean {
  return result !== undefined && result.gain > 0 && result.wins > result.losses && result.worst >= -margin;
}
