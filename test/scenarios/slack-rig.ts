import { createLimiter } from '../../adapters/limiter/limiter.ts';
import { createMarkdown } from '../../adapters/markdown/markdown.ts';
import { createSlackChannel, type SlackChannel } from '../../adapters/slack/channel.ts';
import { createSlackClient } from '../../adapters/slack/client.ts';
import { createManifest } from '../../adapters/slack/manifest.ts';
import { resolveSlackOptions, type SlackChannelOptions } from '../../adapters/slack/options.ts';
import { createSystemClock } from '../../adapters/system/clock.ts';
import { createMetrics } from '../../adapters/system/metrics.ts';
import { createMemoryLogger, type MemoryLogger } from '../fakes/system/memory-logger.ts';

export interface SlackRig {
  readonly channel: SlackChannel;
  readonly logger: MemoryLogger;
  /** Safe to call twice. */
  stop(): Promise<void>;
}

/** The manifest that our users install. */
export const installedManifest = (mode: 'socket' | 'http') =>
  createManifest({
    name: 'MetaClaw',
    description: 'Answers with skills.',
    commandName: '/metaclaw',
    usageHint: 'help',
    prompts: ['What can you do?'],
    delivery:
      mode === 'socket' ? { kind: 'socket' } : { kind: 'http', publicUrl: 'https://bot.example.org/' },
  });

/** The real channel over the real SDK, without spacing and with little patience for rate limits. */
export function createSlackRig(options: SlackChannelOptions): SlackRig {
  const clock = createSystemClock();
  const logger = createMemoryLogger();
  const limiter = createLimiter(clock, { maxPerSecond: 1_000, pauses: 'method', maxRateLimitWaitMs: 5_000 });
  const all = resolveSlackOptions({ postIntervalMs: 0, backoffBaseMs: 1, ...options });
  const client = createSlackClient(all, { fetch: globalThis.fetch, clock, logger });
  const metrics = createMetrics();
  const channel = createSlackChannel(all, {
    client,
    clock,
    logger,
    metrics,
    markdown: createMarkdown(),
    limiter,
  });
  return {
    channel,
    logger,
    async stop() {
      await channel.stop();
      await limiter.stop();
    },
  };
}
