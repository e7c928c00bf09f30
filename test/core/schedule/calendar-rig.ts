import { type CalendarLink, calendarLinkId, type LinkedCalendar } from '../../../core/domain/calendar.ts';
import { personId, type SpaceId, spaceId } from '../../../core/domain/ids.ts';
import type { SecretBox } from '../../../core/ports/secret-box.ts';
import {
  type CalendarPoller,
  type CalendarPollerDeps,
  createCalendarPoller,
} from '../../../core/schedule/calendar-poller.ts';
import { calendarSecretContext } from '../../../core/schedule/read-calendar.ts';
import {
  createFakeBox,
  createFakeSource,
  createMemoryCalendarStore,
  type FakeCalendarSource,
  type MemoryCalendarStore,
} from '../../fakes/calendars.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
export const team = spaceId('web', 'team');
export const other = spaceId('web', 'other');
export const ada = personId('web', 'ada');
export const bob = personId('web', 'bob');

/** A poller over fakes. It spreads nothing: delays are the plain ones. */
export interface CalendarRig {
  readonly clock: FakeClock;
  readonly store: MemoryCalendarStore;
  readonly box: SecretBox;
  readonly logger: MemoryLogger;
  readonly google: FakeCalendarSource;
  readonly ics: FakeCalendarSource;
  /** Spaces whose calendars were said to have changed. */
  readonly changes: readonly SpaceId[];
  readonly poller: CalendarPoller;
  newPoller(changes?: Partial<CalendarPollerDeps>): CalendarPoller;
  /** Stores one, as the desk does. */
  link(facts?: Partial<Omit<CalendarLink, 'number'>>, secret?: string): Promise<LinkedCalendar>;
}

export function createCalendarRig(): CalendarRig {
  const clock = createFakeClock();
  const store = createMemoryCalendarStore();
  const box = createFakeBox();
  const logger = createMemoryLogger();
  const google = createFakeSource('google');
  const ics = createFakeSource('ics');
  const changes: SpaceId[] = [];
  let count = 0;

  const newPoller = (start: Partial<CalendarPollerDeps> = {}): CalendarPoller =>
    createCalendarPoller({
      store,
      sources: new Map([
        ['google', google],
        ['ics', ics],
      ]),
      box,
      clock,
      random: () => 0.5,
      logger,
      zoneOf: (id) => (id === team ? 'Europe/Berlin' : 'UTC'),
      onChange: (id) => changes.push(id),
      ...start,
    });

  return {
    clock,
    store,
    box,
    logger,
    google,
    ics,
    changes,
    newPoller,
    poller: newPoller(),
    /** Stores one, as the desk does. */
    async link(
      facts: Partial<Omit<CalendarLink, 'number'>> = {},
      secret = 'secret',
    ): Promise<LinkedCalendar> {
      count += 1;
      const linkId = calendarLinkId(`link-${count}`);
      const link = {
        linkId,
        spaceId: team,
        personId: ada,
        source: 'google',
        calendarId: `c${count}@example.org`,
        access: 'freebusy' as const,
        label: `Calendar of Ada ${count}`,
        addedBy: ada,
        addedAt: clock.now(),
        ...facts,
      };
      return store.add(link, box.seal(secret, calendarSecretContext(link.linkId)));
    },
  };
}
