import type { IncomingMessage } from 'node:http';
import type { ApiRefused } from '../../core/ports/api-access.ts';
import type { ApiErrorKind, DialectPort } from './dialect-port.ts';
import { isOfAnotherSite, toAnotherSite } from './from-elsewhere.ts';
import type { JsonAnswer } from './json-endpoint.ts';
import type { BodyFault } from './read-body.ts';

/** What is answered to a request that is not taken. */
export interface Fault {
  readonly kind: ApiErrorKind;
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Lists and objects of a body. */
export const mostDeep = 500;

export const faults = {
  too_large: {
    kind: 'too_large',
    status: 413,
    message: 'The request is larger than proxy.maxBodyBytes allows.',
  },
  not_json: {
    kind: 'unsupported_media',
    status: 415,
    message: 'Send the request as JSON, with content-type: application/json.',
  },
  encoded: {
    kind: 'unsupported_media',
    status: 415,
    message: 'Send the request without content-encoding: a packed body cannot be read here.',
  },
  no_room: {
    kind: 'overloaded',
    status: 503,
    message: 'MetaClaw holds as many large requests as it may. Send it again in a moment.',
    headers: { 'retry-after': '1' },
  },
  too_slow: {
    kind: 'timeout',
    status: 408,
    message: 'The request came more slowly than 8 KB a second, or took longer than ten minutes.',
    headers: { connection: 'close' },
  },
  too_deep: {
    kind: 'invalid_request',
    status: 400,
    message: `The body nests lists and objects more than ${mostDeep} deep, which no model server takes.`,
  },
} as const satisfies Readonly<Record<Exclude<BodyFault, 'gone'> | 'too_deep', Fault>>;

const refusals = {
  auth_failed: { kind: 'auth', status: 401 },
  rate_limited: { kind: 'rate_limited', status: 429 },
  quota_exhausted: { kind: 'quota', status: 429 },
} as const satisfies Readonly<Record<ApiRefused['reason'], { kind: ApiErrorKind; status: number }>>;

/** One that is told before the key is looked at. */
export interface EarlyRefusal extends Fault {
  /** For the counter. */
  readonly reason: string;
}

/** RFC 9110, 15.5.2. */
const challenge = { 'www-authenticate': 'Bearer realm="MetaClaw"' } as const;

/** Refused whatever the key is worth: addresses and passwords are written into logs on the way. */
export const misplacedKey: EarlyRefusal = {
  reason: 'misplaced_key',
  kind: 'auth',
  status: 401,
  message:
    'A key of MetaClaw’s is no part of an address and no password: put it in x-metaclaw-key, or send it as authorization: Bearer.',
  headers: challenge,
};

/** A page that shows no key. */
export function otherSite(
  incoming: Pick<IncomingMessage, 'headers'>,
  key: string | undefined,
): EarlyRefusal | undefined {
  if (key !== undefined || !isOfAnotherSite(incoming)) return undefined;
  return { reason: 'other_site', kind: 'not_allowed', status: 403, message: toAnotherSite };
}

/** `why`: a sentence before the others, or ''. */
export function refusalAnswer(
  { reason, message, retryAfterSeconds }: ApiRefused,
  why: string,
  error: DialectPort['error'],
): JsonAnswer {
  const { kind, status } = refusals[reason];
  return {
    status,
    body: error(kind, `${why}${message}`),
    headers: {
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
      ...(status === 401 ? challenge : {}),
    },
  };
}
