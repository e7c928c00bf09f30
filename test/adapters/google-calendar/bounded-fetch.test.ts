import { describe, expect, test } from 'vitest';
import { createBoundedFetch } from '../../../adapters/google-calendar/bounded-fetch.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { failureOf } from './subject.ts';

const address = 'https://www.googleapis.com/';

describe('a bounded fetch', () => {
  test('gives up an answer that is longer than any', async () => {
    const piece = new TextEncoder().encode('x'.repeat(1024 * 1024));
    let pieces = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pieces += 1;
        if (pieces > 64) controller.close();
        else controller.enqueue(piece);
      },
    });
    const clock = createFakeClock();
    const fetch = createBoundedFetch({ fetch: async () => new Response(body), clock, timeoutMs: 1_000 });
    expect((await failureOf(fetch(address))).code).toBe('bad_reply');
    expect(pieces).toBeLessThan(32);
    expect(clock.waiting()).toBe(0);
  });

  test('gives status, headers and text as they came, and passes on what a fetch knows', async () => {
    const seen: unknown[] = [];
    const fetch = createBoundedFetch({
      async fetch(input, init) {
        seen.push(input, init?.method, init?.body, init?.redirect);
        return new Response('gr\u00fcn', {
          status: 418,
          headers: { 'retry-after': '3', 'content-length': '9' },
        });
      },
      clock: createFakeClock(),
      timeoutMs: 1_000,
    });
    const response = await fetch(address, { method: 'POST', body: 'a=b' });
    expect(seen).toEqual([address, 'POST', 'a=b', 'error']);
    expect([response.status, response.headers.get('retry-after')]).toEqual([418, '3']);
    expect(response.headers.has('content-length')).toBe(false);
    expect(await response.text()).toBe('gr\u00fcn');
  });

  test.each([204, 304])('%d has no body', async (status) => {
    const fetch = createBoundedFetch({
      fetch: async () => new Response(null, { status }),
      clock: createFakeClock(),
      timeoutMs: 1_000,
    });
    expect((await fetch(address)).status).toBe(status);
  });
});
