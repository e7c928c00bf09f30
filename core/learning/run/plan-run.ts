import type { PersonId, TurnId } from '../../domain/ids.ts';
import type { PlannedSample, RunMethod, RunPlan } from '../../domain/training-run.ts';
import { type BatchWeight, batchWeights, type PeopleTally } from '../batch-weights.ts';
import { stepsOf } from './batch-steps.ts';
import { chooseSamples } from './choose-samples.ts';
import {
  countReasons,
  type GatheredSample,
  type GatheredSamples,
  type LeftOutSample,
} from './gathered-sample.ts';
import { eachInPieces, sortedInPieces, type YieldNow } from './in-pieces.ts';
import { ktoBalance } from './kto-balance.ts';
import { isCountable, ratersOf } from './person-shares.ts';
import type { RunLimits } from './plan-limits.ts';
import { type EstimateOptions, estimateRun } from './run-estimate.ts';
import type { PlannedRun, WaitingCounts } from './run-planner.ts';
import type { RunReason } from './run-reasons.ts';
import { swapsLeft } from './staleness.ts';
import { withoutLoudVoices } from './without-loud-voices.ts';

export interface PlanOptions extends EstimateOptions {
  readonly seed: number;
  readonly methodsOf: (samples: readonly GatheredSample[]) => readonly RunMethod[];
  /** Further numbers that the run is made with; they go into its plan as they are. */
  readonly settings: RunPlan['settings'];
}

/** A plan, and of every gathered sample that is in no step the reason. */
export type AnswerPlan = PlannedRun & { readonly leftOut: readonly LeftOutSample[] };

/**
 * Plans a run on stored answers: the same plan for the same samples, in whatever order, and the same seed. Every gathered sample
 * is in one step, or left out with a reason. What is left out stays rated and in the queue. What is `too_stale` never gets fresher: it
 * is passed over each time, unless a rollback brings what serves nearer to it. What has the value 0 is neither good
 * nor bad, and is left out as `no_weight` like what has none.
 *
 * The minimum must hold after all that, with nobody above their share. Where fewer people have rated than are needed nothing is
 * taken from anybody, so that the counts say what waits.
 *
 * `tally`: of whole days (`readVotes`). A plan's settings hold the numbers of `options.settings` and `seed`, `batchSize`,
 * `leastPeople` and `personShare`, which have to hold for what is trained in the end as well, and
 * `goodWeight`, `badWeight`: KTO's, so that the good answers' weight in all is to the bad ones' as 1:1 … 4:3, as failures
 * that made skills are missing among them.
 *
 * `yieldNow`: awaited every few milliseconds, however many samples wait; what takes longest by itself is the planning of
 * `limits.mostSamples`. Rejects as it does.
 */
export async function planRun(
  gathered: GatheredSamples,
  tally: PeopleTally,
  limits: RunLimits,
  options: PlanOptions,
  yieldNow: YieldNow,
): Promise<AnswerPlan> {
  const heard = await withoutLoudVoices(gathered.samples, limits.personShare, yieldNow);
  const samples = await sortedInPieces(heard, (a, b) => (a.turnId < b.turnId ? -1 : 1), yieldNow);
  const able: GatheredSample[] = [];
  const leftOut = [...gathered.leftOut];
  await eachInPieces(samples, weighedAtOnce, yieldNow, (sample) => {
    const reason = reasonAgainst(sample, tally, limits);
    if (reason === undefined) able.push(sample);
    else leftOut.push({ turnId: sample.turnId, reason });
  });

  const waiting = await countsOf(able, yieldNow);
  const { chosen, leftOut: surplus } =
    waiting.people >= limits.leastPeople
      ? await chooseSamples(able, limits, yieldNow)
      : { chosen: able, leftOut: [] };
  const counts = await countsOf(chosen, yieldNow);
  const reason = shortageOf(counts, limits);
  const all = [...leftOut, ...surplus];
  await yieldNow();
  if (reason === undefined) return readyPlan(chosen, counts, all, tally, limits, options);
  const missed = [...all];
  await eachInPieces(chosen, countedAtOnce, yieldNow, ({ turnId }) => {
    missed.push({ turnId, reason });
  });
  return {
    kind: 'not_ready',
    reason,
    counts,
    leftOut: missed,
    plan: {
      steps: 0,
      ...counts,
      leftOut: countReasons(all),
      estimate: { calls: 0, tokens: 0, micros: 0 },
      settings: { ...options.settings, ...settingsOf(limits, options) },
    },
  };
}

/** Looking at so many takes a few milliseconds. */
const weighedAtOnce = 500;
const countedAtOnce = 4_000;

function settingsOf(
  { batchSize, leastPeople, personShare }: RunLimits,
  { seed }: PlanOptions,
): RunPlan['settings'] {
  return { seed, batchSize, leastPeople, personShare };
}

function readyPlan(
  chosen: readonly GatheredSample[],
  counts: WaitingCounts,
  leftOut: readonly LeftOutSample[],
  tally: PeopleTally,
  limits: RunLimits,
  options: PlanOptions,
): AnswerPlan {
  const steps = stepsOf(chosen, limits.batchSize, options.seed);
  const weights = weightsOf(chosen, tally, limits);
  const methods = options.methodsOf(chosen);
  const weightWhere = (isIn: (sample: GatheredSample) => boolean): number =>
    chosen.filter(isIn).reduce((sum, { turnId }) => sum + (weights.get(turnId)?.weight ?? 0), 0);
  const balance = ktoBalance(
    weightWhere(({ value }) => value > 0),
    weightWhere(({ value }) => value < 0),
    limits.mostKtoWeight,
  );
  return {
    kind: 'ready',
    methods,
    samples: steps.flatMap((step, index) =>
      step.map(({ turnId, revision, value }): PlannedSample => {
        const { weight, baseline } = weights.get(turnId) ?? { weight: 0, baseline: 0 };
        return { turnId, revision, step: index + 1, value, weight, baseline };
      }),
    ),
    leftOut,
    least: limits.leastSamples,
    plan: {
      steps: steps.length,
      ...counts,
      leftOut: countReasons(leftOut),
      estimate: estimateRun(methods, chosen, steps.length, options),
      settings: { ...options.settings, ...settingsOf(limits, options), ...balance },
    },
  };
}

function weightsOf(
  samples: readonly GatheredSample[],
  tally: PeopleTally,
  limits: RunLimits,
): ReadonlyMap<TurnId, BatchWeight> {
  return new Map(batchWeights(samples, tally, limits.weights).map((weight) => [weight.turnId, weight]));
}

/** Why it may not train, whoever else is in the run. Whether a weight is 0 does not depend on the others. */
function reasonAgainst(sample: GatheredSample, tally: PeopleTally, limits: RunLimits): RunReason | undefined {
  if (sample.value === 0) return 'no_weight';
  const weight = weightsOf([sample], tally, limits).get(sample.turnId)?.weight ?? 0;
  if (!(weight > 0)) return 'no_weight';
  const swaps = swapsLeft(sample, limits);
  if (swaps === undefined) return 'unknown_policy';
  return swaps < 0 ? 'too_stale' : undefined;
}

async function countsOf(samples: readonly GatheredSample[], yieldNow: YieldNow): Promise<WaitingCounts> {
  const people = new Set<PersonId>();
  let positives = 0;
  let negatives = 0;
  await eachInPieces(samples, countedAtOnce, yieldNow, (sample) => {
    if (sample.value > 0) positives += 1;
    else negatives += 1;
    for (const person of ratersOf(sample)) people.add(person);
  });
  const counted = [...people].filter(isCountable).length;
  return { samples: samples.length, positives, negatives, people: counted };
}

function shortageOf(
  { samples, positives, negatives, people }: WaitingCounts,
  { leastSamples, leastOfSign, leastPeople }: RunLimits,
): RunReason | undefined {
  if (samples < leastSamples) return 'too_few_samples';
  if (positives < leastOfSign) return 'too_few_positives';
  if (negatives < leastOfSign) return 'too_few_negatives';
  return people < leastPeople ? 'too_few_people' : undefined;
}
