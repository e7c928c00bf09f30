import type { CalendarLinkId } from '../domain/calendar.ts';
import type { CalendarPort } from '../ports/calendar.ts';
import type { CalendarStore } from '../ports/calendar-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { SecretBox } from '../ports/secret-box.ts';
import { openedSecret } from './opened-secret.ts';
import { inTime } from './read-calendar.ts';

export interface RightDeps {
  readonly store: Pick<CalendarStore, 'list' | 'sealed'>;
  readonly sources: ReadonlyMap<string, CalendarPort>;
  readonly box: Pick<SecretBox, 'open'>;
  readonly clock: Pick<Clock, 'after'>;
  readonly logger: Logger;
}

/** A right to read that somebody gave. */
export interface GivenRight {
  readonly source: string;
  readonly secret: string;
  /** The link that is about to go: it needs the right no more. */
  readonly but?: CalendarLinkId;
}

/** A person waits for it. */
const revokeTimeoutMs = 15_000;

/**
 * Gives a right back at its source, unless a link in whatever space lives by the same account. A source that refuses or does not
 * answer is logged. Rejects as the store does, and then nothing was given back.
 */
export async function giveRightBack(deps: RightDeps, right: GivenRight): Promise<void> {
  const source = deps.sources.get(right.source);
  if (source === undefined || (await isNeeded(deps, source, right))) return;
  try {
    await inTime(deps.clock, revokeTimeoutMs, new AbortController().signal, (signal) =>
      source.revoke(right.secret, signal),
    );
  } catch (error) {
    deps.logger.warn('calendar_not_revoked', { source: right.source, error });
  }
}

async function isNeeded(
  deps: RightDeps,
  { source, about }: CalendarPort,
  { secret, but }: GivenRight,
): Promise<boolean> {
  const { account } = about(secret);
  const others = (await deps.store.list()).filter((link) => link.source === source && link.linkId !== but);
  const secrets = await Promise.all(others.map((link) => openedSecret(deps, link)));
  return secrets.some((other) => other !== undefined && about(other).account === account);
}
