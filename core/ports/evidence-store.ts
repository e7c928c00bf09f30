import type { PersonId, SpaceId } from '../domain/ids.ts';
import type { Turn } from '../domain/turn.ts';

/** Turns that skills may be learned from. Durability and errors as in `InboxStore`. */
export interface EvidenceStore {
  /** Spaces with failures that no skill was made from yet, each once. */
  spacesWithFailures(): Promise<readonly SpaceId[]>;
  /** Turns of a space settled for skills as support and not consumed, the newest first, at most `limit`. */
  failures(spaceId: SpaceId, limit: number): Promise<readonly Turn[]>;
  /** Turns of a space settled for skills with a good reward, no hold-outs, the newest first, at most `limit`; of one person where given. */
  successes(spaceId: SpaceId, limit: number, askerId?: PersonId): Promise<readonly Turn[]>;
}
