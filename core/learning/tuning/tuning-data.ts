import type { TurnId } from '../../domain/ids.ts';
import type { RunSample, TrainingRun } from '../../domain/training-run.ts';
import type { Turn } from '../../domain/turn.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { RunStore } from '../../ports/run-store.ts';
import type { PromptOf } from '../answer-again.ts';
import type { PreparedSample } from '../run/prepared-sample.ts';
import type { RunReason } from '../run/run-reasons.ts';
import { type BuiltExamples, buildExamples, type TuningMethod } from './build-examples.ts';
import { type ExampleLimits, exampleLimits, withinLimits } from './example-limits.ts';
import { type HeldBack, holdBack, jsonLines } from './hold-back.ts';
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
 * Claims a run's samples and makes files of them. The reason instead where too few are left, or too few people stand behind
 * them: then all of them are left out with it. What is in no file is out of the run. What is trained is within the limits that
 * the run was planned with (`exampleLimits`). Again for a run that was interrupted it gives the same files, unless something
 * may no longer be used.
 */
export async function gatherTuningData(
  run: TrainingRun,
  isRepeated: boolean,
  deps: TuningDataDeps,
): Promise<TuningData | RunReason> {
  const claimed = await deps.runs.claim(run.runId, onlyStep, deps.clock.now());
  const { prepared, leftOut } = await deps.prepare(claimed);
  // What was claimed just now is fresh; what was claimed before an interruption may not be any more.
  const stale = isRepeated ? await staleOf(prepared, deps) : new Set<TurnId>();
  const usable = prepared.filter(({ turnId }) => !stale.has(turnId));
  const limits = exampleLimits(run);
  const built = await buildExamples(usable, allowedMethods(run), {
    promptOf: deps.promptOf,
    longestTokens: deps.longestExampleTokens,
    limits,
  });
  const changed = [...stale].map((turnId): LeftOutSample => ({ turnId, reason: 'changed' }));
  await leaveOut(run, [...leftOut, ...changed, ...built.leftOut], deps);
  const { train, check, shortage } = await partsOf(built, usable, limits, deps.ids.digest);
  if (shortage === 'too_few_people') {
    const turnIds = built.examples.flatMap((example) => example.turnIds);
    await leaveOut(
      run,
      turnIds.map((turnId) => ({ turnId, reason: shortage })),
      deps,
    );
  }
  if (shortage !== undefined) return shortage;

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

/**
 * What is trained and what is held back. Holding back takes by lot, and may take others' answers from beside somebody's who
 * had as much as they may: what is too much then is held back as well.
 */
async function partsOf(
  { examples, shortage }: BuiltExamples,
  samples: readonly PreparedSample[],
  limits: ExampleLimits,
  digest: Ids['digest'],
): Promise<HeldBack & Pick<BuiltExamples, 'shortage'>> {
  if (shortage !== undefined) return { train: [], check: [], shortage };
  const { train } = holdBack(examples, digest);
  const { kept, isFewPeople } = await withinLimits(train, samples, limits);
  const isTrained = new Set(kept);
  return {
    train: kept,
    check: examples.filter((example) => !isTrained.has(example)),
    ...(isFewPeople ? { shortage: 'too_few_people' } : {}),
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
