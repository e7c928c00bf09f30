import { queryText } from './query-text.ts';
import { eachTerm } from './tokenise.ts';

export interface QueryTerm {
  readonly term: string;
  /** As the person wrote it. */
  readonly surface: string;
  /** 1 for the words of a request, less for what was pasted around it. */
  readonly focus: number;
}

/** Up to here a message is all request. */
const shortTerms = 48;
/** In a longer one the request stands in the first or the last sentence; the rest was pasted. */
const mostEdgeTerms = 16;
const pastedFocus = 0.15;

const sentenceEnd = /(?<=[.!?:;。！？：])\s+|\n+/u;

interface FoundTerm {
  readonly term: string;
  readonly surface: string;
}

/** The telling words of each sentence that has any. */
function sentencesOf(text: string): readonly (readonly FoundTerm[])[] {
  return text
    .split(sentenceEnd)
    .map((sentence) => {
      const found: FoundTerm[] = [];
      eachTerm(sentence, (term, surface) => found.push({ term, surface }));
      return found;
    })
    .filter((found) => found.length > 0);
}

/** The distinct telling words of a person's message, envelope and code taken out. */
export function queryTerms(message: string): readonly QueryTerm[] {
  const sentences = sentencesOf(queryText(message));
  const all = sentences.flat();
  const isShort = all.length <= shortTerms;
  const firstEnd = isShort ? all.length : Math.min(mostEdgeTerms, sentences[0]?.length ?? 0);
  const lastStart = all.length - Math.min(mostEdgeTerms, sentences.at(-1)?.length ?? 0);
  const distinct = new Map<string, QueryTerm>();
  for (const [at, { term, surface }] of all.entries()) {
    const focus = at < firstEnd || at >= lastStart ? 1 : pastedFocus;
    const seen = distinct.get(term);
    if (seen === undefined) distinct.set(term, { term, surface, focus });
    else if (seen.focus < focus) distinct.set(term, { ...seen, focus });
  }
  return [...distinct.values()];
}
