import { AppError, toAppError } from '../../domain/app-error.ts';
import type { Platform } from '../../domain/ids.ts';
import type { ModelUsage } from '../../domain/model.ts';
import type { ReplayEvidence, ReplayTally } from '../../domain/proposal.ts';
import type { Skill, SkillScope } from '../../domain/skill.ts';
import { draftsOf, type SkillOperation, targetsOf } from '../../domain/skill-operation.ts';
import type { Turn } from '../../domain/turn.ts';
import { isAboutTheWords, within } from '../../feedback/timed-call.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { ModelPort } from '../../ports/model.ts';
import { timedWords } from '../evolver/ask-model.ts';
import type { CostMeter } from '../evolver/cost-meter.ts';
import type { EvolverLibrary } from '../evolver/evolver-library.ts';
import { tellingTerms } from '../evolver/failure.ts';
import { queryText } from '../query-text.ts';
import { type Comparison, comparePair } from './pairwise-judge.ts';

/** A skill as it stands in the block of a prompt. */
export interface ReplaySkill {
  readonly name: string;
  readonly version: number;
  readonly body: string;
}

/** An answer as it would be with these skills; or why the turn cannot be played again; or the model's failure. */
export type ReplayAnswer =
  | { readonly kind: 'answer'; readonly text: string; readonly usage?: ModelUsage }
  | { readonly kind: 'left_out'; readonly reason: string }
  | { readonly kind: 'failed'; readonly error: AppError };

export interface ReplayDeps {
  /** Answers a turn's request again, as those who serve people would. Must heed its signal. */
  readonly answer: (turn: Turn, skills: readonly ReplaySkill[], signal: AbortSignal) => Promise<ReplayAnswer>;
  /** Platforms whose prompts are not put together here: their turns are passed over, and no call is spent on them. @default none */
  readonly foreignPlatforms?: readonly Platform[];
  readonly judge: ModelPort;
  readonly library: Pick<EvolverLibrary, 'at' | 'version'>;
  readonly clock: Pick<Clock, 'after'>;
  readonly ids: Pick<Ids, 'code' | 'digest'>;
  /** How long one call may take. */
  readonly timeoutMs: number;
  /** Takes calls from the day's budget; false where it has no more. */
  readonly reserve: (calls: number) => Promise<boolean>;
  readonly meter: CostMeter;
}

/** A failing turn that the draft is tried on. */
export interface ReplayFailure {
  readonly turn: Turn;
  /** What people said of the answer it got. */
  readonly hints: readonly string[];
}

export interface ReplayTask {
  readonly scope: SkillScope;
  readonly operation: SkillOperation;
  readonly failures: readonly ReplayFailure[];
  /** Good answers of the same scope, the preferred first where they come near the draft equally. */
  readonly successes: readonly Turn[];
  /** What weakens the verdict whatever it is. */
  readonly weakBecause: readonly string[];
}

/** `failed`: a model did not answer; nothing is known yet. */
export type ReplayEnd =
  | { readonly kind: 'evidence'; readonly evidence: ReplayEvidence }
  | { readonly kind: 'failed'; readonly error: AppError }
  | { readonly kind: 'stopped' };

const mostSuccesses = 10;
/** Turns that cannot be played again are passed over, up to so many looked at. */
const successesTried = 20;
const leastSuccesses = 3;
/** One loss in so many good answers is borne. */
const successesALoss = 10;
const markChars = 16;

const noTally: ReplayTally = { wins: 0, ties: 0, losses: 0 };

/** Nothing was replayed. */
export function noReplay(weakBecause: readonly string[]): ReplayEvidence {
  return { verdict: 'none', failures: noTally, successes: noTally, weakBecause, leftOut: {} };
}

/**
 * Answers with the change against answers without it: first on the failures, then on up to ten good answers, those first
 * that the draft would be shown for. Ends as soon as it has failed, and with what there is where the day's budget ends. A
 * retirement is not replayed. Rejects only where a store does.
 */
export async function replay(task: ReplayTask, deps: ReplayDeps, signal: AbortSignal): Promise<ReplayEnd> {
  if (task.operation.op === 'retire') return { kind: 'evidence', evidence: noReplay(task.weakBecause) };
  const leftOut: Record<string, number> = {};
  const failures = { ...noTally };
  const successes = { ...noTally };
  const evidence = (): ReplayEnd => ({
    kind: 'evidence',
    evidence: {
      verdict: verdictOf(failures, successes),
      failures: { ...failures },
      successes: { ...successes },
      weakBecause: task.weakBecause,
      leftOut: { ...leftOut },
    },
  });

  const isForeign = ({ conversation }: Turn): boolean =>
    deps.foreignPlatforms?.includes(conversation.platform) === true;
  const foreign = [...task.failures.map(({ turn }) => turn), ...task.successes].filter(isForeign);
  if (foreign.length > 0) leftOut['foreign_prompt'] = foreign.length;
  for (const { turn, hints } of task.failures.filter((failure) => !isForeign(failure.turn))) {
    const end = await compare(turn, hints, task, deps, signal);
    if (end.kind === 'failed' || end.kind === 'stopped') return end;
    if (end.kind === 'no_budget') return outOfBudget();
    count(end, failures, leftOut);
    if (failures.losses > 0) return evidence();
  }
  const successful = task.successes.filter((turn) => !isForeign(turn));
  for (const turn of nearest(successful, task.operation).slice(0, successesTried)) {
    if (judged(successes) === mostSuccesses) break;
    const end = await compare(turn, [], task, deps, signal);
    if (end.kind === 'failed' || end.kind === 'stopped') return end;
    if (end.kind === 'no_budget') return outOfBudget();
    count(end, successes, leftOut);
    if (successes.losses > mostSuccesses / successesALoss) break;
  }
  return evidence();

  function outOfBudget(): ReplayEnd {
    leftOut['no_calls_left_today'] = 1;
    return evidence();
  }
}

const judged = ({ wins, ties, losses }: ReplayTally): number => wins + ties + losses;

/**
 * `failed`: worse on a failure it should mend, or on more than one in ten good answers. `passed`: judged on a failure and on
 * three good answers at least. Else too little is known.
 */
export function verdictOf(failures: ReplayTally, successes: ReplayTally): ReplayEvidence['verdict'] {
  const borne = Math.floor(judged(successes) / successesALoss);
  if (failures.losses > 0 || successes.losses > borne) return 'failed';
  return judged(failures) >= 1 && judged(successes) >= leastSuccesses ? 'passed' : 'insufficient';
}

type Compared =
  | Extract<Comparison, { kind: 'judged' | 'no_budget' | 'stopped' }>
  | { readonly kind: 'left_out'; readonly reason: string }
  | { readonly kind: 'failed'; readonly error: AppError };

type Tally = { -readonly [Key in keyof ReplayTally]: number };

function count(
  end: Extract<Compared, { kind: 'judged' | 'left_out' }>,
  tally: Tally,
  leftOut: Record<string, number>,
): void {
  if (end.kind === 'left_out') leftOut[end.reason] = (leftOut[end.reason] ?? 0) + 1;
  else if (end.outcome === 'win') tally.wins += 1;
  else if (end.outcome === 'loss') tally.losses += 1;
  else tally.ties += 1;
}

async function compare(
  turn: Turn,
  hints: readonly string[],
  task: ReplayTask,
  deps: ReplayDeps,
  signal: AbortSignal,
): Promise<Compared> {
  const { withDraft, without } = await skillSets(turn, task, deps.library);
  const texts: string[] = [];
  for (const skills of [withDraft, without]) {
    const answered = await answerWithin(turn, skills, deps, signal);
    if (answered.kind !== 'answer') return answered;
    texts.push(answered.text);
  }
  const [first = '', second = ''] = texts;
  // Nobody needs to be asked which of two equal answers is better.
  if (first === second) return { kind: 'judged', outcome: 'tie' };
  const firstInA = Number.parseInt(deps.ids.digest(`order ${deps.ids.code(markChars)}`).slice(0, 1), 16) < 8;
  const compared = await comparePair(
    { request: turn.requestText, hints },
    first,
    second,
    firstInA,
    { ...deps, model: deps.judge, mark: () => deps.ids.code(markChars) },
    signal,
  );
  if (compared.kind === 'unavailable') return { kind: 'failed', error: compared.error };
  return compared.kind === 'unreadable' ? { kind: 'left_out', reason: 'judge_unreadable' } : compared;
}

async function answerWithin(
  turn: Turn,
  skills: readonly ReplaySkill[],
  deps: ReplayDeps,
  signal: AbortSignal,
): Promise<Exclude<Compared, { kind: 'judged' }> | Extract<ReplayAnswer, { kind: 'answer' }>> {
  if (signal.aborted) return { kind: 'stopped' };
  if (!(await deps.reserve(1))) return { kind: 'no_budget' };
  const answered = await within(deps.clock, deps.timeoutMs, signal, timedWords(deps.timeoutMs), (cut) =>
    deps.answer(turn, skills, cut).catch((thrown: unknown) => toAppError(thrown)),
  );
  if (signal.aborted) return { kind: 'stopped' };
  const ended = answered instanceof AppError ? ({ kind: 'failed', error: answered } as const) : answered;
  if (ended.kind !== 'left_out') deps.meter.add(ended.kind === 'answer' ? ended.usage : undefined);
  if (ended.kind === 'failed' && isAboutTheWords(ended.error)) {
    return { kind: 'left_out', reason: 'refused_by_model' };
  }
  return ended;
}

/**
 * The skills that the turn was given, with the drafts in the place of what they replace, and with that itself. What would
 * be replaced and was not given then stands in the second set all the same: the texts are compared, not whether one is found.
 */
async function skillSets(
  turn: Turn,
  { scope, operation }: ReplayTask,
  library: ReplayDeps['library'],
): Promise<{ readonly withDraft: readonly ReplaySkill[]; readonly without: readonly ReplaySkill[] }> {
  const drafts = draftsOf(operation);
  const targets = targetsOf(operation);
  const old = targets.flatMap((name) => library.at(scope, name) ?? []);
  const isReplaced = ({ name }: Pick<ReplaySkill, 'name'>): boolean =>
    targets.some((target) => target === name) || drafts.some((draft) => draft.name === name);

  const given: Skill[] = [];
  for (const { name, version, contentHash } of turn.skills) {
    const skill = await library.version(name, version, contentHash);
    if (skill !== undefined) given.push(skill);
  }
  // A wider skill whose name the draft takes is what the draft is compared with.
  const overridden = given.filter(
    (skill) => isReplaced(skill) && !old.some(({ name }) => name === skill.name),
  );
  const rest = given.filter((skill) => !isReplaced(skill)).map(asReplayed);
  const place = Math.max(0, given.findIndex(isReplaced));
  const versionOf = (name: string): number => old.find((skill) => skill.name === name)?.version ?? 0;
  const fresh = drafts.map(({ name, body }) => ({ name, version: versionOf(name) + 1, body }));
  const before = [...old, ...overridden].map(asReplayed);
  return { withDraft: rest.toSpliced(place, 0, ...fresh), without: rest.toSpliced(place, 0, ...before) };
}

function asReplayed({ name, version, body }: Skill): ReplaySkill {
  return { name, version, body };
}

/** Those first whose requests share the most telling words with the draft: it would be shown for them. */
function nearest(turns: readonly Turn[], operation: SkillOperation): readonly Turn[] {
  const words = draftsOf(operation).map(({ name, description, triggers, body }) =>
    [name, description, ...triggers, body].join('\n'),
  );
  const terms = tellingTerms(words.join('\n'));
  return turns
    .map((turn) => ({ turn, common: tellingTerms(queryText(turn.requestText)).intersection(terms).size }))
    .toSorted((a, b) => b.common - a.common)
    .map(({ turn }) => turn);
}
