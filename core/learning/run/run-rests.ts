import type { RunId } from '../../domain/policy.ts';
import type { Clock } from '../../ports/clock.ts';

/** Until when runs are left alone. */
export interface RunRests {
  /** For so many milliseconds; with `change` also no longer than until something changes that may let it go on. */
  rest(runId: RunId, durationMs: number, until: 'time' | 'change'): void;
  /** 0 where it may go on. */
  leftMs(runId: RunId): number;
  wake(runId: RunId): void;
  /** Something has changed: windows, what people have paused. */
  changed(): void;
  /** These alone are unfinished. */
  keepOnly(runIds: readonly RunId[]): void;
  /** When the next one has rested; infinite where none rests. */
  soonestMs(): number;
}

interface Rest {
  /** By `monotonicMs`. */
  readonly untilMs: number;
  readonly until: 'time' | 'change';
}

export function createRunRests(clock: Pick<Clock, 'monotonicMs'>): RunRests {
  const resting = new Map<RunId, Rest>();
  const leftOf = ({ untilMs }: Rest): number => Math.max(0, untilMs - clock.monotonicMs());

  return {
    rest: (runId, durationMs, until) =>
      void resting.set(runId, { untilMs: clock.monotonicMs() + durationMs, until }),
    leftMs(runId) {
      const rest = resting.get(runId);
      return rest === undefined ? 0 : leftOf(rest);
    },
    wake: (runId) => void resting.delete(runId),
    changed() {
      for (const [runId, { until }] of resting) if (until === 'change') resting.delete(runId);
    },
    keepOnly(runIds) {
      const kept = new Set(runIds);
      for (const runId of resting.keys()) if (!kept.has(runId)) resting.delete(runId);
    },
    soonestMs: () => Math.min(...[...resting.values()].map(leftOf)),
  };
}
