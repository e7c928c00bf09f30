import { expect } from 'vitest';
import { messageMenuActions, ROOT_COMMAND } from '../../../adapters/discord/command-schema.ts';
import type { ConversationAddress } from '../../../core/domain/conversation.ts';
import { spaceId } from '../../../core/domain/ids.ts';
import type { MessageRef } from '../../../core/domain/message-ref.ts';
import type { DiscordPerson } from '../../fakes/discord/discord-person.ts';
import { type FakeDiscord, startFakeDiscord } from '../../fakes/discord/fake-discord.ts';
import type { FakeChannel } from '../../fakes/discord/guild-model.ts';
import type { ScreenMessage } from '../../fakes/discord/screen.ts';
import { catalogue, createDiscordRig } from '../../scenarios/discord-rig.ts';
import { testChannel } from './channel-contract.ts';
import type {
  ChannelContract,
  ChannelRig,
  PersonDriver,
  SeenForm,
  SeenMessage,
  SetUpOptions,
} from './descriptor.ts';

type Variant = 'DM' | 'channel' | 'thread' | 'forum post';

function channelFor(variant: Variant, discord: FakeDiscord, person: DiscordPerson): FakeChannel {
  switch (variant) {
    case 'DM':
      return person.dm;
    case 'channel':
      return discord.channel({ name: 'talk' });
    case 'thread':
      return person.openThread(discord.channel({ name: 'talk' }), { name: 'A thread' });
    case 'forum post':
      return person.openPost(discord.forum({ name: 'help' }), 'A post', 'it begins').thread;
  }
}

/** Buttons that are about another message carry its place behind the action. */
const actionIdOf = (customId: string): string => customId.split('|')[0] ?? '';

/** Nobody sees word joiners, which keep code fences apart that Discord has no other way to show. */
const seenMessage = ({ text, markup, actionIds }: ScreenMessage): SeenMessage => ({
  text: text.replaceAll('\u2060', ''),
  markup,
  actionIds: actionIds.map(actionIdOf),
});

function seenForm(person: DiscordPerson): SeenForm | undefined {
  const form = person.form();
  if (form === undefined) return undefined;
  return {
    title: form.title,
    fields: form.fields.map(({ label, kind, choices, value }) => ({
      label,
      kind,
      ...(value === undefined ? {} : { value }),
      ...(kind === 'choice' ? { options: choices.map((choice) => choice.label) } : {}),
    })),
  };
}

const contentOf = (body: unknown): string =>
  typeof body === 'object' && body !== null && 'content' in body ? String(body.content) : '';

const menuNames = [...messageMenuActions];

async function setUp(variant: Variant, options: SetUpOptions): Promise<ChannelRig> {
  const discord = await startFakeDiscord();
  const person = discord.person({ username: 'ada', global_name: 'Ada' });
  const other = discord.person({ username: 'bob', global_name: 'Bob' });
  const moderator = discord.person({ username: 'mod' });
  discord.grant(moderator, ['ManageMessages']);
  const channel = channelFor(variant, discord, person);
  const otherChannel = discord.channel({ name: 'elsewhere' });
  const isDirect = variant === 'DM';

  const token = discord.token + (options.credentials === 'good' ? '' : '-and-more');
  const rig = createDiscordRig({
    token,
    apiRoot: discord.restRoot,
    ...(options.patience === 'short' ? { callTimeoutMs: 500 } : {}),
  });

  const refOf = (messageId: string): MessageRef => ({
    platform: 'discord',
    channelId: channel.id,
    messageId,
  });
  const conversation: ConversationAddress = {
    platform: 'discord',
    spaceId: spaceId('discord', isDirect ? `dm.${channel.id}` : discord.home.id),
    audience: isDirect ? 'direct' : 'group',
    channelId: channel.id,
  };
  const say = (text: string): string =>
    isDirect ? person.say(text, channel) : person.mention(text, channel);
  const reactions = new Map<string, readonly string[]>();
  const failures: string[] = [];
  /** A person who acts does not wait for the answer; what could not be done at all fails the test. */
  const act = (what: string, acting: Promise<unknown>): void =>
    void acting.catch((error: unknown) => failures.push(`${what}: ${String(error)}`));

  const driver: PersonDriver = {
    say: async (text) => refOf(say(text)),
    sayUnaddressed: async (text) => refOf(person.say(text, channel)),
    command: async (line) => act(line, person.typeCommand(`${ROOT_COMMAND} ${line}`, channel)),
    edit: async (ref, text) => person.edit(ref.messageId, text, channel),
    remove: async (ref) => person.remove(ref.messageId, channel),
    async setReactions({ messageId }, emojis) {
      const before = reactions.get(messageId) ?? [];
      reactions.set(messageId, emojis);
      for (const emoji of before) if (!emojis.includes(emoji)) person.unreact(messageId, emoji, channel);
      for (const emoji of emojis) if (!before.includes(emoji)) person.react(messageId, emoji, channel);
    },
    clearReactions: async (ref) => moderator.clearReactions(ref.messageId, channel),
    async press({ channelId, messageId }, actionId) {
      const shown = discord.see(person, channelId, messageId)?.actionIds ?? [];
      const customId = shown.find((id) => actionIdOf(id) === actionId) ?? actionId;
      act(actionId, person.press(messageId, customId, channel));
    },
    async chooseFromMenu({ messageId }, actionId) {
      const name = menuNames.find(([, action]) => action === actionId)?.[0] ?? actionId;
      act(name, person.messageCommand(messageId, name, channel));
    },
    async complete(line) {
      const words = line.split(' ');
      const typed = words.at(-1) ?? '';
      const path = words.slice(0, -1).join(' ');
      const choices = await person.complete(`${ROOT_COMMAND} ${path}`, { name: typed }, 'name', channel);
      return choices.map(({ value }) => `${path} ${value}`);
    },
    seeForm: async () => seenForm(person),
    async submitForm(answers) {
      const values = (person.form()?.fields ?? []).flatMap(({ customId, label, choices }) => {
        const answer = answers[label];
        if (answer === undefined) return [];
        return [[customId, choices.find((choice) => choice.label === answer)?.value ?? answer]];
      });
      await person.submit(Object.fromEntries(values));
    },
    closeForm: async () => person.dismiss(),
    async see(ref) {
      const seen = discord.see(person, ref.channelId, ref.messageId);
      return seen === undefined ? undefined : seenMessage(seen);
    },
    seeAll: async () => discord.seeAll(person, channel.id).map(seenMessage),
    seePictures: async () => discord.seeAll(person, channel.id).flatMap(({ pictures }) => pictures),
    history: async () =>
      discord.calls
        .filter(({ operation }) => operation === 'create_message' || operation === 'update_message')
        .map(({ body }) => contentOf(body)),
  };

  return {
    channel: {
      ...rig.channel,
      // As the program does: the commands are known as soon as the channel is started.
      async start(sink) {
        await rig.channel.start(sink);
        await rig.channel.registerCommands(catalogue);
      },
    },
    person: driver,
    conversation,
    completionPrefix: 'skill show ',
    bystander: {
      seeAll: async () => discord.seeAll(other, isDirect ? other.dm.id : channel.id).map(seenMessage),
      seePictures: async () =>
        discord.seeAll(other, isDirect ? other.dm.id : channel.id).flatMap(({ pictures }) => pictures),
    },
    elsewhere: {
      say: async (text) => ({
        platform: 'discord',
        channelId: otherChannel.id,
        messageId: other.mention(text, otherChannel),
      }),
    },
    evidence: {
      secrets: [token],
      logged: () => rig.logger.entries,
      violations: () => [...discord.violations, ...failures],
    },
    faults: {
      redeliver: async () => discord.redeliver(),
      echo: async (ref) => discord.echo(ref.channelId, ref.messageId),
      async limitRate() {
        discord.failAlways('create_message', { kind: 'rate_limit', retryAfterMs: 35_000 });
        // The SDK adds 50 ms for the way.
        return 35_050;
      },
      async limitRateOnce() {
        const isFirstMade = () => discord.callsOf('create_message').length > 0;
        void discord
          .until(isFirstMade, 'the first message')
          .then(() => discord.failNext('create_message', { kind: 'rate_limit', retryAfterMs: 100 }));
      },
      cutAfterDelivery: async () => discord.failNext('create_message', { kind: 'cut_after' }),
      async hang() {
        for (const operation of ['create_message', 'update_message']) {
          discord.failAlways(operation, { kind: 'hang' });
        }
      },
      refusePictures: async () =>
        discord.failAlways('uploads', { kind: 'refuse', status: 413, code: 40_005 }),
      expireInteractions: async () => discord.advance(4_000),
      expireAnswers: async () => discord.advance(16 * 60_000),
      async refuseConnections() {
        await discord.goDown();
        // Until the channel has heard that its connections are gone it may still write to one of them.
        await expect.poll(() => rig.channel.health().state, { interval: 2 }).toBe('degraded');
      },
      async heal() {
        discord.heal();
        await discord.comeBack();
      },
    },
    async tearDown() {
      await rig.channel.stop();
      await discord.close();
    },
  };
}

const acknowledged =
  'Discord acknowledges no events: what was sent to the gateway counts as delivered, whatever becomes of it.';

const contractOf = (variant: Variant): ChannelContract => ({
  name: `discord (${variant})`,
  setUp: (options) => setUp(variant, options),
  optOuts: {
    'an event during stop is delivered and acknowledged, or neither': acknowledged,
    ...(variant === 'DM'
      ? { 'reactions cleared': 'Nobody moderates a direct message: people take their own reactions back.' }
      : {}),
    ...(variant === 'DM' || variant === 'channel'
      ? { 'what was said in a thread can be read': 'This is no thread: there is nothing to catch up on.' }
      : {}),
    ...(variant === 'channel'
      ? { 'a thread goes on without a mention': 'This is no thread: what names nobody is for nobody.' }
      : {}),
  },
});

for (const variant of ['DM', 'channel', 'thread', 'forum post'] as const) testChannel(contractOf(variant));
