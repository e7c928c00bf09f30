import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toDiscordError } from '../../../adapters/discord/errors.ts';
import { GatewayClosed } from '../../../adapters/discord/gateway-connection.ts';
import { toGatewayError } from '../../../adapters/discord/gateway-errors.ts';
import type { ErrorCode } from '../../../core/domain/app-error.ts';

const secret = 'MTAwMDAw.secret.bot-token-for-tests-only';
const send = { purpose: 'send a message', isSend: true, needed: ['Send Messages'], secrets: [secret] };
const look = { ...send, isSend: false };

/** As the SDK makes it. */
const apiError = (code: number, status: number, errors?: object): Error =>
  Object.assign(new Error('Discord’s words, and private words'), {
    name: `DiscordAPIError[${code}]`,
    code,
    status,
    method: 'POST',
    url: 'https://discord.com/api/v10/webhooks/1/interaction-token',
    rawError: { code, message: 'private words', errors },
    requestBody: { json: { content: 'private words' } },
  });

const connectionError = (code: string): Error =>
  Object.assign(new Error(`connect ${code}`), { code, cause: undefined });

describe('refusals', () => {
  test.each<[number, number, ErrorCode, RegExp]>([
    [10_003, 404, 'not_found', /channel is gone/],
    [10_004, 404, 'not_found', /invite it/],
    [10_008, 404, 'not_found', /message is gone/],
    [10_015, 404, 'not_found', /no longer waits/],
    [10_062, 404, 'not_found', /no longer waits/],
    [50_027, 401, 'not_found', /no longer waits/],
    [40_060, 400, 'conflict', /an answer to this already/],
    [40_001, 403, 'not_allowed', /does not let/],
    [50_001, 403, 'not_allowed', /View Channel/],
    [50_005, 403, 'not_allowed', /its own messages only/],
    [50_013, 403, 'not_allowed', /"Send Messages"/],
    [50_021, 403, 'not_allowed', /system's own/],
    [50_083, 400, 'not_allowed', /archived or locked/],
    [160_005, 400, 'not_allowed', /archived or locked/],
    [160_002, 400, 'not_allowed', /Read Message History/],
    [200_000, 400, 'not_allowed', /AutoMod/],
    [30_010, 400, 'not_allowed', /no more reactions/],
    [30_099, 400, 'not_allowed', /limit/],
    [50_006, 400, 'invalid_input', /empty/],
    [40_005, 413, 'invalid_input', /too large/],
    [30_032, 400, 'invalid_input', /no more commands/],
    [50_014, 401, 'auth_failed', /DISCORD_BOT_TOKEN/],
    [130_000, 503, 'peer_failed', /trouble/],
    [20_016, 400, 'rate_limited', /wait/],
    [20_028, 429, 'rate_limited', /wait/],
    [30_046, 400, 'rate_limited', /wait/],
    [999_999, 400, 'invalid_input', /refused what the bot wanted to do \(send a message\)/],
    [999_999, 401, 'auth_failed', /token/],
    [999_999, 403, 'not_allowed', /./],
    [999_999, 404, 'not_found', /./],
    [999_999, 413, 'invalid_input', /./],
  ])('%i with HTTP %i is %s', (number, status, code, words) => {
    const error = toDiscordError(apiError(number, status), send);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(words);
    expect(error.details).toMatchObject({ discordCode: number, status, purpose: 'send a message' });
    expect(error.retryable).toBe(code === 'rate_limited' || code === 'peer_failed');
    expect(error.retryAfterMs === undefined).toBe(code !== 'rate_limited');
  });

  test('of a form name the fields and Discord’s word for each, and nothing that was sent', () => {
    const errors = {
      content: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH', message: 'private words' }] },
      components: { 0: { label: { _errors: [{ code: 'BASE_TYPE_REQUIRED', message: 'x' }] } } },
      'private words': { _errors: [{ code: 'X' }] },
      more: { _errors: [{ code: 'private words' }] },
    };
    const error = toDiscordError(apiError(50_035, 400, errors), send);
    expect(error).toMatchObject({ code: 'invalid_input', message: expect.stringMatching(/too large/) });
    expect(error.details).toMatchObject({ discordCode: 50_035, status: 400 });
    const fields = ['components.0.label: BASE_TYPE_REQUIRED', 'content: BASE_TYPE_MAX_LENGTH'];
    expect(String(error.details['fields']).split(', ').sort()).toEqual(fields);
    const layout = toDiscordError(
      apiError(50_035, 400, { components: { _errors: [{ code: 'A_B' }] } }),
      send,
    );
    expect(layout.message).toMatch(/refused what the bot wanted/);
  });
});

describe('rate limits', () => {
  const limited = (fields: object): Error =>
    Object.assign(new Error('slow down'), {
      ...{ name: 'RateLimitError[/channels/:id/messages]', limit: 5, global: false },
      ...{ timeToReset: 0, retryAfter: 0, sublimitTimeout: 0 },
      ...fields,
    });

  test.each<[string, object, number, boolean]>([
    ['the bucket', { timeToReset: 870.2, retryAfter: 870.2 }, 871, false],
    ['a limit within the bucket', { retryAfter: 50, sublimitTimeout: 4_050 }, 4_050, false],
    ['all the bot does', { global: true, retryAfter: 900 }, 900, true],
    ['nothing that has a name', { limit: Number.POSITIVE_INFINITY, retryAfter: 50 }, 1_000, false],
    ['this machine', { limit: Number.POSITIVE_INFINITY, sublimitTimeout: 600_000 }, 600_000, true],
  ])('of %s say how long in milliseconds', (_what, fields, retryAfterMs, isGlobal) => {
    expect(toDiscordError(limited(fields), send)).toMatchObject({
      code: 'rate_limited',
      retryable: true,
      retryAfterMs,
      details: { isGlobal },
    });
  });
});

describe('connections', () => {
  test.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT', 'CERT_HAS_EXPIRED'])(
    '%s: nothing was sent',
    (code) => {
      for (const facts of [send, look]) {
        expect(toDiscordError(connectionError(code), facts)).toMatchObject({
          code: 'network',
          retryable: true,
        });
      }
    },
  );

  test.each<[string, ErrorCode]>([
    ['ECONNRESET', 'network'],
    ['UND_ERR_SOCKET', 'network'],
    ['UND_ERR_ABORTED', 'timeout'],
    ['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
  ])('%s: a send may have arrived, and may be repeated with its key', (code, other) => {
    expect(toDiscordError(connectionError(code), send)).toMatchObject({
      code: 'delivery_unknown',
      retryable: true,
    });
    expect(toDiscordError(connectionError(code), look)).toMatchObject({ code: other, retryable: true });
  });

  test('a deadline is a timeout', () => {
    const aborted = Object.assign(new Error('This operation was aborted'), { name: 'AbortError' });
    expect(toDiscordError(aborted, look).code).toBe('timeout');
    expect(toDiscordError(aborted, send).code).toBe('delivery_unknown');
  });
});

describe('the end of the gateway', () => {
  test.each<[number, ErrorCode, boolean]>([
    [4004, 'auth_failed', false],
    [4010, 'peer_failed', true],
    [4011, 'peer_failed', true],
    [4012, 'peer_failed', true],
    [4013, 'peer_failed', true],
    [4014, 'config_invalid', false],
  ])('with %i is %s', (closeCode, code, retryable) => {
    const error = toGatewayError(new GatewayClosed(closeCode), { now: 0, secrets: [secret] });
    expect(error).toMatchObject({ code, retryable, details: { closeCode } });
  });

  test('for a token that the SDK does not send is `auth_failed`', () => {
    const invalid = Object.assign(new Error('An invalid token was provided.'), { code: 'TokenInvalid' });
    expect(toGatewayError(invalid, { now: 0, secrets: [] }).code).toBe('auth_failed');
  });
});

test('no error ever holds the token or anything of what was sent', () => {
  const words = fc.constantFrom('private words', secret, 'interaction-token', `x${secret}y`);
  const key = fc.constantFrom(
    'message',
    'code',
    'name',
    'url',
    'requestBody',
    'rawError',
    'errors',
    'cause',
    'status',
    'stack',
    'content',
    '_errors',
  );
  const value = fc.letrec((tie) => ({
    any: fc.oneof({ maxDepth: 4 }, words, fc.integer(), fc.constant(null), tie('record'), tie('list')),
    record: fc.dictionary(key, tie('any'), { maxKeys: 6 }),
    list: fc.array(tie('any'), { maxLength: 3 }),
  })).any;
  const name = fc.constantFrom(
    'DiscordAPIError[1]',
    'HTTPError',
    'RateLimitError[/x]',
    'AbortError',
    'Error',
    'TypeError',
    'SyntaxError',
  );
  const thrown = fc
    .tuple(name, words, fc.dictionary(key, value, { maxKeys: 8 }))
    .map(([called, message, fields]) =>
      Object.assign(
        new Error(`at https://x/${message}`),
        { name: called },
        { ...fields, name: called, message: `at https://x/${secret}` },
      ),
    );
  fc.assert(
    fc.property(fc.oneof(thrown, value), fc.boolean(), (what, isSend) => {
      const error = toDiscordError(what, { ...send, isSend });
      const cause = error.cause instanceof Error ? error.cause : undefined;
      const shown = JSON.stringify([error.message, error.details, cause?.name, cause?.message]);
      expect(shown).not.toContain(secret);
      expect(shown).not.toContain('private words');
    }),
    { numRuns: 3_000 },
  );
});
