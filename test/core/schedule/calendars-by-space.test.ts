import fc from 'fast-check';
import { expect, test } from 'vitest';
import { calendarLinkId, type LinkedCalendar } from '../../../core/domain/calendar.ts';
import { createCalendarsBySpace } from '../../../core/schedule/calendars-by-space.ts';
import { ada, other, team } from './calendar-rig.ts';

const calendar = (place: number, label = ''): LinkedCalendar => ({
  linkId: calendarLinkId(`link-${place}`),
  // Links come in another order than that of their numbers.
  number: 10 - place,
  spaceId: place % 2 === 0 ? team : other,
  source: 'google',
  calendarId: 'c',
  access: 'freebusy',
  label,
  addedBy: ada,
  addedAt: 0,
});

test('a space has those that were set and not removed, as they are now, by number', () => {
  const step = fc.record({ place: fc.nat(7), label: fc.constantFrom('a', 'b', undefined) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const bySpace = createCalendarsBySpace();
      const expected = new Map<string, LinkedCalendar>();
      for (const { place, label } of steps) {
        const one = calendar(place, label);
        if (label === undefined) {
          bySpace.remove(one);
          expected.delete(one.linkId);
        } else {
          bySpace.set(one);
          expected.set(one.linkId, one);
        }
        for (const space of [team, other]) {
          const own = [...expected.values()].filter(({ spaceId }) => spaceId === space);
          expect(bySpace.of(space)).toEqual(own.toSorted((a, b) => a.number - b.number));
        }
      }
    }),
  );
});

test('what is given is the same value until something of that space changes', () => {
  const bySpace = createCalendarsBySpace();
  bySpace.set(calendar(0));
  const before = bySpace.of(team);
  bySpace.set(calendar(1));
  bySpace.remove(calendar(1));
  expect(bySpace.of(team)).toBe(before);
  expect(bySpace.of(other)).toBe(bySpace.of(other));
  bySpace.set(calendar(0, 'b'));
  expect(bySpace.of(team)).not.toBe(before);
  expect(before).toEqual([calendar(0)]);
});
