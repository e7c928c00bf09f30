import { AppError, type ErrorCode, toAppError } from '../domain/app-error.ts';
import type { CalendarAccess, LinkedCalendar } from '../domain/calendar.ts';
import type { PersonId, SpaceId } from '../domain/ids.ts';
import { demandRoom, type LinkCalendarDeps, linkCalendar, recordCalendar } from './link-calendar.ts';
import { openedSecret } from './opened-secret.ts';
import { pastedText } from './pasted-text.ts';

export interface ConnectCalendarDeps extends LinkCalendarDeps {
  /** The secret by which the service account reads, as itself or for a person of its domain; absent where none is set. */
  readonly serviceSecret?: (subject?: string) => string;
  /** The address of a feed as it is to be read. Throws `invalid_input`. */
  readonly feedAddress: (text: string) => string;
  /** Whether people can let the bot read their calendars in a browser. */
  readonly hasConsent: boolean;
}

/** Who asks for a calendar, and for whom. */
export interface CalendarAsk {
  readonly spaceId: SpaceId;
  /** Whose calendar it becomes: that of the person who asks, or the whole space's, which only its maintainers may ask for. */
  readonly owner: PersonId | 'space';
  readonly by: PersonId;
  readonly access: CalendarAccess;
  /** May have calendars read by the service account, which may see those of others, also of who has nothing to do with the space. */
  readonly mayUseServiceAccount: boolean;
}

/** What somebody wants to have linked. */
export type ConnectTarget =
  | { readonly kind: 'account' }
  | { readonly kind: 'feed'; readonly address: string }
  | { readonly kind: 'id'; readonly calendarId: string };

const accountSource = 'google';
export const accountLabel = 'Google Calendar';
const feedSource = 'ics';

/** Whether its address alone shows everything in it. */
export function isFeed({ source }: Pick<LinkedCalendar, 'source'>): boolean {
  return source === feedSource;
}

const calendarIdSyntax = /^[^\s@/<>]{1,128}@[^\s@/<>]{1,128}\.[^\s@/<>]{2,64}$/;

/** Throws `invalid_input`. */
export function readConnectTarget(what: string): ConnectTarget {
  const text = pastedText(what);
  if (text.toLowerCase() === accountSource) return { kind: 'account' };
  if (/^webcals?:/i.test(text) || text.includes('/')) return { kind: 'feed', address: what };
  if (calendarIdSyntax.test(text)) return { kind: 'id', calendarId: text };
  throw new AppError(
    'invalid_input',
    'That is no calendar. Say `google`, the address of a calendar feed (https://… or webcal://…), or the id of a calendar, such as room@example.org.',
  );
}

function ownerOf({ owner }: Pick<CalendarAsk, 'owner'>): { readonly personId?: PersonId } {
  return owner === 'space' ? {} : { personId: owner };
}

export function nothingSetUp(): AppError {
  return new AppError(
    'not_found',
    'No way to Google Calendar is set up here. Whoever runs the bot sets calendar.googleClientId and GOOGLE_CLIENT_SECRET, or calendar.serviceAccountFile. The address of a calendar feed (https://… or webcal://…) always works.',
  );
}

/** Rejects as `linkCalendar`, and with `invalid_input` for an access that no feed has. */
export async function connectFeed(
  deps: ConnectCalendarDeps,
  request: CalendarAsk,
  text: string,
): Promise<LinkedCalendar> {
  const address = deps.feedAddress(text);
  if (request.access === 'events') throw noEvents();
  return linkCalendar(deps, {
    ...ownerOf(request),
    spaceId: request.spaceId,
    source: feedSource,
    calendarId: '',
    access: request.access,
    addedBy: request.by,
    secret: address,
    label: new URL(address).host,
  });
}

const noEvents = (): AppError =>
  new AppError(
    'invalid_input',
    'Leave `events` out: it is for Google calendars. The address of a feed shows me everything in it in any case, and I keep only when it is busy.',
  );

/** With these the calendar is there, or somebody else may read it: the next way may do. */
const wayEnds: ReadonlySet<ErrorCode> = new Set(['auth_failed', 'not_found', 'not_allowed']);

/**
 * Links the calendar of an id by the first way that can read it: the service account as itself, the service account for the
 * person whose id it is, the accounts that the same person has linked in the same space. Rejects with `not_found` where no way can,
 * and as `linkCalendar`.
 */
export async function connectId(
  deps: ConnectCalendarDeps,
  request: CalendarAsk,
  calendarId: string,
): Promise<LinkedCalendar> {
  await demandRoom(deps, {
    ...ownerOf(request),
    spaceId: request.spaceId,
    source: accountSource,
    calendarId,
  });
  const secrets = new Set([
    ...(request.mayUseServiceAccount ? serviceSecrets(deps, calendarId) : []),
    ...(await ownSecrets(deps, request)),
  ]);
  if (secrets.size === 0) {
    if (!request.mayUseServiceAccount && deps.serviceSecret !== undefined) throw onlyTrusted();
    if (!deps.hasConsent) throw nothingSetUp();
    throw new AppError(
      'not_found',
      'You have linked no account here that could read it. Connect `google` first, then this calendar.',
    );
  }
  let last: AppError | undefined;
  for (const secret of secrets) {
    const wanted = {
      ...ownerOf(request),
      spaceId: request.spaceId,
      source: accountSource,
      calendarId,
      access: request.access,
      addedBy: request.by,
      secret,
      label: calendarId,
    };
    const fresh = await deps.poller.probe(wanted, secret).catch(toAppError);
    if (!(fresh instanceof AppError)) return recordCalendar(deps, wanted, fresh);
    if (!wayEnds.has(fresh.code)) throw fresh;
    last = fresh;
  }
  throw new AppError('not_found', unreadable(deps), { cause: last });
}

const onlyTrusted = (): AppError =>
  new AppError(
    'not_allowed',
    'Only the operator, and whom the operator has named in `maintainers`, may have a calendar read by the service account. Connect `google` with an account that can see it, or the address of a feed.',
  );

function unreadable({ serviceSecret, hasConsent }: ConnectCalendarDeps): string {
  const ways = [
    ...(serviceSecret === undefined ? [] : ['share it with the service account of the bot']),
    ...(hasConsent ? ['connect `google` with an account that can see it'] : []),
  ];
  const advice = ways.length === 0 ? '' : `, or ${ways.join(', or ')}`;
  return `There is no such calendar that I may read. Look whether the id is right${advice}.`;
}

function serviceSecrets({ serviceSecret }: ConnectCalendarDeps, calendarId: string): readonly string[] {
  if (serviceSecret === undefined) return [];
  // Rooms, teams and holidays have calendars but are nobody whom one could stand in for.
  const isPerson = !/calendar\.google\.com$/i.test(calendarId);
  return [serviceSecret(), ...(isPerson ? [serviceSecret(calendarId)] : [])];
}

async function ownSecrets(deps: ConnectCalendarDeps, request: CalendarAsk): Promise<readonly string[]> {
  const links = await deps.store.list(request.spaceId);
  const own = links.filter(({ source, addedBy }) => source === accountSource && addedBy === request.by);
  const secrets = await Promise.all(own.map((link) => openedSecret(deps, link)));
  return secrets.filter((secret) => secret !== undefined);
}
