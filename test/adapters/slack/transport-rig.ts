import { expect } from 'vitest';
import { createSlackClient } from '../../../adapters/slack/client.ts';
import { createDelivery, type Delivery } from '../../../adapters/slack/delivery.ts';
import { resolveSlackOptions } from '../../../adapters/slack/options.ts';
import { createSocketSupervisor } from '../../../adapters/slack/socket.ts';
import { createSystemClock } from '../../../adapters/system/clock.ts';
import { eventId, spaceId } from '../../../core/domain/ids.ts';
import type { Receipt } from '../../../core/domain/receipt.ts';
import type { ChannelHealth } from '../../../core/ports/channel.ts';
import { type FakeSlack, type FakeSlackOptions, startFakeSlack } from '../../fakes/slack/fake-slack.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';

export interface TransportRig {
  readonly slack: FakeSlack;
  readonly logger: MemoryLogger;
  readonly delivery: Delivery;
  readonly client: ReturnType<typeof createSlackClient>;
  readonly supervisor: ReturnType<typeof createSocketSupervisor>;
  readonly healths: readonly ChannelHealth[];
  /** The texts that are stored, each once, in the order of their first receipts. */
  readonly stored: readonly string[];
  /** Every text that was put before the sink, repetitions included. */
  readonly offered: readonly string[];
  /** What the sink answers for what it does not know yet. */
  receipt: Receipt;
  /** Resolves when `probe` is true; asked whenever anything happened on either side. */
  until(probe: () => boolean, what: string): Promise<void>;
}

export interface RigOptions extends FakeSlackOptions {
  readonly appToken?: string;
  readonly openTimeoutMs?: number;
  readonly pingTimeoutMs?: number;
}

const wordsOf = (body: unknown): string | undefined =>
  /"text":"((?:[^"\\]|\\.)*)"/.exec(JSON.stringify(body ?? null))?.[1];

/** Client, delivery and supervisor as the channel joins them, over the fake, with a sink that stores texts. */
export async function withTransport(
  options: RigOptions,
  test: (rig: TransportRig) => Promise<void>,
): Promise<void> {
  const slack = await startFakeSlack({ retryDelaysMs: [0, 0, 0], ackTimeoutMs: 60_000, ...options });
  const clock = createSystemClock();
  const logger = createMemoryLogger();
  const healths: ChannelHealth[] = [];
  const stored: string[] = [];
  const offered: string[] = [];
  const watchers = new Set<() => void>();
  const changed = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  const appToken = options.appToken ?? slack.appToken;
  const client = createSlackClient(
    resolveSlackOptions({
      botToken: slack.botToken,
      appToken,
      signingSecret: slack.signingSecret,
      apiRoot: slack.apiRoot,
      callTimeoutMs: 1_500,
      ...(options.openTimeoutMs === undefined ? {} : { openTimeoutMs: options.openTimeoutMs }),
      ...(options.pingTimeoutMs === undefined ? {} : { pingTimeoutMs: options.pingTimeoutMs }),
    }),
    { fetch: globalThis.fetch, clock, logger },
  );
  const delivery = createDelivery({
    clock,
    logger,
    onNotice: () => undefined,
    read: (body) => {
      const text = wordsOf(body);
      const target = { platform: 'slack', channelId: 'C1', messageId: '1.1' };
      const base = { platform: 'slack', spaceId: spaceId('slack', 'T1'), occurredAt: 1, target };
      const event = { ...base, type: 'signals_cleared' as const, eventId: eventId('slack', text ?? '') };
      return Promise.resolve({ events: text === undefined ? [] : [event] });
    },
    sink(event) {
      const text = event.eventId.slice('slack:'.length);
      offered.push(text);
      const receipt: Receipt = stored.includes(text) ? 'duplicate' : rig.receipt;
      if (receipt === 'stored') stored.push(text);
      changed();
      return Promise.resolve(receipt);
    },
  });
  const supervisor = createSocketSupervisor({
    open: client.openSocket,
    deliver: delivery.deliver,
    clock,
    logger,
    backoffBaseMs: 20,
    secrets: [slack.botToken, appToken],
    onHealth(health) {
      healths.push(health);
      changed();
    },
  });
  const rig: TransportRig = {
    slack,
    logger,
    delivery,
    client,
    supervisor,
    healths,
    stored,
    offered,
    receipt: 'stored',
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
      await Promise.race([ours, slack.until(probe, what, 15_000)]);
    },
  };
  try {
    await test(rig);
    expect(slack.violations).toEqual([]);
    const shown = JSON.stringify(logger.entries, (_key, value: unknown) =>
      value instanceof Error ? `${value.message} ${String(value.cause)}` : value,
    );
    expect(shown).not.toContain(slack.botToken);
    expect(shown).not.toContain(appToken);
    expect(shown).not.toMatch(/ticket=/);
  } finally {
    await supervisor.stop();
    await slack.close();
  }
}
