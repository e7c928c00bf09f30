import type { SpaceId } from '../../domain/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import { inTurn } from '../../schedule/in-turn.ts';
import type { TakeTurn } from '../../schedule/work-turns.ts';

export interface RunsInTurnDeps {
  readonly take: TakeTurn;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  readonly mayGoOn: () => boolean;
  /** Looks at a space anew and makes at most one run there; false where there was none to make. */
  readonly run: (spaceId: SpaceId) => Promise<boolean>;
  /** Whether the space has more to do; if so, it is added again. */
  readonly lookAgain: (spaceId: SpaceId) => Promise<unknown>;
  readonly logger: Logger;
}

/**
 * Spaces of which the next run waits for its turn: one a turn, first come first served. Where it may not go on, it leaves off until a
 * space is added again.
 */
export interface RunsInTurn {
  /** Again for one that waits is nothing. */
  add(spaceId: SpaceId): void;
  /** Resolves when nothing is under way any more. */
  ended(): Promise<void>;
}

export function createRunsInTurn(deps: RunsInTurnDeps): RunsInTurn {
  const { take, signal, mayGoOn } = deps;
  const waiting = new Set<SpaceId>();
  let working: Promise<void> | undefined;

  /** Resolves with the space in which a run was made. What waits is looked at only now: much may have changed meanwhile. */
  async function runNext(): Promise<SpaceId | undefined> {
    const [spaceId] = waiting;
    if (spaceId === undefined || !mayGoOn()) return undefined;
    waiting.delete(spaceId);
    return (await deps.run(spaceId)) ? spaceId : undefined;
  }

  async function workOff(): Promise<void> {
    try {
      while (waiting.size > 0 && mayGoOn()) {
        const spaceId = await inTurn(take, signal, runNext);
        if (spaceId !== undefined && mayGoOn()) await deps.lookAgain(spaceId);
      }
    } catch (error) {
      if (!signal.aborted) deps.logger.error('evolver_failed', { error });
    }
    // In the same breath as the last look at what waits, or what is added in between would wait for the next.
    working = undefined;
  }

  return {
    add(spaceId) {
      waiting.add(spaceId);
      working ??= workOff();
    },
    async ended() {
      await working;
    },
  };
}
