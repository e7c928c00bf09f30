import { webApi } from '@slack/bolt';
import { describe, expect, test } from 'vitest';
import type { FakeSlack } from './fake-slack.ts';
import { fullManifest } from './manifest.ts';
import { methodScopes } from './method-scopes.ts';
import { clientOf, errorOf, withFakeSlack } from './slack-rig.ts';

type Call = (client: webApi.WebClient, slack: FakeSlack) => Promise<unknown>;

const words = (text: string): object => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }],
});
const post =
  (blocks: readonly object[]): Call =>
  async (client, slack) =>
    await client.apiCall('chat.postMessage', { channel: slack.channel().id, text: 'x', blocks });
const button = { type: 'button', action_id: 'a', text: { type: 'plain_text', text: 'A' } };
const table = { type: 'table', rows: [[{ type: 'raw_text', text: 'x' }]] };
const input = {
  type: 'input',
  label: { type: 'plain_text', text: 'Why' },
  element: { type: 'plain_text_input', action_id: 'why' },
};
const modal = (changes: object = {}): object => ({
  type: 'modal',
  title: { type: 'plain_text', text: 'Title' },
  submit: { type: 'plain_text', text: 'Send' },
  blocks: [input],
  ...changes,
});
const open =
  (changes: object): Call =>
  (client) =>
    client.apiCall('views.open', { trigger_id: 'whatever', view: modal(changes) });

describe('what only a faulty client sends is refused and recorded', () => {
  const cases: readonly (readonly [string, string, Call])[] = [
    ['an unknown method', 'unknown_method', (client) => client.apiCall('chat.shout', {})],
    [
      'an unknown field',
      'invalid_arguments',
      (client) => client.apiCall('users.info', { user: 'U1', nick: 'x' }),
    ],
    ['a missing field', 'invalid_arguments', (client) => client.apiCall('users.info', {})],
    [
      'a timestamp as a number',
      'invalid_arguments',
      (client) => client.apiCall('chat.delete', { channel: 'C1', ts: 17 }),
    ],
    [
      'no words',
      'no_text',
      (client, slack) => client.chat.postMessage({ channel: slack.channel().id, text: '  ' }),
    ],
    [
      'too many words',
      'msg_too_long',
      (client, slack) => client.chat.postMessage({ channel: slack.channel().id, text: 'x'.repeat(40_001) }),
    ],
    [
      'Markdown beside text',
      'markdown_text_conflict',
      (client, slack) =>
        client.apiCall('chat.postMessage', { channel: slack.channel().id, text: 'x', markdown_text: 'x' }),
    ],
    [
      'too much Markdown',
      'msg_too_long',
      (client, slack) =>
        client.chat.postMessage({ channel: slack.channel().id, markdown_text: 'x'.repeat(12_001) }),
    ],
    ['an unknown block', 'invalid_blocks', post([{ type: 'banner' }])],
    ['an unknown field of a block', 'invalid_blocks', post([{ type: 'divider', colour: 'red' }])],
    ['an empty text in a block', 'invalid_blocks', post([words('')])],
    [
      'an over-long header',
      'invalid_blocks',
      post([{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }]),
    ],
    [
      'an over-long section',
      'invalid_blocks',
      post([{ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(3_001) } }]),
    ],
    ['an empty section', 'invalid_blocks', post([{ type: 'section' }])],
    [
      'an over-long button',
      'invalid_blocks',
      post([
        { type: 'actions', elements: [{ ...button, text: { type: 'plain_text', text: 'x'.repeat(76) } }] },
      ]),
    ],
    [
      'too many buttons',
      'invalid_blocks',
      post([
        {
          type: 'actions',
          elements: Array.from({ length: 26 }, (_, index) => ({ ...button, action_id: `a${index}` })),
        },
      ]),
    ],
    ['an action id twice', 'invalid_blocks', post([{ type: 'actions', elements: [button, button] }])],
    [
      'a block id twice',
      'invalid_blocks',
      post([
        { type: 'divider', block_id: 'd' },
        { type: 'divider', block_id: 'd' },
      ]),
    ],
    ['51 blocks', 'invalid_blocks', post(Array.from({ length: 51 }, () => ({ type: 'divider' })))],
    ['two tables', 'invalid_attachments', post([table, table])],
    [
      '21 columns',
      'invalid_blocks',
      post([{ type: 'table', rows: [Array.from({ length: 21 }, () => ({ type: 'raw_text', text: 'x' }))] }]),
    ],
    [
      '101 rows',
      'invalid_blocks',
      post([{ type: 'table', rows: Array.from({ length: 101 }, () => [{ type: 'raw_text', text: 'x' }]) }]),
    ],
    [
      'an uneven table',
      'invalid_blocks',
      post([
        {
          type: 'table',
          rows: [
            [{ type: 'raw_text', text: 'x' }],
            [
              { type: 'raw_text', text: 'x' },
              { type: 'raw_text', text: 'x' },
            ],
          ],
        },
      ]),
    ],
    [
      'a table over 10,000 characters',
      'invalid_blocks',
      post([{ type: 'table', rows: [[{ type: 'raw_text', text: 'x'.repeat(10_001) }]] }]),
    ],
    [
      'a script as a link',
      'invalid_blocks',
      post([
        {
          type: 'rich_text',
          elements: [{ type: 'rich_text_section', elements: [{ type: 'link', url: 'javascript:alert(1)' }] }],
        },
      ]),
    ],
    ['an input in a message', 'invalid_blocks', post([input])],
    ['more words than blocks hold', 'msg_blocks_too_long', post([words('x'.repeat(13_201))])],
    [
      'a stream to a channel without its reader',
      'missing_recipient_team_id',
      async (client, slack) => {
        const channel = slack.channel();
        const thread_ts = slack.person().mention('hi', channel);
        await client.chat.startStream({ channel: channel.id, thread_ts });
      },
    ],
    [
      'an over-long title of a form',
      'invalid_arguments',
      open({ title: { type: 'plain_text', text: 'x'.repeat(25) } }),
    ],
    [
      'an over-long button of a form',
      'invalid_arguments',
      open({ submit: { type: 'plain_text', text: 'x'.repeat(25) } }),
    ],
    ['over-long data in a form', 'invalid_arguments', open({ private_metadata: 'x'.repeat(3_001) })],
    [
      '101 blocks in a form',
      'invalid_arguments',
      open({ blocks: Array.from({ length: 101 }, () => ({ type: 'divider' })) }),
    ],
    [
      'a form without a button',
      'invalid_arguments',
      (client) => client.apiCall('views.open', { trigger_id: 'x', view: { ...modal(), submit: undefined } }),
    ],
    [
      'feedback in a form',
      'invalid_arguments',
      open({ blocks: [{ type: 'context_actions', elements: [] }] }),
    ],
  ];

  test.each(cases)('%s: %s', (_, code, call) =>
    withFakeSlack(
      {},
      async (slack) => {
        expect(await errorOf(call(clientOf(slack), slack))).toBe(code);
        expect(slack.violations).toHaveLength(1);
        expect(slack.violations[0]).toContain(code);
      },
      'violations',
    ),
  );

  test('a bot token where an app token belongs, and the other way round', () =>
    withFakeSlack(
      {},
      async (slack) => {
        expect(await errorOf(clientOf(slack).apps.connections.open({}))).toBe('not_allowed_token_type');
        const app = clientOf(slack, slack.appToken);
        expect(await errorOf(app.users.info({ user: 'U1' }))).toBe('not_allowed_token_type');
        expect(slack.violations).toHaveLength(2);
      },
      'violations',
    ));
});

describe('scopes', () => {
  const args: Readonly<Record<string, object>> = {
    'conversations.replies': { channel: 'C1', ts: '1712345678.000100' },
  };
  const scoped = Object.entries(methodScopes).filter(
    ([, access]) => access.token === 'bot' && access.scopes.length > 0,
  );

  test.each(scoped)('%s needs what the table says', (name, access) =>
    withFakeSlack(
      { manifest: { oauth_config: { scopes: { bot: ['im:write'] } }, settings: {} } },
      async (slack) => {
        const call = clientOf(slack).apiCall(name, { ...args[name] });
        const error: unknown = await call.catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(webApi.WebAPIPlatformError);
        expect(error).toMatchObject({ data: { error: 'missing_scope', provided: 'im:write' } });
        expect(access.scopes).toContain(Reflect.get(Reflect.get(Object(error), 'data'), 'needed'));
      },
      'violations',
    ),
  );

  test('replies need the scope of the channel they are read in', () => {
    const bot = fullManifest.oauth_config.scopes.bot.filter((scope) => scope !== 'im:history');
    const events = fullManifest.settings.event_subscriptions.bot_events.filter(
      (name) => name !== 'message.im',
    );
    const manifest = {
      oauth_config: { scopes: { bot } },
      settings: { event_subscriptions: { bot_events: events } },
    };
    return withFakeSlack(
      { manifest },
      async (slack) => {
        const [ann, channel] = [slack.person(), slack.channel()];
        const client = clientOf(slack);
        const direct = ann.say('hi');
        expect(await errorOf(client.conversations.replies({ channel: ann.dm.id, ts: direct }))).toBe(
          'missing_scope',
        );
        const open = ann.say('hi', channel);
        expect(await errorOf(client.conversations.replies({ channel: channel.id, ts: open }))).toBe('ok');
      },
      'violations',
    );
  });

  test('a manifest that lacks the scope of an event or a command is refused', () =>
    withFakeSlack({}, async (slack) => {
      const settings = { event_subscriptions: { bot_events: ['reaction_added'] } };
      const bare = { oauth_config: { scopes: { bot: [] } } };
      expect(() => slack.install({ ...bare, settings })).toThrow('reactions:read');
      expect(() => slack.install({ ...bare, settings: {}, features: fullManifest.features })).toThrow(
        'commands',
      );
    }));

  test('auth.test tells who the bot is and what it may do', () =>
    withFakeSlack({}, async (slack) => {
      const answer = await clientOf(slack).auth.test();
      expect(answer).toMatchObject({
        team_id: slack.team.id,
        user_id: slack.bot.id,
        bot_id: slack.bot.bot_id,
      });
      expect(answer.response_metadata?.scopes).toEqual(fullManifest.oauth_config.scopes.bot);
    }));
});

describe('tokens', () => {
  test('none, a wrong one, a revoked one', () =>
    withFakeSlack({}, async (slack) => {
      const client = clientOf(slack);
      expect(await errorOf(client.auth.test({ token: 'xoxb-wrong' }))).toBe('invalid_auth');
      const bare = await fetch(`${slack.apiRoot}auth.test`, { method: 'POST' });
      expect(await bare.json()).toEqual({ ok: false, error: 'not_authed' });
      slack.uninstall();
      expect(await errorOf(client.auth.test())).toBe('token_revoked');
    }));

  test('bodies: a form, JSON, and nothing else', () =>
    withFakeSlack(
      {},
      async (slack) => {
        const ask = async (contentType: string, body: string): Promise<unknown> => {
          const response = await fetch(`${slack.apiRoot}users.info`, {
            method: 'POST',
            headers: { 'content-type': contentType, authorization: `Bearer ${slack.botToken}` },
            body,
          });
          return await response.json();
        };
        const user = slack.person({ real_name: 'Ann' }).user.id;
        expect(await ask('application/json; charset=utf-8', JSON.stringify({ user }))).toMatchObject({
          ok: true,
          user: { real_name: 'Ann' },
        });
        expect(await ask('application/json', '{')).toMatchObject({ error: 'invalid_json' });
        expect(await ask('text/xml', '<x/>')).toMatchObject({ error: 'invalid_post_type' });
      },
      'violations',
    ));
});

describe('what any client may run into is refused', () => {
  test('messages: gone, another’s, in places that are closed', () =>
    withFakeSlack({}, async (slack) => {
      const client = clientOf(slack);
      const [ann, bob] = [slack.person(), slack.person()];
      const channel = slack.channel();
      const theirs = ann.say('hi', channel);
      const { ts = '' } = await client.chat.postMessage({ channel: channel.id, text: 'mine' });
      const at = { channel: channel.id };
      expect(await errorOf(client.chat.update({ ...at, ts: theirs, text: 'x' }))).toBe('cant_update_message');
      expect(await errorOf(client.chat.delete({ ...at, ts: theirs }))).toBe('cant_delete_message');
      expect(
        await errorOf(client.chat.postMessage({ ...at, text: 'x', thread_ts: '1700000000.000001' })),
      ).toBe('thread_not_found');
      expect(await errorOf(client.chat.postEphemeral({ ...at, user: bob.user.id, text: 'x' }))).toBe(
        'user_not_in_channel',
      );
      await client.chat.delete({ ...at, ts });
      expect(await errorOf(client.chat.update({ ...at, ts, text: 'x' }))).toBe('message_not_found');
      expect(await errorOf(client.chat.delete({ ...at, ts }))).toBe('message_not_found');
      expect(await errorOf(client.chat.postMessage({ channel: 'C0NOWHERE', text: 'x' }))).toBe(
        'channel_not_found',
      );
      const closed = slack.channel({ hasBot: false });
      expect(await errorOf(client.chat.postMessage({ channel: closed.id, text: 'x' }))).toBe(
        'not_in_channel',
      );
      const hidden = slack.channel({ hasBot: false, type: 'group' });
      expect(await errorOf(client.chat.postMessage({ channel: hidden.id, text: 'x' }))).toBe(
        'channel_not_found',
      );
      channel.isArchived = true;
      expect(await errorOf(client.chat.postMessage({ ...at, text: 'x' }))).toBe('is_archived');
      expect(await errorOf(client.users.info({ user: 'U0NOBODY' }))).toBe('user_not_found');
    }));

  test('reactions', () =>
    withFakeSlack({ customEmoji: ['parrot'] }, async (slack) => {
      const client = clientOf(slack);
      const ann = slack.person();
      const at = { channel: ann.dm.id, timestamp: ann.say('hi') };
      await client.reactions.add({ ...at, name: 'eyes' });
      await client.reactions.add({ ...at, name: 'parrot' });
      await client.reactions.add({ ...at, name: '+1::skin-tone-3' });
      expect(await errorOf(client.reactions.add({ ...at, name: 'eyes' }))).toBe('already_reacted');
      expect(await errorOf(client.reactions.add({ ...at, name: '👀' }))).toBe('invalid_name');
      expect(await errorOf(client.reactions.remove({ ...at, name: 'tada' }))).toBe('no_reaction');
      await client.reactions.remove({ ...at, name: 'eyes' });
      expect(await errorOf(client.reactions.remove({ ...at, name: 'eyes' }))).toBe('no_reaction');
      const gone = { ...at, timestamp: '1700000000.000001', name: 'eyes' };
      expect(await errorOf(client.reactions.add(gone))).toBe('message_not_found');
    }));

  test('streams: begun, appended to, ended, and nothing after the end', () =>
    withFakeSlack({}, async (slack) => {
      const client = clientOf(slack);
      const ann = slack.person();
      const thread_ts = ann.say('hi');
      const at = { channel: ann.dm.id };
      const { ts = '' } = await client.chat.startStream({ ...at, thread_ts, markdown_text: '**Four**' });
      expect(await errorOf(client.chat.update({ ...at, ts, text: 'x' }))).toBe('streaming_state_conflict');
      await client.chat.appendStream({ ...at, ts, markdown_text: ' is it.' });
      expect(slack.see(ann, ann.dm.id, ts)).toEqual({ text: 'Four is it.', markup: ['bold'], actionIds: [] });
      await client.chat.stopStream({
        ...at,
        ts,
        blocks: [
          {
            type: 'context_actions',
            elements: [
              {
                type: 'feedback_buttons',
                action_id: 'feedback',
                positive_button: { text: { type: 'plain_text', text: 'Good' }, value: 'feedback.good' },
                negative_button: { text: { type: 'plain_text', text: 'Bad' }, value: 'feedback.bad' },
              },
            ],
          },
        ],
      });
      expect(slack.see(ann, ann.dm.id, ts)).toEqual({
        text: 'Four is it.',
        markup: ['bold'],
        actionIds: ['feedback.good', 'feedback.bad'],
      });
      expect(await errorOf(client.chat.appendStream({ ...at, ts, markdown_text: 'x' }))).toBe(
        'message_not_in_streaming_state',
      );
      expect(await errorOf(client.chat.stopStream({ ...at, ts }))).toBe('message_not_in_streaming_state');
      expect(await errorOf(client.chat.stopStream({ ...at, ts: thread_ts }))).toBe(
        'message_not_owned_by_app',
      );
      await client.chat.update({ ...at, ts, text: 'Five', blocks: [] });
      expect(slack.see(ann, ann.dm.id, ts)?.text).toBe('Five');
    }));

  test('status lines stand until they are cleared or the bot answers', () =>
    withFakeSlack({}, async (slack) => {
      const client = clientOf(slack);
      const ann = slack.person();
      const thread_ts = ann.say('hi');
      const at = { channel_id: ann.dm.id, thread_ts };
      await client.assistant.threads.setStatus({ ...at, status: 'is thinking' });
      expect(slack.status(ann.dm.id, thread_ts)).toBe('is thinking');
      await client.assistant.threads.setStatus({ ...at, status: '' });
      expect(slack.status(ann.dm.id, thread_ts)).toBeUndefined();
      await client.assistant.threads.setStatus({ ...at, status: 'is thinking' });
      await client.chat.postMessage({ channel: ann.dm.id, thread_ts, text: 'Four' });
      expect(slack.status(ann.dm.id, thread_ts)).toBeUndefined();
      const nowhere = { ...at, thread_ts: '1700000000.000001', status: 'x' };
      expect(await errorOf(client.assistant.threads.setStatus(nowhere))).toBe('invalid_thread_ts');
    }));

  test('threads are read in pages, private messages left out', () =>
    withFakeSlack({}, async (slack) => {
      const client = clientOf(slack);
      const ann = slack.person();
      const root = ann.say('root');
      const replies = ['one', 'two', 'three'].map((text) => ann.say(text, ann.dm, { threadTs: root }));
      await client.chat.postEphemeral({
        channel: ann.dm.id,
        user: ann.user.id,
        thread_ts: root,
        text: 'psst',
      });
      const at = { channel: ann.dm.id, ts: root };
      const first = await client.conversations.replies({ ...at, limit: 2 });
      expect(first.messages?.map((message) => message.text)).toEqual(['root', 'one']);
      expect(first.has_more).toBe(true);
      const cursor = first.response_metadata?.next_cursor ?? '';
      const second = await client.conversations.replies({ ...at, limit: 2, cursor });
      expect(second.messages?.map((message) => message.text)).toEqual(['root', 'two']);
      const before = await client.conversations.replies({ ...at, latest: replies[1] ?? '' });
      expect(before.messages?.map((message) => message.text)).toEqual(['root', 'one']);
      expect(await errorOf(client.conversations.replies({ ...at, cursor: 'what' }))).toBe('invalid_cursor');
      expect(await errorOf(client.conversations.replies({ ...at, ts: '1700000000.000001' }))).toBe(
        'thread_not_found',
      );
    }));
});

describe('trouble on command', () => {
  test('each fault reaches the SDK as itself, and heals', () =>
    withFakeSlack({}, async (slack) => {
      const client = clientOf(slack);
      const ann = slack.person();
      const say = (): Promise<unknown> => client.chat.postMessage({ channel: ann.dm.id, text: 'x' });
      slack.failNext('chat.postMessage', { kind: 'rate_limit', retryAfterSeconds: 7 });
      await expect(say()).rejects.toMatchObject({ retryAfter: 7 });
      slack.failNext('chat.postMessage', { kind: 'refuse', error: 'internal_error' });
      expect(await errorOf(say())).toBe('internal_error');
      slack.failNext('chat.postMessage', { kind: 'http', status: 503 });
      expect(await errorOf(say())).toBe('WebAPIHTTPError');
      slack.failNext('chat.postMessage', { kind: 'cut_before' });
      expect(await errorOf(say())).toBe('WebAPIRequestError');
      expect(slack.seeAll(ann, ann.dm.id)).toEqual([]);
      slack.failNext('chat.postMessage', { kind: 'cut_after' });
      expect(await errorOf(say())).toBe('WebAPIRequestError');
      expect(slack.seeAll(ann, ann.dm.id)).toHaveLength(1);
      slack.failNext('chat.postMessage', { kind: 'garbage' });
      expect(await errorOf(say())).toContain('<html>');
      slack.failAlways('chat.postMessage', { kind: 'refuse', error: 'fatal_error' });
      expect([await errorOf(say()), await errorOf(say())]).toEqual(['fatal_error', 'fatal_error']);
      slack.heal();
      expect(await errorOf(say())).toBe('ok');
      await slack.goDown();
      expect(await errorOf(say())).toBe('WebAPIRequestError');
      await slack.comeBack();
      expect(await errorOf(say())).toBe('ok');
    }));

  test('budgets by tier: the 51st update of a minute is refused until it is over', () =>
    withFakeSlack({ hasRateLimits: true }, async (slack) => {
      const client = clientOf(slack);
      const ann = slack.person();
      const { ts = '' } = await client.chat.postMessage({ channel: ann.dm.id, text: '0' });
      const update = (): Promise<string> =>
        errorOf(client.chat.update({ channel: ann.dm.id, ts, text: 'x' }));
      for (let count = 0; count < 50; count += 1) expect(await update()).toBe('ok');
      expect(await update()).toBe('WebAPIRateLimitedError');
      slack.advance(61_000);
      expect(await update()).toBe('ok');
    }));
});
