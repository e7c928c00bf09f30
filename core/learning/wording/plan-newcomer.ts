import type { TurnId } from '../../domain/ids.ts';
import { draw, drawIndex } from './draws.ts';
import { frontOf, leadsOf, meanOn, type TurnScores } from './pareto-front.ts';
import type { PresentPersona } from './present-persona.ts';
import type { RatedTurn } from './rated-turns.ts';
import type { Member, SearchState } from './search-state.ts';
import {
  type Component,
  componentOf,
  personaKey,
  type WordingChange,
  withChange,
  wordingKey,
} from './words-at-hand.ts';

/** So many answers a rewording goes by, and a newcomer is tried on first (GEPA's minibatch). */
export const batchSize = 3;
export const mostMerges = 5;
/** A skill that fewer of the turns were given has too few to tell. */
const leastGiven = 2;

export function scoresOf({ trials }: Pick<Member, 'trials'>): TurnScores {
  return new Map(Object.entries(trials).map(([turn, { score }]) => [turn, score] as const));
}

/** What may be reworded by these turns: the persona, and skills that several of them were given. */
export function componentsOf(
  { text, configured }: Pick<PresentPersona, 'text' | 'configured'>,
  turns: readonly RatedTurn[],
  mayEditSkills: boolean,
): readonly Component[] {
  const skills = new Map<string, { readonly component: Component; given: number }>();
  for (const rated of mayEditSkills ? turns : []) {
    for (const skill of rated.skills) {
      const component = componentOf(skill);
      const entry = skills.get(component.key) ?? { component, given: 0 };
      entry.given += 1;
      skills.set(component.key, entry);
    }
  }
  const worded = [...skills.values()]
    .filter(({ given }) => given >= leastGiven)
    .map(({ component }) => component)
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return [{ kind: 'persona', key: personaKey, text, configured }, ...worded];
}

/** What is to be reworded next, going by which turns. */
export interface MutationPlan {
  /** Its place in the pool. */
  readonly parent: number;
  readonly component: Component;
  readonly batch: readonly TurnId[];
  readonly draws: number;
}

/**
 * Draws a parent from the front in proportion to how many turns it leads, a component in proportion to how many turns it
 * stood in, and turns among those, the worse it did the likelier. `undefined` where nothing is left to better.
 */
export function planMutation(
  state: SearchState,
  turns: ReadonlyMap<TurnId, RatedTurn>,
  components: readonly Component[],
): MutationPlan | undefined {
  const train = state.train.flatMap(({ turnId }) => turns.get(turnId) ?? []);
  const contexts = new Map(train.map(({ turn, context }) => [turn.turnId, context] as const));
  const front = frontOf(state.pool.map(scoresOf), contexts);
  const member = drawIndex(front.map(leadsOf), state.draws);
  const parent = front[member.value ?? -1]?.index;
  const scores = state.pool[parent ?? -1];
  if (parent === undefined || scores === undefined) return undefined;
  const scoreOf = ({ turn }: RatedTurn): number => scores.trials[turn.turnId]?.score ?? topScore;

  const given = components.map((component) => ({
    component,
    turns: train.filter((rated) => stoodIn(component, rated)),
  }));
  const isOpen = (some: readonly RatedTurn[]): boolean => some.some((rated) => scoreOf(rated) < topScore);
  const chosen = drawIndex(
    given.map((one) => (isOpen(one.turns) ? one.turns.length : 0)),
    member.state,
  );
  const choice = given[chosen.value ?? -1];
  if (choice === undefined) return undefined;
  const batch = drawTurns(choice.turns, (rated) => topScore + 1 - scoreOf(rated), chosen.state);
  return { parent, component: choice.component, batch: batch.value, draws: batch.state };
}

const topScore = 10;

function stoodIn(component: Component, { skills }: RatedTurn): boolean {
  return component.kind === 'persona' || skills.some((skill) => componentOf(skill).key === component.key);
}

function drawTurns(
  turns: readonly RatedTurn[],
  weightOf: (rated: RatedTurn) => number,
  from: number,
): { readonly value: readonly TurnId[]; readonly state: number } {
  let left = turns;
  let state = from;
  const value: TurnId[] = [];
  while (value.length < batchSize) {
    const drawn = drawIndex(left.map(weightOf), state);
    state = drawn.state;
    const rated = left[drawn.value ?? -1];
    if (rated === undefined) break;
    value.push(rated.turn.turnId);
    left = left.filter((other) => other !== rated);
  }
  return { value, state };
}

/** Two wordings of the pool crossed. */
export interface MergePlan {
  readonly parents: readonly [number, number];
  readonly changes: readonly WordingChange[];
  readonly batch: readonly TurnId[];
  readonly draws: number;
}

/**
 * Crosses two of the front that changed different components; where both changed one, it is taken from the better of them. The
 * turns are drawn from all, those where the two differ most the likeliest. `undefined` where no crossing is left to be tried.
 */
export function planMerge(
  state: SearchState,
  turns: ReadonlyMap<TurnId, RatedTurn>,
  digestOf: (text: string) => string,
): MergePlan | undefined {
  if (state.merges >= mostMerges) return undefined;
  const train = state.train.flatMap(({ turnId }) => turns.get(turnId) ?? []);
  const contexts = new Map(train.map(({ turn, context }) => [turn.turnId, context] as const));
  const pool = state.pool.map(scoresOf);
  const front = frontOf(pool, contexts)
    .map(({ index }) => index)
    .filter((index) => index > 0);
  const tried = new Set(state.tried.map(({ digest }) => digest));
  const pairs = front
    .flatMap((a) => front.filter((b) => b > a).map((b): readonly [number, number] => [a, b]))
    .map((parents) => ({ parents, changes: crossed(state, parents, pool, [...contexts.keys()]) }))
    .filter(({ changes }) => !tried.has(digestOf(wordingKey(changes))));
  const picked = draw(state.draws);
  const pair = pairs[Math.floor(picked.value * pairs.length)];
  if (pair === undefined) return undefined;
  const [a, b] = pair.parents.map((index) => pool[index]);
  const apart = ({ turn }: RatedTurn): number =>
    Math.abs((a?.get(turn.turnId) ?? 0) - (b?.get(turn.turnId) ?? 0)) + 1;
  const batch = drawTurns(train, apart, picked.state);
  return { ...pair, batch: batch.value, draws: batch.state };
}

function crossed(
  { pool }: SearchState,
  [a, b]: readonly [number, number],
  scores: readonly TurnScores[],
  turns: readonly string[],
): readonly WordingChange[] {
  const isAWorse = meanOn(scores[a], turns) < meanOn(scores[b], turns);
  const [worse, better] = isAWorse ? [a, b] : [b, a];
  return (pool[better]?.changes ?? []).reduce(withChange, pool[worse]?.changes ?? []);
}
