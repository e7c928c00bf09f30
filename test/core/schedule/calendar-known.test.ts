import { describe, expect, test } from 'vitest';
import { calendarLinkId, type LinkedCalendar } from '../../../core/domain/calendar.ts';
import { personId, spaceId } from '../../../core/domain/ids.ts';
import { calendarKnown, calendarProblem, whyUnknown } from '../../../core/schedule/calendar-known.ts';

const hour = 60 * 60_000;
const now = Date.UTC(2026, 4, 4, 9);
const link: LinkedCalendar = {
  linkId: calendarLinkId('c'),
  number: 3,
  spaceId: spaceId('web', 'team'),
  personId: personId('web', 'ada'),
  source: 'google',
  calendarId: 'primary',
  access: 'freebusy',
  label: 'ada@example.org',
  addedBy: personId('web', 'ada'),
  addedAt: now - 24 * hour,
};
const reading = { busy: [], asked: { from: now - 24 * hour, to: now + 24 * hour }, readAt: now };
const fault = {
  code: 'network',
  message: 'The network is down.',
  since: now - 3 * hour,
  isFinal: false,
} as const;

describe('whether a calendar is known', () => {
  test.each([
    ['never read', link, false],
    ['read now', { ...link, reading }, true],
    ['read two hours ago', { ...link, reading: { ...reading, readAt: now - 2 * hour } }, true],
    ['read longer ago', { ...link, reading: { ...reading, readAt: now - 2 * hour - 1 } }, false],
    ['read in the future, a little', { ...link, reading: { ...reading, readAt: now + hour } }, true],
    ['read in the future', { ...link, reading: { ...reading, readAt: now + 2 * hour + 1 } }, false],
    ['with a passing fault and a fresh reading', { ...link, reading, fault }, true],
    ['with a final fault', { ...link, reading, fault: { ...fault, isFinal: true } }, false],
    ['asked up to now only', { ...link, reading: { ...reading, asked: { from: 0, to: now } } }, false],
    ['asked from now on', { ...link, reading: { ...reading, asked: { from: now, to: now + 1 } } }, true],
    [
      'asked from later on',
      { ...link, reading: { ...reading, asked: { from: now + 1, to: now + 2 } } },
      false,
    ],
  ] as const)('%s', (_, calendar, isKnown) => {
    expect(calendarKnown(calendar, now)).toBe(isKnown);
    expect(whyUnknown(calendar, now) === undefined).toBe(isKnown);
    if (isKnown) expect(calendarProblem(calendar, now)).toBeUndefined();
  });
});

describe('what is said of one that is not', () => {
  const old = { ...reading, readAt: now - 5 * hour };

  test('why, as a clause', () => {
    expect(whyUnknown({ ...link, fault }, now)).toBe('The network is down');
    expect(whyUnknown(link, now)).toBe('it was not read yet');
    expect(whyUnknown({ ...link, reading: old }, now)).toBe('it was not read for 5 hours');
  });

  test('what to do, without a name', () => {
    const said = [
      calendarProblem({ ...link, fault: { ...fault, isFinal: true } }, now),
      calendarProblem({ ...link, fault }, now),
      calendarProblem({ ...link, reading: old }, now),
      calendarProblem({ ...link, fault: { ...fault, since: now } }, now),
    ];
    expect(said).toEqual([
      'Calendar 3 of this space could not be read for 3 hours. The network is down',
      'Calendar 3 of this space could not be read for 3 hours; it is tried again and again',
      'Calendar 3 of this space was not read for 5 hours',
      'Calendar 3 of this space could not be read for less than a minute; it is tried again and again',
    ]);
    expect(said.join()).not.toMatch(/ada/);
  });

  test('nothing of one that was only just linked', () => {
    expect(calendarProblem({ ...link, addedAt: now - hour }, now)).toBeUndefined();
    expect(calendarProblem({ ...link, addedAt: now - 24 * hour }, now)).toBe(
      'Calendar 3 of this space was not read for 1 day',
    );
  });
});
