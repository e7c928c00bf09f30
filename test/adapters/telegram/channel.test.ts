import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLimiter } from '../../../adapters/limiter/limiter.ts';
import { createTelegramChannel } from '../../../adapters/telegram/channel.ts';
import type { TelegramChannelOptions } from '../../../adapters/telegram/options.ts';
import type { TelegramApi } from '../../../adapters/telegram/telegram-api.ts';
import type { ConversationAddress } from '../../../core/domain/conversation.ts';
import type { Document } from '../../../core/domain/document.ts';
import { spaceId } from '../../../core/domain/ids.ts';
import type { OutboundMessage } from '../../../core/domain/outbound-message.ts';
import type { LimiterPort } from '../../../core/ports/limiter.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import type { FakeChat } from '../../fakes/telegram/chats.ts';
import { createMemoryCache } from '../../fakes/telegram/memory-cache.ts';
import { botApiSpec } from '../../fakes/telegram/spec-check.ts';
import { createScriptedApi, never, refusal } from './scripted-api.ts';
import { openStage, type Stage } from './stage.ts';
import { self } from './updates.ts';

const body = (text: string): Document => ({
  blocks: [{ type: 'paragraph', children: [{ type: 'text', text }] }],
});
const saying = (text: string, extra: Partial<OutboundMessage> = {}): OutboundMessage => ({
  body: body(text),
  sendKey: text,
  ...extra,
});
const placeOf = (chat: FakeChat, threadId?: number): ConversationAddress => ({
  platform: 'telegram',
  spaceId: spaceId('telegram', String(chat.id)),
  audience: chat.type === 'private' ? 'direct' : 'group',
  channelId: String(chat.id),
  ...(threadId === undefined ? {} : { threadId: String(threadId) }),
});

describe('telegram channel over the wire', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await openStage();
  });
  afterEach(async () => {
    await stage.close();
    expect(stage.server.violations).toEqual([]);
    expect(inspect(stage.logger.entries, { depth: 20, showHidden: true })).not.toContain(stage.server.token);
  });

  test.skipIf(botApiSpec === undefined)(
    'calls are held against the published API (needs ../shared/data)',
    async () => {
      expect(botApiSpec?.version).toMatch(/^Bot API \d+/);
      const client = stage.channel();
      await client.start(stage.sink().sink);
      expect(stage.server.callsOf('getMe').length).toBe(1);
    },
  );

  test('polling asks for exactly the listed updates, and Telegram keeps that list', async () => {
    const channel = stage.channel();
    await channel.start(stage.sink().sink);
    await stage.server.until(() => stage.server.updates.isPolled, 'the poll');
    expect(stage.server.updates.allowed).toEqual([
      'message',
      'edited_message',
      'callback_query',
      'message_reaction',
      'message_reaction_count',
      'my_chat_member',
      'stopped_message_generation',
    ]);
    expect(stage.server.callsOf('deleteWebhook')).toEqual([]);
  });

  test('a webhook left behind is removed before polling', async () => {
    stage.server.updates.setWebhook({ url: 'https://old.example.org/hook' });
    const channel = stage.channel();
    const inbox = stage.sink();
    await channel.start(inbox.sink);
    stage.server.person().say('hello');
    expect((await inbox.nth('message_received')).text).toBe('hello');
    expect(stage.server.callsOf('deleteWebhook')).toEqual([{}]);
  });

  test('what was not stored before a crash is delivered to the next start', async () => {
    const person = stage.server.person();
    const first = stage.channel();
    const refusing = stage.sink();
    refusing.answerNext(...Array.from({ length: 500 }, () => 'unavailable' as const));
    await first.start(refusing.sink);
    person.say('keep me');
    await refusing.nth('message_received', 2);
    await first.stop();
    const inbox = stage.sink();
    await stage.channel().start(inbox.sink);
    expect((await inbox.nth('message_received')).text).toBe('keep me');
  });

  test('what was stored before a stop is not delivered again', async () => {
    const person = stage.server.person();
    const inbox = stage.sink();
    const first = stage.channel();
    await first.start(inbox.sink);
    person.say('once');
    await inbox.nth('message_received');
    await first.stop();
    expect(stage.server.updates.pending).toBe(0);
  });

  test('a second poller on the same token: both say so and neither gives up', async () => {
    const one = stage.channel();
    const two = stage.channel();
    const [inboxOne, inboxTwo] = [stage.sink(), stage.sink()];
    await one.start(inboxOne.sink);
    await stage.server.until(() => stage.server.updates.isPolled, 'the first poll');
    await two.start(inboxTwo.sink);
    await stage.server.until(() => stage.logger.of('telegram_polling_failed').length > 1, 'the conflict');
    expect(inspect(stage.logger.of('telegram_polling_failed')[0]?.fields['error'])).toContain(
      'Another program uses',
    );
    await two.stop();
    const person = stage.server.person();
    person.say('still here?');
    expect((await inboxOne.nth('message_received')).text).toBe('still here?');
  });

  test('a wrong token and a misshapen one both reject start with auth_failed, and start may be tried again', async () => {
    for (const token of [`${stage.server.token}x`, 'nonsense']) {
      const channel = stage.channel({ token });
      await expect(channel.start(stage.sink().sink)).rejects.toMatchObject({ code: 'auth_failed' });
      await expect(channel.start(stage.sink().sink)).rejects.toMatchObject({ code: 'auth_failed' });
    }
    await stage.server.goDown();
    const channel = stage.channel();
    await expect(channel.start(stage.sink().sink)).rejects.toMatchObject({
      code: 'network',
      retryable: true,
    });
    await stage.server.comeBack();
    await channel.start(stage.sink().sink);
    expect(channel.health().state).toBe('ready');
    await expect(channel.start(stage.sink().sink)).rejects.toMatchObject({ code: 'internal' });
  });

  test('privacy mode, topics and mentions in a group', async () => {
    const { server } = stage;
    const inbox = stage.sink();
    const channel = stage.channel();
    await channel.start(inbox.sink);
    const group = server.group({ isForum: true });
    const topic = server.addTopic(group);
    const ada = server.person({ first_name: 'Ada' });
    ada.say('chatter among people', group, { threadId: topic });
    ada.say(`@${server.bot.username} hello`, group, { threadId: topic });
    const event = await inbox.nth('message_received');
    expect(event).toMatchObject({ text: 'hello', addressing: 'mention' });
    const sent = await channel.send(event.conversation, saying('Hi Ada', { replyTo: event.ref }));
    expect(server.callsOf('sendMessage').at(-1)).toMatchObject({
      chat_id: group.id,
      message_thread_id: topic,
      reply_parameters: { message_id: Number(event.ref.messageId), allow_sending_without_reply: true },
      link_preview_options: { is_disabled: true },
    });
    ada.say('why?', group, { threadId: topic, replyTo: Number(sent.messageId) });
    expect(await inbox.nth('message_received', 1)).toMatchObject({
      addressing: 'reply',
      replyTo: sent,
      quotedText: 'Hi Ada',
      conversation: event.conversation,
    });
    // Not an administrator: Telegram keeps reactions to itself.
    ada.react(Number(sent.messageId), ['👍'], group);
    ada.say(`@${server.bot.username} last`, group);
    expect((await inbox.nth('message_received', 2)).conversation).not.toHaveProperty('threadId');
    expect(inbox.events.map((each) => each.type)).not.toContain('signal_given');
  });

  test('a reply to a message that is gone is sent without the reply', async () => {
    const person = stage.server.person();
    const channel = stage.channel();
    await channel.start(stage.sink().sink);
    const replyTo = { platform: 'telegram', channelId: String(person.user.id), messageId: '1' };
    await channel.send(placeOf(person.privateChat), saying('anyway', { replyTo }));
    expect(stage.server.botMessages(person.privateChat).map((sent) => sent['text'])).toEqual(['anyway']);
  });

  test('markup that Telegram cannot read costs the formatting only, once for a send and once for an edit', async () => {
    const { server } = stage;
    const person = server.person();
    const channel = stage.channel();
    await channel.start(stage.sink().sink);
    const unreadable = {
      kind: 'refuse' as const,
      code: 400,
      description: "Bad Request: can't parse entities: Unsupported start tag",
    };
    server.failNext('sendMessage', unreadable);
    const ref = await channel.send(placeOf(person.privateChat), saying('1 < 2 & so on'));
    expect(server.callsOf('sendMessage').map((call) => [call['text'], call['parse_mode']])).toEqual([
      ['1 &lt; 2 &amp; so on', 'HTML'],
      ['1 < 2 & so on', undefined],
    ]);
    server.failNext('editMessageText', unreadable);
    await channel.edit(ref, saying('2 > 1'));
    expect(person.privateChat.messages.get(Number(ref.messageId))?.text).toBe('2 > 1');
    expect(stage.logger.of('telegram_markup_refused').length).toBe(2);
  });

  test('a blocked bot, a closed topic and an unknown chat have codes of their own', async () => {
    const { server } = stage;
    const person = server.person();
    const channel = stage.channel();
    await channel.start(stage.sink().sink);
    const nowhere = { ...placeOf(person.privateChat), channelId: '1' };
    await expect(channel.send(nowhere, saying('x'))).rejects.toMatchObject({ code: 'not_found' });
    const deadTopic = { ...placeOf(person.privateChat), threadId: '99' };
    await expect(channel.send(deadTopic, saying('x'))).rejects.toMatchObject({ code: 'not_found' });
    person.privateChat.botIsMember = false;
    await expect(channel.send(placeOf(person.privateChat), saying('x'))).rejects.toMatchObject({
      code: 'not_allowed',
    });
  });

  test('a connection cut before the call was handled is still unknown for a send, and no trouble for an edit', async () => {
    const { server } = stage;
    const person = server.person();
    const channel = stage.channel();
    await channel.start(stage.sink().sink);
    const ref = await channel.send(placeOf(person.privateChat), saying('x'));
    server.failNext('sendMessage', { kind: 'cut_before' });
    await expect(channel.send(placeOf(person.privateChat), saying('y'))).rejects.toMatchObject({
      code: 'delivery_unknown',
    });
    server.failNext('editMessageText', { kind: 'cut_before' });
    await expect(channel.edit(ref, saying('z'))).rejects.toMatchObject({ code: 'network', retryable: true });
    server.failNext('sendMessage', { kind: 'garbage' });
    await expect(channel.send(placeOf(person.privateChat), saying('w'))).rejects.toMatchObject({
      code: 'delivery_unknown',
    });
  });

  test('polls that are cut or refused come back, and the token is in no log', async () => {
    const { server } = stage;
    const inbox = stage.sink();
    const channel = stage.channel();
    server.failNext('getUpdates', { kind: 'cut_before' });
    server.failNext('getUpdates', { kind: 'garbage' });
    server.failNext('getUpdates', { kind: 'refuse', code: 502, description: 'Bad Gateway' });
    await channel.start(inbox.sink);
    server.person().say('through all that');
    expect((await inbox.nth('message_received')).text).toBe('through all that');
    expect(stage.logger.of('telegram_polling_failed').length).toBe(3);
    await server.until(() => server.updates.isPolled, 'the next poll');
    expect(channel.health()).toEqual({ state: 'ready', queue: { waiting: 0, bound: 1_000 } });
  });

  test('a menu is set for each scope and language, and only where Telegram shows another', async () => {
    const { server } = stage;
    const channel = stage.channel();
    await channel.start(stage.sink().sink);
    const help = { name: 'help', summary: 'Help', summaries: { de: 'Hilfe', 'pt-BR': 'Ajuda' } };
    const status = { name: 'status', summary: 'How I am', summaries: { de: 'Wie es mir geht' } };
    await channel.registerCommands([help, status]);
    const shown = (scope: string) =>
      server.commands.get(scope)?.map(({ command, description }) => `${command}: ${description}`);
    for (const scope of ['all_private_chats', 'all_group_chats', 'all_chat_administrators']) {
      expect(shown(scope)).toEqual(['help: Help', 'status: How I am']);
      expect(shown(`${scope}/de`)).toEqual(['help: Hilfe', 'status: Wie es mir geht']);
      // What was not translated stays in the first language.
      expect(shown(`${scope}/pt`)).toEqual(['help: Ajuda', 'status: How I am']);
    }
    expect(server.commands.size).toBe(9);
    expect(server.callsOf('setMyCommands').length).toBe(9);
    await channel.registerCommands([help, status]);
    expect(server.callsOf('setMyCommands').length).toBe(9);
    server.commands.set('all_group_chats/de', [{ command: 'old', description: 'Alt' }]);
    await channel.registerCommands([help, status]);
    expect(server.callsOf('setMyCommands').length).toBe(10);
    expect(server.callsOf('setMyCommands').at(-1)).toMatchObject({
      scope: { type: 'all_group_chats' },
      language_code: 'de',
    });
    expect(shown('all_group_chats/de')).toEqual(['help: Hilfe', 'status: Wie es mir geht']);
    expect(server.violations).toEqual([]);
  });

  test('commands are registered in the form that Telegram takes, and come back in ours', async () => {
    const inbox = stage.sink();
    const channel = stage.channel();
    await channel.start(inbox.sink);
    await channel.registerCommands([{ name: 'skill-list', summary: 'Every skill' }]);
    const english = [{ command: 'skill_list', description: 'Every skill' }];
    const scopes = ['all_private_chats', 'all_group_chats', 'all_chat_administrators'];
    expect(stage.server.commands).toEqual(new Map(scopes.map((scope) => [scope, english])));
    stage.server.person().say('/skill_list all');
    const event = await inbox.nth('command_invoked');
    expect(event.line).toBe('skill-list all');
    await channel.respond(event.interaction, {
      kind: 'message',
      message: saying('None yet.'),
      private: true,
    });
    const call = stage.server.callsOf('sendMessage').at(-1);
    expect(call).toMatchObject({
      text: 'None yet.',
      reply_parameters: { allow_sending_without_reply: true },
    });
    await expect(channel.respond(event.interaction, { kind: 'choices', choices: [] })).rejects.toMatchObject({
      code: 'unsupported',
    });
    await expect(
      channel.respond({ handle: 'stale' }, { kind: 'defer', private: false }),
    ).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a press: feedback is answered by the adapter, short private words fit in a box, the rest is a message', async () => {
    const { server } = stage;
    const person = server.person();
    const inbox = stage.sink();
    const channel = stage.channel();
    await channel.start(inbox.sink);
    const actions = [
      [
        { actionId: 'feedback.good', label: '👍' },
        { actionId: 'skill.undo', label: 'Undo' },
      ],
    ];
    const ref = await channel.send(placeOf(person.privateChat), saying('Answer', { actions }));
    const good = person.press(Number(ref.messageId), 'feedback.good');
    await inbox.nth('signal_given');
    await server.until(() => server.callbackAnswers.length === 1, 'the answer to the feedback');
    expect(server.callbackAnswers).toEqual([{ callback_query_id: good }]);

    const press = async (index: number) => {
      const id = person.press(Number(ref.messageId), 'skill.undo');
      return { id, event: await inbox.nth('action_invoked', index) };
    };
    const box = await press(0);
    await channel.respond(box.event.interaction, {
      kind: 'message',
      message: saying('Undone.'),
      private: true,
    });
    expect(server.callbackAnswers.at(-1)).toEqual({
      callback_query_id: box.id,
      text: 'Undone.',
      show_alert: true,
    });
    expect(server.botMessages(person.privateChat).length).toBe(1);

    // The query is used up: a further private answer falls back to a message.
    await channel.respond(box.event.interaction, {
      kind: 'message',
      message: saying('And more.'),
      private: true,
    });
    const long = await press(1);
    await channel.respond(long.event.interaction, {
      kind: 'message',
      message: saying('x'.repeat(300)),
      private: true,
    });
    const shown = server.botMessages(person.privateChat).map((sent) => sent['text']);
    expect(shown).toEqual(['Answer', 'And more.', 'x'.repeat(300)]);
    expect(server.callbackAnswers.at(-1)).toEqual({ callback_query_id: long.id });
  });

  test.each([
    ['feedback.bad', 'signal_given', 'not counted'],
    ['turn.retry', 'action_invoked', 'not taken'],
  ] as const)(
    'a refused %s ends the busy sign with a sentence; an unstored one comes again',
    async (actionId, type, said) => {
      const { server } = stage;
      const person = server.person();
      const inbox = stage.sink();
      const channel = stage.channel();
      await channel.start(inbox.sink);
      const ref = await channel.send(
        placeOf(person.privateChat),
        saying('Answer', { actions: [[{ actionId, label: 'Press' }]] }),
      );
      inbox.answerNext('unavailable', 'refused');
      const id = person.press(Number(ref.messageId), actionId);
      await inbox.nth(type, 1);
      await server.until(() => server.callbackAnswers.length === 1, 'the answer');
      expect(server.callbackAnswers).toEqual([
        { callback_query_id: id, text: expect.stringContaining(said) },
      ]);
    },
  );

  test('a press that comes again is answered without words', async () => {
    const { server } = stage;
    const person = server.person();
    const inbox = stage.sink();
    const channel = stage.channel();
    await channel.start(inbox.sink);
    const actions = [[{ actionId: 'turn.retry', label: 'Retry' }]];
    const ref = await channel.send(placeOf(person.privateChat), saying('Answer', { actions }));
    inbox.answerNext('duplicate');
    const id = person.press(Number(ref.messageId), 'turn.retry');
    await server.until(() => server.callbackAnswers.length === 1, 'the answer');
    expect(server.callbackAnswers).toEqual([{ callback_query_id: id }]);
  });

  test('an update that cannot be read is told of by its kind alone, and its button does not stay busy', async () => {
    const { server } = stage;
    const inbox = stage.sink();
    const channel = stage.channel();
    await channel.start(inbox.sink);
    server.push('message', { message_id: 'seven', text: 'a secret' });
    server.push('callback_query', { id: '4711', from: 'nobody', data: 'a secret' });
    // What we do not ask about is no failure.
    server.push('my_chat_member', { chat: { id: 1 } });
    server.person().say('a person');
    await inbox.nth('message_received');
    const told = stage.logger.of('telegram_update_unreadable');
    expect(told.map(({ fields }) => fields?.['kinds'])).toEqual([['message'], ['callback_query']]);
    expect(told.map(({ fields }) => typeof fields?.['updateId'])).toEqual(['number', 'number']);
    expect(JSON.stringify(told)).not.toContain('a secret');
    await server.until(() => server.callsOf('answerCallbackQuery').length > 0, 'the answer to the press');
    expect(server.callsOf('answerCallbackQuery')).toEqual([{ callback_query_id: '4711' }]);
  });

  test('menus that are no longer given are deleted, also after a restart, and no other’s', async () => {
    const { server } = stage;
    const first = stage.channel();
    await first.start(stage.sink().sink);
    await first.registerCommands([
      { name: 'help', summary: 'Help', summaries: { de: 'Hilfe', fr: 'Aide', it: 'Aiuto' } },
    ]);
    await first.stop();
    const theirs = [{ command: 'theirs', description: 'Of another program' }];
    server.commands.set('all_group_chats/es', theirs);
    // Somebody deleted this one by hand.
    server.commands.delete('all_group_chats/it');
    const second = stage.channel();
    await second.start(stage.sink().sink);
    const help = { name: 'help', summary: 'Help', summaries: { fr: 'Aide' } };
    server.failNext('deleteMyCommands', { kind: 'refuse', code: 400, description: 'Bad Request: no' });
    await expect(second.registerCommands([help])).rejects.toMatchObject({ code: 'invalid_input' });
    await second.registerCommands([help]);
    const scopes = ['all_private_chats', 'all_group_chats', 'all_chat_administrators'];
    expect([...server.commands.keys()].toSorted()).toEqual(
      [...scopes, ...scopes.map((scope) => `${scope}/fr`), 'all_group_chats/es'].toSorted(),
    );
    // One that was refused, and each that Telegram still showed.
    expect(server.callsOf('deleteMyCommands').length).toBe(6);
    await second.registerCommands([help]);
    expect(server.callsOf('deleteMyCommands').length).toBe(6);
    expect(server.violations).toEqual([]);
  });

  test('typing shows in the right topic and its failure is nobody else’s', async () => {
    const { server } = stage;
    const group = server.group({ isForum: true });
    const topic = server.addTopic(group);
    const channel = stage.channel();
    await channel.start(stage.sink().sink);
    await channel.activity(placeOf(group, topic), 'thinking');
    expect(server.chatActions).toEqual([{ chatId: group.id, threadId: topic, action: 'typing' }]);
    server.failNext('sendChatAction', { kind: 'refuse', code: 403, description: 'Forbidden' });
    await channel.activity(placeOf(group, topic), 'thinking');
    await channel.activity(placeOf(group, topic), 'idle');
  });

  test('bots, also this one, are not heard', async () => {
    const inbox = stage.sink();
    const channel = stage.channel();
    await channel.start(inbox.sink);
    const robot = stage.server.person({ is_bot: true, first_name: 'Robot' });
    robot.say('beep');
    stage.server.push('message', {
      message_id: 1,
      date: 1,
      chat: { id: 5, type: 'private' },
      from: { ...self, id: stage.server.bot.id },
      text: 'me',
    });
    stage.server.person().say('a person');
    expect((await inbox.nth('message_received')).text).toBe('a person');
    expect(inbox.events.length).toBe(1);
  });
});

describe('telegram channel over a scripted API', () => {
  const place: ConversationAddress = {
    platform: 'telegram',
    spaceId: spaceId('telegram', '42'),
    audience: 'direct',
    channelId: '42',
  };
  const bot = { id: 1, is_bot: true, first_name: 'B', username: 'b_bot' };

  /** Lets every job run at once. */
  const unlimited: LimiterPort = {
    run: (_call, job) => job(),
    queue: () => ({ waiting: 0, bound: 1 }),
    stop: async () => undefined,
  };

  function scene(api: TelegramApi, options: Partial<TelegramChannelOptions> = {}) {
    const clock = createFakeClock(0);
    const logger = createMemoryLogger();
    const channel = createTelegramChannel(
      { token: '1:t', ...options },
      { api, clock, logger, limiter: unlimited, cache: createMemoryCache() },
    );
    return { clock, channel };
  }

  /** The same with the real limiter. */
  function limitedScene(api: TelegramApi, options: Partial<TelegramChannelOptions> = {}) {
    const clock = createFakeClock(0);
    const limiter = createLimiter(clock, { maxPerSecond: 1_000_000 });
    const logger = createMemoryLogger();
    const channel = createTelegramChannel(
      { token: '1:t', privateIntervalMs: 0, ...options },
      { api, clock, limiter, logger, cache: createMemoryCache() },
    );
    return { clock, limiter, logger, channel };
  }

  const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => 'no error',
      (error: unknown) => error,
    );

  const answering = (sendMessage: () => unknown) =>
    createScriptedApi((call, signal) => {
      if (call.method === 'getMe') return bot;
      if (call.method === 'getUpdates') return never(signal);
      return call.method === 'sendMessage' ? sendMessage() : true;
    });

  test('a short rate limit is waited out, a long one is handed on in milliseconds', async () => {
    const waits = [3, 3, 40];
    const api = answering(() => {
      const wait = waits.shift();
      if (wait !== undefined) throw refusal(429, 'Too Many Requests', { retry_after: wait });
      return { message_id: 5 };
    });
    const { clock, channel, logger } = limitedScene(api);
    await channel.start(async () => 'stored');
    const outcome = errorOf(channel.send(place, saying('x')));
    await api.called('sendMessage', 1);
    await clock.advance(0);
    expect(channel.health().queue).toEqual({ waiting: 1, bound: 1_000 });
    await clock.advance(3_000);
    await api.called('sendMessage', 2);
    await clock.advance(3_000);
    expect(await outcome).toMatchObject({ code: 'rate_limited', retryAfterMs: 40_000 });
    expect(api.of('sendMessage').length).toBe(3);
    expect(logger.of('telegram_rate_limited').map(({ fields }) => fields)).toEqual([
      expect.objectContaining({ method: 'sendMessage', waitMs: 3_000 }),
      expect.objectContaining({ method: 'sendMessage', waitMs: 3_000 }),
      expect.objectContaining({ method: 'sendMessage', waitMs: 40_000 }),
    ]);
    // Telegram is not asked again before its time.
    expect(await errorOf(channel.send(place, saying('too early')))).toMatchObject({ code: 'rate_limited' });
    expect(api.of('sendMessage').length).toBe(3);
    await clock.advance(40_000);
    expect(await channel.send(place, saying('y'))).toEqual({
      platform: 'telegram',
      channelId: '42',
      messageId: '5',
    });
    await channel.stop();
  });

  test('a rate limit of one chat leaves the others alone, and its later calls wait behind', async () => {
    const waits = [5];
    const shown: string[] = [];
    const api = createScriptedApi((call, signal) => {
      if (call.method === 'getMe') return bot;
      if (call.method === 'getUpdates') return never(signal);
      const wait =
        call.method === 'sendMessage' && call.payload['chat_id'] === 42 ? waits.shift() : undefined;
      if (wait !== undefined) throw refusal(429, 'Too Many Requests', { retry_after: wait });
      shown.push(`${call.method} ${String(call.payload['text'])}`);
      return { message_id: shown.length };
    });
    const { clock, channel } = limitedScene(api);
    await channel.start(async () => 'stored');
    const first = channel.send(place, saying('first'));
    await api.called('sendMessage', 1);
    const edited = channel.edit({ platform: 'telegram', channelId: '42', messageId: '1' }, saying('edited'));
    await channel.send({ ...place, channelId: '43' }, saying('elsewhere'));
    await clock.advance(4_999);
    expect(shown).toEqual(['sendMessage elsewhere']);
    await clock.advance(1);
    await Promise.all([first, edited]);
    expect(shown).toEqual(['sendMessage elsewhere', 'sendMessage first', 'editMessageText edited']);
    await channel.stop();
  });

  test('a stop cuts the wait for a rate limit: the send rejects with the refusal', async () => {
    const api = answering(() => {
      throw refusal(429, 'Too Many Requests', { retry_after: 20 });
    });
    const { clock, channel } = limitedScene(api);
    await channel.start(async () => 'stored');
    const outcome = errorOf(channel.send(place, saying('x')));
    await api.called('sendMessage', 1);
    await clock.advance(1_000);
    await channel.stop();
    expect(await outcome).toMatchObject({ code: 'rate_limited', retryAfterMs: 20_000 });
    expect(api.of('sendMessage')).toHaveLength(1);
    // Only the cut of calls that hang.
    await clock.advance(4_000);
    expect(clock.waiting()).toBe(0);
  });

  test('start and the menu wait out a rate limit too; typing and polls do not', async () => {
    const refused = new Map([
      ['getMe', 2],
      ['setMyCommands', 3],
      ['sendChatAction', 4],
    ]);
    const api = createScriptedApi((call, signal) => {
      const retry_after = refused.get(call.method);
      refused.delete(call.method);
      if (retry_after !== undefined) throw refusal(429, 'Too Many Requests', { retry_after });
      if (call.method === 'getMe') return bot;
      return call.method === 'getUpdates' ? never(signal) : true;
    });
    const { clock, channel } = limitedScene(api);
    const started = channel.start(async () => 'stored');
    await api.called('getMe', 1);
    await clock.advance(2_000);
    await started;
    const registered = channel.registerCommands([{ name: 'help', summary: 'Help' }]);
    await api.called('setMyCommands', 1);
    await clock.advance(3_000);
    await registered;
    await channel.activity(place, 'thinking');
    await channel.activity(place, 'idle');
    expect(api.of('getMe')).toHaveLength(2);
    // One for each scope, and the one that was refused.
    expect(api.of('setMyCommands')).toHaveLength(4);
    expect(api.of('sendChatAction')).toHaveLength(1);
    await channel.stop();
  });

  test('a send that hangs is given up at its deadline with an unknown fate', async () => {
    const { clock, channel } = scene({
      callApi: (method, _payload, options) =>
        method === 'getMe' ? Promise.resolve(bot) : never(options?.signal),
    });
    await channel.start(async () => 'stored');
    const outcome = channel.send(place, saying('x')).catch((error: unknown) => error);
    await clock.advance(30_000);
    expect(await outcome).toMatchObject({ code: 'delivery_unknown' });
    await channel.stop();
  });

  test('an answer without a message number is an unknown fate', async () => {
    const { channel } = scene(answering(() => ({})));
    await channel.start(async () => 'stored');
    await expect(channel.send(place, saying('x'))).rejects.toMatchObject({ code: 'delivery_unknown' });
    await channel.stop();
  });

  test('stop lets sends under way finish, and refuses new ones', async () => {
    const sent = Promise.withResolvers<object>();
    const api = answering(() => sent.promise);
    const { clock, channel } = scene(api);
    await channel.start(async () => 'stored');
    const sending = channel.send(place, saying('x'));
    await api.called('sendMessage', 1);
    let isStopped = false;
    const stopped = channel.stop().then(() => {
      isStopped = true;
    });
    await clock.advance(0);
    expect(isStopped).toBe(false);
    await expect(channel.send(place, saying('y'))).rejects.toMatchObject({ code: 'aborted' });
    sent.resolve({ message_id: 9 });
    expect((await sending).messageId).toBe('9');
    await stopped;
    expect(channel.health().state).toBe('stopped');
    await expect(channel.start(async () => 'stored')).rejects.toMatchObject({ code: 'internal' });
  });

  test('a stop during start wins', async () => {
    const me = Promise.withResolvers<object>();
    const { channel } = scene({ callApi: () => me.promise });
    const starting = channel.start(async () => 'stored').catch((error: unknown) => error);
    const stopped = channel.stop();
    me.resolve(bot);
    await stopped;
    expect(await starting).toMatchObject({ code: 'aborted' });
    expect(channel.health().state).toBe('stopped');
  });

  test('a stop cuts short a start that hangs', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const { channel } = scene({
      callApi: (_method, _payload, options) => {
        signals.push(options?.signal);
        return never(options?.signal);
      },
    });
    const starting = channel.start(async () => 'stored').catch((error: unknown) => error);
    await channel.stop();
    expect(await starting).toMatchObject({ code: 'aborted' });
    expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
  });

  test('a stop waits four seconds for sends that wait for their turn, and makes no later one', async () => {
    const clock = createFakeClock(0);
    const api = answering(() => ({ message_id: 9 }));
    const limiter = createLimiter(clock, { maxPerSecond: 1_000_000 });
    const channel = createTelegramChannel(
      { token: '1:t', groupIntervalMs: 3_000 },
      { api, clock, limiter, logger: createMemoryLogger(), cache: createMemoryCache() },
    );
    await channel.start(async () => 'stored');
    const group = { ...place, audience: 'group' as const, channelId: '-7' };
    await channel.send(group, saying('at once'));
    const second = channel.send(group, saying('after three seconds'));
    const third = channel.send(group, saying('after six')).catch((error: unknown) => error);
    await clock.advance(0);
    const stopped = channel.stop();
    await clock.advance(3_000);
    await second;
    await clock.advance(1_000);
    expect(await third).toMatchObject({ code: 'aborted' });
    await stopped;
    expect(api.of('sendMessage')).toHaveLength(2);
    const late = { method: 'sendMessage', destination: 'k', minIntervalMs: 0 };
    await expect(limiter.run(late, async () => undefined)).rejects.toMatchObject({ code: 'aborted' });
    expect(clock.waiting()).toBe(0);
  });

  test('a stop waits four seconds for a send that hangs; its fate is unknown then', async () => {
    const api = answering(() => undefined);
    const { clock, channel } = scene({
      callApi: (method, payload, options) =>
        method === 'sendMessage' ? never(options?.signal) : api.callApi(method, payload, options),
    });
    await channel.start(async () => 'stored');
    const outcome = channel.send(place, saying('x')).catch((error: unknown) => error);
    let isStopped = false;
    const stopped = channel.stop().then(() => {
      isStopped = true;
    });
    await clock.advance(3_999);
    expect(isStopped).toBe(false);
    await clock.advance(1);
    await stopped;
    expect(await outcome).toMatchObject({ code: 'delivery_unknown' });
  });

  test('what is no Bot API server is said plainly', async () => {
    const { channel } = scene({ callApi: () => Promise.resolve({ hello: 'world' }) });
    await expect(channel.start(async () => 'stored')).rejects.toMatchObject({ code: 'peer_failed' });
  });

  test('typing is kept alive until it ends, and not for ever', async () => {
    const api = answering(() => ({ message_id: 1 }));
    const { clock, channel } = scene(api);
    await channel.start(async () => 'stored');
    await channel.activity(place, 'thinking');
    await clock.advance(9_000);
    expect(api.of('sendChatAction').length).toBe(3);
    await channel.activity(place, 'idle');
    await clock.advance(60_000);
    expect(api.of('sendChatAction').length).toBe(3);
    await channel.activity(place, 'thinking');
    await clock.advance(3_600_000);
    expect(api.of('sendChatAction').length).toBe(64);
    await channel.stop();
  });

  test.each<[string, Partial<TelegramChannelOptions>]>([
    ['an empty token', { token: '' }],
    ['a webhook without an address', { mode: 'webhook' }],
    ['a webhook without TLS', { mode: 'webhook', publicUrl: 'http://bot.example.org' }],
    [
      'a secret that Telegram cannot send',
      { mode: 'webhook', publicUrl: 'https://b.example', webhookSecret: 'ä' },
    ],
  ])('%s is a configuration error', (_, options) => {
    expect(() =>
      scene(
        answering(() => true),
        options,
      ),
    ).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });
});
