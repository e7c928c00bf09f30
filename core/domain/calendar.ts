import type { ErrorCode } from './app-error.ts';
import type { Brand } from './brand.ts';
import type { PersonId, SpaceId } from './ids.ts';
import type { Span } from './span.ts';

export type CalendarLinkId = Brand<'CalendarLinkId'>;

export function calendarLinkId(value: string): CalendarLinkId {
  return value as CalendarLinkId;
}

/** `freebusy`: only when it is busy is read. `events`: also of what kind what is in it is, never its words. */
export type CalendarAccess = 'freebusy' | 'events';

/** A calendar that a space or a person in it has linked. */
export interface CalendarLink {
  readonly linkId: CalendarLinkId;
  /** As people name it, from 1. */
  readonly number: number;
  readonly spaceId: SpaceId;
  /** Whose it is; absent: it stands for the whole space, as a room’s or a team’s does. */
  readonly personId?: PersonId;
  /** Which adapter reads it: `google`, `ics`. */
  readonly source: string;
  /** The source’s own name of the calendar: `primary`, an address. Empty where the secret says it all. */
  readonly calendarId: string;
  readonly access: CalendarAccess;
  /** What people call it. */
  readonly label: string;
  readonly addedBy: PersonId;
  /** Epoch milliseconds. */
  readonly addedAt: number;
}

/** What was last read of a calendar. */
export interface CalendarReading {
  /** When it is busy; merged. */
  readonly busy: readonly Span[];
  /** What it was asked for: outside nothing is known. */
  readonly asked: Span;
  readonly readAt: number;
  /** What the source needs to ask for changes only; means something to it alone. */
  readonly cursor?: string;
}

/** Why a calendar cannot be read, since when. */
export interface CalendarFault {
  readonly code: ErrorCode;
  /** A sentence for people. */
  readonly message: string;
  readonly since: number;
  /** Nothing but linking it again helps. */
  readonly isFinal: boolean;
}

/** A link with what is known of it. Without a reading, or with one that is too old, it counts as unknown: neither busy nor free. */
export interface LinkedCalendar extends CalendarLink {
  readonly reading?: CalendarReading;
  readonly fault?: CalendarFault;
}
