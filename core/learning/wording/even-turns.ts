import type { PersonId } from '../../domain/ids.ts';
import type { RatedTurn } from './rated-turns.ts';

/** Who found answers lacking, where several people talk: one alone rewords for none but themselves. */
const leastPeople = 2;

type Asked = Pick<RatedTurn, 'turn' | 'value'>;

/** Whether all of it is one person's talk with the bot, with nobody else about. */
export function isOneTalk(turns: readonly Pick<Asked, 'turn'>[]): boolean {
  const keys = new Set(turns.map(({ turn }) => turn.conversationKey));
  return keys.size === 1 && turns.every(({ turn }) => turn.conversation.audience === 'direct');
}

function largestOf(turns: readonly Pick<Asked, 'turn'>[]): {
  readonly people: number;
  readonly most: number;
} {
  const counts = [...Map.groupBy(turns, ({ turn }) => turn.askerId).values()].map(({ length }) => length);
  return { people: counts.length, most: Math.max(0, ...counts) };
}

/** How many of the turns may be used at most, so that nobody asked for more than half of them; all of one person's, where nobody else asked. */
export function mostEven(turns: readonly Pick<Asked, 'turn'>[]): number {
  const { people, most } = largestOf(turns);
  return people < 2 ? turns.length : Math.min(turns.length, 2 * (turns.length - most));
}

/** Whether several people found answers lacking, or it is one person's own talk. */
export function isHeardByMany(turns: readonly Asked[]): boolean {
  const lacking = turns.filter(({ value }) => value <= 0);
  return isOneTalk(turns) || largestOf(lacking).people >= leastPeople;
}

/** As many as they are, but of nobody more than of all others together; the first ones of each stay. Of a single person's all, where `isAlone`. */
export function evenly<T>(
  items: readonly T[],
  askerOf: (item: T) => PersonId | undefined,
  isAlone: boolean,
): readonly T[] {
  if (isAlone) return items;
  const counts = [...Map.groupBy(items, askerOf).values()].map(({ length }) => length);
  const most = Math.max(0, ...counts);
  const cap = Math.min(most, items.length - most);
  const seen = new Map<PersonId | undefined, number>();
  return items.filter((item) => {
    const count = (seen.get(askerOf(item)) ?? 0) + 1;
    seen.set(askerOf(item), count);
    return count <= cap;
  });
}
