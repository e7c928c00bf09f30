import { type ActivityProfile, QUARTER_MS } from '../domain/activity-profile.ts';
import { closeQuarter, noteActive } from '../domain/close-quarter.ts';
import { hourOfWeek, wallAt, type ZoneRules } from '../domain/wall-clock.ts';

/** Quarters are told by their start, divided by `QUARTER_MS`. */
export interface OpenQuarter {
  readonly quarter: number;
  readonly events: number;
}

/** What is known of a space, and what came in the quarter under way. */
export interface Counted {
  readonly profile: ActivityProfile;
  readonly open: OpenQuarter | undefined;
}

export const quarterAt = (at: number): number => Math.floor(at / QUARTER_MS);

/** The first that begins at an instant or later. */
export const quarterFrom = (at: number): number => Math.ceil(at / QUARTER_MS);

/** Adds one event. Where the clock went back over a quarter that was counted, it is the next one's: nothing is counted twice. */
export function countEvent({ profile, open }: Counted, quarter: number): Counted {
  if (open !== undefined && open.quarter >= quarter) {
    return { profile, open: { ...open, events: open.events + 1 } };
  }
  return { profile, open: { quarter: Math.max(quarter, profile.lastQuarter + 1), events: 1 } };
}

/** Folds in what ended before quarter `until`; the bot was there for every quarter from `wholeFrom` on, from its start to its end. */
export function settleQuarters(
  { profile, open }: Counted,
  until: number,
  wholeFrom: number,
  rules: ZoneRules,
): Counted {
  const hasEnded = open !== undefined && open.quarter < until;
  let settled = hasEnded && open.quarter < wholeFrom ? noteActive(profile, open.quarter) : profile;
  for (let quarter = Math.max(profile.lastQuarter + 1, wholeFrom); quarter < until; quarter += 1) {
    settled = closeQuarter(settled, {
      quarter,
      hourOfWeek: hourOfWeek(wallAt(rules, quarter * QUARTER_MS)),
      events: open?.quarter === quarter ? open.events : 0,
    });
  }
  return { profile: settled, open: hasEnded ? undefined : open };
}
