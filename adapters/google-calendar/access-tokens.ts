import { AppError } from '../../core/domain/app-error.ts';
import type { CalendarAccess } from '../../core/domain/calendar.ts';
import type { GoogleClient } from './client.ts';
import { aborted, badReply } from './errors.ts';
import type { GoogleCalendarOptions } from './options.ts';
import { neededScope } from './scopes.ts';
import type { GoogleSecret } from './secret.ts';
import { parseTokenAnswer, type TokenAnswer } from './wire.ts';

export interface AccessTokens {
  /** One that lasts for a while yet. Rejects with whatever the client does. */
  token(secret: GoogleSecret, access: CalendarAccess, signal: AbortSignal): Promise<string>;
  /** Google does not take this one any more. */
  drop(secret: GoogleSecret, access: CalendarAccess, token: string): void;
  /** Forgets all that was got with a secret; gives the refresh token that holds now, where there is one. */
  forget(secret: GoogleSecret): string | undefined;
}

interface Held {
  readonly token: string;
  /** From when on another is got, by the wall clock. */
  readonly staleAt: number;
}

/** A token is not used in the last minutes of its life: the request must arrive in time. */
const marginMs = 5 * 60_000;
/** Of each kind; beyond it the oldest are got again. */
const mostHeld = 500;

/**
 * Access tokens in memory until shortly before they end, each got once however many wait for it. A refresh token that Google gives in the
 * place of another is used from then on while the process lives.
 */
export function createAccessTokens(
  client: Pick<GoogleClient, 'refresh' | 'serviceToken'>,
  options: Pick<GoogleCalendarOptions, 'clientId' | 'serviceAccount' | 'clock' | 'ids'>,
): AccessTokens {
  const { clock, ids } = options;
  const held = new Map<string, Held>();
  const coming = new Map<string, Promise<string>>();
  const replaced = new Map<string, string>();

  const personKey = (secret: GoogleSecret): string =>
    ids.digest(secret.kind === 'oauth' ? `oauth ${secret.refreshToken}` : `service ${secret.subject ?? ''}`);
  const keyOf = (secret: GoogleSecret, access: CalendarAccess): string => `${access} ${personKey(secret)}`;

  function refreshTokenOf(secret: GoogleSecret & { readonly kind: 'oauth' }): string {
    return replaced.get(personKey(secret)) ?? secret.refreshToken;
  }

  async function ask(secret: GoogleSecret, access: CalendarAccess): Promise<TokenAnswer> {
    const answer = parseTokenAnswer(await request(secret, access));
    if (answer === undefined) throw badReply();
    if (secret.kind === 'oauth' && answer.refreshToken !== undefined) {
      keep(replaced, personKey(secret), answer.refreshToken);
    }
    return answer;
  }

  function request(secret: GoogleSecret, access: CalendarAccess): Promise<unknown> {
    if (secret.kind === 'oauth') {
      if (options.clientId === undefined) throw notSetUp('client');
      return client.refresh(refreshTokenOf(secret));
    }
    if (options.serviceAccount === undefined) throw notSetUp('service account');
    return client.serviceToken(options.serviceAccount, neededScope[access], secret.subject);
  }

  async function fetched(key: string, secret: GoogleSecret, access: CalendarAccess): Promise<string> {
    const { accessToken, lifetimeMs } = await ask(secret, access);
    const usableMs = lifetimeMs - Math.min(marginMs, lifetimeMs / 2);
    keep(held, key, { token: accessToken, staleAt: clock.now() + usableMs });
    return accessToken;
  }

  return {
    async token(secret, access, signal) {
      if (signal.aborted) throw aborted();
      const key = keyOf(secret, access);
      const known = held.get(key);
      if (known !== undefined && clock.now() < known.staleAt) return known.token;
      let pending = coming.get(key);
      if (pending === undefined) {
        pending = fetched(key, secret, access).finally(() => coming.delete(key));
        coming.set(key, pending);
      }
      // Others may wait for the same one: whoever gives up does not end it.
      return unlessAborted(pending, signal);
    },
    drop(secret, access, token) {
      const key = keyOf(secret, access);
      if (held.get(key)?.token === token) held.delete(key);
    },
    forget(secret) {
      const latest = secret.kind === 'oauth' ? refreshTokenOf(secret) : undefined;
      held.delete(keyOf(secret, 'freebusy'));
      held.delete(keyOf(secret, 'events'));
      replaced.delete(personKey(secret));
      return latest;
    },
  };
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > mostHeld && oldest !== undefined) map.delete(oldest);
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const stopped = Promise.withResolvers<never>();
  const onAbort = (): void => stopped.reject(aborted());
  promise.catch(() => undefined);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, stopped.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function notSetUp(what: string): AppError {
  return new AppError(
    'not_allowed',
    `This calendar is read with a Google ${what}, which the bot does not have any more. The operator must set it up again.`,
  );
}
