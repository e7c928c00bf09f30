import { AppError } from '../domain/app-error.ts';
import type { ModelRequest } from '../domain/model.ts';
import type { Clock } from '../ports/clock.ts';
import type { ModelPort } from '../ports/model.ts';
import { type JudgeVote, parseJudgeVote } from './judge-parse.ts';
import { type JudgeMaterial, judgePrompt, judgeResponseFormat } from './judge-prompt.ts';
import { leastVotes } from './judge-vote.ts';
import { isAboutTheWords, wholeText, within } from './timed-call.ts';

export interface JudgeAskDeps {
  readonly model: ModelPort;
  readonly clock: Pick<Clock, 'after'>;
  /** How many votes each look takes. */
  readonly votes: number;
  /** How long one call may take. */
  readonly timeoutMs: number;
  /** Takes calls from the day's budget; false where it has no more. */
  readonly reserve: (calls: number) => Promise<boolean>;
}

/**
 * What came of asking: the valid votes; or that the judge could not be reached and fewer than two votes are there; or
 * that the budget does not allow the question; or that it was stopped.
 */
export type JudgeAnswer =
  | { readonly kind: 'votes'; readonly votes: readonly JudgeVote[] }
  | { readonly kind: 'unavailable'; readonly error: AppError }
  | { readonly kind: 'no_budget' }
  | { readonly kind: 'stopped' };

type Ballot =
  | { readonly kind: 'valid'; readonly vote: JudgeVote }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'unavailable'; readonly error: AppError };

/** A vote is short; a model that thinks first needs more. */
const maxOutputTokens = 2_000;
/** Votes that are all alike by construction would not be several. */
const temperature = 0.7;

/**
 * Asks for all votes at once, each with one retry. With `isProbe` the judge was down: one call goes ahead, without a
 * retry, and the others follow only where it was answered. Never rejects but where the budget cannot be read.
 */
export async function askJudge(
  material: JudgeMaterial,
  mark: string,
  isProbe: boolean,
  deps: JudgeAskDeps,
  signal: AbortSignal,
): Promise<JudgeAnswer> {
  const request: ModelRequest = {
    messages: judgePrompt(material, mark),
    tools: [],
    maxOutputTokens,
    responseFormat: judgeResponseFormat,
    temperature,
  };
  const cast = (): Promise<Ballot> => castBallot(request, material.next, deps, signal);

  const ahead: Ballot[] = [];
  if (isProbe) {
    if (!(await deps.reserve(1))) return { kind: 'no_budget' };
    const first = await cast();
    if (first.kind === 'unavailable') return signal.aborted ? { kind: 'stopped' } : first;
    ahead.push(first);
  }
  const others = deps.votes - ahead.length;
  if (!(await deps.reserve(others))) return { kind: 'no_budget' };
  const ballots = [
    ...ahead,
    ...(await Promise.all(Array.from({ length: others }, () => withRetry(cast, deps, signal)))),
  ];
  if (signal.aborted) return { kind: 'stopped' };
  const votes = ballots.flatMap((ballot) => (ballot.kind === 'valid' ? [ballot.vote] : []));
  const silent = ballots.find((ballot) => ballot.kind === 'unavailable');
  return votes.length < leastVotes && silent !== undefined ? silent : { kind: 'votes', votes };
}

async function withRetry(
  cast: () => Promise<Ballot>,
  deps: JudgeAskDeps,
  signal: AbortSignal,
): Promise<Ballot> {
  const ballot = await cast();
  if (ballot.kind === 'valid' || signal.aborted || !isWorthRetry(ballot)) return ballot;
  if (!(await deps.reserve(1))) return ballot;
  return cast();
}

function isWorthRetry(ballot: Exclude<Ballot, { kind: 'valid' }>): boolean {
  if (ballot.kind === 'invalid') return true;
  const { retryable, retryAfterMs } = ballot.error;
  // Whoever asks for a pause gets it: the turn waits.
  return retryable && retryAfterMs === undefined;
}

async function castBallot(
  request: ModelRequest,
  next: string | undefined,
  deps: JudgeAskDeps,
  signal: AbortSignal,
): Promise<Ballot> {
  const said = await textWithin(request, deps, signal);
  if (said instanceof AppError)
    return isAboutTheWords(said) ? { kind: 'invalid' } : { kind: 'unavailable', error: said };
  const vote = parseJudgeVote(said, next);
  return vote === undefined ? { kind: 'invalid' } : { kind: 'valid', vote };
}

/** The whole text of one call, or why there is none. Ends in time also where the model does not heed its signal. */
async function textWithin(
  request: ModelRequest,
  { model, clock, timeoutMs }: JudgeAskDeps,
  signal: AbortSignal,
): Promise<string | AppError> {
  const words = {
    late: `The judge did not vote within ${timeoutMs / 1000} seconds.`,
    stopped: 'The judge was stopped.',
  };
  const said = await within(clock, timeoutMs, signal, words, (cut) => wholeText(model, request, cut));
  return said instanceof AppError ? said : said.text;
}
