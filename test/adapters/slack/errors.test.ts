import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRefusal, toSlackError } from '../../../adapters/slack/errors.ts';
import { redactSlack } from '../../../adapters/slack/redact.ts';
import { AppError } from '../../../core/domain/app-error.ts';

const botToken = 'xoxb-100200300-400500600-fAkEf0rTests';
const appToken = 'xapp-1-A0000000001-700800900-deadbeefdeadbeef';
const secrets = [botToken, appToken, 'a-signing-secret'];
const send = { method: 'chat.postMessage', isSend: true, secrets };
const read = { method: 'users.info', isSend: false, secrets };

/** As the SDK shapes them. */
const refused = (error: unknown, extra: object = {}): Error =>
  Object.assign(new Error(`An API error occurred: ${String(error)}`), {
    code: 'slack_webapi_platform_error',
    data: { ok: false, error, ...extra },
  });
const http = (statusCode: number, body: unknown = 'private words'): Error =>
  Object.assign(new Error(`An HTTP protocol error occurred: statusCode = ${statusCode}`), {
    code: 'slack_webapi_http_error',
    statusCode,
    statusMessage: '',
    headers: { authorization: `Bearer ${botToken}` },
    body,
  });
const limited = (retryAfter: number): Error =>
  Object.assign(new Error('A rate-limit has been reached'), {
    code: 'slack_webapi_rate_limited_error',
    retryAfter,
  });
const broken = (code: string, name = 'Error'): Error => {
  const inner = Object.assign(new Error(`read ${code}`), { code, name });
  const original = new TypeError('fetch failed', { cause: inner });
  return Object.assign(new Error(`A request error occurred: ${original.message}`, { cause: original }), {
    code: 'slack_webapi_request_error',
    original,
  });
};

test.each(['invalid_auth', 'token_revoked', 'not_allowed_token_type', 'account_inactive', 'missing_scope'])(
  '%s says which of the two tokens it is about',
  (word) => {
    const told = (method: string): string =>
      toSlackError(refused(word), { method, isSend: false, secrets: [] }).message;
    const [bot, app] = [told('auth.test'), told('apps.connections.open')];
    expect(app).toContain('SLACK_APP_TOKEN');
    expect(app).not.toContain('SLACK_BOT_TOKEN');
    if (word !== 'missing_scope') expect(bot).toContain('SLACK_BOT_TOKEN');
    expect(bot).not.toContain('SLACK_APP_TOKEN');
  },
);

describe('slack errors', () => {
  test.each<[string, string]>([
    ['invalid_auth', 'auth_failed'],
    ['not_authed', 'auth_failed'],
    ['account_inactive', 'auth_failed'],
    ['token_revoked', 'auth_failed'],
    ['token_expired', 'auth_failed'],
    ['not_allowed_token_type', 'auth_failed'],
    ['team_added_to_org', 'auth_failed'],
    ['no_permission', 'not_allowed'],
    ['missing_scope', 'not_allowed'],
    ['ekm_access_denied', 'not_allowed'],
    ['channel_not_found', 'not_found'],
    ['not_in_channel', 'not_found'],
    ['message_not_found', 'not_found'],
    ['thread_not_found', 'not_found'],
    ['user_not_found', 'not_found'],
    ['user_not_in_channel', 'not_found'],
    ['cant_update_message', 'not_allowed'],
    ['cant_delete_message', 'not_allowed'],
    ['edit_window_closed', 'not_allowed'],
    ['is_archived', 'not_allowed'],
    ['restricted_action', 'not_allowed'],
    ['msg_too_long', 'invalid_input'],
    ['msg_blocks_too_long', 'invalid_input'],
    ['invalid_blocks', 'invalid_input'],
    ['no_text', 'invalid_input'],
    ['expired_trigger_id', 'not_found'],
    ['exchanged_trigger_id', 'not_found'],
    ['invalid_trigger_id', 'not_found'],
    ['used_url', 'not_found'],
    ['expired_url', 'not_found'],
    ['message_not_in_streaming_state', 'not_found'],
    ['missing_recipient_user_id', 'invalid_input'],
    ['missing_recipient_team_id', 'invalid_input'],
    ['service_unavailable', 'peer_failed'],
    ['request_timeout', 'peer_failed'],
    ['some_word_of_next_year', 'invalid_input'],
    // Names that every object has are no words of Slack's.
    ['constructor', 'invalid_input'],
  ])('%s is %s, sent or not', (word, code) => {
    for (const facts of [send, read]) {
      const error = toSlackError(refused(word), facts);
      expect(error.code).toBe(code);
      expect(error.details).toEqual({ method: facts.method, slackError: word });
      expect(error.retryable).toBe(code === 'peer_failed');
      expect(error.message).toMatch(/^[A-Z].*\.$/);
    }
  });

  test('a missing scope is named, as Slack named it', () => {
    const error = toSlackError(
      refused('missing_scope', { needed: 'reactions:write', provided: 'chat:write' }),
      read,
    );
    expect(error.message).toContain('reactions:write');
    expect(error.details).toMatchObject({ needed: 'reactions:write' });
    const odd = toSlackError(refused('missing_scope', { needed: '<b>anything</b>' }), read);
    expect(odd.message).not.toContain('anything');
  });

  test.each(['internal_error', 'fatal_error', 'messaging_processing_failed'])(
    '%s leaves a send unknown and another call to be repeated',
    (word) => {
      expect(toSlackError(refused(word), send)).toMatchObject({ code: 'delivery_unknown', retryable: false });
      expect(toSlackError(refused(word), read)).toMatchObject({ code: 'peer_failed', retryable: true });
    },
  );

  test('the wait after too many requests is in milliseconds, however Slack says it', () => {
    expect(toSlackError(limited(7), send)).toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 7_000,
      retryable: true,
    });
    expect(toSlackError(limited(0), send).retryAfterMs).toBe(1_000);
    expect(toSlackError(refused('ratelimited'), send)).toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 1_000,
    });
    expect(parseRefusal(refused('ratelimited'))).toBeUndefined();
  });

  test.each<[number, string, string]>([
    [500, 'delivery_unknown', 'peer_failed'],
    [502, 'delivery_unknown', 'peer_failed'],
    [503, 'peer_failed', 'peer_failed'],
    [504, 'delivery_unknown', 'peer_failed'],
    [404, 'peer_failed', 'peer_failed'],
    [403, 'auth_failed', 'auth_failed'],
  ])('HTTP %i: a send is %s, another call %s', (status, ofSend, ofOther) => {
    expect(toSlackError(http(status), send)).toMatchObject({ code: ofSend, details: { status } });
    expect(toSlackError(http(status), read).code).toBe(ofOther);
  });

  test.each<[string, string, string]>([
    ['ECONNREFUSED', 'network', 'network'],
    ['ENOTFOUND', 'network', 'network'],
    ['UND_ERR_CONNECT_TIMEOUT', 'network', 'network'],
    ['CERT_HAS_EXPIRED', 'network', 'network'],
    ['ECONNRESET', 'delivery_unknown', 'network'],
    ['UND_ERR_SOCKET', 'delivery_unknown', 'network'],
    ['', 'delivery_unknown', 'network'],
  ])('connection error %j: a send is %s, another call %s', (code, ofSend, ofOther) => {
    expect(toSlackError(broken(code), send).code).toBe(ofSend);
    expect(toSlackError(broken(code), read)).toMatchObject({ code: ofOther, retryable: true });
  });

  test('several addresses that all refused are one that refused', () => {
    const refusing = (host: string): Error =>
      Object.assign(new Error(`connect ${host}`), { code: 'ECONNREFUSED' });
    const all = new AggregateError([refusing('::1'), refusing('127.0.0.1')], 'All addresses failed');
    expect(toSlackError(new TypeError('fetch failed', { cause: all }), send).code).toBe('network');
  });

  test('a deadline makes a send unknown and another call a timeout', () => {
    expect(toSlackError(broken('', 'TimeoutError'), send).code).toBe('delivery_unknown');
    expect(toSlackError(broken('', 'TimeoutError'), read)).toMatchObject({
      code: 'timeout',
      retryable: true,
    });
  });

  test('an answer that is none leaves a send unknown', () => {
    const page = refused(`<html>Welcome to the hotel's network ${botToken}</html>`);
    expect(toSlackError(page, send).code).toBe('delivery_unknown');
    expect(toSlackError(page, read)).toMatchObject({
      code: 'peer_failed',
      details: { method: 'users.info' },
    });
    expect(parseRefusal(page)).toBeUndefined();
  });

  test('an `AppError` stays itself', () => {
    const error = new AppError('aborted', 'Stopped.');
    expect(toSlackError(error, send)).toBe(error);
  });

  test('no token, address or word of a message is in any error', () => {
    const tail = fc.constantFrom(...secrets, 'private words', 'https://hooks.slack.com/actions/T1/2/ticket3');
    const text = fc
      .tuple(fc.string({ maxLength: 20 }), tail, fc.string({ maxLength: 20 }))
      .map((parts) => parts.join(' '));
    const thrown = fc.oneof(
      text.map((words) =>
        refused('invalid_blocks', { response_metadata: { messages: [words] }, message: words }),
      ),
      text.map((words) => refused(words)),
      text.map((words) => http(500, { said: words })),
      tail
        .filter((words) => words !== 'private words')
        .map((words) =>
          Object.assign(new Error(`no route to ${words}`), { code: 'ECONNRESET', config: { words } }),
        ),
      fc.anything(),
    );
    fc.assert(
      fc.property(thrown, fc.boolean(), (error, isSend) => {
        const made = toSlackError(error, { ...send, isSend });
        expect(made).toBeInstanceOf(AppError);
        const shown = inspect(made, { depth: 10 }).replaceAll(/\n {4}at .*/g, '');
        for (const secret of [...secrets, 'private words', 'ticket3']) expect(shown).not.toContain(secret);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('redaction', () => {
  test('tokens go in whatever form they stand, and addresses lose their path', () => {
    const text = `Bearer ${botToken} a-signing-secret xoxp-1-2-3 at wss://wss-primary.slack.com/link/?ticket=abc&app_id=1 and https://hooks.slack.com/commands/T1/2/3`;
    expect(redactSlack(text, secrets)).toBe(
      'Bearer [redacted] [redacted] [redacted] at wss://wss-primary.slack.com and https://hooks.slack.com',
    );
  });
});
