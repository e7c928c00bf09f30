import { describe, expect, test } from 'vitest';
import { refusal, toFeedError } from '../../../adapters/ics-calendar/errors.ts';
import { calendarOf, eventOf, read } from './feed-texts.ts';

const context = { host: 'feeds.example.org', nowMs: 0 };
/** What may not come is promised by whoever tries again, and nobody does where linking failed. */
const promise = /\bagain (later|and again)|tr(y|ies|ied) again|asks again/i;

describe('what is wrong is said without a promise to try again', () => {
  test('where the host cannot be reached', () => {
    const error = toFeedError(new Error('socket'), context);
    expect(error).toMatchObject({ code: 'network', retryable: true });
    expect(error.message).toBe('feeds.example.org cannot be reached at present.');
  });

  test.each([401, 403, 404, 408, 410, 418, 429, 500, 503, 504])('where it answers %d', (status) => {
    expect(refusal(status, new Headers(), context).message).not.toMatch(promise);
  });

  test('where the text ends too early', async () => {
    const cut = calendarOf(...eventOf('DTSTART:20260401T080000Z')).slice(0, -20);
    await expect(read(cut)).rejects.toMatchObject({
      message: 'The feed is damaged or ended too early.',
    });
  });
});
