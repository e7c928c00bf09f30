import { expect, test } from 'vitest';
import type { DiscordChannelOptions } from '../../../adapters/discord/options.ts';
import { menuLanguages } from '../../../core/commands/menu-languages.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import type { ConversationAddress } from '../../../core/domain/conversation.ts';
import { spaceId } from '../../../core/domain/ids.ts';
import type { OutboundMessage } from '../../../core/domain/outbound-message.ts';
import type { ChannelPort } from '../../../core/ports/channel.ts';
import { createRecordingSink, type RecordingSink } from '../../contract/channel/recording-sink.ts';
import type { DiscordPerson } from '../../fakes/discord/discord-person.ts';
import {
  type FakeDiscord,
  type FakeDiscordOptions,
  startFakeDiscord,
} from '../../fakes/discord/fake-discord.ts';
import type { FakeChannel, Json } from '../../fakes/discord/guild-model.ts';
import type { MemoryLogger } from '../../fakes/system/memory-logger.ts';
import { catalogue, createDiscordRig } from '../../scenarios/discord-rig.ts';

interface Scene {
  readonly discord: FakeDiscord;
  readonly channel: ChannelPort;
  readonly logger: MemoryLogger;
  readonly inbox: RecordingSink;
  readonly ada: DiscordPerson;
  readonly bob: DiscordPerson;
  readonly room: FakeChannel;
  readonly place: ConversationAddress;
  /** Another channel over the same account. */
  another(options?: Partial<DiscordChannelOptions>): ChannelPort;
}

interface SceneOptions {
  readonly discord?: FakeDiscordOptions;
  readonly channel?: Partial<DiscordChannelOptions>;
  /** Default true. */
  readonly isStarted?: boolean;
}

/** A channel on the fake, with two people in a server's channel. Stopped and closed after the test. */
async function withChannel(options: SceneOptions, run: (scene: Scene) => Promise<void>): Promise<void> {
  const discord = await startFakeDiscord(options.discord);
  const made: ChannelPort[] = [];
  const create = (more: Partial<DiscordChannelOptions> = {}) => {
    const rig = createDiscordRig({ token: discord.token, apiRoot: discord.restRoot, ...more });
    made.push(rig.channel);
    return rig;
  };
  const { channel, logger } = create(options.channel);
  const inbox = createRecordingSink();
  const [ada, bob] = [discord.person({ username: 'ada' }), discord.person({ username: 'bob' })];
  const room = discord.channel({ name: 'room' });
  const place: ConversationAddress = {
    platform: 'discord',
    spaceId: spaceId('discord', discord.home.id),
    audience: 'group',
    channelId: room.id,
  };
  try {
    if (options.isStarted !== false) {
      await channel.start(inbox.sink);
      await channel.registerCommands(catalogue);
    }
    const another = (more?: Partial<DiscordChannelOptions>): ChannelPort => create(more).channel;
    await run({ discord, channel, logger, inbox, ada, bob, room, place, another });
  } finally {
    for (const one of made) await one.stop();
    await discord.close();
  }
  expect(discord.violations).toEqual([]);
  expect(JSON.stringify(logger.entries)).not.toContain(discord.token);
}

let keys = 0;

function saying(text: string, extra: Partial<OutboundMessage> = {}): OutboundMessage {
  keys += 1;
  const body = { blocks: [{ type: 'paragraph' as const, children: [{ type: 'text' as const, text }] }] };
  return { body, sendKey: `channel-${keys}`, ...extra };
}

const textsOf = ({ discord, room }: Scene, who: DiscordPerson): readonly string[] =>
  discord.seeAll(who, room.id).map(({ text }) => text);

async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    return error instanceof AppError ? error.code : `no AppError: ${String(error)}`;
  }
}

const feedback = [
  [
    { actionId: 'feedback.good', label: 'Good' },
    { actionId: 'feedback.bad', label: 'Bad' },
  ],
];

test('a private answer in many parts is seen by the asker alone, a public one by everybody', async () => {
  await withChannel({}, async (scene) => {
    const { channel, inbox, ada, bob, room } = scene;
    const answered = ada.typeCommand('metaclaw privacy', room);
    const { interaction } = await inbox.nth('command_invoked');
    await channel.respond(interaction, { kind: 'defer', private: true });
    expect(await answered).toEqual({ answer: 'deferred' });
    const parts = ['1', '2', '3', '4', '5', '6', '7'].map((part) => `Part ${part}`);
    for (const part of parts) {
      await channel.respond(interaction, { kind: 'message', message: saying(part), private: true });
    }
    expect(textsOf(scene, ada)).toEqual(parts);
    expect(textsOf(scene, bob)).toEqual([]);
    await channel.respond(interaction, { kind: 'message', message: saying('To all'), private: false });
    expect(textsOf(scene, bob)).toEqual(['To all']);
  });
});

test('what stands for a private answer does not become a public one', async () => {
  await withChannel({}, async (scene) => {
    const { channel, inbox, ada, bob, room } = scene;
    void ada.typeCommand('metaclaw help', room);
    const { interaction } = await inbox.nth('command_invoked');
    await channel.respond(interaction, { kind: 'defer', private: true });
    await channel.respond(interaction, { kind: 'message', message: saying('To all'), private: false });
    for (const who of [ada, bob]) expect(textsOf(scene, who)).toEqual(['To all']);
  });
});

test('a command that core is slow with is deferred by itself, and answered where it was', async () => {
  await withChannel({ channel: { deferAfterMs: 50 } }, async (scene) => {
    const { channel, inbox, ada, bob, room } = scene;
    expect(await ada.typeCommand('metaclaw status', room)).toEqual({ answer: 'deferred' });
    const { interaction } = await inbox.nth('command_invoked');
    await channel.respond(interaction, { kind: 'message', message: saying('At last.'), private: true });
    expect(textsOf(scene, ada)).toEqual(['At last.']);
    expect(textsOf(scene, bob)).toEqual([]);
    expect(scene.discord.callsOf('update_original_webhook_message')).toHaveLength(1);
  });
});

test('an answer after a quarter of an hour is an ordinary message', async () => {
  await withChannel({}, async (scene) => {
    const { channel, discord, inbox, ada, bob, room } = scene;
    void ada.typeCommand('metaclaw status', room);
    const { interaction } = await inbox.nth('command_invoked');
    await channel.respond(interaction, { kind: 'defer', private: false });
    discord.advance(16 * 60_000);
    await channel.respond(interaction, { kind: 'message', message: saying('Late.'), private: false });
    expect(textsOf(scene, bob)).toContain('Late.');
    expect(discord.callsOf('create_message')).toHaveLength(1);
    // The token of the interaction is over, not that of the bot.
    await channel.send(scene.place, saying('And another.'));
    expect(channel.health().state).toBe('ready');
  });
});

test('an answer for one person is not shown to all after a quarter of an hour: they are asked to ask again', async () => {
  await withChannel({}, async (scene) => {
    const { channel, discord, inbox, ada, bob, room } = scene;
    void ada.typeCommand('metaclaw privacy', room);
    const { interaction } = await inbox.nth('command_invoked');
    await channel.respond(interaction, { kind: 'defer', private: true });
    discord.advance(16 * 60_000);
    for (const part of ['Secret 1', 'Secret 2']) {
      await channel.respond(interaction, { kind: 'message', message: saying(part), private: true });
    }
    const told = textsOf(scene, bob);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/ My answer came too late to be shown to you alone\. Please ask again\.$/);
    expect(discord.callsOf('create_message')[0]?.body).toMatchObject({
      content: expect.stringContaining(`<@${ada.user.id}> `),
      allowed_mentions: { parse: [] },
    });
    expect(JSON.stringify(discord.callsOf('create_message'))).not.toContain('Secret');
  });
});

test('whoever waits for an answer is told that nothing could be stored, and events of others are kept', async () => {
  await withChannel({}, async (scene) => {
    const { channel, inbox, ada, bob, room, place } = scene;
    inbox.answerNext('unavailable');
    expect(await ada.typeCommand('metaclaw status', room)).toEqual({ answer: 'message' });
    expect(textsOf(scene, ada)[0]).toContain('once more');
    expect(textsOf(scene, bob)).toEqual([]);
    const ref = await channel.send(place, saying('An answer.', { actions: feedback }));
    inbox.answerNext('unavailable');
    expect(await ada.press(ref.messageId, 'feedback.good', room)).toEqual({ answer: 'deferred_update' });
    await inbox.nth('signal_given');
    inbox.answerNext('unavailable', 'unavailable');
    bob.react(ref.messageId, '👍', room);
    const kept = await inbox.nth('signal_given', 3);
    expect(kept).toMatchObject({ mark: { kind: 'reaction', name: '👍' } });
  });
});

test('health tells while events wait to be stored, and is well when they are', async () => {
  await withChannel({}, async ({ channel, inbox, ada, room }) => {
    inbox.answerNext('unavailable');
    ada.mention('keep this', room);
    await inbox.nth('message_received');
    await expect.poll(() => channel.health().state, { interval: 2 }).toBe('degraded');
    expect(channel.health().detail).toContain('cannot be stored');
    await inbox.nth('message_received', 1);
    await expect.poll(() => channel.health(), { interval: 2 }).toMatchObject({ state: 'ready' });
  });
});

test('reactions on messages of another life count, cleared ones are cleared, all or with one emoji', async () => {
  await withChannel({}, async ({ channel, another, discord, inbox, ada, bob, room, place }) => {
    const ref = await channel.send(place, saying('An answer.'));
    await channel.stop();
    const second = another();
    await second.start(inbox.sink);
    const moderator = discord.person({ username: 'mod' });
    discord.grant(moderator, ['ManageMessages']);
    ada.react(ref.messageId, '👍🏿', room);
    bob.react(ref.messageId, '👎', room);
    bob.react(ref.messageId, 'party:112233445566778899', room, true);
    moderator.clearReactions(ref.messageId, room, '👎');
    moderator.clearReactions(ref.messageId, room);
    await inbox.until(() => inbox.events.length === 5, 'five events');
    expect(inbox.events.map((event) => ('target' in event ? event.target : undefined))).toEqual(
      Array(5).fill(ref),
    );
    expect(inbox.events).toMatchObject([
      { type: 'signal_given', mark: { name: '👍' } },
      { type: 'signal_given', mark: { name: '👎' } },
      { type: 'signal_given', mark: { name: ':party:' } },
      { type: 'signals_cleared', name: '👎' },
      { type: 'signals_cleared' },
    ]);
    expect(inbox.events[4]).not.toHaveProperty('name');
    const ids = inbox.events.map(({ eventId }) => eventId);
    expect(new Set(ids).size).toBe(5);
  });
});

test('what happened while the gateway was gone arrives once, under the ids that a replay has', async () => {
  await withChannel({}, async ({ channel, discord, inbox, ada, room, place }) => {
    const ref = await channel.send(place, saying('An answer.'));
    ada.react(ref.messageId, '👍', room);
    await inbox.nth('signal_given');
    discord.redeliver();
    const [first, again] = [await inbox.nth('signal_given'), await inbox.nth('signal_given', 1)];
    expect(again.eventId).toBe(first.eventId);
    discord.gateway.close(4000);
    ada.unreact(ref.messageId, '👍', room);
    ada.react(ref.messageId, '👍', room);
    ada.mention('are you there?', room);
    await inbox.nth('message_received');
    expect(discord.gateway.resumes).toHaveLength(1);
    expect(inbox.events.map(({ type }) => type)).toEqual([
      'signal_given',
      'signal_given',
      'signal_withdrawn',
      'signal_given',
      'message_received',
    ]);
    expect((await inbox.nth('signal_given', 2)).eventId).not.toBe(first.eventId);
    // A session that cannot be resumed is begun anew.
    discord.gateway.invalidateSessions(false);
    await expect.poll(() => discord.gateway.identifies.length, { timeout: 10_000, interval: 5 }).toBe(2);
    await expect.poll(() => channel.health().state, { timeout: 10_000, interval: 5 }).toBe('ready');
    ada.mention('and now?', room);
    expect((await inbox.nth('message_received', 1)).text).toBe('and now?');
  });
});

test('a message sent again with its key stands there once, also by another process', async () => {
  await withChannel({}, async (scene) => {
    const { channel, another, discord, place, ada } = scene;
    const message = saying('Only once');
    discord.failNext('create_message', { kind: 'cut_after' });
    expect(await codeOf(channel.send(place, message))).toBe('delivery_unknown');
    const ref = await channel.send(place, message);
    await channel.stop();
    const second = another();
    await second.start(async () => 'stored');
    expect(await second.send(place, message)).toEqual(ref);
    expect(textsOf(scene, ada)).toEqual(['Only once']);
    // In another channel it is another message.
    const elsewhere = discord.channel();
    await second.send({ ...place, channelId: elsewhere.id }, message);
    expect(discord.seeAll(ada, elsewhere.id)).toHaveLength(1);
  });
});

test('with limits for every channel all is shown in its order, and no limit is overrun', async () => {
  await withChannel({ discord: { hasRateLimits: true } }, async (scene) => {
    const { channel, discord, place, ada } = scene;
    const texts = ['1', '2', '3', '4', '5', '6', '7'];
    const other = discord.channel();
    const [refs] = await Promise.all([
      Promise.all(texts.map((text) => channel.send(place, saying(text)))),
      Promise.all(texts.map((text) => channel.send({ ...place, channelId: other.id }, saying(text)))),
    ]);
    expect(textsOf(scene, ada)).toEqual(texts);
    expect(discord.seeAll(ada, other.id).map(({ text }) => text)).toEqual(texts);
    expect(new Set(refs.map(({ messageId }) => messageId)).size).toBe(7);
    const sent = discord.callsOf('create_message').length;
    expect(sent).toBe(14);
    expect(channel.health().queue?.waiting).toBe(0);
  });
}, 20_000);

test('a thread is read without what nobody wrote, an open channel not at all', async () => {
  await withChannel({}, async ({ channel, discord, inbox, ada, room, place }) => {
    const before = ada.say('It began here.', room);
    const thread = ada.openThread(room, { name: 'About it', from: before });
    ada.mention('what do you say?', thread);
    const first = await inbox.nth('message_received', 1);
    expect(first.conversation).toEqual({ ...place, channelId: thread.id });
    const read = await channel.readThread(first.conversation, first.ref, 10);
    expect(read.map(({ text, isOwn }) => [text, isOwn])).toEqual([['It began here.', false]]);
    const calls = discord.callsOf('list_messages').length;
    expect(await channel.readThread(place, first.ref, 10)).toEqual([]);
    expect(discord.callsOf('list_messages')).toHaveLength(calls);
  });
});

test('commands are written where the settings say, and only when they differ', async () => {
  await withChannel({ isStarted: false }, async ({ another, discord }) => {
    const count = (operation: string): number => discord.callsOf(operation).length;
    for (const _ of [1, 2]) {
      const here = another({ guilds: [discord.home.id] });
      await here.start(async () => 'stored');
      await here.registerCommands(catalogue);
      await here.stop();
    }
    expect(discord.commands(discord.home).map(({ name }) => name)).toEqual([
      'metaclaw',
      'feedback',
      'skill',
      'train',
      'policy',
      'schedule',
      'Correct this answer',
    ]);
    expect(discord.commands()).toEqual([]);
    expect(count('list_guild_application_commands')).toBe(2);
    expect(count('bulk_set_guild_application_commands')).toBe(1);
    expect(count('bulk_set_application_commands')).toBe(0);
  });
});

test('people whose Discord is German read what commands do in German', async () => {
  await withChannel({}, async ({ discord }) => {
    const named = (name: string) => discord.commands().find((command) => command.name === name)?.given;
    expect(named('metaclaw')).toMatchObject({
      description: 'Everything that I can do',
      description_localizations: { de: 'Alles, was ich kann' },
    });
    const skill = named('skill');
    expect(skill?.description_localizations).toEqual({ de: menuLanguages['de']?.groups['skill'] });
    expect(skill?.options?.find(({ name }) => name === 'search')).toMatchObject({
      description: 'find skills for some words',
      description_localizations: { de: 'Skills zu ein paar Wörtern finden' },
      options: [{ name: 'words', description_localizations: { de: 'worum es gehen soll' } }],
    });
    expect(JSON.stringify(discord.commands().map(({ given }) => given))).not.toContain('name_localizations');
  });
});

test('a server that the settings no longer name loses its commands, and one that never had any is left alone', async () => {
  await withChannel({ isStarted: false }, async ({ another, discord }) => {
    const other = discord.guild({ name: 'other' });
    const third = discord.guild({ name: 'third' });
    const register = async (guilds: readonly string[]): Promise<void> => {
      const channel = another({ guilds: [...guilds] });
      await channel.start(async () => 'stored');
      await channel.registerCommands(catalogue);
      await channel.stop();
    };
    const withOwn = (): readonly string[] =>
      [discord.home, other, third].filter((one) => discord.commands(one).length > 0).map(({ id }) => id);
    await register([discord.home.id, other.id]);
    expect(withOwn()).toEqual([discord.home.id, other.id]);
    await register([other.id]);
    expect(withOwn()).toEqual([other.id]);
    await register([]);
    expect(withOwn()).toEqual([]);
    expect(discord.commands()).not.toEqual([]);
    const written = discord.callsOf('bulk_set_guild_application_commands').map(({ path }) => path);
    expect(written.filter((path) => path.includes(third.id))).toEqual([]);
    expect(written).toHaveLength(4);
  });
});

test('a server whose commands cannot be looked at keeps no other from being tidied', async () => {
  await withChannel({ isStarted: false }, async ({ another, discord }) => {
    const named = another({ guilds: [discord.home.id] });
    await named.start(async () => 'stored');
    await named.registerCommands(catalogue);
    await named.stop();
    discord.guild({ name: 'other' });
    discord.failNext('list_guild_application_commands', { kind: 'refuse', status: 403, code: 50_001 });
    const channel = another();
    await channel.start(async () => 'stored');
    // The refusal meets one of the two servers the first time, and none the second.
    expect(await codeOf(channel.registerCommands(catalogue))).toBe('ok');
    expect(discord.callsOf('list_guild_application_commands')).toHaveLength(3);
    expect(await codeOf(channel.registerCommands(catalogue))).toBe('ok');
    await channel.stop();
    expect(discord.commands(discord.home)).toEqual([]);
  });
});

test('commands of some servers stand beside none that are everywhere, and one server keeps no other from its own', async () => {
  await withChannel({ isStarted: false }, async ({ another, discord }) => {
    const register = async (guilds: readonly string[]): Promise<string> => {
      const channel = another({ guilds: [...guilds] });
      await channel.start(async () => 'stored');
      try {
        return await codeOf(channel.registerCommands(catalogue));
      } finally {
        await channel.stop();
      }
    };
    expect(await register([])).toBe('ok');
    expect(discord.commands()).not.toEqual([]);
    const foreign = '1'.repeat(18);
    expect(await register([foreign, discord.home.id])).not.toBe('ok');
    expect(discord.commands()).toEqual([]);
    expect(discord.commands(discord.home)).not.toEqual([]);
  });
});

test('a start that failed is made again; one that was stopped is not', async () => {
  await withChannel({ isStarted: false }, async ({ channel, discord, inbox, ada, place }) => {
    await discord.goDown();
    expect(await codeOf(channel.start(inbox.sink))).toBe('network');
    expect(channel.health().state).toBe('stopped');
    await discord.comeBack();
    discord.failNext('get_bot_gateway', { kind: 'http', status: 500 });
    expect(['peer_failed', 'network']).toContain(await codeOf(channel.start(inbox.sink)));
    expect(discord.gateway.open).toBe(0);
    expect(await codeOf(channel.send(place, saying('too early')))).toBe('aborted');
    await channel.start(inbox.sink);
    expect(await codeOf(channel.start(inbox.sink))).toBe('internal');
    ada.say('hello');
    await inbox.nth('message_received');
    await channel.stop();
    expect(await codeOf(channel.start(inbox.sink))).toBe('internal');
    expect(discord.gateway.identifies).toHaveLength(1);
  });
});

test('nothing is called before the start or after the stop, and a stop ends a start', async () => {
  await withChannel({ isStarted: false }, async ({ channel, another, discord, place }) => {
    expect(await codeOf(channel.send(place, saying('too early')))).toBe('aborted');
    const starting = codeOf(channel.start(async () => 'stored'));
    await channel.stop();
    expect(await starting).toBe('aborted');
    const second = another();
    await second.start(async () => 'stored');
    await second.stop();
    expect(await codeOf(second.send(place, saying('too late')))).toBe('aborted');
    await expect.poll(() => discord.gateway.open, { interval: 2 }).toBe(0);
    expect(discord.callsOf('create_message')).toEqual([]);
  });
});

test('"typing" is shown again when it ended, and not before', async () => {
  await withChannel({}, async ({ channel, discord, place, ada }) => {
    const shown = (): number => discord.typings.length;
    await channel.activity(place, 'thinking');
    await channel.activity(place, 'thinking');
    expect(shown()).toBe(1);
    await channel.send(place, saying('A message ends it.'));
    await channel.activity(place, 'thinking');
    expect(shown()).toBe(2);
    await channel.activity(place, 'idle');
    await channel.activity(place, 'thinking');
    expect(shown()).toBe(3);
    expect(discord.typings.every(({ channelId }) => channelId === place.channelId)).toBe(true);
    // Nothing comes of it where the platform does not take it.
    discord.failAlways('trigger_typing_indicator', { kind: 'http', status: 500 });
    await channel.activity({ ...place, channelId: ada.dm.id }, 'thinking');
    expect(channel.health().state).toBe('ready');
  });
});

test('a message waits for "typing" that is on its way, and not for long', async () => {
  await withChannel({ channel: { callTimeoutMs: 30_000 } }, async ({ channel, discord, place }) => {
    discord.failNext('trigger_typing_indicator', { kind: 'hang' });
    let isOver = false;
    const typing = channel.activity(place, 'thinking').then(() => {
      isOver = true;
    });
    await channel.send(place, saying('The answer.'));
    expect(isOver).toBe(true);
    await typing;
    expect(discord.callsOf('create_message')).toHaveLength(1);
  });
});

test('commands that cannot be written now are understood all the same', async () => {
  await withChannel({}, async ({ channel, another, discord, inbox, ada, room }) => {
    await channel.stop();
    const second = another();
    await second.start(inbox.sink);
    discord.failNext('list_application_commands', { kind: 'refuse', status: 403, code: 50001 });
    expect(await codeOf(second.registerCommands(catalogue))).toBe('not_allowed');
    void ada.command('skill show', { name: ' two  words ' }, room);
    expect((await inbox.nth('command_invoked')).line).toBe('skill show "two words"');
    void ada.command('metaclaw skill search', { words: 'say "it" twice' }, room);
    expect((await inbox.nth('command_invoked', 1)).line).toBe('skill search say "it" twice');
  });
});

test('a stop does not wait for a limit to pass, but for what Discord was asked', async () => {
  await withChannel({ channel: { callTimeoutMs: 600 } }, async ({ channel, discord, place }) => {
    discord.failAlways('create_message', { kind: 'rate_limit', retryAfterMs: 25_000 });
    discord.failAlways('update_message', { kind: 'hang' });
    const limited = codeOf(channel.send(place, saying('limited')));
    const ref = { platform: 'discord' as const, channelId: discord.channel().id, messageId: '1' };
    const order: string[] = [];
    const hanging = codeOf(channel.edit(ref, saying('hanging'))).then((code) => order.push(code));
    await discord.until(() => discord.callsOf('update_message').length === 1, 'the call that hangs');
    await discord.until(() => discord.callsOf('create_message').length === 1, 'the call that is limited');
    await channel.stop().then(() => order.push('stopped'));
    await hanging;
    expect(order).toEqual(['timeout', 'stopped']);
    expect(await limited).toBe('rate_limited');
  });
}, 15_000);

test('a stop waits until what has arrived is stored, and for calls under way', async () => {
  await withChannel({}, async (scene) => {
    const { channel, discord, inbox, ada, room, place } = scene;
    const held = inbox.holdNext();
    ada.mention('in the middle', room);
    ada.mention('behind it', room);
    await inbox.nth('message_received');
    const sending = channel.send(place, saying('on its way'));
    let isStopped = false;
    const stopping = channel.stop().then(() => {
      isStopped = true;
    });
    expect(await sending).toMatchObject({ channelId: room.id });
    await expect.poll(() => discord.gateway.open, { interval: 2 }).toBe(0);
    // Time for somebody else to ask Discord something.
    const headers = { authorization: `Bot ${discord.token}` };
    expect((await fetch(`${discord.restRoot}/v10/users/@me`, { headers })).status).toBe(200);
    expect(isStopped).toBe(false);
    held.release('stored');
    await stopping;
    const said = inbox.events.flatMap((event) => (event.type === 'message_received' ? [event.text] : []));
    expect(said).toEqual(['in the middle', 'behind it']);
    expect(textsOf(scene, ada)).toEqual(['on its way']);
  });
});

test('an interaction of a shape that the SDK throws at is answered all the same', async () => {
  await withChannel({}, async ({ channel, discord, logger, inbox, ada, room, place }) => {
    discord.alterInteractions(({ authorizing_integration_owners: _, ...rest }) => rest);
    const answered = ada.typeCommand('metaclaw status', room);
    const { interaction, line } = await inbox.nth('command_invoked');
    expect(line).toBe('status');
    await channel.respond(interaction, { kind: 'message', message: saying('Well.'), private: true });
    expect(await answered).toEqual({ answer: 'message' });
    const ref = await channel.send(place, saying('An answer.', { actions: feedback }));
    expect(await ada.press(ref.messageId, 'feedback.good', room)).toEqual({ answer: 'deferred_update' });
    await inbox.nth('signal_given');
    expect(logger.entries.filter(({ event }) => event === 'discord_sdk_choked').length).toBeGreaterThan(0);
  });
});

/** What no client of Discord's expects, by kind of dispatch. */
const oddPayloads: readonly (readonly [string, unknown])[] = [
  ['MESSAGE_CREATE', null],
  ['MESSAGE_CREATE', []],
  ['MESSAGE_CREATE', 'words'],
  ['MESSAGE_CREATE', { id: '1', channel_id: '2' }],
  ['MESSAGE_CREATE', { id: 'no number', channel_id: '2', author: { id: '3', username: 'x' }, content: 'x' }],
  ['MESSAGE_CREATE', { id: '1', channel_id: '2', author: null, content: 7, mentions: 'all' }],
  ['MESSAGE_UPDATE', { id: '1' }],
  ['MESSAGE_DELETE_BULK', { ids: 'many', channel_id: '2' }],
  ['MESSAGE_REACTION_ADD', { user_id: '1', channel_id: '2', message_id: '3' }],
  [
    'MESSAGE_REACTION_ADD',
    { user_id: '1', channel_id: '2', message_id: '3', emoji: { id: null, name: null } },
  ],
  ['MESSAGE_REACTION_REMOVE_EMOJI', {}],
  ['GUILD_CREATE', { id: '9', channels: [{ id: '1', type: 99 }, null, 7], roles: 'none', threads: {} }],
  ['GUILD_DELETE', null],
  ['CHANNEL_CREATE', { id: '1', type: 99, guild_id: 'nowhere' }],
  ['THREAD_LIST_SYNC', { guild_id: 4 }],
  ['GUILD_ROLE_UPDATE', { role: null }],
  ['INTERACTION_CREATE', null],
  ['INTERACTION_CREATE', { id: '1', type: 99, token: 't', application_id: '2' }],
  ['INTERACTION_CREATE', { id: '1', type: 2, token: '../..', application_id: '2', channel_id: '3' }],
  ['INTERACTION_CREATE', { id: '1', type: 3, token: 't', application_id: '2', user: { id: '3' } }],
  ['PRESENCE_UPDATE', { user: {} }],
  ['SOMETHING_NEW', { a: { b: [1] } }],
  ['__proto__', {}],
  ['constructor', { toString: null }],
];

test.each(oddPayloads)('an odd %s does no harm: %j', async (kind, payload) => {
  await withChannel({}, async ({ channel, discord, inbox, ada, room }) => {
    const odd: Json = JSON.parse(JSON.stringify(payload));
    discord.push(kind, odd);
    discord.push(kind, odd, discord.home.id);
    ada.mention('still there?', room);
    expect((await inbox.nth('message_received')).text).toBe('still there?');
    expect(inbox.events).toHaveLength(1);
    expect(discord.gateway.total).toBe(1);
    expect(channel.health()).toMatchObject({ state: 'ready' });
  });
});
