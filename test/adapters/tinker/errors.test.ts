import { describe, expect, test } from 'vitest';
import { quote, replyError, retryAfterMs, wordsOf } from '../../../adapters/tinker/errors.ts';
import { httpFault } from '../../fakes/tinker/fault-plan.ts';
import { never, withRig } from './rig.ts';

const context = { host: 'engine:1', what: 'optim_step', hasKey: true, secrets: ['tml-secret'], nowMs: 0 };

const errorOf = (status: number, text: string, headers: Record<string, string> = {}) =>
  replyError({ status, text, headers: new Headers(headers) }, context);

describe('an answer as the error that it means', () => {
  test.each([
    [400, 'invalid_input', false],
    [401, 'auth_failed', false],
    [402, 'refused_by_peer', true],
    [403, 'auth_failed', false],
    [404, 'not_found', false],
    [405, 'refused_by_peer', false],
    [408, 'timeout', true],
    [409, 'conflict', false],
    [410, 'not_found', false],
    [413, 'invalid_input', false],
    [415, 'invalid_input', false],
    [418, 'refused_by_peer', false],
    [422, 'invalid_input', false],
    [425, 'conflict', true],
    [429, 'rate_limited', true],
    [500, 'peer_failed', true],
    [502, 'peer_failed', true],
    [503, 'peer_failed', true],
    [504, 'timeout', true],
    [599, 'peer_failed', true],
  ] as const)('%i', (status, code, retryable) => {
    const error = errorOf(status, JSON.stringify({ detail: 'the goose is loose' }));
    expect(error).toMatchObject({ code, retryable, details: { status, operation: 'optim_step' } });
    expect(error.message).toContain('the goose is loose');
    expect(error.message).toMatch(/\.$/);
    expect(errorOf(status, '').message).toMatch(/[^ ]\.$/);
  });

  test('what it wants to wait is kept', () => {
    expect(errorOf(429, '', { 'retry-after': '3' }).retryAfterMs).toBe(3_000);
    expect(errorOf(429, '').retryAfterMs).toBeUndefined();
  });
});

describe('the engine’s own words', () => {
  test.each([
    ['{"detail":"a"}', 'a'],
    ['{"detail":[{"msg":"a"}]}', 'a'],
    ['{"error":"a","category":"user"}', 'a'],
    ['{"error":{"message":"a","code":3}}', 'a'],
    ['{"error":{"code":3}}', '{"code":3}'],
    ['{"message":"a"}', 'a'],
    ['{"other":1}', '{"other":1}'],
    ['[1]', '[1]'],
    ['Internal Server Error', 'Internal Server Error'],
    ['', ''],
  ])('in %s', (text, words) => {
    expect(wordsOf(text)).toBe(words);
  });

  test('are one line of at most 500 characters, without our keys', () => {
    expect(quote('a\n  b\tc ', [])).toBe('a b c');
    const long = quote('x'.repeat(600), []);
    expect(long).toBe(`${'x'.repeat(500)}…`);
    expect(quote('key tml-secret, again tml-secret', ['tml-secret', ''])).toBe('key ***, again ***');
    const across = `${'x'.repeat(495)}tml-secret`;
    expect(quote(across, ['tml-secret'])).toBe(`${'x'.repeat(495)}***`);
  });
});

describe('how long an engine asks to wait', () => {
  test.each([
    [{ 'retry-after-ms': '250' }, 250],
    [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '60' }, 60_000],
    [{ 'retry-after': '60.1' }, undefined],
    [{ 'retry-after': '-1' }, undefined],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:09 GMT' }, 9_000],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:09:00 GMT' }, undefined],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ] as readonly (readonly [Record<string, string>, number | undefined])[])('%o', (headers, ms) => {
    expect(retryAfterMs(new Headers(headers), 0)).toBe(ms);
  });
});

describe('a key that the engine echoes', () => {
  test.each([400, 403, 409, 500] as const)('with status %i is quoted by nobody', async (status) => {
    await withRig('tinker', { client: { timings: { retryWindowMs: 0 } } }, async (rig) => {
      const detail = `the key ${rig.fake.apiKey} is odd`;
      rig.fake.failNext('get_server_capabilities', httpFault(status, detail));
      const error = await rig.failure(rig.trainer.models(never()));
      expect(error.message).toContain('the key *** is odd');
      expect(JSON.stringify([error.cause, error.stack])).not.toContain(rig.fake.apiKey);
    });
  });

  test('in a failed future is quoted by nobody', async () => {
    await withRig('tinker', {}, async (rig) => {
      const model = await rig.createModel();
      const echo = `the key ${rig.fake.apiKey} is odd`;
      rig.fake.failNext('retrieve_future', { kind: 'failed', error: echo, category: 'user' });
      const error = await rig.failure(model.saveState('s', never()));
      expect(error.message).toContain('the key *** is odd');
    });
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('save_weights', {
        kind: 'operation_fails',
        error: `the key ${rig.fake.apiKey} is odd`,
      });
      const error = await rig.failure(model.saveState('s', never()));
      expect(error.message).toContain('the key *** is odd');
    });
  });
});
