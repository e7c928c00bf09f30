import { AppError } from '../../../core/domain/app-error.ts';
import type { SpaceId } from '../../../core/domain/ids.ts';
import type { ActivityStore, StoredActivity } from '../../../core/ports/activity-store.ts';

export interface MemoryActivityStore extends ActivityStore {
  /** Every call from now on rejects with this; undefined: works again. */
  failWith(error: Error | undefined): void;
  /** Every save that was asked for, in order, failed or not. */
  readonly saves: readonly StoredActivity[];
  stored(spaceId: SpaceId): StoredActivity | undefined;
}

export function createMemoryActivityStore(before: readonly StoredActivity[] = []): MemoryActivityStore {
  const known = new Map(before.map((activity) => [activity.spaceId, activity]));
  const saves: StoredActivity[] = [];
  let failure: Error | undefined;

  return {
    saves,
    failWith(error) {
      failure = error;
    },
    stored: (spaceId) => known.get(spaceId),
    list: async () => {
      if (failure !== undefined) throw failure;
      return structuredClone([...known.values()]);
    },
    save: async (activity) => {
      saves.push(activity);
      if (failure !== undefined) throw failure;
      const { events, quarters, active, atRisk, broken, calibration } = activity.profile;
      const bins = calibration.flatMap(({ forecasts, said, quiet }) => [forecasts, said, quiet]);
      const counts = [events, quarters, active, atRisk, broken, bins].flat();
      if (!counts.every((count) => Number.isFinite(count) && count >= 0)) {
        throw new AppError('invalid_input', 'The activity of a space holds a number that is no count.');
      }
      known.set(activity.spaceId, structuredClone(activity));
    },
    remove: async (spaceId) => {
      if (failure !== undefined) throw failure;
      known.delete(spaceId);
    },
  };
}
