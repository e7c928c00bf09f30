import { describe, expect, test } from 'vitest';
import type { Skill } from '../../../core/domain/skill.ts';
import { embeddingCandidates, embeddingFloor } from '../../../core/skills/embedding-mode.ts';
import { createVectorIndex, type VectorIndex } from '../../../core/skills/vector-index.ts';
import { sampleSkill } from '../../fakes/skills/sample-skill.ts';

/** At this cosine from `query`. */
const at = (cosine: number): Float32Array => Float32Array.of(cosine, Math.sqrt(1 - cosine * cosine));
const query = Float32Array.of(1, 0);

function library(cosines: Readonly<Record<string, number>>): {
  readonly index: VectorIndex;
  readonly byHash: Map<string, Skill>;
} {
  const index = createVectorIndex();
  const byHash = new Map<string, Skill>();
  for (const [name, cosine] of Object.entries(cosines)) {
    const skill = sampleSkill(name);
    byHash.set(skill.contentHash, skill);
    index.put(skill.contentHash, at(cosine));
  }
  return { index, byHash };
}

describe('retrieval by meaning', () => {
  test('the nearest come first, with the cosine as their score and no words', () => {
    const { index, byHash } = library({ far: 0.4, near: 0.9, nearer: 0.95 });
    const found = embeddingCandidates({ query, limit: 2 }, index, (hash) => byHash.get(hash));
    expect(found.map(({ skill, because }) => [skill.name, because])).toEqual([
      ['nearer', []],
      ['near', []],
    ]);
    expect(found[0]?.score).toBeCloseTo(0.95, 6);
    expect(found[1]?.score).toBeCloseTo(0.9, 6);
  });

  test('what lies too far is no candidate', () => {
    const { index, byHash } = library({ under: 0.29, over: 0.31, opposite: -0.9 });
    const names = (floor?: number): readonly string[] =>
      embeddingCandidates({ query, limit: 9, ...(floor === undefined ? {} : { floor }) }, index, (hash) =>
        byHash.get(hash),
      ).map(({ skill }) => skill.name);
    expect(embeddingFloor).toBe(0.3);
    expect(names()).toEqual(['over']);
    expect(names(0.5)).toEqual([]);
    expect(names(0)).toEqual(['over', 'under']);
    expect(names(-1)).toEqual(['over', 'under', 'opposite']);
  });

  test('a score is never outside of 0 and 1', () => {
    const { index, byHash } = library({ opposite: -0.9 });
    const same = sampleSkill('same');
    byHash.set(same.contentHash, same);
    // Longer than 1 by what rounding leaves.
    index.put(same.contentHash, Float32Array.of(1.0000001, 0));
    const found = embeddingCandidates({ query, limit: 9, floor: -1 }, index, (hash) => byHash.get(hash));
    expect(found.map(({ score }) => score)).toEqual([1, 0]);
  });

  test('what this audience has not takes no place', () => {
    const { index, byHash } = library({ theirs: 0.99, ours: 0.5 });
    const found = embeddingCandidates({ query, limit: 1 }, index, (hash) => {
      const skill = byHash.get(hash);
      return skill?.name === 'ours' ? skill : undefined;
    });
    expect(found.map(({ skill }) => skill.name)).toEqual(['ours']);
  });

  test('equally near ones go by name', () => {
    const { index, byHash } = library({ b: 0.7, c: 0.7, a: 0.7 });
    const found = embeddingCandidates({ query, limit: 9 }, index, (hash) => byHash.get(hash));
    expect(found.map(({ skill }) => skill.name)).toEqual(['a', 'b', 'c']);
  });
});
