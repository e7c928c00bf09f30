import { ROOT_COMMAND } from '../../adapters/discord/command-schema.ts';
import type { ConversationAddress } from '../../core/domain/conversation.ts';
import { spaceId } from '../../core/domain/ids.ts';
import { createRecordingSink } from '../contract/channel/recording-sink.ts';
import { startFakeDiscord } from '../fakes/discord/fake-discord.ts';
import type { FakeMessage } from '../fakes/discord/guild-model.ts';
import { buttonsIn, type KeptMessage, type ScenarioGuild } from './discord-guild.ts';
import { createDiscordRig } from './discord-rig.ts';
import type { Place } from './discord-scenario.ts';

const kept = (message: FakeMessage): KeptMessage => ({
  text: message.content,
  buttons: buttonsIn(message.components),
  flags: message.flags,
  replyTo: message.replyTo?.messageId,
});

/** Our own fake as the Discord of a scenario. */
export async function openFakeGuild(): Promise<ScenarioGuild> {
  const discord = await startFakeDiscord();
  const options = { token: discord.token, apiRoot: discord.restRoot };
  const rig = createDiscordRig(options);
  const inbox = createRecordingSink();
  await rig.channel.start(inbox.sink);

  const ada = discord.person({ username: 'ada', global_name: null });
  const room = discord.channel({ name: 'talk' });
  const thread = discord.thread(room, ada, 'A thread');
  const channelOf = (place: Place) => (place === 'channel' ? room : thread);
  const byId = (id: string) => (id === room.id ? room : thread);
  const failures: string[] = [];
  const act = (acting: Promise<unknown>): void =>
    void acting.catch((error: unknown) => failures.push(String(error)));

  return {
    channel: rig.channel,
    inbox,
    botId: discord.bot.id,
    names: {
      [discord.home.id]: '(guild)',
      [discord.bot.id]: '(bot)',
      [ada.user.id]: '(ada)',
      [room.id]: '(channel)',
      [thread.id]: '(thread)',
    },
    person: {
      async say(place, text, replyTo) {
        const where = channelOf(place);
        const messageId = ada.say(text, where, replyTo === undefined ? {} : { replyTo: replyTo.messageId });
        return { platform: 'discord', channelId: where.id, messageId };
      },
      edit: async (ref, text) => ada.edit(ref.messageId, text, byId(ref.channelId)),
      remove: async (ref) => ada.remove(ref.messageId, byId(ref.channelId)),
      press: async (ref, customId) => act(ada.press(ref.messageId, customId, byId(ref.channelId))),
      command: async (place, word) => act(ada.command(`${ROOT_COMMAND} ${word}`, {}, channelOf(place))),
      submit: async (_place, fieldId, value) => act(ada.submit({ [fieldId]: value })),
    },
    address: (place): ConversationAddress => ({
      platform: 'discord',
      spaceId: spaceId('discord', discord.home.id),
      audience: 'group',
      channelId: channelOf(place).id,
    }),
    async look(at) {
      if (typeof at !== 'string') {
        const message = discord.message(at.channelId, at.messageId);
        return message === undefined || message.isRemoved ? undefined : kept(message);
      }
      const own = [...channelOf(at).messages.values()].filter(({ author }) => author.id === discord.bot.id);
      const last = own.at(-1);
      return last === undefined ? undefined : kept(last);
    },
    typings: (place) => discord.typings.filter(({ channelId }) => channelId === channelOf(place).id).length,
    async startWithWrongToken() {
      const wrong = createDiscordRig({ ...options, token: 'a-wrong.token-that.was-never-given' });
      await wrong.channel.start(async () => 'stored').finally(() => wrong.channel.stop());
    },
    violations: () => [...discord.violations, ...failures],
    async close() {
      await rig.channel.stop();
      await discord.close();
    },
  };
}
