import type { PrivacyRecipient, TrainingStatus } from '../core/commands/context.ts';
import { policyTold } from '../core/commands/policy-told.ts';
import type { TrainReport, TrainTools } from '../core/commands/train-tools.ts';
import { runInShort } from '../core/commands/train-words.ts';
import { isWholeSpace } from '../core/domain/conversation.ts';
import type { PersonId, SpaceId } from '../core/domain/ids.ts';
import type { Policy, PolicyScope } from '../core/domain/policy.ts';
import type { RunKind } from '../core/domain/training-run.ts';
import type { Turn } from '../core/domain/turn.ts';
import type { DoorAnswer } from '../core/feedback/content-door.ts';
import type { IsHoldOut } from '../core/feedback/hold-out.ts';
import type { JudgeReport } from '../core/feedback/judge-worker.ts';
import { createGateBudget } from '../core/learning/policies/gate-budget.ts';
import { createLiveGate } from '../core/learning/policies/live-gate.ts';
import { createPolicyGate } from '../core/learning/policies/policy-gate.ts';
import { createPolicyWorker } from '../core/learning/policies/policy-worker.ts';
import { createAnswerPlanner } from '../core/learning/run/answer-planner.ts';
import { costOf, type EnginePrices } from '../core/learning/run/engine-prices.ts';
import type { MayTrain } from '../core/learning/run/gather-samples.ts';
import { defaultRunLimits, type RunLimits } from '../core/learning/run/plan-limits.ts';
import type { PlanOptions } from '../core/learning/run/plan-run.ts';
import { prepareSamples } from '../core/learning/run/prepare-samples.ts';
import type { RunDriver } from '../core/learning/run/run-driver.ts';
import type { RunPlanner } from '../core/learning/run/run-planner.ts';
import type { TrainingTarget } from '../core/learning/run/sample-fit.ts';
import { createTrainingRunner } from '../core/learning/run/training-runner.ts';
import { createWeightsDriver } from '../core/learning/run/weights-driver.ts';
import { createProviderDriver } from '../core/learning/tuning/provider-driver.ts';
import { tuningCost } from '../core/learning/tuning/tuning-cost.ts';
import { leastRated } from '../core/learning/wording/begin-search.ts';
import { createSkillEditFiler } from '../core/learning/wording/file-skill-edit.ts';
import { createRestingPlanner } from '../core/learning/wording/resting-planner.ts';
import { createWordingDriver } from '../core/learning/wording/wording-driver.ts';
import { createWordingPlanner } from '../core/learning/wording/wording-planner.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Ids } from '../core/ports/ids.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { TrainerPort } from '../core/ports/trainer.ts';
import { createIdleWindow } from '../core/schedule/training-window.ts';
import { createCostMeter } from '../core/skills/evolver/cost-meter.ts';
import type { SkillLibrary } from '../core/skills/library.ts';
import { trainsEngine } from './check-training.ts';
import { type ModelChoice, placeOf } from './choose-model.ts';
import { type OpenedEngine, openTrainer } from './compose-engine.ts';
import type { ComposedLearning } from './compose-learning.ts';
import type { ComposedPolicies } from './compose-policies.ts';
import type { ComposedReplays } from './compose-replays.ts';
import type { ComposedSkills } from './compose-skills.ts';
import { type HelperServer, helperServer, openHelperModel } from './helper-server.ts';
import type { LoadedSettings } from './load-settings.ts';
import type { Storage } from './storage.ts';
import { trainingDoor, useOfEngine, useOfProvider } from './training-door.ts';
import { chosenMethods, freshTokens, stepMethods, stepSettings } from './training-methods.ts';
import { createTrainingTools } from './training-tools.ts';
import type { BackgroundWorker } from './with-workers.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const MICROS = 1_000_000;
/** After a word of anybody a run that a person began waits so long. */
const quietMs = 3 * MINUTE_MS;
const leastCanarySessions = 20;
const longestJobMs = 3 * DAY_MS;

export interface ComposeTrainingDeps {
  readonly loaded: LoadedSettings;
  readonly stores: Storage['stores'];
  readonly library: SkillLibrary;
  readonly policies: ComposedPolicies;
  readonly replays: ComposedReplays;
  readonly skills: ComposedSkills;
  readonly learning: Pick<ComposedLearning, 'contentPolicy' | 'hasConsent'>;
  readonly mayJudge: (turn: Turn, hintAuthors: readonly PersonId[]) => DoorAnswer;
  readonly mayEvolve: (turn: Turn, hintAuthors: readonly PersonId[]) => DoorAnswer;
  readonly isHoldOut: IsHoldOut;
  /** Absent without a judge. */
  readonly judge?: () => Promise<JudgeReport>;
  readonly choice: ModelChoice;
  /** Where one answers. */
  readonly engine?: OpenedEngine;
  /** Trains in place of a connection of its own, for tests and measurements. */
  readonly trainer?: TrainerPort;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly fetch: typeof globalThis.fetch;
}

/** The slow loop, wired. */
export interface ComposedTraining {
  readonly tools: TrainTools;
  readonly workers: readonly BackgroundWorker[];
  readonly recipients: readonly PrivacyRecipient[];
  /** Somebody wrote, pressed or reacted. */
  readonly touch: () => void;
  readonly report: () => Promise<TrainingStatus>;
  /** Maintainers are told what became of a policy. */
  readonly policyChanged: (policy: Policy, what: Parameters<typeof policyTold>[1]) => void;
  close(): Promise<void>;
}

/** One way to learn: how its runs are planned and driven. */
interface Way {
  readonly planner: RunPlanner;
  readonly driver: RunDriver;
}

/** Rejects as the stores and the opening of the engine do; talks to nobody yet. */
export async function composeTraining(deps: ComposeTrainingDeps): Promise<ComposedTraining> {
  const { loaded, stores, policies, replays, clock, ids, logger } = deps;
  const { settings, secrets } = loaded;
  const { training, gate: gateSettings } = settings;
  const { desk } = policies;
  const window = createIdleWindow({ clock, idleMs: training.idleMinutes * MINUTE_MS, quietMs });
  const scopeOf = (spaceId: SpaceId): PolicyScope =>
    training.scope === 'everywhere' ? { kind: 'everywhere' } : { kind: 'space', spaceId };

  const engineWay = await engineWayOf(deps);
  const provider = engineWay === undefined ? await providerWayOf(deps) : undefined;
  const wording = wordingWayOf(deps);
  const ways = [engineWay, provider, wording].filter((way) => way !== undefined);
  const drivers: Partial<Record<RunKind, RunDriver>> = Object.fromEntries(
    ways.map(({ planner, driver }) => [planner.kind, driver]),
  );
  const planners = ways.map(({ planner }) => planner);
  const capMicros = training.monthlyBudget * MICROS;

  const runner = createTrainingRunner({
    runs: stores.runs,
    settings: stores.settings,
    window,
    async scopes() {
      if (training.scope === 'everywhere') return [{ kind: 'everywhere' }];
      const spaces = [...(await stores.runs.spacesReady()), ...(await stores.evidence.spacesWithFailures())];
      return [...new Set(spaces)].map((spaceId) => ({ kind: 'space', spaceId }));
    },
    planners,
    drivers,
    servingIn: (scope) => desk.servingIn(scope)?.policyId,
    addCandidate: async (run, source) => (await desk.add(source, run)).policyId,
    generation: () => deps.library.generation(),
    capMicros,
    clock,
    ids,
    logger,
  });

  const gateServer = helperServer(gateSettings, secrets.GATE_API_KEY, 'GATE_API_KEY', deps.choice);
  const gateJudge = gateServer && (await openHelperModel('gate', gateSettings, gateServer, deps));
  const { reserve } = createGateBudget(stores.settings, clock, gateSettings.dailyCalls);
  const gate = createPolicyGate({
    store: stores.policies,
    desk,
    clock,
    ids,
    turns: stores.turns,
    answerAgain: replays.answerAgain,
    answerPrompt: replays.answerPrompt,
    ...(gateJudge === undefined ? {} : { gateJudge }),
    mayJudge: (turn) => deps.mayJudge(turn, []).allowed,
    timeoutMs: gateSettings.timeoutMs,
    reserve,
    meter: createCostMeter(),
  });
  const live = createLiveGate({
    store: stores.policies,
    desk,
    arms: policies.arms,
    isHoldOut: deps.isHoldOut,
    clock,
    canaryDays: gateSettings.canaryDays,
    leastCanarySessions,
  });
  const policyWorker = createPolicyWorker({
    gate,
    live,
    store: stores.policies,
    mayWork: () => window.closedBecause() === undefined,
    clock,
    logger,
  });

  const weights: TrainReport['weights'] =
    engineWay !== undefined ? 'engine' : provider !== undefined ? 'provider' : 'off';
  const tools = createTrainingTools({
    runs: stores.runs,
    policies: stores.policies,
    desk,
    runner,
    window,
    planners,
    scopeOf,
    weights,
    wording: wording !== undefined,
    needed: (kind) =>
      kind === 'wording'
        ? { samples: leastRated, eachSign: 0, people: 1 }
        : { samples: training.minSamples, eachSign: training.minEachSign, people: training.minPeople },
    capMicros,
    currency: training.currency,
    chart: {
      async trainingRun(chart) {
        const { createChart } = await import('../adapters/chart/chart.ts');
        return createChart().trainingRun(chart);
      },
    },
    clock,
  });

  return {
    tools,
    workers: [runner, policyWorker],
    recipients: recipientsOf(deps, gateServer, provider !== undefined),
    touch: window.touch,
    async report() {
      const [run, policyReport] = await Promise.all([stores.runs.unfinished(), policyWorker.report()]);
      const serving = (await stores.policies.serving()).map(({ number }) => `policy ${number}`);
      const problem = runner.problem() ?? policies.model.problem() ?? policyReport.problem;
      return {
        ...(serving.length === 0 ? {} : { serving: serving.join(', ') }),
        ...(run === undefined ? {} : { run: `run ${run.number}, ${runInShort(run)}` }),
        ...(problem === undefined ? {} : { problem }),
      };
    },
    policyChanged(policy, what) {
      const { scope } = policy;
      const told = policyTold(policy, what);
      if (told === undefined) return;
      deps.skills
        .tell(scope.kind === 'space' ? scope.spaceId : undefined, told)
        .catch((error: unknown) => logger.warn('policy_not_told', { policyId: policy.policyId, error }));
    },
    close: async () => engineWay?.close(),
  };
}

function limitsOf({ training }: LoadedSettings['settings'], batchSize: number): RunLimits {
  return {
    ...defaultRunLimits,
    leastSamples: training.minSamples,
    leastOfSign: training.minEachSign,
    leastPeople: training.minPeople,
    personShare: training.maxPersonPercent / 100,
    mostSamples: training.maxSamples,
    batchSize,
  };
}

const seedFrom = (ids: Pick<Ids, 'digest' | 'next'>): number =>
  Number.parseInt(ids.digest(ids.next('seed')).slice(0, 7), 16);

/** What plans on stored answers have in common. */
function answerPlanner(
  kind: 'weights' | 'provider',
  target: TrainingTarget,
  mayTrain: MayTrain,
  batchSize: number,
  options: Pick<PlanOptions, 'methodsOf' | 'priceOf'>,
  { loaded, stores, policies, clock, ids }: ComposeTrainingDeps,
): RunPlanner {
  const { settings } = loaded;
  const { training } = settings;
  return createAnswerPlanner({
    kind,
    gatherIn: () => ({
      runs: stores.runs,
      turns: stores.turns,
      ledger: stores.ledger,
      target,
      mayTrain,
      versionOf: policies.desk.versionOf,
      ids,
      yieldNow: () => clock.sleep(0),
    }),
    limits: limitsOf(settings, batchSize),
    optionsIn: (scope) => ({
      ...options,
      servingVersion: policies.desk.servingIn(scope)?.version ?? 0,
      seed: seedFrom(ids),
      groupSize: training.groupSize,
      groupMaxTokens: freshTokens(settings.model),
      settings: {
        learningRate: training.learningRate,
        kl: training.kl,
        beta: training.beta,
        groupSize: training.groupSize,
      },
    }),
  });
}

async function engineWayOf(
  deps: ComposeTrainingDeps,
): Promise<(Way & { close(): Promise<void> }) | undefined> {
  const { loaded, stores, engine, learning, clock, ids, logger } = deps;
  const { settings, secrets } = loaded;
  const { training, engine: own } = settings;
  const tokenizer = engine?.tokenizer;
  if (!trainsEngine(settings) || tokenizer === undefined) return undefined;
  // A connection of its own, with the patience that training has and answers have not.
  const opened = deps.trainer === undefined ? await openTrainer(settings, secrets, deps) : undefined;
  const trainer = deps.trainer ?? opened;
  if (trainer === undefined) return undefined;
  const prices: EnginePrices = {
    train: training.trainPrice * MICROS,
    read: training.readPrice * MICROS,
    write: training.writePrice * MICROS,
  };
  const mayTrain = trainingDoor(useOfEngine(settings, secrets), learning.contentPolicy, learning.hasConsent);
  const target: TrainingTarget = {
    kind: 'tokens',
    policy: { tokenizerHash: tokenizer.hash, baseModel: own.baseModel },
    maxContextTokens: own.maxContextTokens,
  };
  const { judge: report } = deps;
  const { judge } = deps.skills.helpers;
  return {
    planner: answerPlanner(
      'weights',
      target,
      mayTrain,
      training.batchSize,
      {
        methodsOf: (samples) => chosenMethods(samples, training),
        priceOf: (use) => costOf(use, prices),
      },
      deps,
    ),
    driver: createWeightsDriver({
      trainer,
      runs: stores.runs,
      turns: stores.turns,
      policyOf: (policyId) => stores.policies.get(policyId),
      configured: { baseModel: own.baseModel, rank: own.rank, samplerPath: own.samplerPath },
      ...(training.teacher === '' ? {} : { teacher: { baseModel: training.teacher } }),
      prepare: (samples) => prepareSamples(samples, { ...stores, target, mayTrain, logger }),
      methodOf: stepMethods({
        settings,
        tokenizer,
        ...(report === undefined || judge === undefined ? {} : { judge }),
        judgeWeight: async () => (report === undefined ? 0 : (await report()).views.alone.weight),
        judgeQueue: stores.judgeQueue,
        prices,
        clock,
        ids,
      }),
      settingsOf: (run, step) => stepSettings(run, step, settings),
      adam: { learningRate: training.learningRate },
      klStop: training.klStop,
      prices,
      isStale: (turn) => deps.library.isStale(turn),
      clock,
      ids,
      logger,
    }),
    close: async () => opened?.close(),
  };
}

async function providerWayOf(deps: ComposeTrainingDeps): Promise<Way | undefined> {
  const { loaded, stores, policies, choice, replays, learning, clock, ids, logger, fetch } = deps;
  const { settings } = loaded;
  const { training } = settings;
  const { server } = choice;
  const apiKey = server?.apiKey;
  if (!training.weights || training.tuneModel === '' || server === undefined || apiKey === undefined) {
    return undefined;
  }
  const { createOpenAiTuning } = await import('../adapters/openai-tuning/openai-tuning.ts');
  const tuning = createOpenAiTuning({
    model: training.tuneModel,
    ...(server.baseUrl === undefined ? {} : { baseUrl: server.baseUrl }),
    apiKey,
    fetch,
    clock,
    logger,
  });
  const prices = { trainMicrosPerMillionTokens: training.tunePrice * MICROS };
  const target: TrainingTarget = { kind: 'text', maxContextTokens: settings.engine.maxContextTokens };
  const mayTrain = trainingDoor(useOfProvider(choice), learning.contentPolicy, learning.hasConsent);
  return {
    planner: answerPlanner(
      'provider',
      target,
      mayTrain,
      // One job learns from all of them.
      training.maxSamples - (training.maxSamples % 2),
      {
        methodsOf: () => ['dpo', 'sft'],
        priceOf: ({ train = 0 }) => tuningCost(train, training.tuneEpochs, prices),
      },
      deps,
    ),
    driver: createProviderDriver({
      tuning,
      runs: stores.runs,
      prepare: (samples) => prepareSamples(samples, { ...stores, target, mayTrain, logger }),
      promptOf: replays.promptOf,
      isStale: (turn) => deps.library.isStale(turn),
      async baseModelOf({ parentId }) {
        const parent = parentId === undefined ? undefined : policies.desk.policyOf(parentId);
        return parent?.source.kind === 'hosted_model' ? parent.source.model : training.tuneModel;
      },
      epochs: training.tuneEpochs,
      beta: training.beta,
      longestExampleTokens: settings.engine.maxContextTokens,
      prices,
      longestJobMs,
      clock,
      ids,
      logger,
    }),
  };
}

function wordingWayOf(deps: ComposeTrainingDeps): Way | undefined {
  const { loaded, stores, policies, replays, skills, library, clock, ids, logger } = deps;
  const { settings } = loaded;
  const { training } = settings;
  const { evolver: reflector } = skills.helpers;
  if (!training.wording || reflector === undefined) return undefined;
  const judge = skills.helpers.judge ?? reflector;
  const price = training.wordingPrice * MICROS;
  const shared = {
    outcomes: stores.policies,
    turns: stores.turns,
    ledger: stores.ledger,
    library,
    mayUse: deps.mayEvolve,
    mayUsePrivate: (scope: PolicyScope, conversation: Turn['conversation']) =>
      scope.kind === 'space' && isWholeSpace(conversation),
    priceOf: (_: unknown, tokens: { readonly read: number; readonly write: number }) =>
      costOf(tokens, { train: 0, read: price, write: price }),
    persona: (scope: PolicyScope) => policies.desk.servingIn(scope)?.source.persona ?? settings.persona,
    clock,
    ids,
  };
  const maxCalls = training.wordingCalls;
  return {
    planner: createRestingPlanner({
      planner: createWordingPlanner({ ...shared, runs: stores.runs, maxCalls }),
      runs: stores.runs,
      clock,
      restMs: training.wordingDays * DAY_MS,
    }),
    driver: createWordingDriver({
      ...shared,
      runs: stores.runs,
      answerAgain: replays.answerAgain,
      reflector,
      judge,
      timeoutMs: settings.evolver.timeoutMs,
      logger,
      check: skills.check,
      proposeSkillEdit: createSkillEditFiler({
        proposals: stores.proposals,
        library,
        check: skills.check,
        clock,
        ids,
        model: settings.evolver.model,
        onProposal: skills.showDraft,
      }),
      limits: { maxCalls },
    }),
  };
}

/** Who gets people's words for it, for `/privacy`. */
function recipientsOf(
  { loaded, choice }: ComposeTrainingDeps,
  gateServer: HelperServer | undefined,
  tunes: boolean,
): readonly PrivacyRecipient[] {
  const gate: readonly PrivacyRecipient[] =
    gateServer === undefined
      ? []
      : [
          {
            what: 'the model that compares a new model’s answers with the old one’s',
            receives: 'requests from conversations that are kept out of learning, and two answers to each',
            ...placeOf(gateServer),
          },
        ];
  if (!tunes || choice.server === undefined) return gate;
  return [
    ...gate,
    {
      what: `the provider that tunes ${loaded.settings.training.tuneModel}`,
      receives: 'rated answers with the conversation before them, as examples to learn from',
      ...placeOf(choice.server),
    },
  ];
}
