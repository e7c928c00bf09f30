import type { PreparedSample } from '../run/prepared-sample.ts';
import { requestsOf } from '../run/same-request.ts';

/** A good and a bad answer to one request. */
export interface AnswerPair {
  readonly preferred: PreparedSample;
  readonly other: PreparedSample;
}

/** Answers by request, in the order of their first ones. */
function byRequest(samples: readonly PreparedSample[]): readonly (readonly PreparedSample[])[] {
  const requests = requestsOf(samples.map(({ turn }) => turn));
  return [...Map.groupBy(samples, ({ turn }) => requests.of(turn.turnId)).values()];
}

/**
 * Pairs of answers to one request of which one was found good and the other bad: the best with the worst, then the next. An
 * answer is in one pair at most. What the same request is `createRequests` says.
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
