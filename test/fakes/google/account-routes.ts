import { createHash, createPublicKey, verify } from 'node:crypto';
import { type GoogleAnswer, tokenRefusal, unknownName } from './answers.ts';

export interface AccountRoutesDeps {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
  readonly serviceAccount?: {
    readonly clientEmail: string;
    /** PEM. */
    readonly publicKey: string;
    /** Whom it may act for, with which scopes. */
    readonly delegated: Readonly<Record<string, readonly string[]>>;
  };
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** How the person behaves on the page of consent. */
export interface ConsentManner {
  /** In place of what was asked for. */
  readonly scope?: string;
  /** As where the same app has one already. */
  readonly withoutRefreshToken?: boolean;
  /** Who agrees. @default 'ada' */
  readonly account?: string;
  /** In place of the true ID token; empty: none. */
  readonly idToken?: string;
}

export interface AccountRoutes {
  manner: ConsentManner;
  /** Gives another refresh token with each access token; the old one dies. */
  rotates: boolean;
  /** The page of consent, at which the person agrees at once. */
  consent(query: URLSearchParams): GoogleAnswer;
  token(form: URLSearchParams): GoogleAnswer;
  revoke(form: URLSearchParams): GoogleAnswer;
  /** The scopes of an access token; `undefined` where it is unknown or over. */
  scopesOf(accessToken: string): readonly string[] | undefined;
  /** All access tokens are over at once, although their time is not. */
  endAccessTokens(): void;
  /** How many refresh tokens hold. */
  grants(): number;
  /** All refresh tokens are revoked. */
  revokeAll(): void;
  /** Every token, code and verifier that was ever seen. */
  readonly secrets: readonly string[];
  /** The claims of the last assertion of a service account. */
  lastClaims(): Readonly<Record<string, unknown>> | undefined;
}

const known = [
  'https://www.googleapis.com/auth/calendar.freebusy',
  'https://www.googleapis.com/auth/calendar.events.readonly',
];
const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const lifetimeSeconds = 3_599;

interface Grant {
  readonly scope: string;
  readonly challenge: string;
  readonly withoutRefreshToken: boolean;
  readonly account: string;
  readonly idToken?: string;
}

interface Refresh {
  readonly scope: string;
  readonly account: string;
}

/** Google’s OAuth: https://developers.google.com/identity/protocols/oauth2/native-app, …/web-server, …/service-account. */
export function createAccountRoutes(deps: AccountRoutesDeps): AccountRoutes {
  const codes = new Map<string, Grant>();
  const refreshTokens = new Map<string, Refresh>();
  const accessTokens = new Map<string, { readonly scope: string; readonly endsAt: number }>();
  const secrets: string[] = [deps.clientSecret];
  let claims: Readonly<Record<string, unknown>> | undefined;
  let issued = 0;

  function issue(kind: string): string {
    issued += 1;
    const secret = `${kind}-secret-${issued}`;
    secrets.push(secret);
    return secret;
  }

  function access(scope: string): Readonly<Record<string, unknown>> {
    const accessToken = issue('ya29');
    accessTokens.set(accessToken, { scope, endsAt: deps.now() + lifetimeSeconds * 1_000 });
    return { access_token: accessToken, expires_in: lifetimeSeconds, token_type: 'Bearer', scope };
  }

  function refreshTokenFor(grant: Refresh): string {
    const token = issue('1//');
    refreshTokens.set(token, grant);
    return token;
  }

  /** Signed by nobody: what comes straight from here needs no proof. */
  function idTokenOf({ scope, account: sub, idToken }: Grant): Readonly<Record<string, unknown>> {
    if (idToken === '' || !scope.split(' ').includes('openid')) return {};
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { iss: 'https://accounts.google.com', aud: deps.clientId, sub };
    return { id_token: idToken ?? `${part({ alg: 'RS256' })}.${part(claims)}.c2lnbmF0dXJl` };
  }

  function consent(query: URLSearchParams): GoogleAnswer {
    const wanted = {
      response_type: 'code',
      client_id: deps.clientId,
      redirect_uri: deps.redirectUri,
      access_type: 'offline',
      prompt: 'consent',
      code_challenge_method: 'S256',
    };
    const unknown = unknownName(query.keys(), [...Object.keys(wanted), 'scope', 'state', 'code_challenge']);
    if (unknown !== undefined) return tokenRefusal('invalid_request');
    for (const [name, value] of Object.entries(wanted)) {
      if (query.get(name) !== value) return { status: 400, body: `Error 400: ${name}` };
    }
    const challenge = query.get('code_challenge') ?? '';
    const asked = query.get('scope') ?? '';
    const state = query.get('state') ?? '';
    const [identity, wantedScope = '', ...more] = asked.split(' ');
    const isScope = identity === 'openid' && known.includes(wantedScope) && more.length === 0;
    if (!/^[\w-]{43}$/.test(challenge) || state === '' || !isScope) {
      return tokenRefusal('invalid_request');
    }
    const { scope = asked, withoutRefreshToken = false, account: sub = 'ada', idToken } = account.manner;
    const code = issue('4/code');
    codes.set(code, {
      ...{ scope, challenge, withoutRefreshToken, account: sub },
      ...(idToken !== undefined && { idToken }),
    });
    const location = new URL(deps.redirectUri);
    for (const [name, value] of Object.entries({ state, code, scope }))
      location.searchParams.set(name, value);
    return { status: 302, body: '', headers: { location: location.href } };
  }

  function clientProblem(form: URLSearchParams): GoogleAnswer | undefined {
    const isOurs = form.get('client_id') === deps.clientId && form.get('client_secret') === deps.clientSecret;
    return isOurs ? undefined : tokenRefusal('invalid_client', 401);
  }

  function byCode(form: URLSearchParams): GoogleAnswer {
    const code = form.get('code') ?? '';
    const grant = codes.get(code);
    // Used or not, it is used up.
    codes.delete(code);
    const verifier = form.get('code_verifier') ?? '';
    secrets.push(verifier);
    if (grant === undefined || form.get('redirect_uri') !== deps.redirectUri)
      return tokenRefusal('invalid_grant');
    if (!/^[\w.~-]{43,128}$/.test(verifier)) return tokenRefusal('invalid_grant');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    if (challenge !== grant.challenge) return tokenRefusal('invalid_grant');
    const refresh = grant.withoutRefreshToken ? {} : { refresh_token: refreshTokenFor(grant) };
    return { status: 200, body: { ...access(grant.scope), ...refresh, ...idTokenOf(grant) } };
  }

  function byRefreshToken(form: URLSearchParams): GoogleAnswer {
    const token = form.get('refresh_token') ?? '';
    const grant = refreshTokens.get(token);
    if (grant === undefined) return tokenRefusal('invalid_grant');
    if (!account.rotates) return { status: 200, body: access(grant.scope) };
    refreshTokens.delete(token);
    return { status: 200, body: { ...access(grant.scope), refresh_token: refreshTokenFor(grant) } };
  }

  function byAssertion(form: URLSearchParams): GoogleAnswer {
    const service = deps.serviceAccount;
    const [head = '', payload = '', signature = ''] = (form.get('assertion') ?? '').split('.');
    if (service === undefined) return tokenRefusal('invalid_grant');
    const isSigned = verify(
      'RSA-SHA256',
      Buffer.from(`${head}.${payload}`),
      createPublicKey(service.publicKey),
      Buffer.from(signature, 'base64url'),
    );
    const read: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const said = read as Record<string, unknown>;
    claims = said;
    const [iat, exp] = [Number(said['iat']), Number(said['exp'])];
    if (!isSigned || said['iss'] !== service.clientEmail || !(exp - iat > 0 && exp - iat <= 3_600)) {
      return tokenRefusal('invalid_grant');
    }
    if (said['aud'] !== 'https://oauth2.googleapis.com/token') return tokenRefusal('invalid_grant');
    const scope = String(said['scope']);
    if (!known.includes(scope)) return tokenRefusal('invalid_scope');
    const subject = said['sub'];
    if (typeof subject === 'string' && !service.delegated[subject]?.includes(scope)) {
      return tokenRefusal('unauthorized_client', 401);
    }
    const { scope: _, ...answer } = access(scope);
    return { status: 200, body: answer };
  }

  const grants: Readonly<
    Record<string, readonly [readonly string[], (form: URLSearchParams) => GoogleAnswer]>
  > = {
    authorization_code: [['client_id', 'client_secret', 'code', 'code_verifier', 'redirect_uri'], byCode],
    refresh_token: [['client_id', 'client_secret', 'refresh_token'], byRefreshToken],
    [grantType]: [['assertion'], byAssertion],
  };

  const account: AccountRoutes = {
    manner: {},
    rotates: false,
    consent,
    token(form) {
      const kind = form.get('grant_type') ?? '';
      const [names, grant] = grants[kind] ?? [[], undefined];
      if (grant === undefined) return tokenRefusal('unsupported_grant_type');
      const unknown = unknownName(form.keys(), [...names, 'grant_type']);
      if (unknown !== undefined) return tokenRefusal('invalid_request');
      return (kind === grantType ? undefined : clientProblem(form)) ?? grant(form);
    },
    revoke(form) {
      if (unknownName(form.keys(), ['token']) !== undefined) return tokenRefusal('invalid_request');
      const revoked = refreshTokens.get(form.get('token') ?? '');
      if (revoked === undefined) return tokenRefusal('invalid_token');
      // The person takes back what the app may do, and with it whatever else it was given of the same account.
      for (const [token, { account: sub }] of refreshTokens) {
        if (sub === revoked.account) refreshTokens.delete(token);
      }
      accessTokens.clear();
      return { status: 200, body: {} };
    },
    scopesOf(accessToken) {
      const found = accessTokens.get(accessToken);
      return found !== undefined && deps.now() < found.endsAt ? found.scope.split(' ') : undefined;
    },
    grants: () => refreshTokens.size,
    endAccessTokens: () => accessTokens.clear(),
    revokeAll() {
      refreshTokens.clear();
      accessTokens.clear();
    },
    secrets,
    lastClaims: () => claims,
  };
  return account;
}
