import { createEmulator, type Emulator } from 'emulate';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGoogleCalendar } from '../../../adapters/google-calendar/google-calendar.ts';
import { createGoogleConsent } from '../../../adapters/google-calendar/google-consent.ts';
import type { CalendarAccess } from '../../../core/domain/calendar.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';
import { failureOf, hourMs, monday, never, requestFor } from './subject.ts';

const email = 'ada@example.com';
const redirectUri = 'http://127.0.0.1:8787/calendar/callback';
const client = {
  client_id: 'client-1',
  client_secret: 'secret-1',
  name: 'Bot',
  redirect_uris: [redirectUri],
};

const event = (id: string, hour: number, more: object = {}): object => ({
  id,
  user_email: email,
  calendar_id: 'primary',
  summary: id,
  start_date_time: new Date(monday + hour * hourMs).toISOString(),
  end_date_time: new Date(monday + (hour + 1) * hourMs).toISOString(),
  ...more,
});

const seed = {
  users: [{ email, name: 'Ada' }],
  oauth_clients: [client],
  calendars: [{ id: 'primary', user_email: email, summary: 'Ada', primary: true, time_zone: 'UTC' }],
  calendar_events: [
    event('meeting', 9),
    event('other', 12, { attendees: [{ email }] }),
    event('gone', 15, { status: 'cancelled' }),
  ],
};

let emulator: Emulator;
beforeEach(async () => {
  emulator = await createEmulator({ service: 'google', port: 0, seed: { google: seed } });
});
afterEach(() => emulator.close());

function adapter() {
  const origin = `http://127.0.0.1:${new URL(emulator.url).port}`;
  const options = {
    clientId: client.client_id,
    clientSecret: client.client_secret,
    endpoints: {
      rootUrl: `${origin}/`,
      auth: `${origin}/o/oauth2/v2/auth`,
      token: `${origin}/oauth2/token`,
      revoke: `${origin}/oauth2/revoke`,
    },
    fetch: globalThis.fetch,
    clock: createFakeClock(),
    ids: createSequentialIds(),
    logger: createMemoryLogger(),
  };
  return { origin, calendar: createGoogleCalendar(options), consent: createGoogleConsent(options) };
}

/** Presses Ada’s button on the page of consent, which is a form. */
async function pressed(url: string, origin: string): Promise<URL> {
  const page = await fetch(url);
  expect(page.status).toBe(200);
  const { searchParams } = new URL(url);
  const form = new URLSearchParams({ ...Object.fromEntries(searchParams), email });
  const response = await fetch(`${origin}/o/oauth2/v2/auth/callback`, {
    method: 'POST',
    body: form,
    redirect: 'manual',
  });
  return new URL(response.headers.get('location') ?? '');
}

async function connected(access: CalendarAccess) {
  const { origin, calendar, consent } = adapter();
  const { url, verifier } = await consent.begin({ redirectUri, access, state: 'state-1' });
  const back = await pressed(url, origin);
  expect(back.searchParams.get('state')).toBe('state-1');
  const code = back.searchParams.get('code') ?? '';
  const { secret } = await consent.finish({ code, verifier, redirectUri, access }, never);
  return { calendar, secret, consent, code };
}

test.each(['freebusy', 'events'] as const)(
  'consent, a token by the refresh token, and %s',
  async (access) => {
    const { calendar, secret } = await connected(access);
    const { busy } = await calendar.read(requestFor(secret, access), never);
    // The answer that another gave is not in this emulator: an invitation counts as it counts there.
    expect(busy).toContainEqual({ from: monday + 9 * hourMs, to: monday + 10 * hourMs });
    expect(busy.some(({ from }) => from === monday + 15 * hourMs)).toBe(false);
  },
);

test.each(['freebusy', 'events'] as const)('a calendar that is not there: %s', async (access) => {
  const { calendar, secret } = await connected(access);
  const read = calendar.read(requestFor(secret, access, { calendarId: 'nobody@example.com' }), never);
  expect((await failureOf(read)).code).toBe('not_found');
});

test('a code with another verifier gives nothing', async () => {
  const { origin, consent } = adapter();
  const access = 'freebusy';
  const { url } = await consent.begin({ redirectUri, access, state: 'state-1' });
  const code = (await pressed(url, origin)).searchParams.get('code') ?? '';
  const finish = consent.finish({ code, verifier: 'v'.repeat(64), redirectUri, access }, never);
  expect((await failureOf(finish)).code).toBe('auth_failed');
});

test('what was revoked reads nothing more', async () => {
  const { calendar, secret } = await connected('freebusy');
  await calendar.read(requestFor(secret, 'freebusy'), never);
  await calendar.revoke(secret, never);
  expect((await failureOf(calendar.read(requestFor(secret, 'freebusy'), never))).code).toBe('auth_failed');
});
