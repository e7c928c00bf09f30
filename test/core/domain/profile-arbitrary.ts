import fc from 'fast-check';
import { type ActivityProfile, QUARTER_MS } from '../../../core/domain/activity-profile.ts';
import { type ClosedQuarter, closeQuarter, emptyProfile } from '../../../core/domain/close-quarter.ts';
import { hourOfWeek } from '../../../core/domain/wall-clock.ts';

/** A Monday, midnight in UTC. */
export const monday = Date.UTC(2026, 0, 5);
export const firstQuarter = monday / QUARTER_MS;

/** By a clock in UTC. */
export const closed = (quarter: number, events: number): ClosedQuarter => ({
  quarter,
  hourOfWeek: hourOfWeek(quarter * QUARTER_MS),
  events,
});

export const folded = (quarters: readonly ClosedQuarter[]): ActivityProfile =>
  quarters.reduce(closeQuarter, emptyProfile('UTC', monday));

/** Quarters in order, some of them seen, most of them quiet. */
export const seenQuarters: fc.Arbitrary<readonly ClosedQuarter[]> = fc
  .array(
    fc.record({
      skipped: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 5, 700),
      events: fc.constantFrom(0, 0, 0, 0, 1, 3),
    }),
    { maxLength: 60 },
  )
  .map((steps) => {
    let quarter = firstQuarter - 1;
    return steps.map(({ skipped, events }) => {
      quarter += 1 + skipped;
      return closed(quarter, events);
    });
  });
