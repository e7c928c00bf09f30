import { AppError } from '../domain/app-error.ts';
import { type CalendarLink, calendarLinkId, type LinkedCalendar } from '../domain/calendar.ts';
import { cleanText } from '../domain/clean-text.ts';
import type { CalendarPort } from '../ports/calendar.ts';
import type { CalendarStore } from '../ports/calendar-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Logger } from '../ports/logger.ts';
import type { SecretBox } from '../ports/secret-box.ts';
import type { CalendarPoller } from './calendar-poller.ts';
import { giveRightBack } from './give-right-back.ts';
import { openedSecret } from './opened-secret.ts';
import { calendarSecretContext, type FreshReading } from './read-calendar.ts';

export interface LinkCalendarDeps {
  readonly store: CalendarStore;
  readonly sources: ReadonlyMap<string, CalendarPort>;
  readonly box: SecretBox;
  readonly ids: Ids;
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly logger: Logger;
  readonly poller: Pick<CalendarPoller, 'ask' | 'forget' | 'probe'>;
}

/** A calendar that is to be linked. */
export interface CalendarToLink
  extends Pick<CalendarLink, 'spaceId' | 'personId' | 'source' | 'calendarId' | 'access' | 'addedBy'> {
  readonly secret: string;
  /** What people call it where the source does not say. */
  readonly label: string;
}

/** Of one person in one space, or of the whole space. */
export const mostCalendars = 20;
const mostLabelChars = 80;

const tooMany = (): AppError =>
  new AppError('not_allowed', `There are ${mostCalendars} calendars already: disconnect one of them first.`);

type Place = Pick<CalendarToLink, 'spaceId' | 'personId' | 'source' | 'calendarId'>;

/** What the same owner has in the same space. */
async function linkedBesides(
  { store }: Pick<LinkCalendarDeps, 'store'>,
  { spaceId, personId }: Place,
): Promise<readonly LinkedCalendar[]> {
  return (await store.list(spaceId)).filter((link) => link.personId === personId);
}

const isAlike = (link: Place, wanted: Place): boolean =>
  link.source === wanted.source && link.calendarId === wanted.calendarId;

/** Rejects with `not_allowed` where there are too many for one more, and as the store does. It may take the place of one that is alike: that shows later. */
export async function demandRoom(deps: Pick<LinkCalendarDeps, 'store'>, wanted: Place): Promise<void> {
  const besides = await linkedBesides(deps, wanted);
  if (besides.length < mostCalendars || besides.some((link) => isAlike(link, wanted))) return;
  throw tooMany();
}

/** Reads a calendar once and links it where that went well. Rejects as `readCalendar` and `recordCalendar`. */
export async function linkCalendar(deps: LinkCalendarDeps, wanted: CalendarToLink): Promise<LinkedCalendar> {
  await demandRoom(deps, wanted);
  return recordCalendar(deps, wanted, await deps.poller.probe(wanted, wanted.secret));
}

/**
 * Links a calendar that was just read; from now on it is read again and again. The same one makes room for it where it was linked before, and
 * what nobody needs any more of its right is given back. Rejects as the store does, and with `not_allowed` where there are too many.
 */
export async function recordCalendar(
  deps: LinkCalendarDeps,
  wanted: CalendarToLink,
  { reading, name }: FreshReading,
): Promise<LinkedCalendar> {
  const { store, box, poller, ids, clock, logger } = deps;
  const { secret, label, ...facts } = wanted;
  const called = labelOf(name) ?? labelOf(label) ?? 'Calendar';

  const besides = await linkedBesides(deps, wanted);
  const replaced = await replacedBy(deps, { ...wanted, label: called }, besides);
  if (besides.length - replaced.length >= mostCalendars) throw tooMany();

  const linkId = calendarLinkId(ids.next('calendar'));
  const added = await store.add(
    { ...facts, linkId, label: called, addedAt: clock.now() },
    box.seal(secret, calendarSecretContext(linkId)),
  );
  const unwritten = (error: unknown): void => logger.warn('calendar_not_stored', { linkId, error });
  for (const before of replaced) await makeRoom(deps, before).catch(unwritten);
  // What was read just now counts at once; should it not be written, it is read again.
  await store.setReading(linkId, reading).catch(unwritten);
  logger.info('calendar_linked', { linkId, source: added.source, access: added.access });
  void poller.ask(linkId);
  return { ...added, reading };
}

interface Replaced extends LinkedCalendar {
  /** Absent where it does not open. */
  readonly secret?: string;
}

/** The new one is stored: whether the right is needed still shows by it too. */
async function makeRoom(deps: LinkCalendarDeps, { linkId, source, secret }: Replaced): Promise<void> {
  await deps.store.remove(linkId);
  deps.poller.forget(linkId);
  if (secret !== undefined) await giveRightBack(deps, { source, secret });
}

/**
 * The same calendar: of the same id, where that says it all, or of the same account. And one that nothing but linking it again
 * helps, of the same name.
 */
async function replacedBy(
  deps: LinkCalendarDeps,
  wanted: CalendarToLink,
  besides: readonly LinkedCalendar[],
): Promise<readonly Replaced[]> {
  const alike: readonly Replaced[] = await Promise.all(
    besides
      .filter((link) => isAlike(link, wanted))
      .map(async (link) => {
        const secret = await openedSecret(deps, link);
        return secret === undefined ? link : { ...link, secret };
      }),
  );
  if (isOwnName(wanted.calendarId)) return alike;
  const accountOf = (secret: string): string =>
    deps.sources.get(wanted.source)?.about(secret).account ?? secret;
  const account = accountOf(wanted.secret);
  const same = alike.filter(({ secret }) => secret !== undefined && accountOf(secret) === account);
  if (same.length > 0) return same;
  const dead = alike.find(({ fault, label }) => fault?.isFinal === true && label === wanted.label);
  return dead === undefined ? [] : [dead];
}

/** `primary` is another calendar with every account, and a feed has no name but its address. */
function isOwnName(calendarId: string): boolean {
  return calendarId.includes('@');
}

function labelOf(text: string | undefined): string | undefined {
  const label = cleanText(text ?? '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  if (label === '') return undefined;
  const chars = [...label];
  return chars.length <= mostLabelChars ? label : `${chars.slice(0, mostLabelChars - 1).join('')}…`;
}
