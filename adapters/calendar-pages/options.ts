import type { CalendarAccess } from '../../core/domain/calendar.ts';
import type { Logger } from '../../core/ports/logger.ts';

/** What a person is asked before the provider is, and again before anything is linked. */
export interface Question {
  /** Stands for all of it; taken by one answer. */
  readonly token: string;
  /** Who asked for it, by name and account. */
  readonly askedBy: string;
  /** What people call the place that it is for. */
  readonly spaceLabel: string;
  readonly isForSpace: boolean;
  readonly access: CalendarAccess;
  /** The provider’s page. */
  readonly url: string;
}

/** What a browser shows of itself: the word that `start` gave it. */
type Browser = string | undefined;

/** What stands behind the pages. All of it may reject with an `AppError` whose message is for the person. */
export interface ConsentDesk {
  /** Uses nothing up. */
  look(token: string): Promise<Question>;
  start(token: string, browser: Browser): Promise<{ readonly url: string; readonly browser: string }>;
  /** Again gives the same, until it is answered. */
  consented(back: { readonly code: string; readonly state: string }, browser: Browser): Promise<Question>;
  denied(back: { readonly error: string; readonly state: string }, browser: Browser): Promise<void>;
  confirm(token: string, browser: Browser): Promise<{ readonly number: number; readonly label: string }>;
  decline(token: string, browser: Browser): Promise<void>;
}

export interface CalendarPagesOptions {
  readonly desk: ConsentDesk;
  /** Where browsers find the pages, without a last slash: `https://bot.example/calendar`. `undefined` while there is no such place. */
  readonly pagesAt: () => string | undefined;
  readonly logger: Logger;
}
