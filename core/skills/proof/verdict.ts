import type { Exposure, SessionBaseline } from '../../ports/trial-store.ts';
import { harmfulContexts } from './contexts.ts';
import { type EProcess, isRandomised, processOf, threshold } from './e-process.ts';
import { harmAlarm } from './harm-alarm.ts';
import { labelBalance } from './label-balance.ts';
import { estimateLift } from './lift.ts';

/** What a verdict reads of an exposure. */
export type JudgedExposure = Pick<
  Exposure,
  'at' | 'isShown' | 'propensity' | 'context' | 'outcome' | 'isLabelled' | 'negatives'
>;

/** One version of one skill in one scope, while it is tried. */
export interface TriedHypothesis {
  readonly state: 'canary' | 'active';
  readonly isProven: boolean;
  readonly isPinned: boolean;
  /** Which hypothesis of its scope it is, from 1. */
  readonly ordinal: number;
  /** All of this trial, in the order of time. */
  readonly exposures: readonly JudgedExposure[];
  /** When the trial began, epoch milliseconds. */
  readonly startedAt: number;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The other sessions of the scope. */
  readonly baseline?: SessionBaseline;
  /** How likely a scope may ever prove a skill that makes no difference: 0.05. */
  readonly alpha: number;
  /** It is for one person alone, whose word is then enough to stop it. */
  readonly isPersonal?: boolean;
}

/**
 * `promote_unproven`: a canary becomes active without proof. `prove`: the test is won, whatever state it is in.
 * `demote_harm`: it has to stop.
 */
export type VerdictKind = 'keep' | 'promote_unproven' | 'prove' | 'demote_harm';

/** What is to happen to a hypothesis, and what people are told about it. */
export interface Verdict {
  readonly kind: VerdictKind;
  /** The harm alarm is on. A pinned skill is kept nevertheless: whoever pinned it is told. */
  readonly isHarmAlarm: boolean;
  readonly exposures: number;
  readonly shown: number;
  readonly masked: number;
  /** As in `LabelBalance`. */
  readonly labelledShown?: number;
  readonly labelledMasked?: number;
  readonly isLabelShareOff: boolean;
  readonly logE: number;
  readonly logThreshold: number;
  /** As in `Lift`. */
  readonly lift?: number;
  readonly liftLow?: number;
  readonly liftHigh?: number;
  /** As in `HarmAlarm`. */
  readonly pHarm?: number;
  readonly negatives: number;
  readonly negativePeople: number;
  /** Contexts in which it is proven to hurt; those that are masked already stay among them. */
  readonly contextsToMask: readonly string[];
  /** Whole days. */
  readonly daysAlive: number;
  /** Milliseconds from now until the test is won at the present pace; absent where it is won, or not on its way there. */
  readonly expectedDecisionMs?: number;
}

const DAY_MS = 86_400_000;
const leastCanaryMs = 14 * DAY_MS;
const leastCanaryExposures = 20;
const paceMs = 30 * DAY_MS;

/** The same for the same input. Harm comes before proof, proof before time. */
export function judgeHypothesis(input: TriedHypothesis): Verdict {
  const { exposures, baseline, ordinal, alpha, isPinned, startedAt, now } = input;
  const process = processOf(exposures);
  const logThreshold = Math.log(threshold(ordinal, alpha));
  const balance = labelBalance(exposures);
  const lift = estimateLift(exposures, baseline);
  const { isAlarm, ...harm } = harmAlarm(exposures, baseline, input.isPersonal === true ? 1 : undefined);
  const expectedDecisionMs = input.isProven ? undefined : timeToProof(process, logThreshold, input);
  const shown = exposures.filter(({ isShown }) => isShown).length;
  return {
    kind: kindOf(input, { isAlarm, isLabelShareOff: balance.isOff, isWon: process.logE >= logThreshold }),
    isHarmAlarm: isAlarm,
    exposures: exposures.length,
    shown,
    masked: exposures.length - shown,
    ...(balance.shown === undefined ? {} : { labelledShown: balance.shown }),
    ...(balance.masked === undefined ? {} : { labelledMasked: balance.masked }),
    isLabelShareOff: balance.isOff,
    logE: process.logE,
    logThreshold,
    ...(lift === undefined ? {} : { lift: lift.mean, liftLow: lift.low, liftHigh: lift.high }),
    ...harm,
    contextsToMask: isPinned ? [] : harmfulContexts(exposures, ordinal, alpha),
    daysAlive: Math.max(0, Math.floor((now - startedAt) / DAY_MS)),
    ...(expectedDecisionMs === undefined ? {} : { expectedDecisionMs }),
  };
}

interface Findings {
  readonly isAlarm: boolean;
  readonly isLabelShareOff: boolean;
  readonly isWon: boolean;
}

function kindOf(input: TriedHypothesis, { isAlarm, isLabelShareOff, isWon }: Findings): VerdictKind {
  if (isAlarm) return input.isPinned ? 'keep' : 'demote_harm';
  if (isLabelShareOff) return 'keep';
  if (isWon && !input.isProven) return 'prove';
  const isOldEnough = input.now - input.startedAt >= leastCanaryMs;
  return input.state === 'canary' && isOldEnough && input.exposures.length >= leastCanaryExposures
    ? 'promote_unproven'
    : 'keep';
}

/** By the mean growth of log e, and by how many exposures of the last 30 days could have gone either way. */
function timeToProof(
  { logE, exposures }: EProcess,
  logThreshold: number,
  input: TriedHypothesis,
): number | undefined {
  if (logE <= 0 || logE >= logThreshold) return undefined;
  const since = Math.max(input.startedAt, input.now - paceMs);
  const recent = input.exposures.filter((exposure) => isRandomised(exposure) && exposure.at >= since).length;
  if (recent === 0 || input.now <= since) return undefined;
  const needed = (logThreshold - logE) / (logE / exposures);
  return (needed * (input.now - since)) / recent;
}
