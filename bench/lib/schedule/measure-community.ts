import type { Span } from '../../../core/domain/span.ts';
import { totalMs } from '../../../core/domain/span.ts';
import { DAY_MS, HOUR_MS } from '../../../core/domain/wall-clock.ts';
import type { TimeZonePort } from '../../../core/ports/time-zones.ts';
import type { DrawCommunity } from './community.ts';
import { learn } from './learn.ts';
import { playOracle } from './play-oracle.ts';
import { playOurs } from './play-ours.ts';
import { playReference } from './play-reference.ts';
import { asShipped, otherRules, usualWork } from './rules.ts';
import { type Summary, summarise } from './summary.ts';

/** One community of one seed, under every rule. */
export interface Measured {
  readonly messagesADay: number;
  readonly oracleHoursADay: number;
  readonly ours: Summary;
  /** Its calendar is read as it was meant. */
  readonly reference: Summary;
  /** As it runs: nothing ever reads its calendar. */
  readonly referenceBlind: Summary;
  /** In the order of `otherRules`. */
  readonly others: readonly Summary[];
  /** How far forecasts of a quiet quarter were off at the end, 0 … 1; absent without any. */
  readonly forecastError?: number;
}

export function measureCommunity(
  draw: DrawCommunity,
  span: Span,
  seed: number,
  zones: Pick<TimeZonePort, 'rules'>,
): Measured {
  const days = (span.to - span.from) / DAY_MS;
  const community = draw(span, seed, zones);
  const learned = learn(community);
  const oracle = playOracle(community, asShipped.rule, usualWork);
  const [ours, ...others] = [asShipped, ...otherRules].map(({ rule, work }) =>
    summarise(playOurs(community, learned, rule, work), oracle, span),
  );
  if (ours === undefined) throw new RangeError('There is no rule.');
  return {
    messagesADay: community.messages.length / days,
    oracleHoursADay: totalMs(oracle) / HOUR_MS / days,
    ours,
    others,
    reference: summarise(playReference(community, true, usualWork), oracle, span),
    referenceBlind: summarise(playReference(community, false, usualWork), oracle, span),
    ...(learned.error === undefined ? {} : { forecastError: learned.error }),
  };
}
