import type {
  CalendarFault,
  CalendarLink,
  CalendarLinkId,
  CalendarReading,
  LinkedCalendar,
} from '../domain/calendar.ts';
import type { SpaceId } from '../domain/ids.ts';

/** Linked calendars; the secret is sealed. Durability and errors as in `InboxStore`; a row that cannot be read is left out and logged. */
export interface CalendarStore {
  /** Numbers it, from 1 in each space; a number is never given twice there. */
  add(link: Omit<CalendarLink, 'number'>, sealed: string): Promise<LinkedCalendar>;
  /** Of one space, by number; or all, as they were added. */
  list(spaceId?: SpaceId): Promise<readonly LinkedCalendar[]>;
  /** `undefined` where the link is gone. */
  sealed(linkId: CalendarLinkId): Promise<string | undefined>;
  /** Takes a fault away. False where the link is gone. */
  setReading(linkId: CalendarLinkId, reading: CalendarReading): Promise<boolean>;
  /** Keeps the reading, and `since` where the code is the same. False where the link is gone. */
  setFault(linkId: CalendarLinkId, fault: CalendarFault): Promise<boolean>;
  /** With the secret and all that was read. False where it was gone. */
  remove(linkId: CalendarLinkId): Promise<boolean>;
}
