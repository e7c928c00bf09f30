import type { RunId } from '../../domain/policy.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RunStore } from '../../ports/run-store.ts';
import { haltError, haltOf, type RunGate } from './run-gate.ts';

export interface SpendGateDeps {
  readonly runs: Pick<RunStore, 'reserve' | 'refund'>;
  readonly clock: Pick<Clock, 'now'>;
  /** What all runs of a calendar month (UTC) may cost, in millionths; `undefined` for any. */
  readonly capMicros: number | undefined;
  /** As `RunGate.beforeStep`. @default nothing */
  readonly beforeStep?: () => Promise<void>;
}

/** When the present calendar month began, UTC, epoch milliseconds. */
export function monthStart(now: number): number {
  const date = new Date(now);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

/** The gate of one run: stops at `halted`, and at the month's budget. Costs are counted before the call, so that no crash forgets one. */
export function createSpendGate(runId: RunId, halted: AbortSignal, deps: SpendGateDeps): RunGate {
  const { runs, clock, capMicros, beforeStep = async () => {} } = deps;
  return {
    halted,
    beforeStep,
    async call(cost, make) {
      if (halted.aborted) throw haltError('paused');
      const fits = await runs.reserve(runId, cost, monthStart(clock.now()), capMicros);
      if (!fits) throw haltError('budget_spent');
      try {
        if (halted.aborted) throw haltError('paused');
        return await make();
      } catch (thrown) {
        // A cost that cannot be given back stays counted: why the run halts is worth more.
        if (haltOf(thrown) !== undefined) await runs.refund(runId, cost).catch(() => undefined);
        throw thrown;
      }
    },
  };
}
