import { afterEach, describe, expect, test } from 'vitest';
import type { CalendarAccess } from '../../../core/domain/calendar.ts';
import { apiRefusal } from '../../fakes/google/answers.ts';
import type { GoogleFault, GoogleRoute } from '../../fakes/google/fake-google.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createGoogleSubject, failureOf, type GoogleSubject, hourMs, never, requestFor } from './subject.ts';

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

describe('what Google refuses', () => {
  test.each([
    [400, 'badRequest', 'invalid_input', false],
    [403, 'forbidden', 'not_allowed', false],
    [403, 'insufficientPermissions', 'not_allowed', false],
    [403, 'accessNotConfigured', 'not_allowed', false],
    [403, 'somethingNew', 'not_allowed', false],
    [403, 'rateLimitExceeded', 'rate_limited', true],
    [403, 'userRateLimitExceeded', 'rate_limited', true],
    [403, 'quotaExceeded', 'rate_limited', true],
    [429, 'rateLimitExceeded', 'rate_limited', true],
    [429, 'somethingNew', 'rate_limited', true],
    [404, 'notFound', 'not_found', false],
    [408, 'timeout', 'timeout', true],
    [500, 'backendError', 'peer_failed', true],
    [503, 'backendError', 'peer_failed', true],
    [418, 'teapot', 'bad_reply', false],
  ])('%d %s is %s, asked once', async (status, reason, code, retryable) => {
    const secret = await connected('events');
    subject.google.fault(answer('events', apiRefusal(status, reason)));
    const error = await failureOf(subject.calendar.read(requestFor(secret, 'events'), never));
    expect(error).toMatchObject({ code, retryable, details: { status, reason } });
    expect(subject.google.count('events')).toBe(1);
    expect(error.retryAfterMs !== undefined).toBe(code === 'rate_limited');
  });

  test('a reason in the newer form is understood', async () => {
    const secret = await connected();
    const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'SERVICE_DISABLED' }];
    const body = { error: { code: 403, message: 'x', status: 'PERMISSION_DENIED', details } };
    subject.google.fault({ route: 'freebusy', kind: 'answer', status: 403, body });
    const error = await failureOf(subject.calendar.read(requestFor(secret, 'freebusy'), never));
    expect(error.message).toMatch(/not enabled/);
  });

  test.each([
    ['90', 90_000],
    ['0', 0],
    [new Date(createFakeClock().now() + 120_000).toUTCString(), 120_000],
    ['999999999', 24 * hourMs],
  ])('waits as long as Google says: %s', async (header, waitMs) => {
    const secret = await connected();
    const said = { ...apiRefusal(429, 'rateLimitExceeded'), headers: { 'retry-after': header } };
    subject.google.fault(answer('freebusy', said));
    const error = await failureOf(subject.calendar.read(requestFor(secret, 'freebusy'), never));
    expect(error.retryAfterMs).toBe(waitMs);
  });

  test('where Google does not say how long, the wait is long enough and not the same for all', async () => {
    const secret = await connected();
    const waits: number[] = [];
    for (let count = 0; count < 5; count += 1) {
      subject.google.fault(answer('freebusy', { ...apiRefusal(403, 'quotaExceeded'), headers: {} }));
      const error = await failureOf(subject.calendar.read(requestFor(secret, 'freebusy'), never));
      waits.push(error.retryAfterMs ?? 0);
    }
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(30 * 60_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(60 * 60_000);
    expect(new Set(waits).size).toBe(5);
  });

  test('a connection that tears is a failure of the network', async () => {
    const secret = await connected();
    subject.google.fault({ route: 'freebusy', kind: 'cut' });
    const error = await failureOf(subject.calendar.read(requestFor(secret, 'freebusy'), never));
    expect(error).toMatchObject({ code: 'network', retryable: true });
    expect(subject.google.count('freebusy')).toBe(1);
  });

  test('a redirect is not followed with the token', async () => {
    const secret = await connected();
    const headers = { location: `${subject.google.endpoints.rootUrl}stolen` };
    subject.google.fault({ route: 'freebusy', kind: 'answer', status: 307, body: '', headers });
    expect((await failureOf(subject.calendar.read(requestFor(secret, 'freebusy'), never))).code).toBe(
      'network',
    );
    expect(subject.google.refused).toEqual([]);
  });

  test.each(['hang', 'endless'] as const)(
    'an answer that does not come to its end is given up: %s',
    async (kind) => {
      const secret = await connected();
      await subject.calendar.read(requestFor(secret, 'freebusy'), never);
      subject.google.fault({ route: 'freebusy', kind });
      const failure = failureOf(subject.calendar.read(requestFor(secret, 'freebusy'), never));
      await subject.google.hanging();
      await subject.clock.advance(20_000);
      expect(await failure).toMatchObject({ code: 'timeout', retryable: true });
      expect(subject.clock.waiting()).toBe(0);
    },
  );

  test.each(['token', 'freebusy'] as const)('a caller who stops is let go while %s hangs', async (route) => {
    const secret = await connected();
    subject.google.fault({ route, kind: 'hang' });
    // The first token came with the consent, but none was kept of it.
    const stop = new AbortController();
    const failure = failureOf(subject.calendar.read(requestFor(secret, 'freebusy'), stop.signal));
    await subject.google.hanging();
    stop.abort();
    expect((await failure).code).toBe('aborted');
  });

  test('who has stopped before asks nothing', async () => {
    const secret = await connected();
    const other = await subject.connect('freebusy');
    const read = subject.calendar.read(requestFor(secret, 'freebusy'), AbortSignal.abort());
    expect((await failureOf(read)).code).toBe('aborted');
    // Whatever the first one had asked would have arrived before this is done.
    await subject.calendar.read(requestFor(other, 'freebusy'), never);
    expect(subject.google.requests.filter(({ body }) => /grant_type=refresh_token/.test(body))).toHaveLength(
      1,
    );
    const kept = subject.calendar.read(requestFor(other, 'freebusy'), AbortSignal.abort());
    expect((await failureOf(kept)).code).toBe('aborted');
    expect(subject.google.count('freebusy')).toBe(1);
  });

  test('no timer is left of what has ended', async () => {
    const secret = await connected();
    await subject.calendar.read(requestFor(secret, 'freebusy'), never);
    subject.google.fault(answer('freebusy', apiRefusal(500, 'backendError')), {
      route: 'freebusy',
      kind: 'cut',
    });
    await failureOf(subject.calendar.read(requestFor(secret, 'freebusy'), never));
    await failureOf(subject.calendar.read(requestFor(secret, 'freebusy'), never));
    expect(subject.clock.waiting()).toBe(0);
  });
});
