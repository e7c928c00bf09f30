import { describe, expect, test } from 'vitest';
import { placeholderKey as written } from '../../../adapters/agent-settings/agent-settings.ts';
import {
  holdsOurKey,
  holdsOurKeyInQuery,
  placeholderKey,
  presentedKeys,
} from '../../../adapters/proxy/presented-key.ts';

describe('the placeholder that settings of clients hold', () => {
  test('is the one that is known here', () => {
    expect(placeholderKey).toBe(written);
  });

  test.each([
    ['authorization', `Bearer ${written}`],
    ['authorization', ` bearer  ${written} `],
    ['x-api-key', written],
    ['api-key', written],
    ['x-goog-api-key', written],
    ['x-metaclaw-key', written],
  ])('is no key in %s: %s', (name, value) => {
    expect(presentedKeys({ [name]: value, 'openai-organization': 'org' })).toEqual({ callerKey: {} });
  });

  test('hides no key beside it', () => {
    const headers = {
      authorization: `Bearer ${written}`,
      'x-metaclaw-key': 'mc_good',
      'x-api-key': 'sk-ant',
    };
    expect(presentedKeys(headers)).toEqual({ key: 'mc_good', callerKey: { 'x-api-key': 'sk-ant' } });
  });

  test('is not what only holds its letters', () => {
    const headers = { authorization: `Bearer ${written}-team`, 'x-metaclaw-key': `${written}2` };
    expect(presentedKeys(headers)).toEqual({
      key: `${written}2`,
      callerKey: { authorization: headers.authorization },
    });
  });
});

describe('a key of ours', () => {
  const secret = 'mc_abcdefghijklmnopqrstuvwxyz234567abcdefgh';

  test.each([
    ['authorization', `Basic ${Buffer.from(`${secret}:`).toString('base64')}`, secret],
    ['authorization', `token="${secret}"`, secret],
    ['x-api-key', `mca_short`, 'mca_short'],
  ])('is read from %s: %s', (name, value, key) => {
    expect(presentedKeys({ [name]: value })).toEqual({ key, callerKey: {} });
  });

  test.each([
    ['authorization', `Basic ${secret}`],
    ['authorization', `Bearer x${secret}`],
    ['x-api-key', `sk/${secret}`],
    ['x-goog-api-key', `key%3D${secret}`],
  ])('that cannot be read for sure goes nowhere: %s: %s', (name, value) => {
    expect(presentedKeys({ [name]: value })).toEqual({ callerKey: {}, isMisplaced: true });
  });

  test('does not go along as an account', () => {
    const headers = { authorization: 'Bearer sk-1', 'openai-organization': secret, 'openai-project': 'p' };
    expect(presentedKeys(headers).callerKey).toEqual({ authorization: 'Bearer sk-1', 'openai-project': 'p' });
  });

  test.each([`?key=${secret}`, '?a=1&key=mc_x', `?key=${secret.replace('_', '%5F')}`, `?${secret}`])(
    'is seen in %s',
    (query) => expect(holdsOurKeyInQuery(query)).toBe(true),
  );

  test.each(['', '?beta=true', '?after=summc_x', '?api-version=2026-01-01'])('is not seen in “%s”', (query) =>
    expect(holdsOurKeyInQuery(query)).toBe(false),
  );

  test.each(['gmc_1', 'https://example.com/mc', 'mc-1'])('is not what only resembles it: %s', (text) =>
    expect(holdsOurKey(text)).toBe(false),
  );
});
