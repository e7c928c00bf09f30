import { createServer } from 'node:net';
import { TelegramServer } from 'telegram-test-api/lib/telegramServer.js';
import { describe, expect, test } from 'vitest';
import { createLimiter } from '../../../adapters/limiter/limiter.ts';
import { createSystemClock } from '../../../adapters/system/clock.ts';
import { createTelegramChannel } from '../../../adapters/telegram/channel.ts';
import { createTelegramClient } from '../../../adapters/telegram/client.ts';
import { createRecordingSink } from '../../contract/channel/recording-sink.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createMemoryCache } from '../../fakes/telegram/memory-cache.ts';

/** The peer takes no port 0. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => void probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => void probe.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const body = (text: string) => ({
  blocks: [{ type: 'paragraph' as const, children: [{ type: 'text' as const, text }] }],
});

describe('against a Bot API server that is not ours (telegram-test-api)', () => {
  test('a message, a command and a press come in; an answer, an edit and a removal go out', async () => {
    const server = new TelegramServer({ port: await freePort(), host: '127.0.0.1' });
    await server.start();
    const clock = createSystemClock();
    const limiter = createLimiter(clock);
    const options = {
      token: '666:peer',
      apiRoot: server.config.apiURL,
      backoffBaseMs: 20,
      privateIntervalMs: 0,
    };
    const logger = createMemoryLogger();
    const channel = createTelegramChannel(options, {
      api: createTelegramClient(options),
      clock,
      limiter,
      logger,
      cache: createMemoryCache(),
    });
    const inbox = createRecordingSink();
    try {
      await channel.start(inbox.sink);
      const client = server.getClient(options.token, { timeout: 5_000, interval: 10 });

      await client.sendMessage(client.makeMessage('hello there'));
      const event = await inbox.nth('message_received');
      expect(event).toMatchObject({
        text: 'hello there',
        addressing: 'direct',
        author: { displayName: 'TestName' },
      });

      const ref = await channel.send(event.conversation, {
        body: body('a < b & c'),
        sendKey: 'k',
        replyTo: event.ref,
        actions: [[{ actionId: 'turn.retry', label: 'Retry' }]],
      });
      const shown = await client.getUpdates();
      expect(JSON.stringify(shown.result)).toContain('a &lt; b &amp; c');
      await channel.edit(ref, { body: body('better'), sendKey: 'k' });
      expect(JSON.stringify(await client.getUpdatesHistory())).toContain('better');

      await client.sendCommand(client.makeCommand('/skill search pdf'));
      expect((await inbox.nth('command_invoked')).line).toBe('skill search pdf');

      const pressed = { message: { message_id: Number(ref.messageId) } };
      await client.sendCallback(client.makeCallbackQuery('turn.retry', pressed));
      const action = await inbox.nth('action_invoked');
      expect(action).toMatchObject({ actionId: 'turn.retry', target: ref });
      await channel.respond(action.interaction, { kind: 'defer', private: true });

      await channel.remove(ref);
      expect(JSON.stringify(await client.getUpdatesHistory())).not.toContain('better');
      expect(channel.health()).toMatchObject({ state: 'ready', queue: { waiting: 0 } });
    } finally {
      await channel.stop();
      await limiter.stop();
      await server.stop();
    }
  });
});
