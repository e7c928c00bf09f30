import type { Clock, Timer } from '../../core/ports/clock.ts';
import { TOKEN_LIFE_MS } from './interaction-handle.ts';

/** What is known of the answers to one interaction. */
export interface OpenAnswer {
  state: 'open' | 'answered';
  /** "… is thinking" stands there, for whom, and is to become the answer. */
  placeholder: 'private' | 'public' | undefined;
  /** It arrived in this life of the process, so what was not answered here was not answered. */
  isOurs: boolean;
  /** There is no message that it could leave as it is: only a message of its own can stand for the answer. */
  standsAlone: boolean;
  timer: Timer | undefined;
  /** Settles when the last call for it has. */
  tail: Promise<unknown>;
}

export interface RecentAnswers {
  has(handle: { readonly interactionId: string }): boolean;
  /** Kept from the first time that it is asked for. */
  of(handle: { readonly interactionId: string }): OpenAnswer;
}

/** Those that may still be answered, and no more than this. */
const REMEMBERED = 20_000;

export function createRecentAnswers(clock: Clock): RecentAnswers {
  const answers = new Map<string, OpenAnswer & { readonly atMs: number }>();

  function forgetOld(): void {
    for (const [id, { atMs }] of answers) {
      if (clock.monotonicMs() - atMs < TOKEN_LIFE_MS && answers.size < REMEMBERED) return;
      answers.delete(id);
    }
  }

  return {
    has: ({ interactionId }) => answers.has(interactionId),
    of({ interactionId }) {
      const known = answers.get(interactionId);
      if (known !== undefined) return known;
      forgetOld();
      const made = {
        state: 'open' as const,
        placeholder: undefined,
        isOurs: false,
        standsAlone: false,
        timer: undefined,
        tail: Promise.resolve(),
        atMs: clock.monotonicMs(),
      };
      answers.set(interactionId, made);
      return made;
    },
  };
}
