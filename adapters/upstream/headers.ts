import { connectionHeaders } from '../../core/domain/connection-headers.ts';
import type { Dialect } from '../../core/domain/dialect.ts';
import type { UpstreamHead, UpstreamRequest } from '../../core/ports/upstream.ts';
import { coverKey } from './key-cover.ts';
import { type Candidate, showsCallerKey } from './route.ts';

/** As undici gives them: lower case. */
export type ServerHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Written anew for the request that is sent on. */
const notSentOn: ReadonlySet<string> = new Set([
  ...connectionHeaders,
  'host',
  'content-length',
  'expect',
  'authorization',
  'x-api-key',
]);

/**
 * What a server says to whoever holds its account (`set-cookie`), about its own address (`alt-svc`,
 * `strict-transport-security`) or to pages that may read it there (`access-control-…`): nothing that it may say for ours.
 */
const notPassedOn: ReadonlySet<string> = new Set([
  ...connectionHeaders,
  'set-cookie',
  'alt-svc',
  'strict-transport-security',
]);
const ofOtherOrigins = 'access-control-';

const ownKeyHeader = (dialect: Dialect, key: string): readonly [name: string, value: string] =>
  dialect === 'anthropic' ? ['x-api-key', key] : ['authorization', `Bearer ${key}`];

type Keyed = Pick<Candidate, 'hasOwnKey' | 'isKeyless'> & { readonly ownKey: string | undefined };

/** The operator's key, where the server is shown it. */
export function shownOwnKey(
  request: Pick<UpstreamRequest, 'key' | 'callerKey'>,
  target: Keyed,
): string | undefined {
  return request.key === 'caller' || showsCallerKey(request, target) ? undefined : target.ownKey;
}

/** The headers of a request to a server, name and value by turns. Its answer is asked for uncompressed, so that it can be read along. */
export function requestHeaders(request: UpstreamRequest, target: Keyed): string[] {
  const headers: string[] = [];
  for (const name in request.headers) {
    const value = request.headers[name];
    if (value !== undefined && !notSentOn.has(name) && name !== 'accept-encoding') headers.push(name, value);
  }
  headers.push('accept-encoding', 'identity');
  if (showsCallerKey(request, target)) {
    for (const [name, value] of Object.entries(request.callerKey)) headers.push(name, value);
  }
  const ownKey = shownOwnKey(request, target);
  if (ownKey !== undefined) headers.push(...ownKeyHeader(request.dialect, ownKey));
  return headers;
}

/** The server's headers for the caller, several of one name as several. `hidden`: a key that the caller must not read in them. */
export function answerHeaders(headers: ServerHeaders, hidden?: string): UpstreamHead['headers'] {
  const named = namedByConnection(headers['connection']);
  const kept: (readonly [string, string])[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || notPassedOn.has(name) || name.startsWith(ofOtherOrigins)) continue;
    if (named?.has(name)) continue;
    if (typeof value === 'string') kept.push([name, value]);
    else for (const one of value) kept.push([name, one]);
  }
  return hidden === undefined ? kept : kept.map(([name, value]) => [name, coverKey(value, hidden)]);
}

/** The headers that the server says belong to the connection. */
function namedByConnection(value: string | readonly string[] | undefined): ReadonlySet<string> | undefined {
  if (value === undefined || value === 'keep-alive' || value === 'close') return undefined;
  const names = typeof value === 'string' ? value : value.join(',');
  return new Set(names.split(',').map((name) => name.trim().toLowerCase()));
}

/** The first of several. */
export function headerOf(headers: ServerHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
}
