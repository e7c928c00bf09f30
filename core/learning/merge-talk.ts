import {
  type AnswerDatum,
  type DatumRefusal,
  datumOfTalk,
  joined,
  type PlacedAnswer,
  refusalOf,
  type TrainedAnswer,
} from './build-datum.ts';

export interface MergedTalk {
  readonly data: readonly AnswerDatum[];
  /** `turn`: which of those given. They are still read where a later prompt holds them. */
  readonly refused: readonly { readonly turn: number; readonly reason: DatumRefusal }[];
}

/**
 * The turns of one talk, in order, as few datums: as long as a prompt begins with the prompt and answer before it, token by
 * token, both are trained in one pass over their text, each answer with its own advantage and log-probabilities. Else a new
 * datum begins, as where only one of two has log-probabilities.
 */
export function mergeTalk(turns: readonly TrainedAnswer[]): MergedTalk {
  const talks: [PlacedAnswer, ...PlacedAnswer[]][] = [];
  const refused: { turn: number; reason: DatumRefusal }[] = [];
  for (const [turn, answer] of turns.entries()) {
    const reason = refusalOf(answer);
    if (reason !== undefined) {
      refused.push({ turn, reason });
      continue;
    }
    const talk = talks.at(-1);
    const before = talk?.at(-1)?.answer;
    if (talk !== undefined && before !== undefined && continues(answer, before)) talk.push({ answer, turn });
    else talks.push([{ answer, turn }]);
  }
  return { data: talks.map(datumOfTalk), refused };
}

function continues(next: TrainedAnswer, before: TrainedAnswer): boolean {
  if ((next.logprobs === undefined) !== (before.logprobs === undefined)) return false;
  const tokens = joined(before.prompt, before.answer);
  return tokens.every((token, index) => next.prompt[index] === token);
}
