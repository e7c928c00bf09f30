import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../../adapters/upstream/address.ts';
import { type AppError, toAppError } from '../../../core/domain/app-error.ts';
import { createSubject, type NamedUpstream } from './subject.ts';

function refusal(upstreams: readonly NamedUpstream[]): AppError {
  try {
    createSubject(upstreams);
  } catch (thrown) {
    return toAppError(thrown);
  }
  throw new Error('The settings were taken.');
}

describe('settings that cannot be used', () => {
  test.each(['api.example.com/v1', 'ftp://example.com', '', 'file:///etc/passwd'])(
    'an address like “%s”',
    (baseUrl) => {
      const error = refusal([{ name: 'first', baseUrl }]);
      expect(error.code).toBe('config_invalid');
      expect(error.message).toContain('first');
    },
  );

  test('a password in the address, which is not repeated', () => {
    const error = refusal([{ name: 'first', baseUrl: 'https://me:secret@example.com/v1' }]);
    expect(error.code).toBe('config_invalid');
    expect(error.message).not.toContain('secret');
  });

  test.each(['sk one', 'sk\n', 'ключ', ''])('a key like “%s”, which is not repeated', (ownKey) => {
    const error = refusal([{ name: 'first', ownKey }]);
    expect(error.code).toBe('config_invalid');
    if (ownKey !== '') expect(error.message).not.toContain(ownKey);
  });

  test('one name for two', () => {
    expect(refusal([{ name: 'same' }, { name: 'same' }]).code).toBe('config_invalid');
  });
});

test.each([
  ['https://api.openai.com/v1', '/models', '/v1/models'],
  ['https://api.openai.com/v1/', '/models', '/v1/models'],
  ['http://localhost:8000', '/models', '/models'],
  ['https://x.example/openai/v1?api-version=2', '/models', '/openai/v1/models?api-version=2'],
  ['https://x.example/v1?a=1', '/models?limit=2', '/v1/models?limit=2&a=1'],
])('below %s, %s is %s', (baseUrl, path, target) => {
  expect(parseAddress('u', baseUrl).targetOf(path)).toBe(target);
});

test('names the host for people, with its port', () => {
  expect(parseAddress('u', 'http://localhost:8000/v1').host).toBe('localhost:8000');
});
