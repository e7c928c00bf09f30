import type { SkillState } from '../../domain/skill.ts';

const drawDigits = 12;

/**
 * Where a session falls for a hypothesis, 0 ≤ draw < 1: the same for the same three, evenly spread over sessions, and
 * unrelated between hypotheses. Nobody without the installation's key can foretell it. `digest`: as `Ids.digest`.
 */
export function maskDraw(
  key: string,
  hypothesisKey: string,
  sessionId: string,
  digest: (text: string) => string,
): number {
  const place = digest(JSON.stringify(['mask', key, hypothesisKey, sessionId])).slice(0, drawDigits);
  return Number.parseInt(place, 16) / 16 ** drawDigits;
}

/** Shown where the draw lies below the propensity: never with 0, always with 1, and a larger one keeps what a smaller one shows. */
export function isShown(draw: number, propensity: number): boolean {
  return draw < propensity;
}

export interface MaskPolicy {
  /** False: the operator wants nothing masked by chance. */
  readonly isExperimenting: boolean;
  /** Of the scope, over the last 30 days. */
  readonly labelledTurnsLastMonth: number;
  readonly isPinned: boolean;
}

const canaryShare = 0.5;
const watchedShare = 0.9;
/** With more labelled turns a month than this a scope can spare a tenth of an active skill's sessions. */
const busyLabelledTurns = 1_000;

/** With which probability a session that a skill fits is shown it; 0 for one that cannot be retrieved. */
export function propensityOf(state: SkillState, policy: MaskPolicy): number {
  switch (state) {
    case 'candidate':
    case 'retired':
      return 0;
    case 'canary':
      return isMasking(policy) ? canaryShare : 1;
    case 'active':
      return isMasking(policy) && policy.labelledTurnsLastMonth > busyLabelledTurns ? watchedShare : 1;
  }
}

const isMasking = ({ isExperimenting, isPinned }: MaskPolicy): boolean => isExperimenting && !isPinned;
