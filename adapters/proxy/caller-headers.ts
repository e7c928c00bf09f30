import type { IncomingHttpHeaders } from 'node:http';
import { connectionHeaders } from '../../core/domain/connection-headers.ts';
import { holdsOurKey, keyHeaderNames } from './presented-key.ts';

/** Of one connection, of our address, of the body that is sent anew, or of the caller's browser and network. */
const notPassed: ReadonlySet<string> = new Set([
  ...connectionHeaders,
  'host',
  'expect',
  'content-length',
  'accept-encoding',
  'cookie',
  'origin',
  'referer',
  'forwarded',
  'via',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  // Ours.
  'x-session-id',
  'x-turn-type',
  'x-session-done',
  'x-user-id',
  // Told apart by `presentedKeys`.
  ...keyHeaderNames,
]);

const notPassedBegins = ['x-metaclaw-', 'x-forwarded-', 'sec-', 'cf-'] as const;

function isPassed(name: string): boolean {
  return !notPassed.has(name) && !notPassedBegins.some((begin) => name.startsWith(begin));
}

/** The headers that the caller says belong to the connection. */
function namedByConnection(value: string | undefined): readonly string[] | undefined {
  if (value === undefined || value === 'keep-alive' || value === 'close') return undefined;
  return value.split(',').map((name) => name.trim().toLowerCase());
}

/** What of a caller's headers the model server is shown, lower case; none that holds what looks like a key of ours. */
export function callerHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const named = namedByConnection(headers.connection);
  const passed: Record<string, string> = {};
  for (const name in headers) {
    const given = headers[name];
    if (given === undefined || !isPassed(name) || named?.includes(name)) continue;
    const value = typeof given === 'string' ? given : given.join(', ');
    if (!holdsOurKey(value)) passed[name] = value;
  }
  return passed;
}
