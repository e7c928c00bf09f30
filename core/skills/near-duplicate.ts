import type { SkillText } from '../domain/skill.ts';
import { termsOf } from './tokenise.ts';

/** Share of common words from which one of two skills adds nothing beside the other. */
export const nearDuplicateShare = 0.6;

const profiles = new WeakMap<SkillText, ReadonlySet<string>>();

function profileOf(skill: SkillText): ReadonlySet<string> {
  const known = profiles.get(skill);
  if (known !== undefined) return known;
  const profile = new Set(termsOf([skill.name, skill.description, ...skill.triggers, skill.body].join('\n')));
  profiles.set(skill, profile);
  return profile;
}

/**
 * How far two skills share their telling words, 0 to 1: common words over all words of both (Jaccard). Symmetric; 1 for
 * the same text under two names, give or take the names; 0 where neither has a telling word.
 */
export function skillSimilarity(a: SkillText, b: SkillText): number {
  const [small, large] = [profileOf(a), profileOf(b)].toSorted((x, y) => x.size - y.size);
  if (small === undefined || large === undefined || large.size === 0) return 0;
  let common = 0;
  for (const term of small) if (large.has(term)) common += 1;
  return common / (small.size + large.size - common);
}
