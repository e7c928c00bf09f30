import type { TurnId } from '../../domain/ids.ts';
import type { Turn } from '../../domain/turn.ts';

/** What of a turn tells which request it answered. */
export type Answering = Pick<
  Turn,
  'turnId' | 'retryOf' | 'requestRefs' | 'requestText' | 'promptHash' | 'conversationKey'
>;

export interface Requests {
  /** `words`: those of its request, or what stands for them. @default its `requestText` */
  add(turn: Answering, words?: string): void;
  /** The same for turns that answered one request, in whatever order they were added; `undefined` for one that was not. */
  of(turnId: TurnId): string | undefined;
}

/**
 * Which turns answered one and the same request: the same message of a person, one that was answered again, or the same prompt
 * to the letter in one conversation. The same words alone are no same request: whoever says “go on” twice means two things,
 * and each was answered under a prompt of its own. The words are part of it all the same: after an edit it is another request.
 */
export function createRequests(): Requests {
  const above = new Map<string, string>();
  const topOf = (name: string): string => {
    let top = name;
    for (let next = above.get(top); next !== undefined; next = above.get(top)) top = next;
    // Each name on the way points there from now on, so that no way grows long.
    for (let at = name; at !== top; ) {
      const next = above.get(at) ?? top;
      above.set(at, top);
      at = next;
    }
    return top;
  };
  const ownNames = new Map<TurnId, string>();
  return {
    add(turn, words = turn.requestText) {
      const [own, ...others] = namesOf(turn, words);
      ownNames.set(turn.turnId, own);
      for (const name of others) {
        const [one, other] = [topOf(own), topOf(name)];
        // The least name of all stands for them, whoever came first.
        if (one !== other) above.set(one < other ? other : one, one < other ? one : other);
      }
    },
    of(turnId) {
      const own = ownNames.get(turnId);
      return own === undefined ? undefined : topOf(own);
    },
  };
}

/** The requests of these turns. */
export function requestsOf(turns: readonly Answering[]): Requests {
  const requests = createRequests();
  for (const turn of turns) requests.add(turn);
  return requests;
}

/** Turns with a name in common answered the same request. */
function namesOf(
  { turnId, retryOf, requestRefs, promptHash, conversationKey }: Answering,
  words: string,
): readonly [string, ...string[]] {
  const named = (...parts: readonly string[]): string => JSON.stringify([...parts, words]);
  return [
    named('turn', turnId),
    ...(retryOf === undefined ? [] : [named('turn', retryOf)]),
    ...requestRefs.map(({ platform, channelId, messageId }) =>
      named('message', platform, channelId, messageId),
    ),
    ...(promptHash === '' ? [] : [named('prompt', conversationKey, promptHash)]),
  ];
}
