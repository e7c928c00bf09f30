import type { PersonId, SpaceId, TurnId } from '../../domain/ids.ts';
import type { Voice } from '../batch-weights.ts';
import type { TrainingPath } from '../training-path.ts';
import type { RunReason } from './run-reasons.ts';

/** A rated answer that waits to be trained on, with what a plan must know of it and nothing of its words. */
export interface GatheredSample {
  readonly turnId: TurnId;
  /** Of its settlement for weights. */
  readonly revision: number;
  readonly spaceId: SpaceId;
  readonly askerId: PersonId;
  /** What its reward is the mean of. */
  readonly voices: readonly Voice[];
  /** The stored reward, −1 … 1. */
  readonly value: number;
  /** How many swaps of the policy lie between what gave it and what serves (`policyDistance`); absent where that is not known. */
  readonly distance?: number;
  /** Epoch milliseconds. */
  readonly askedAt: number;
  /** Read and written by all its calls together: the most that one pass over it reads. */
  readonly tokens: number;
  /** Of its longest call: what one pass must have room for. */
  readonly longestTokens: number;
  readonly path: TrainingPath;
  /** Whether somebody said in words that may be used what was wrong with it. */
  readonly hasHints: boolean;
  /** The same for answers to one and the same request. */
  readonly request: string;
  /** The same for answers in the same words. */
  readonly answer: string;
}

export interface LeftOutSample {
  readonly turnId: TurnId;
  readonly reason: RunReason;
}

/** What waits in a scope, each turn in one of both. */
export interface GatheredSamples {
  readonly samples: readonly GatheredSample[];
  readonly leftOut: readonly LeftOutSample[];
}

/** Counts by reason. */
export function countReasons(leftOut: readonly LeftOutSample[]): Readonly<Record<string, number>> {
  const counts = new Map<RunReason, number>();
  for (const { reason } of leftOut) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return Object.fromEntries([...counts].toSorted());
}
