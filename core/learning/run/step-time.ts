import type { TrainingRun } from '../../domain/training-run.ts';
import type { RunStore } from '../../ports/run-store.ts';

/** How long a step of training weights takes here. */
export interface StepTime {
  /** Milliseconds; 0 until one was measured. */
  ms(): number;
  /** Looks at the latest runs. Where none of them has made a step, it stays as it was. Rejects as the store does. */
  measure(): Promise<void>;
}

/** Attempts that came to nothing leave records too, and there may be many between two runs. */
const recordsLookedAt = 500;
const runsMeasured = 5;

/** The middle one of the steps of the latest runs that trained something: one that was cut off and made again does not stand out. */
export function createStepTime(runs: Pick<RunStore, 'list' | 'steps'>): StepTime {
  let middleMs = 0;

  async function durationsOf({ runId }: TrainingRun): Promise<readonly number[]> {
    return (await runs.steps(runId)).flatMap(({ state, startedAt, endedAt }) =>
      state === 'done' && endedAt !== undefined ? [Math.max(0, endedAt - startedAt)] : [],
    );
  }

  return {
    ms: () => middleMs,
    async measure() {
      const measured: (readonly number[])[] = [];
      for (const run of await runs.list(recordsLookedAt)) {
        // Nothing was ever called for an attempt that did not begin.
        if (run.kind !== 'weights' || run.spend.calls === 0) continue;
        const durations = await durationsOf(run);
        if (durations.length > 0) measured.push(durations);
        if (measured.length === runsMeasured) break;
      }
      const all = measured.flat().toSorted((a, b) => a - b);
      middleMs = all[Math.floor(all.length / 2)] ?? middleMs;
    },
  };
}
