import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTelegramClient } from '../../../adapters/telegram/client.ts';
import type { TelegramApi } from '../../../adapters/telegram/telegram-api.ts';
import { parseRefusal } from '../../../adapters/telegram/wire.ts';
import { samplePicture } from '../../contract/channel/sample-picture.ts';
import { type FakeTelegram, startFakeTelegram } from './fake-telegram.ts';
import { normalise, parseHtml } from './html-entities.ts';
import { botApiSpec } from './spec-check.ts';

const refusalOf = async (call: Promise<unknown>): Promise<string> => {
  const thrown: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  const refusal = parseRefusal(thrown);
  return refusal === undefined ? `no refusal: ${String(thrown)}` : `${refusal.status} ${refusal.description}`;
};

describe('entities as Telegram reads them', () => {
  test.each([
    ['<b>x', `Can't find end tag corresponding to start tag "b"`],
    ['x</b>', 'Unexpected end tag'],
    ['<b>x</i>', 'Unmatched end tag'],
    ['<script>x</script>', 'Unsupported start tag "script"'],
    ['1 < 2', 'Unclosed start tag'],
    ['<>', 'Unsupported start tag ""'],
    ['<a href>x</a>', 'Malformed attribute'],
    ['<span>x</span>', 'must have class'],
    ['<blockquote><blockquote>x</blockquote></blockquote>', 'Nested blockquote'],
  ])('%s is refused', (html, reason) => {
    expect(() => parseHtml(html)).toThrow(reason);
  });

  test('tags become entities, references characters, and unknown ones stay', () => {
    expect(
      parseHtml(
        '<b>a<i>b</i></b> &lt;&amp;&gt;&quot;&#65;&#x42; &nbsp; & <a href="https://x.example/?a=1&amp;b">l</a>',
      ),
    ).toEqual({
      text: 'ab <&>"AB &nbsp; & l',
      entities: [
        { type: 'italic', offset: 1, length: 1 },
        { type: 'bold', offset: 0, length: 2 },
        { type: 'text_link', offset: 19, length: 1, url: 'https://x.example/?a=1&b' },
      ],
    });
    expect(parseHtml('<a href="tg://user?id=42">you</a>').entities).toEqual([
      { type: 'text_mention', offset: 0, length: 3, user: { id: 42 } },
    ]);
    expect(parseHtml('<pre><code class="language-ts">x</code></pre>').entities).toEqual([
      { type: 'pre', offset: 0, length: 1, language: 'ts' },
    ]);
  });

  test('ends are trimmed and entities follow', () => {
    expect(normalise(parseHtml('  \n<b>a\tb</b> <i> </i>\n'))).toEqual({
      text: 'a b',
      entities: [{ type: 'bold', offset: 0, length: 3 }],
    });
  });
});

describe('the server', () => {
  let server: FakeTelegram;
  let api: TelegramApi;
  beforeEach(async () => {
    server = await startFakeTelegram();
    api = createTelegramClient({ token: server.token, apiRoot: server.apiRoot });
  });
  afterEach(() => server.close());

  const poll = (payload: object = {}) => api.callApi('getUpdates', payload);

  test('offsets confirm, and what is not confirmed comes again', async () => {
    const person = server.person();
    person.say('one');
    person.say('two');
    const first = await poll({ limit: 1 });
    expect(first).toMatchObject([{ message: { text: 'one' } }]);
    expect(await poll({ limit: 1 })).toEqual(first);
    const [update] = Array.isArray(first) ? first : [];
    const offset = Number(update.update_id) + 1;
    expect(await poll({ offset })).toMatchObject([{ message: { text: 'two' } }]);
    expect(await poll({ offset: offset + 1 })).toEqual([]);
    expect(server.updates.pending).toBe(0);
  });

  test('a photo is a message of its own, whose words cannot be edited as a text', async () => {
    const { privateChat: chat } = server.person();
    const { bytes } = samplePicture('a curve');
    const photo = { source: Buffer.from(bytes), filename: 'a.png' };
    const sent = await api.callApi('sendPhoto', { chat_id: chat.id, photo, caption: 'a curve' });
    expect(sent).toMatchObject({ caption: 'a curve', photo: [{ file_size: bytes.length }] });
    const messageId = Number(Reflect.get(Object(sent), 'message_id'));
    expect(chat.messages.get(messageId)?.photo).toEqual({ caption: 'a curve', bytes });
    const edit = api.callApi('editMessageText', { chat_id: chat.id, message_id: messageId, text: 'x' });
    expect(await refusalOf(edit)).toContain('there is no text in the message to edit');
    expect(server.violations).toEqual([]);
  });

  test.each([
    ['what is no picture', { source: Buffer.from('words'), filename: 'a.png' }, {}, 'IMAGE_PROCESS_FAILED'],
    ['a caption over the limit', undefined, { caption: 'x'.repeat(1_025) }, 'message caption is too long'],
  ])('%s is refused', async (_, given, more, reason) => {
    const { privateChat: chat } = server.person();
    const photo = given ?? { source: Buffer.from(samplePicture('x').bytes), filename: 'a.png' };
    const sending = api.callApi('sendPhoto', { chat_id: chat.id, photo, ...more });
    expect(await refusalOf(sending)).toContain(reason);
  });

  test('kinds that were not asked for are lost, and the list persists', async () => {
    const person = server.person();
    const messageId = person.say('react to me');
    person.react(messageId, ['👍']);
    expect(await poll({ allowed_updates: ['message_reaction'] })).toMatchObject([
      { message: { text: 'react to me' } },
    ]);
    person.say('not asked for');
    person.react(messageId, ['👎']);
    const updates = await poll();
    expect(updates).toMatchObject([
      { message: {} },
      { message_reaction: { old_reaction: [{ emoji: '👍' }] } },
    ]);
    expect(await refusalOf(poll({ allowed_updates: ['nonsense'] }))).toContain('400');
  });

  test('one poll ends the other with 409, a webhook both', async () => {
    const waiting = refusalOf(poll({ timeout: 30 }));
    await server.until(() => server.updates.isPolled, 'the first poll');
    await poll();
    expect(await waiting).toContain('409 Conflict: terminated by other getUpdates request');
    await api.callApi('setWebhook', { url: 'https://x.example/hook' });
    expect(await refusalOf(poll())).toContain(
      "409 Conflict: can't use getUpdates method while webhook is active",
    );
    await api.callApi('deleteWebhook', {});
    expect(await poll()).toEqual([]);
  });

  test('a long poll ends with the first update', async () => {
    const person = server.person();
    const waiting = poll({ timeout: 30 });
    await server.until(() => server.updates.isPolled, 'the poll');
    person.say('now');
    expect(await waiting).toMatchObject([{ message: { text: 'now' } }]);
  });

  test('sends are as strict as Telegram', async () => {
    const person = server.person();
    const send = (fields: object) =>
      api.callApi('sendMessage', { chat_id: person.user.id, text: 'x', ...fields });
    expect(await refusalOf(send({ text: 'x'.repeat(4_097) }))).toContain('message is too long');
    await send({ text: `<b>${'x'.repeat(4_096)}</b>`, parse_mode: 'HTML' });
    expect(await refusalOf(send({ text: ' \n' }))).toContain('message text is empty');
    expect(await refusalOf(send({ text: '<x>', parse_mode: 'HTML' }))).toContain("can't parse entities");
    const keyboard = (data: string) => ({ inline_keyboard: [[{ text: 'b', callback_data: data }]] });
    expect(await refusalOf(send({ reply_markup: keyboard('é'.repeat(33)) }))).toContain(
      'BUTTON_DATA_INVALID',
    );
    await send({ reply_markup: keyboard('é'.repeat(32)) });
    expect(await refusalOf(send({ reply_parameters: { message_id: 1 } }))).toContain(
      'message to be replied not found',
    );
    expect(await refusalOf(send({ chat_id: 1 }))).toContain('chat not found');
    expect(await refusalOf(api.callApi('answerCallbackQuery', { callback_query_id: '1' }))).toContain(
      'too old',
    );
    const commands = [{ command: 'Bad-Name', description: 'x' }];
    expect(await refusalOf(api.callApi('setMyCommands', { commands }))).toContain('BOT_COMMAND_INVALID');
  });

  test('a message that opens the reply field cannot be edited, and its placeholder is short', async () => {
    const person = server.person();
    const ask = (input_field_placeholder: string) =>
      api.callApi('sendMessage', {
        chat_id: person.user.id,
        text: 'Why?',
        reply_markup: { force_reply: true, input_field_placeholder },
      });
    expect(await refusalOf(ask('x'.repeat(65)))).toContain('reply_markup');
    await ask('x'.repeat(64));
    const [asked] = server.botMessages(person.privateChat);
    expect(asked?.['reply_markup']).toBeUndefined();
    const edit = { chat_id: person.user.id, message_id: asked?.['message_id'], text: 'Noted.' };
    expect(await refusalOf(api.callApi('editMessageText', edit))).toContain("message can't be edited");
  });

  test('commands are kept by scope and language', async () => {
    const menu = (description: string) => ({ commands: [{ command: 'help', description }] });
    const groups = { scope: { type: 'all_group_chats' } };
    await api.callApi('setMyCommands', menu('Help'));
    await api.callApi('setMyCommands', { ...groups, language_code: 'de', ...menu('Hilfe') });
    expect([...server.commands.keys()]).toEqual(['default', 'all_group_chats/de']);
    expect(await api.callApi('getMyCommands', {})).toEqual(menu('Help').commands);
    expect(await api.callApi('getMyCommands', groups)).toEqual([]);
    expect(await api.callApi('getMyCommands', { ...groups, language_code: 'de' })).toEqual(
      menu('Hilfe').commands,
    );
    const wrong = api.callApi('setMyCommands', { language_code: 'pt-BR', ...menu('Ajuda') });
    expect(await refusalOf(wrong)).toContain('400');
  });

  test('the bot is asked about as a member of a chat', async () => {
    const chat = server.group();
    const ask = (user_id = server.bot.id) => api.callApi('getChatMember', { chat_id: chat.id, user_id });
    expect(await ask()).toMatchObject({ status: 'member' });
    chat.botIsAdmin = true;
    expect(await ask()).toMatchObject({ status: 'administrator' });
    chat.botIsMember = false;
    expect(await ask()).toMatchObject({ status: 'left' });
    expect(await refusalOf(ask(1))).toContain('PARTICIPANT_ID_INVALID');
  });

  test('an edit to the same is refused as not modified', async () => {
    const person = server.person();
    await api.callApi('sendMessage', { chat_id: person.user.id, text: 'same' });
    const [sent] = server.botMessages(person.privateChat);
    const edit = { chat_id: person.user.id, message_id: sent?.['message_id'], text: 'same' };
    expect(await refusalOf(api.callApi('editMessageText', edit))).toContain('message is not modified');
    expect(await refusalOf(api.callApi('editMessageText', { ...edit, message_id: 1 }))).toContain(
      'message to edit not found',
    );
  });

  test.skipIf(botApiSpec === undefined)(
    'calls are checked against the published API (needs ../shared/data)',
    async () => {
      const person = server.person();
      const wrong: readonly (readonly [string, object, string])[] = [
        ['sendMessage', { text: 'x' }, 'sendMessage.chat_id is required'],
        ['sendMessage', { chat_id: person.user.id, text: 5 }, 'sendMessage.text must be a string'],
        ['sendMessage', { chat_id: person.user.id, text: 'x', typo: 1 }, 'sendMessage.typo is no parameter'],
        [
          'sendMessage',
          { chat_id: person.user.id, text: 'x', reply_parameters: { message_id: 'x' } },
          'sendMessage.reply_parameters.message_id must be an integer',
        ],
        ['setMessageReaction', { chat_id: 1, message_id: 1, reaction: [{ type: 'emoji' }] }, 'is required'],
      ];
      for (const [method, payload, reason] of wrong) {
        expect(await refusalOf(api.callApi(method, payload))).toContain(reason);
      }
      expect(server.violations.length).toBe(wrong.length);
    },
  );

  test('tokens: a wrong one is unauthorized, a misshapen one not found', async () => {
    const other = createTelegramClient({ token: `${server.token}x`, apiRoot: server.apiRoot });
    expect(await refusalOf(other.callApi('getMe', {}))).toBe('401 Unauthorized');
    const odd = createTelegramClient({ token: 'x', apiRoot: server.apiRoot });
    expect(await refusalOf(odd.callApi('getMe', {}))).toBe('404 Not Found');
  });

  test('privacy mode hides what is not for the bot', async () => {
    const person = server.person();
    const group = server.group();
    person.say('between us', group);
    person.say('/help', group);
    person.say('/help@somebody_else_bot', group);
    person.say(`hey @${server.bot.username}`, group);
    expect(await poll()).toMatchObject([
      { message: { text: '/help' } },
      { message: { text: `hey @${server.bot.username}` } },
    ]);
  });
});
