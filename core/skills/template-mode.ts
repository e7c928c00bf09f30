import type { Skill, SkillText } from '../domain/skill.ts';
import { evidenceShare } from './common-words.ts';
import { type QueryTerm, queryTerms } from './query-terms.ts';
import { queryText } from './query-text.ts';
import type { SkillCandidate } from './select-skills.ts';
import { skillImpacts } from './skill-impacts.ts';
import { standsAlone } from './stands-alone.ts';
import { type TaskType, taskTypeOf, taskTypesIn } from './task-types.ts';

/** What the kind of task alone is worth: as much as `selectSkills` asks of a skill beside the best, so that none of the kind is too little. */
const kindScore = 0.8;
/** Evidence at which a one-word message is half certain, as in the index of words. */
const halfEvidence = 0.45;
const mostReasons = 5;

const impactsOf = new WeakMap<SkillText, ReadonlyMap<string, number>>();

function impacts(skill: SkillText): ReadonlyMap<string, number> {
  const known = impactsOf.get(skill);
  if (known !== undefined) return known;
  const fresh = skillImpacts(skill);
  impactsOf.set(skill, fresh);
  return fresh;
}

/** How far the skill's words are the message's: like the index of words, but for how rare a word is. */
function relevance(skill: Skill, terms: readonly QueryTerm[]): Pick<SkillCandidate, 'score' | 'because'> {
  const own = impacts(skill);
  const shared = terms
    .map(({ term, surface, focus }) => ({
      surface,
      worth: focus * evidenceShare(term) * (own.get(term) ?? 0),
    }))
    .filter(({ worth }) => worth > 0)
    .sort((a, b) => b.worth - a.worth);
  const evidence = shared.reduce((sum, { worth }) => sum + worth, 0);
  const length = terms.reduce((sum, { focus }) => sum + focus, 0);
  const dilution = length <= 1 ? length : 1 + Math.log(length);
  return {
    score: evidence === 0 ? 0 : evidence / (evidence + halfEvidence * dilution),
    because: shared.slice(0, mostReasons).map(({ surface }) => surface),
  };
}

/** The kind itself led there: a lone shared word that cannot stand for the skill is no reason beside that. */
function ofKind(skill: Skill, terms: readonly QueryTerm[]): SkillCandidate {
  const { score, because } = relevance(skill, terms);
  const [word] = because;
  const isReason = word === undefined || because.length > 1 || standsAlone(word, skill);
  return { skill, score: kindScore + (1 - kindScore) * score, because: isReason ? because : [] };
}

function firstKindWithSkills(message: string, skills: readonly Skill[]): TaskType | undefined {
  const present = new Set(skills.map(taskTypeOf));
  return taskTypesIn(queryText(message)).find((type) => present.has(type));
}

/**
 * The reference implementation's `template` retrieval, with keywords as whole words and ranking by relevance: the first
 * kind of task that has skills and of which the message has a keyword brings all skills of its kind; skills of no kind
 * come where they share words with the message. No keyword brings no kind. At most `limit`, best first, equal ones by
 * name.
 */
export function templateCandidates(
  message: string,
  skills: readonly Skill[],
  limit: number,
): readonly SkillCandidate[] {
  const terms = queryTerms(message);
  const kind = firstKindWithSkills(message, skills);
  return skills
    .flatMap((skill) => {
      const type = taskTypeOf(skill);
      if (type === kind) return [ofKind(skill, terms)];
      if (type !== 'general') return [];
      const { score, because } = relevance(skill, terms);
      return score === 0 ? [] : [{ skill, score, because }];
    })
    .sort((a, b) => b.score - a.score || (a.skill.name < b.skill.name ? -1 : 1))
    .slice(0, limit);
}
