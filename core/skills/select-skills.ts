import type { ShownSkill, Skill } from '../domain/skill.ts';
import { estimateTokens } from '../domain/tokens.ts';
import { renderSkill } from './inject.ts';
import { nearDuplicateShare, skillSimilarity } from './near-duplicate.ts';

/** A skill that shares words with what the person wrote. */
export interface SkillCandidate {
  readonly skill: Skill;
  /** Relevance, 0 to 1. */
  readonly score: number;
  /** The person's own words that led to it, most telling first. */
  readonly because: readonly string[];
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
  /** In the order of the candidates. */
  readonly dropped: readonly DroppedSkill[];
  /** Tokens of the chosen ones. */
  readonly tokens: number;
}

/** Chosen by precision and recall on labelled queries against the shipped bank; see docs/skills.md. */
export const defaultFloor = 0.4;

/** Beside a skill that fits well, one that fits far less is noise. */
const shareOfBest = 0.7;

/**
 * Picks whole skills from candidates given best first: those under the floor are dropped, also those far below the
 * best one; a near-duplicate of a chosen one is passed over; one that does not fit the budget is passed over and a
 * shorter one after it may still be taken.
 */
export function selectSkills(candidates: readonly SkillCandidate[], limits: SelectionLimits): Selection {
  const floor = Math.max(limits.floor ?? defaultFloor, (candidates[0]?.score ?? 0) * shareOfBest);
  const chosen: SkillCandidate[] = [];
  const dropped: DroppedSkill[] = [];
  let tokens = 0;

  function obstacle(candidate: SkillCandidate, cost: number): DropReason | undefined {
    if (candidate.score < floor) return 'floor';
    if (chosen.length >= limits.topK) return 'topK';
    if (chosen.some(({ skill }) => skillSimilarity(skill, candidate.skill) >= nearDuplicateShare)) {
      return 'duplicate';
    }
    return tokens + cost > limits.budgetTokens ? 'budget' : undefined;
  }

  for (const candidate of candidates) {
    const cost = candidate.score < floor ? 0 : estimateTokens(renderSkill(candidate.skill)) + 1;
    const reason = obstacle(candidate, cost);
    if (reason !== undefined) {
      dropped.push({ ...candidate, reason });
      continue;
    }
    chosen.push(candidate);
    tokens += cost;
  }
  return { chosen, dropped, tokens };
}

/** The record of a chosen skill for the turn. Nothing is randomised: its propensity is 1. */
export function toShownSkill({ skill, score, because }: SkillCandidate): ShownSkill {
  const { name, version, contentHash } = skill;
  return { name, version, contentHash, score, propensity: 1, because };
}
