import { afterEach, describe, expect, test } from 'vitest';
import type { CalendarAccess } from '../../../core/domain/calendar.ts';
import { apiRefusal, tokenRefusal } from '../../fakes/google/answers.ts';
import type { GoogleFault, GoogleRoute } from '../../fakes/google/fake-google.ts';
import {
  createGoogleSubject,
  everythingIn,
  failureOf,
  type GoogleSubject,
  hourMs,
  never,
  requestFor,
} from './subject.ts';

let subject: GoogleSubject;
afterEach(() => subject.google.close());

const answer = (route: GoogleRoute, said: ReturnType<typeof apiRefusal>): GoogleFault => ({
  route,
  kind: 'answer',
  ...said,
});

async function connected(access: CalendarAccess = 'freebusy'): Promise<string> {
  subject = await createGoogleSubject();
  subject.google.calendar('primary');
  return subject.connect(access);
}

describe('tokens', () => {
  test('one is got, kept for its time, and got anew before its end', async () => {
    const secret = await connected();
    const read = () => subject.calendar.read(requestFor(secret, 'freebusy'), never);
    const before = subject.google.count('token');
    await Promise.all([read(), read(), read()]);
    await read();
    expect(subject.google.count('token') - before).toBe(1);
    await subject.clock.advance(50 * 60_000);
    await read();
    expect(subject.google.count('token') - before).toBe(1);
    await subject.clock.advance(6 * 60_000);
    await read();
    expect(subject.google.count('token') - before).toBe(2);
    expect(subject.google.count('freebusy')).toBe(6);
  });

  test('one that Google takes no longer is got anew, once', async () => {
    const secret = await connected();
    await subject.calendar.read(requestFor(secret, 'freebusy'), never);
    subject.google.accounts.endAccessTokens();
    expect(await subject.calendar.read(requestFor(secret, 'freebusy'), never)).toEqual({ busy: [] });
    const refused = answer('freebusy', apiRefusal(401, 'authError'));
    subject.google.fault(refused, refused);
    const before = subject.google.count('freebusy');
    const error = await failureOf(subject.calendar.read(requestFor(secret, 'freebusy'), never));
    expect(error).toMatchObject({ code: 'auth_failed', retryable: false });
    expect(error.message).toMatch(/Connect it again/);
    expect(subject.google.count('freebusy') - before).toBe(2);
  });

  test('a quota that is used up costs no new token', async () => {
    const secret = await connected();
    await subject.calendar.read(requestFor(secret, 'freebusy'), never);
    const before = subject.google.count('token');
    subject.google.fault(answer('freebusy', apiRefusal(403, 'quotaExceeded')));
    await failureOf(subject.calendar.read(requestFor(secret, 'freebusy'), never));
    expect(subject.google.count('token')).toBe(before);
  });

  test('a consent that was taken back means connecting again', async () => {
    const secret = await connected();
    subject.google.accounts.revokeAll();
    const error = await failureOf(subject.calendar.read(requestFor(secret, 'freebusy'), never));
    expect(error).toMatchObject({
      code: 'auth_failed',
      retryable: false,
      details: { reason: 'invalid_grant' },
    });
    expect(subject.google.count('freebusy')).toBe(0);
  });

  test.each([
    [tokenRefusal('invalid_client', 401), 'auth_failed'],
    [tokenRefusal('unauthorized_client', 401), 'auth_failed'],
    [apiRefusal(503, 'backendError'), 'peer_failed'],
    [apiRefusal(429, 'rateLimitExceeded'), 'rate_limited'],
    [{ status: 200, body: { token_type: 'Bearer' } }, 'bad_reply'],
  ])('refused for a token with %j: %s, asked once', async (said, code) => {
    const secret = await connected();
    const before = subject.google.count('token');
    subject.google.fault(answer('token', said));
    expect((await failureOf(subject.calendar.read(requestFor(secret, 'freebusy'), never))).code).toBe(code);
    expect(subject.google.count('token') - before).toBe(1);
    // What failed for all who waited is asked anew by whoever comes next.
    expect(await subject.calendar.read(requestFor(secret, 'freebusy'), never)).toEqual({ busy: [] });
  });

  test('a refresh token that Google replaces is used from then on', async () => {
    const secret = await connected();
    subject.google.accounts.rotates = true;
    for (let count = 0; count < 3; count += 1) {
      expect(await subject.calendar.read(requestFor(secret, 'freebusy'), never)).toEqual({ busy: [] });
      await subject.clock.advance(hourMs);
    }
  });

  test('a consent to less than is read is told, not taken as free', async () => {
    const secret = await connected('freebusy');
    const error = await failureOf(subject.calendar.read(requestFor(secret, 'events'), never));
    expect(error.code).toBe('not_allowed');
    expect(error.message).toMatch(/Connect the calendar again/);
  });

  test.each(['', 'x', '{}', '{"kind":"oauth"}', '{"kind":"oauth","refreshToken":""}'])(
    'the secret %j means connecting again, with nothing asked',
    async (secret) => {
      await connected();
      const before = subject.google.requests.length;
      const error = await failureOf(subject.calendar.read(requestFor(secret, 'freebusy'), never));
      expect(error.code).toBe('auth_failed');
      expect(subject.google.requests.length).toBe(before);
    },
  );
});

describe('secrets', () => {
  test('no error and no log holds a token, a code or an address of a calendar', async () => {
    const secret = await connected('events');
    const { google, calendar, logger } = subject;
    google.calendar('me@example.com');
    const request = requestFor(secret, 'events', { calendarId: 'me@example.com' });
    const good = await calendar.read(request, never);
    const faults: readonly GoogleFault[] = [
      answer('events', apiRefusal(500, 'backendError', `the token was ${google.accounts.secrets.join(' ')}`)),
      answer('events', apiRefusal(403, google.accounts.secrets.at(-1)?.replace('/', ' ') ?? '')),
      answer('events', { status: 200, body: `<p>${google.accounts.secrets.join(' ')}</p>` }),
      { route: 'events', kind: 'cut' },
    ];
    const seen: string[] = [];
    for (const fault of faults) {
      google.fault(fault);
      seen.push(everythingIn(await failureOf(calendar.read(request, never))));
    }
    google.accounts.endAccessTokens();
    google.fault({ route: 'token', kind: 'cut' });
    seen.push(everythingIn(await failureOf(calendar.read(request, never))));
    google.accounts.revokeAll();
    seen.push(everythingIn(await failureOf(calendar.read({ ...request, cursor: good.cursor ?? '' }, never))));
    const text = [...seen, JSON.stringify(logger.entries)].join('\n');
    expect(google.accounts.secrets.filter((one) => text.includes(one))).toEqual([]);
    expect(text).not.toContain('me@example.com');
    expect(seen).toHaveLength(6);
  });

  test('no token stands in an address', async () => {
    const secret = await connected('events');
    await subject.calendar.read(requestFor(secret, 'events'), never);
    await subject.calendar.revoke(secret, never);
    const addresses = subject.google.requests.map(({ query }) => query.toString()).join('\n');
    expect(
      subject.google.accounts.secrets.filter((one) => addresses.includes(encodeURIComponent(one))),
    ).toEqual([]);
  });
});

describe('giving the right back', () => {
  test('Google forgets the consent, and nothing is read with what is left of it', async () => {
    const secret = await connected();
    await subject.calendar.read(requestFor(secret, 'freebusy'), never);
    await subject.calendar.revoke(secret, never);
    expect(subject.google.count('revoke')).toBe(1);
    const read = subject.calendar.read(requestFor(secret, 'freebusy'), never);
    expect((await failureOf(read)).code).toBe('auth_failed');
    expect(subject.google.count('freebusy')).toBe(1);
  });

  test('a refresh token that Google gave in place of another is the one that is revoked', async () => {
    const secret = await connected();
    subject.google.accounts.rotates = true;
    await subject.calendar.read(requestFor(secret, 'freebusy'), never);
    await subject.calendar.revoke(secret, never);
    expect(subject.google.accounts.grants()).toBe(0);
  });

  test('what is revoked already is no failure, nor is what is no secret', async () => {
    const secret = await connected();
    await subject.calendar.revoke(secret, never);
    await subject.calendar.revoke(secret, never);
    await subject.calendar.revoke('nothing', never);
    expect(subject.google.count('revoke')).toBe(2);
  });

  test.each([
    [apiRefusal(503, 'backendError'), 'peer_failed'],
    [tokenRefusal('invalid_request'), 'auth_failed'],
  ])('a revocation that fails is told: %j', async (said, code) => {
    const secret = await connected();
    subject.google.fault(answer('revoke', said));
    const error = await failureOf(subject.calendar.revoke(secret, never));
    expect(error.code).toBe(code);
    expect(subject.google.accounts.secrets.filter((one) => everythingIn(error).includes(one))).toEqual([]);
  });
});
