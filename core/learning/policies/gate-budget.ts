import { type CallBudget, createCallBudget } from '../../feedback/call-budget.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SettingsStore } from '../../ports/settings-store.ts';

const scope = 'system';
const key = 'gate-calls';

interface DayCalls {
  readonly day: string;
  readonly calls: number;
}

function isDayCalls(value: unknown): value is DayCalls {
  return (
    typeof value === 'object' &&
    value !== null &&
    'day' in value &&
    typeof value.day === 'string' &&
    'calls' in value &&
    typeof value.calls === 'number'
  );
}

/** The calls that the test of policies may make in a day, over restarts too. */
export function createGateBudget(
  settings: Pick<SettingsStore, 'get' | 'set'>,
  clock: Pick<Clock, 'now'>,
  dailyCalls: number,
): CallBudget {
  async function spend(day: string, calls: number): Promise<number> {
    const stored = await settings.get(scope, key);
    const before = isDayCalls(stored) && stored.day === day ? stored.calls : 0;
    if (calls === 0) return before;
    await settings.set(scope, key, { day, calls: before + calls });
    return before + calls;
  }
  return createCallBudget({ queue: { spend }, clock, dailyCalls });
}
