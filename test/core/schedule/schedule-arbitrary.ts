import fc from 'fast-check';
import { personId } from '../../../core/domain/ids.ts';
import type { PersonSchedule, SpaceSchedule } from '../../../core/domain/schedule.ts';
import type { SleepHours } from '../../../core/domain/sleep-hours.ts';
import { anySleepRange } from '../domain/sleep-hours-arbitrary.ts';

export const [ann, bob] = [personId('web', 'ann'), personId('web', 'bob')] as const;

export const anySleep: fc.Arbitrary<SleepHours> = fc
  .array(anySleepRange, { maxLength: 3 })
  .map((ranges) => ({ ranges }));
export const anyZone = fc.constantFrom('Europe/Berlin', 'America/New_York', 'UTC');

export const anyManual: fc.Arbitrary<NonNullable<SpaceSchedule['manual']>> = fc.record({
  kind: fc.constantFrom('open', 'closed'),
  until: fc.integer({ min: 0, max: 2 ** 45 }),
  by: fc.constantFrom(ann, bob),
});

const anyPerson: fc.Arbitrary<PersonSchedule> = fc.record(
  { personId: fc.constantFrom(ann, bob), zone: anyZone, sleep: anySleep },
  { requiredKeys: ['personId'] },
);

export const anySchedule: fc.Arbitrary<SpaceSchedule> = fc.record(
  {
    zone: anyZone,
    sleep: anySleep,
    people: fc.uniqueArray(anyPerson, { selector: (person) => person.personId, maxLength: 2 }),
    manual: anyManual,
  },
  { requiredKeys: ['people'] },
);
