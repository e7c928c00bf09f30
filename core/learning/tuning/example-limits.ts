import type { PersonId, TurnId } from '../../domain/ids.ts';
import type { TrainingRun } from '../../domain/training-run.ts';
import type { YieldNow } from '../run/in-pieces.ts';
import { isCountable, withinShares } from '../run/person-shares.ts';
import { defaultRunLimits, type RunLimits } from '../run/plan-limits.ts';
import type { PreparedSample } from '../run/prepared-sample.ts';
import type { TuningExample } from './tuning-example.ts';

export type ExampleLimits = Pick<RunLimits, 'leastPeople' | 'personShare'>;

/** What a run was planned with; where its plan does not say, the defaults. */
export function exampleLimits({ plan }: Pick<TrainingRun, 'plan'>): ExampleLimits {
  const numberOf = (name: keyof ExampleLimits): number => {
    const value = plan.settings[name];
    return typeof value === 'number' ? value : defaultRunLimits[name];
  };
  return { leastPeople: numberOf('leastPeople'), personShare: numberOf('personShare') };
}

export interface LimitedExamples {
  /** In the order given. */
  readonly kept: readonly TuningExample[];
  /** Of people with more than their share. */
  readonly trimmed: readonly TuningExample[];
  /** Fewer than needed stand behind what is kept. Where fewer stand behind all of it, nothing is trimmed. */
  readonly isFewPeople: boolean;
}

/**
 * Holds examples to what a plan promises of its samples: not all of these become examples, and what is learned from must
 * rest on enough people, with nobody above their share. A pair rests on whoever rated either answer.
 */
export async function withinLimits(
  examples: readonly TuningExample[],
  samples: readonly PreparedSample[],
  { leastPeople, personShare: share }: ExampleLimits,
): Promise<LimitedExamples> {
  const ratersOfTurn = new Map<TurnId, readonly PersonId[]>(
    samples.map(({ turnId, turn, raters }) => [turnId, raters ?? [turn.askerId]]),
  );
  const ratersOf = ({ turnIds }: TuningExample): readonly PersonId[] => [
    ...new Set(turnIds.flatMap((turnId) => ratersOfTurn.get(turnId) ?? [])),
  ];
  const isFew = (those: readonly TuningExample[]): boolean =>
    [...new Set(those.flatMap(ratersOf))].filter(isCountable).length < leastPeople;
  if (isFew(examples)) return { kept: examples, trimmed: [], isFewPeople: true };
  const kept = await withinShares(examples, ratersOf, { share, most: examples.length }, noYield);
  const isKept = new Set(kept);
  return { kept, trimmed: examples.filter((one) => !isKept.has(one)), isFewPeople: isFew(kept) };
}

/** The texts of all these are in memory as it is; their numbers are little beside that. */
const noYield: YieldNow = async () => {};
