import type { JudgeScore, JudgeVote } from './judge-parse.ts';
import type { NextKind } from './judge-prompt.ts';

/** What several votes come to. */
export interface Verdict {
  /** Absent: missing. A majority of 0 is 0. */
  readonly score?: JudgeScore;
  /** What the person did next; absent without a majority, or where the majority saw nothing. */
  readonly next?: { readonly kind: Exclude<NextKind, 'none'>; readonly quote?: string };
}

/** Fewer valid votes make no verdict. */
export const leastVotes = 2;

/** More than half of the valid votes, of which there must be two, decide; score and reading apart from each other. */
export function verdictOf(votes: readonly JudgeVote[]): Verdict {
  if (votes.length < leastVotes) return {};
  const score = majority(votes.map((vote) => vote.score));
  const kind = majority(votes.map((vote) => vote.next.kind));
  const quote = votes.find(({ next }) => next.kind === kind && next.quote !== undefined)?.next.quote;
  return {
    ...(score === undefined ? {} : { score }),
    ...(kind === undefined || kind === 'none'
      ? {}
      : { next: { kind, ...(quote === undefined ? {} : { quote }) } }),
  };
}

function majority<T>(values: readonly T[]): T | undefined {
  return values.find((value) => values.filter((other) => other === value).length * 2 > values.length);
}
