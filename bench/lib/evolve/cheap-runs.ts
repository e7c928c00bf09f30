import { createHash } from 'node:crypto';
import { type PersonId, personId } from '../../../core/domain/ids.ts';
import type { SessionBaseline } from '../../../core/ports/trial-store.ts';
import { isShown, maskDraw, propensityOf } from '../../../core/skills/proof/mask.ts';
import { type SignedVote, sessionOutcome } from '../../../core/skills/proof/session-outcome.ts';
import { type JudgedExposure, judgeHypothesis } from '../../../core/skills/proof/verdict.ts';
import { createSeededRandom, type SeededRandom } from '../seeded-random.ts';
import { DAY_MS, platform } from './world.ts';

/** What the trial machinery did with one skill. Numbers of sessions, from 1; absent: never. */
export interface TrialEnd {
  readonly provenAt?: number;
  readonly promotedAt?: number;
  readonly stoppedAt?: number;
}

export interface CheapTrial {
  /** What showing the skill adds to the mean outcome of a session. */
  readonly lift: number;
  readonly sessions: number;
}

/** The mean outcome of a session without the skill. */
export const usualOutcome = 0.6;
const sessionsADay = 5;
/** Of a hundred people who were there so many say something. */
const says = 80;
const mostPeople = 2;
const everybody: readonly PersonId[] = Array.from({ length: 12 }, (_, at) =>
  personId(platform, `p${at + 1}`),
);
const context = `${platform}|group`;

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Votes of one session whose outcome has this mean over sessions, as far as anybody says something. */
function votesIn(mean: number, random: SeededRandom): readonly SignedVote[] {
  const people = Array.from({ length: 1 + random.below(mostPeople) }, () => random.pick(everybody));
  // One silence for all of a session, so that the mean outcome is the mean vote times the share that speaks.
  if (random.below(100) >= says) return [];
  const goodShare = (1 + mean / (says / 100)) / 2;
  return people.map((actorId) => ({
    actorId,
    sign: random.below(1_000_000) < goodShare * 1_000_000 ? 1 : -1,
  }));
}

/** Mean and variance of the other sessions of the scope, as the store tells them. */
function createBaseline(): { add(outcome: number): void; now(): SessionBaseline | undefined } {
  let sessions = 0;
  let sum = 0;
  let squares = 0;
  return {
    add(outcome) {
      sessions += 1;
      sum += outcome;
      squares += outcome ** 2;
    },
    now() {
      if (sessions === 0) return undefined;
      const mean = sum / sessions;
      return { mean, variance: Math.max(0, squares / sessions - mean ** 2), sessions };
    },
  };
}

/** One skill on trial, looked at after each session as the worker does: the draw, the outcome, the test and the alarm are the real ones. */
export function runTrial(seed: number, { lift, sessions }: CheapTrial): TrialEnd {
  const random = createSeededRandom(seed);
  const exposures: JudgedExposure[] = [];
  const others = createBaseline();
  const end: { provenAt?: number; promotedAt?: number; stoppedAt?: number } = {};
  let state: 'canary' | 'active' = 'canary';
  for (let session = 1; session <= sessions; session += 1) {
    const propensity = propensityOf(state, {
      isExperimenting: true,
      labelledTurnsLastMonth: 0,
      isPinned: false,
    });
    const drawn = isShown(maskDraw(`bench ${seed}`, 'skill', `session ${session}`, digest), propensity);
    const at = (session / sessionsADay) * DAY_MS;
    const outcome = sessionOutcome(votesIn(usualOutcome + (drawn ? lift : 0), random));
    exposures.push({ ...outcome, at, isShown: drawn, propensity, context });
    if (!drawn) others.add(outcome.outcome);
    // As many sessions of the scope are about something else.
    others.add(sessionOutcome(votesIn(usualOutcome, random)).outcome);
    const baseline = others.now();
    const { kind } = judgeHypothesis({
      state,
      isProven: end.provenAt !== undefined,
      isPinned: false,
      ordinal: 1,
      exposures,
      startedAt: 0,
      now: at,
      ...(baseline === undefined ? {} : { baseline }),
      alpha: 0.05,
    });
    if (kind === 'demote_harm') return { ...end, stoppedAt: session };
    if (kind === 'prove') end.provenAt = session;
    if (kind === 'promote_unproven') end.promotedAt = session;
    if (kind !== 'keep') state = 'active';
  }
  return end;
}
