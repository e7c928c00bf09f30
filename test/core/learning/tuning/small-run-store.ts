import { AppError } from '../../../../core/domain/app-error.ts';
import type { RunSample, RunStep, TrainingRun } from '../../../../core/domain/training-run.ts';
import type { ProviderDriverDeps } from '../../../../core/learning/tuning/provider-driver.ts';

/** One run as a store keeps it, as far as a provider's driver uses it, as strict as the port says. */
export interface SmallRunStore {
  readonly runs: ProviderDriverDeps['runs'];
  run(): TrainingRun;
  steps(): readonly RunStep[];
  samples(): readonly RunSample[];
}

export function createSmallRunStore(first: TrainingRun, planned: readonly RunSample[]): SmallRunStore {
  let run = first;
  let samples = [...planned];
  const steps = new Map<number, RunStep>();

  function change(turnIds: readonly string[] | undefined, from: string[], to: Partial<RunSample>): void {
    samples = samples.map((sample) =>
      from.includes(sample.status) && (turnIds?.includes(sample.turnId) ?? true)
        ? { ...sample, ...to }
        : sample,
    );
  }

  return {
    run: () => run,
    steps: () => [...steps.values()],
    samples: () => samples,
    runs: {
      get: async () => run,
      samples: async () => samples,
      steps: async () => [...steps.values()],
      async claim(_runId, step, at) {
        const begun = steps.get(step);
        if (begun !== undefined && begun.state !== 'begun') throw new AppError('conflict', 'It has ended.');
        if (begun === undefined) {
          steps.set(step, { step, state: 'begun', metrics: {}, startedAt: at });
          change(undefined, ['leased'], { status: 'claimed' });
        }
        return samples.filter(({ status }) => status === 'claimed');
      },
      async leaveOut(_runId, turnIds, reason) {
        change(turnIds, ['leased', 'claimed'], { status: 'left_out', reason });
      },
      async finishStep(_runId, step) {
        if (steps.get(step.step)?.state !== 'begun') throw new AppError('conflict', 'It has not begun.');
        steps.set(step.step, step);
        if (step.state === 'done') change(undefined, ['claimed'], { status: 'trained' });
        else
          change(undefined, ['claimed'], {
            status: 'left_out',
            ...(step.reason !== undefined && { reason: step.reason }),
          });
      },
      async setProgress(_runId, progress) {
        run = { ...run, progress };
      },
      async reserve(_runId, cost, _since, capMicros) {
        const micros = run.spend.micros + cost.micros;
        if (capMicros !== undefined && micros > capMicros) return false;
        run = {
          ...run,
          spend: { calls: run.spend.calls + 1, tokens: run.spend.tokens + cost.tokens, micros },
        };
        return true;
      },
      async refund(_runId, cost) {
        const { calls, tokens, micros } = run.spend;
        run = {
          ...run,
          spend: { calls: calls - 1, tokens: tokens - cost.tokens, micros: micros - cost.micros },
        };
      },
    },
  };
}
