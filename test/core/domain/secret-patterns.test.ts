import { describe, expect, test } from 'vitest';
import { createSystemIds } from '../../../adapters/system/ids.ts';
import { createRedactor } from '../../../adapters/system/redact.ts';
import { secretPatterns } from '../../../core/domain/secret-patterns.ts';

const letters = 'abcDEF123ghiJKL456mnoPQR789stuVWX';

/** As `createApiKeys` makes them. */
const ownKey = (prefix: string): string => `${prefix}${createSystemIds({ now: () => 0 }).code(40)}`;

/** Made up, in the form that each kind has. */
const samples: readonly (readonly [kind: string, before: string, secret: string])[] = [
  ['API key', '', `sk-proj-${letters}`],
  ['payment key', '', `sk_live_${letters}`],
  ['workspace token', '', `xoxb-1234567890-${letters}`],
  ['app token', '', `xapp-1-${letters}`],
  ['numbered bot token', '', `123456789:${letters}`],
  ['dotted bot token', '', `M${letters.slice(0, 24)}.abcdef.${letters}`],
  ['webhook with three parts', 'https://hooks.example/services/', `T01ABCDEF/B01ABCDEF/${letters}`],
  ['webhook with two parts', 'https://chat.example/api/webhooks/', `123456789012345678/${letters}`],
  ['code host', '', `ghp_${letters}`],
  ['code host, fine-grained', '', `github_pat_${letters}`],
  ['other code host', '', `glpat-${letters}`],
  ['package registry', '', `npm_${letters}`],
  ['OAuth', '', `ya29.${letters}`],
  ['cloud', '', 'AKIAABCDEFGHIJKLMNOP'],
  ['short-lived cloud', '', 'ASIAABCDEFGHIJKLMNOP'],
  ['maps', '', `AIza${letters}`],
  ['mail', '', `SG.${letters}.${letters}`],
  ['training', '', `tml-${letters}`],
  ['our own, of an agent', '', ownKey('mc_')],
  ['our own, of an administrator', 'x-metaclaw-key:', ownKey('mca_')],
  ['signed', '', `eyJ${letters}.${letters}.${letters}`],
  ['header', 'Bearer ', letters],
  ['address', 'postgres://me:', 's3cret'],
  ['private key', '', `-----BEGIN EC PRIVATE KEY-----\n${letters}\n-----END EC PRIVATE KEY-----`],
];

describe('secret patterns', () => {
  test.each(samples)('%s: known, and blanked out of logs', (_, before, secret) => {
    const after = before.includes('://me') ? '@db' : ' .';
    const text = `see ${before}${secret}${after}`;
    const found = secretPatterns.flatMap(({ pattern }) =>
      [...text.matchAll(pattern)].map(([match]) => match),
    );
    expect(found).toContain(secret);
    expect(createRedactor([])(text)).not.toContain(secret);
  });

  test('what only begins like a key of ours is none', () => {
    const name = 'mc_settings_of_the_whole_house_and_everything_in_it';
    expect(createRedactor([])(`${name} mc_0123 xmc_${'0'.repeat(40)}`)).toContain(name);
    expect(createRedactor([])(`see mc_0123 and ${'mc_'.repeat(20)}`)).toContain('mc_0123');
  });

  test('each has a name with its article', () => {
    for (const { what, pattern } of secretPatterns) {
      expect(what).toMatch(/^an? /);
      expect(pattern.global).toBe(true);
    }
  });
});
