import type { SkillText } from '../domain/skill.ts';
import { eachTerm, foldWord, termsOf } from './tokenise.ts';

/** The telling words of a skill's name and description. */
const headTerms = new WeakMap<SkillText, ReadonlySet<string>>();

function headTermsOf(skill: SkillText): ReadonlySet<string> {
  const known = headTerms.get(skill);
  if (known !== undefined) return known;
  const terms = new Set<string>();
  eachTerm(`${skill.name}\n${skill.description}`, (term) => terms.add(term));
  headTerms.set(skill, terms);
  return terms;
}

/**
 * Whether one word that a message shares with a skill is enough to mean it: a word of its name or its description, or
 * one that is a whole trigger. A word out of a longer trigger (the "root" of "root cause analysis") is not, nor one that
 * only the body has: both mean something else as often.
 */
export function standsAlone(word: string, skill: SkillText): boolean {
  // `%` is a word only behind a number, and is looked for without it.
  const terms = new Set([...termsOf(word), foldWord(word)]);
  const head = headTermsOf(skill);
  return (
    [...terms].some((term) => head.has(term)) || skill.triggers.some((trigger) => isOnly(trigger, terms))
  );
}

function isOnly(trigger: string, terms: ReadonlySet<string>): boolean {
  const own = termsOf(trigger);
  return own.length > 0 && own.every((term) => terms.has(term));
}
