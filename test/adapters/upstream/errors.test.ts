import { expect, test } from 'vitest';
import { cutOff, faultOf } from '../../../adapters/upstream/errors.ts';

const peer = { name: 'first', host: 'models.example:8443' };
const coded = (code: string): Error => Object.assign(new Error('private words'), { code });

test.each([
  ['ECONNREFUSED', 'network', true, false],
  ['ENOTFOUND', 'network', true, false],
  ['UND_ERR_CONNECT_TIMEOUT', 'timeout', true, false],
  ['ECONNRESET', 'network', true, true],
  ['UND_ERR_SOCKET', 'network', true, true],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'network', false, false],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'network', false, false],
  ['UND_ERR_HEADERS_OVERFLOW', 'bad_reply', true, false],
  ['UND_ERR_INVALID_ARG', 'invalid_input', false, false],
])('%s is `%s`; worth another attempt: %s; a reset: %s', (code, expected, isWorthARetry, isReset) => {
  const fault = faultOf(coded(code), peer);
  expect(fault).toMatchObject({ isWorthARetry, isReset });
  expect(fault.error).toMatchObject({
    code: expected,
    retryable: isWorthARetry,
    details: { upstream: 'first', code },
  });
});

test('the reason is found where it is wrapped, and no word of what was thrown is kept', () => {
  const wrapped = new Error('private words', { cause: coded('ECONNREFUSED') });
  for (const error of [faultOf(wrapped, peer).error, cutOff(wrapped, peer)]) {
    expect(error.details).toMatchObject({ code: 'ECONNREFUSED' });
    expect(error.cause).toBeUndefined();
    expect(error.message).not.toContain('private');
  }
  expect(faultOf(wrapped, peer).error.message).toContain('models.example:8443');
});
