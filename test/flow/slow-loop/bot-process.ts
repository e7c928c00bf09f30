import { openDatabase } from '../../../adapters/sqlite/database.ts';
import { openStores, type SqliteStores } from '../../../adapters/sqlite/stores.ts';
import { createTinkerTrainer } from '../../../adapters/tinker/tinker-trainer.ts';
import { defaultBurstLimits } from '../../../core/feedback/brigading.ts';
import { mayUse, provenanceOf } from '../../../core/feedback/content-door.ts';
import type { SettlerDeps } from '../../../core/feedback/settlement.ts';
import { createPolicyArms } from '../../../core/learning/policies/policy-arms.ts';
import { createPolicyDesk, type PolicyDesk } from '../../../core/learning/policies/policy-desk.ts';
import { createAnswerPlanner } from '../../../core/learning/run/answer-planner.ts';
import { costOf } from '../../../core/learning/run/engine-prices.ts';
import { prepareSamples } from '../../../core/learning/run/prepare-samples.ts';
import { distancesIn } from '../../../core/learning/run/staleness.ts';
import { createTrainingRunner, type TrainingRunner } from '../../../core/learning/run/training-runner.ts';
import { createWeightsDriver } from '../../../core/learning/run/weights-driver.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import type { Ids } from '../../../core/ports/ids.ts';
import type { Invalidation } from '../../../core/ports/library-store.ts';
import type { TrainerPort } from '../../../core/ports/trainer.ts';
import { createSkillLibrary, type SkillLibrary } from '../../../core/skills/library.ts';
import { openPlatform } from '../../fakes/feedback/platform-policies.ts';
import { createIdleWindow, type IdleWindow } from '../../fakes/idle-window.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';
import type { FakeTinker } from '../../fakes/tinker/fake-tinker.ts';
import { rigBaseModel, rigTokenizer } from '../training-rig.ts';
import { byHeart } from './by-heart.ts';
import type { Eye } from './eye.ts';
import type { HastyClock } from './hasty-clock.ts';
import { type Life, mortal } from './life.ts';
import { configuredStamp, everywhere, idleMs, limits, minuteMs, prices, quietMs, tidyMs } from './limits.ts';
import { watchedRuns, watchedTrainer } from './watched-calls.ts';

export interface ProcessOptions {
  /** Other ids in each process. */
  readonly number: number;
  readonly file: string;
  readonly fake: FakeTinker;
  readonly life: Life;
  /** Of what happens between people and bot. */
  readonly clock: Clock;
  /** Of what happens between bot and engine. */
  readonly hasty: HastyClock;
  readonly fetch: typeof globalThis.fetch;
  readonly capMicros: number | undefined;
  readonly invalidation: Invalidation['mode'];
  /** Where a change of the library lets others have their turn. */
  readonly yieldNow: () => Promise<void>;
  readonly eye: Eye;
}

/** A bot as far as the slow loop needs one, put together as in a real one over one file and one engine. */
export interface BotProcess {
  readonly life: Life;
  /** Those that end with its life. */
  readonly stores: SqliteStores;
  readonly library: SkillLibrary;
  readonly desk: PolicyDesk;
  readonly window: IdleWindow;
  readonly settler: SettlerDeps;
  readonly runner: TrainingRunner;
  /** Frees the file, after its end. */
  bury(): void;
}

/** A clock none of whose timers outlives the process. */
function clockOf(clock: Clock, life: Life): Clock {
  return {
    ...clock,
    after: (delayMs, callback) =>
      clock.after(delayMs, () => {
        if (!life.isOver()) callback();
      }),
  };
}

function idsOf(number: number): Ids {
  const counted = createSequentialIds(`life${number}-`);
  let names = 0;
  return {
    ...counted,
    code(chars) {
      names += 1;
      return `${number}x${names}`.padStart(chars, 'a');
    },
  };
}

function trainerOf(options: ProcessOptions, ids: Ids): TrainerPort {
  const { fake, hasty, life, eye } = options;
  const trainer = createTinkerTrainer({
    profile: 'tinker',
    baseUrl: fake.baseUrl,
    apiKey: fake.apiKey,
    fetch: options.fetch,
    clock: hasty,
    ids,
    logger: createMemoryLogger(),
    random: () => 0.5,
    timings: { heartbeatMs: 60 * minuteMs },
  });
  return watchedTrainer(trainer, life, eye.trainer);
}

export async function openProcess(options: ProcessOptions): Promise<BotProcess> {
  const { life, yieldNow, invalidation, capMicros } = options;
  const logger = createMemoryLogger();
  const database = openDatabase({
    path: options.file,
    logger,
    // Nothing is written after its end.
    schedule: (flush) => void setImmediate(() => life.isOver() || flush()),
  });
  const raw = openStores(database);
  const clock = clockOf(options.clock, life);
  const ids = idsOf(options.number);
  const stores: SqliteStores = {
    ...raw,
    turns: mortal(raw.turns, life),
    ledger: mortal(raw.ledger, life),
    settings: mortal(raw.settings, life),
    library: mortal(raw.library, life),
    samples: mortal(raw.samples, life),
    runs: watchedRuns(raw.runs, life, options.eye.claims),
    policies: mortal(raw.policies, life),
  };
  const { turns, ledger, runs, settings } = stores;
  const trainer = trainerOf(options, ids);

  const library = createSkillLibrary({
    source: { load: async () => ({ skills: [], diagnostics: [] }) },
    store: stores.library,
    samples: stores.samples,
    ids,
    clock,
    logger,
    limits: { topK: 2, budgetTokens: 1_000 },
    invalidation,
    yieldNow,
  });
  const desk = createPolicyDesk({
    store: stores.policies,
    arms: createPolicyArms({ key: 'k', share: 0.25, digest: ids.digest }),
    isHoldOut: () => false,
    isConfigured: (stamp) => stamp === configuredStamp,
    personaDigest: ids.digest(''),
    clock,
    logger,
  });
  const window = createIdleWindow({ clock, idleMs, quietMs });
  const contentPolicy = new Map([['web', openPlatform()]]);
  const settler: SettlerDeps = {
    ledger,
    turns,
    clock,
    logger,
    contentPolicy,
    hasConsent: () => true,
    burstLimits: { ...defaultBurstLimits, minVotes: 1_000 },
    isStale: (turn) => library.isStale(turn),
  };
  const mayTrain: Parameters<typeof prepareSamples>[1]['mayTrain'] = (turn, authors) =>
    mayUse('train_local', provenanceOf(turn, authors), contentPolicy, () => true);
  const target = {
    kind: 'tokens',
    policy: { tokenizerHash: rigTokenizer, baseModel: rigBaseModel },
    maxContextTokens: 64,
  } as const;

  const planner = createAnswerPlanner({
    kind: 'weights',
    gatherIn: (scope) => ({
      runs,
      turns,
      ledger,
      target,
      mayTrain,
      distanceOf: distancesIn(desk, scope),
      ids,
      yieldNow: async () => {},
    }),
    limits,
    optionsIn: () => ({
      seed: 1,
      methodsOf: () => ['kto'],
      settings: {},
      groupSize: 0,
      groupMaxTokens: 0,
      priceOf: (use) => costOf(use, prices),
    }),
  });
  const driver = createWeightsDriver({
    trainer,
    runs,
    turns,
    policyOf: async (id) => desk.policyOf(id),
    configured: { baseModel: rigBaseModel, rank: 4, samplerPath: '' },
    prepare: (samples) => prepareSamples(samples, { turns, ledger, target, mayTrain, logger }),
    methodOf: () => byHeart,
    settingsOf: () => ({
      beta: 0.1,
      kl: 0,
      leastEss: 0,
      ratioCap: 2,
      advantageCap: 3,
      groupSize: 0,
      groupMaxTokens: 0,
      distillation: 0,
      seed: 1,
    }),
    adam: { learningRate: 0.01 },
    klStop: 10,
    prices,
    isStale: (turn) => library.isStale(turn),
    // What tidies up at an engine that does not answer is given up soon.
    clock: { now: clock.now, after: (ms, callback) => options.hasty.after(Math.min(ms, tidyMs), callback) },
    ids,
    logger,
  });
  const runner = createTrainingRunner({
    runs,
    settings,
    window,
    scopes: async () => [everywhere],
    planners: [planner],
    drivers: { weights: driver },
    servingIn: (scope) => desk.servingIn(scope)?.policyId,
    addCandidate: async (run, source) => (await desk.add(source, run)).policyId,
    generation: () => library.generation(),
    capMicros,
    clock,
    ids,
    logger,
  });
  options.eye.born({ window, library });
  await library.reload();
  await desk.load();
  runner.start();
  return {
    life,
    stores,
    library,
    desk,
    window,
    settler,
    runner,
    bury() {
      life.end();
      database.close();
    },
  };
}
