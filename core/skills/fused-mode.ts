import type { Skill } from '../domain/skill.ts';
import { fuseRanks } from './fuse-ranks.ts';
import type { SkillCandidate } from './select-skills.ts';
import type { VectorIndex } from './vector-index.ts';

/** Least cosine of a skill that its words do not lead to. */
export const fusedMeaningFloor = 0.5;

export interface FusedSearch {
  /** Found by words, best first. */
  readonly byWords: readonly SkillCandidate[];
  /** Least score of those. */
  readonly floor: number;
  /** Of the words that the person wrote. */
  readonly query: Float32Array;
  /** @default fusedMeaningFloor */
  readonly meaningFloor?: number;
  readonly limit: number;
}

/**
 * Words and meaning together: the order is that of both rankings fused. What the words lead to keeps its score and its
 * bars; what is near enough in meaning needs none of them, and where the words alone would not do its score is the cosine.
 * `index`: vectors by `contentHash`. `skillOf`: the skill that this audience has under one.
 */
export function fusedCandidates(
  { byWords, floor, query, meaningFloor = fusedMeaningFloor, limit }: FusedSearch,
  index: Pick<VectorIndex, 'find'>,
  skillOf: (contentHash: string) => Skill | undefined,
): readonly SkillCandidate[] {
  const near = index.find(query, limit, (key) => skillOf(key) !== undefined);
  const worded = new Map(byWords.map((candidate) => [candidate.skill.contentHash, candidate]));
  const cosines = new Map(near.map(({ key, cosine }) => [key, cosine]));
  return fuseRanks([byWords.map(({ skill }) => skill.contentHash), near.map(({ key }) => key)])
    .flatMap(({ key }): readonly SkillCandidate[] => {
      const found = worded.get(key);
      const cosine = cosines.get(key) ?? Number.NEGATIVE_INFINITY;
      if (cosine < meaningFloor) return found === undefined ? [] : [found];
      const skill = found?.skill ?? skillOf(key);
      if (skill === undefined) return [];
      const wordScore = found?.score ?? 0;
      const score = wordScore >= floor ? wordScore : Math.min(1, cosine);
      return [{ skill, score, because: found?.because ?? [], byMeaning: { wordScore } }];
    })
    .slice(0, limit);
}
