import { partsOfPath } from './checkpoints.ts';
import type { SlotState } from './sampler.ts';
import { createWeightSlot, type WeightSlot } from './weight-slot.ts';

/** Which models are in training, and which state of them a saved path holds: for engines that keep one state of each. */
export interface SlotRegistry {
  add(modelId: string): WeightSlot;
  remove(modelId: string): void;
  /** The path holds the weights that the slot had at that version. */
  saved(path: string, state: SlotState): void;
  /** Of which state of a living model a path is. */
  stateOf(path: string): SlotState | undefined;
  clear(): void;
}

/** Engines spell the path of one checkpoint in more than one way. */
function canonical(path: string): string {
  if (!path.startsWith('tinker://')) return path;
  const { runId, kind, name } = partsOfPath(path);
  return `${runId}/${kind}/${name}`;
}

export function createSlotRegistry(): SlotRegistry {
  const slots = new Map<string, WeightSlot>();
  const states = new Map<string, SlotState>();
  return {
    add(modelId) {
      const slot = createWeightSlot();
      slots.set(modelId, slot);
      return slot;
    },
    remove(modelId) {
      const slot = slots.get(modelId);
      slots.delete(modelId);
      for (const [path, state] of states) if (state.slot === slot) states.delete(path);
    },
    saved(path, state) {
      states.set(canonical(path), state);
    },
    stateOf(path) {
      const known = states.get(canonical(path));
      if (known !== undefined) return known;
      const slot = path.startsWith('tinker://') ? slots.get(partsOfPath(path).runId) : undefined;
      // Saved by somebody else of a model that trains here: an older state in any case.
      return slot === undefined ? undefined : { slot, version: -1 };
    },
    clear() {
      slots.clear();
      states.clear();
    },
  };
}
