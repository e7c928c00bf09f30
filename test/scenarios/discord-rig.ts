import { createDiscordChannel } from '../../adapters/discord/channel.ts';
import { createDiscordClient } from '../../adapters/discord/client.ts';
import { type DiscordChannelOptions, resolveDiscordOptions } from '../../adapters/discord/options.ts';
import { createSystemClock } from '../../adapters/system/clock.ts';
import { createSystemIds } from '../../adapters/system/ids.ts';
import { createMetrics } from '../../adapters/system/metrics.ts';
import { describeCommands } from '../../core/commands/describe-commands.ts';
import type { ChannelPort, CommandDescription } from '../../core/ports/channel.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { createMemoryLogger, type MemoryLogger } from '../fakes/system/memory-logger.ts';

export interface DiscordRig {
  readonly channel: ChannelPort;
  readonly logger: MemoryLogger;
}

/** The commands that the program registers. */
export const catalogue: readonly CommandDescription[] = describeCommands();

/** The real channel over the real SDK, without the spacing that Discord wants between sessions. */
export function createDiscordRig(
  options: DiscordChannelOptions,
  clock: Clock = createSystemClock(),
): DiscordRig {
  const logger = createMemoryLogger();
  const quick = { backoffBaseMs: 20, identifyIntervalMs: 0, callTimeoutMs: 10_000 };
  const all = resolveDiscordOptions({ ...quick, ...options });
  const client = createDiscordClient(all, { clock, logger });
  const ids = createSystemIds(clock);
  return {
    channel: createDiscordChannel(all, { client, clock, ids, logger, metrics: createMetrics() }),
    logger,
  };
}
