import * as z from 'zod';

const tokenAnswer = z.looseObject({
  access_token: z.string().min(1),
  expires_in: z.number().positive().optional(),
  refresh_token: z.string().min(1).optional(),
  scope: z.string().optional(),
  id_token: z.string().optional(),
});

/** https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload */
const idClaims = z.looseObject({ sub: z.string().min(1).max(255) });

export interface TokenAnswer {
  readonly accessToken: string;
  /** Milliseconds. */
  readonly lifetimeMs: number;
  readonly refreshToken?: string;
  /** Separated by spaces; absent: as was asked for (RFC 6749, 5.1). */
  readonly scope?: string;
  /** Who has agreed, by a name that Google never gives to another; absent where Google does not say. */
  readonly account?: string;
}

const usualLifetimeSeconds = 3_600;

/** `undefined` where the value is no answer of the token endpoint. */
export function parseTokenAnswer(value: unknown): TokenAnswer | undefined {
  const parsed = tokenAnswer.safeParse(value);
  if (!parsed.success) return undefined;
  const { access_token: accessToken, expires_in: seconds, refresh_token: refreshToken, scope } = parsed.data;
  const account = subjectIn(parsed.data.id_token);
  return {
    accessToken,
    lifetimeMs: (seconds ?? usualLifetimeSeconds) * 1_000,
    ...(refreshToken !== undefined && { refreshToken }),
    ...(scope !== undefined && { scope }),
    ...(account !== undefined && { account }),
  };
}

/**
 * The `sub` of an ID token. Its signature is not looked at: it came straight from the token endpoint by TLS, which is proof enough.
 * https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
 */
function subjectIn(idToken: string | undefined): string | undefined {
  const payload = idToken?.split('.')[1];
  if (payload === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return idClaims.safeParse(claims).data?.sub;
  } catch {
    return undefined;
  }
}

const freebusyAnswer = z.looseObject({
  calendars: z.record(
    z.string(),
    z.looseObject({
      busy: z.array(z.looseObject({ start: z.string(), end: z.string() })).optional(),
      errors: z.array(z.looseObject({ reason: z.string().optional() })).optional(),
    }),
  ),
});

export interface FreebusyAnswer {
  readonly busy: readonly { readonly start: string; readonly end: string }[];
  /** Why this calendar was not read. */
  readonly errors: readonly string[];
}

/** What was said of each calendar, by its id. `undefined` where the value is no answer to the question. */
export function parseFreebusy(value: unknown): ReadonlyMap<string, FreebusyAnswer> | undefined {
  const parsed = freebusyAnswer.safeParse(value);
  if (!parsed.success) return undefined;
  return new Map(
    Object.entries(parsed.data.calendars).map(([id, { busy = [], errors = [] }]) => [
      id,
      { busy, errors: errors.map(({ reason }) => reason ?? 'internalError') },
    ]),
  );
}

const eventTime = z.looseObject({
  date: z.string().nullish(),
  dateTime: z.string().nullish(),
  timeZone: z.string().nullish(),
});

const event = z.looseObject({
  id: z.string().min(1),
  status: z.string().nullish(),
  transparency: z.string().nullish(),
  eventType: z.string().nullish(),
  start: eventTime.nullish(),
  end: eventTime.nullish(),
  attendees: z
    .array(z.looseObject({ self: z.boolean().nullish(), responseStatus: z.string().nullish() }))
    .nullish(),
});

export type WireTime = z.infer<typeof eventTime>;
export type WireEvent = z.infer<typeof event>;

const eventsPage = z.looseObject({
  items: z.array(z.unknown()).nullish(),
  nextPageToken: z.string().nullish(),
  nextSyncToken: z.string().nullish(),
  timeZone: z.string().nullish(),
});

export interface EventsPage {
  readonly events: readonly WireEvent[];
  readonly nextPageToken?: string;
  readonly nextSyncToken?: string;
  /** Of the calendar. */
  readonly timeZone?: string;
}

/** `undefined` where the value is no page of events. What in it is no event is left out. */
export function parseEventsPage(value: unknown): EventsPage | undefined {
  const parsed = eventsPage.safeParse(value);
  if (!parsed.success) return undefined;
  const { items, nextPageToken, nextSyncToken, timeZone } = parsed.data;
  return {
    events: (items ?? []).flatMap((item) => {
      const one = event.safeParse(item);
      return one.success ? [one.data] : [];
    }),
    ...(isText(nextPageToken) && { nextPageToken }),
    ...(isText(nextSyncToken) && { nextSyncToken }),
    ...(isText(timeZone) && { timeZone }),
  };
}

function isText(value: string | null | undefined): value is string {
  return typeof value === 'string' && value !== '';
}

const peerError = z.looseObject({
  response: z.looseObject({ status: z.number(), headers: z.instanceof(Headers), data: z.unknown() }),
});

const apiError = z.looseObject({
  error: z.looseObject({
    status: z.string().optional(),
    errors: z.array(z.looseObject({ reason: z.string().optional() })).optional(),
    details: z.array(z.looseObject({ reason: z.string().optional() })).optional(),
  }),
});

const tokenError = z.looseObject({ error: z.string() });

/** What a refusal tells. */
export interface PeerError {
  readonly status: number;
  readonly headers: Headers;
  /** The words by which Google says why, as `rateLimitExceeded` or `invalid_grant`; the most telling first. */
  readonly reasons: readonly string[];
}

/** `undefined` where Google answered nothing: the connection failed. */
export function parsePeerError(thrown: unknown): PeerError | undefined {
  const parsed = peerError.safeParse(thrown);
  if (!parsed.success) return undefined;
  const { status, headers, data } = parsed.data.response;
  return { status, headers, reasons: reasonsIn(data) };
}

function reasonsIn(data: unknown): readonly string[] {
  const oauth = tokenError.safeParse(data);
  if (oauth.success) return [oauth.data.error];
  const api = apiError.safeParse(data);
  if (!api.success) return [];
  const { details = [], errors = [], status } = api.data.error;
  return [...details.map(({ reason }) => reason), ...errors.map(({ reason }) => reason), status].filter(
    (reason) => reason !== undefined,
  );
}
