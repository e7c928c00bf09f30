import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { MarkdownPort } from '../../core/ports/markdown.ts';
import type { TerminalLink } from './link.ts';

export interface TerminalOptions {
  /** The way to the person at the keyboard. */
  readonly link: TerminalLink;
  readonly markdown: MarkdownPort;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What the person is called: the account's name on this machine. */
  readonly personName: string;
}

export const PLATFORM = 'terminal';

/** Longest message, in characters. Longer answers come as several messages. */
export const MAX_TEXT_CHARS = 20_000;

/** How often a line that could not be stored is tried again before the person is told. */
export const MAX_DELIVERIES = 8;

/** Before the first further try; doubles with each one up to two seconds. */
export const FIRST_RETRY_MS = 100;
export const LONGEST_RETRY_MS = 2_000;
