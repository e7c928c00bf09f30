import { queryText } from '../query-text.ts';
import { eachTerm } from '../tokenise.ts';
import { type Failure, isComplaint } from './failure.ts';

const labelWords = 4;
/** For requests that hold nothing but code, numbers or signs. */
const wordless = 'requests without words';

/** Up to four telling words that most of these failures have in common, as people wrote them. The order of the input does not matter. */
export function topicOf(failures: readonly Failure[]): string {
  const found = new Map<string, { failures: number; readonly surfaces: Map<string, number> }>();
  for (const { turn, hints } of failures) {
    const seen = new Set<string>();
    const visit = (term: string, surface: string): void => {
      if (isComplaint(term)) return;
      const entry = found.get(term) ?? { failures: 0, surfaces: new Map<string, number>() };
      found.set(term, entry);
      if (!seen.has(term)) entry.failures += 1;
      seen.add(term);
      const word = surface.toLowerCase();
      entry.surfaces.set(word, (entry.surfaces.get(word) ?? 0) + 1);
    };
    eachTerm(queryText(turn.requestText), visit);
    for (const { text } of hints) eachTerm(text, visit);
  }
  const words = [...found]
    .map(([term, { failures: count, surfaces }]) => {
      const uses = [...surfaces.values()].reduce((sum, times) => sum + times, 0);
      return { term, count, uses, surface: mostFrequent(surfaces) };
    })
    .toSorted((a, b) => b.count - a.count || b.uses - a.uses || (a.term < b.term ? -1 : 1))
    .slice(0, labelWords)
    .map(({ surface }) => surface);
  return words.length === 0 ? wordless : words.join(' ');
}

function mostFrequent(surfaces: ReadonlyMap<string, number>): string {
  const [first] = [...surfaces].toSorted(([a, times], [b, others]) => others - times || (a < b ? -1 : 1));
  return first?.[0] ?? '';
}

/** Whether two labels name one topic: they share half of the words of the shorter one. A further failure may change a word or two of a label. */
export function isSameTopic(a: string, b: string): boolean {
  const [small, large] = [new Set(a.split(' ')), new Set(b.split(' '))].toSorted((x, y) => x.size - y.size);
  if (small === undefined || large === undefined) return false;
  const common = [...small].filter((word) => large.has(word)).length;
  return common * 2 >= small.size;
}
