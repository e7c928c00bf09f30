import type { RunMethod, TrainingRun } from '../core/domain/training-run.ts';
import { createCallBudget } from '../core/feedback/call-budget.ts';
import { methodsFor } from '../core/learning/run/choose-methods.ts';
import { costOf, type EnginePrices } from '../core/learning/run/engine-prices.ts';
import type { GatheredSample } from '../core/learning/run/gathered-sample.ts';
import { createAnswerGrader } from '../core/learning/run/grade/grade-answers.ts';
import { combinedStep } from '../core/learning/run/methods/combined-step.ts';
import { dpoStep } from '../core/learning/run/methods/dpo-step.ts';
import { type GroupsDeps, groupsPart } from '../core/learning/run/methods/groups-step.ts';
import { hindsightPart } from '../core/learning/run/methods/hindsight-step.ts';
import { hintPrompt } from '../core/learning/run/methods/hint-prompt.ts';
import { interleavedStep } from '../core/learning/run/methods/interleaved-step.ts';
import { ktoStep } from '../core/learning/run/methods/kto-step.ts';
import { policyGradientStep } from '../core/learning/run/methods/policy-gradient-step.ts';
import type { StepPart } from '../core/learning/run/methods/step-part.ts';
import { teacherPart } from '../core/learning/run/methods/teacher-step.ts';
import type { RunGate } from '../core/learning/run/run-gate.ts';
import type { StepMethod, StepSettings } from '../core/learning/run/step-engine.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Ids } from '../core/ports/ids.ts';
import type { JudgeQueue } from '../core/ports/judge-queue.ts';
import type { ModelPort } from '../core/ports/model.ts';
import type { TokenizerPort } from '../core/ports/tokenizer.ts';
import { createCostMeter } from '../core/skills/evolver/cost-meter.ts';
import type { Settings } from './schema.ts';

type Training = Settings['training'];

/** With fewer pairs they are not worth a method of their own. */
const leastPairs = 16;

/** How a run learns from these samples, as the settings have it. */
export function chosenMethods(
  samples: readonly GatheredSample[],
  { method, distillation }: Pick<Training, 'method' | 'distillation'>,
): readonly RunMethod[] {
  const others: readonly RunMethod[] =
    distillation === 'none' || distillation === method ? [] : [distillation];
  if (method === 'groups' || method === 'hindsight' || method === 'teacher') return [method, ...others];
  return [
    ...methodsFor(samples, {
      stored: method === 'dpo' ? 'auto' : method,
      leastPairs: method === 'dpo' ? 1 : leastPairs,
      groups: false,
      hindsight: distillation === 'hindsight',
      teacher: distillation === 'teacher',
    }),
  ];
}

export interface StepMethodsDeps {
  readonly settings: Settings;
  readonly tokenizer: TokenizerPort;
  /** Grades fresh answers; absent where none is set. */
  readonly judge?: ModelPort;
  /** How much its word counts, 0 … 1. */
  readonly judgeWeight: () => Promise<number>;
  readonly judgeQueue: JudgeQueue;
  /** The door of what it may be shown. */
  readonly mayJudge: GroupsDeps['mayJudge'];
  readonly prices: EnginePrices;
  readonly clock: Clock;
  readonly ids: Ids;
}

const MICROS = 1_000_000;

/** Makes the steps of a run as its methods say. */
export function stepMethods(
  deps: StepMethodsDeps,
): (run: TrainingRun, gate: RunGate, signal: AbortSignal) => StepMethod {
  const { settings, tokenizer, judge, clock, ids } = deps;
  const { baseModel, maxContextTokens: contextTokens } = settings.engine;
  const { dailyCalls, timeoutMs, votes } = settings.judge;
  const price = settings.training.wordingPrice * MICROS;
  const judgePrices: EnginePrices = { train: 0, read: price, write: price };
  const budget = createCallBudget({ queue: deps.judgeQueue, clock, dailyCalls });

  function partOf(method: RunMethod, gate: RunGate, signal: AbortSignal): readonly StepPart[] {
    switch (method) {
      case 'groups': {
        // Without a judge its word has no weight, and the step says so before anything is drawn.
        const grade =
          judge === undefined
            ? async () => ({ kind: 'ungraded' }) as const
            : createAnswerGrader({
                model: judge,
                clock,
                ids,
                timeoutMs,
                votes,
                reserve: budget.reserve,
                meter: createCostMeter(),
                gate,
                costOf: ({ input, output }) => costOf({ read: input, write: output }, judgePrices),
                signal,
              });
        return [
          groupsPart({
            tokenizer,
            grade,
            judgeWeight: deps.judgeWeight,
            mayJudge: deps.mayJudge,
            contextTokens,
          }),
        ];
      }
      case 'hindsight':
        return [hindsightPart({ promptWithHint: hintPrompt(tokenizer), contextTokens })];
      case 'teacher':
        return [teacherPart({ stopIds: tokenizer.stopIds, contextTokens })];
      default:
        return [];
    }
  }

  return (run, gate, signal) => {
    const numbers = run.plan.settings;
    const weights = {
      goodWeight: numberOf(numbers['goodWeight']) ?? 1,
      badWeight: numberOf(numbers['badWeight']) ?? 1,
    };
    const parts = run.methods.flatMap((method) => partOf(method, gate, signal));
    const stored = run.methods.flatMap((method): readonly StepMethod[] => {
      if (method === 'kto') return [ktoStep(weights)];
      if (method === 'dpo') return [dpoStep(weights)];
      if (method === 'policy_gradient') {
        return [policyGradientStep({ tokenizerHash: tokenizer.hash, baseModel })];
      }
      return [];
    });
    const [first] = stored;
    if (first === undefined) return combinedStep(parts);
    return parts.length === 0 ? first : interleavedStep(first, combinedStep(parts));
  };
}

const numberOf = (value: number | string | undefined): number | undefined =>
  typeof value === 'number' ? value : undefined;

/** Tokens that a fresh answer may have: people's answers are seldom longer, and each costs a group of them. */
const longestFresh = 1_024;
const leastEss = 0.3;
const ratioCap = 2;
const advantageCap = 3;
const distillationWeight = 1;
const stepSeeds = 100_003;

/** The numbers of one step, fixed with the run where its plan has them. */
export function stepSettings(
  { plan }: Pick<TrainingRun, 'plan'>,
  step: number,
  { training, model }: Pick<Settings, 'training' | 'model'>,
): StepSettings {
  const numbers = plan.settings;
  return {
    step,
    beta: numberOf(numbers['beta']) ?? training.beta,
    kl: numberOf(numbers['kl']) ?? training.kl,
    leastEss,
    ratioCap,
    advantageCap,
    groupSize: numberOf(numbers['groupSize']) ?? training.groupSize,
    groupMaxTokens: freshTokens(model),
    distillation: distillationWeight,
    seed: ((numberOf(numbers['seed']) ?? 0) + step * stepSeeds) % 2 ** 31,
  };
}

export function freshTokens({ maxOutputTokens }: Settings['model']): number {
  return Math.min(longestFresh, maxOutputTokens);
}
