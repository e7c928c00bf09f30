import type { SkillAudience } from './audience.ts';
import { embeddingCandidates } from './embedding-mode.ts';
import { fusedCandidates } from './fused-mode.ts';
import { queryTerms } from './query-terms.ts';
import { defaultFloor, type SkillCandidate } from './select-skills.ts';
import type { Shelves } from './shelves.ts';
import { templateCandidates } from './template-mode.ts';
import type { VectorIndex } from './vector-index.ts';

/**
 * How skills are found. `lexical`: by the words of the message. `fused`: by words and by meaning. `embedding`: by meaning
 * alone, as in the paper. `template`: by kinds of task, as in the reference implementation.
 */
export const retrievalModes = ['lexical', 'fused', 'embedding', 'template'] as const;
export type RetrievalMode = (typeof retrievalModes)[number];

export interface CandidateSearch {
  readonly message: string;
  readonly limit: number;
  readonly audience: SkillAudience | undefined;
  /** Least score of what the words lead to. */
  readonly floor?: number;
  /** Least cosine of what they do not lead to. Default: each mode's own. */
  readonly meaningFloor?: number;
  /** The message's own vector; without one the modes that compare meanings go by the words. */
  readonly queryVector: Float32Array | undefined;
  readonly isWanted: (candidate: SkillCandidate) => boolean;
}

/** Whether what a mode finds depends on more than the words and the library. */
export function ranksByMeaning(mode: RetrievalMode): boolean {
  return mode === 'fused' || mode === 'embedding';
}

/** The candidates of one message for `selectSkills`, best first. Those that it would drop by the floor may be missing. */
export function findCandidates(
  mode: RetrievalMode,
  search: CandidateSearch,
  shelves: Pick<Shelves, 'find' | 'finder' | 'visible'>,
  vectors: VectorsByText,
): readonly SkillCandidate[] {
  const { message, limit, audience, queryVector, isWanted } = search;
  if (mode === 'template') {
    const wanted = shelves.visible(audience);
    return templateCandidates(message, wanted, wanted.length).filter(isWanted).slice(0, limit);
  }
  if (queryVector === undefined || mode === 'lexical') {
    const { floor: leastScore = defaultFloor } = search;
    return shelves.find(queryTerms(message), limit, audience, { isWanted, leastScore });
  }
  const named = shelves.finder(audience);
  const skillOf = (contentHash: string): SkillCandidate['skill'] | undefined => {
    const skill = named(vectors.nameOf(contentHash) ?? '');
    return skill?.contentHash === contentHash ? skill : undefined;
  };
  const meaningFloor = search.meaningFloor === undefined ? {} : { floor: search.meaningFloor };
  if (mode === 'embedding') {
    const isFree = (contentHash: string): SkillCandidate['skill'] | undefined => {
      const skill = skillOf(contentHash);
      return skill !== undefined && isWanted({ skill, score: 1, because: [] }) ? skill : undefined;
    };
    const found = embeddingCandidates({ query: queryVector, limit, ...meaningFloor }, vectors.index, isFree);
    return found.map((candidate) => ({ ...candidate, byMeaning: { wordScore: 0 } }));
  }
  const found = fusedCandidates(
    {
      byWords: shelves.find(queryTerms(message), limit, audience),
      floor: search.floor ?? defaultFloor,
      query: queryVector,
      limit: 2 * limit,
      ...(search.meaningFloor === undefined ? {} : { meaningFloor: search.meaningFloor }),
    },
    vectors.index,
    skillOf,
  );
  return found.filter(isWanted).slice(0, limit);
}

/** Vectors by `contentHash`, and the name of the skills that have that text. */
export interface VectorsByText {
  readonly index: Pick<VectorIndex, 'find'>;
  nameOf(contentHash: string): string | undefined;
}
