import type { CalendarLink } from '../domain/calendar.ts';
import type { CalendarStore } from '../ports/calendar-store.ts';
import type { Logger } from '../ports/logger.ts';
import type { SecretBox } from '../ports/secret-box.ts';
import { calendarSecretContext } from './read-calendar.ts';

export interface OpenedSecretDeps {
  readonly store: Pick<CalendarStore, 'sealed'>;
  readonly box: Pick<SecretBox, 'open'>;
  readonly logger: Logger;
}

/** What a calendar was linked with; `undefined` where it is gone or does not open. Rejects where the store fails. */
export async function openedSecret(
  { store, box, logger }: OpenedSecretDeps,
  { linkId }: Pick<CalendarLink, 'linkId'>,
): Promise<string | undefined> {
  const sealed = await store.sealed(linkId);
  if (sealed === undefined) return undefined;
  try {
    return box.open(sealed, calendarSecretContext(linkId));
  } catch (error) {
    logger.warn('calendar_secret_unreadable', { linkId, error });
    return undefined;
  }
}
