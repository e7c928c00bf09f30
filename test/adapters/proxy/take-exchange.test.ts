import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openAiChat } from '../../../adapters/proxy/dialects/openai-chat.ts';
import { createTakeExchange } from '../../../adapters/proxy/take-exchange.ts';
import { createMetrics } from '../../../adapters/system/metrics.ts';
import { createCountedAccess } from '../../fakes/proxy/counted-access.ts';
import { createMemoryDesk } from '../../fakes/proxy/memory-desk.ts';
import { createPlayedUpstream } from '../../fakes/proxy/played-upstream.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';
import { hello } from './proxy-rig.ts';

test('what breaks between the beginning and the server is told to the caller, and the exchange is over', async () => {
  const desk = createMemoryDesk();
  const logger = createMemoryLogger();
  const access = createCountedAccess();
  const take = createTakeExchange({
    access,
    desk,
    upstream: createPlayedUpstream(),
    ownModels: {
      answererOf() {
        throw new Error('nobody asks for our models here');
      },
    },
    endpoints: [],
    maxBodyBytes: 1_000,
    maxBodiesBytes: 1_000_000,
    clientStallMs: 1_000,
    maxOutputTokens: 100,
    clock: createFakeClock(),
    ids: createSequentialIds(),
    logger,
    metrics: createMetrics(),
  });
  const read: typeof openAiChat.read = (body) => ({
    ...openAiChat.read(body),
    edit() {
      throw new Error('insides');
    },
  });
  let done = 0;
  const server = createServer((incoming, outgoing) => {
    const admitted = access.admit({ isFromHere: true, purpose: 'model' });
    if (admitted.kind === 'refused') throw new Error('a program on this machine is let in');
    void take({
      request: {
        incoming,
        outgoing,
        path: '/v1/chat/completions',
        query: '',
        admitted,
        callerKey: {},
        keyMode: 'own',
        error: openAiChat.error,
      },
      endpoint: { dialect: { ...openAiChat, read }, upstreamPath: '/chat/completions', kind: 'answer' },
      body: Buffer.from(JSON.stringify(hello)),
      done() {
        done += 1;
      },
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('insides');
  expect(desk.ends).toEqual([{ how: 'abandoned' }]);
  expect(done).toBe(1);
  expect(logger.of('proxy_request_failed')).toHaveLength(1);
});
