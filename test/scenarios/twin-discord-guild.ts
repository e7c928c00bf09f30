import { Server } from 'node:net';
import { DigitalDiscord } from 'discord-digital-twin';
import { ROOT_COMMAND } from '../../adapters/discord/command-schema.ts';
import type { ConversationAddress } from '../../core/domain/conversation.ts';
import { spaceId } from '../../core/domain/ids.ts';
import { createRecordingSink } from '../contract/channel/recording-sink.ts';
import { buttonsIn, type KeptMessage, type ScenarioGuild } from './discord-guild.ts';
import { createDiscordRig } from './discord-rig.ts';
import type { Place } from './discord-scenario.ts';

const TEXT = 0;
const PUBLIC_THREAD = 11;
const FORM = 5;
const LABEL = 18;
const TEXT_INPUT = 4;
const token = 'the-token.of-the-bot.in-these-tests';

/** The package listens on every address; here it is told to keep to loopback. */
async function startOnLoopback(twin: DigitalDiscord): Promise<void> {
  const { listen } = Server.prototype;
  Server.prototype.listen = function (this: Server, ...args: readonly unknown[]) {
    const [port, done] = args;
    return Reflect.apply(listen, this, [{ port, host: '127.0.0.1' }, done]);
  } as typeof listen;
  try {
    await twin.start();
  } finally {
    Server.prototype.listen = listen;
  }
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

/** The package `discord-digital-twin` as the Discord of a scenario. */
export async function openTwinGuild(): Promise<ScenarioGuild> {
  const twin = new DigitalDiscord({
    botToken: token,
    botUser: { username: 'metaclaw' },
    users: [{ username: 'ada' }],
    channels: [{ name: 'talk', type: TEXT }],
  });
  await startOnLoopback(twin);
  const adaId = (await twin.getFirstNonBotUserId()) ?? '';
  const { prisma } = twin;
  // Unless told otherwise everybody there may do everything.
  await prisma.guildMember.updateMany({ where: { userId: adaId }, data: { permissions: '0' } });
  const channelId = (await prisma.channel.findFirstOrThrow()).id;

  const options = { token, apiRoot: twin.restUrl };
  const rig = createDiscordRig(options);
  const inbox = createRecordingSink();
  await rig.channel.start(inbox.sink);

  const opened = await fetch(`${twin.restUrl}/v10/channels/${channelId}/threads`, {
    method: 'POST',
    headers: { authorization: `Bot ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'A thread', type: PUBLIC_THREAD }),
  });
  const threadId = String(memberOf(await opened.json(), 'id'));
  const idOf = (place: Place): string => (place === 'channel' ? channelId : threadId);

  type Row = Awaited<ReturnType<typeof prisma.message.findUniqueOrThrow>>;
  const parse = (text: string | null): unknown => (text === null ? undefined : JSON.parse(text));
  const kept = (row: Row): KeptMessage => {
    const replyTo = memberOf(parse(row.messageReference), 'message_id');
    return {
      text: row.content,
      buttons: buttonsIn(parse(row.components)),
      flags: row.flags,
      replyTo: typeof replyTo === 'string' ? replyTo : undefined,
    };
  };

  return {
    channel: rig.channel,
    inbox,
    botId: twin.botUserId,
    names: {
      [twin.guildId]: '(guild)',
      [twin.botUserId]: '(bot)',
      [adaId]: '(ada)',
      [channelId]: '(channel)',
      [threadId]: '(thread)',
    },
    person: {
      async say(place, text, replyTo) {
        const said = await twin.simulateUserMessage({
          channelId: idOf(place),
          userId: adaId,
          content: text,
          ...(replyTo === undefined
            ? {}
            : {
                messageReference: {
                  type: 0,
                  channel_id: replyTo.channelId,
                  message_id: replyTo.messageId,
                },
              }),
        });
        return { platform: 'discord', channelId: idOf(place), messageId: said.id };
      },
      edit: async ({ channelId: where, messageId }, text) =>
        void (await twin.simulateUserMessageEdit({ channelId: where, messageId, content: text })),
      remove: async ({ channelId: where, messageId }) =>
        await twin.simulateUserMessageDelete({ channelId: where, messageId }),
      press: async ({ channelId: where, messageId }, customId) =>
        void (await twin.simulateButtonClick({ channelId: where, messageId, customId, userId: adaId })),
      command: async (place, word) =>
        void (await twin.simulateSlashCommand({
          channelId: idOf(place),
          userId: adaId,
          name: ROOT_COMMAND,
          options: [{ name: word, type: 1 }],
        })),
      async submit(place, fieldId, value) {
        const form = await prisma.interactionResponse.findFirstOrThrow({
          where: { type: 9 },
          orderBy: { interactionId: 'desc' },
        });
        await twin.simulateInteraction({
          type: FORM,
          channelId: idOf(place),
          userId: adaId,
          data: {
            custom_id: memberOf(parse(form.data), 'custom_id'),
            components: [
              { type: LABEL, id: 1, component: { type: TEXT_INPUT, id: 2, custom_id: fieldId, value } },
            ],
          },
        });
      },
    },
    address: (place): ConversationAddress => ({
      platform: 'discord',
      spaceId: spaceId('discord', twin.guildId),
      audience: 'group',
      channelId: idOf(place),
    }),
    async look(at) {
      const row =
        typeof at === 'string'
          ? await prisma.message.findFirst({
              where: { channelId: idOf(at), authorId: twin.botUserId },
              orderBy: { id: 'desc' },
            })
          : await prisma.message.findUnique({ where: { id: at.messageId } });
      return row === null ? undefined : kept(row);
    },
    typings: (place) => twin.getTypingEvents({ channelId: idOf(place) }).length,
    async startWithWrongToken() {
      const wrong = createDiscordRig({ ...options, token: 'a-wrong.token-that.was-never-given' });
      await wrong.channel.start(async () => 'stored').finally(() => wrong.channel.stop());
    },
    violations: () => [],
    async close() {
      await rig.channel.stop();
      await twin.stop();
      await prisma.$disconnect();
    },
  };
}
