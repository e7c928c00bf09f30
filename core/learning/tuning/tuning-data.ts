import type { TurnId } from '../../domain/ids.ts';
import type { RunSample, TrainingRun } from '../../domain/training-run.ts';
import type { Turn } from '../../domain/turn.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { RunStore } from '../../ports/run-store.ts';
import type { PromptOf } from '../answer-again.ts';
import type { PreparedSample } from '../run/prepared-sample.ts';
import type { RunReason } from '../run/run-reasons.ts';
import { buildExamples, leastExamples, type TuningMethod } from './build-examples.ts';
import { holdBack, jsonLines } from './hold-back.ts';
import type { TrainingFile } from './tuning-files.ts';

export interface LeftOutSample {
  readonly turnId: TurnId;
  readonly reason: RunReason;
}

/** Reads what a run's samples need, and leaves out what may not be trained on now: consent and switches are asked anew. */
export type PrepareSamples = (samples: readonly RunSample[]) => Promise<{
  readonly prepared: readonly PreparedSample[];
  readonly leftOut: readonly LeftOutSample[];
}>;

export interface TuningDataDeps {
  readonly runs: Pick<RunStore, 'claim' | 'leaveOut'>;
  readonly prepare: PrepareSamples;
  readonly promptOf: PromptOf;
  /** Whether the library would give a turn other skills now. */
  readonly isStale: (turn: Turn) => boolean | Promise<boolean>;
  readonly longestExampleTokens: number;
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Pick<Ids, 'digest'>;
}

export interface TuningData {
  readonly method: TuningMethod;
  readonly train: TrainingFile;
  readonly check?: TrainingFile;
  readonly heldBack: readonly TurnId[];
  /** Read and learned from in one pass. */
  readonly trainTokens: number;
  readonly examples: number;
}

/** The one step of a run at a provider. */
export const onlyStep = 1;

const nameChars = 16;

/**
 * Claims a run's samples and makes files of them; `undefined` where too few are left. What is in no file is out of the run. Again
 * for a run that was interrupted it gives the same files, unless something may no longer be used.
 */
export async function gatherTuningData(
  run: TrainingRun,
  isRepeated: boolean,
  deps: TuningDataDeps,
): Promise<TuningData | undefined> {
  const claimed = await deps.runs.claim(run.runId, onlyStep, deps.clock.now());
  const { prepared, leftOut } = await deps.prepare(claimed);
  // What was claimed just now is fresh; what was claimed before an interruption may not be any more.
  const stale = isRepeated ? await staleOf(prepared, deps) : new Set<TurnId>();
  const usable = prepared.filter(({ turnId }) => !stale.has(turnId));
  const built = await buildExamples(usable, allowedMethods(run), {
    promptOf: deps.promptOf,
    longestTokens: deps.longestExampleTokens,
  });
  const changed = [...stale].map((turnId): LeftOutSample => ({ turnId, reason: 'changed' }));
  await leaveOut(run, [...leftOut, ...changed, ...built.leftOut], deps);
  if (built.examples.length < leastExamples) return undefined;

  const { train, check } = holdBack(built.examples, deps.ids.digest);
  const file = (use: string, text: string): TrainingFile => ({
    name: `${run.runId}-${use}-${deps.ids.digest(text).slice(0, nameChars)}.jsonl`,
    text,
  });
  return {
    method: built.method,
    train: file('train', jsonLines(train)),
    ...(check.length > 0 && { check: file('check', jsonLines(check)) }),
    heldBack: check.flatMap(({ turnIds }) => turnIds),
    trainTokens: train.reduce((sum, { tokens }) => sum + tokens, 0),
    examples: train.length,
  };
}

/** Learning by heart alone where the run was planned so. Else pairs come first: what else was planned is an engine's. */
function allowedMethods({ methods }: TrainingRun): readonly TuningMethod[] {
  const isByHeart = methods.length > 0 && methods.every((method) => method === 'sft');
  return isByHeart ? ['sft'] : ['dpo', 'sft'];
}

async function staleOf(
  samples: readonly PreparedSample[],
  { isStale }: Pick<TuningDataDeps, 'isStale'>,
): Promise<ReadonlySet<TurnId>> {
  const stale = new Set<TurnId>();
  for (const { turnId, turn } of samples) if (await isStale(turn)) stale.add(turnId);
  return stale;
}

async function leaveOut(
  { runId }: TrainingRun,
  samples: readonly LeftOutSample[],
  { runs }: Pick<TuningDataDeps, 'runs'>,
): Promise<void> {
  for (const [reason, of] of Map.groupBy(samples, (sample) => sample.reason)) {
    await runs.leaveOut(
      runId,
      of.map(({ turnId }) => turnId),
      reason,
    );
  }
}
