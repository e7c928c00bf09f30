import type { SpaceSignals } from '../../../core/domain/schedule.ts';
import { MINUTE_MS } from '../../../core/domain/wall-clock.ts';
import { type OurRule, ourRule } from './play-ours.ts';
import type { WorkShape } from './work.ts';

/**
 * Calls of ten seconds, as hosted engines have them and a small model on a processor takes; two minutes a step. The scheduler closes a window before a message is
 * acknowledged, so that no call goes out after one.
 */
export const usualWork: WorkShape = { callMs: 10_000, callsAStep: 12, reactMs: 0 };
const shortCalls: WorkShape = { ...usualWork, callMs: 5_000, callsAStep: 24 };
const longCalls: WorkShape = { ...usualWork, callMs: 20_000, callsAStep: 6 };
/** As slow as is promised: a call may still go out for two seconds. */
const slowToReact: WorkShape = { ...usualWork, reactMs: 2_000 };

export interface PlayedRule {
  readonly name: string;
  readonly rule: OurRule;
  readonly work: WorkShape;
}

const forecastMinutes = 15;
const forecastForAll: OurRule = { ...ourRule, heed: whereQuiet(ourRule.neededQuiet) };
/** Found by trying some on the first seed. */
const soonerIdle = { idleMs: 10 * MINUTE_MS, neededQuiet: 0.7 };

/** The rule as shipped. */
export const asShipped: PlayedRule = { name: 'ours', rule: ourRule, work: usualWork };

/** What a part of the rule brings, and what another rule would. */
export const otherRules: readonly PlayedRule[] = [
  { name: 'without forecast', rule: { ...ourRule, neededQuiet: 0 }, work: usualWork },
  { name: 'without veto', rule: { ...ourRule, vetoMs: 0, wokenMs: 0 }, work: usualWork },
  {
    name: 'sleep only',
    rule: { ...ourRule, idleMs: Number.POSITIVE_INFINITY, heed: sleepOnly },
    work: usualWork,
  },
  {
    name: 'veto only',
    rule: { ...ourRule, wokenMs: 0, idleMs: 3 * MINUTE_MS, neededQuiet: 0 },
    work: usualWork,
  },
  { name: 'asleep again at once', rule: { ...ourRule, wokenMs: 0 }, work: usualWork },
  { name: 'forecast for all', rule: forecastForAll, work: usualWork },
  { name: 'calls of 5 s', rule: ourRule, work: shortCalls },
  { name: 'calls of 20 s', rule: ourRule, work: longCalls },
  { name: 'a call up to 2 s after a message', rule: ourRule, work: slowToReact },
  {
    name: 'forecast for all, idle from 10 minutes at 0.7, calls of 5 s',
    rule: { ...ourRule, ...soonerIdle, heed: whereQuiet(soonerIdle.neededQuiet) },
    work: shortCalls,
  },
];

function sleepOnly(signals: SpaceSignals): SpaceSignals {
  return { ...signals, busy: [], peopleAway: [] };
}

/** Hours of sleep and calendars count only where it should be quiet besides. */
function whereQuiet(needed: number): (signals: SpaceSignals, now: number) => SpaceSignals {
  return (signals, now) =>
    signals.quiet(now, forecastMinutes) >= needed
      ? signals
      : { ...signals, sleep: [], busy: [], peopleAway: [] };
}
