import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { openAiError } from '../../../adapters/proxy/dialects/openai-error.ts';
import { failureAnswer, sendJson } from '../../../adapters/proxy/respond.ts';
import { AppError, type AppErrorOptions, type ErrorCode } from '../../../core/domain/app-error.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function asked(answer: (outgoing: ServerResponse) => void): Promise<Response> {
  const server = createServer((_, outgoing) => answer(outgoing));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return fetch(`http://127.0.0.1:${port}/`);
}

describe('sendJson', () => {
  test('answers whole, with its length in bytes, for nobody to keep or guess at', async () => {
    const response = await asked((outgoing) => sendJson(outgoing, 201, { word: 'grüß' }, { 'x-own': 'yes' }));
    expect(response.status).toBe(201);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-length': '17',
      'x-own': 'yes',
    });
    expect(await response.json()).toEqual({ word: 'grüß' });
  });

  test('a second answer to the same request is none', async () => {
    const response = await asked((outgoing) => {
      sendJson(outgoing, 200, { first: true });
      sendJson(outgoing, 500, { first: false });
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ first: true });
  });
});

describe('failureAnswer', () => {
  const failed = (code: ErrorCode, options: AppErrorOptions = {}) =>
    failureAnswer(new AppError(code, 'the words', options), openAiError);

  test.each([
    ['invalid_input', 400],
    ['auth_failed', 401],
    ['not_allowed', 403],
    ['not_found', 404],
    ['conflict', 409],
    ['rate_limited', 429],
    ['peer_failed', 502],
    ['network', 502],
    ['storage_busy', 503],
    ['storage_full', 503],
    ['storage_failed', 503],
    ['overloaded', 503],
    ['timeout', 504],
    ['internal', 500],
    ['config_invalid', 500],
  ] as const)('%s is a %i', (code, status) => {
    expect(failed(code).status).toBe(status);
  });

  test('names the field, in the words of the error', () => {
    expect(failed('invalid_input', { details: { field: 'rating' } }).body).toMatchObject({
      error: { message: 'the words', param: 'rating', type: 'invalid_request_error' },
    });
  });

  test.each(['storage_failed', 'internal', 'config_invalid'] as const)(
    'says nothing of the insides of %s',
    (code) => {
      expect(JSON.stringify(failed(code).body)).not.toContain('the words');
    },
  );

  test('what is no AppError says nothing of itself', () => {
    const answer = failureAnswer(new Error('at /srv/secret.ts'), openAiError);
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer.body)).not.toContain('secret');
  });

  test.each([
    [1, '1'],
    [1_001, '2'],
    [0, '1'],
  ])('to wait %i ms is told in whole seconds: %s', (retryAfterMs, seconds) => {
    expect(failed('rate_limited', { retryAfterMs }).headers).toEqual({ 'retry-after': seconds });
  });

  test('without a time to wait there is no such header', () => {
    expect(failed('overloaded')).not.toHaveProperty('headers');
  });
});
