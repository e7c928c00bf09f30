import type { ActivityProfile } from '../domain/activity-profile.ts';
import type { SpaceId } from '../domain/ids.ts';

export interface StoredActivity {
  readonly spaceId: SpaceId;
  readonly profile: ActivityProfile;
  /** Events of the quarter under way, and which it is; absent where there were none. */
  readonly open?: { readonly quarter: number; readonly events: number };
  /** Whether others than one person in a direct chat may be there; true where that is not known. */
  readonly isShared: boolean;
}

/** How busy spaces are. Durability and errors as in `InboxStore`; a row that cannot be read is left out and logged. */
export interface ActivityStore {
  list(): Promise<readonly StoredActivity[]>;
  save(activity: StoredActivity): Promise<void>;
  /** Forgets all of a space. Unknown and repeated are fine. */
  remove(spaceId: SpaceId): Promise<void>;
}
