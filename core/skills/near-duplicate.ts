import type { SkillText } from '../domain/skill.ts';
import { termsOf } from './tokenise.ts';

/** Share of common words from which one of two skills adds nothing beside the other. */
export const nearDuplicateShare = 0.6;
const intersectionShare = nearDuplicateShare / (1 + nearDuplicateShare);

type Profile = ReadonlySet<string>;

const profiles = new WeakMap<SkillText, Profile>();

function profileOf(skill: SkillText): Profile {
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
  const [small, large] = bySize(profileOf(a), profileOf(b));
  if (large.size === 0) return 0;
  let common = 0;
  for (const term of small) if (large.has(term)) common += 1;
  return common / (small.size + large.size - common);
}

/** `skillSimilarity(a, b) >= nearDuplicateShare`, known after a few words for most pairs. */
export function isNearDuplicate(a: SkillText, b: SkillText): boolean {
  const [small, large] = bySize(profileOf(a), profileOf(b));
  if (large.size === 0) return false;
  // As many words of the smaller one may be its own; one more, so that rounding decides nothing.
  let spare = small.size - Math.ceil(intersectionShare * (small.size + large.size)) + 1;
  for (const term of small) {
    if (large.has(term)) continue;
    spare -= 1;
    if (spare < 0) return false;
  }
  return skillSimilarity(a, b) >= nearDuplicateShare;
}

function bySize(a: Profile, b: Profile): readonly [Profile, Profile] {
  return a.size <= b.size ? [a, b] : [b, a];
}
