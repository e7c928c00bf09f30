import type { AppError } from '../../../domain/app-error.ts';
import type { ModelRequest } from '../../../domain/model.ts';
import { estimateTokens } from '../../../domain/tokens.ts';
import type { Ids } from '../../../ports/ids.ts';
import { type AskDeps, askModel } from '../../../skills/evolver/ask-model.ts';
import { type CallCost, haltError, type RunGate } from '../run-gate.ts';
import { type GradeTask, gradePrompt, gradeResponseFormat } from './grade-prompt.ts';
import { readGrade, rewardOfGrade } from './read-grade.ts';

/**
 * What an answer is worth. `ungraded`: too few votes could be read. `unavailable`: the judge could not be reached for any vote.
 * `no_budget`: it may not be asked more today.
 */
export type Graded =
  | {
      readonly kind: 'graded';
      /** −1 … 1. */
      readonly reward: number;
    }
  | { readonly kind: 'ungraded' }
  | { readonly kind: 'unavailable'; readonly error: AppError }
  | { readonly kind: 'no_budget' };

/** Rejects with halts (`haltOf`), and where a budget cannot be read. */
export type AnswerGrader = (task: GradeTask) => Promise<Graded>;

export interface AnswerGraderDeps extends AskDeps {
  readonly ids: Pick<Ids, 'code'>;
  /** Of the run that wants the grades: every vote passes it. */
  readonly gate: Pick<RunGate, 'call'>;
  /** What a vote costs the run. */
  readonly costOf: (tokens: { readonly input: number; readonly output: number }) => CallCost;
  /** Ends votes under way, with the process. */
  readonly signal: AbortSignal;
  /** @default 3 */
  readonly votes?: number;
}

/** A vote is short; a model that thinks first needs more. */
const maxOutputTokens = 2_000;
/** Votes that are all alike by construction would not be several. */
const temperature = 0.7;
const markChars = 16;

type Vote =
  | { readonly kind: 'grade'; readonly grade: number }
  | { readonly kind: 'unreadable' }
  | Extract<Graded, { kind: 'unavailable' | 'no_budget' }>;

/**
 * Grades an answer by the mean of several votes of a judge, one after the other, each under a mark of its own. A vote that
 * cannot be read, or does not come, is missing and never a number; with fewer than half of them the answer is ungraded, as
 * one vote of three decides nothing.
 */
export function createAnswerGrader(deps: AnswerGraderDeps): AnswerGrader {
  const { votes = 3, gate, signal } = deps;

  async function vote(task: GradeTask): Promise<Vote> {
    const request: ModelRequest = {
      messages: gradePrompt(task, deps.ids.code(markChars)),
      tools: [],
      maxOutputTokens,
      responseFormat: gradeResponseFormat,
      temperature,
    };
    const input = request.messages.reduce((sum, { text }) => sum + estimateTokens(text), 0);
    const cost = deps.costOf({ input, output: maxOutputTokens });
    const asked = await gate.call(cost, () => askModel(request, deps, signal));
    switch (asked.kind) {
      case 'said': {
        const grade = readGrade(asked.text);
        return grade === undefined ? { kind: 'unreadable' } : { kind: 'grade', grade };
      }
      case 'refused':
        return { kind: 'unreadable' };
      case 'stopped':
        throw haltError('paused');
      default:
        return asked;
    }
  }

  return async (task) => {
    const cast: Vote[] = [];
    while (cast.length < votes) {
      const next = await vote(task);
      if (next.kind === 'no_budget') return next;
      cast.push(next);
    }
    const grades = cast.flatMap((own) => (own.kind === 'grade' ? [own.grade] : []));
    const [first] = cast;
    if (first?.kind === 'unavailable' && cast.every(({ kind }) => kind === 'unavailable')) return first;
    if (grades.length === 0 || grades.length * 2 < votes) return { kind: 'ungraded' };
    return {
      kind: 'graded',
      reward: rewardOfGrade(grades.reduce((sum, own) => sum + own, 0) / grades.length),
    };
  };
}
