import { openDatabase } from '../../../adapters/sqlite/database.ts';
import { openStores } from '../../../adapters/sqlite/stores.ts';
import { createSystemClock } from '../../../adapters/system/clock.ts';
import { createSystemIds } from '../../../adapters/system/ids.ts';
import { spaceId } from '../../../core/domain/ids.ts';
import { type PolicyScope, runId } from '../../../core/domain/policy.ts';
import type { PlannedSample, RunPlan, TrainingRun } from '../../../core/domain/training-run.ts';
import { gatherSamples } from '../../../core/learning/run/gather-samples.ts';
import { ktoStep } from '../../../core/learning/run/methods/kto-step.ts';
import { prepareSamples } from '../../../core/learning/run/prepare-samples.ts';
import type { DriverEnd } from '../../../core/learning/run/run-driver.ts';
import { createSpendGate } from '../../../core/learning/run/spend-gate.ts';
import { createWeightsDriver } from '../../../core/learning/run/weights-driver.ts';
import { rigBaseModel, rigTokenizer, seedSample } from '../../../test/flow/training-rig.ts';
import { openTrainer } from '../engine/open-trainer.ts';
import { silentLogger } from '../engine/silent-logger.ts';

export interface TrainingLoadSettings {
  readonly engine: { readonly baseUrl: string; readonly apiKey: string };
  readonly steps: number;
  readonly batchSize: number;
  /** Of one answer with its prompt. */
  readonly tokens: number;
}

/** A run of weights that can be let go on and paused at will. */
export interface TrainingLoad {
  /** Goes through all that waits, as a planner does, and then trains on. */
  begin(): Promise<void>;
  /** Resolves when nothing is under way. Rejects where the run had ended before: then nothing was measured. */
  pause(): Promise<void>;
  /** Made so far. */
  steps(): Promise<number>;
  close(): Promise<void>;
}

const vocabulary = 64;
const answerShare = 0.25;
const logprob = -4;
const prices = { train: 0, read: 0, write: 0 } as const;
const allowed = { allowed: true } as const;
const scope: PolicyScope = { kind: 'space', spaceId: spaceId('web', 'team') };
const turnOfEventLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The real driver with KTO over a database file of its own that holds rated answers enough. */
export async function openTrainingLoad(
  file: string,
  { engine, steps, batchSize, tokens }: TrainingLoadSettings,
): Promise<TrainingLoad> {
  const database = openDatabase({ path: file, logger: silentLogger });
  const stores = openStores(database);
  const { runs, turns, ledger } = stores;
  const clock = createSystemClock();
  const ids = createSystemIds(clock);
  const trainer = openTrainer({ profile: 'tinker', ...engine });
  const target = {
    kind: 'tokens',
    policy: { tokenizerHash: rigTokenizer, baseModel: rigBaseModel },
    maxContextTokens: 4_096,
  } as const;

  const planned: PlannedSample[] = [];
  const answerTokens = Math.max(1, Math.floor(tokens * answerShare));
  const listOf = (length: number, from: number): readonly number[] =>
    Array.from({ length }, (_, at) => (from + 7 * at) % vocabulary);
  for (let at = 0; at < steps * batchSize; at += 1) {
    const value = at % 2 === 0 ? 1 : -1;
    const turnId = await seedSample(stores, {
      id: `load-${at}`,
      value,
      prompt: listOf(tokens - answerTokens, at),
      answer: listOf(answerTokens, 3 * at),
      logprobs: Array.from({ length: answerTokens }, () => logprob),
    });
    const revision = (await ledger.settlement(turnId, 'weights'))?.revision ?? 0;
    planned.push({ turnId, revision, step: Math.floor(at / batchSize) + 1, value, weight: 1, baseline: 0 });
  }
  const plan: RunPlan = {
    steps,
    samples: planned.length,
    positives: planned.length / 2,
    negatives: planned.length / 2,
    people: 1,
    leftOut: {},
    estimate: { calls: 0, tokens: 0, micros: 0 },
    settings: { seed: 1 },
  };
  const run: TrainingRun = await runs.begin(
    {
      runId: runId('load'),
      scope,
      kind: 'weights',
      methods: ['kto'],
      generation: 0,
      plan,
      startedAt: clock.now(),
    },
    planned,
  );
  const driver = createWeightsDriver({
    trainer,
    runs,
    turns,
    policyOf: async () => undefined,
    configured: { baseModel: rigBaseModel, rank: 8, samplerPath: '' },
    prepare: (samples) =>
      prepareSamples(samples, { turns, ledger, target, mayTrain: () => allowed, logger: silentLogger }),
    methodOf: () => ktoStep({ goodWeight: 1, badWeight: 1 }),
    settingsOf: () => ({
      beta: 0.1,
      kl: 0.02,
      leastEss: 0.3,
      ratioCap: 2,
      advantageCap: 3,
      groupSize: 1,
      groupMaxTokens: 1,
      distillation: 1,
      seed: 1,
    }),
    adam: { learningRate: 0.001 },
    klStop: 100,
    prices,
    isStale: () => false,
    clock,
    ids,
    logger: silentLogger,
  });

  const never = new AbortController().signal;
  let halt = new AbortController();
  let driven: Promise<DriverEnd> = Promise.resolve({ kind: 'paused' });

  async function lookAndDrive(halted: AbortSignal): Promise<DriverEnd> {
    await gatherSamples(
      scope,
      {
        runs,
        turns,
        ledger,
        target,
        mayTrain: () => allowed,
        distanceOf: () => 0,
        ids,
        yieldNow: turnOfEventLoop,
      },
      never,
    );
    return driver.drive(
      run,
      createSpendGate(run.runId, halted, { runs, clock, capMicros: undefined }),
      never,
    );
  }

  return {
    async begin() {
      halt = new AbortController();
      driven = lookAndDrive(halt.signal);
      driven.catch(() => undefined);
      await turnOfEventLoop();
    },
    async pause() {
      halt.abort();
      const end = await driven;
      if (end.kind !== 'paused')
        throw new Error(`The run ended before the messages did: ${JSON.stringify(end)}`);
    },
    steps: async () => (await runs.steps(run.runId)).filter(({ state }) => state === 'done').length,
    async close() {
      await trainer.close();
      database.close();
    },
  };
}
