import { AppError } from '../domain/app-error.ts';
import type { LinkedCalendar } from '../domain/calendar.ts';
import type { PersonId, SpaceId } from '../domain/ids.ts';
import { giveRightBack } from './give-right-back.ts';
import type { LinkCalendarDeps } from './link-calendar.ts';
import { openedSecret } from './opened-secret.ts';

export interface DisconnectRequest {
  readonly spaceId: SpaceId;
  readonly number: number;
  readonly by: PersonId;
  readonly isMaintainer: boolean;
}

/**
 * Gives the right back, where no other link needs it, and removes the link, also where the source does not answer. People may do so
 * with what is theirs or was linked by them. Rejects with `not_found`, `not_allowed`, and as the store does.
 */
export async function disconnectCalendar(
  deps: LinkCalendarDeps,
  { spaceId, number, by, isMaintainer }: DisconnectRequest,
): Promise<LinkedCalendar> {
  const link = (await deps.store.list(spaceId)).find((one) => one.number === number);
  if (link === undefined) throw new AppError('not_found', `There is no calendar ${number} here.`);
  if (!isMaintainer && link.personId !== by && link.addedBy !== by) {
    throw new AppError(
      'not_allowed',
      'That calendar is not yours. Whose it is can disconnect it, or a maintainer.',
    );
  }
  const { linkId, source } = link;
  const secret = await openedSecret(deps, link);
  if (secret !== undefined) await giveRightBack(deps, { source, secret, but: linkId });
  await deps.store.remove(linkId);
  deps.poller.forget(linkId);
  deps.logger.info('calendar_disconnected', { linkId, source });
  return link;
}
