import { SocketModeReceiver, webApi } from '@slack/bolt';
import { expect } from 'vitest';
import { z } from 'zod';
import { type FakeSlack, type FakeSlackOptions, startFakeSlack } from './fake-slack.ts';

const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => 'error' as never,
  setName: () => undefined,
};

/** The SDK's own client on the fake, without its retries. */
export function clientOf(slack: FakeSlack, token: string | undefined = slack.botToken): webApi.WebClient {
  return new webApi.WebClient(token, {
    slackApiUrl: slack.apiRoot,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 5_000,
    logger: quiet,
  });
}

/** Which error the SDK's call ended in: `data.error` of a platform error, else its class. */
export async function errorOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (error instanceof webApi.WebAPIPlatformError) return error.data.error;
    return error instanceof Error ? error.constructor.name : String(error);
  }
  return 'ok';
}

export interface SeenEnvelope {
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly retryNum: number | undefined;
  ack(response?: object): Promise<void>;
}

const envelopeSchema = z.object({
  type: z.string(),
  body: z.record(z.string(), z.unknown()),
  retry_num: z.number().optional(),
  ack: z.custom<(response?: object) => Promise<void>>((value) => typeof value === 'function'),
});

export interface SdkSocket {
  readonly envelopes: readonly SeenEnvelope[];
  /** `reason`s of the `disconnect` envelopes. */
  readonly farewells: readonly string[];
  readonly isClosed: boolean;
  /** Resolves when so many envelopes have come. */
  has(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** One connection of the SDK's own receiver. Acknowledges by itself unless told not to. */
export async function socketOf(
  slack: FakeSlack,
  options: { readonly acks?: boolean; readonly reconnects?: boolean } = {},
): Promise<SdkSocket> {
  const receiver = new SocketModeReceiver({
    appToken: slack.appToken,
    autoReconnectEnabled: options.reconnects ?? false,
    installerOptions: { clientOptions: { slackApiUrl: slack.apiRoot, retryConfig: { retries: 0 } } },
    logger: quiet,
  });
  const envelopes: SeenEnvelope[] = [];
  const farewells: string[] = [];
  let isClosed = false;
  const waiters = new Set<() => void>();
  receiver.client.on('slack_event', async (args: unknown) => {
    const { type, body, retry_num: retryNum, ack } = envelopeSchema.parse(args);
    envelopes.push({ type, body, retryNum, ack });
    for (const waiter of [...waiters]) waiter();
    if (options.acks !== false) await ack();
  });
  receiver.client.on('ws_message', (data: unknown) => {
    const message = z
      .object({ type: z.string(), reason: z.string().optional() })
      .parse(JSON.parse(String(data)));
    if (message.type === 'disconnect') farewells.push(message.reason ?? '');
  });
  receiver.client.on('close', () => {
    isClosed = true;
  });
  receiver.client.on('error', () => undefined);
  await receiver.client.start();
  return {
    envelopes,
    farewells,
    get isClosed() {
      return isClosed;
    },
    has: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (envelopes.length < count) return;
          waiters.delete(look);
          resolve();
        };
        waiters.add(look);
        look();
      }),
    stop: async () => void (await receiver.client.disconnect()),
  };
}

/** A fresh fake for one test, closed after it; what violated Slack's rules fails it unless `allows` says so. */
export async function withFakeSlack(
  options: FakeSlackOptions,
  test: (slack: FakeSlack) => Promise<void>,
  allows: 'no violations' | 'violations' = 'no violations',
): Promise<void> {
  const slack = await startFakeSlack(options);
  try {
    await test(slack);
    if (allows === 'no violations') expect(slack.violations).toEqual([]);
  } finally {
    await slack.close();
  }
}

export const eventOf = (envelope: SeenEnvelope | undefined): Readonly<Record<string, unknown>> =>
  z.record(z.string(), z.unknown()).parse(envelope?.body['event'] ?? {});
