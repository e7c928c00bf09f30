import { AppError } from '../core/domain/app-error.ts';
import type { Lease } from '../core/ports/lease-store.ts';
import type { RunStore } from '../core/ports/run-store.ts';

/**
 * The runs as the leader may change them: each change is made under the lease of the moment. Whoever leads no more, or wakes too late, is rejected
 * with `conflict`, and nothing has changed.
 */
export function ledRuns(runs: RunStore, lease: () => Lease | undefined): RunStore {
  async function led<T>(change: (fenced: RunStore) => Promise<T>): Promise<T> {
    const held = lease();
    if (held !== undefined) return change(runs.fenced(held));
    throw new AppError('conflict', 'Another instance of the bot looks after training at the moment.', {
      retryable: true,
      details: { reason: 'lease_lost' },
    });
  }

  return {
    ...runs,
    begin: (...given) => led((fenced) => fenced.begin(...given)),
    skip: (...given) => led((fenced) => fenced.skip(...given)),
    claim: (...given) => led((fenced) => fenced.claim(...given)),
    leaveOut: (...given) => led((fenced) => fenced.leaveOut(...given)),
    finishStep: (...given) => led((fenced) => fenced.finishStep(...given)),
    setState: (...given) => led((fenced) => fenced.setState(...given)),
    setProgress: (...given) => led((fenced) => fenced.setProgress(...given)),
    end: (...given) => led((fenced) => fenced.end(...given)),
    endUnreadable: (...given) => led((fenced) => fenced.endUnreadable(...given)),
    reserve: (...given) => led((fenced) => fenced.reserve(...given)),
    refund: (...given) => led((fenced) => fenced.refund(...given)),
  };
}
