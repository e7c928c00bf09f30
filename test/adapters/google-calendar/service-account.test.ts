import { generateKeyPairSync } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { serviceSecret } from '../../../adapters/google-calendar/secret.ts';
import { parseServiceAccount } from '../../../adapters/google-calendar/service-account.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import {
  createGoogleSubject,
  everythingIn,
  failureOf,
  type GoogleSubject,
  never,
  requestFor,
} from './subject.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const clientEmail = 'bot@project.iam.gserviceaccount.com';
const delegated = { 'ada@example.com': ['https://www.googleapis.com/auth/calendar.freebusy'] };

let subject: GoogleSubject;
afterEach(() => subject?.google.close());

async function opened(key: string = privateKey): Promise<GoogleSubject> {
  subject = await createGoogleSubject(
    { serviceAccount: { clientEmail, publicKey, delegated } },
    { serviceAccount: { clientEmail, privateKey: key } },
  );
  subject.google.calendar('ada@example.com');
  return subject;
}

const ofAda = { calendarId: 'ada@example.com' };

describe('a service account', () => {
  test('reads what is shared with it, by its key, for the scope of the access', async () => {
    const { google, calendar } = await opened();
    expect(await calendar.read(requestFor(serviceSecret(), 'freebusy', ofAda), never)).toEqual({ busy: [] });
    expect(google.accounts.lastClaims()).toMatchObject({
      iss: clientEmail,
      scope: 'https://www.googleapis.com/auth/calendar.freebusy',
    });
    expect(google.accounts.lastClaims()).not.toHaveProperty('sub');
    await calendar.read(requestFor(serviceSecret(), 'events', ofAda), never);
    expect(google.accounts.lastClaims()).toMatchObject({
      scope: 'https://www.googleapis.com/auth/calendar.events.readonly',
    });
    expect(google.refused).toEqual([]);
  });

  test('acts for somebody of the domain', async () => {
    const { google, calendar } = await opened();
    const secret = serviceSecret('ada@example.com');
    expect(await calendar.read(requestFor(secret, 'freebusy', ofAda), never)).toEqual({ busy: [] });
    expect(google.accounts.lastClaims()).toMatchObject({ sub: 'ada@example.com' });
  });

  test.each([
    ['freebusy', 'eve@example.com'],
    ['events', 'ada@example.com'],
  ] as const)(
    '%s for %s, which the domain does not allow, is told to its administrator',
    async (access, who) => {
      const { calendar } = await opened();
      const read = calendar.read(requestFor(serviceSecret(who), access, ofAda), never);
      const error = await failureOf(read);
      expect(error.code).toBe('not_allowed');
      expect(error.message).toMatch(/administrator/);
    },
  );

  test('its token is kept for its time, one for each whom it acts for', async () => {
    const { google, calendar, clock } = await opened();
    const read = (secret: string) => calendar.read(requestFor(secret, 'freebusy', ofAda), never);
    await Promise.all([read(serviceSecret()), read(serviceSecret()), read(serviceSecret('ada@example.com'))]);
    await read(serviceSecret());
    expect(google.count('token')).toBe(2);
    await clock.advance(3_600_000);
    await read(serviceSecret());
    expect(google.count('token')).toBe(3);
  });

  test('another key is refused, and told to the operator', async () => {
    const other = generateKeyPairSync('rsa', {
      modulusLength: 2_048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const { calendar } = await opened(other.privateKey);
    const error = await failureOf(calendar.read(requestFor(serviceSecret(), 'freebusy', ofAda), never));
    expect(error.code).toBe('auth_failed');
    // A clock that is wrong is refused in the same words.
    expect(error.details).toMatchObject({ reason: 'invalid_grant' });
    expect(error.message).toMatch(/operator.*key file.*clock/);
    expect(everythingIn(error)).not.toContain(other.privateKey.slice(40, 80));
  });

  test('a key that cannot sign is told to the operator, with nothing asked', async () => {
    const { google, calendar } = await opened(
      '-----BEGIN PRIVATE KEY-----\nbm8=\n-----END PRIVATE KEY-----\n',
    );
    const error = await failureOf(calendar.read(requestFor(serviceSecret(), 'freebusy', ofAda), never));
    expect(error.code).toBe('auth_failed');
    expect(error.message).toMatch(/key file/);
    expect(google.requests).toEqual([]);
  });

  test('nothing is revoked at Google for it', async () => {
    const { google, calendar } = await opened();
    await calendar.revoke(serviceSecret('ada@example.com'), never);
    expect(google.requests).toEqual([]);
  });

  test('what the bot was set up with and is not any more is told', async () => {
    subject = await createGoogleSubject();
    const read = subject.calendar.read(requestFor(serviceSecret(), 'freebusy', ofAda), never);
    const error = await failureOf(read);
    expect(error.code).toBe('not_allowed');
    expect(error.message).toMatch(/service account/);
  });
});

describe('the key file', () => {
  const file = { type: 'service_account', client_email: clientEmail, private_key: privateKey };

  test('gives the address and the key', () => {
    expect(parseServiceAccount(JSON.stringify({ ...file, project_id: 'p' }))).toEqual({
      clientEmail,
      privateKey,
    });
  });

  test.each([
    ['no JSON', 'hello'],
    ['a client of OAuth', JSON.stringify({ installed: { client_id: 'x' } })],
    ['another kind of credentials', JSON.stringify({ ...file, type: 'authorized_user' })],
    ['without a key', JSON.stringify({ ...file, private_key: '' })],
    ['without an address', JSON.stringify({ ...file, client_email: 'bot' })],
  ])('that is %s is refused without its text', (_, text) => {
    const thrown = (() => {
      try {
        return parseServiceAccount(text);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toBeInstanceOf(AppError);
    expect(thrown).toMatchObject({ code: 'config_invalid' });
    expect(everythingIn(thrown)).not.toContain(privateKey.slice(40, 80));
  });
});
