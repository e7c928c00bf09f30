import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import type { ApiErrorKind } from '../../../../adapters/proxy/dialect-port.ts';
import { anthropicError } from '../../../../adapters/proxy/dialects/anthropic-error.ts';
import { openAiError } from '../../../../adapters/proxy/dialects/openai-error.ts';

const answering = (status: number, body: object) => async (): Promise<Response> =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });

async function thrownBy(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

const kinds: readonly (readonly [ApiErrorKind, number, string, string | null, string])[] = [
  ['invalid_request', 400, 'invalid_request_error', null, 'invalid_request_error'],
  ['auth', 401, 'invalid_request_error', 'invalid_api_key', 'authentication_error'],
  ['not_allowed', 403, 'invalid_request_error', 'permission_denied', 'permission_error'],
  ['not_found', 404, 'invalid_request_error', 'not_found', 'not_found_error'],
  ['too_large', 413, 'invalid_request_error', 'request_too_large', 'request_too_large'],
  ['unsupported_media', 415, 'invalid_request_error', 'unsupported_media_type', 'invalid_request_error'],
  ['rate_limited', 429, 'requests', 'rate_limit_exceeded', 'rate_limit_error'],
  ['quota', 429, 'insufficient_quota', 'insufficient_quota', 'billing_error'],
  ['overloaded', 503, 'service_unavailable_error', 'server_is_overloaded', 'overloaded_error'],
  ['upstream', 502, 'server_error', 'upstream_error', 'api_error'],
  ['timeout', 504, 'server_error', 'timeout', 'timeout_error'],
  ['internal', 500, 'server_error', null, 'api_error'],
];

describe('an error as a client reads it', () => {
  test.each(kinds)('%s, of OpenAI', async (kind, status, type, code) => {
    const fetch = answering(status, openAiError(kind, 'Do this.', 'messages'));
    const client = new OpenAI({ apiKey: 'k', baseURL: 'http://test/v1', maxRetries: 0, fetch });
    const error = await thrownBy(client.responses.create({ model: 'm', input: 'x' }));
    if (!(error instanceof OpenAI.APIError)) throw new Error('no error of the API');
    expect([error.status, error.message, error.type, error.code, error.param]).toEqual([
      status,
      `${status} Do this.`,
      type,
      code,
      'messages',
    ]);
  });

  test.each(kinds)('%s, of Anthropic', async (kind, status, _, __, type) => {
    const fetch = answering(status, anthropicError(kind, 'Do this.', 'messages'));
    const client = new Anthropic({ apiKey: 'k', baseURL: 'http://test', maxRetries: 0, fetch });
    const call = client.messages.create({
      model: 'm',
      max_tokens: 9,
      messages: [{ role: 'user', content: 'x' }],
    });
    const error = await thrownBy(call);
    if (!(error instanceof Anthropic.APIError)) throw new Error('no error of the API');
    expect([error.status, error.type]).toEqual([status, type]);
    expect(error.message).toContain('messages: Do this.');
  });
});

test('a model that is not there has the code that clients know', () => {
  expect(openAiError('not_found', 'No such model.', 'model')).toEqual({
    error: {
      message: 'No such model.',
      type: 'invalid_request_error',
      param: 'model',
      code: 'model_not_found',
    },
  });
});

test('without a field', () => {
  expect(openAiError('internal', 'Sorry.')).toEqual({
    error: { message: 'Sorry.', type: 'server_error', param: null, code: null },
  });
  expect(anthropicError('internal', 'Sorry.')).toEqual({
    type: 'error',
    error: { type: 'api_error', message: 'Sorry.' },
  });
});

test('a field that the message names is not named twice', () => {
  expect(anthropicError('invalid_request', 'model is missing.', 'model')).toEqual({
    type: 'error',
    error: { type: 'invalid_request_error', message: 'model is missing.' },
  });
});
