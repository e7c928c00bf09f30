import type { AppError } from '../domain/app-error.ts';
import type { PersonId } from '../domain/ids.ts';
import { standingSignals } from '../domain/reward.ts';
import type { Signal } from '../domain/signal.ts';
import type { Turn } from '../domain/turn.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { JudgeJob, JudgeQueue, JudgeView } from '../ports/judge-queue.ts';
import type { LedgerStore } from '../ports/ledger-store.ts';
import type { Logger } from '../ports/logger.ts';
import type { TurnStore } from '../ports/turn-store.ts';
import { askJudge, type JudgeAskDeps } from './judge-ask.ts';
import type { CalibrationBook } from './judge-calibration.ts';
import { countsForReward, verdictEventId, verdictRows } from './judge-rows.ts';
import { verdictOf } from './judge-vote.ts';
import { type QuietTimes, restartQuietTime } from './settlement.ts';

export interface JudgeLookDeps extends JudgeAskDeps {
  readonly queue: Pick<JudgeQueue, 'done'>;
  readonly turns: Pick<TurnStore, 'get' | 'next'>;
  readonly ledger: Pick<LedgerStore, 'ofTurn' | 'has' | 'append' | 'schedule'>;
  readonly calibrations: CalibrationBook;
  readonly quietTimes: QuietTimes;
  /** Whether everything in a turn's prompt, and the words of these people beside it, may be shown to the judge. */
  readonly mayUse: (turn: Turn, hintAuthors: readonly PersonId[]) => { readonly allowed: boolean };
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'code'>;
  readonly logger: Logger;
  readonly rule: string;
}

/** How a look ended. Only after `seen` the turn no longer waits; `validVotes` is absent where nobody was asked. */
export type LookEnd =
  | { readonly kind: 'seen'; readonly validVotes?: number }
  | { readonly kind: 'unavailable'; readonly error: AppError }
  | { readonly kind: 'no_budget' }
  | { readonly kind: 'stopped' };

const markChars = 16;
const notAsked: LookEnd = { kind: 'seen' };

/**
 * Looks at one turn: asks the judge, writes what it said, opens the reward again where that counts. Rows have ids of
 * their turn, so that a look that a crash cut off can be taken again and doubles none. Rejects with a storage error.
 */
export async function lookAt(
  { turnId, seen }: JudgeJob,
  isProbe: boolean,
  deps: JudgeLookDeps,
  signal: AbortSignal,
): Promise<LookEnd> {
  const { queue, ledger } = deps;
  const turn = await deps.turns.get(turnId);
  if (turn === undefined || !isWhole(turn)) return leave('with_next');
  const following = await deps.turns.next(turnId);
  // A press of Retry is no message: nothing further will be said to this answer, but to the one in its place.
  if (following?.retryOf === turnId && seen.includes('alone')) return leave('with_next');
  const next = following?.retryOf === turnId ? undefined : following;
  if (!deps.mayUse(turn, next === undefined ? [] : [next.askerId]).allowed) return leave('with_next');

  const view = next === undefined ? 'alone' : 'with_next';
  if (seen.includes(view)) return leave(view);
  // A crash came between the rows and the end of the look.
  if (await ledger.has(verdictEventId(turnId, view))) return leave(view);

  const { weight } = await deps.calibrations.of(view);
  const before = await ledger.ofTurn(turnId);
  const material = {
    request: turn.requestText,
    answer: turn.replyText,
    toolOutcomes: toolOutcomes(before),
    ...(next === undefined ? {} : { next: next.requestText }),
  };
  const answer = await askJudge(material, deps.ids.code(markChars), isProbe, deps, signal);
  if (answer.kind !== 'votes') return answer;

  const verdict = verdictOf(answer.votes);
  const rows = verdictRows(verdict, {
    turn,
    view,
    ...(next === undefined ? {} : { next }),
    rows: before,
    weight,
    rule: deps.rule,
    now: deps.clock.now(),
  });
  // Before the rows: a crash among them would leave some that count beside a reward that was settled without them.
  if (countsForReward(rows)) await restartQuietTime(turnId, deps.clock.now(), deps.quietTimes, ledger);
  for (const row of rows) await ledger.append(row);
  await queue.done(turnId, view);
  deps.logger.debug('judge_looked', {
    turnId,
    view,
    votes: answer.votes.length,
    score: verdict.score ?? null,
    next: verdict.next?.kind ?? null,
  });
  return { kind: 'seen', validVotes: answer.votes.length };

  async function leave(as: JudgeView): Promise<LookEnd> {
    await queue.done(turnId, as);
    return notAsked;
  }
}

/** A person's request with its whole answer: anything less says nothing about how good answers are. */
function isWhole({ line, state, requestText, replyText }: Turn): boolean {
  return line === 'main' && state === 'done' && requestText.trim() !== '' && replyText.trim() !== '';
}

function toolOutcomes(rows: readonly Signal[]): readonly string[] {
  return standingSignals(rows)
    .filter(({ kind }) => kind === 'tool')
    .map(({ slot, name }) => `${slot ?? 'tool'}: ${name}`);
}
