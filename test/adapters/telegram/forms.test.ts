import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FORM_LIFE_MS, FORM_MEMORY_MS } from '../../../adapters/telegram/form-book.ts';
import { encodeHandle } from '../../../adapters/telegram/interaction-handle.ts';
import type { TelegramChannelOptions } from '../../../adapters/telegram/options.ts';
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

async function answeredIn(chat?: FakeChat, options?: Partial<TelegramChannelOptions>): Promise<Scene> {
  const person = stage.server.person({ first_name: 'Ada <b>', last_name: 'L.' });
  const [inbox, channel] = [stage.sink(), stage.channel(options)];
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

const cardOf = (chat: FakeChat): FakeTelegramMessage | undefined =>
  [...chat.messages.values()].findLast((message) => buttonsOf(message).includes('✖ Cancel'));
/** What stands in reply to one of a person's messages. */
const repliesTo = (messageId: number): Promise<string> =>
  stage.server.until(() => {
    const call = stage.server.callsOf('sendMessage').find(({ reply_parameters: to }) => {
      return (
        JSON.stringify(to) === JSON.stringify({ message_id: messageId, allow_sending_without_reply: true })
      );
    });
    return call === undefined ? undefined : String(call['text']);
  }, 'words in reply');

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
/** The last update comes again, as in a batch of which something could not be stored. */
function redeliver(): void {
  const update = stage.server.lastUpdate();
  if (update !== undefined) stage.server.updates.redeliver(update);
}
const lastToast = () => stage.server.callbackAnswers.at(-1);

describe('a form about no message', () => {
  const present = 'Use when <numbers> come.\n\n- *Round* them.';
  const text = (fieldId: string, label: string, more: object = {}) =>
    ({ fieldId, label, kind: 'text', required: true, ...more }) as const;
  const form: Form = {
    formId: 'skill.text',
    title: 'Edit this skill',
    submitLabel: 'Save',
    subject: 'skill.edit:pdf-tables',
    fields: [text('description', 'When', { value: present }), text('body', 'What', { value: 'As it is.' })],
  };

  async function opened(given: Form = form, chat?: FakeChat) {
    const scene = await answeredIn(chat);
    const { channel, inbox, person } = scene;
    const command = person.say('/skill edit pdf-tables', scene.chat);
    const event = await inbox.nth('command_invoked');
    await channel.openForm(event.interaction, given);
    const card = cardOf(scene.chat);
    if (card === undefined) throw new Error('there is no form');
    return { ...scene, command, card };
  }
  const pressOn = ({ person, chat }: Scene, card: FakeTelegramMessage, label: string): void => {
    const button = (card.reply_markup?.inline_keyboard ?? []).flat().find((one) => one.text === label);
    person.press(card.message_id, button?.callback_data ?? `no ${label}`, chat);
  };

  test('stands under the command, and shows what can be copied and changed, one field after the other', async () => {
    const scene = await opened();
    const { card, command, chat } = scene;
    expect(card.extra['reply_to_message']).toMatchObject({ message_id: command });
    expect(card.text).toBe(
      `Edit this skill\n• When\n• What\n\nWhen, as it is now:\n\n${present}\n\nReply to this message with your words, or press “Keep” to leave it as it is.`,
    );
    expect(card.entities.filter(({ type }) => type === 'pre')).toHaveLength(1);
    expect(buttonsOf(card)).toEqual(['Keep', 'Save', '✖ Cancel']);
    // Nobody is made to write what stands there already.
    expect([...chat.messages.values()].some(({ forceReply }) => forceReply !== undefined)).toBe(false);
    pressOn(scene, card, 'Keep');
    await stage.server.until(() => card.text.includes('What, as it is now:\n\nAs it is.'), 'the next field');
    expect(card.text).toContain('or press “Save” to leave it as it is.');
    expect(buttonsOf(card)).toEqual(['Save', '✖ Cancel']);
  });

  test('comes back with what was written, and with what stood where nothing was', async () => {
    const scene = await opened();
    const { card, person, chat, inbox, channel, command } = scene;
    person.say('Always.', chat, { replyTo: card.message_id });
    await stage.server.until(() => card.text.includes('• When: ✓'), 'the words to be taken');
    pressOn(scene, card, 'Save');
    const event = await inbox.nth('form_submitted');
    expect(event).toMatchObject({
      subject: 'skill.edit:pdf-tables',
      values: { description: 'Always.', body: 'As it is.' },
      conversation: { audience: 'direct', channelId: String(chat.id), spaceId: `telegram:${chat.id}` },
    });
    expect(event).not.toHaveProperty('target');
    await channel.respond(event.interaction, {
      kind: 'message',
      message: {
        body: { blocks: [{ type: 'paragraph', children: [{ type: 'text', text: 'Saved.' }] }] },
        sendKey: 'saved',
      },
      private: true,
    });
    expect(stage.server.callsOf('sendMessage').at(-1)).toMatchObject({
      text: 'Saved.',
      reply_parameters: { message_id: command },
    });
  });

  test('is sent as it stands with one press', async () => {
    const scene = await opened();
    pressOn(scene, scene.card, 'Save');
    const { values } = await scene.inbox.nth('form_submitted');
    expect(values).toEqual({ description: present, body: 'As it is.' });
  });

  test('asks for what nothing stands in, as ever', async () => {
    const scene = await opened({ ...form, fields: [text('words', 'Words')] });
    expect(question(scene.chat).text).toBe('Words\nReply to this.');
    expect(buttonsOf(scene.card)).toEqual(['✖ Cancel']);
  });

  test('survives a restart in the moment in which it is posted', async () => {
    const chat = stage.server.group();
    const scene = await opened(form, chat);
    const keys = [...stage.cache.entries.keys()];
    const own = `telegram-form/${chat.id}/${scene.card.message_id}`;
    expect(keys).toContain(own);
    // As a crash leaves it between the post and the note of its number.
    const state = stage.cache.entries.get(own)?.value;
    await stage.cache.delete(own);
    await stage.cache.set(
      `telegram-form/${chat.id}/for/${scene.person.user.id}`,
      { kind: 'posting', state },
      1_000,
    );
    await scene.channel.stop();
    const inbox = stage.sink();
    await stage.channel().start(inbox.sink);
    scene.person.say('Always.', chat, { replyTo: scene.card.message_id });
    await stage.server.until(() => scene.card.text.includes('• When: ✓'), 'the words to be taken');
    expect(inbox.events).toEqual([]);
  });
});

describe('a correction', () => {
  test('is asked for with a reply field, and thanked for with a reaction', async () => {
    const { server, cache } = stage;
    const scene = await answeredIn();
    const { inbox, person, chat, answer } = scene;
    const asked = await corrected(scene);
    expect(asked.text).toBe('The better answer, or the rule that it missed\nReply to this.');
    const card = cardOf(chat);
    expect(card?.text).toBe('Correct this answer\n• The better answer, or the rule that it missed');
    expect(card === undefined ? [] : buttonsOf(card)).toEqual(['✖ Cancel']);
    expect(asked.extra['reply_to_message']).toMatchObject({ message_id: card?.message_id });
    expect(asked.forceReply).toEqual({
      force_reply: true,
      input_field_placeholder: 'Invoices are in euros here, never in dollars.',
    });
    expect(card?.extra['reply_to_message']).toMatchObject({ message_id: Number(answer.messageId) });
    // The pencil does not stay busy.
    await server.until(() => server.callbackAnswers.length === 1, 'the answer to the press');
    expect(new Set([...cache.entries.values()].map(({ ttlMs }) => ttlMs))).toEqual(new Set([FORM_MEMORY_MS]));
    expect(FORM_LIFE_MS).toBe(86_400_000);
    expect(FORM_MEMORY_MS).toBe(30 * FORM_LIFE_MS);

    const own = person.say('Euros, *always*.', chat, { replyTo: asked.message_id });
    const event = await inbox.nth('form_submitted');
    expect(event).toMatchObject({
      formId: CORRECTION_FORM,
      target: answer,
      values: { words: 'Euros, *always*.' },
      actor: { personId: `telegram:${person.user.id}`, displayName: 'Ada <b> L.' },
      admission: { kind: 'linked', subjects: [`telegram:user:${person.user.id}`] },
    });
    await server.until(() => !chat.messages.has(card?.message_id ?? 0), 'the form to go');
    expect(chat.messages.has(asked.message_id)).toBe(false);
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
    redeliver();
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
    const more = person.say('One more thing', chat, { replyTo: asked.message_id });
    expect(await repliesTo(more)).toContain('came too late');
    expect(inbox.events.map(({ type }) => type)).toEqual([
      'action_invoked',
      'command_invoked',
      'form_submitted',
    ]);
  });

  test('can be cancelled', async () => {
    const { server } = stage;
    const scene = await answeredIn();
    const { inbox, person, chat } = scene;
    const asked = await corrected(scene);
    const card = cardOf(chat);
    if (card === undefined) throw new Error('there is no form');
    person.press(card.message_id, ':x', chat);
    await server.until(() => !chat.messages.has(card.message_id), 'the form to go');
    expect(chat.messages.has(asked.message_id)).toBe(false);
    person.say('Never mind.', chat);
    await inbox.nth('message_received');
    expect(inbox.events.map(({ type }) => type)).toEqual(['action_invoked', 'message_received']);
  });

  test('after its day is no chat: who wrote it is told once that it came too late', async () => {
    const { server, cache } = stage;
    const scene = await answeredIn();
    const { inbox, person, chat } = scene;
    const asked = await corrected(scene);
    const card = cardOf(chat);
    const key = `telegram-form/${chat.id}/${card?.message_id ?? 0}`;
    const kept = cache.entries.get(key)?.value;
    // The fake Telegram's clock runs behind ours.
    const expiresAt = Date.UTC(2026, 0, 1);
    await cache.set(key, { ...Object(kept), expiresAt }, FORM_MEMORY_MS);
    const late = person.say('Euros.', chat, { replyTo: asked.message_id });
    expect(await repliesTo(late)).toContain('came too late');
    redeliver();
    // Told after what came before it.
    const later = person.say('Pounds.', chat, { replyTo: asked.message_id });
    expect(await repliesTo(later)).toContain('came too late');
    person.press(card?.message_id ?? 0, ':x', chat);
    await server.until(() => lastToast()?.text !== undefined, 'the word about the press');
    expect(lastToast()?.text).toMatch(/is over/);
    person.say('and now?', chat);
    await inbox.nth('message_received');
    expect(inbox.events.map(({ type }) => type)).toEqual(['action_invoked', 'message_received']);
    expect(server.callsOf('sendMessage').filter(({ text }) => String(text).includes('too late')).length).toBe(
      2,
    );
  });

  test('that was refused is not thanked for', async () => {
    const { server } = stage;
    const scene = await answeredIn();
    const { inbox, person, chat } = scene;
    const asked = await corrected(scene);
    inbox.answerNext('refused');
    const own = person.say('Euros.', chat, { replyTo: asked.message_id });
    expect(await repliesTo(own)).toContain('not noted');
    await server.until(() => !chat.messages.has(asked.message_id), 'the question to go');
    expect(server.callsOf('setMessageReaction')).toEqual([]);
  });

  test('is taken also where nobody knows whether its question arrived', async () => {
    const { server } = stage;
    const scene = await answeredIn();
    const { channel, inbox, person, chat, answer } = scene;
    person.press(Number(answer.messageId), 'answer.correct', chat);
    const event = await inbox.nth('action_invoked');
    const isAsking = () => server.callsOf('sendMessage').length === 2;
    void server.until(isAsking, 'the form').then(() => server.failNext('sendMessage', { kind: 'cut_after' }));
    await channel.openForm(event.interaction, mustForm(CORRECTION_FORM, event.target));
    expect(stage.logger.of('telegram_form_not_shown').length).toBe(1);
    const asked = question(chat);
    person.say('Euros.', chat, { replyTo: asked.message_id });
    expect((await inbox.nth('form_submitted')).values).toEqual({ words: 'Euros.' });
    await server.until(() => cardOf(chat) === undefined, 'the form to go');
    expect(chat.messages.has(asked.message_id)).toBe(false);
  });
});

describe('a form with a choice', () => {
  test('shows everything it asks, takes the choice and ends with Send', async () => {
    const { server } = stage;
    const scene = await answeredIn();
    const { inbox, person, chat, answer } = scene;
    const card = await blamed(scene);
    const questions = '• What was wrong with the answer?\n• In your words, if you like';
    expect(card.text).toBe(`What was wrong?\n${questions}`);
    expect(buttonsOf(card).length).toBe(6);
    expect(buttonsOf(card).slice(-2)).toEqual(['Send', '✖ Cancel']);
    person.press(card.message_id, ':s', chat);
    await server.until(() => lastToast()?.text !== undefined, 'the word about it');
    expect(lastToast()?.text).toBe('Please answer first: What was wrong with the answer?');

    person.press(card.message_id, ':c0.2', chat);
    await server.until(() => card.text.includes(': The tone'), 'the choice to be shown');
    expect(buttonsOf(card)).toEqual(['Send', '✖ Cancel']);
    expect(card.text.split('\n').at(-1)).toBe(
      'Reply to this message with your words, or press “Send” to leave them out.',
    );
    // What may be left out does not take what is said next.
    expect([...chat.messages.values()].filter(({ forceReply }) => forceReply !== undefined)).toEqual([]);
    person.say('What is a B-tree?', chat);
    expect((await inbox.nth('message_received')).text).toBe('What is a B-tree?');
    person.press(card.message_id, ':s', chat);
    expect(await inbox.nth('form_submitted')).toMatchObject({
      formId: REASON_FORM,
      target: answer,
      values: { reason: 'unwelcome.tone' },
    });
    await server.until(() => !chat.messages.has(card.message_id), 'the form to go');
    expect(lastToast()?.text).toBe('Thank you, noted.');
    expect(inbox.events.map(({ type }) => type)).toEqual([
      'signal_given',
      'message_received',
      'form_submitted',
    ]);
  });

  test.each([
    ['the choice first', true],
    ['the words first', false],
  ])('is sent by its last answer: %s', async (_, isChoiceFirst) => {
    const { server } = stage;
    const scene = await answeredIn();
    const { inbox, person, chat } = scene;
    const card = await blamed(scene);
    const choose = () => person.press(card.message_id, ':c0.0', chat);
    const say = () => person.say('Made up.', chat, { replyTo: card.message_id });
    if (isChoiceFirst) choose();
    else say();
    await server.until(
      () => card.text.includes('✓') || card.text.includes(': The content'),
      'the first answer',
    );
    expect(inbox.events.map(({ type }) => type)).toEqual(['signal_given']);
    if (isChoiceFirst) say();
    else choose();
    const { values } = await inbox.nth('form_submitted');
    expect(values).toEqual({ reason: 'wrong', words: 'Made up.' });
  });

  test('what comes again changes nothing and asks nothing twice', async () => {
    const { server } = stage;
    const scene = await answeredIn();
    const { channel, inbox, person, chat, answer } = scene;
    person.press(Number(answer.messageId), 'feedback.bad', chat);
    const event = await inbox.nth('signal_given');
    const reason = mustForm(REASON_FORM, event.target);
    const field = { kind: 'text' as const, required: false };
    const fields = [
      { ...field, fieldId: 'first', label: 'First', required: true },
      { ...field, fieldId: 'second', label: 'Second' },
      { ...field, fieldId: 'third', label: 'Third' },
    ];
    await channel.openForm(event.interaction ?? { handle: '' }, { ...reason, fields });
    const card = cardOf(chat);
    if (card === undefined) throw new Error('there is no form');
    person.say('one', chat, { replyTo: card.message_id });
    redeliver();
    await server.until(() => card.text.includes('First: ✓'), 'the first answer');
    expect(buttonsOf(card)).toEqual(['Skip', 'Send', '✖ Cancel']);
    expect(card.text).toContain('or skip it to leave them out');
    person.press(card.message_id, ':k1', chat);
    redeliver();
    await server.until(() => !buttonsOf(card).includes('Skip'), 'the second to be skipped');
    expect(card.text).not.toContain('Second: ');
    person.say('three', chat, { replyTo: card.message_id });
    redeliver();
    expect((await inbox.nth('form_submitted')).values).toEqual({ first: 'one', third: 'three' });
    person.say('and now?', chat);
    await inbox.nth('message_received');
    expect(inbox.events.map(({ type }) => type)).toEqual([
      'signal_given',
      'form_submitted',
      'message_received',
    ]);
    const asked = server.callsOf('sendMessage').filter(({ text }) => String(text).includes('Reply to this.'));
    expect(asked.length).toBe(1);
    expect(server.callsOf('sendMessage').filter(({ text }) => String(text).includes('too late'))).toEqual([]);
  });

  test('that was refused is not thanked for', async () => {
    const { server } = stage;
    const scene = await answeredIn();
    const card = await blamed(scene);
    scene.person.press(card.message_id, ':c0.0', scene.chat);
    await server.until(() => card.text.includes(': The content'), 'the choice to be shown');
    scene.inbox.answerNext('refused');
    scene.person.press(card.message_id, ':s', scene.chat);
    await server.until(() => lastToast()?.text !== undefined, 'the word about it');
    expect(lastToast()?.text).toContain('not noted');
  });

  test('is known again where nobody knew whether it arrived; one that certainly did not is forgotten', async () => {
    const { server, cache } = stage;
    const scene = await answeredIn();
    const { channel, inbox, person, chat, answer } = scene;
    person.press(Number(answer.messageId), 'feedback.bad', chat);
    const { interaction = { handle: '' }, target } = await inbox.nth('signal_given');
    const form = mustForm(REASON_FORM, target);
    server.failNext('sendMessage', { kind: 'refuse', code: 400, description: 'Bad Request: no' });
    await expect(channel.openForm(interaction, form)).rejects.toMatchObject({ code: 'invalid_input' });
    expect(cache.entries.size).toBe(0);
    server.failNext('sendMessage', { kind: 'cut_after' });
    await expect(channel.openForm(interaction, form)).rejects.toMatchObject({ code: 'delivery_unknown' });
    const card = cardOf(chat);
    if (card === undefined) throw new Error('there is no form');
    person.press(card.message_id, ':c0.1', chat);
    await server.until(() => card.text.includes(': The length'), 'the choice to be shown');
    person.say('Far too long.', chat, { replyTo: card.message_id });
    expect((await inbox.nth('form_submitted')).values).toEqual({
      reason: 'unwelcome.length',
      words: 'Far too long.',
    });
  });

  test('presses wait behind nothing that is shown', async () => {
    const { server } = stage;
    const scene = await answeredIn(undefined, { privateIntervalMs: 800 });
    const { channel, inbox, person, chat, answer } = scene;
    person.press(Number(answer.messageId), 'answer.correct', chat);
    const event = await inbox.nth('action_invoked');
    const opening = channel.openForm(event.interaction, mustForm(REASON_FORM, event.target));
    await server.until(() => server.callbackAnswers.length === 1, 'the answer to the pencil');
    expect(server.callsOf('sendMessage').length).toBe(1);
    await opening;
    const card = cardOf(chat);
    if (card === undefined) throw new Error('there is no form');
    person.press(card.message_id, ':c0.1', chat);
    person.press(card.message_id, ':c0.2', chat);
    await server.until(() => server.callbackAnswers.length === 3, 'the answers to both');
    expect(server.callsOf('editMessageText')).toEqual([]);
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
    const { server } = stage;
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
    await server.until(() => card.text.includes(': The content'), 'the choice to be shown');
    other.say('I liked it.', group, { replyTo: card.message_id });
    const name = `@${server.bot.username ?? ''}`;
    other.say(`${name} was it really wrong?`, group, { replyTo: card.message_id });
    expect(await inbox.nth('message_received')).toMatchObject({
      addressing: 'mention',
      text: 'was it really wrong?',
      author: { personId: `telegram:${other.user.id}` },
    });
    person.say('It was made up.', group, { replyTo: card.message_id });
    const event = await inbox.nth('form_submitted');
    expect(event.values).toEqual({ reason: 'wrong', words: 'It was made up.' });
    expect(event.actor.personId).toBe(`telegram:${person.user.id}`);
    expect(event.spaceId).toBe(`telegram:${group.id}`);
    expect(inbox.events.map(({ type }) => type)).toEqual([
      'signal_given',
      'message_received',
      'form_submitted',
    ]);
  });

  test('a correction opens the reply field of who is asked only', async () => {
    const scene = await answeredIn(stage.server.group());
    const asked = await corrected(scene);
    expect(asked.text.split('\n')[0]).toBe('For Ada <b> L.');
    expect(asked.forceReply).toMatchObject({ selective: true });
  });

  test('who is anonymous there is neither named nor asked, and is told why', async () => {
    const { server } = stage;
    const group = server.group();
    const scene = await answeredIn(group);
    const { channel, inbox, person, answer } = scene;
    group.anonymousAdmins.add(person.user.id);
    person.press(Number(answer.messageId), 'answer.correct', group);
    const event = await inbox.nth('action_invoked');
    const opening = channel.openForm(event.interaction, mustForm(CORRECTION_FORM, event.target));
    await expect(opening).rejects.toMatchObject({
      code: 'not_allowed',
      message: expect.stringContaining('Remain anonymous'),
    });
    expect(server.callsOf('sendMessage').length).toBe(1);
    // The sentence fits where only the presser sees it.
    const sentence = await opening.catch((error: Error) => error.message);
    expect(String(sentence).length).toBeLessThanOrEqual(200);
    expect(server.callbackAnswers).toEqual([]);
  });

  test('words under the name of the group are not taken, and that is said', async () => {
    const { server } = stage;
    const group = server.group();
    // Whether somebody is anonymous, Telegram tells only administrators for sure.
    server.failAlways('getChatMember', { kind: 'refuse', code: 400, description: 'Bad Request: no' });
    const scene = await answeredIn(group);
    group.anonymousAdmins.add(scene.person.user.id);
    const asked = await corrected(scene);
    const own = scene.person.say('Euros.', group, { replyTo: asked.message_id });
    expect(await repliesTo(own)).toContain('anonymously');
    group.anonymousAdmins.clear();
    scene.person.say('Euros, I say.', group, { replyTo: asked.message_id });
    expect((await scene.inbox.nth('form_submitted')).values).toEqual({ words: 'Euros, I say.' });
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
