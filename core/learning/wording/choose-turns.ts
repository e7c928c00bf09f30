import type { PersonId, TurnId } from '../../domain/ids.ts';
import { type Drawn, draw, shuffled } from './draws.ts';
import { evenly, mostEven } from './even-turns.ts';
import type { RatedTurn } from './rated-turns.ts';

/** How many turns a search goes by. */
export interface SearchSizes {
  /** Texts are made from these. */
  readonly train: number;
  /** What was made is proven on these; no text is made from them. */
  readonly select: number;
}

export interface ChosenTurn {
  readonly turnId: TurnId;
  readonly value: number;
}

export interface ChosenTurns {
  readonly train: readonly ChosenTurn[];
  readonly select: readonly ChosenTurn[];
}

const mostTrain = 12;
const leastTrain = 4;
const mostSelect = 24;
/** Of the calls of a search, for the present words on the turns to learn from. */
const trainShare = 0.12;
/** … and for the present words and one other on those to prove it on. */
const selectShare = 0.44;
/** An answer and its grade. */
export const callsOfTrial = 2;

/** What fits into so many calls, of so many turns. */
export function sizesFor(turns: number, maxCalls: number): SearchSizes {
  const train = Math.min(
    mostTrain,
    Math.max(leastTrain, Math.floor(turns / 3)),
    Math.floor((maxCalls * trainShare) / callsOfTrial),
  );
  const select = Math.min(
    mostSelect,
    turns - train,
    Math.floor((maxCalls * selectShare) / (2 * callsOfTrial)),
  );
  return { train: Math.max(0, train), select: Math.max(0, select) };
}

/** Of the chosen ones so many are answers that people found lacking, as far as there are others. */
const lackingShare = 2 / 3;

/**
 * Chooses turns: two in three that were found lacking where there are enough, everybody's turns in turn and the newest of
 * each first. Then parts them by chance so that both parts hold each context, good and lacking ones, and everybody's, in
 * proportion. Of several people nobody asked for more than half of either part, so that who talks most does not decide alone.
 * What was asked in the same words stays together. `turns`: the newest first.
 */
export function chooseTurns(
  turns: readonly RatedTurn[],
  { train, select }: SearchSizes,
  from: number,
): Drawn<ChosenTurns> {
  const wanted = Math.min(mostEven(turns), train + select);
  const order = everybodyInTurn(turns);
  const isAlone = order.every(({ turn }) => turn.askerId === order[0]?.turn.askerId);
  const lacking = order.filter(({ value }) => value <= 0);
  const good = order.filter(({ value }) => value > 0);
  const most = Math.max(Math.ceil(wanted * lackingShare), wanted - good.length);
  const first = lacking.slice(0, most);
  const rest = [...good, ...lacking.slice(most)];
  const chosen = cappedTo(isAlone ? wanted : Math.floor(wanted / 2), [...first, ...rest]).slice(0, wanted);
  const { value, state } = parted(chosen, train / (train + select), from);
  const askers = new Map(chosen.map(({ turn }) => [turn.turnId, turn.askerId] as const));
  const even = (part: readonly ChosenTurn[]): readonly ChosenTurn[] =>
    evenly(part, ({ turnId }) => askers.get(turnId), isAlone);
  return { value: { train: even(value.train), select: even(value.select) }, state };
}

/** In their order, of nobody more than so many. */
function cappedTo(most: number, turns: readonly RatedTurn[]): readonly RatedTurn[] {
  const seen = new Map<PersonId, number>();
  return turns.filter(({ turn }) => {
    const count = (seen.get(turn.askerId) ?? 0) + 1;
    seen.set(turn.askerId, count);
    return count <= most;
  });
}

function everybodyInTurn(turns: readonly RatedTurn[]): readonly RatedTurn[] {
  const seen = new Map<string, number>();
  return turns
    .map((rated) => {
      const round = seen.get(rated.turn.askerId) ?? 0;
      seen.set(rated.turn.askerId, round + 1);
      return { rated, round };
    })
    .toSorted((a, b) => a.round - b.round)
    .map(({ rated }) => rated);
}

/** Takes every so-many-th of a line in which alike ones stand together, from a place of chance. */
function parted(chosen: readonly RatedTurn[], trainShare: number, from: number): Drawn<ChosenTurns> {
  const mixed = shuffled(requestsOf(chosen), from);
  const line = mixed.value.toSorted((a, b) => compareTexts(placeOf(a[0]), placeOf(b[0])));
  const start = draw(mixed.state);
  const train: ChosenTurn[] = [];
  const select: ChosenTurn[] = [];
  let passed = 0;
  for (const request of line) {
    passed += request.length;
    const due = Math.floor(passed * trainShare + start.value);
    const part = train.length + request.length <= due ? train : select;
    part.push(...request.map(({ turn, value }) => ({ turnId: turn.turnId, value })));
  }
  return { value: { train, select }, state: start.state };
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function placeOf(rated: RatedTurn | undefined): string {
  if (rated === undefined) return '';
  return `${rated.value > 0 ? 'good' : 'lacking'} ${rated.context} ${rated.turn.askerId}`;
}

/** Words that more turns than this share begin with tell nothing of what was asked: `go on`. Such turns are parted one by one. */
const mostAlike = 0.2;

function requestsOf(turns: readonly RatedTurn[]): readonly (readonly RatedTurn[])[] {
  const byWords = Map.groupBy(turns, ({ turn }) => bareWords(turn.requestText));
  return [...byWords.values()].flatMap((same) =>
    same.length > turns.length * mostAlike ? same.map((one) => [one]) : [same],
  );
}

/** Letters and digits alone: other signs and cases are no other words. */
function bareWords(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
