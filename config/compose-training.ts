import type { PrivacyRecipient, TrainingStatus } from '../core/commands/context.ts';
import { policyTold } from '../core/commands/policy-told.ts';
import type { TrainReport, TrainTools } from '../core/commands/train-tools.ts';
import { runInShort } from '../core/commands/train-words.ts';
import type { ContentUse } from '../core/domain/content-use.ts';
import type { SpaceId } from '../core/domain/ids.ts';
import { concernsSpace, isPersonaOutdated, type Policy } from '../core/domain/policy.ts';
import type { RunKind } from '../core/domain/training-run.ts';
import type { IsHoldOut } from '../core/feedback/hold-out.ts';
import { createGateBudget } from '../core/learning/policies/gate-budget.ts';
import { createLiveGate } from '../core/learning/policies/live-gate.ts';
import { createPolicyGate } from '../core/learning/policies/policy-gate.ts';
import { createPolicyWorker } from '../core/learning/policies/policy-worker.ts';
import type { RunDriver } from '../core/learning/run/run-driver.ts';
import { createTrainingRunner } from '../core/learning/run/training-runner.ts';
import { leastRated } from '../core/learning/wording/begin-search.ts';
import type { PolicyStore } from '../core/ports/policy-store.ts';
import type { EngineTurns } from '../core/schedule/engine-turns.ts';
import { createCostMeter } from '../core/skills/evolver/cost-meter.ts';
import type { ComposedPolicies } from './compose-policies.ts';
import type { ComposedSchedule } from './compose-schedule.ts';
import { engineTraining } from './engine-training.ts';
import { helperServer, openHelperModel } from './helper-server.ts';
import { ledRuns } from './led-runs.ts';
import { providerTraining } from './provider-training.ts';
import { useOfEngine, useOfProvider } from './training-door.ts';
import { trainingRecipients } from './training-recipients.ts';
import { createTrainingTools, runConcerning } from './training-tools.ts';
import { microsPerUnit, type TrainingWayDeps } from './training-way.ts';
import type { BackgroundWorker } from './with-workers.ts';
import { wordingTraining } from './wording-training.ts';

/** A canary only has to do no harm; five conversations and three people must have spoken besides. */
const leastCanarySessions = 10;

export interface ComposeTrainingDeps extends TrainingWayDeps {
  readonly isHoldOut: IsHoldOut;
  readonly schedule: Pick<
    ComposedSchedule,
    'window' | 'answering' | 'turns' | 'lease' | 'stepMs' | 'scopeOf' | 'tools' | 'waitsFor' | 'disturbs'
  >;
  /** Keeps training and answering apart, where the engine cannot do both at once. */
  readonly engineTurns?: EngineTurns;
}

/** The slow loop, wired. */
export interface ComposedTraining {
  readonly tools: TrainTools;
  readonly workers: readonly BackgroundWorker[];
  readonly recipients: readonly PrivacyRecipient[];
  /** As it concerns a space. */
  readonly report: (spaceId: SpaceId) => Promise<TrainingStatus>;
  /** What is done with people's words for it. */
  readonly uses: readonly ContentUse[];
  /** Maintainers are told what became of a policy. */
  readonly policyChanged: (policy: Policy, what: Parameters<typeof policyTold>[1]) => void;
}

/** Rejects as the stores and the opening of the engine do; talks to nobody yet. */
export async function composeTraining(deps: ComposeTrainingDeps): Promise<ComposedTraining> {
  const { loaded, policies, replays, schedule, clock, ids, logger } = deps;
  const stores = { ...deps.stores, runs: ledRuns(deps.stores.runs, schedule.lease) };
  const { settings, secrets } = loaded;
  const { training, gate: gateSettings } = settings;
  const { desk } = policies;
  const { window, turns, scopeOf } = schedule;

  await discardOutdated(stores.policies, policies);
  const engineWay = await engineTraining({ ...deps, stores });
  const provider = engineWay === undefined ? await providerTraining({ ...deps, stores }) : undefined;
  const wording = wordingTraining({ ...deps, stores });
  const ways = [engineWay, provider, wording].filter((way) => way !== undefined);
  const drivers: Partial<Record<RunKind, RunDriver>> = Object.fromEntries(
    ways.map(({ planner, driver }) => [planner.kind, driver]),
  );
  const planners = ways.map(({ planner }) => planner);
  const capMicros = training.monthlyBudget * microsPerUnit;

  const runner = createTrainingRunner({
    runs: stores.runs,
    settings: stores.settings,
    window,
    leads: () => schedule.lease() !== undefined,
    // Searches for words and jobs at a provider have no steps that would have to end in their window.
    stepMs: (kind) => (kind === 'weights' ? schedule.stepMs() : 0),
    turns: { take: (signal) => turns.take('training', signal), isOverdue: turns.isOverdue },
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
    foreignPlatforms: replays.foreignPlatforms,
    answerPrompt: replays.answerPrompt,
    personaDigest: policies.personaDigest,
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
    // When it may begin is the turns' business; whoever is being answered cuts it off.
    mayWork: () => !schedule.disturbs || !schedule.answering.isAnswering(),
    onChange: schedule.answering.onChange,
    turn: (signal) => turns.take('proof', signal),
    clock,
    logger,
  });

  schedule.waitsFor(async (scope) => {
    if (await runner.isPausedByPerson(scope)) return false;
    if ((await stores.runs.unfinished(scope)) !== undefined) return true;
    for (const planner of planners) {
      if ((await planner.plan(scope, new AbortController().signal)).kind === 'ready') return true;
    }
    return false;
  });

  const weights: TrainReport['weights'] =
    engineWay !== undefined ? 'engine' : provider !== undefined ? 'provider' : 'off';
  const tools = createTrainingTools({
    runs: stores.runs,
    policies: stores.policies,
    desk,
    runner,
    report: schedule.tools.report,
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
    recipients: trainingRecipients(
      { trains: engineWay !== undefined, tunes: provider !== undefined, words: wording !== undefined },
      gateServer,
      deps,
    ),
    uses: [
      ...(engineWay === undefined ? [] : [useOfEngine(settings, secrets)]),
      ...(provider === undefined ? [] : [useOfProvider(deps.choice)]),
      ...(wording === undefined ? [] : (['evolve'] as const)),
    ],
    async report(spaceId) {
      const [run, policyReport] = await Promise.all([
        runConcerning(spaceId, stores.runs, scopeOf),
        policyWorker.report(),
      ]);
      const serving = desk.servingIn({ kind: 'space', spaceId });
      const isOurs = run !== undefined && concernsSpace(run.scope, spaceId);
      const problem =
        runner.problem() ??
        policies.model.problem() ??
        (serving === undefined ? undefined : outdatedWords(serving, policies.personaDigest)) ??
        policyReport.problem;
      return {
        ...(serving === undefined ? {} : { serving: `policy ${serving.number}` }),
        ...(run === undefined
          ? {}
          : { run: isOurs ? `run ${run.number}, ${runInShort(run)}` : 'a run of another place' }),
        ...(problem === undefined ? {} : { problem }),
      };
    },
    policyChanged(policy, what) {
      const { scope } = policy;
      deps.skills
        .tell(scope.kind === 'space' ? scope.spaceId : undefined, policyTold(policy, what))
        .catch((error: unknown) => logger.warn('policy_not_told', { policyId: policy.policyId, error }));
    },
  };
}

/** Why the words that a policy has are not used; `undefined` while they are. */
function outdatedWords({ number, source }: Policy, personaDigest: string): string | undefined {
  if (!isPersonaOutdated(source, personaDigest)) return undefined;
  return `The persona of policy ${number} was made from another \`persona\` than the settings have now, so that of the settings is used`;
}

/** What was made from other words than the settings have now is tried no further. */
async function discardOutdated(
  store: Pick<PolicyStore, 'inState'>,
  { desk, personaDigest }: ComposedPolicies,
): Promise<void> {
  for (const policy of await store.inState(['candidate', 'canary'])) {
    if (policy.source.kind !== 'wording' || !isPersonaOutdated(policy.source, personaDigest)) continue;
    await desk.advance(policy, 'discarded', 'the persona of the settings is another one now');
  }
}
