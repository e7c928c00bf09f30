import { toAppError } from '../../core/domain/app-error.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { replyError } from './errors.ts';
import { type Http, jsonOf, textOf } from './http.ts';
import { badReply, isObject } from './json-codec.ts';

/** Whom we are to the engine. */
export interface Credentials {
  /** Headers of the next call. Rejects with `auth_failed` and what the exchange of keys may fail with. */
  headers(signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /** From now on a short-lived token stands for the key, as the engine wants it. */
  exchange(): void;
  /** The engine refused the token before it ran out: true if the next call may come with a fresh one. */
  renew(): boolean;
}

const refreshBeforeMs = 300_000;
const lastCallMs = 60_000;
const retryAfterFailureMs = 60_000;
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

export interface CredentialsOptions {
  readonly apiKey: string | undefined;
  readonly http: Http;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  readonly timeoutMs: number;
}

export function createCredentials(options: CredentialsOptions): Credentials {
  const { apiKey, http, clock, logger } = options;
  let isExchanged = false;
  let token: Token | undefined;
  let refreshing: Promise<Token> | undefined;
  let notBefore = Number.NEGATIVE_INFINITY;

  async function fetchToken(): Promise<Token> {
    const what = 'auth/token';
    const headers = apiKey === undefined ? {} : { 'x-api-key': apiKey };
    // Shared by all who wait, so no single caller's signal may end it.
    const reply = await http.send(
      { method: 'POST', path: what, what, json: {}, headers, timeoutMs: options.timeoutMs },
      new AbortController().signal,
    );
    if (reply.status >= 300) {
      const secrets = apiKey === undefined ? [] : [apiKey];
      throw replyError(
        { ...reply, text: textOf(reply) },
        { host: http.host, what, hasKey: apiKey !== undefined, secrets, nowMs: clock.now() },
      );
    }
    const body = jsonOf(reply);
    const jwt = isObject(body) ? body['jwt'] : undefined;
    if (typeof jwt !== 'string' || jwt === '') throw badReply('the key was exchanged for nothing');
    token = { jwt, expiresAt: expiryOf(jwt) ?? clock.now() + fallbackLifeMs };
    return token;
  }

  function refresh(): Promise<Token> {
    refreshing ??= fetchToken().finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  }

  async function jwtNow(): Promise<string> {
    const leftMs = token === undefined ? 0 : token.expiresAt - clock.now();
    if (token === undefined || leftMs <= lastCallMs) return (await refresh()).jwt;
    if (leftMs <= refreshBeforeMs && clock.now() >= notBefore) {
      const old = token;
      refresh().catch((thrown) => {
        notBefore = clock.now() + retryAfterFailureMs;
        logger.warn('engine_token_not_renewed', { error: toAppError(thrown) });
      });
      return old.jwt;
    }
    return token.jwt;
  }

  return {
    async headers() {
      if (isExchanged) return { 'x-api-key': await jwtNow() };
      return apiKey === undefined ? {} : { 'x-api-key': apiKey };
    },
    exchange() {
      isExchanged = true;
    },
    renew() {
      if (!isExchanged || token === undefined) return false;
      token = undefined;
      return true;
    },
  };
}
