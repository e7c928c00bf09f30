import type { TurnId } from '../domain/ids.ts';
import type { RecordedTurn } from '../ports/turn-store.ts';

/** Anything that holds a turn to be stored. */
interface HoldsTurn {
  readonly recorded: RecordedTurn;
}

/** Turns that wait to be stored, first come first, each once and in its last form. */
export interface WaitingTurns<Waiting extends HoldsTurn> {
  size(): number;
  /** Of all that waits. */
  chars(): number;
  add(one: Waiting): void;
  /** Takes out the first of them, at most so many, and one or no more than so many characters. */
  take(most: number, mostChars: number): readonly Waiting[];
  /** What was taken goes before what came meanwhile; of one turn what came meanwhile stays. */
  putBack(taken: readonly Waiting[]): void;
  /** Takes out all. */
  clear(): readonly Waiting[];
}

export interface WaitingTurnsLimits {
  readonly most: number;
  /** Of all together; one alone may be longer. */
  readonly mostChars: number;
}

/** A number of an engine's takes the room of so many characters of most texts. */
const charsPerNumber = 4;

/** About what a turn takes in memory, in characters. */
function charsOf({ turn, replyText, sampled = [] }: RecordedTurn): number {
  const numbers = sampled.reduce(
    (sum, { prompt, tokens, logprobs }) => sum + prompt.length + tokens.length + (logprobs?.length ?? 0),
    0,
  );
  return turn.requestText.length + replyText.length + numbers * charsPerNumber;
}

/** `lost`: told of each turn that was given up, the oldest first, as there was no room for it. */
export function createWaitingTurns<Waiting extends HoldsTurn>(
  { most, mostChars }: WaitingTurnsLimits,
  lost: (turnId: TurnId) => void,
): WaitingTurns<Waiting> {
  let waiting = new Map<TurnId, Waiting>();
  let chars = 0;

  function takeOut(turnId: TurnId): void {
    const one = waiting.get(turnId);
    if (one === undefined) return;
    waiting.delete(turnId);
    chars -= charsOf(one.recorded);
  }

  function put(one: Waiting): void {
    const { turnId } = one.recorded.turn;
    takeOut(turnId);
    waiting.set(turnId, one);
    chars += charsOf(one.recorded);
  }

  function makeRoom(): void {
    for (const oldest of waiting.keys()) {
      if (waiting.size <= most && (chars <= mostChars || waiting.size === 1)) return;
      takeOut(oldest);
      lost(oldest);
    }
  }

  function clear(): readonly Waiting[] {
    const all = [...waiting.values()];
    waiting = new Map();
    chars = 0;
    return all;
  }

  return {
    size: () => waiting.size,
    chars: () => chars,
    add(one) {
      put(one);
      makeRoom();
    },
    take(many, charsAtOnce) {
      const taken: Waiting[] = [];
      let left = charsAtOnce;
      for (const one of waiting.values()) {
        left -= charsOf(one.recorded);
        if (taken.length === many || (left < 0 && taken.length > 0)) break;
        taken.push(one);
      }
      for (const { recorded } of taken) takeOut(recorded.turn.turnId);
      return taken;
    },
    putBack(taken) {
      const newer = clear();
      const ids = new Set(newer.map(({ recorded }) => recorded.turn.turnId));
      for (const one of taken) if (!ids.has(one.recorded.turn.turnId)) put(one);
      for (const one of newer) put(one);
      makeRoom();
    },
    clear,
  };
}
