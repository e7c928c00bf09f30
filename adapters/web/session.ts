import { isAccount } from './account.ts';

/** What a session cookie says. The cookie is signed by the HTTP layer (HMAC-SHA-256); this is its content. */
export interface Session {
  readonly account: string;
  /** Epoch milliseconds. Afterwards it proves nothing but which account would like to come back. */
  readonly expiresAt: number;
}

/** Browsers keep a cookie for at most this long. */
export const COOKIE_MAX_AGE_S = 34_560_000;

export function encodeSession(session: Session): string {
  return `${session.account}.${session.expiresAt}`;
}

/** `undefined` for what `encodeSession` could not have made. */
export function decodeSession(value: string): Session | undefined {
  const [account, expiry, ...rest] = value.split('.');
  if (account === undefined || expiry === undefined || rest.length > 0) return undefined;
  if (!isAccount(account) || !/^\d{1,15}$/.test(expiry)) return undefined;
  return { account, expiresAt: Number(expiry) };
}

export function isLive(session: Session, now: number): boolean {
  return session.expiresAt > now;
}

/** A visit renews a session that is a day old, so that a daily guest never has to log in again. */
export function wantsRenewal(session: Session, now: number, sessionMs: number): boolean {
  return session.expiresAt - now < sessionMs - Math.min(86_400_000, sessionMs / 2);
}
