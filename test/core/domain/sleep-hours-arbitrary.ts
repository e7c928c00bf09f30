import fc from 'fast-check';
import type { SleepRange } from '../../../core/domain/sleep-hours.ts';
import { isoWeekdays } from '../../../core/domain/wall-clock.ts';

/** Any range; bounds are often the same or midnight. */
export const anySleepRange: fc.Arbitrary<SleepRange> = fc
  .record({
    days: fc.subarray([...isoWeekdays], { minLength: 1 }),
    startMinute: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 1439 }) }, fc.constant(0)),
    endMinute: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 1439 }) }, fc.constant(0)),
    isWholeDay: fc.boolean(),
  })
  .map(({ isWholeDay, days, startMinute, endMinute }) => ({
    days,
    startMinute,
    endMinute: isWholeDay ? startMinute : endMinute,
  }));
