import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { describe, expect, onTestFinished, test } from 'vitest';
import { wrongAddress, wrongAddressMounts } from '../../../adapters/proxy/wrong-address.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { openProxy } from './proxy-rig.ts';

test.each([
  ['/chat/completions', 'http://here:1/v1'],
  ['/responses', 'http://here:1/v1'],
  ['/messages', 'http://here:1, without /v1'],
  ['/messages/count_tokens', 'http://here:1, without /v1'],
  ['/v1/v1/messages', 'http://here:1, without /v1'],
  ['/v1/v1/chat/completions', 'http://here:1/v1'],
  ['/v1/v1/v1/responses', 'http://here:1/v1'],
])('%s should have been asked for at %s', (path, base) => {
  expect(wrongAddress(path, 'here:1')).toMatch(new RegExp(`base address to ${base}\\.$`));
});

test.each(['/v1/chat/completions', '/v1/messages', '/v1/v1', '/v1/v1/other', '/v1messages', '/other', ''])(
  '“%s” is no wrong address of ours',
  (path) => expect(wrongAddress(path, 'here')).toBeUndefined(),
);

test.each([undefined, 'here"><script>', 'a b'])('a host that is none (%s) is not repeated', (host) => {
  expect(wrongAddress('/responses', host)).toContain('http://<this host>/v1');
});

describe('official clients', () => {
  const messages = [{ role: 'user', content: 'Hi' } as const];

  test('of Anthropic’s with /v1 in their address are told so', async () => {
    const { address, access } = await openProxy();
    const client = new Anthropic({ apiKey: 'mc_good', baseURL: `${address}/v1`, maxRetries: 0 });
    await expect(client.messages.create({ model: 'm', max_tokens: 1, messages })).rejects.toMatchObject({
      status: 404,
      error: {
        type: 'error',
        error: { type: 'not_found_error', message: expect.stringContaining(`${address}, without /v1`) },
      },
    });
    expect(access.open()).toBe(0);
  });

  test('of OpenAI’s without it are told so, however much they send', async () => {
    const mounts = wrongAddressMounts(createFakeClock(), 1_000_000);
    const server = createServer((incoming, outgoing) => {
      const mount = mounts.find(({ path }) => incoming.url === path);
      mount?.handle(incoming, outgoing, true);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const address = `http://127.0.0.1:${port}`;
    const client = new OpenAI({ apiKey: 'x', baseURL: address, maxRetries: 0 });
    const long = [{ role: 'user', content: 'x'.repeat(500_000) } as const];
    await expect(client.chat.completions.create({ model: 'm', messages: long })).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining(`${address}/v1`),
    });
    await expect(client.responses.create({ model: 'm', input: 'Hi' })).rejects.toMatchObject({
      status: 404,
      type: 'invalid_request_error',
    });
  });
});
