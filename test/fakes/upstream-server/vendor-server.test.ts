import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeVendor, startFakeVendor } from './vendor-server.ts';

let vendor: FakeVendor;
beforeEach(async () => {
  vendor = await startFakeVendor();
});
afterEach(() => vendor.close());

const asked = { model: 'gpt-test', messages: [{ role: 'user', content: 'Hello' }] };

function post(body: object, headers: Readonly<Record<string, string>> = {}, path = '/chat/completions') {
  return fetch(`${vendor.baseUrl}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      authorization: `Bearer ${vendor.key}`,
      ...headers,
    },
    body: JSON.stringify(body),
  });
}

test('what a vendor takes is answered and kept', async () => {
  expect((await post(asked)).status).toBe(200);
  expect(vendor.last().fields).toEqual(asked);
  expect(vendor.refused).toEqual([]);
});

describe('what a vendor does not take is refused and kept apart', () => {
  const refusals: readonly (readonly [string, object, Readonly<Record<string, string>>, number])[] = [
    ['a header of ours', asked, { 'x-session-id': 's' }, 400],
    ['a header of ours', asked, { 'x-metaclaw-key': 'k' }, 400],
    ['a header of somebody between', asked, { 'x-forwarded-for': '10.0.0.1' }, 400],
    ['a key of ours', asked, { authorization: 'Bearer mc_abc' }, 400],
    ['a key that is not known', asked, { authorization: 'Bearer other' }, 401],
    ['a wish for packed bytes', asked, { 'accept-encoding': 'gzip' }, 400],
    ['our metadata', { ...asked, metadata: { metaclaw_key: 'k' } }, {}, 400],
    ['metadata without anything in it', { ...asked, metadata: {} }, {}, 400],
    ['a field that is not known', { ...asked, x: 1 }, {}, 400],
  ];

  test.each(refusals)('%s %o %o', async (_, body, headers, status) => {
    expect((await post(body, headers)).status).toBe(status);
    expect(vendor.takeRefused()).toHaveLength(1);
    expect([vendor.requests, vendor.refused]).toEqual([[], []]);
  });

  test('a message without its version', async () => {
    expect((await post({ ...asked, model: 'claude-test', max_tokens: 1 }, {}, '/messages')).status).toBe(401);
  });
});
