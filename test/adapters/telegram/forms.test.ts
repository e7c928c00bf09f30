import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FORM_LIFE_MS } from '../../../adapters/telegram/form-desk.ts';
import { encodeHandle } from '../../../adapters/telegram/interaction-handle.ts';
import type { ConversationAddress } from '../../../core/domain/conversation.ts';
import { spaceId } from '../../../core/domain/ids.ts';
import type { MessageRef } from '../../../core/domain/message-ref.ts';
import { CORRECTION_FORM, REASON_FORM } from '../../../core/domain/outbound-message.ts';
import { feedbackForm } from '../../../core/feedback/feedback-forms.ts';
import type { ChannelPort, Form } from '../../../core/ports/channel.ts';
import type { RecordingSink } from '../../contract/channel/recording-sink.ts';
import type { FakeChat, FakeTelegramMessage } from '../../fakes/telegram/chats.ts';
import type { TelegramPerson } from '../../fakes/telegram/telegram-person.ts';
import { openStage, type Stage } from './stage.ts';

const rating = [
  [
    { actionId: 'feedback.good', label: '👍' },
    { actionId: 'feedback.bad', label: '👎' },
  ],
];

const mustForm = (formId: string, about: MessageRef): Form => {
  const form = feedbackForm(formId, about);
  if (form === undefined) throw new Error(`there is no form ${formId}`);
  return form;
};

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(async () => {
  const { violations } = stage.server;
  await stage.close();
  expect(violations).toEqual([]);
});

interface Scene {
  readonly channel: ChannelPort;
  readonly inbox: RecordingSink;
  readonly person: TelegramPerson;
  readonly chat: FakeChat;
  readonly answer: MessageRef;
}

async function answeredIn(chat?: FakeChat): Promise<Scene> {
  const person = stage.server.person({ first_name: 'Ada <b>', last_name: 'L.' });
  const [inbox, channel] = [stage.sink(), stage.channel()];
  await channel.start(inbox.sink);
  const place = chat ?? person.privateChat;
  const conversation: ConversationAddress = {
    platform: 'telegram',
    spaceId: spaceId('telegram', String(place.id)),
    audience: place.type === 'private' ? 'direct' : 'group',
    channelId: String(place.id),
  };
  const answer = await channel.send(conversation, {
    body: { blocks: [{ type: 'paragraph', children: [{ type: 'text', text: 'Dollars.' }] }] },
    sendKey: 'answer',
    actions: rating,
  });
  return { channel, inbox, person, chat: place, answer };
}

/** The pencil was pressed and the question stands there. */
async function corrected(scene: Scene): Promise<FakeTelegramMessage> {
  const { channel, inbox, person, chat, answer } = scene;
  person.press(Number(answer.messageId), 'answer.correct', chat);
  const event = await inbox.nth('action_invoked');
  expect(event).toMatchObject({ actionId: CORRECTION_FORM, target: answer });
  await channel.openForm(event.interaction, mustForm(CORRECTION_FORM, event.target));
  return question(chat);
}

/** The thumb down was pressed and the form stands there. */
async function blamed(scene: Scene): Promise<FakeTelegramMessage> {
  const { channel, inbox, person, chat, answer } = scene;
  person.press(Number(answer.messageId), 'feedback.bad', chat);
  const event = await inbox.nth('signal_given');
  await channel.openForm(event.interaction ?? { handle: '' }, mustForm(REASON_FORM, event.target));
  const card = [...chat.messages.values()].at(-1);
  expect(card?.text).toContain('What was wrong?');
  if (card === undefined) throw new Error('unreachable');
  return card;
}

function question(chat: FakeChat): FakeTelegramMessage {
  const found = [...chat.messages.values()].findLast(({ forceReply }) => forceReply !== undefined);
  if (found === undefined) throw new Error('nothing is asked');
  return found;
}

const buttonsOf = (message: FakeTelegramMessage): readonly string[] =>
  (message.reply_markup?.inline_keyboard ?? []).flat().map(({ text }) => text);
const lastToast = () => stage.server.callbackAnswers.at(-1);

describe('a correction', () => {
  test('is asked for with a reply field, and thanked for with a reaction', async () => {
    const { server, cache } = stage;
    const scene = await answeredIn();
    const { inbox, person, chat, answer } = scene;
    const asked = await corrected(scene);
    expect(asked.text).toBe('Correct this answer\nThe better answer, or the rule that it missed');
    expect(asked.forceReply).toEqual({
      force_reply: true,
      input_field_placeholder: 'Invoices are in euros here, never in dollars.',
    });
    expect(asked.extra['reply_to_message']).toMatchObject({ message_id: Number(answer.messageId) });
    // The pencil does not stay busy.
    await server.until(() => server.callbackAnswers.length === 1, 'the answer to the press');
    expect([...cache.entries.values()].map(({ ttlMs }) => ttlMs)).toEqual([FORM_LIFE_MS]);
    expect(FORM_LIFE_MS).toBe(86_400_000);

    const own = person.say('Euros, *always*.', chat, { replyTo: asked.message_id });
    const event = await inbox.nth('form_submitted');
    expect(event).toMatchObject({
      formId: CORRECTION_FORM,
      target: answer,
      values: { words: 'Euros, *always*.' },
      actor: { personId: `telegram:${person.user.id}`, displayName: 'Ada <b> L.' },
      admission: { kind: 'linked', subjects: [`telegram:user:${person.user.id}`] },
    });
    await server.until(() => !chat.messages.has(asked.message_id), 'the question to go');
    expect(chat.messages.get(own)?.reactions.get(server.bot.id)).toEqual([{ type: 'emoji', emoji: '👌' }]);
    // Nothing of it was a message for the bot.
    expect(inbox.events.map(({ type }) => type)).toEqual(['action_invoked', 'form_submitted']);
  });

  test('survives a restart', async () => {
    const scene = await answeredIn();
    const asked = await corrected(scene);
    await scene.channel.stop();
    const inbox = stage.sink();
    await stage.channel().start(inbox.sink);
    scene.person.say('Euros.', scene.chat, { replyTo: asked.message_id });
    expect((await inbox.nth('form_submitted')).values).toEqual({ words: 'Euros.' });
  });

  test('that was not stored comes again, and one that comes again is no message', async () => {
    const { server } = stage;
    const scene = await answeredIn();
    const { inbox, person, chat } = scene;
    const asked = await corrected(scene);
    inbox.answerNext('unavailable');
    person.say('Euros.', chat, { replyTo: asked.message_id });
    const again = await inbox.nth('form_submitted', 1);
    expect(again).toEqual(inbox.events[1]);
    await server.until(() => !chat.messages.has(asked.message_id), 'the question to go');
    const update = server.lastUpdate();
    if (update !== undefined) server.updates.redeliver(update);
    person.say('and now?', chat);
    await inbox.nth('message_received');
    expect(inbox.events.slice(3).map(({ type }) => type)).toEqual(['message_received']);
  });

  test('waits at Telegram while nothing can be looked up', async () => {
    const { server, cache } = stage;
    const scene = await answeredIn();
    const asked = await corrected(scene);
    cache.breakWith(new Error('disk full'));
    scene.person.say('Euros.', scene.chat, { replyTo: asked.message_id });
    await server.until(() => stage.logger.of('telegram_update_not_read').length > 0, 'the failure');
    expect(scene.inbox.events.length).toBe(1);
    cache.breakWith();
    expect((await scene.inbox.nth('form_submitted')).values).toEqual({ words: 'Euros.' });
  });

  test('without words, or with too many, is asked for once more', async () => {
    const { server } = stage;
    const scene = await answeredIn();
    const { inbox, person, chat } = scene;
    const asked = await corrected(scene);
    const says = (text: string, extra = {}): number =>
      person.say(text, chat, { replyTo: asked.message_id, extra });
    const long = says('x'.repeat(3_001));
    const first = await server.until(
      () => server.callsOf('sendMessage').find(({ text }) => String(text).includes('3000 can be taken')),
      'the refusal',
    );
    expect(first).toMatchObject({ reply_parameters: { message_id: long } });
    says('', { photo: [] });
    await server.until(
      () => server.callsOf('sendMessage').find(({ text }) => String(text).includes('in words')),
      'the second refusal',
    );
    says('x'.repeat(3_000));
    expect((await inbox.nth('form_submitted')).values['words']?.length).toBe(3_000);
    expect(inbox.events.length).toBe(2);
  });

  test('gives way to a command, and is over after the first answer', async () => {
    const { server } = stage;
    const scene = await answeredIn();
    const { inbox, person, chat } = scene;
    const asked = await corrected(scene);
    person.say('/help', chat, { replyTo: asked.message_id });
    expect((await inbox.nth('command_invoked')).line).toBe('help');
    server.failAlways('deleteMessage', {
      kind: 'refuse',
      code: 400,
      description: "message can't be deleted",
    });
    person.say('Euros.', chat, { replyTo: asked.message_id });
    await inbox.nth('form_submitted');
    await server.until(() => server.callsOf('deleteMessage').length > 0, 'the removal');
    person.say('One more thing', chat, { replyTo: asked.message_id });
    expect((await inbox.nth('message_received')).text).toBe('One more thing');
  });
});

describe('a form with a choice', () => {
  test('shows everything it asks, takes the choice and ends with Send', async () => {
    const { server, cache } = stage;
    const scene = await answeredIn();
    const { inbox, person, chat, answer } = scene;
    const card = await blamed(scene);
    expect(card.text).toBe(
      'What was wrong?\n• What was wrong with the answer?\n• In your words, if you like',
    );
    expect(buttonsOf(card).length).toBe(6);
    expect(buttonsOf(card).slice(-2)).toEqual(['Send', '✖ Cancel']);
    person.press(card.message_id, ':s', chat);
    await server.until(() => lastToast()?.text !== undefined, 'the word about it');
    expect(lastToast()?.text).toBe('Please answer first: What was wrong with the answer?');

    person.press(card.message_id, ':c0.2', chat);
    await server.until(() => card.text.includes(': The tone'), 'the choice to be shown');
    expect(buttonsOf(card)).toEqual(['Send', '✖ Cancel']);
    await cache.holds(/questions$/);
    const asked = question(chat);
    expect(asked.text).toContain('In your words, if you like');
    expect(asked.text).toContain('press “Send” to leave it out');
    person.press(card.message_id, ':s', chat);
    expect(await inbox.nth('form_submitted')).toMatchObject({
      formId: REASON_FORM,
      target: answer,
      values: { reason: 'unwelcome.tone' },
    });
    await server.until(() => !chat.messages.has(card.message_id), 'the form to go');
    expect(chat.messages.has(asked.message_id)).toBe(false);
    expect(lastToast()?.text).toBe('Thank you, noted.');
    expect(inbox.events.map(({ type }) => type)).toEqual(['signal_given', 'form_submitted']);
  });

  test('is sent by the last answer in words', async () => {
    const scene = await answeredIn();
    const card = await blamed(scene);
    scene.person.press(card.message_id, ':c0.0', scene.chat);
    await stage.cache.holds(/questions$/);
    scene.person.say('Made up.', scene.chat, { replyTo: question(scene.chat).message_id });
    const { values } = await scene.inbox.nth('form_submitted');
    expect(values).toEqual({ reason: 'wrong', words: 'Made up.' });
  });

  test('a choice that comes again asks nothing twice', async () => {
    const { server, cache } = stage;
    const scene = await answeredIn();
    const card = await blamed(scene);
    scene.person.press(card.message_id, ':c0.0', scene.chat);
    await cache.holds(/questions$/);
    const update = server.lastUpdate();
    if (update !== undefined) server.updates.redeliver(update);
    scene.person.press(card.message_id, ':s', scene.chat);
    await scene.inbox.nth('form_submitted');
    await server.until(() => !scene.chat.messages.has(card.message_id), 'the form to go');
    const asked = server.callsOf('sendMessage').filter(({ text }) => String(text).includes('Reply to this'));
    expect(asked.length).toBe(1);
  });

  test('cancelled, or forgotten, it says that it is over', async () => {
    const { server, cache } = stage;
    const scene = await answeredIn();
    const { person, chat, inbox } = scene;
    const card = await blamed(scene);
    for (const key of cache.entries.keys()) await cache.delete(key);
    person.press(card.message_id, ':x', chat);
    await server.until(() => lastToast()?.text !== undefined, 'the word about it');
    expect(lastToast()?.text).toMatch(/is over/);
    // What an older version of this program kept is as good as nothing.
    await cache.set(`telegram-form/${chat.id}/${card.message_id}`, { kind: 'form', form: 7 }, 1_000);
    const count = server.callbackAnswers.length;
    person.press(card.message_id, ':s', chat);
    await server.until(() => server.callbackAnswers.length > count, 'the second word');
    expect(lastToast()?.text).toMatch(/is over/);
    expect(inbox.events.map(({ type }) => type)).toEqual(['signal_given']);
  });
});

describe('in a group, with privacy mode on', () => {
  test('only who is asked may answer; the others are told quietly, or not at all', async () => {
    const { server, cache } = stage;
    const group = server.group();
    const scene = await answeredIn(group);
    const { inbox, person } = scene;
    const other = server.person();
    const card = await blamed(scene);
    expect(card.text.split('\n')[0]).toBe('For Ada <b> L.');
    expect(card.entities).toContainEqual(
      expect.objectContaining({ type: 'text_mention', user: { id: person.user.id } }),
    );
    other.press(card.message_id, ':c0.1', group);
    await server.until(() => lastToast()?.text !== undefined, 'the word to the other');
    expect(lastToast()?.text).toBe('This question is for somebody else.');
    expect(card.text).not.toContain('The length');

    person.press(card.message_id, ':c0.0', group);
    await cache.holds(/questions$/);
    const asked = question(group);
    expect(asked.forceReply).toMatchObject({ selective: true });
    other.say('I liked it.', group, { replyTo: asked.message_id });
    person.say('It was made up.', group, { replyTo: asked.message_id });
    const event = await inbox.nth('form_submitted');
    expect(event.values).toEqual({ reason: 'wrong', words: 'It was made up.' });
    expect(event.actor.personId).toBe(`telegram:${person.user.id}`);
    expect(event.spaceId).toBe(`telegram:${group.id}`);
    expect(inbox.events.map(({ type }) => type)).toEqual(['signal_given', 'form_submitted']);
  });
});

describe('what cannot be opened', () => {
  const about = { platform: 'telegram', channelId: '1', messageId: '2' };
  const handleOf = (audience: 'direct' | 'group') =>
    encodeHandle({ kind: 'callback', chatId: '1', audience, messageId: '2' });

  test.each([
    ['a handle of nobody’s', 'nonsense', mustForm(REASON_FORM, about), 'not_found'],
    ['a press in a group by who knows whom', handleOf('group'), mustForm(REASON_FORM, about), 'not_found'],
    [
      'a form that asks nothing',
      handleOf('direct'),
      { ...mustForm(REASON_FORM, about), fields: [] },
      'invalid_input',
    ],
  ])('%s', async (_, handle, form, code) => {
    const channel = stage.channel();
    await channel.start(stage.sink().sink);
    await expect(channel.openForm({ handle }, form)).rejects.toMatchObject({ code });
    expect(stage.server.callsOf('sendMessage')).toEqual([]);
  });
});
