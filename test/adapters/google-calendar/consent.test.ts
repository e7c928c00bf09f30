import { afterEach, describe, expect, test } from 'vitest';
import { challengeOf } from '../../../adapters/google-calendar/consent.ts';
import { scopeSuffices } from '../../../adapters/google-calendar/scopes.ts';
import { createSystemIds } from '../../../adapters/system/ids.ts';
import { apiRefusal } from '../../fakes/google/answers.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';
import {
  createGoogleSubject,
  everythingIn,
  failureOf,
  type GoogleSubject,
  never,
  requestFor,
} from './subject.ts';

let subject: GoogleSubject;
afterEach(() => subject?.google.close());

const scope = (name: string): string => `https://www.googleapis.com/auth/${name}`;

async function begun(access: 'freebusy' | 'events' = 'freebusy') {
  subject = await createGoogleSubject();
  const { redirectUri } = subject.google;
  const begin = await subject.consent.begin({ redirectUri, access, state: 'state-1' });
  return { ...begin, redirectUri, access };
}

const codeOf = async (url: string): Promise<string> =>
  (await subject.google.agree(url)).searchParams.get('code') ?? '';

describe('consent', () => {
  test.each([
    ['freebusy', 'calendar.freebusy'],
    ['events', 'calendar.events.readonly'],
  ] as const)(
    '%s asks for no more than %s, for good, with a challenge and the state',
    async (access, name) => {
      const { url } = await begun(access);
      const { searchParams: query } = new URL(url);
      expect(Object.fromEntries(query)).toMatchObject({
        scope: `openid ${scope(name)}`,
        access_type: 'offline',
        prompt: 'consent',
        state: 'state-1',
        code_challenge_method: 'S256',
      });
      expect((await subject.google.agree(url)).searchParams.get('state')).toBe('state-1');
      expect(subject.google.refused).toEqual([]);
    },
  );

  test('the challenge is the one of RFC 7636, appendix B', () => {
    expect(challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', createSequentialIds())).toBe(
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    );
  });

  test('each verifier is another, of the allowed form, and not in the address', async () => {
    subject = await createGoogleSubject({}, { ids: createSystemIds(createFakeClock()) });
    const request = { redirectUri: subject.google.redirectUri, access: 'freebusy', state: 's' } as const;
    const [one, other] = [await subject.consent.begin(request), await subject.consent.begin(request)];
    expect(one.verifier).toMatch(/^[\w.~-]{43,128}$/);
    expect(one.verifier).not.toBe(other.verifier);
    expect(one.url).not.toContain(one.verifier);
  });

  test('gives a secret with which the calendar is read', async () => {
    const { url, verifier, redirectUri, access } = await begun();
    const code = await codeOf(url);
    const { secret } = await subject.consent.finish({ code, verifier, redirectUri, access }, never);
    subject.google.calendar('primary');
    const asked = { from: 0, to: 1_000 };
    const request = { secret, calendarId: 'primary', access, asked, zone: 'UTC' };
    expect(await subject.calendar.read(request, never)).toEqual({ busy: [] });
  });

  test('another verifier, another address to return to, and a second use are refused', async () => {
    const { url, verifier, redirectUri, access } = await begun();
    const finish = async (changes: Readonly<Record<string, string>>) =>
      failureOf(
        subject.consent.finish({ code: await codeOf(url), verifier, redirectUri, access, ...changes }, never),
      );
    expect((await finish({ verifier: 'v'.repeat(64) })).code).toBe('auth_failed');
    expect((await finish({ redirectUri: 'http://127.0.0.1:1/other' })).code).toBe('auth_failed');
    const code = await codeOf(url);
    await subject.consent.finish({ code, verifier, redirectUri, access }, never);
    const again = await finish({ code });
    expect(again.code).toBe('auth_failed');
    expect(again.message).toMatch(/too old/);
  });

  test('less than is needed is told, with the right that is to be given back: the person may untick a box', async () => {
    const { url, verifier, redirectUri, access } = await begun('events');
    subject.google.accounts.manner = { scope: `openid ${scope('calendar.freebusy')}` };
    const code = await codeOf(url);
    const { secret, lacks } = await subject.consent.finish({ code, verifier, redirectUri, access }, never);
    expect(lacks).toMatch(/ticked/);
    expect(subject.google.accounts.grants()).toBe(1);
    await subject.calendar.revoke(secret, never);
    expect(subject.google.accounts.grants()).toBe(0);
  });

  test('secrets of one account are known as such, and those of another as not', async () => {
    subject = await createGoogleSubject();
    const accountOf = (secret: string): string => subject.calendar.about(secret).account;
    const [one, again] = [await subject.connect('freebusy'), await subject.connect('events')];
    subject.google.accounts.manner = { account: 'eve' };
    const other = await subject.connect('freebusy');
    expect(one).not.toBe(again);
    expect(accountOf(one)).toBe(accountOf(again));
    expect(accountOf(other)).not.toBe(accountOf(one));
    // As Google does it, all that was given of the account ends with one of them.
    await subject.calendar.revoke(one, never);
    expect((await failureOf(subject.calendar.read(requestFor(again, 'events'), never))).code).toBe(
      'auth_failed',
    );
    subject.google.calendar('primary');
    await subject.calendar.read(requestFor(other, 'freebusy'), never);
  });

  test.each(['', 'x', 'a.b.c', `a.${Buffer.from('{"sub":1}').toString('base64url')}.c`, '...'])(
    'where Google does not say who agreed, no two are the same: %j',
    async (idToken) => {
      subject = await createGoogleSubject();
      subject.google.accounts.manner = { idToken };
      const [one, other] = [await subject.connect('freebusy'), await subject.connect('freebusy')];
      expect(subject.calendar.about(one).account).not.toBe(subject.calendar.about(other).account);
      subject.google.calendar('primary');
      await subject.calendar.read(requestFor(one, 'freebusy'), never);
    },
  );

  test('a right for an hour only is refused', async () => {
    const { url, verifier, redirectUri, access } = await begun();
    subject.google.accounts.manner = { withoutRefreshToken: true };
    const code = await codeOf(url);
    const error = await failureOf(subject.consent.finish({ code, verifier, redirectUri, access }, never));
    expect(error.code).toBe('not_allowed');
  });

  test('a failure of Google is told as such, without the code or the verifier', async () => {
    const { url, verifier, redirectUri, access } = await begun();
    const code = await codeOf(url);
    const request = { code, verifier, redirectUri, access };
    subject.google.fault({ route: 'token', kind: 'answer', ...apiRefusal(503, 'backendError') });
    const failed = await failureOf(subject.consent.finish(request, never));
    expect(failed).toMatchObject({ code: 'peer_failed', retryable: true });
    subject.google.fault({ route: 'token', kind: 'cut' });
    const torn = await failureOf(subject.consent.finish(request, never));
    expect(torn.code).toBe('network');
    const text = everythingIn(failed) + everythingIn(torn);
    const seen = [code, verifier, subject.google.clientSecret].filter((one) => text.includes(one));
    expect(seen).toEqual([]);
    // Nothing was used up by that.
    expect((await subject.consent.finish(request, never)).secret).toMatch(/oauth/);
  });

  test('who stops is let go', async () => {
    const { url, verifier, redirectUri, access } = await begun();
    const code = await codeOf(url);
    subject.google.fault({ route: 'token', kind: 'hang' });
    const stop = new AbortController();
    const finish = subject.consent.finish({ code, verifier, redirectUri, access }, stop.signal);
    const failure = failureOf(finish);
    await subject.google.hanging();
    stop.abort();
    expect((await failure).code).toBe('aborted');
  });
});

test.each([
  ['calendar.freebusy', 'freebusy', true],
  ['calendar.readonly', 'freebusy', true],
  ['calendar.events.readonly', 'freebusy', false],
  ['calendar.events.readonly', 'events', true],
  ['calendar', 'events', true],
  ['calendar.freebusy', 'events', false],
  ['calendar.events.readonly.not', 'events', false],
] as const)('%s is enough for %s: %s', (name, access, isEnough) => {
  expect(scopeSuffices(`openid ${scope(name)}`, access)).toBe(isEnough);
});
