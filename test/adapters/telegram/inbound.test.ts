import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { toInbound } from '../../../adapters/telegram/inbound.ts';
import { decodeHandle } from '../../../adapters/telegram/interaction-handle.ts';
import type { InboundEvent } from '../../../core/domain/inbound-event.ts';
import {
  ada,
  emoji,
  entityOver,
  group,
  inboundContext,
  message,
  privateChat,
  reaction,
  self,
  update,
} from './updates.ts';

const events = (value: unknown, context = inboundContext): readonly InboundEvent[] =>
  toInbound(value, context).events;
const one = (value: unknown, context = inboundContext): InboundEvent => {
  const all = events(value, context);
  expect(all.length).toBe(1);
  return all[0]!;
};
const mention = '@metaclaw_test_bot';

describe('messages', () => {
  test('a private message is direct, admitted by its author, in seconds turned into milliseconds', () => {
    expect(one(update({ message: message('Hello') }))).toEqual({
      type: 'message_received',
      eventId: 'telegram:000000001001.00',
      platform: 'telegram',
      spaceId: 'telegram:42',
      occurredAt: 1_767_225_600_000,
      conversation: { platform: 'telegram', spaceId: 'telegram:42', audience: 'direct', channelId: '42' },
      admission: { kind: 'linked', subjects: ['telegram:user:42'] },
      ref: { platform: 'telegram', channelId: '42', messageId: '7' },
      author: { personId: 'telegram:42', displayName: 'Ada Lovelace', isBot: false },
      addressing: 'direct',
      text: 'Hello',
    });
  });

  test('event ids sort as strings in the order of the updates', () => {
    const ids = [9, 10, 1_001, 999_999_999].map((id) => one(update({ message: message('x') }, id)).eventId);
    expect(ids.toSorted()).toEqual(ids);
  });

  test.each([
    ['at the start', `${mention} what is up?`, 'what is up?'],
    ['with a comma', `${mention}, what is up?`, 'what is up?'],
    ['in the middle', `so ${mention} what is up?`, 'so what is up?'],
    ['at the end', `what is up ${mention}`, 'what is up'],
    ['after an astral character', `👍🏽 ${mention} fine`, '👍🏽 fine'],
    ['alone', mention, ''],
  ])('a mention %s is cut out and addresses the bot', (_, text, rest) => {
    const entities = [entityOver(text, mention, 'mention')];
    const event = one(update({ message: message(text, { chat: group, entities }) }));
    expect(event).toMatchObject({ type: 'message_received', text: rest, addressing: 'mention' });
    expect(event).toMatchObject({
      admission: { kind: 'linked', subjects: ['telegram:chat:-1001234567890', 'telegram:user:42'] },
      conversation: { audience: 'group', channelId: '-1001234567890' },
    });
  });

  test('mentions are matched without regard to case, and by entity only', () => {
    const loud = mention.toUpperCase();
    const shouted = message(`${loud} hi`, { chat: group, entities: [entityOver(loud, loud, 'mention')] });
    expect(one(update({ message: shouted }))).toMatchObject({ addressing: 'mention', text: 'hi' });
    const quotedCode = message(`${mention} hi`, {
      chat: group,
      entities: [entityOver(mention, mention, 'code')],
    });
    expect(one(update({ message: quotedCode }))).toMatchObject({
      addressing: 'ambient',
      text: `${mention} hi`,
    });
    const other = message('@somebody hi', {
      chat: group,
      entities: [entityOver('@somebody', '@somebody', 'mention')],
    });
    expect(one(update({ message: other }))).toMatchObject({ addressing: 'ambient', text: '@somebody hi' });
  });

  test('a text mention of the bot counts, one of a person does not', () => {
    const text = 'MetaClaw hi';
    const own = [entityOver(text, 'MetaClaw', 'text_mention', { user: self })];
    expect(one(update({ message: message(text, { chat: group, entities: own }) }))).toMatchObject({
      addressing: 'mention',
      text: 'hi',
    });
    const other = [entityOver(text, 'MetaClaw', 'text_mention', { user: ada })];
    expect(one(update({ message: message(text, { chat: group, entities: other }) }))).toMatchObject({
      addressing: 'ambient',
      text,
    });
  });

  test('a reply to the bot addresses it and carries what was replied to', () => {
    const reply_to_message = { message_id: 5, from: self, text: 'The answer is 4.' };
    expect(one(update({ message: message('why?', { chat: group, reply_to_message }) }))).toMatchObject({
      addressing: 'reply',
      replyTo: { platform: 'telegram', channelId: '-1001234567890', messageId: '5' },
      quotedText: 'The answer is 4.',
      quotedAuthorIds: [],
      text: 'why?',
    });
    const quote = { text: 'is 4', position: 11 };
    expect(one(update({ message: message('why?', { chat: group, reply_to_message, quote }) }))).toMatchObject(
      {
        quotedText: 'is 4',
      },
    );
    const toPerson = { message_id: 5, from: ada, text: 'I think 5.' };
    expect(
      one(update({ message: message('no', { chat: group, reply_to_message: toPerson }) })),
    ).toMatchObject({
      addressing: 'ambient',
      quotedText: 'I think 5.',
      quotedAuthorIds: [`telegram:${ada.id}`],
    });
    // What they had forwarded is not theirs, and it is not told whose.
    const forwarded = {
      ...toPerson,
      forward_origin: { type: 'hidden_user', sender_user_name: 'Eve', date: 1 },
    };
    const toForwarded = one(update({ message: message('no', { chat: group, reply_to_message: forwarded }) }));
    expect(toForwarded).toMatchObject({ quotedText: 'I think 5.' });
    expect(toForwarded).not.toHaveProperty('quotedAuthorIds');
  });

  test('a topic is a conversation of its own; General and threads of replies are not', () => {
    const opened = { message_id: 3, from: self, forum_topic_created: { name: 'T' } };
    const inTopic = { chat: { ...group, is_forum: true }, message_thread_id: 3, is_topic_message: true };
    const event = one(update({ message: message('hi', { ...inTopic, reply_to_message: opened }) }));
    expect(event).toMatchObject({ conversation: { threadId: '3' }, addressing: 'ambient' });
    expect(event).not.toHaveProperty('replyTo');
    const general = one(update({ message: message('hi', { chat: { ...group, is_forum: true } }) }));
    expect('conversation' in general && general.conversation).not.toHaveProperty('threadId');
    const reply = one(update({ message: message('hi', { chat: group, message_thread_id: 3 }) }));
    expect('conversation' in reply && reply.conversation).not.toHaveProperty('threadId');
  });

  test('captions are words and attachments have kinds', () => {
    const caption = `${mention} what is this?`;
    const photo = message(undefined, {
      chat: group,
      caption,
      caption_entities: [entityOver(caption, mention, 'mention')],
      photo: [{ file_id: 'x', file_unique_id: 'y', width: 1, height: 1 }],
    });
    expect(one(update({ message: photo }))).toMatchObject({
      text: 'what is this?',
      attachments: ['photo'],
      addressing: 'mention',
    });
    const kinds = ['voice', 'document', 'sticker', 'video_note', 'location', 'poll'];
    const found = kinds.map((kind) => one(update({ message: message(undefined, { [kind]: {} }) })));
    expect(found.map((event) => 'attachments' in event && event.attachments)).toEqual([
      ['voice'],
      ['file'],
      ['sticker'],
      ['video'],
      ['location'],
      ['poll'],
    ]);
    const animation = message(undefined, { animation: {}, document: {} });
    expect(one(update({ message: animation }))).toMatchObject({ attachments: ['animation'], text: '' });
  });

  test('forwarded words are quoted, are no command, and do not address the bot', () => {
    const forward_origin = { type: 'user', date: 1, sender_user: ada };
    const command = message('/start CODE', {
      forward_origin,
      entities: [entityOver('/start', '/start', 'bot_command')],
    });
    expect(one(update({ message: command }))).toMatchObject({
      type: 'message_received',
      text: '',
      quotedText: '/start CODE',
    });
    const called = message(`${mention} hi`, {
      chat: group,
      forward_origin,
      entities: [entityOver(mention, mention, 'mention')],
    });
    expect(one(update({ message: called }))).toMatchObject({ addressing: 'ambient' });
  });

  test.each([
    ['a service message', message(undefined, { new_chat_members: [ada] })],
    ['a pinned message', message(undefined, { pinned_message: message('x') })],
    ['its own message', message('hi', { from: self })],
    ["another bot's message", message('hi', { from: { ...ada, is_bot: true } })],
    ['an anonymous administrator', message('hi', { chat: group, sender_chat: group })],
    ['a forward of the linked channel', message('hi', { chat: group, is_automatic_forward: true })],
    ['nobody', message('hi', { from: undefined })],
    ['a channel', message('hi', { chat: { id: -100, type: 'channel', title: 'C' } })],
    ["a channel's direct messages", message('hi', { chat: { ...group, is_direct_messages: true } })],
  ])('nothing comes of %s', (_, payload) => {
    expect(toInbound(update({ message: payload }), inboundContext)).toEqual({ events: [] });
    expect(toInbound(update({ edited_message: payload }), inboundContext)).toEqual({ events: [] });
  });

  test.each([
    ['message_reaction_count', { chat: group, message_id: 1, date: 1, reactions: [] }],
    ['my_chat_member', { chat: group, from: ada, date: 1 }],
    ['stopped_message_generation', { chat: privateChat, draft_id: 1 }],
    ['something_new', { chat: group }],
  ])('nothing comes of a %s update', (kind, payload) => {
    expect(toInbound(update({ [kind]: payload }), inboundContext)).toEqual({ events: [] });
  });

  test('an edit has the time of the edit, and the mention is cut out of it too', () => {
    const text = `${mention} better words`;
    const edited = message(text, {
      chat: group,
      edit_date: 1_767_225_660,
      entities: [entityOver(text, mention, 'mention')],
    });
    expect(one(update({ edited_message: edited }))).toMatchObject({
      type: 'message_edited',
      occurredAt: 1_767_225_660_000,
      text: 'better words',
      ref: { messageId: '7' },
      author: { personId: 'telegram:42' },
    });
    const command = message('/new', { entities: [entityOver('/new', '/new', 'bot_command')] });
    expect(events(update({ edited_message: command }))).toEqual([]);
  });
});

describe('commands', () => {
  const command = (text: string, fields = {}) => {
    const written = /^\S+/.exec(text)?.[0] ?? '';
    return update({
      message: message(text, { entities: [entityOver(text, written, 'bot_command')], ...fields }),
    });
  };

  test.each([
    ['/help', 'help'],
    ['/skill search pdf  tables ', 'skill search pdf  tables'],
    [`/why${mention}`, 'why'],
    [`/why${mention.toUpperCase()} now`, 'why now'],
    ['/start', 'help'],
    ['/start AB12', 'link AB12'],
    [`/start${mention} AB12`, 'link AB12'],
    ['/unknown_thing x', 'unknown_thing x'],
  ])('%s arrives as "%s"', (text, line) => {
    expect(one(command(text))).toMatchObject({
      type: 'command_invoked',
      line,
      actor: { personId: 'telegram:42' },
    });
  });

  test("another bot's command is nothing to us", () => {
    expect(events(command('/help@other_bot', { chat: group }))).toEqual([]);
  });

  test('registered names come back as they were registered', () => {
    const context = { ...inboundContext, commandNames: new Map([['skill_list', 'skill-list']]) };
    expect(one(command('/skill_list all'), context)).toMatchObject({ line: 'skill-list all' });
  });

  test('a slash inside a message is no command', () => {
    const text = 'try /help';
    const inside = message(text, { entities: [entityOver(text, '/help', 'bot_command')] });
    expect(one(update({ message: inside }))).toMatchObject({ type: 'message_received', text });
    expect(one(update({ message: message('/not an entity') }))).toMatchObject({ type: 'message_received' });
  });

  test('the handle leads back to the message, its topic and its audience', () => {
    const event = one(command('/help', { chat: group, message_thread_id: 3, is_topic_message: true }));
    expect(event.type === 'command_invoked' && decodeHandle(event.interaction.handle)).toEqual({
      kind: 'message',
      audience: 'group',
      chatId: '-1001234567890',
      threadId: '3',
      messageId: '7',
      person: { userId: '42', name: 'Ada Lovelace' },
    });
    expect(decodeHandle('nonsense')).toBeUndefined();
  });

  test('a command knows the message it replies to', () => {
    const reply_to_message = { message_id: 5, from: self, text: 'x' };
    expect(one(command('/why', { reply_to_message }))).toMatchObject({ replyTo: { messageId: '5' } });
  });
});

describe('reactions', () => {
  const summary = (value: unknown) =>
    events(value).map((event) =>
      event.type === 'signal_given' || event.type === 'signal_withdrawn'
        ? `${event.type === 'signal_given' ? '+' : '-'}${event.mark.name}`
        : event.type,
    );

  test('whole sets become what changed, withdrawals first, with ids of their own', () => {
    expect(summary(update(reaction([], [emoji('👍')])))).toEqual(['+👍']);
    expect(summary(update(reaction([emoji('👍')], [])))).toEqual(['-👍']);
    const changed = update(reaction([emoji('👍'), emoji('🔥')], [emoji('🔥'), emoji('👎')]));
    expect(summary(changed)).toEqual(['-👍', '+👎']);
    expect(events(changed).map((event) => event.eventId)).toEqual([
      'telegram:000000001001.00',
      'telegram:000000001001.01',
    ]);
    expect(events(changed)).toEqual(events(structuredClone(changed)));
    expect(summary(update(reaction([emoji('👍')], [emoji('👍')])))).toEqual([]);
  });

  test('skin tones and variation selectors are stripped, custom emoji keep their id, paid ones are ignored', () => {
    expect(summary(update(reaction([], [emoji('👍🏽'), emoji('❤️')])))).toEqual(['+👍', '+❤']);
    expect(summary(update(reaction([emoji('👍🏻')], [emoji('👍🏿')])))).toEqual([]);
    const custom = { type: 'custom_emoji', custom_emoji_id: '5368324170671202286' };
    expect(summary(update(reaction([], [custom, { type: 'paid' }])))).toEqual(['+:5368324170671202286:']);
  });

  test('the event names person, message, time and admission', () => {
    expect(one(update(reaction([], [emoji('👍')], { chat: group })))).toEqual({
      type: 'signal_given',
      eventId: 'telegram:000000001001.00',
      platform: 'telegram',
      spaceId: 'telegram:-1001234567890',
      occurredAt: 1_767_225_700_000,
      admission: { kind: 'linked', subjects: ['telegram:chat:-1001234567890', 'telegram:user:42'] },
      actor: { personId: 'telegram:42', displayName: 'Ada Lovelace', isBot: false },
      target: { platform: 'telegram', channelId: '-1001234567890', messageId: '9' },
      mark: { kind: 'reaction', name: '👍' },
    });
  });

  test('anonymous reactions and those of bots give nothing', () => {
    expect(summary(update(reaction([], [emoji('👍')], { user: undefined, actor_chat: group })))).toEqual([]);
    expect(summary(update(reaction([], [emoji('👍')], { user: self })))).toEqual([]);
  });
});

describe('buttons', () => {
  const pressed = (data: string | undefined, fields = {}) =>
    update({
      callback_query: {
        id: '4382bfdwdsb323b2d9',
        from: ada,
        chat_instance: '1',
        message: { message_id: 9, date: 0, chat: privateChat },
        ...(data === undefined ? {} : { data }),
        ...fields,
      },
    });

  test('an action comes back with a handle to answer it, also on an inaccessible message', () => {
    const inbound = toInbound(pressed('turn.retry'), inboundContext);
    expect(inbound.press).toEqual({ callbackQueryId: '4382bfdwdsb323b2d9', isCores: true });
    const [event] = inbound.events;
    expect(event).toMatchObject({
      type: 'action_invoked',
      actionId: 'turn.retry',
      occurredAt: inboundContext.receivedAt,
      target: { platform: 'telegram', channelId: '42', messageId: '9' },
      conversation: { audience: 'direct', channelId: '42' },
    });
    expect(event?.type === 'action_invoked' && decodeHandle(event.interaction.handle)).toEqual({
      kind: 'callback',
      audience: 'direct',
      chatId: '42',
      messageId: '9',
      callbackQueryId: '4382bfdwdsb323b2d9',
      person: { userId: '42', name: 'Ada Lovelace' },
    });
  });

  test.each(['good', 'bad'])('feedback.%s is a signal, and the adapter answers the button itself', (name) => {
    const inbound = toInbound(pressed(`feedback.${name}`), inboundContext);
    expect(inbound).toMatchObject({
      press: { callbackQueryId: '4382bfdwdsb323b2d9', isCores: false },
      events: [{ type: 'signal_given', mark: { kind: 'button', name }, target: { messageId: '9' } }],
    });
  });

  test('a press without message or data is only answered', () => {
    const empty = { events: [], press: { callbackQueryId: '4382bfdwdsb323b2d9', isCores: false } };
    expect(toInbound(pressed(undefined), inboundContext)).toEqual(empty);
    expect(toInbound(pressed('x', { message: undefined, inline_message_id: 'i' }), inboundContext)).toEqual(
      empty,
    );
  });
});

const fixturePath = join(import.meta.dirname, '../../../../shared/data/fixtures/telegram/message.json');
const fixtureSchema = z.object({
  botName: z.string(),
  botUserId: z.string(),
  mention: z.looseObject({ update_id: z.number() }),
  followUp: z.looseObject({ update_id: z.number() }),
});

describe('recorded payloads', () => {
  test.skipIf(!existsSync(fixturePath))(
    'a recorded chat reads as it was meant (needs ../shared/data)',
    () => {
      const fixture = fixtureSchema.parse(JSON.parse(readFileSync(fixturePath, 'utf8')));
      const context = {
        ...inboundContext,
        bot: { id: Number(fixture.botUserId), username: fixture.botName },
      };
      expect(one(fixture.mention, context)).toMatchObject({
        type: 'message_received',
        text: 'hi',
        addressing: 'direct',
        spaceId: 'telegram:7527593',
        author: { displayName: 'Test User' },
      });
      expect(one(fixture.followUp, context)).toMatchObject({ text: 'how are you' });
    },
  );
});

describe('anything at all', () => {
  const context = { ...inboundContext, commandNames: new Map([['a', 'b']]) };

  test('random JSON never throws and gives no event without an update id', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(toInbound(value, context).events).toEqual([]);
      }),
      { numRuns: 10_000 },
    );
  });

  test('random parts in the places of real ones never throw, and what comes is well-formed', () => {
    const odd = fc.constantFrom<unknown>(null, 'x', 1.5, [], {}, true, -1, Number.MAX_VALUE);
    const rarely = <T>(usual: fc.Arbitrary<T>) =>
      fc.oneof({ arbitrary: usual, weight: 60 }, { arbitrary: odd, weight: 1 });
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom('/start', '/start X', `/a${mention}`, mention, `hi ${mention}`, '@', '/'),
    );
    const id = rarely(fc.constantFrom(7_000_000_001, 42, 5, -1_001_234_567_890));
    const user = fc.record(
      { id, is_bot: fc.constantFrom(false, false, true), first_name: text, username: text, last_name: text },
      { requiredKeys: ['id', 'is_bot', 'first_name'] },
    );
    const chat = fc.record({
      id,
      type: rarely(fc.constantFrom('private', 'group', 'supergroup', 'channel')),
    });
    const entity = fc.record(
      {
        type: fc.constantFrom('mention', 'text_mention', 'bot_command', 'bold'),
        offset: rarely(fc.nat(20)),
        length: rarely(fc.nat(40)),
        user,
      },
      { requiredKeys: ['type', 'offset', 'length'] },
    );
    const anyMessage = fc.record(
      {
        message_id: id,
        date: id,
        chat,
        from: user,
        text,
        caption: text,
        entities: fc.array(entity, { maxLength: 4 }),
        caption_entities: fc.array(entity, { maxLength: 2 }),
        message_thread_id: id,
        is_topic_message: fc.boolean(),
        reply_to_message: rarely(fc.record({ message_id: id, from: user, text })),
        quote: rarely(fc.record({ text })),
        forward_origin: odd,
        photo: odd,
      },
      { requiredKeys: ['message_id', 'date', 'chat', 'from'] },
    );
    const emojiLike = rarely(fc.record({ type: fc.constantFrom('emoji', 'paid'), emoji: text }));
    const anyReaction = fc.record({
      chat,
      message_id: id,
      user,
      date: id,
      old_reaction: fc.array(emojiLike, { maxLength: 3 }),
      new_reaction: fc.array(emojiLike, { maxLength: 3 }),
    });
    const anyPress = fc.record({ id: text, from: user, message: anyMessage, data: text });
    const anyUpdate = fc.oneof(
      fc.record({ update_id: fc.nat(), message: anyMessage }),
      fc.record({ update_id: fc.nat(), edited_message: anyMessage }),
      fc.record({ update_id: fc.nat(), message_reaction: anyReaction }),
      fc.record({ update_id: fc.nat(), callback_query: anyPress }),
      fc.record({ update_id: rarely(fc.nat()), message: anyMessage, callback_query: odd }),
    );
    let eventful = 0;
    fc.assert(
      fc.property(anyUpdate, (value) => {
        const all = toInbound(value, context).events;
        eventful += all.length;
        for (const event of all) {
          expect(event.eventId).toMatch(/^telegram:\d{12,}\.\d\d+$/);
          expect(event.spaceId).toMatch(/^telegram:-?\d+$/);
          if ('interaction' in event) expect(event.interaction.handle.length).toBeLessThan(200);
        }
      }),
      { numRuns: 10_000 },
    );
    // The generator is of use only if a good part of what it makes is understood.
    expect(eventful).toBeGreaterThan(1_000);
  });
});
