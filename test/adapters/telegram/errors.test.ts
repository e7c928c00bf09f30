import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { redactToken, toTelegramError } from '../../../adapters/telegram/errors.ts';
import { AppError } from '../../../core/domain/app-error.ts';

const token = '7000000001:AAf4kEt0ken-for_tests-0123456789abcdefg';
const facts = { method: 'sendMessage', isSend: true, token };

const refusal = (error_code: number, description = '', parameters?: object): Error =>
  Object.assign(new Error(`${error_code}: ${description}`), {
    response: { ok: false, error_code, description, ...(parameters === undefined ? {} : { parameters }) },
    on: { method: 'sendMessage', payload: { text: 'private words' } },
  });

const broken = (code: string, reason = ''): Error =>
  Object.assign(
    new Error(`request to http://127.0.0.1:1/bot${token}/sendMessage failed, reason: ${reason}`),
    { code },
  );

describe('telegram errors', () => {
  test.each<[number, string, string, boolean]>([
    [401, 'Unauthorized', 'auth_failed', false],
    [404, 'Not Found', 'auth_failed', false],
    [403, 'Forbidden: bot was blocked by the user', 'not_allowed', false],
    [409, 'Conflict: terminated by other getUpdates request', 'conflict', true],
    [400, 'Bad Request: message to edit not found', 'not_found', false],
    [400, 'Bad Request: message to delete not found', 'not_found', false],
    [400, 'Bad Request: MESSAGE_ID_INVALID', 'not_found', false],
    [400, 'Bad Request: message thread not found', 'not_found', false],
    [400, 'Bad Request: chat not found', 'not_found', false],
    [400, "Bad Request: message can't be edited", 'not_allowed', false],
    [400, 'Bad Request: not enough rights to send text messages to the chat', 'not_allowed', false],
    [400, 'Bad Request: TOPIC_CLOSED', 'not_allowed', false],
    [400, 'Bad Request: message is too long', 'invalid_input', false],
    [413, 'Request Entity Too Large', 'invalid_input', false],
    [500, 'Internal Server Error', 'peer_failed', true],
    [503, 'Service Unavailable', 'peer_failed', true],
    [502, 'Bad Gateway', 'delivery_unknown', false],
    [504, 'Gateway Timeout', 'delivery_unknown', false],
  ])('%i %s is %s', (status, description, code, retryable) => {
    const error = toTelegramError(refusal(status, description), facts);
    expect(error).toMatchObject({ code, retryable });
    expect(error.details).toEqual({ method: 'sendMessage', status });
  });

  test('429 carries the wait in milliseconds', () => {
    const error = toTelegramError(refusal(429, 'Too Many Requests', { retry_after: 7 }), facts);
    expect(error).toMatchObject({ code: 'rate_limited', retryable: true, retryAfterMs: 7_000 });
    expect(toTelegramError(refusal(429), facts).retryAfterMs).toBe(1_000);
  });

  test('a group that became a supergroup is not found under its old id', () => {
    const error = toTelegramError(
      refusal(400, 'Bad Request: group chat was upgraded', { migrate_to_chat_id: -100_1 }),
      facts,
    );
    expect(error.code).toBe('not_found');
    expect(error.message).toContain('supergroup');
  });

  test.each<[string, string, string, string]>([
    ['ECONNREFUSED', 'connect ECONNREFUSED', 'network', 'network'],
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND', 'network', 'network'],
    ['ETIMEDOUT', 'connect ETIMEDOUT 149.154.167.220:443', 'network', 'network'],
    ['CERT_HAS_EXPIRED', 'certificate has expired', 'network', 'network'],
    ['ECONNRESET', 'socket hang up', 'delivery_unknown', 'network'],
    ['EPIPE', 'write EPIPE', 'delivery_unknown', 'network'],
    ['ETIMEDOUT', 'read ETIMEDOUT', 'delivery_unknown', 'network'],
    ['', 'invalid json response body', 'delivery_unknown', 'network'],
  ])('%s (%s): a send is %s, another call %s', (code, reason, ofSend, ofOther) => {
    expect(toTelegramError(broken(code, reason), facts).code).toBe(ofSend);
    expect(toTelegramError(broken(code, reason), { ...facts, isSend: false }).code).toBe(ofOther);
  });

  test('our own deadline makes a send unknown and another call a timeout', () => {
    const aborted = Object.assign(new Error('The user aborted a request.'), { name: 'AbortError' });
    expect(toTelegramError(aborted, { ...facts, timedOut: true }).code).toBe('delivery_unknown');
    expect(toTelegramError(aborted, { ...facts, isSend: false, timedOut: true })).toMatchObject({
      code: 'timeout',
      retryable: true,
    });
  });

  test('neither token nor payload is in an error, however deep one looks', () => {
    for (const thrown of [
      broken('ECONNRESET', `x ${token}`),
      refusal(400, 'Bad Request'),
      `failed: ${token}`,
    ]) {
      const seen = inspect(toTelegramError(thrown, facts), { depth: 20, showHidden: true });
      expect(seen).not.toContain(token);
      expect(seen).not.toContain('private words');
    }
    expect(redactToken(`https://api.telegram.org/bot${token}/getMe and ${token}`, token)).toBe(
      'https://api.telegram.org/bot[redacted]/getMe and [redacted]',
    );
    // Another token's URL is none of ours and still nobody's business.
    expect(redactToken('http://x/bot123:abc/getMe', token)).toBe('http://x/bot[redacted]/getMe');
  });

  test('an AppError stays itself', () => {
    const error = new AppError('aborted', 'Stopped.');
    expect(toTelegramError(error, facts)).toBe(error);
  });
});
