import type { Exposure } from '../../ports/trial-store.ts';
import { isRandomised } from './e-process.ts';

export interface LabelBalance {
  /** Share of the sessions in which somebody said something, 0 … 1; absent where there is no session. */
  readonly shown?: number;
  readonly masked?: number;
  /** They differ by more than chance would have it. */
  readonly isOff: boolean;
}

const leastSessions = 10;
/** 95 % of a normal distribution lie within so many standard deviations. */
const twoSided95 = 1.96;

/**
 * Whether people speak up as often with the skill as without it. Silence counts as 0 in an outcome, so a skill that only
 * makes people more or less willing to vote would look as if it changed what they think. Where any session was left to
 * chance only those are compared.
 */
export function labelBalance(
  exposures: readonly Pick<Exposure, 'isShown' | 'propensity' | 'isLabelled'>[],
): LabelBalance {
  const randomised = exposures.filter(isRandomised);
  const compared = randomised.length === 0 ? exposures : randomised;
  const arm = (isShown: boolean): Arm => {
    const own = compared.filter((exposure) => exposure.isShown === isShown);
    return { sessions: own.length, labelled: own.filter(({ isLabelled }) => isLabelled).length };
  };
  const shown = arm(true);
  const masked = arm(false);
  return {
    ...(shown.sessions === 0 ? {} : { shown: shown.labelled / shown.sessions }),
    ...(masked.sessions === 0 ? {} : { masked: masked.labelled / masked.sessions }),
    isOff:
      Math.min(shown.sessions, masked.sessions) >= leastSessions && Math.abs(zOf(shown, masked)) > twoSided95,
  };
}

interface Arm {
  readonly sessions: number;
  readonly labelled: number;
}

/** Two proportions with a pooled variance; 0 where all or none are labelled. */
function zOf(a: Arm, b: Arm): number {
  const pooled = (a.labelled + b.labelled) / (a.sessions + b.sessions);
  const variance = pooled * (1 - pooled) * (1 / a.sessions + 1 / b.sessions);
  return variance === 0 ? 0 : (a.labelled / a.sessions - b.labelled / b.sessions) / Math.sqrt(variance);
}
