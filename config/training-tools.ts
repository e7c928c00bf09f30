import { barInWords } from '../core/commands/schedule-reasons.ts';
import type { ScheduleReport, ScheduleTools } from '../core/commands/schedule-tools.ts';
import { momentAndDistance } from '../core/commands/schedule-words.ts';
import type { TrainReport, TrainStanding, TrainTools } from '../core/commands/train-tools.ts';
import { AppError } from '../core/domain/app-error.ts';
import type { SpaceId } from '../core/domain/ids.ts';
import {
  concernsSpace,
  haveCommonSpaces,
  type Policy,
  type PolicyScope,
  policyScopeKey,
} from '../core/domain/policy.ts';
import type { TrainingRun } from '../core/domain/training-run.ts';
import type { PolicyDesk } from '../core/learning/policies/policy-desk.ts';
import type { RunPlanner } from '../core/learning/run/run-planner.ts';
import { monthStart } from '../core/learning/run/spend-gate.ts';
import type { TrainingRunner } from '../core/learning/run/training-runner.ts';
import type { ChartPort } from '../core/ports/chart.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { PolicyStore } from '../core/ports/policy-store.ts';
import type { RunStore } from '../core/ports/run-store.ts';

export interface TrainingToolsDeps {
  readonly runs: RunStore;
  readonly policies: Pick<PolicyStore, 'list' | 'byNumber' | 'get'>;
  readonly desk: PolicyDesk;
  readonly runner: TrainingRunner;
  readonly report: ScheduleTools['report'];
  readonly planners: readonly RunPlanner[];
  readonly scopeOf: (spaceId: SpaceId) => PolicyScope;
  readonly weights: TrainReport['weights'];
  readonly wording: boolean;
  /** Of runs that train, and of searches for words. */
  readonly needed: (
    kind: RunPlanner['kind'],
  ) => Extract<TrainReport['outlook'], { kind: 'not_ready' }>['needed'];
  readonly capMicros: number | undefined;
  readonly currency: string;
  readonly chart: Pick<ChartPort, 'trainingRun'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** More than anybody leafs through. */
const looked = 1_000;

/** What the commands for training and policies work with. */
export function createTrainingTools(deps: TrainingToolsDeps): TrainTools {
  const { runs, policies, desk, runner, clock } = deps;
  const never = new AbortController().signal;

  /** As the runner goes: the first way whose plan is ready; where none is, why the first is not. */
  async function outlookOf(scope: PolicyScope): Promise<TrainReport['outlook']> {
    let shortage: TrainReport['outlook'] | undefined;
    for (const planner of deps.planners) {
      const planned = await planner.plan(scope, never);
      if (planned.kind === 'ready') {
        const { samples, steps, estimate } = planned.plan;
        return { kind: 'ready', samples, steps, estimate, methods: planned.methods };
      }
      const needed = deps.needed(planner.kind);
      shortage ??= { kind: 'not_ready', reason: planned.reason, ...planned.counts, needed };
    }
    if (shortage !== undefined) return shortage;
    const reason = deps.weights === 'off' ? 'weights_off' : 'no_engine';
    const none = { samples: 0, positives: 0, negatives: 0, people: 0 };
    return { kind: 'not_ready', reason, ...none, needed: deps.needed('weights') };
  }

  /** Of the run that concerns a space: after training.scope was changed it may be of another kind than the next one. */
  async function scopeAtHand(spaceId: SpaceId): Promise<PolicyScope> {
    const run = await runConcerning(spaceId, runs, deps.scopeOf);
    return run !== undefined && concernsSpace(run.scope, spaceId) ? run.scope : deps.scopeOf(spaceId);
  }

  /** Whoever asks meanwhile shares the look at all that waits. */
  const looks = new Map<string, Promise<TrainReport['outlook']>>();
  function sharedOutlook(scope: PolicyScope): Promise<TrainReport['outlook']> {
    const key = policyScopeKey(scope);
    const look = looks.get(key) ?? outlookOf(scope).finally(() => looks.delete(key));
    looks.set(key, look);
    return look;
  }

  async function policyAt(spaceId: SpaceId, number: number): Promise<Policy> {
    const policy = await policies.byNumber(number);
    if (policy !== undefined && concernsSpace(policy.scope, spaceId)) return policy;
    throw new AppError(
      'not_found',
      `There is no policy ${number} here. \`policy list\` names those that there are.`,
    );
  }

  async function standing(spaceId: SpaceId): Promise<TrainStanding> {
    const current = await runConcerning(spaceId, runs, deps.scopeOf);
    const serving = desk.servingIn({ kind: 'space', spaceId });
    return {
      scope: deps.scopeOf(spaceId),
      ...(current === undefined ? {} : { current }),
      ...(serving === undefined ? {} : { serving }),
      currency: deps.currency,
    };
  }

  return {
    standing,
    async report(spaceId) {
      const scope = deps.scopeOf(spaceId);
      const [now, window, outlook, isPausedByPerson, spentMicros] = await Promise.all([
        standing(spaceId),
        deps.report(spaceId),
        sharedOutlook(scope),
        runner.isPausedByPerson(scope),
        runs.spentSince(monthStart(clock.now())),
      ]);
      const { verdict } = window;
      const closedBecause = verdict.isOpen ? undefined : barInWords(verdict, spaceId);
      const nextWindow = nextInWords(window, clock.now());
      return {
        ...now,
        weights: deps.weights,
        wording: deps.wording,
        outlook,
        isPausedByPerson,
        ...(closedBecause === undefined ? {} : { closedBecause }),
        ...(nextWindow === undefined ? {} : { nextWindow }),
        spentMicros,
        ...(deps.capMicros === undefined ? {} : { capMicros: deps.capMicros }),
      };
    },
    now: async (spaceId, by) => runner.now(await scopeAtHand(spaceId), by),
    pause: (spaceId, by) => runner.pause(deps.scopeOf(spaceId), by),
    resume: (spaceId, by) => runner.resume(deps.scopeOf(spaceId), by),
    cancel: async (spaceId, by) => runner.cancel(await scopeAtHand(spaceId), by),
    history: async (spaceId, limit) =>
      (await runs.list(looked)).filter(({ scope }) => concernsSpace(scope, spaceId)).slice(0, limit),
    async run(spaceId, number) {
      const run = await runs.byNumber(number);
      if (run === undefined || !concernsSpace(run.scope, spaceId)) return undefined;
      const [steps, samples, candidate] = await Promise.all([
        runs.steps(run.runId),
        runs.samples(run.runId),
        run.candidateId === undefined ? undefined : policies.get(run.candidateId),
      ]);
      return {
        run,
        steps,
        samples,
        currency: deps.currency,
        ...(candidate === undefined ? {} : { candidate }),
      };
    },
    policies: async (spaceId, limit) =>
      (await policies.list(looked)).filter(({ scope }) => concernsSpace(scope, spaceId)).slice(0, limit),
    async policy(spaceId, number) {
      const policy = await policies.byNumber(number);
      return policy !== undefined && concernsSpace(policy.scope, spaceId) ? policy : undefined;
    },
    async promote(spaceId, number, by) {
      await policyAt(spaceId, number);
      return desk.promote(number, by);
    },
    rollback: (spaceId, number, by) =>
      desk.rollback(servingScope(desk, spaceId) ?? deps.scopeOf(spaceId), number, by),
    async pin(spaceId, number, isPinned, by) {
      await policyAt(spaceId, number);
      return desk.pin(number, isPinned, by);
    },
    chart: (chart) => deps.chart.trainingRun(chart),
  };
}

/** The run at hand of a space, or one of another place which keeps the space's own from beginning. */
export async function runConcerning(
  spaceId: SpaceId,
  runs: Pick<RunStore, 'allUnfinished'>,
  scopeOf: TrainingToolsDeps['scopeOf'],
): Promise<TrainingRun | undefined> {
  const atHand = await runs.allUnfinished();
  const own = atHand.find(({ scope }) => concernsSpace(scope, spaceId));
  return own ?? atHand.find(({ scope }) => haveCommonSpaces(scope, scopeOf(spaceId)));
}

/** Of what serves a space: its own, or that of all spaces. */
function servingScope(desk: Pick<PolicyDesk, 'servingIn'>, spaceId: SpaceId): PolicyScope | undefined {
  return desk.servingIn({ kind: 'space', spaceId })?.scope;
}

/** When the next window should open, as people say it. */
function nextInWords({ verdict, wallAt }: ScheduleReport, now: number): string | undefined {
  if (verdict.isOpen || verdict.nextAt === undefined) return undefined;
  return momentAndDistance(verdict.nextAt, { now, wallAt });
}
