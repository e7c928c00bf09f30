import type { ShownSkill, Skill } from '../domain/skill.ts';
import { estimateTokens } from '../domain/tokens.ts';
import { renderSkill } from './inject.ts';
import { isNearDuplicate } from './near-duplicate.ts';
import { standsAlone } from './stands-alone.ts';

/** A skill that shares words with what the person wrote. */
export interface SkillCandidate {
  readonly skill: Skill;
  /** Relevance, 0 to 1. */
  readonly score: number;
  /** The person's own words that led to it, most telling first. */
  readonly because: readonly string[];
  /** Set where its text is near enough to the message in meaning: no bar of the words holds for it. */
  readonly byMeaning?: ByMeaning;
}

export interface ByMeaning {
  /** Relevance by the words alone, 0 to 1. */
  readonly wordScore: number;
}

export interface SelectionLimits {
  /** Most skills in one prompt. */
  readonly topK: number;
  /** Most tokens of all chosen skills together, as rendered (`estimateTokens`). */
  readonly budgetTokens: number;
  /** Least relevance. Default `defaultFloor`. */
  readonly floor?: number;
}

/** `floor`: too little to do with the words. `duplicate`: says what a better one says already. `budget`: does not fit in what is left. `topK`: enough are chosen. */
export type DropReason = 'floor' | 'duplicate' | 'budget' | 'topK';

export interface DroppedSkill extends SkillCandidate {
  readonly reason: DropReason;
}

export interface Selection {
  /** Best first. */
  readonly chosen: readonly SkillCandidate[];
  /** Of the candidates, in their order. */
  readonly dropped: readonly DroppedSkill[];
  /** Tokens of the chosen ones. */
  readonly tokens: number;
}

/** Chosen by precision and recall on labelled queries against the shipped bank; see docs/skills.md. */
export const defaultFloor = 0.37;

/**
 * Beside a skill that fits well, another must fit nearly as well, or have led there by words of its own (two, or one
 * that is in its name): then the message asked for two things.
 */
const shareOfBest = { sameWords: 0.8, ownWords: 0.55 } as const;
const ownWordsNeeded = 2;

/**
 * Picks whole skills from candidates given best first: those under the floor are dropped, also those that one word led
 * to which cannot stand for the skill, and those that the words of a chosen one led to and that fit far less (all this
 * holds for none that is near in meaning); a near-duplicate of a chosen one is passed over; one that does not fit the
 * budget is passed over and a shorter one after it may still be taken.
 */
export function selectSkills(candidates: readonly SkillCandidate[], limits: SelectionLimits): Selection {
  const floor = limits.floor ?? defaultFloor;
  const best = candidates.reduce(
    (most, { score, byMeaning }) => Math.max(most, byMeaning?.wordScore ?? score),
    0,
  );
  const chosen: SkillCandidate[] = [];
  const dropped: DroppedSkill[] = [];
  const claimed = new Set<string>();
  let tokens = 0;

  function leastScore({ skill, because }: SkillCandidate): number {
    const own = because.filter((word) => !claimed.has(word));
    const isNamed = own.some((word) => skill.name.split('-').includes(word.toLowerCase()));
    const share = isNamed || own.length >= ownWordsNeeded ? shareOfBest.ownWords : shareOfBest.sameWords;
    return Math.max(floor, best * share);
  }

  function isFarOff(candidate: SkillCandidate): boolean {
    // What no bar could let pass is looked at no further.
    return candidate.score < floor || candidate.score < leastScore(candidate) || !isMeant(candidate);
  }

  function obstacle(candidate: SkillCandidate): DropReason | undefined {
    if (candidate.byMeaning === undefined && isFarOff(candidate)) return 'floor';
    if (chosen.length >= limits.topK) return 'topK';
    // Before the comparison, which costs far more than the sum.
    if (tokens + cost(candidate) > limits.budgetTokens) return 'budget';
    const repeats = ({ skill }: SkillCandidate): boolean => isNearDuplicate(skill, candidate.skill);
    return chosen.some(repeats) ? 'duplicate' : undefined;
  }

  for (const candidate of candidates) {
    const reason = obstacle(candidate);
    if (reason !== undefined) {
      dropped.push({ ...candidate, reason });
      continue;
    }
    chosen.push(candidate);
    tokens += cost(candidate);
    for (const word of candidate.because) claimed.add(word);
  }
  return { chosen, dropped, tokens };
}

/** One word in common is no sign that a skill is meant unless it can stand for the skill. */
function isMeant({ skill, because }: SkillCandidate): boolean {
  const [word] = because;
  return word === undefined || because.length > 1 || standsAlone(word, skill);
}

const costs = new WeakMap<Skill, number>();

/** With the line break after it. */
function cost({ skill }: SkillCandidate): number {
  const known = costs.get(skill);
  if (known !== undefined) return known;
  const tokens = estimateTokens(renderSkill(skill)) + 1;
  costs.set(skill, tokens);
  return tokens;
}

/** The record of a chosen skill for the turn. `propensity`: with which probability it was to be shown. */
export function toShownSkill({ skill, score, because }: SkillCandidate, propensity = 1): ShownSkill {
  const { name, version, contentHash, scope, standing, learnedFrom } = skill;
  return {
    name,
    version,
    contentHash,
    scope,
    trial: standing.trial,
    score,
    propensity,
    because,
    ...(learnedFrom === undefined ? {} : { learnedFrom }),
  };
}
