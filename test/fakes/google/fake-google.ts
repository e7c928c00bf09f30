import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { GoogleEndpoints } from '../../../adapters/google-calendar/options.ts';
import { type AccountRoutes, type AccountRoutesDeps, createAccountRoutes } from './account-routes.ts';
import { apiRefusal, type GoogleAnswer } from './answers.ts';
import { type CalendarRoutes, createCalendarRoutes } from './calendar-routes.ts';
import { createGoogleCalendar, type GoogleCalendar } from './calendars.ts';

export type GoogleRoute = 'auth' | 'token' | 'revoke' | 'freebusy' | 'events';

/** What goes wrong with the next request of a route. */
export type GoogleFault =
  | ({ readonly route: GoogleRoute; readonly kind: 'answer' } & GoogleAnswer)
  /** The connection is torn. */
  | { readonly route: GoogleRoute; readonly kind: 'cut' }
  /** Nothing is said until the client goes away. */
  | { readonly route: GoogleRoute; readonly kind: 'hang' }
  /** An answer begins and does not end. */
  | { readonly route: GoogleRoute; readonly kind: 'endless' };

export interface FakeGoogleOptions extends Partial<Omit<AccountRoutesDeps, 'now'>> {
  readonly now?: () => number;
  readonly pageSize?: number;
}

export interface SeenRequest {
  readonly route: GoogleRoute;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface FakeGoogle {
  readonly endpoints: GoogleEndpoints;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
  readonly accounts: AccountRoutes;
  readonly calendarRoutes: CalendarRoutes;
  /** Makes one, or gives the one that is there. @default zone UTC */
  calendar(id: string, timeZone?: string): GoogleCalendar;
  /** Every request that arrived. */
  readonly requests: readonly SeenRequest[];
  count(route: GoogleRoute): number;
  /** Every request that was refused as wrong in itself; the faults are not among them. */
  readonly refused: readonly string[];
  /** Everything that was sent. */
  readonly sent: readonly string[];
  fault(...faults: readonly GoogleFault[]): void;
  /** Follows a page of consent and agrees; gives the address that the browser ends at. */
  agree(url: string): Promise<URL>;
  /** Resolves when a request hangs. */
  hanging(): Promise<void>;
  close(): Promise<void>;
}

const scopesFor: Readonly<Record<'freebusy' | 'events', string>> = {
  freebusy: 'https://www.googleapis.com/auth/calendar.freebusy',
  events: 'https://www.googleapis.com/auth/calendar.events.readonly',
};

const routes: readonly (readonly [GoogleRoute, string, RegExp])[] = [
  ['auth', 'GET', /^\/o\/oauth2\/v2\/auth$/],
  ['token', 'POST', /^\/token$/],
  ['revoke', 'POST', /^\/revoke$/],
  ['freebusy', 'POST', /^\/calendar\/v3\/freeBusy$/],
  ['events', 'GET', /^\/calendar\/v3\/calendars\/[^/]+\/events$/],
];

/** The part of Google that reads calendars, on loopback, at least as strict as its documents. */
export async function startFakeGoogle(options: FakeGoogleOptions = {}): Promise<FakeGoogle> {
  const clientId = options.clientId ?? 'client-1.apps.googleusercontent.com';
  const clientSecret = options.clientSecret ?? 'GOCSPX-client-secret';
  const redirectUri = options.redirectUri ?? 'http://127.0.0.1:8787/calendar/callback';
  const accounts = createAccountRoutes({
    clientId,
    clientSecret,
    redirectUri,
    now: options.now ?? Date.now,
    ...(options.serviceAccount !== undefined && { serviceAccount: options.serviceAccount }),
  });
  const calendars = new Map<string, GoogleCalendar>();
  const calendarRoutes = createCalendarRoutes({ calendars, pageSize: options.pageSize ?? 2_500 });
  const requests: SeenRequest[] = [];
  const refused: string[] = [];
  const sent: string[] = [];
  const faults: GoogleFault[] = [];
  const hangs = Promise.withResolvers<void>();

  function authorized(
    route: 'freebusy' | 'events',
    { headers, query }: SeenRequest,
  ): GoogleAnswer | undefined {
    // A token in the address would lie in the logs of proxies.
    if (query.has('access_token')) return apiRefusal(400, 'badRequest', 'Put the token into a header');
    const token = /^Bearer (\S+)$/.exec(String(headers['authorization']))?.[1];
    const scopes = token === undefined ? undefined : accounts.scopesOf(token);
    if (scopes === undefined) return apiRefusal(401, 'authError', 'Invalid Credentials');
    return scopes.includes(scopesFor[route]) ? undefined : apiRefusal(403, 'insufficientPermissions');
  }

  function perform(seen: SeenRequest, path: string): GoogleAnswer {
    const form = new URLSearchParams(seen.body);
    switch (seen.route) {
      case 'auth':
        return accounts.consent(seen.query);
      case 'token':
        return accounts.token(form);
      case 'revoke':
        // What stands in an address lies in logs.
        if ([...seen.query].length > 0) return apiRefusal(400, 'badRequest');
        return accounts.revoke(form);
      case 'freebusy':
        return authorized('freebusy', seen) ?? calendarRoutes.freebusy(seen.query, JSON.parse(seen.body));
      case 'events': {
        const calendarId = decodeURIComponent(path.split('/').at(-2) ?? '');
        return authorized('events', seen) ?? calendarRoutes.events(calendarId, seen.query);
      }
    }
  }

  function send(response: ServerResponse, { status, body, headers = {} }: GoogleAnswer): void {
    const said = typeof body === 'string' ? body : JSON.stringify(body);
    sent.push(said);
    response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', ...headers });
    response.end(said);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://fake');
    const route = routes.find(([, verb, path]) => verb === request.method && path.test(url.pathname))?.[0];
    const body = await text(request);
    if (route === undefined) {
      refused.push(`${request.method} ${url.pathname}`);
      return send(response, apiRefusal(404, 'notFound'));
    }
    const seen: SeenRequest = { route, query: url.searchParams, body, headers: request.headers };
    requests.push(seen);
    const at = faults.findIndex((fault) => fault.route === route);
    const fault = at === -1 ? undefined : faults.splice(at, 1)[0];
    if (fault?.kind === 'hang') return hangs.resolve();
    if (fault?.kind === 'cut') return void response.destroy();
    if (fault?.kind === 'endless') {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"kind":');
      return hangs.resolve();
    }
    if (fault?.kind === 'answer') return send(response, fault);
    const answer = perform(seen, url.pathname);
    if (answer.status === 400) refused.push(`${route}: ${JSON.stringify(answer.body)}`);
    send(response, answer);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      refused.push(String(error));
      response.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;

  return {
    endpoints: {
      rootUrl: `${origin}/`,
      auth: `${origin}/o/oauth2/v2/auth`,
      token: `${origin}/token`,
      revoke: `${origin}/revoke`,
    },
    clientId,
    clientSecret,
    redirectUri,
    accounts,
    calendarRoutes,
    calendar(id, timeZone = 'UTC') {
      const calendar = calendars.get(id) ?? createGoogleCalendar(id, timeZone);
      calendars.set(id, calendar);
      return calendar;
    },
    requests,
    count: (route) => requests.filter((seen) => seen.route === route).length,
    refused,
    sent,
    fault: (...more) => {
      faults.push(...more);
    },
    async agree(url) {
      const response = await fetch(url, { redirect: 'manual' });
      const location = response.headers.get('location');
      if (location === null) throw new Error(`Google shows an error: ${await response.text()}`);
      return new URL(location);
    },
    hanging: () => hangs.promise,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
