import { isSkillName, type SkillText } from '../../domain/skill.ts';
import type { DraftText } from '../../domain/skill-operation.ts';
import { nearDuplicateShare, skillSimilarity } from '../near-duplicate.ts';
import type { GateFinding } from './gate-finding.ts';

/** Cosine of their meanings, -1 to 1; `undefined` where it is not known. */
export type MeaningCosine = (draft: DraftText, existing: SkillText) => number | undefined;

export interface NearestSkill {
  readonly duplicateOf: SkillText['name'];
  /** 1 for the same name, else of the measure named. */
  readonly similarity: number;
  readonly by: 'name' | 'words' | 'meaning';
}

/** From this cosine on two skills mean the same. */
const sameMeaning = 0.9;

/**
 * The skill that a draft would double: the one of its name, else the one that shares the most words (from
 * `nearDuplicateShare` on), else the nearest by meaning. `existing` are the skills of the draft's scope.
 */
export function nearestTo(
  draft: DraftText,
  existing: readonly SkillText[],
  cosine?: MeaningCosine,
): NearestSkill | undefined {
  const namesake = existing.find(({ name }) => name === draft.name);
  if (namesake !== undefined) return { duplicateOf: namesake.name, similarity: 1, by: 'name' };
  return (
    highest(existing, nearDuplicateShare, 'words', similarityTo(draft)) ??
    highest(existing, sameMeaning, 'meaning', (skill) => cosine?.(draft, skill))
  );
}

function similarityTo(draft: DraftText): (skill: SkillText) => number {
  const { name } = draft;
  const named = isSkillName(name) ? { ...draft, name, source: 'draft' } : undefined;
  // A name that no skill may have is left out of account.
  return (skill) => skillSimilarity(named ?? { ...draft, name: skill.name, source: 'draft' }, skill);
}

function highest(
  existing: readonly SkillText[],
  least: number,
  by: NearestSkill['by'],
  measure: (skill: SkillText) => number | undefined,
): NearestSkill | undefined {
  let nearest: NearestSkill | undefined;
  for (const skill of existing) {
    const similarity = measure(skill);
    if (similarity === undefined || !(similarity >= least)) continue;
    if (nearest === undefined || similarity > nearest.similarity) {
      nearest = { duplicateOf: skill.name, similarity, by };
    }
  }
  return nearest;
}

/** A warning: whoever asked may want to change that skill instead. */
export function duplicateFinding({ duplicateOf, by }: NearestSkill): GateFinding {
  const reason = {
    name: `There is a skill “${duplicateOf}” already`,
    words: `The skill “${duplicateOf}” says nearly the same`,
    meaning: `The skill “${duplicateOf}” means nearly the same`,
  }[by];
  return { gate: 'duplicate', severity: 'warn', message: `${reason}; change that one instead.` };
}
