import type { ShownRun, TrainNow, TrainReport, TrainTools } from '../../../core/commands/train-tools.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import { spaceId, turnId } from '../../../core/domain/ids.ts';
import { type Policy, policyId, runId } from '../../../core/domain/policy.ts';
import type { RunChart } from '../../../core/domain/run-chart.ts';
import type { RunSample, RunSampleStatus, RunStep, TrainingRun } from '../../../core/domain/training-run.ts';

export const here = { kind: 'space', spaceId: spaceId('fake', 'space-1') } as const;
export const elsewhere = { kind: 'space', spaceId: spaceId('fake', 'space-2') } as const;
const at = 1_800_000_000_000;
const hourMs = 3_600_000;

export function run(number: number, changes: Partial<TrainingRun> = {}): TrainingRun {
  return {
    runId: runId(`run_${number}`),
    number,
    scope: here,
    kind: 'weights',
    methods: ['kto'],
    state: 'done',
    generation: 7,
    plan: {
      steps: 4,
      samples: 128,
      positives: 100,
      negatives: 28,
      people: 7,
      leftOut: {},
      estimate: { calls: 12, tokens: 50_000, micros: 500_000 },
      settings: {},
    },
    spend: { calls: 10, tokens: 40_000, micros: 420_000 },
    startedAt: at - 5 * hourMs,
    endedAt: at - 2 * hourMs,
    ...changes,
  };
}

export function step(number: number, changes: Partial<RunStep> = {}): RunStep {
  return {
    step: number,
    state: 'done',
    metrics: { reward: 0.25, kl: 0.0123, klBase: 0.05, entropy: 0.6, ess: 0.875 },
    startedAt: at - 4 * hourMs,
    ...changes,
  };
}

export function samples(status: RunSampleStatus, count: number, reason?: string): readonly RunSample[] {
  return Array.from({ length: count }, (_, index) => ({
    turnId: turnId(`turn_${status}_${reason}_${index}`),
    revision: 1,
    step: 1,
    value: 1,
    weight: 1,
    baseline: 0,
    status,
    ...(reason === undefined ? {} : { reason }),
  }));
}

export function shown(of: TrainingRun, changes: Partial<ShownRun> = {}): ShownRun {
  return { run: of, steps: [], samples: [], currency: 'USD', ...changes };
}

export function policy(number: number, changes: Partial<Policy> = {}): Policy {
  return {
    policyId: policyId(`policy_${number}`),
    number,
    scope: here,
    version: number,
    source: {
      kind: 'weights',
      baseModel: 'Qwen/Qwen3-8B',
      samplerPath: 'tinker://secret/sampler',
      statePath: 'tinker://secret/state',
    },
    state: 'candidate',
    isPinned: false,
    runId: runId('run_1'),
    evidence: {},
    createdAt: at - 3 * 24 * hourMs,
    since: at - 2 * 24 * hourMs,
    ...changes,
  };
}

export const readyReport: TrainReport = {
  scope: here,
  weights: 'engine',
  wording: true,
  outlook: {
    kind: 'ready',
    samples: 128,
    steps: 4,
    methods: ['kto'],
    estimate: { calls: 12, tokens: 50_000, micros: 500_000 },
  },
  isPausedByPerson: false,
  spentMicros: 1_250_000,
  capMicros: 5_000_000,
  currency: 'USD',
};

export interface FakeTrainToolsOptions {
  readonly report?: Partial<TrainReport>;
  readonly now?: TrainNow;
  readonly isPaused?: boolean;
  readonly cancelled?: TrainingRun;
  readonly runs?: readonly ShownRun[];
  readonly policies?: readonly Policy[];
  readonly rolledBack?: Policy;
  readonly chartFails?: boolean;
  readonly onChart?: (chart: RunChart) => void;
}

/** Effects behind `train` and `policy`: tables, in which a place sees its own and what is everybody's. `told`: each change, a line. */
export function createFakeTrainTools(
  options: FakeTrainToolsOptions,
  told: (call: string) => void,
): TrainTools {
  const seen = <Thing extends Pick<Policy, 'scope'>>(
    things: readonly Thing[],
    space: string,
  ): readonly Thing[] => things.filter(({ scope }) => scope.kind === 'everywhere' || scope.spaceId === space);
  const policyAt = (space: string, number: number): Policy | undefined =>
    seen(options.policies ?? [], space).find((known) => known.number === number);
  const changed = (space: string, number: number, changes: Partial<Policy>): Policy => {
    const found = policyAt(space, number);
    if (found === undefined) throw new AppError('not_found', 'no such policy');
    return { ...found, ...changes };
  };
  return {
    standing: async () => ({ ...readyReport, ...options.report }),
    report: async () => ({ ...readyReport, ...options.report }),
    async now(space, by) {
      told(`now ${space} by ${by}`);
      return options.now ?? { kind: 'began', run: run(9, { state: 'running' }) };
    },
    async pause(space, by) {
      told(`pause ${space} by ${by}`);
      return options.isPaused !== true;
    },
    async resume(space, by) {
      told(`resume ${space} by ${by}`);
      return options.isPaused === true;
    },
    async cancel(space, by) {
      told(`cancel ${space} by ${by}`);
      return options.cancelled;
    },
    history: async (space, limit) =>
      seen(
        (options.runs ?? []).map((known) => known.run),
        space,
      ).slice(0, limit),
    run: async (space, number) =>
      (options.runs ?? []).find(
        (known) => known.run.number === number && seen([known.run], space).length === 1,
      ),
    policies: async (space, limit) => seen(options.policies ?? [], space).slice(0, limit),
    policy: async (space, number) => policyAt(space, number),
    async promote(space, number, by) {
      told(`promote ${number} by ${by}`);
      return changed(space, number, { state: 'serving' });
    },
    async rollback(space, number, by) {
      told(`rollback ${space} ${number} by ${by}`);
      return options.rolledBack;
    },
    async pin(space, number, isPinned, by) {
      told(`pin ${number} ${isPinned} by ${by}`);
      return changed(space, number, { isPinned });
    },
    async chart(chart) {
      options.onChart?.(chart);
      if (options.chartFails === true) throw new AppError('internal', 'no chart');
      return new Uint8Array([1, 2, 3]);
    },
  };
}
