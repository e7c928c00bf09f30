import type { Turn } from '../../../domain/turn.ts';
import { type Answering, requestsOf } from '../same-request.ts';

/** What of a sample says whether another one answers the same request. */
export interface PairableAnswer {
  readonly turn: Answering & Pick<Turn, 'replyText'>;
  /** Above 0: people liked it. Below: they did not. */
  readonly value: number;
}

export interface AnswerPair<Kind extends PairableAnswer> {
  readonly chosen: Kind;
  readonly rejected: Kind;
}

export interface PairedBatch<Kind extends PairableAnswer> {
  readonly pairs: readonly AnswerPair<Kind>[];
  /** In the order given. */
  readonly unpaired: readonly Kind[];
}

/**
 * A liked answer and a disliked one to the same request (`createRequests`), each in one pair at most. The same words liked
 * here and disliked there are no pair: nothing in them was preferred. An answer is paired with the one that it took the place of
 * before others, else the first of the batch with the first.
 */
export function pairsOf<Kind extends PairableAnswer>(batch: readonly Kind[]): PairedBatch<Kind> {
  const requests = requestsOf(batch.map(({ turn }) => turn));
  const pairs: AnswerPair<Kind>[] = [];
  const paired = new Set<Kind>();
  const pair = (isNear: (one: Kind, other: Kind) => boolean): void => {
    for (const chosen of batch.filter(({ value }) => value > 0)) {
      if (paired.has(chosen)) continue;
      const request = requests.of(chosen.turn.turnId);
      const rejected = batch.find(
        (one) =>
          isRival(chosen, one) &&
          !paired.has(one) &&
          requests.of(one.turn.turnId) === request &&
          isNear(chosen, one),
      );
      if (rejected === undefined) continue;
      pairs.push({ chosen, rejected });
      paired.add(chosen).add(rejected);
    }
  };
  pair(({ turn }, { turn: other }) => isRetry(turn, other));
  pair(() => true);
  return { pairs, unpaired: batch.filter((one) => !paired.has(one)) };
}

function isRival({ turn }: PairableAnswer, other: PairableAnswer): boolean {
  return other.value < 0 && other.turn.replyText !== turn.replyText;
}

function isRetry(one: PairableAnswer['turn'], other: PairableAnswer['turn']): boolean {
  return one.retryOf === other.turnId || other.retryOf === one.turnId;
}
