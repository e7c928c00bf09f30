import { expect, test } from 'vitest';
import type { ProxyStatus } from '../../../core/commands/context.ts';
import { proxyBanner } from '../../../core/commands/proxy-lines.ts';
import { fakeWorld, wellStatus } from './command-fixtures.ts';
import { told } from './told.ts';

const proxyLine = async (proxy?: ProxyStatus): Promise<string | undefined> => {
  const status = proxy === undefined ? wellStatus : { ...wellStatus, proxy };
  const text = await told('status', fakeWorld({ status }));
  return text.split('\n').find((line) => line.startsWith('- Proxy'));
};

const address = 'http://127.0.0.1:8787/v1';
const servers: ProxyStatus['servers'] = [
  { name: 'local', key: 'none' },
  { name: 'anthropic', key: 'operator' },
  { name: 'openai', key: 'caller' },
];
const there = { address, servers };
const way = `${address} → local (no key), anthropic (the operator’s key), openai (the caller’s key)`;

test.each<readonly [ProxyStatus, string]>([
  [
    { ...there, requests: 12, agentKeys: 2, asksHere: false },
    '12 requests since the start, 2 keys of agents; programs on its own machine need none',
  ],
  [
    { ...there, requests: 1, agentKeys: 0, asksHere: false },
    '1 request since the start, no key of an agent; programs on its own machine need none',
  ],
  [{ ...there, requests: 0, agentKeys: 1, asksHere: true }, '0 requests since the start, 1 key of an agent'],
  [
    { ...there, requests: 0, agentKeys: 0, asksHere: true },
    '0 requests since the start, no key of an agent, so that nobody may ask',
  ],
])('status says of %j', async (proxy, words) => {
  expect(await proxyLine(proxy)).toBe(`- Proxy: ${way}; ${words}`);
});

test('status names no address where nothing listens', async () => {
  const proxy = { servers, requests: 0, agentKeys: 1, asksHere: true };
  expect(await proxyLine(proxy)).toMatch(/^- Proxy: → local \(no key\), /);
});

test.each([
  [false, 0, 'programs here need no key'],
  [true, 2, 'every request needs a key'],
  [true, 0, 'every request needs a key (`metaclaw key create <name>` makes one)'],
])('a start says where agents ask; a key is asked for here: %s, keys: %i', (asksHere, agentKeys, words) => {
  expect(proxyBanner({ ...there, requests: 0, agentKeys, asksHere })).toBe(`Proxy: ${way}; ${words}`);
});

test('status says nothing of a proxy that is off', async () => {
  expect(await proxyLine()).toBeUndefined();
});
