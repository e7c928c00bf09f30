import type { Exposure, SessionBaseline } from '../../ports/trial-store.ts';
import { differenceFromBaseline, differenceOfArms } from './differences.ts';
import type { Trialled } from './e-process.ts';
import { type Belief, probabilityBelowZero, updated } from './normal.ts';

export interface HarmAlarm {
  readonly isAlarm: boolean;
  /** Probability that the skill does harm; absent while there is nothing to compare with. */
  readonly pHarm?: number;
  /** Bad votes in sessions that were shown it, and of how many people. */
  readonly negatives: number;
  readonly negativePeople: number;
}

export const alarmProbability = 0.9;
export const leastNegatives = 5;
export const leastNegativePeople = 2;

/**
 * Skeptical: before any evidence a skill is as likely to hurt as to help, and does less of either than skills do. The alarm
 * looks after every session, and this is what holds it back. Where lifts are spread half as wide again as this, nine
 * alarms in ten are right, however often one looks. Of skills that make no difference at all it stops some: about a
 * third, if each were tried in 1,500 sessions.
 */
const skepticalPrior: Belief = { mean: 0, sd: 0.1 };

/** Other sessions of the scope are about other things: they may differ from those that a skill fits by so much (standard deviation) without its doing. */
const confoundingSd = 0.1;

/**
 * Whether a skill is to be stopped before its test can end: it does harm with a probability above 0.9, and at least five
 * bad votes of at least two people were given in sessions that were shown it, so that nobody stops a skill alone.
 * Sessions where chance decided count against the masked ones, those that were certain to be shown it against `baseline`,
 * which is trusted less. `people`: so many are needed where a skill is for one person alone.
 */
export function harmAlarm(
  exposures: readonly (Trialled & Pick<Exposure, 'negatives'>)[],
  baseline?: SessionBaseline,
  people: number = leastNegativePeople,
): HarmAlarm {
  const given = exposures.filter(({ isShown }) => isShown).flatMap((exposure) => exposure.negatives);
  const negatives = given.reduce((sum, { votes }) => sum + votes, 0);
  const negativePeople = new Set(given.filter(({ votes }) => votes > 0).map(({ personId }) => personId)).size;
  const pHarm = probabilityOfHarm(exposures, baseline);
  if (pHarm === undefined) return { isAlarm: false, negatives, negativePeople };
  const isHeard = negatives >= leastNegatives && negativePeople >= people;
  return { isAlarm: isHeard && pHarm > alarmProbability, pHarm, negatives, negativePeople };
}

function probabilityOfHarm(
  exposures: readonly Trialled[],
  baseline: SessionBaseline | undefined,
): number | undefined {
  const byChance = differenceOfArms(exposures);
  const observed = differenceFromBaseline(exposures, baseline);
  const measured = [
    ...(byChance === undefined ? [] : [byChance]),
    ...(observed === undefined ? [] : [{ ...observed, variance: observed.variance + confoundingSd ** 2 }]),
  ];
  return measured.length === 0 ? undefined : probabilityBelowZero(measured.reduce(updated, skepticalPrior));
}
