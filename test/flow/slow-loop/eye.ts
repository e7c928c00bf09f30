import type { Clock } from '../../../core/ports/clock.ts';
import type { Invalidation } from '../../../core/ports/library-store.ts';
import type { SkillLibrary } from '../../../core/skills/library.ts';
import type { IdleWindow } from '../../fakes/idle-window.ts';
import { idleCalls } from './engine-door.ts';
import { quietMs } from './limits.ts';
import type { Lineage } from './lineage.ts';
import { staleNow } from './stale-now.ts';
import { numberOfTokens } from './tokens-of-turns.ts';
import { count, type Happened, type Told } from './told.ts';
import type { ClaimWatch, TrainerWatch } from './watched-calls.ts';

/** Sees broken promises as they happen: what can be told at that moment alone. */
export interface Eye {
  readonly trainer: TrainerWatch;
  readonly claims: ClaimWatch;
  /** A request leaves for the engine. */
  request(path: string): void;
  requests(): number;
  /** From now on of another process. */
  born(bot: Watched | undefined): void;
  /** One sentence each. */
  readonly broken: string[];
}

interface Watched {
  readonly window: Pick<IdleWindow, 'closedBecause'>;
  readonly library: Pick<SkillLibrary, 'generation' | 'retrieve'>;
}

export interface EyeDeps {
  readonly told: Told;
  readonly happened: Happened;
  readonly lineage: Lineage;
  readonly invalidation: Invalidation['mode'];
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** Ends what is of no use any more: nothing is learned by it, and nobody's answer waits for it. */
const tidying = new Set(['unload', 'deleteCheckpoint', 'close']);
const tidyingPaths = /\/(?:unload_model|training_runs\/.*|sessions\/.*\/finish)$/;

export function createEye({ told, happened, lineage, invalidation, clock }: EyeDeps): Eye {
  const broken: string[] = [];
  const claims = new Set<string>();
  /** What was no sample of the library any more when it was claimed. */
  const staleClaims = new Set<number>();
  let bot: Watched | undefined;
  let lives = 0;
  /** Calls of this life that the engine has not answered. */
  let underWay = 0;
  let requests = 0;

  function whyClosed(): string | undefined {
    if (told.isPaused) return 'a person has paused it';
    const { spokenAt } = told;
    if (spokenAt !== undefined && clock.monotonicMs() < spokenAt + quietMs) return 'somebody has just spoken';
    return bot?.window.closedBecause();
  }

  return {
    broken,
    trainer: {
      called(method) {
        const why = whyClosed();
        if (why !== undefined && !tidying.has(method)) broken.push(`${method} was called although ${why}`);
        const life = lives;
        underWay += 1;
        return () => {
          if (life === lives) underWay -= 1;
        };
      },
      born: lineage.born,
      trains(batch) {
        for (const { input } of batch) {
          const number = numberOfTokens(input);
          if (staleClaims.has(number)) broken.push(`turn ${number} was stale when it was claimed`);
        }
      },
    },
    claims(run, step, claimed) {
      for (const { turnId } of claimed) {
        const name = `${run} ${step} ${turnId}`;
        if (claims.has(name)) count(happened, 'claimed again');
        claims.add(name);
        const turn = told.turns.find((one) => one.turnId === turnId);
        if (turn === undefined || bot === undefined) broken.push(`${turnId} was claimed and never told`);
        else if (staleNow(turn, bot.library, invalidation)) {
          count(happened, 'stale when claimed');
          staleClaims.add(turn.number);
        } else staleClaims.delete(turn.number);
      }
    },
    request(path) {
      requests += 1;
      if (idleCalls.test(path) || tidyingPaths.test(path) || underWay > 0) return;
      broken.push(`a request to ${path} belongs to no call under way`);
    },
    requests: () => requests,
    born(next) {
      lives += 1;
      underWay = 0;
      bot = next;
    },
  };
}
