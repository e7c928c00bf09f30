import type { LearnedPersona, PolicyScope } from '../../domain/policy.ts';
import { type SkillProvenance, skillAuthors } from '../../domain/skill.ts';
import type { MayEvolve } from '../../skills/evolver/gather.ts';
import { isOneTalk } from './even-turns.ts';
import { learnedPart } from './operator-lines.ts';
import type { RatedTurn } from './rated-turns.ts';

/** The persona that a search begins with. */
export interface PresentPersona {
  readonly text: string;
  /** The operator's, with which it begins. */
  readonly configured: string;
  /** Of what it says beyond that; absent where that is nothing. */
  readonly learnedFrom?: SkillProvenance;
}

export interface PersonaDeps {
  /** The operator's words, of the settings. */
  readonly configuredPersona: string;
  /** What answers in a scope in the place of these; `undefined` where they do, and where it was made from others (`learnedPersonaOf`). */
  readonly learnedPersona: (scope: PolicyScope) => LearnedPersona | undefined;
  readonly mayUse: MayEvolve;
}

/**
 * The learned persona of a scope where the door is open to all whom it was learned from, beside one of the turns that are used
 * with it; else the configured one: nothing is made of words whose people do not allow it, or are not known.
 */
export function presentPersona(
  scope: PolicyScope,
  turns: readonly RatedTurn[],
  { configuredPersona: configured, learnedPersona, mayUse }: PersonaDeps,
): PresentPersona {
  const plain: PresentPersona = { text: configured, configured };
  const learned = learnedPersona(scope);
  const [first] = turns;
  if (learned?.from === undefined || first === undefined) return plain;
  const { learnedFrom } = learned.from;
  if (learnedPart(configured, learned.text) === undefined) return plain;
  if (learnedFrom.isPrivate === true && !isOneTalk(turns)) return plain;
  const isOpen = mayUse(first.turn, skillAuthors([{ learnedFrom }])).allowed;
  return isOpen ? { text: learned.text, configured, learnedFrom } : plain;
}
