import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countsAsBusy, type EventFacts } from '../../../adapters/google-calendar/counts-as-busy.ts';

const timed: EventFacts = { isAllDay: false };
const allDay: EventFacts = { isAllDay: true };

const facts = fc.record(
  {
    status: fc.constantFrom('confirmed', 'tentative', 'cancelled'),
    transparency: fc.constantFrom('opaque', 'transparent'),
    eventType: fc.constantFrom(
      'default',
      'outOfOffice',
      'focusTime',
      'workingLocation',
      'birthday',
      'fromGmail',
    ),
    ownResponse: fc.constantFrom('accepted', 'declined', 'tentative', 'needsAction'),
    isAllDay: fc.boolean(),
  },
  { requiredKeys: ['isAllDay'] },
);

describe('what counts as busy', () => {
  test.each<[string, EventFacts, boolean]>([
    ['a meeting without guests', timed, true],
    ['a meeting that was accepted', { ...timed, ownResponse: 'accepted' }, true],
    ['one that was declined', { ...timed, ownResponse: 'declined' }, false],
    ['one that was answered with maybe', { ...timed, ownResponse: 'tentative' }, false],
    ['an invitation without an answer', { ...timed, ownResponse: 'needsAction' }, false],
    ['an event that may not take place', { ...timed, status: 'tentative' }, false],
    ['a cancelled one', { ...timed, status: 'cancelled' }, false],
    ['one that shows as free', { ...timed, transparency: 'transparent' }, false],
    ['out of office', { ...timed, eventType: 'outOfOffice' }, true],
    ['focus time', { ...timed, eventType: 'focusTime' }, true],
    ['a flight out of a mail', { ...timed, eventType: 'fromGmail' }, true],
    ['a kind that Google adds', { ...timed, eventType: 'somethingNew' }, true],
    ['a working location', { ...timed, eventType: 'workingLocation' }, false],
    ['a working location that is opaque', { ...allDay, eventType: 'workingLocation' }, false],
    ['a birthday', { ...allDay, eventType: 'birthday' }, false],
    ['a note on a day', { ...allDay, transparency: 'opaque' }, false],
    ['all day out of office', { ...allDay, eventType: 'outOfOffice' }, true],
    ['an all-day focus time', { ...allDay, eventType: 'focusTime' }, false],
  ])('%s', (_, event, isBusy) => {
    expect(countsAsBusy(event)).toBe(isBusy);
  });

  test('nothing that is cancelled, maybe, free, or not accepted ever counts', () => {
    fc.assert(
      fc.property(facts, (event) => {
        if (!countsAsBusy(event)) return;
        expect(event.status ?? 'confirmed').toBe('confirmed');
        expect(event.transparency ?? 'opaque').toBe('opaque');
        expect(event.ownResponse ?? 'accepted').toBe('accepted');
      }),
    );
  });

  test('an event that lasts all day never counts where a shorter one would not', () => {
    fc.assert(
      fc.property(facts, (event) => {
        if (countsAsBusy({ ...event, isAllDay: true })) {
          expect(countsAsBusy({ ...event, isAllDay: false })).toBe(true);
        }
      }),
    );
  });
});
