import type { Turn } from '../../domain/turn.ts';
import type { PreparedSample } from '../run/prepared-sample.ts';

/** A good and a bad answer to one request. */
export interface AnswerPair {
  readonly preferred: PreparedSample;
  readonly other: PreparedSample;
}

/** Turns with a name in common answered the same request. The words are part of each: an edited request is another one. */
function requestNames(turn: Turn): readonly [string, ...string[]] {
  const { turnId, retryOf, requestRefs, requestText, promptHash, conversationKey } = turn;
  const named = (...parts: readonly string[]): string => JSON.stringify([...parts, requestText]);
  return [
    named('turn', turnId),
    ...(retryOf === undefined ? [] : [named('turn', retryOf)]),
    ...requestRefs.map(({ platform, channelId, messageId }) =>
      named('message', platform, channelId, messageId),
    ),
    ...(promptHash === '' ? [] : [named('prompt', conversationKey, promptHash)]),
  ];
}

/** Answers by request, in the order of their first ones. */
function byRequest(samples: readonly PreparedSample[]): readonly (readonly PreparedSample[])[] {
  const above = new Map<string, string>();
  const topOf = (name: string): string => {
    let top = name;
    for (let next = above.get(top); next !== undefined; next = above.get(top)) top = next;
    return top;
  };
  for (const { turn } of samples) {
    const [own, ...others] = requestNames(turn);
    for (const name of others) {
      const [top, ownTop] = [topOf(name), topOf(own)];
      if (top !== ownTop) above.set(top, ownTop);
    }
  }
  return [...Map.groupBy(samples, ({ turn }) => topOf(requestNames(turn)[0])).values()];
}

/**
 * Pairs of answers to one request of which one was found good and the other bad: the best with the worst, then the next. An
 * answer is in one pair at most. The same request is the same message of a person, one answered again, or the same
 * prompt to the letter in one conversation; the same words said once more are another request.
 */
export function answerPairs(samples: readonly PreparedSample[]): readonly AnswerPair[] {
  const counted = samples.filter(({ weight }) => weight > 0);
  return byRequest(counted).flatMap((answers) => {
    const good = inOrder(answers.filter(({ value }) => value > 0));
    const bad = inOrder(answers.filter(({ value }) => value < 0)).toReversed();
    return good.flatMap((preferred, at) => {
      const other = bad[at];
      const isTelling =
        other !== undefined && other.turn.replyText.trim() !== preferred.turn.replyText.trim();
      return isTelling ? [{ preferred, other }] : [];
    });
  });
}

/** The best first; of equals by turn, so that the order in which they came does not matter. */
function inOrder(answers: readonly PreparedSample[]): readonly PreparedSample[] {
  return answers.toSorted((a, b) => b.value - a.value || (a.turnId < b.turnId ? -1 : 1));
}
