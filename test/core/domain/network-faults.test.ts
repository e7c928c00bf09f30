import { expect, test } from 'vitest';
import { connectionCode } from '../../../core/domain/network-faults.ts';

const coded = (code: unknown, more: object = {}): Error => Object.assign(new Error('no'), { code, ...more });

test.each<[string, unknown, string]>([
  ['itself', coded('ECONNRESET'), 'ECONNRESET'],
  ['its cause', new TypeError('fetch failed', { cause: coded('ENOTFOUND') }), 'ENOTFOUND'],
  ['what it wraps', coded('slack_webapi_request_error', { original: coded('ETIMEDOUT') }), 'ETIMEDOUT'],
  ['one of several', new AggregateError([new Error('x'), coded('ECONNREFUSED')], 'all'), 'ECONNREFUSED'],
  ['the innermost of two', coded('UND_ERR_SOCKET', { cause: coded('EPIPE') }), 'EPIPE'],
  ['nothing', new Error('no'), ''],
  ['no code of a connection', coded('not a code'), ''],
  ['a number', coded(111), ''],
  ['no object', 'ECONNRESET', ''],
])('the reason is %s', (_what, thrown, code) => {
  expect(connectionCode(thrown)).toBe(code);
});

test('an error that is its own cause has an end', () => {
  const loop: Record<string, unknown> = { code: 'EPIPE' };
  loop['cause'] = loop;
  expect(connectionCode(loop)).toBe('EPIPE');
});
