import { AppError } from '../domain/app-error.ts';

export interface RewardedAnswer {
  readonly id: string;
  /** Answers drawn for one prompt by one policy have the same. */
  readonly group: string;
  /** −1 … 1. Absent where nobody said anything, which is not 0. */
  readonly reward?: number;
  /** What the reward has to beat, as `BatchWeight.baseline`. @default 0 */
  readonly baseline?: number;
  /** 0 … 1, as `BatchWeight.weight`. @default 1 */
  readonly weight?: number;
}

/**
 * What a reward is measured against, after its own baseline is taken off: the mean of its `group`, the mean of the `batch`, or
 * `none`. Means are weighted. An advantage before its weight is `cap` at most, either way, which is finite and above 0.
 * `scaleFloor`: the batch's advantages are divided by their standard deviation (weighted, of the population), taken as at
 * least this much, which is finite and above 0.
 */
export type AdvantageRule =
  | { readonly against: 'group' | 'none'; readonly cap: number }
  | { readonly against: 'batch'; readonly cap: number; readonly scaleFloor?: number };

export type NoAdvantageReason =
  | 'no_reward'
  | 'no_weight'
  /** All the same, or against `none` all as their baselines: nothing tells better from worse. */
  | 'equal_rewards'
  | 'group_of_one'
  | 'batch_of_one';

export interface Advantages {
  /** Finite numbers: weight times what the reward is above what it is measured against. In the order given. */
  readonly known: readonly { readonly id: string; readonly advantage: number }[];
  /** These must not be trained. In the order given; each answer is here or there. */
  readonly leftOut: readonly LeftOut[];
}

export interface LeftOut {
  readonly id: string;
  readonly group: string;
  readonly reason: NoAdvantageReason;
}

/** Nearer rewards are equal: their difference is rounding, or nothing. Adam would make a step of it all the same. */
const equalWithin = 1e-6;

/** One that may count. */
interface Counted {
  readonly answer: RewardedAnswer;
  readonly weight: number;
  /** The reward less its baseline. */
  readonly worth: number;
}

type Outcome = { readonly advantage: number } | { readonly reason: NoAdvantageReason };

/**
 * What each answer was better or worse than it had to be. An answer without a reward or weight is taken out before any mean,
 * and never counts as 0; where nothing can be compared nothing is made up.
 */
export function advantagesOf(answers: readonly RewardedAnswer[], rule: AdvantageRule): Advantages {
  const floor = rule.against === 'batch' ? rule.scaleFloor : undefined;
  if (![rule.cap, floor ?? 1].every((bound) => bound > 0 && Number.isFinite(bound))) {
    throw new AppError('invalid_input', 'The cap and the floor of advantages must be numbers above 0.');
  }
  const outcomes = new Map<RewardedAnswer, Outcome>();
  const counted: Counted[] = [];
  for (const answer of answers) {
    const { reward, baseline = 0, weight = 1 } = answer;
    const worth = reward === undefined ? Number.NaN : reward - baseline;
    if (!Number.isFinite(worth)) outcomes.set(answer, { reason: 'no_reward' });
    else if (!(weight > 0)) outcomes.set(answer, { reason: 'no_weight' });
    else counted.push({ answer, weight, worth });
  }
  for (const compared of comparedTogether(counted, rule)) {
    for (const [answer, outcome] of outcomesOf(compared, rule)) outcomes.set(answer, outcome);
  }
  return listed(answers, outcomes);
}

function comparedTogether(counted: readonly Counted[], rule: AdvantageRule): readonly (readonly Counted[])[] {
  if (rule.against !== 'group') return [counted];
  return [...Map.groupBy(counted, ({ answer }) => answer.group).values()];
}

function outcomesOf(
  compared: readonly Counted[],
  rule: AdvantageRule,
): readonly (readonly [RewardedAnswer, Outcome])[] {
  const reason = incomparable(compared, rule);
  if (reason !== undefined) return compared.map(({ answer }) => [answer, { reason }]);
  const mean = rule.against === 'none' ? 0 : weightedMean(compared, ({ worth }) => worth);
  const scale =
    rule.against === 'batch' && rule.scaleFloor !== undefined
      ? Math.max(rule.scaleFloor, Math.sqrt(weightedMean(compared, ({ worth }) => (worth - mean) ** 2)))
      : 1;
  return compared.map(({ answer, weight, worth }) => {
    const above = Math.max(-rule.cap, Math.min(rule.cap, (worth - mean) / scale));
    return [answer, { advantage: weight * above }];
  });
}

function incomparable(compared: readonly Counted[], rule: AdvantageRule): NoAdvantageReason | undefined {
  if (rule.against === 'none') {
    return compared.every(({ worth }) => Math.abs(worth) <= equalWithin) ? 'equal_rewards' : undefined;
  }
  if (compared.length === 1) return rule.against === 'group' ? 'group_of_one' : 'batch_of_one';
  const most = compared.reduce((found, { worth }) => Math.max(found, worth), Number.NEGATIVE_INFINITY);
  const least = compared.reduce((found, { worth }) => Math.min(found, worth), Number.POSITIVE_INFINITY);
  return most - least <= equalWithin ? 'equal_rewards' : undefined;
}

function weightedMean(compared: readonly Counted[], termOf: (one: Counted) => number): number {
  const total = compared.reduce((sum, { weight }) => sum + weight, 0);
  return compared.reduce((sum, one) => sum + (one.weight / total) * termOf(one), 0);
}

function listed(
  answers: readonly RewardedAnswer[],
  outcomes: ReadonlyMap<RewardedAnswer, Outcome>,
): Advantages {
  const known: { id: string; advantage: number }[] = [];
  const leftOut: LeftOut[] = [];
  for (const answer of answers) {
    const { id, group } = answer;
    const outcome = outcomes.get(answer);
    if (outcome === undefined) continue;
    if ('advantage' in outcome) known.push({ id, advantage: outcome.advantage });
    else leftOut.push({ id, group, reason: outcome.reason });
  }
  return { known, leftOut };
}
