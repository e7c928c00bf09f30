import type { TurnId } from '../../../core/domain/ids.ts';
import type { Turn } from '../../../core/domain/turn.ts';
import type { EvidenceStore } from '../../../core/ports/evidence-store.ts';

export interface MemoryEvidenceStore extends EvidenceStore {
  /** Turns that were settled as support, or with a good reward. The same turn again replaces it. */
  addFailure(...turns: readonly Turn[]): void;
  addSuccess(...turns: readonly Turn[]): void;
  /** A skill was made from them: they are failures to learn from no longer. */
  consume(turns: readonly TurnId[]): void;
}

const newestFirst = (a: Turn, b: Turn): number => b.startedAt - a.startedAt || (a.turnId < b.turnId ? 1 : -1);

/** Settled turns in memory. */
export function createMemoryEvidenceStore(): MemoryEvidenceStore {
  const failures = new Map<TurnId, Turn>();
  const successes = new Map<TurnId, Turn>();
  return {
    addFailure(...turns) {
      for (const turn of turns) failures.set(turn.turnId, structuredClone(turn));
    },
    addSuccess(...turns) {
      for (const turn of turns) successes.set(turn.turnId, structuredClone(turn));
    },
    consume(turns) {
      for (const turn of turns) failures.delete(turn);
    },
    spacesWithFailures: async () => [
      ...new Set([...failures.values()].map(({ conversation }) => conversation.spaceId)),
    ],
    async failures(spaceId, limit) {
      const ofSpace = [...failures.values()].filter(({ conversation }) => conversation.spaceId === spaceId);
      return structuredClone(ofSpace.toSorted(newestFirst).slice(0, limit));
    },
    async successes(spaceId, limit, askerId) {
      const found = [...successes.values()].filter(
        (turn) =>
          turn.conversation.spaceId === spaceId &&
          !turn.isHoldOut &&
          (askerId === undefined || turn.askerId === askerId),
      );
      return structuredClone(found.toSorted(newestFirst).slice(0, limit));
    },
  };
}
