import { type ShownSkill, type Skill, type SkillScope, skillScopeKey } from '../domain/skill.ts';
import type { Ids } from '../ports/ids.ts';
import { isShown, maskDraw, propensityOf } from './proof/mask.ts';
import { type SkillCandidate, toShownSkill } from './select-skills.ts';

/** How skills are left out by chance, so that it can be told what they do. */
export interface Experiments {
  /** This installation's secret: without it nobody can foretell who is shown what. */
  readonly key: string;
  /** False: the operator wants nothing left out. */
  readonly enabled: boolean;
  /** How many turns that the skills of a space, or the global ones, can reach had feedback in the last 30 days; from memory. */
  readonly labelledTurnsLastMonth: (scope: SkillScope) => number;
}

/** Skills that were chosen, each in one of both, the best first. */
export interface MaskedSelection {
  /** What the model is given. */
  readonly given: readonly SkillCandidate[];
  readonly shown: readonly ShownSkill[];
  readonly masked: readonly ShownSkill[];
}

/** What is on trial: one version of one skill in one scope, as long as its trial lasts. */
export function hypothesisKey({
  scope,
  name,
  version,
  standing,
}: Pick<Skill, 'scope' | 'name' | 'version' | 'standing'>): string {
  return JSON.stringify([skillScopeKey(scope), name, version, standing.trial]);
}

/**
 * Shows or masks each chosen skill by a draw that holds for the session. The place of a masked one stays empty. Without
 * a session or experiments all are shown.
 */
export function maskSkills(
  chosen: readonly SkillCandidate[],
  sessionId: string | undefined,
  experiments: Experiments | undefined,
  digest: Ids['digest'],
): MaskedSelection {
  const drawn = chosen.map((candidate) => {
    const { skill } = candidate;
    const propensity =
      sessionId === undefined || experiments === undefined ? 1 : propensityIn(skill, experiments);
    return { candidate, propensity, isGiven: isDrawn(skill, propensity) };
  });
  const given = drawn.filter(({ isGiven }) => isGiven);
  const masked = drawn.filter(({ isGiven }) => !isGiven);
  return {
    given: given.map(({ candidate }) => candidate),
    shown: given.map(({ candidate, propensity }) => toShownSkill(candidate, propensity)),
    masked: masked.map(({ candidate, propensity }) => toShownSkill(candidate, propensity)),
  };

  function isDrawn(skill: Skill, propensity: number): boolean {
    if (propensity === 1 || sessionId === undefined || experiments === undefined) return true;
    return isShown(maskDraw(experiments.key, hypothesisKey(skill), sessionId, digest), propensity);
  }
}

function propensityIn({ scope, standing }: Skill, experiments: Experiments): number {
  return propensityOf(standing.state, {
    isExperimenting: experiments.enabled,
    labelledTurnsLastMonth: isWide(scope) ? experiments.labelledTurnsLastMonth(scope) : 0,
    isPinned: standing.isPinned,
  });
}

/** One conversation and one person have only a part of their space's feedback: it does not count for what is theirs. */
const isWide = ({ kind }: SkillScope): boolean => kind === 'global' || kind === 'space';
