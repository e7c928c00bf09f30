import type { TurnId } from '../../domain/ids.ts';
import type { TrainingRun } from '../../domain/training-run.ts';
import type { Ids } from '../../ports/ids.ts';
import { chooseTurns, sizesFor } from './choose-turns.ts';
import { seedOf } from './draws.ts';
import { evenly, isHeardByMany, mostEven } from './even-turns.ts';
import type { RatedTurn } from './rated-turns.ts';
import type { SearchState } from './search-state.ts';
import { componentOf, personaKey } from './words-at-hand.ts';

export const leastRated = 12;
export const leastLacking = 4;

/** What a search lacks to go by these turns; `undefined`: nothing. */
export function shortageOf(
  turns: readonly Pick<RatedTurn, 'turn' | 'value'>[],
): 'too_few_samples' | 'too_few_people' | undefined {
  const lacking = turns.filter(({ value }) => value <= 0);
  if (turns.length < leastRated || lacking.length < leastLacking) return 'too_few_samples';
  if (mostEven(turns) < leastRated) return 'too_few_people';
  return isHeardByMany(turns) ? undefined : 'too_few_people';
}

/** The state that the search of a run begins with; the same for the same run and turns. `turns`: the newest first. */
export function beginSearch(
  run: Pick<TrainingRun, 'runId'>,
  turns: readonly RatedTurn[],
  maxCalls: number,
  ids: Pick<Ids, 'digest'>,
): SearchState {
  const seed = seedOf(ids.digest(`wording ${run.runId}`));
  const chosen = chooseTurns(turns, sizesFor(turns.length, maxCalls), seed);
  return {
    words: {},
    draws: chosen.state,
    calls: 0,
    misses: 0,
    merges: 0,
    failures: 0,
    ...chosen.value,
    pool: [{ changes: [], trials: {} }],
    tried: [],
    filed: [],
  };
}

/** Digests of the texts that these turns are answered by now, by component. */
export function wordsOf(
  persona: string,
  turns: Iterable<RatedTurn>,
  ids: Pick<Ids, 'digest'>,
): Readonly<Record<string, string>> {
  const texts = new Map<string, string>([[personaKey, persona]]);
  for (const { skills } of turns) {
    for (const skill of skills) texts.set(componentOf(skill).key, `${skill.version} ${skill.body}`);
  }
  return Object.fromEntries([...texts].map(([key, text]) => [key, ids.digest(text)] as const));
}

/** Whether a text reads otherwise than when the search began. What only turns that are gone were given is no matter. */
export function haveWordsChanged(
  before: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
  isAnyGone: boolean,
): boolean {
  const keys = isAnyGone ? Object.keys(now) : Object.keys({ ...before, ...now });
  return keys.some((key) => before[key] !== now[key]);
}

/** The search without turns that may not be used any more, and without every text that was written with a look at them. */
export function withoutTurns(state: SearchState, gone: ReadonlySet<TurnId>): SearchState {
  if (gone.size === 0) return state;
  const isClean = ({ from }: { readonly from: readonly TurnId[] }): boolean =>
    !from.some((turnId) => gone.has(turnId));
  const isKept = ({ turnId }: { readonly turnId: TurnId }): boolean => !gone.has(turnId);
  const { newcomer: _, shortlist: __, ...rest } = state;
  return {
    ...rest,
    train: state.train.filter(isKept),
    select: state.select.filter(isKept),
    pool: state.pool.filter(({ changes }) => changes.every(isClean)),
    tried: state.tried.map((tried) =>
      tried.missed === undefined || isClean(tried.missed) ? tried : { digest: tried.digest },
    ),
  };
}

/** After turns have gone: nobody asked for more than half of either part. The same state again where none have. */
export function evened(state: SearchState, turns: ReadonlyMap<TurnId, RatedTurn>): SearchState {
  const isAlone = new Set([...turns.values()].map(({ turn }) => turn.askerId)).size < 2;
  const even = (part: SearchState['train']): SearchState['train'] =>
    evenly(part, ({ turnId }) => turns.get(turnId)?.turn.askerId, isAlone);
  return { ...state, train: even(state.train), select: even(state.select) };
}
