import { AppError, toAppError } from '../../core/domain/app-error.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { isRedirect, misdirected, replyError } from './errors.ts';
import { type Http, jsonOf, textOf } from './http.ts';
import { badReply, isObject } from './json-codec.ts';
import { unlessAborted } from './unless-aborted.ts';

export type KeyHeaders = Readonly<Record<string, string>>;

/** Whom we are to the engine. */
export interface Credentials {
  /**
   * Headers of the next call. Rejects with `auth_failed` and what the exchange of keys may fail with, always with
   * `details.reached` false: the call itself was not sent.
   */
  headers(signal: AbortSignal): Promise<KeyHeaders>;
  /** From now on a short-lived token stands for the key, as the engine wants it. */
  exchange(): void;
  /** The engine refused these headers before their token ran out: true if the next call may come with a fresh one. */
  renew(refused: KeyHeaders): boolean;
  /** What no log and no error may show. */
  secrets(): readonly string[];
}

const refreshBeforeMs = 300_000;
const lastCallMs = 60_000;
const retryAfterFailureMs = 60_000;
/** So long nobody asks for another one than the engine has just given, whatever our clock says of its end. */
const freshForMs = 10_000;
const fallbackLifeMs = 3_600_000;

interface Token {
  readonly jwt: string;
  readonly expiresAt: number;
}

/** When a JWT runs out, epoch ms; its signature is the engine's business. */
function expiryOf(jwt: string): number | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return isObject(claims) && typeof claims['exp'] === 'number' ? claims['exp'] * 1_000 : undefined;
  } catch {
    return undefined;
  }
}

function unsent(thrown: unknown): AppError {
  const error = toAppError(thrown);
  return new AppError(error.code, error.message, {
    cause: error,
    retryable: error.retryable,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    details: { ...error.details, reached: false },
  });
}

export interface CredentialsOptions {
  readonly apiKey: string | undefined;
  readonly http: Http;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  readonly timeoutMs: number;
  /** Fires when the client is closed. */
  readonly closing: AbortSignal;
}

export function createCredentials(options: CredentialsOptions): Credentials {
  const { apiKey, http, clock, logger, closing } = options;
  let isExchanged = false;
  let token: Token | undefined;
  let refreshing: Promise<Token> | undefined;
  let notBefore = Number.NEGATIVE_INFINITY;
  let freshUntil = Number.NEGATIVE_INFINITY;
  /** The key and the last tokens: the one before may still be on its way. */
  let secrets: readonly string[] = apiKey === undefined ? [] : [apiKey];

  async function fetchToken(): Promise<Token> {
    const what = 'auth/token';
    const headers = apiKey === undefined ? {} : { 'x-api-key': apiKey };
    // Shared by all who wait, so no single caller's signal may end it.
    const reply = await http.send(
      { method: 'POST', path: what, what, json: {}, headers, timeoutMs: options.timeoutMs },
      closing,
    );
    if (isRedirect(reply.status)) throw misdirected(reply, { host: http.host, what });
    if (reply.status >= 300) {
      throw replyError(
        { ...reply, text: textOf(reply) },
        { host: http.host, what, hasKey: apiKey !== undefined, secrets, nowMs: clock.now() },
      );
    }
    const body = jsonOf(reply);
    const jwt = isObject(body) ? body['jwt'] : undefined;
    if (typeof jwt !== 'string' || jwt === '') throw badReply('the key was exchanged for nothing');
    secrets = [...(apiKey === undefined ? [] : [apiKey]), ...(token === undefined ? [] : [token.jwt]), jwt];
    token = { jwt, expiresAt: expiryOf(jwt) ?? clock.now() + fallbackLifeMs };
    freshUntil = clock.now() + freshForMs;
    return token;
  }

  function refresh(): Promise<Token> {
    refreshing ??= fetchToken().finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  }

  /** A new token, or the one of now where there is none to be had. */
  async function renewed(old: Token): Promise<string> {
    try {
      return (await refresh()).jwt;
    } catch (thrown) {
      notBefore = clock.now() + retryAfterFailureMs;
      logger.warn('engine_token_not_renewed', { error: toAppError(thrown) });
      return old.jwt;
    }
  }

  async function jwtNow(): Promise<string> {
    const old = token;
    if (old === undefined) return (await refresh()).jwt;
    const leftMs = old.expiresAt - clock.now();
    if (leftMs > refreshBeforeMs || clock.now() < freshUntil) return old.jwt;
    if (leftMs <= 0) return (await refresh()).jwt;
    if (clock.now() < notBefore) return old.jwt;
    const renewing = renewed(old);
    return leftMs > lastCallMs ? old.jwt : renewing;
  }

  return {
    async headers(signal) {
      if (!isExchanged) return apiKey === undefined ? {} : { 'x-api-key': apiKey };
      try {
        return { 'x-api-key': await unlessAborted(jwtNow(), signal) };
      } catch (thrown) {
        throw unsent(thrown);
      }
    },
    exchange() {
      isExchanged = true;
    },
    renew(refused) {
      if (!isExchanged) return false;
      // Where several calls were refused at once, the first has the token renewed for all.
      if (token?.jwt === refused['x-api-key']) token = undefined;
      return true;
    },
    secrets: () => secrets,
  };
}
