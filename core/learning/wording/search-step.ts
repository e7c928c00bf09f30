import type { AppError } from '../../domain/app-error.ts';
import type { TurnId } from '../../domain/ids.ts';
import type { Ids } from '../../ports/ids.ts';
import { trimmedToTokens } from '../../skills/evolver/trim.ts';
import { evened } from './begin-search.ts';
import { callsOfTrial } from './choose-turns.ts';
import { chooseWording, comparePaired, type DecisionLimits, isWorthTrying } from './decide-wording.ts';
import { frontOf, meanOn } from './pareto-front.ts';
import { planMerge, planMutation, scoresOf } from './plan-newcomer.ts';
import type { RatedTurn } from './rated-turns.ts';
import type { Witness } from './reflection.ts';
import type { SearchCalls } from './search-calls.ts';
import type { Member, Newcomer, SearchState, Trial } from './search-state.ts';
import { type Component, type WordingChange, withChange, wordingKey } from './words-at-hand.ts';

/** What a search goes by beside its state. */
export interface SearchWorld {
  readonly persona: string;
  readonly components: readonly Component[];
  /** All chosen turns that may still be used. */
  readonly turns: ReadonlyMap<TurnId, RatedTurn>;
  readonly calls: SearchCalls;
  /** Why a text may not stand for a component, as `textRefusal` says it. `shown`: what models wrote that it was made from. */
  readonly refusal: (component: Component, text: string, shown: readonly string[]) => string | undefined;
  readonly ids: Pick<Ids, 'digest'>;
  readonly limits: SearchLimits;
}

export interface SearchLimits extends DecisionLimits {
  /** Calls of models, those of the proof included. */
  readonly maxCalls: number;
}

/** `state`: there is more to do. `failed`: a model did not answer. `end`: `winner` is its place in the pool; absent: nothing did better. */
export type SearchStep =
  | { readonly kind: 'state'; readonly state: SearchState }
  | { readonly kind: 'failed'; readonly state: SearchState; readonly error: AppError }
  | { readonly kind: 'end'; readonly winner?: number }
  | { readonly kind: 'too_few' };

const mostMisses = 6;
const mostPool = 10;
const mostProven = 3;
/** Of those near the best on the turns they were made from each may be the best. */
const nearBest = 0.5;
const leastTrain = 3;
const leastSelect = 5;
const excerptTokens = 120;
const mostTriedShown = 3;

/**
 * The next piece of a search: at most one answer with its grade, or one rewording. First the present words on all turns to
 * learn from; then newcomers, each on a few turns and, where it did better there than its parents, on all; at last the best few
 * against the present words on the turns that nothing was made from. Rejects with the gate's halts.
 */
export async function searchStep(state: SearchState, world: SearchWorld): Promise<SearchStep> {
  if (state.train.length < leastTrain || state.select.length < leastSelect) return { kind: 'too_few' };
  const present = state.pool[0];
  if (present === undefined) return { kind: 'too_few' };
  const untried = untriedOf(present, state.train);
  if (untried !== undefined) return tryMember(state, 0, untried, true, world);
  if (state.newcomer !== undefined) return advance(state, state.newcomer, world);
  if (state.shortlist === undefined) {
    return mayGoOn(state, world) ? bringNewcomer(state, world) : toShortlist(state, world);
  }
  for (const index of [0, ...state.shortlist]) {
    const member = state.pool[index];
    const turn = member === undefined ? undefined : untriedOf(member, state.select);
    if (turn !== undefined) return tryMember(state, index, turn, false, world);
  }
  return decide(state, state.shortlist, present, world);
}

const untriedOf = (
  { trials }: Pick<Member, 'trials'>,
  turns: readonly { readonly turnId: TurnId }[],
): TurnId | undefined => turns.find(({ turnId }) => trials[turnId] === undefined)?.turnId;

const proofCalls = ({ select }: SearchState, wordings: number): number =>
  callsOfTrial * select.length * wordings;

/** Whether one newcomer more, tried on everything, leaves enough for the proof. */
function mayGoOn(state: SearchState, { limits }: SearchWorld): boolean {
  if (state.misses >= mostMisses || state.pool.length >= mostPool) return false;
  const needed = 1 + callsOfTrial * state.train.length + proofCalls(state, 2);
  return state.calls + needed <= limits.maxCalls;
}

type Tried =
  | { readonly kind: 'trial'; readonly trial: Trial; readonly calls: number }
  | { readonly kind: 'unusable'; readonly calls: number }
  | { readonly kind: 'failed'; readonly error: AppError; readonly calls: number };

/** One wording on one turn. An answer that another wording gave word for word has its grade. */
async function tryOn(
  state: SearchState,
  changes: readonly WordingChange[],
  turnId: TurnId,
  isTrain: boolean,
  { turns, calls, persona, ids }: SearchWorld,
): Promise<Tried> {
  const rated = turns.get(turnId);
  if (rated === undefined) return { kind: 'unusable', calls: 0 };
  const answered = await calls.answer(rated, persona, changes);
  if (answered.kind !== 'answer') return { ...answered, calls: 1 };
  const text = answered.text.trim();
  const answer = ids.digest(text);
  if (text === '') return { kind: 'trial', trial: { score: 0, answer }, calls: 1 };
  const same = state.pool
    .flatMap(({ trials }) => trials[turnId] ?? [])
    .find((trial) => trial.answer === answer);
  if (same !== undefined) return { kind: 'trial', trial: same, calls: 1 };
  const graded = await calls.grade(rated, text);
  if (graded.kind !== 'grade') return { ...graded, calls: callsOfTrial };
  const { score, feedback } = graded.grade;
  const shown = isTrain ? { excerpt: trimmedToTokens(text, excerptTokens), feedback } : {};
  return { kind: 'trial', trial: { score, answer, ...shown }, calls: callsOfTrial };
}

/** What another wording cannot answer, or no judge can read, is a bad answer: nothing is won by it. */
const noAnswer: Trial = { score: 0, answer: '' };

/** A turn that the present words cannot be tried on tells nothing of any: it leaves the search. */
async function tryMember(
  state: SearchState,
  index: number,
  turnId: TurnId,
  isTrain: boolean,
  world: SearchWorld,
): Promise<SearchStep> {
  const member = state.pool[index];
  if (member === undefined) return { kind: 'too_few' };
  const tried = await tryOn(state, member.changes, turnId, isTrain, world);
  if (tried.kind === 'failed') return failed(state, tried.calls, tried.error);
  const counted = withCalls(state, tried.calls);
  if (tried.kind === 'unusable' && index === 0) {
    return going(evened(withoutTurn(counted, turnId), world.turns));
  }
  const trial = tried.kind === 'trial' ? tried.trial : noAnswer;
  const pool = counted.pool.with(index, { ...member, trials: { ...member.trials, [turnId]: trial } });
  return going({ ...counted, pool });
}

const going = (state: SearchState): SearchStep => ({ kind: 'state', state });

/** A call that was answered ends a row of failures. */
function withCalls(state: SearchState, calls: number): SearchState {
  return { ...state, calls: state.calls + calls, failures: 0 };
}

function failed(state: SearchState, calls: number, error: AppError): SearchStep {
  return {
    kind: 'failed',
    error,
    state: { ...state, calls: state.calls + calls, failures: state.failures + 1 },
  };
}

function withoutTurn(state: SearchState, gone: TurnId): SearchState {
  const isKept = ({ turnId }: { readonly turnId: TurnId }): boolean => turnId !== gone;
  return { ...state, train: state.train.filter(isKept), select: state.select.filter(isKept) };
}

async function bringNewcomer(state: SearchState, world: SearchWorld): Promise<SearchStep> {
  const { ids, turns } = world;
  const merge = planMerge(state, turns, ids.digest);
  if (merge !== undefined) {
    const { changes, batch, draws, parents } = merge;
    const tried = [...state.tried, { digest: ids.digest(wordingKey(changes)) }];
    const newcomer = { changes, trials: {}, batch, parents };
    return going({ ...state, draws, tried, merges: state.merges + 1, newcomer });
  }
  return mutate(state, world);
}

async function mutate(state: SearchState, world: SearchWorld): Promise<SearchStep> {
  const { turns, components, calls, refusal, ids } = world;
  const plan = planMutation(state, turns, components);
  if (plan === undefined) return toShortlist(state, world);
  const { component, batch, parent: place, draws } = plan;
  const parent = state.pool[place];
  if (parent === undefined) return { kind: 'too_few' };
  const old = parent.changes.find((change) => change.component === component.key);
  const text = old?.text ?? component.text;
  const missed = state.tried
    .flatMap((tried) => (tried.missed?.component === component.key ? [tried.missed] : []))
    .slice(-mostTriedShown);
  const witnesses = batch.flatMap((turnId) => witnessOf(turns.get(turnId), parent.trials[turnId]));
  const said = await calls.reflect({ component, text, witnesses, tried: missed.map(({ why }) => why) });
  if (said.kind === 'failed') return failed(state, 1, said.error);
  const drawn = { ...withCalls(state, 1), draws };
  if (said.kind === 'unusable') return going({ ...drawn, misses: drawn.misses + 1 });

  const { reflection } = said;
  const from = [
    ...new Set([...(old?.from ?? []), ...missed.flatMap((one) => one.from), ...batch]),
  ].toSorted();
  const change = { component: component.key, text: reflection.text, why: reflection.why, from };
  const changes = withChange(parent.changes, change);
  const digest = ids.digest(wordingKey(changes));
  const isKnown = text === reflection.text || state.tried.some((tried) => tried.digest === digest);
  const shown = witnesses.flatMap(({ now }) => (now === undefined ? [] : [now.answer, now.feedback]));
  // The old text of now and that of the parent: both bound what an edit may do.
  const isRefused =
    refusal(component, reflection.text, shown) !== undefined ||
    refusal({ ...component, text }, reflection.text, shown) !== undefined;
  if (isKnown || isRefused) return going({ ...drawn, misses: drawn.misses + 1 });
  const newcomer = { changes, trials: {}, batch, parents: [place] };
  return going({ ...drawn, tried: [...drawn.tried, { digest }], newcomer });
}

function witnessOf(rated: RatedTurn | undefined, trial: Trial | undefined): readonly Witness[] {
  if (rated === undefined) return [];
  const { turn, value, hints } = rated;
  const told = { request: turn.requestText, answer: turn.replyText, isGood: value > 0, hints };
  if (trial?.excerpt === undefined || trial.feedback === undefined) return [told];
  return [{ ...told, now: { answer: trial.excerpt, score: trial.score, feedback: trial.feedback } }];
}

async function advance(state: SearchState, newcomer: Newcomer, world: SearchWorld): Promise<SearchStep> {
  const batch = newcomer.batch.map((turnId) => ({ turnId }));
  const inBatch = untriedOf(newcomer, batch);
  if (inBatch === undefined && !isAhead(state, newcomer)) return going(dismissed(state, newcomer, world));
  const turnId = inBatch ?? untriedOf(newcomer, state.train);
  if (turnId === undefined) return going(admitted(state, newcomer, world));
  const tried = await tryOn(state, newcomer.changes, turnId, true, world);
  if (tried.kind === 'failed') return failed(state, tried.calls, tried.error);
  const counted = withCalls(state, tried.calls);
  const trial = tried.kind === 'trial' ? tried.trial : noAnswer;
  const trials = { ...newcomer.trials, [turnId]: trial };
  return going({ ...counted, newcomer: { ...newcomer, trials } });
}

/** On the few turns: better than the one it was reworded from; at least as good as the better of the two it was crossed from. */
function isAhead({ pool }: SearchState, { batch, parents, trials }: Newcomer): boolean {
  const sumOf = (member: Pick<Member, 'trials'> | undefined): number =>
    batch.reduce((sum, turnId) => sum + (member?.trials[turnId]?.score ?? 0), 0);
  const best = Math.max(...parents.map((index) => sumOf(pool[index])));
  return parents.length > 1 ? sumOf({ trials }) >= best : sumOf({ trials }) > best;
}

function dismissed(state: SearchState, newcomer: Newcomer, { ids }: SearchWorld): SearchState {
  const { newcomer: _, ...rest } = state;
  const digest = ids.digest(wordingKey(newcomer.changes));
  const [place] = newcomer.parents;
  const before = newcomer.parents.length > 1 ? undefined : state.pool[place ?? -1]?.changes;
  const change = newcomer.changes.find((one) => before !== undefined && !before.includes(one));
  if (change === undefined) return { ...rest, misses: state.misses + 1 };
  const { component, why, from } = change;
  const tried = state.tried.map((one) =>
    one.digest === digest ? { digest, missed: { component, why, from } } : one,
  );
  return { ...rest, misses: state.misses + 1, tried };
}

/** Into the pool where it leads some turn of some context. */
function admitted(state: SearchState, newcomer: Newcomer, world: SearchWorld): SearchState {
  const { newcomer: _, ...rest } = state;
  const { changes, trials } = newcomer;
  const pool = [...state.pool, { changes, trials }];
  const place = pool.length - 1;
  const isLeading = frontOf(pool.map(scoresOf), contextsOf(state.train, world)).some(
    ({ index }) => index === place,
  );
  return isLeading ? { ...rest, pool, misses: 0 } : dismissed(state, newcomer, world);
}

function contextsOf(
  turns: readonly { readonly turnId: TurnId }[],
  world: SearchWorld,
): ReadonlyMap<string, string> {
  return new Map(turns.map(({ turnId }) => [turnId, world.turns.get(turnId)?.context ?? ''] as const));
}

/** Chosen by the turns that the texts were made from alone. Each one more makes the proof of all harder. */
function toShortlist(state: SearchState, world: SearchWorld): SearchStep {
  const { limits } = world;
  const contexts = contextsOf(state.train, world);
  const [present, ...others] = state.pool.map(scoresOf);
  if (present === undefined) return { kind: 'too_few' };
  const turns = [...contexts.keys()];
  const worth = others
    .map((scores, at) => ({ scores, index: at + 1, mean: meanOn(scores, turns) }))
    .filter(({ scores }) => isWorthTrying(comparePaired(scores, present, contexts), limits.margin))
    .toSorted((a, b) => b.mean - a.mean || a.index - b.index);
  const affordable = Math.floor((limits.maxCalls - state.calls) / proofCalls(state, 1)) - 1;
  const near = worth.filter(({ mean }) => mean >= (worth[0]?.mean ?? 0) - nearBest);
  const shortlist = near.slice(0, Math.min(mostProven, Math.max(0, affordable))).map(({ index }) => index);
  return shortlist.length === 0 ? { kind: 'end' } : going({ ...state, shortlist });
}

function decide(
  state: SearchState,
  shortlist: readonly number[],
  present: Member,
  world: SearchWorld,
): SearchStep {
  const contenders = shortlist.map((index) => scoresOf(state.pool[index] ?? { trials: {} }));
  const contexts = contextsOf(state.select, world);
  const best = chooseWording(contenders, scoresOf(present), contexts, world.limits);
  const winner = shortlist[best ?? -1];
  return winner === undefined ? { kind: 'end' } : { kind: 'end', winner };
}
