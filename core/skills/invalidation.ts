import type { Invalidation, LibraryStore } from '../ports/library-store.ts';
import type { SampleStore, WaitingSample } from '../ports/sample-store.ts';
import { audienceOfTurn, reaches } from './audience.ts';
import { ranksByMeaning, type VectorsByText } from './retrieval-modes.ts';
import { chooseSkills, type RetrievalSettings } from './retrieve-skills.ts';
import type { ShelfSlot, Shelves } from './shelves.ts';
import { samplesToDrop, wasGiven } from './stale-samples.ts';

export interface InvalidatorDeps {
  readonly samples: Pick<SampleStore, 'waiting'>;
  readonly store: Pick<LibraryStore, 'history'>;
  readonly settings: RetrievalSettings;
  readonly vectors: VectorsByText;
  readonly mode: Invalidation['mode'];
  readonly yieldNow: () => Promise<void>;
}

/** Tells which samples the library has left behind. Rejects as the stores do. */
export interface Invalidator {
  /** What a change of these slots drops. `there`: shelves that hold what can be retrieved before it. */
  by(slots: readonly ShelfSlot[], generation: number, there: () => Shelves): Promise<Invalidation>;
  /** As `SkillLibrary.isStale`. */
  isStale(turn: WaitingSample, generation: number, shelves: Shelves): Promise<boolean>;
}

/** Each look makes the changed entries anew: the more there are, the more samples share it. */
const samplesAtOnce = 200;
const samplesPerEntry = 4;
const eventsLookedAt = 1_000;

export function createInvalidator(deps: InvalidatorDeps): Invalidator {
  const { samples, store, settings, vectors, mode, yieldNow } = deps;

  function isGivenStill(sample: WaitingSample, shelves: Shelves): boolean {
    const audience = audienceOfTurn(sample);
    const { chosen } = chooseSkills(sample.requestText, audience, undefined, settings, shelves, vectors);
    return wasGiven(
      sample,
      chosen.map(({ skill }) => skill),
    );
  }

  /** Whether anything that a turn can be given has changed after its generation. */
  async function isReachedSince(turn: WaitingSample): Promise<boolean> {
    const events = await store.history(eventsLookedAt);
    const since = events.filter(({ generation }) => generation > turn.generation);
    const isWhole = since.length < events.length || events.length < eventsLookedAt;
    const audience = audienceOfTurn(turn);
    return !isWhole || since.some(({ after }) => reaches(after.scope, audience));
  }

  return {
    async by(slots, generation, there) {
      if (mode === 'strict') return { mode };
      const turns = await samplesToDrop({
        samples,
        generation,
        scopes: slots.map(({ scope }) => scope),
        atOnce: samplesAtOnce + samplesPerEntry * slots.length,
        differing: (found) =>
          ranksByMeaning(settings.mode)
            ? found
            : there().trying(slots, () => found.filter((sample) => !isGivenStill(sample, there()))),
        yieldNow,
      });
      return { mode, turns };
    },
    async isStale(turn, generation, shelves) {
      if (turn.generation >= generation) return false;
      if (mode === 'strict') return true;
      return ranksByMeaning(settings.mode) ? isReachedSince(turn) : !isGivenStill(turn, shelves);
    },
  };
}
