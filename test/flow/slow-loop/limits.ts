import type { PolicyScope } from '../../../core/domain/policy.ts';
import { defaultRunLimits, type RunLimits } from '../../../core/learning/run/plan-limits.ts';

export const minuteMs = 60_000;
export const idleMs = 30 * minuteMs;
/** After somebody's word, where a person wants training. */
export const quietMs = 3 * minuteMs;
export const quietTimes = { skills: 10 * minuteMs, weights: 60 * minuteMs };
export const configuredStamp = 'configured';
export const everywhere: PolicyScope = { kind: 'everywhere' };

/** Small enough that a few people's words of one day make a run of some steps, and that some answers are left for the next. */
export const limits: RunLimits = {
  ...defaultRunLimits,
  leastSamples: 4,
  leastOfSign: 1,
  leastPeople: 2,
  personShare: 0.75,
  mostSamples: 8,
  batchSize: 2,
  staleBad: 2,
};

export const tidyMs = 30;
/** A millionth a token. */
export const prices = { train: 1_000_000, read: 1_000_000, write: 1_000_000 };
