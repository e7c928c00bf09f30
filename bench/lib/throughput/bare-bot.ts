import { createSystemClock } from '../../../adapters/system/clock.ts';
import { createLogger } from '../../../adapters/system/logger.ts';
import { openStorage } from '../../../config/storage.ts';
import { encodeConversationKey } from '../../../core/domain/conversation.ts';
import { eventId, personId, spaceId } from '../../../core/domain/ids.ts';
import type { MessageReceived } from '../../../core/domain/inbound-event.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import type { LimiterPort } from '../../../core/ports/limiter.ts';
import type { BareMessage, BenchPlatform } from './platform.ts';
import { createStubModel } from './stand-ins.ts';

export interface BareBotOptions {
  readonly platformName: string;
  readonly platform: BenchPlatform;
  readonly address: string;
  readonly homeFolder: string;
  readonly answers: boolean;
  readonly limiter: (clock: Clock) => LimiterPort;
  readonly onStored: () => void;
  readonly onAnswered: () => void;
}

function eventOf(platform: string, message: BareMessage, now: number): MessageReceived {
  const person = personId(platform, message.personId);
  const { channelId, id: messageId } = message;
  return {
    type: 'message_received',
    eventId: eventId(platform, messageId),
    platform,
    spaceId: spaceId(platform, channelId),
    occurredAt: now,
    conversation: { platform, spaceId: spaceId(platform, channelId), audience: 'direct', channelId },
    admission: { kind: 'linked', subjects: [`${platform}:user:${message.personId}`] },
    ref: { platform, channelId, messageId },
    author: { personId: person, displayName: message.personName, isBot: false },
    addressing: 'direct',
    text: message.text,
  };
}

/**
 * The least that takes messages safely and answers them: the SDK, one equal row in the same store by the same group
 * commit; then the model, the limiter, one reply. No lanes, skills, history or turns.
 */
export async function openBareBot(options: BareBotOptions): Promise<{ close(): Promise<void> }> {
  const { platformName } = options;
  const clock = createSystemClock();
  const logger = createLogger({
    level: 'warn',
    plain: false,
    secrets: [],
    destination: process.stderr,
    clock,
  });
  const storage = openStorage(options.homeFolder, { clock, logger, processId: process.pid });
  const { inbox } = storage.stores;
  const limiter = options.limiter(clock);
  const model = createStubModel(0);

  async function answer(message: BareMessage): Promise<void> {
    let text = '';
    const prompt = [{ role: 'user', text: message.text }] as const;
    for await (const event of model.stream({ messages: prompt, tools: [] }, new AbortController().signal)) {
      if (event.type === 'text') text += event.text;
    }
    const call = { method: 'reply', destination: message.channelId, minIntervalMs: 0 };
    await limiter.run(call, () => message.reply(text));
    options.onAnswered();
  }

  const sdk = await options.platform.openBare(options.address, async (message) => {
    const event = eventOf(platformName, message, clock.now());
    await inbox.accept(event, encodeConversationKey(event.conversation), clock.now());
    options.onStored();
    if (options.answers) await answer(message);
  });
  return {
    async close() {
      await sdk.close();
      await limiter.stop();
      storage.close();
    },
  };
}
