import type { Skill } from '../domain/skill.ts';
import type { SkillCandidate } from './select-skills.ts';
import type { VectorIndex } from './vector-index.ts';

/** Least cosine of a skill that is found by meaning alone. */
export const embeddingFloor = 0.3;

export interface EmbeddingSearch {
  /** Of the words that the person wrote. */
  readonly query: Float32Array;
  readonly limit: number;
  /** @default embeddingFloor */
  readonly floor?: number;
}

/**
 * The paper's retrieval: the skills whose texts lie nearest to the message, at most `limit`, nearest first; equal ones by
 * name. Their score is the cosine; no words led to them. `index`: vectors by `contentHash`. `skillOf`: the skill that this
 * audience has under one, so that others' take no place.
 */
export function embeddingCandidates(
  { query, limit, floor = embeddingFloor }: EmbeddingSearch,
  index: Pick<VectorIndex, 'find'>,
  skillOf: (contentHash: string) => Skill | undefined,
): readonly SkillCandidate[] {
  return index
    .find(query, limit, (key) => skillOf(key) !== undefined)
    .flatMap(({ key, cosine }) => {
      const skill = skillOf(key);
      if (skill === undefined || cosine < floor) return [];
      return [{ skill, score: Math.min(1, Math.max(0, cosine)), because: [] }];
    })
    .sort((a, b) => b.score - a.score || (a.skill.name < b.skill.name ? -1 : 1));
}
