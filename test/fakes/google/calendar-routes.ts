import { apiRefusal, type GoogleAnswer, unknownName } from './answers.ts';
import { type GoogleCalendar, type GoogleEvent, roughSpan } from './calendars.ts';
import { masked, parseFieldMask } from './field-mask.ts';

export interface CalendarRoutes {
  events(calendarId: string, query: URLSearchParams): GoogleAnswer;
  freebusy(query: URLSearchParams, body: unknown): GoogleAnswer;
  /** Every sync token so far is too old. */
  expireSyncTokens(): void;
}

export interface CalendarRoutesDeps {
  readonly calendars: ReadonlyMap<string, GoogleCalendar>;
  /** Events on one page at most, whatever is asked for. */
  readonly pageSize: number;
}

const eventsParameters = [
  'singleEvents',
  'maxAttendees',
  'maxResults',
  'fields',
  'timeMin',
  'timeMax',
  'syncToken',
  'pageToken',
];
const notWithSyncToken = ['timeMin', 'timeMax', 'orderBy', 'updatedMin', 'q', 'iCalUID'];
/** Google’s own limit is not documented; it is not shorter. */
const longestRangeMs = 31 * 86_400_000;
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

interface SyncPoint {
  readonly change: number;
  readonly calendarId: string;
  /** What else was asked for, which must stay the same. */
  readonly question: string;
  readonly timeMin: string;
  readonly timeMax: string;
}

/** `events.list` and `freebusy.query`, as strict as their reference: what it does not know it refuses. */
export function createCalendarRoutes({ calendars, pageSize }: CalendarRoutesDeps): CalendarRoutes {
  const syncPoints = new Map<string, SyncPoint>();
  const pages = new Map<string, { readonly question: string; readonly rest: readonly GoogleEvent[] }>();
  let issued = 0;

  function issue(kind: string): string {
    issued += 1;
    return `${kind}=${issued}`;
  }

  function rangeProblem(query: URLSearchParams): string | undefined {
    const [min, max] = [query.get('timeMin') ?? '', query.get('timeMax') ?? ''];
    if (!rfc3339.test(min) || !rfc3339.test(max)) return 'badRequest';
    return Date.parse(min) < Date.parse(max) ? undefined : 'timeRangeEmpty';
  }

  /** Without a sync token nothing cancelled is shown; with one everything that changed is, also what left the range. */
  function matching(calendar: GoogleCalendar, since: number | undefined, range: SyncPoint): GoogleEvent[] {
    if (since !== undefined) return [...calendar.changedAfter(since)];
    return calendar.events().filter((event) => {
      if (event.status === 'cancelled') return false;
      const { from, to } = roughSpan(event);
      return from < Date.parse(range.timeMax) && to > Date.parse(range.timeMin);
    });
  }

  function shown(event: GoogleEvent, maxAttendees: number): unknown {
    // Of a cancelled event only this is promised.
    if (event.status === 'cancelled') return { kind: 'calendar#event', id: event.id, status: 'cancelled' };
    const { attendees } = event;
    const few =
      attendees !== undefined && attendees.length > maxAttendees
        ? { attendees: attendees.filter(({ self }) => self === true), attendeesOmitted: true }
        : {};
    return { kind: 'calendar#event', ...event, ...few };
  }

  function events(calendarId: string, query: URLSearchParams): GoogleAnswer {
    const unknown = unknownName(query.keys(), eventsParameters);
    if (unknown !== undefined) return apiRefusal(400, 'badRequest', `Unknown parameter ${unknown}`);
    const calendar = calendars.get(calendarId);
    if (calendar === undefined) return apiRefusal(404, 'notFound', 'Not Found');
    if (query.get('singleEvents') !== 'true') return apiRefusal(400, 'badRequest', 'This fake expands only');
    const syncToken = query.get('syncToken');
    if (syncToken !== null && notWithSyncToken.some((name) => query.has(name))) {
      return apiRefusal(400, 'syncTokenWithRequestRestrictions');
    }
    const question = ['singleEvents', 'maxAttendees', 'maxResults', 'fields']
      .map((name) => query.get(name))
      .join('\n');
    const point = syncToken === null ? undefined : syncPoints.get(syncToken);
    if (syncToken !== null && point?.calendarId !== calendarId) {
      return apiRefusal(410, 'fullSyncRequired', 'Sync token is no longer valid, a full sync is required.');
    }
    if (point !== undefined && point.question !== question) {
      return apiRefusal(400, 'invalid', 'The parameters changed');
    }
    const problem = syncToken === null ? rangeProblem(query) : undefined;
    if (problem !== undefined) return apiRefusal(400, problem);
    const range = point ?? {
      change: 0,
      calendarId,
      question,
      timeMin: query.get('timeMin') ?? '',
      timeMax: query.get('timeMax') ?? '',
    };
    return page(calendar, query, range, point?.change);
  }

  function page(
    calendar: GoogleCalendar,
    query: URLSearchParams,
    range: SyncPoint,
    since: number | undefined,
  ): GoogleAnswer {
    const pageToken = query.get('pageToken');
    const whole = [...query].filter(([name]) => name !== 'pageToken').join('\n');
    const pending = pageToken === null ? undefined : pages.get(pageToken);
    if (pageToken !== null && pending?.question !== whole)
      return apiRefusal(400, 'invalid', 'Bad page token');
    const found = pending?.rest ?? matching(calendar, since, range);
    const size = Math.min(pageSize, Number(query.get('maxResults') ?? 250));
    const [items, rest] = [found.slice(0, size), found.slice(size)];
    let tokens: Readonly<Record<string, string>>;
    if (rest.length > 0) {
      const nextPageToken = issue('page');
      pages.set(nextPageToken, { question: whole, rest });
      tokens = { nextPageToken };
    } else {
      const nextSyncToken = issue('sync');
      syncPoints.set(nextSyncToken, { ...range, change: calendar.lastChange() });
      tokens = { nextSyncToken };
    }
    const maxAttendees = Number(query.get('maxAttendees') ?? Number.POSITIVE_INFINITY);
    const body = {
      kind: 'calendar#events',
      etag: '"e"',
      summary: 'the secret name of the calendar',
      timeZone: calendar.timeZone,
      items: items.map((event) => shown(event, maxAttendees)),
      ...tokens,
    };
    const fields = query.get('fields');
    try {
      return { status: 200, body: fields === null ? body : masked(body, parseFieldMask(fields)) };
    } catch {
      return apiRefusal(400, 'invalidParameter', 'Invalid field selection');
    }
  }

  function freebusy(query: URLSearchParams, body: unknown): GoogleAnswer {
    if ([...query].length > 0) return apiRefusal(400, 'badRequest', 'Unknown parameter');
    const question = readQuestion(body);
    if (question === undefined) return apiRefusal(400, 'badRequest', 'Bad body');
    const { timeMin, timeMax, ids } = question;
    const [min, max] = [Date.parse(timeMin), Date.parse(timeMax)];
    if (!(min < max)) return apiRefusal(400, 'timeRangeEmpty');
    if (max - min > longestRangeMs) return apiRefusal(400, 'timeRangeTooLong');
    const answers = ids.map((id) => {
      const calendar = calendars.get(id);
      const errors = calendar === undefined ? ['notFound'] : calendar.busyErrors;
      if (calendar === undefined || errors.length > 0) {
        return [id, { errors: errors.map((reason) => ({ domain: 'global', reason })), busy: [] }];
      }
      return [id, { busy: busyTimes(calendar, min, max) }];
    });
    const calendarsBody = Object.fromEntries(answers);
    return { status: 200, body: { kind: 'calendar#freeBusy', timeMin, timeMax, calendars: calendarsBody } };
  }

  return {
    events,
    freebusy,
    expireSyncTokens: () => syncPoints.clear(),
  };
}

function busyTimes(calendar: GoogleCalendar, min: number, max: number): unknown[] {
  return calendar
    .events()
    .filter(({ status, transparency }) => status === 'confirmed' && transparency !== 'transparent')
    .filter(({ attendees }) => attendees?.find(({ self }) => self)?.responseStatus !== 'declined')
    .map(roughSpan)
    .filter(({ from, to }) => from < max && to > min)
    .map(({ from, to }) => ({ start: new Date(from).toISOString(), end: new Date(to).toISOString() }));
}

function readQuestion(
  body: unknown,
): { readonly timeMin: string; readonly timeMax: string; readonly ids: readonly string[] } | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  if (unknownName(Object.keys(body), ['timeMin', 'timeMax', 'items']) !== undefined) return undefined;
  const { timeMin, timeMax, items } = body as Record<string, unknown>;
  if (typeof timeMin !== 'string' || typeof timeMax !== 'string' || !Array.isArray(items)) return undefined;
  if (!rfc3339.test(timeMin) || !rfc3339.test(timeMax)) return undefined;
  const ids = items.map((item: unknown) =>
    typeof item === 'object' && item !== null && 'id' in item ? item.id : undefined,
  );
  const texts = ids.filter((id) => typeof id === 'string');
  return texts.length === items.length ? { timeMin, timeMax, ids: texts } : undefined;
}
