import { expect, test } from 'vitest';
import { openableAddress } from '../../config/openable-address.ts';

test.each([
  ['http://0.0.0.0:8787', 'http://127.0.0.1:8787'],
  ['http://[::]:8787', 'http://[::1]:8787'],
  ['http://192.168.0.7:8787', 'http://192.168.0.7:8787'],
  ['https://bot.example.org', 'https://bot.example.org'],
])('%s is opened at %s', (address, openable) => {
  expect(openableAddress(address)).toBe(openable);
});
