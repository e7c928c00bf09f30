import { describe, expect, test } from 'vitest';
import { asksKeyHere, proxyProblems } from '../../config/check-proxy.ts';
import { mustLoad } from './settings-folder.ts';

interface Given {
  readonly host?: string;
  readonly publicUrl?: string;
  readonly enabled?: boolean;
  readonly asksKeyHere?: boolean;
}

const settings = ({ host = '127.0.0.1', publicUrl = '', enabled = true, asksKeyHere = false }: Given) => ({
  http: { host, publicUrl },
  proxy: { enabled, asksKeyHere },
});

describe.each<readonly [string, Given]>([
  ['another address', { host: '0.0.0.0' }],
  ['every address', { host: '[::]' }],
  ['a name', { host: 'bot.example.org' }],
  ['another address and a public one', { host: '0.0.0.0', publicUrl: 'https://bot.example.org' }],
])('%s', (_, given) => {
  test('needs a key, and says how to get one', () => {
    const problems = proxyProblems(settings(given), 0, (asked) => `place of ${asked}`);
    expect(problems).toEqual([
      {
        path: 'http.host',
        where: 'place of http.host',
        message: expect.stringMatching(/metaclaw key create.*proxy\.enabled to false/),
      },
    ]);
    expect(asksKeyHere(settings(given))).toBe(true);
  });

  test('is fine with one, or with the proxy off', () => {
    expect(proxyProblems(settings(given), 1)).toEqual([]);
    expect(proxyProblems(settings({ ...given, enabled: false }), 0)).toEqual([]);
  });
});

test('a public address alone starts without a key, and each request needs one', () => {
  const given = settings({ publicUrl: 'https://bot.example.org' });
  expect(proxyProblems(given, 0)).toEqual([]);
  expect(asksKeyHere(given)).toBe(true);
});

test.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1', '[::1]'])('%s needs none', (host) => {
  expect(proxyProblems(settings({ host }), 0)).toEqual([]);
  expect(asksKeyHere(settings({ host }))).toBe(false);
});

test('a machine that is not one person’s needs one where it is told so, and starts without', () => {
  const given = settings({ asksKeyHere: true });
  expect(proxyProblems(given, 0)).toEqual([]);
  expect(asksKeyHere(given)).toBe(true);
});

test('the settings that come along need none', () => {
  expect(proxyProblems(mustLoad().settings, 0)).toEqual([]);
});
