import type { auth as googleAuth } from 'googleapis/build/src/apis/calendar/index.js';
import type { calendar_v3 } from 'googleapis/build/src/apis/calendar/v3.js';
import { createBoundedFetch } from './bounded-fetch.ts';
import { unusableKey } from './errors.ts';
import { defaultTimeoutMs, type GoogleCalendarOptions, googleEndpoints } from './options.ts';
import type { ServiceAccount } from './service-account.ts';

export type FreebusyQuestion = calendar_v3.Schema$FreeBusyRequest;
export type EventsQuestion = calendar_v3.Params$Resource$Events$List & { readonly calendarId: string };

/** The slice of the SDK that we use. Each makes one request and gives the body as Google sent it; each rejects with whatever the SDK or the connection throws, or `auth_failed` where the key cannot sign. */
export interface GoogleClient {
  exchangeCode(
    request: { readonly code: string; readonly verifier: string; readonly redirectUri: string },
    signal: AbortSignal,
  ): Promise<unknown>;
  /** An access token by a refresh token. */
  refresh(refreshToken: string): Promise<unknown>;
  /** An access token by the service account’s key. */
  serviceToken(account: ServiceAccount, scope: string, subject: string | undefined): Promise<unknown>;
  freebusy(accessToken: string, question: FreebusyQuestion, signal: AbortSignal): Promise<unknown>;
  events(accessToken: string, question: EventsQuestion, signal: AbortSignal): Promise<unknown>;
  /** Takes back a refresh token and all that came of it. */
  revoke(refreshToken: string, signal: AbortSignal): Promise<void>;
}

type AuthClient = InstanceType<(typeof googleAuth)['OAuth2']>;

/** A refusal as the SDK throws it, for the one request that is made without the SDK. */
class RevocationRefused extends Error {
  override readonly name = 'RevocationRefused';
  readonly response: { readonly status: number; readonly headers: Headers; readonly data: unknown };

  constructor(status: number, headers: Headers, data: unknown) {
    super('Google refused the revocation.');
    this.response = { status, headers, data };
  }
}

/**
 * The only importer of `googleapis`, by its calendar alone (the package’s root loads every API of Google’s), with the first request.
 * The SDK neither retries, nor logs, nor keeps tokens, nor refreshes by itself: it does so by the machine’s clock, and on every 403 too.
 */
export function createGoogleClient(options: GoogleCalendarOptions): GoogleClient {
  const endpoints = { ...googleEndpoints, ...options.endpoints };
  const bounded = createBoundedFetch({
    fetch: options.fetch,
    clock: options.clock,
    timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
  });
  let loading: Promise<typeof import('googleapis/build/src/apis/calendar/index.js')> | undefined;

  function loaded(): Promise<typeof import('googleapis/build/src/apis/calendar/index.js')> {
    loading ??= import('googleapis/build/src/apis/calendar/index.js');
    return loading;
  }

  /** What all clients have in common. The universe is given so that none is taken from the environment. */
  const common = { universe_domain: 'googleapis.com', useAuthRequestParameters: false } as const;

  function withoutRetries<T extends AuthClient>(client: T): T {
    client.transporter.interceptors.request.add({
      resolved: async (request) => {
        request.retry = false;
        delete request.retryConfig;
        return request;
      },
    });
    return client;
  }

  async function personClient(signal?: AbortSignal): Promise<AuthClient> {
    const { auth } = await loaded();
    return withoutRetries(
      new auth.OAuth2({
        ...common,
        ...(options.clientId !== undefined && { clientId: options.clientId }),
        ...(options.clientSecret !== undefined && { clientSecret: options.clientSecret }),
        endpoints: { oauth2TokenUrl: endpoints.token, oauth2AuthBaseUrl: endpoints.auth },
        transporterOptions: { fetchImplementation: bounded, ...(signal !== undefined && { signal }) },
      }),
    );
  }

  /** The answer as Google sent it: the SDK replaces the lifetime in it by an instant of the machine’s clock. */
  async function tokenAnswer(client: AuthClient, ask: () => Promise<unknown>): Promise<unknown> {
    let answer: unknown;
    client.transporter.interceptors.response.add({
      resolved: async (response) => {
        answer = structuredClone(response.data);
        return response;
      },
    });
    await ask();
    return answer;
  }

  async function calendarFor(accessToken: string): Promise<calendar_v3.Calendar> {
    const sdk = await loaded();
    const auth = await personClient();
    auth.setCredentials({ access_token: accessToken });
    return sdk.calendar({
      version: 'v3',
      auth,
      rootUrl: endpoints.rootUrl,
      universeDomain: 'googleapis.com',
      retry: false,
    });
  }

  return {
    async exchangeCode({ code, verifier, redirectUri }, signal) {
      const client = await personClient(signal);
      return tokenAnswer(client, () =>
        client.getToken({ code, codeVerifier: verifier, redirect_uri: redirectUri }),
      );
    },
    async refresh(refreshToken) {
      const client = await personClient();
      client.setCredentials({ refresh_token: refreshToken });
      return tokenAnswer(client, () => client.refreshAccessToken());
    },
    async serviceToken({ clientEmail, privateKey }, scope, subject) {
      const { auth } = await loaded();
      let isSigned = false;
      const client = withoutRetries(
        new auth.JWT({
          ...common,
          email: clientEmail,
          key: privateKey,
          scopes: [scope],
          ...(subject !== undefined && { subject }),
          // Its only requests are for tokens, whose address the SDK lets nobody change.
          transporterOptions: {
            fetchImplementation: (_address, init) => {
              isSigned = true;
              return bounded(endpoints.token, init);
            },
          },
        }),
      );
      try {
        return await tokenAnswer(client, () => client.authorize());
      } catch (thrown) {
        throw isSigned ? thrown : unusableKey(thrown);
      }
    },
    async freebusy(accessToken, question, signal) {
      const { freebusy } = await calendarFor(accessToken);
      return (await freebusy.query({ requestBody: question }, { signal })).data;
    },
    async events(accessToken, question, signal) {
      const { events } = await calendarFor(accessToken);
      return (await events.list(question, { signal })).data;
    },
    async revoke(refreshToken, signal) {
      // The SDK would put the token into the address, where proxies log it.
      const body = new URLSearchParams({ token: refreshToken });
      const response = await bounded(endpoints.revoke, { method: 'POST', body, signal });
      if (response.ok) return;
      throw new RevocationRefused(response.status, response.headers, await bodyOf(response));
    },
  };
}

async function bodyOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}
