import { queryText } from './query-text.ts';
import { eachTerm } from './tokenise.ts';

export interface QueryTerm {
  readonly term: string;
  /** As the person wrote it. */
  readonly surface: string;
  /** 1 at the beginning and the end of a message, less in the middle of a long one. */
  readonly focus: number;
}

/** A request stands at the beginning or the end of a message; what was pasted lies between. */
const edgeTerms = 24;
const middleFocus = 0.35;

/** The distinct telling words of a person's message, envelope and code taken out. */
export function queryTerms(message: string): readonly QueryTerm[] {
  const found: { term: string; surface: string }[] = [];
  eachTerm(queryText(message), (term, surface) => found.push({ term, surface }));
  const distinct = new Map<string, QueryTerm>();
  found.forEach(({ term, surface }, at) => {
    const isEdge = at < edgeTerms || at >= found.length - edgeTerms;
    const focus = isEdge ? 1 : middleFocus;
    const seen = distinct.get(term);
    if (seen === undefined) distinct.set(term, { term, surface, focus });
    else if (seen.focus < focus) distinct.set(term, { ...seen, focus });
  });
  return [...distinct.values()];
}
