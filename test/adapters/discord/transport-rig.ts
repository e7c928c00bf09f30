import { expect } from 'vitest';
import { createDiscordClient } from '../../../adapters/discord/client.ts';
import { createGatewaySupervisor, type GatewaySupervisor } from '../../../adapters/discord/gateway.ts';
import type { GatewayPacket } from '../../../adapters/discord/gateway-connection.ts';
import { resolveDiscordOptions } from '../../../adapters/discord/options.ts';
import { createSystemClock } from '../../../adapters/system/clock.ts';
import type { ChannelHealth } from '../../../core/ports/channel.ts';
import {
  type FakeDiscord,
  type FakeDiscordOptions,
  startFakeDiscord,
} from '../../fakes/discord/fake-discord.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';

export interface TransportRig {
  readonly discord: FakeDiscord;
  readonly logger: MemoryLogger;
  readonly client: ReturnType<typeof createDiscordClient>;
  readonly supervisor: GatewaySupervisor;
  readonly healths: readonly ChannelHealth[];
  readonly packets: readonly GatewayPacket[];
  /** What was said, in the order of arrival, repetitions included. */
  readonly heard: readonly string[];
  /** Called with every packet. */
  onPacket: (packet: GatewayPacket) => void;
  /** Resolves when `probe` is true; asked whenever anything happened on either side. */
  until(probe: () => boolean, what: string): Promise<void>;
}

export interface RigOptions extends FakeDiscordOptions {
  readonly token?: string;
  readonly apiRoot?: string;
  readonly openTimeoutMs?: number;
  readonly violations?: 'none' | 'some';
}

const contentOf = (packet: GatewayPacket): string | undefined => {
  const { d, t } = packet;
  if (t !== 'MESSAGE_CREATE' || typeof d !== 'object' || d === null || !('content' in d)) return undefined;
  return typeof d.content === 'string' ? d.content : undefined;
};

/** Client and supervisor as the channel joins them, over the fake. Stopped and closed after the test. */
export async function withTransport(
  options: RigOptions,
  test: (rig: TransportRig) => Promise<void>,
): Promise<void> {
  const discord = await startFakeDiscord(options);
  const clock = createSystemClock();
  const logger = createMemoryLogger();
  const healths: ChannelHealth[] = [];
  const packets: GatewayPacket[] = [];
  const heard: string[] = [];
  const watchers = new Set<() => void>();
  const changed = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  const token = options.token ?? discord.token;
  const client = createDiscordClient(
    resolveDiscordOptions({
      token,
      apiRoot: options.apiRoot ?? discord.restRoot,
      callTimeoutMs: 1_500,
      openTimeoutMs: options.openTimeoutMs ?? 8_000,
      backoffBaseMs: 20,
      identifyIntervalMs: 0,
    }),
    { clock, logger },
  );
  const supervisor = createGatewaySupervisor({
    connect: client.connect,
    clock,
    logger,
    backoffBaseMs: 20,
    secrets: [token],
    onHealth(health) {
      healths.push(health);
      changed();
    },
    onPacket(packet) {
      packets.push(packet);
      const content = contentOf(packet);
      if (content !== undefined) heard.push(content);
      changed();
      rig.onPacket(packet);
    },
  });
  const rig: TransportRig = {
    discord,
    logger,
    client,
    supervisor,
    healths,
    packets,
    heard,
    onPacket: () => undefined,
    async until(probe, what) {
      const ours = new Promise<true>((resolve) => {
        const ask = (): void => {
          if (!probe()) return;
          watchers.delete(ask);
          resolve(true);
        };
        watchers.add(ask);
        ask();
      });
      await Promise.race([ours, discord.until(probe, what, 12_000)]);
    },
  };
  try {
    await test(rig);
    if (options.violations !== 'some') expect(discord.violations).toEqual([]);
    expect(JSON.stringify(logger.entries)).not.toContain(token);
  } finally {
    await supervisor.stop();
    await discord.close();
  }
}
