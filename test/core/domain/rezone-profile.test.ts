import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rezone } from '../../../core/domain/rezone-profile.ts';
import { HOUR_MS, hourOfWeek, hoursOfWeek, utcRules, wallAt } from '../../../core/domain/wall-clock.ts';
import { sampleProfile } from '../../contract/activity-samples.ts';
import { monday } from './profile-arbitrary.ts';

const lists = ['events', 'quarters', 'active', 'atRisk', 'broken'] as const;
const profile = sampleProfile({ zone: 'UTC' });
/** Those of zones that there are, by quarters of an hour. */
const offset = fc.integer({ min: -12 * 4, max: 14 * 4 }).map((quarters) => (quarters * HOUR_MS) / 4);

test('in another zone the same instants are as busy as before', () => {
  fc.assert(
    fc.property(fc.integer({ min: -26, max: 26 }), fc.nat(hoursOfWeek - 1), (hoursAhead, hour) => {
      const toMs = hoursAhead * HOUR_MS;
      const moved = rezone(profile, 'Test/Moved', { fromMs: 0, toMs });
      const at = monday + hour * HOUR_MS;
      const movedHour = hourOfWeek(wallAt({ ...utcRules, offsetMs: () => toMs }, at));
      for (const list of lists) expect(moved[list][movedHour]).toBe(profile[list][hour]);
      expect(moved.zone).toBe('Test/Moved');
      expect({ ...moved, ...profile }).toEqual(profile);
    }),
  );
});

test('half hours are rounded', () => {
  const moved = rezone(profile, 'Asia/Kolkata', { fromMs: 0, toMs: 5.5 * HOUR_MS });
  expect(moved.events[6]).toBe(profile.events[0]);
});

test('a way over several zones ends where the direct one does, and a way back where it began', () => {
  fc.assert(
    fc.property(offset, fc.array(offset, { minLength: 1, maxLength: 6 }), (first, others) => {
      let [moved, fromMs] = [profile, first];
      for (const toMs of others) {
        moved = rezone(moved, 'Test/Way', { fromMs, toMs });
        fromMs = toMs;
      }
      expect(moved).toEqual(rezone(profile, 'Test/Way', { fromMs: first, toMs: fromMs }));
      expect(rezone(moved, 'UTC', { fromMs, toMs: first })).toEqual(profile);
    }),
  );
});
