import { createLimiter } from '../../../adapters/limiter/limiter.ts';
import { createSystemClock } from '../../../adapters/system/clock.ts';
import { createTelegramChannel, type TelegramChannel } from '../../../adapters/telegram/channel.ts';
import { createTelegramClient } from '../../../adapters/telegram/client.ts';
import type { TelegramChannelOptions } from '../../../adapters/telegram/options.ts';
import { createRecordingSink, type RecordingSink } from '../../contract/channel/recording-sink.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';
import {
  type FakeTelegram,
  type FakeTelegramOptions,
  startFakeTelegram,
} from '../../fakes/telegram/fake-telegram.ts';
import { createMemoryCache, type MemoryCache } from '../../fakes/telegram/memory-cache.ts';

export interface Stage {
  readonly server: FakeTelegram;
  readonly logger: MemoryLogger;
  /** Of all channels together. */
  readonly cache: MemoryCache;
  /** Another channel on the same server; everything is stopped by `close`. */
  channel(overrides?: Partial<TelegramChannelOptions>): TelegramChannel;
  sink(): RecordingSink;
  close(): Promise<void>;
}

/** The real client over the fake server, with a quick clock and no spacing. */
export async function openStage(serverOptions?: FakeTelegramOptions): Promise<Stage> {
  const server = await startFakeTelegram(serverOptions);
  const clock = createSystemClock();
  const logger = createMemoryLogger();
  const cache = createMemoryCache();
  const channels: TelegramChannel[] = [];
  return {
    server,
    logger,
    cache,
    channel(overrides = {}) {
      const options: TelegramChannelOptions = {
        token: server.token,
        apiRoot: server.apiRoot,
        publicUrl: 'https://bot.example.org',
        backoffBaseMs: 1,
        privateIntervalMs: 0,
        groupIntervalMs: 0,
        ...overrides,
      };
      const channel = createTelegramChannel(options, {
        api: createTelegramClient(options),
        clock,
        limiter: createLimiter(clock, { maxPerSecond: 1_000 }),
        logger,
        cache,
      });
      const { mount } = channel;
      if (mount !== undefined) server.updates.routeWebhooks(async (request) => await mount.fetch(request));
      channels.push(channel);
      return channel;
    },
    sink: createRecordingSink,
    async close() {
      for (const channel of channels) await channel.stop();
      await server.close();
    },
  };
}
