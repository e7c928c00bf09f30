import type { RunId } from '../../domain/policy.ts';
import type { Clock } from '../../ports/clock.ts';
import type { TrainableModel } from '../../ports/trainer.ts';
import { briefly } from './briefly.ts';

/** Models that have a place at the engine. */
export interface HeldModels {
  /** That of a run which is driven, or that paused in this process. */
  of(runId: RunId): TrainableModel | undefined;
  hold(runId: RunId, model: TrainableModel): void;
  /** One that nobody needs any more. */
  leave(model: TrainableModel): void;
  /** Nobody needs what is held either. Gives all their places back, once `halted` has not fired. Never rejects. */
  letGo(halted?: AbortSignal): Promise<void>;
}

export function createHeldModels(clock: Pick<Clock, 'after'>): HeldModels {
  let held: { readonly runId: RunId; readonly model: TrainableModel } | undefined;
  const left = new Set<TrainableModel>();
  return {
    of: (runId) => (held?.runId === runId ? held.model : undefined),
    hold(runId, model) {
      if (held !== undefined) left.add(held.model);
      held = { runId, model };
    },
    leave: (model) => void left.add(model),
    async letGo(halted) {
      if (held !== undefined) left.add(held.model);
      held = undefined;
      for (const model of [...left]) {
        if (halted?.aborted === true) return;
        left.delete(model);
        await briefly(clock, (cut) => model.unload(cut));
      }
    },
  };
}
