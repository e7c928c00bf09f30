import { expect, test } from 'vitest';
import { badReply, calendarError, toGoogleError } from '../../../adapters/google-calendar/errors.ts';
import type { AppError } from '../../../core/domain/app-error.ts';

const context = { place: 'calendar', isService: false, nowMs: 0, jitter: 0 } as const;
const peer = (status: number): unknown => ({ response: { status, headers: new Headers(), data: '' } });

test('an answer is told from a connection that fails', () => {
  const error = toGoogleError(Object.assign(new Error('refused'), peer(504)), context);
  expect(error).toMatchObject({ code: 'timeout', details: { status: 504 } });
});

test.each<[string, AppError]>([
  ['a connection that fails', toGoogleError(new Error('socket'), context)],
  ['an answer that is none', badReply()],
  ...[408, 429, 500, 503, 504].map((status): [string, AppError] => [
    `an answer with status ${status}`,
    toGoogleError(Object.assign(new Error('refused'), peer(status)), context),
  ]),
  ...['rateLimitExceeded', 'quotaExceeded', 'backendError', 'somethingNew'].map(
    (reason): [string, AppError] => [`a calendar with ${reason}`, calendarError(reason, context)],
  ),
])('may pass, which is for whoever tries again to say: %s', (_, error) => {
  expect(error.retryable).toBe(true);
  expect(error.message).toMatch(/Google/);
  expect(error.message).not.toMatch(/again|later/i);
});
