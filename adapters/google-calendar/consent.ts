import type { CalendarAccess } from '../../core/domain/calendar.ts';
import type { Ids } from '../../core/ports/ids.ts';
import { askedScope } from './scopes.ts';

/** 43 … 128 are allowed (RFC 7636, 4.1); each holds five random bits. */
const verifierChars = 64;

export function makeVerifier(ids: Pick<Ids, 'code'>): string {
  return ids.code(verifierChars);
}

/** The challenge of a verifier by the method S256 (RFC 7636, 4.2). */
export function challengeOf(verifier: string, ids: Pick<Ids, 'digest'>): string {
  return Buffer.from(ids.digest(verifier), 'hex').toString('base64url');
}

export interface ConsentPage {
  /** Google’s page. */
  readonly address: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly access: CalendarAccess;
  readonly state: string;
  readonly challenge: string;
}

/**
 * Where to send a person. `prompt=consent` because Google gives a refresh token only with a consent, not with a later sign-in.
 * https://developers.google.com/identity/protocols/oauth2/web-server#creatingclient
 */
export function consentUrl(page: ConsentPage): string {
  const url = new URL(page.address);
  const query = {
    response_type: 'code',
    client_id: page.clientId,
    redirect_uri: page.redirectUri,
    scope: askedScope(page.access),
    access_type: 'offline',
    prompt: 'consent',
    state: page.state,
    code_challenge: page.challenge,
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}
