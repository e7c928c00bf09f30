import type { RunId } from '../../domain/policy.ts';
import type { Clock } from '../../ports/clock.ts';
import type { TrainableModel } from '../../ports/trainer.ts';
import type { MakeAlone } from './alone-gate.ts';
import { briefly } from './briefly.ts';

/** Models that have a place at the engine; one of them is held for a run. */
export interface HeldModels {
  /**
   * That of a run which is driven, or that paused in this process, where it stands at this checkpoint of it; `undefined`: at none. Another
   * instance may have trained on from there meanwhile.
   */
  of(runId: RunId, checkpoint: string | undefined): TrainableModel | undefined;
  hold(runId: RunId, model: TrainableModel, checkpoint: string | undefined): void;
  /** What is held has moved on to another checkpoint. */
  stands(checkpoint: string | undefined): void;
  /** One that nobody needs any more. */
  leave(model: TrainableModel): void;
  /** Nobody needs what is held either; with `of` where it is that run's. Gives all their places back, once `halted` has not fired. Never rejects. */
  letGo(halted?: AbortSignal, of?: RunId): Promise<void>;
}

interface Held {
  readonly runId: RunId;
  readonly model: TrainableModel;
  readonly checkpoint: string | undefined;
}

/** With `alone` places are given back while the engine does nothing else. */
export function createHeldModels(clock: Pick<Clock, 'after'>, alone?: MakeAlone): HeldModels {
  let held: Held | undefined;
  const left = new Set<TrainableModel>();
  return {
    of: (runId, checkpoint) =>
      held?.runId === runId && held.checkpoint === checkpoint ? held.model : undefined,
    hold(runId, model, checkpoint) {
      if (held !== undefined) left.add(held.model);
      held = { runId, model, checkpoint };
    },
    stands(checkpoint) {
      if (held !== undefined) held = { ...held, checkpoint };
    },
    leave: (model) => void left.add(model),
    async letGo(halted, of) {
      if (held !== undefined && (of === undefined || held.runId === of)) {
        left.add(held.model);
        held = undefined;
      }
      for (const model of [...left]) {
        if (halted?.aborted === true) return;
        left.delete(model);
        await briefly(clock, (cut) =>
          alone === undefined ? model.unload(cut) : alone(() => model.unload(cut), cut),
        );
      }
    },
  };
}
