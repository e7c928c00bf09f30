import { createLimiter } from '../../../adapters/limiter/limiter.ts';
import { createSystemClock } from '../../../adapters/system/clock.ts';
import { createTelegramChannel } from '../../../adapters/telegram/channel.ts';
import { createTelegramClient } from '../../../adapters/telegram/client.ts';
import type { ConversationAddress } from '../../../core/domain/conversation.ts';
import { spaceId } from '../../../core/domain/ids.ts';
import type { MessageRef } from '../../../core/domain/message-ref.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { startFakeTelegram } from '../../fakes/telegram/fake-telegram.ts';
import { createFormScreen } from '../../fakes/telegram/form-screen.ts';
import { createMemoryCache } from '../../fakes/telegram/memory-cache.ts';
import { toSeenMessage } from '../../fakes/telegram/seen-message.ts';
import { testChannel } from './channel-contract.ts';
import type { ChannelContract, ChannelRig, SetUpOptions } from './descriptor.ts';

interface Variant {
  readonly mode: 'polling' | 'webhook';
  readonly place: 'private chat' | 'group topic';
}

async function setUp({ mode, place }: Variant, { credentials, patience }: SetUpOptions): Promise<ChannelRig> {
  const server = await startFakeTelegram();
  const clock = createSystemClock();
  const limiter = createLimiter(clock, { maxPerSecond: 1_000, maxRateLimitWaitMs: 5_000 });
  const token = credentials === 'good' ? server.token : `${server.token}x`;
  const options = {
    token,
    mode,
    apiRoot: server.apiRoot,
    publicUrl: 'https://bot.example.org/',
    backoffBaseMs: 1,
    ...(patience === 'short' ? { callTimeoutMs: 500 } : {}),
    webhookSecret: 'a-secret_that-Telegram-names',
    privateIntervalMs: 0,
    groupIntervalMs: 0,
  };
  const logger = createMemoryLogger();
  const cache = createMemoryCache();
  const channel = createTelegramChannel(options, {
    api: createTelegramClient(options),
    clock,
    limiter,
    logger,
    cache,
  });
  const { mount } = channel;
  if (mount !== undefined) server.updates.routeWebhooks(async (request) => await mount.fetch(request));

  const person = server.person();
  const chat =
    place === 'private chat' ? person.privateChat : server.group({ isForum: true, botIsAdmin: true });
  const threadId = place === 'private chat' ? undefined : server.addTopic(chat);
  const inTopic = threadId === undefined ? {} : { threadId };
  const mention = place === 'private chat' ? '' : `@${server.bot.username ?? ''} `;
  const commandSuffix = place === 'private chat' ? '' : `@${server.bot.username ?? ''}`;
  const refOf = (messageId: number): MessageRef => ({
    platform: 'telegram',
    channelId: String(chat.id),
    messageId: String(messageId),
  });
  const conversation: ConversationAddress = {
    platform: 'telegram',
    spaceId: spaceId('telegram', String(chat.id)),
    audience: place === 'private chat' ? 'direct' : 'group',
    channelId: String(chat.id),
    ...(threadId === undefined ? {} : { threadId: String(threadId) }),
  };

  const screen = createFormScreen(server, person, chat, inTopic);
  const updateIds = new Map<string, number>();
  const say = (text: string): MessageRef => {
    const ref = refOf(person.say(text, chat, inTopic));
    updateIds.set(ref.messageId, server.lastUpdate()?.update_id ?? 0);
    return ref;
  };

  return {
    channel,
    conversation,
    person: {
      say: async (text) => say(mention + text),
      sayUnaddressed: async (text) => say(text),
      async command(line) {
        const [name, ...rest] = line.split(' ');
        person.say([`/${name}${commandSuffix}`, ...rest].join(' '), chat, inTopic);
      },
      edit: async (ref, text) => person.edit(Number(ref.messageId), mention + text, chat),
      setReactions: async (ref, emojis) => person.react(Number(ref.messageId), emojis, chat),
      async press(ref, actionId) {
        const buttons = chat.messages.get(Number(ref.messageId))?.reply_markup?.inline_keyboard ?? [];
        // What is behind the action names the message that the button is about.
        const button = buttons.flat().find(({ callback_data: data }) => data.split('|')[0] === actionId);
        person.press(Number(ref.messageId), button?.callback_data ?? actionId, chat);
      },
      ...screen,
      see: async (ref) => {
        const message = chat.messages.get(Number(ref.messageId));
        return message === undefined ? undefined : toSeenMessage(message);
      },
      seeAll: async () =>
        [...chat.messages.values()].filter((message) => message.from.is_bot).map(toSeenMessage),
      seePictures: async () =>
        [...chat.messages.values()].flatMap(({ photo }) =>
          photo === undefined ? [] : [{ alt: photo.caption, bytes: photo.bytes }],
        ),
      history: async () =>
        server.calls
          .filter(({ method }) => method === 'sendMessage' || method === 'editMessageText')
          .map(({ payload }) => String(payload['text'])),
    },
    elsewhere: {
      async say(text) {
        const other = server.person();
        const messageId = String(other.say(text));
        return { platform: 'telegram', channelId: String(other.privateChat.id), messageId };
      },
    },
    evidence: {
      secrets: [token, options.webhookSecret],
      logged: () => logger.entries,
      violations: () => server.violations,
    },
    faults: {
      isAcknowledged: async (ref) => !server.updates.isPending(updateIds.get(ref.messageId) ?? 0),
      redeliver: async () => {
        const update = server.lastUpdate();
        if (update !== undefined) server.updates.redeliver(update);
      },
      echo: async (ref) => {
        const own = server
          .botMessages(chat)
          .find((message) => message['message_id'] === Number(ref.messageId));
        server.push('message', own);
      },
      async limitRate() {
        const parameters = { retry_after: 35 };
        server.failAlways('sendMessage', {
          kind: 'refuse',
          code: 429,
          description: 'Too Many Requests: retry after 35',
          parameters,
        });
        return 35_000;
      },
      async limitRateOnce() {
        const isSecond = () => server.callsOf('sendMessage').length > 0;
        void server.until(isSecond, 'the first send').then(() =>
          server.failNext('sendMessage', {
            kind: 'refuse',
            code: 429,
            description: 'Too Many Requests: retry after 1',
            parameters: { retry_after: 1 },
          }),
        );
      },
      async hang() {
        for (const method of ['sendMessage', 'editMessageText']) server.failAlways(method, { kind: 'hang' });
      },
      refusePictures: async () =>
        server.failAlways('sendPhoto', {
          kind: 'refuse',
          code: 400,
          description: 'Bad Request: not enough rights to send photos to the chat',
        }),
      cutAfterDelivery: async () => server.failNext('sendMessage', { kind: 'cut_after' }),
      refuseConnections: () => server.goDown(),
      async heal() {
        server.heal();
        await server.comeBack();
      },
    },
    async tearDown() {
      await channel.stop();
      await limiter.stop();
      await server.close();
    },
  };
}

const variants: readonly Variant[] = [
  { mode: 'polling', place: 'private chat' },
  { mode: 'polling', place: 'group topic' },
  { mode: 'webhook', place: 'private chat' },
  { mode: 'webhook', place: 'group topic' },
];

const contractOf = (variant: Variant): ChannelContract => ({
  name: `telegram (${variant.mode}, ${variant.place})`,
  setUp: (options) => setUp(variant, options),
  optOuts: {
    ...(variant.mode === 'polling'
      ? {
          'a slow sink holds up its own conversation only':
            'A poll confirms by number: what comes later waits for the receipts of what came before.',
        }
      : {
          'health tells when the platform is away and when it is back':
            'Telegram calls us here: its silence is not told from peace.',
        }),
    ...(variant.place === 'group topic'
      ? {
          'a thread goes on without a mention': 'A topic is shared: only a mention or a reply means the bot.',
        }
      : {}),
    'an entry of the menu of a message comes back as an action': 'Telegram lets bots add nothing there.',
    'deleted message': 'Telegram tells bots of no deletions.',
    'reactions cleared': 'Telegram has no clearing by moderators that bots would see.',
    'a form after the deadline is not_found':
      'A form is a message here, and messages can be sent at any time.',
    completion: 'Telegram completes commands from the registered menu by itself.',
  },
});

for (const variant of variants) testChannel(contractOf(variant));
