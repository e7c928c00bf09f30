import type { CalendarAccess } from '../domain/calendar.ts';
import type { PersonId, SpaceId } from '../domain/ids.ts';

/** What a page shows of a space’s schedule: sentences ready to be read, nothing of other spaces. */
export interface ScheduleView {
  /** Whether the window is open, and why: `Closed: somebody wrote a moment ago.` */
  readonly window: string;
  /** When the next is expected, and by what. */
  readonly next: string;
  readonly sleep: string;
  /** As the IANA database spells it. */
  readonly zone: string;
  /** What is not as it should be. */
  readonly problems: readonly string[];
  /** By number, rising. */
  readonly calendars: readonly CalendarView[];
  /** Whether `google` can be connected: the operator has set up its side. */
  readonly canConnectGoogle: boolean;
}

export interface CalendarView {
  readonly number: number;
  readonly label: string;
  /** What is read of it and when it was read last, or why it cannot be. */
  readonly standing: string;
}

export interface DeskConnect {
  readonly spaceId: SpaceId;
  /** Whose calendar it becomes. */
  readonly by: PersonId;
  /** `google`, an address of a feed, or the id of a calendar. */
  readonly what: string;
  readonly access: CalendarAccess;
}

export type DeskConnected =
  /** `url`: the page where the person lets the bot read it, `http` or `https`, theirs alone. `hint`: how long it works, and what else there is to know. */
  | { readonly kind: 'open'; readonly url: string; readonly hint: string }
  | { readonly kind: 'linked'; readonly label: string };

/** A space’s schedule as a page shows and changes it. Every method may reject with an `AppError` whose message is for the person. */
export interface ScheduleDesk {
  view(spaceId: SpaceId): Promise<ScheduleView>;
  /** The week as PNG. `isDark`: for a dark page. */
  picture(spaceId: SpaceId, isDark: boolean): Promise<Uint8Array>;
  connect(request: DeskConnect): Promise<DeskConnected>;
  /** Gives the label of what was there. `not_found` for a number that is none; a second time too. */
  disconnect(spaceId: SpaceId, number: number, by: PersonId): Promise<string>;
}
