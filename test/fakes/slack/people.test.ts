import { isValidSlackRequest } from '@slack/bolt';
import { describe, expect, test } from 'vitest';
import type { FakeSlack } from './fake-slack.ts';
import { fullManifest } from './manifest.ts';
import { clientOf, errorOf, eventOf, type SdkSocket, socketOf, withFakeSlack } from './slack-rig.ts';

const actions = [
  {
    type: 'actions' as const,
    elements: [
      {
        type: 'button' as const,
        action_id: 'undo',
        text: { type: 'plain_text' as const, text: 'Undo' },
        value: 'v1',
      },
    ],
  },
];
const form = {
  type: 'modal' as const,
  callback_id: 'reason',
  private_metadata: 'kept',
  title: { type: 'plain_text' as const, text: 'Why' },
  submit: { type: 'plain_text' as const, text: 'Send' },
  blocks: [
    {
      type: 'input' as const,
      block_id: 'b',
      optional: true,
      label: { type: 'plain_text' as const, text: 'Words' },
      element: { type: 'plain_text_input' as const, action_id: 'words', max_length: 10 },
    },
  ],
};

async function withSocket(
  test: (slack: FakeSlack, socket: SdkSocket) => Promise<void>,
  options: { readonly acks: boolean } = { acks: true },
): Promise<void> {
  await withFakeSlack({}, async (slack) => {
    const socket = await socketOf(slack, options);
    await test(slack, socket);
    await socket.stop();
  });
}

const typesOf = (socket: SdkSocket): readonly unknown[] =>
  socket.envelopes.map((envelope) => {
    const event = eventOf(envelope);
    return event['subtype'] ?? event['type'] ?? envelope.body['type'] ?? envelope.body['command'];
  });

describe('events', () => {
  test('a mention is two events of one message, in either order', () =>
    withSocket(async (slack, socket) => {
      const [ann, channel] = [slack.person(), slack.channel()];
      const first = ann.mention('2 < 3?', channel);
      ann.mention('and now', channel, { twinFirst: 'message', threadTs: first });
      await socket.has(4);
      expect(typesOf(socket)).toEqual(['app_mention', 'message', 'message', 'app_mention']);
      const [mention, message, inThread] = socket.envelopes.map(eventOf);
      expect(mention).toMatchObject({ ts: first, text: `<@${slack.bot.id}> 2 &lt; 3?`, user: ann.user.id });
      expect(mention).not.toHaveProperty('channel_type');
      expect(message).toMatchObject({
        ts: first,
        channel_type: 'channel',
        client_msg_id: mention?.['client_msg_id'],
      });
      expect(inThread).toMatchObject({ thread_ts: first, parent_user_id: ann.user.id });
      expect(new Set(socket.envelopes.map((envelope) => envelope.body['event_id'])).size).toBe(4);
    }));

  test.each(['channel', 'group', 'mpim'] as const)('a message in a %s says so', (type) =>
    withSocket(async (slack, socket) => {
      slack.person().say('hi', slack.channel({ type }));
      await socket.has(1);
      expect(eventOf(socket.envelopes[0])).toMatchObject({ type: 'message', channel_type: type });
    }),
  );

  test('somebody of another team, in a shared channel', () =>
    withSocket(async (slack, socket) => {
      slack.person({ team_id: 'T0OTHER' }).say('hi', slack.channel({ isShared: true }));
      await socket.has(1);
      expect(socket.envelopes[0]?.body).toMatchObject({
        team_id: slack.team.id,
        is_ext_shared_channel: true,
      });
      expect(eventOf(socket.envelopes[0])).toMatchObject({ team: 'T0OTHER', user_team: 'T0OTHER' });
    }));

  test('edits, deletions and reactions, own ones too', () =>
    withSocket(async (slack, socket) => {
      const ann = slack.person();
      const ts = ann.say('one');
      ann.edit(ts, 'two');
      ann.react(ts, '👍');
      ann.react(ts, 'thumbsup::skin-tone-3', ann.dm, { namesAuthor: false });
      ann.unreact(ts, '+1');
      ann.remove(ts);
      const { ts: own = '' } = await clientOf(slack).chat.postMessage({ channel: ann.dm.id, text: 'mine' });
      await clientOf(slack).chat.update({ channel: ann.dm.id, ts: own, text: 'mine too' });
      await socket.has(8);
      expect(typesOf(socket)).toEqual([
        'message',
        'message_changed',
        'reaction_added',
        'reaction_added',
        'reaction_removed',
        'message_deleted',
        'message',
        'message_changed',
      ]);
      const events = socket.envelopes.map(eventOf);
      expect(events[1]).toMatchObject({
        hidden: true,
        message: { ts, text: 'two', edited: { user: ann.user.id } },
        previous_message: { ts, text: 'one' },
      });
      expect(events[2]).toMatchObject({
        reaction: '+1',
        item: { channel: ann.dm.id, ts },
        item_user: ann.user.id,
      });
      expect(events[3]).toMatchObject({ reaction: 'thumbsup::skin-tone-3' });
      expect(events[3]).not.toHaveProperty('item_user');
      expect(events[5]).toMatchObject({ deleted_ts: ts, previous_message: { text: 'two' } });
      expect(events[6]).toMatchObject({
        ts: own,
        user: slack.bot.id,
        bot_id: slack.bot.bot_id,
        app_id: slack.appId,
      });
    }));

  test('only what the manifest asks for is delivered, and nothing of channels without the bot', () =>
    withSocket(async (slack, socket) => {
      slack.install({
        ...fullManifest,
        settings: { ...fullManifest.settings, event_subscriptions: { bot_events: ['app_mention'] } },
      });
      const ann = slack.person();
      ann.say('unheard');
      ann.openHome();
      ann.mention('unheard', slack.channel({ hasBot: false }));
      ann.mention('heard', slack.channel());
      await socket.has(1);
      expect(typesOf(socket)).toEqual(['app_mention']);
      expect(slack.deliveries).toHaveLength(1);
    }));

  test('a repeated event is the same event', () =>
    withSocket(async (slack, socket) => {
      slack.person().say('hi');
      await socket.has(1);
      slack.redeliver();
      await socket.has(2);
      const [first, second] = socket.envelopes;
      expect(second?.body).toEqual(first?.body);
      expect(second?.retryNum).toBe(1);
    }));
});

describe('interactions', () => {
  test('a press brings a trigger that works once and an address that works five times', () =>
    withSocket(async (slack, socket) => {
      const client = clientOf(slack);
      const ann = slack.person();
      const { ts = '' } = await client.chat.postMessage({ channel: ann.dm.id, text: 'x', blocks: actions });
      expect(slack.see(ann, ann.dm.id, ts)?.actionIds).toEqual(['undo']);
      expect(await ann.press(ts, 'undo')).toMatchObject({ isAcknowledged: true });
      await socket.has(2);
      const body = socket.envelopes[1]?.body ?? {};
      expect(body).toMatchObject({
        type: 'block_actions',
        user: { id: ann.user.id },
        container: { message_ts: ts, channel_id: ann.dm.id, is_ephemeral: false },
        actions: [{ type: 'button', action_id: 'undo', value: 'v1' }],
      });
      const trigger = String(body['trigger_id']);
      await client.views.open({ trigger_id: trigger, view: form });
      expect(ann.form()).toMatchObject({
        formId: 'reason',
        title: 'Why',
        fields: [{ name: 'words', isRequired: false }],
      });
      expect(await errorOf(client.views.open({ trigger_id: trigger, view: form }))).toBe(
        'exchanged_trigger_id',
      );
      expect(await errorOf(client.views.open({ trigger_id: 'made up', view: form }))).toBe(
        'invalid_trigger_id',
      );

      const respond = async (answer: object): Promise<unknown> => {
        const response = await fetch(String(body['response_url']), {
          method: 'POST',
          body: JSON.stringify(answer),
        });
        return response.ok ? await response.text() : await response.json();
      };
      for (let count = 0; count < 4; count += 1) expect(await respond({ text: `psst ${count}` })).toBe('ok');
      expect(await respond({ text: 'done', blocks: [], replace_original: true })).toBe('ok');
      expect(slack.see(ann, ann.dm.id, ts)).toEqual({ text: 'done', markup: [], actionIds: [] });
      expect(slack.seeAll(slack.person(), ann.dm.id).map((seen) => seen.text)).toEqual(['done']);
      expect(slack.seeAll(ann, ann.dm.id)).toHaveLength(5);
      expect(await respond({ text: 'more' })).toEqual({ ok: false, error: 'used_url' });
    }));

  test('triggers end after three seconds, addresses after thirty minutes', () =>
    withSocket(async (slack, socket) => {
      const ann = slack.person();
      await ann.command('help');
      const body = socket.envelopes[0]?.body ?? {};
      slack.advance(3_001);
      const late = clientOf(slack).views.open({ trigger_id: String(body['trigger_id']), view: form });
      expect(await errorOf(late)).toBe('expired_trigger_id');
      slack.advance(30 * 60_000);
      const response = await fetch(String(body['response_url']), { method: 'POST', body: '{"text":"x"}' });
      expect([response.status, await response.json()]).toEqual([404, { ok: false, error: 'expired_url' }]);
    }));

  test('a command arrives as it was typed, and its answer is seen by one', () =>
    withSocket(
      async (slack, socket) => {
        const [ann, channel] = [slack.person(), slack.channel()];
        const asked = ann.command(' skill  list ', channel);
        await socket.has(1);
        expect(socket.envelopes[0]?.body).toMatchObject({
          command: '/metaclaw',
          text: 'skill  list',
          channel_id: channel.id,
          user_id: ann.user.id,
        });
        await socket.envelopes[0]?.ack({ text: 'for you' });
        expect(await asked).toMatchObject({ isAcknowledged: true });
        expect(slack.seeAll(ann, channel.id).map((seen) => seen.text)).toEqual(['for you']);
        expect(slack.seeAll(slack.person(), channel.id)).toEqual([]);
        await expect(ann.command('x', channel, '/other')).rejects.toThrow('/other');
      },
      { acks: false },
    ));

  test('a form stays until the app takes it, and can be refused', () =>
    withSocket(
      async (slack, socket) => {
        const ann = slack.person();
        const asked = ann.command('ask');
        await socket.has(1);
        const [command] = socket.envelopes;
        await clientOf(slack).views.open({ trigger_id: String(command?.body['trigger_id']), view: form });
        await command?.ack();
        await asked;
        await expect(ann.submit({ words: 'much too long' })).rejects.toThrow('too long');
        const refused = ann.submit({ words: 'short' });
        await socket.has(2);
        expect(socket.envelopes[1]?.body).toMatchObject({
          type: 'view_submission',
          view: {
            callback_id: 'reason',
            private_metadata: 'kept',
            state: { values: { b: { words: { type: 'plain_text_input', value: 'short' } } } },
          },
        });
        await socket.envelopes[1]?.ack({ response_action: 'errors', errors: { b: 'Once more, please' } });
        await refused;
        expect(ann.form()?.errors).toEqual({ b: 'Once more, please' });
        const taken = ann.submit({});
        await socket.has(3);
        await socket.envelopes[2]?.ack();
        await taken;
        expect(ann.form()).toBeUndefined();
      },
      { acks: false },
    ));

  test('what nobody answers is said to the person, and not repeated', () =>
    withSocket(
      async (slack, socket) => {
        const asked = slack.person().command('help');
        await socket.has(1);
        slack.sockets.expireAcks();
        expect(await asked).toMatchObject({ isAcknowledged: false, error: 'operation_timeout' });
        expect(slack.sockets.unacknowledged).toBe(0);
      },
      { acks: false },
    ));

  test('the message menu, the home page, the stop button', () =>
    withSocket(async (slack, socket) => {
      const client = clientOf(slack);
      const ann = slack.person();
      const root = ann.say('hi');
      const { ts = '' } = await client.chat.startStream({
        channel: ann.dm.id,
        thread_ts: root,
        markdown_text: 'x',
      });
      await ann.shortcut(ts, 'answer.correct');
      ann.openHome();
      ann.stop(root);
      await socket.has(5);
      expect(socket.envelopes[2]?.body).toMatchObject({
        type: 'message_action',
        callback_id: 'answer.correct',
        message_ts: ts,
        message: { user: slack.bot.id },
      });
      expect(eventOf(socket.envelopes[3])).toMatchObject({
        type: 'app_home_opened',
        tab: 'home',
        user: ann.user.id,
      });
      expect(eventOf(socket.envelopes[4])).toMatchObject({
        type: 'agent_session_stopped',
        thread_ts: root,
        streaming_message_ts: [ts],
      });
      await client.views.publish({
        user_id: ann.user.id,
        view: { type: 'home', blocks: [{ type: 'header', text: { type: 'plain_text', text: 'Welcome' } }] },
      });
      expect(ann.home()).toEqual({ text: 'Welcome', markup: ['heading'], actionIds: [] });
      const stale = { user_id: ann.user.id, hash: 'old', view: { type: 'home' as const, blocks: [] } };
      expect(await errorOf(client.views.publish(stale))).toBe('hash_conflict');
    }));
});

describe('by HTTP', () => {
  const accept = async (): Promise<Response> => new Response('');

  test('requests are signed, and forged or stale ones are told apart', () =>
    withFakeSlack({}, async (slack) => {
      const verdicts: boolean[] = [];
      slack.routeEvents(async (request) => {
        const body = await request.text();
        verdicts.push(
          isValidSlackRequest({
            signingSecret: slack.signingSecret,
            body,
            headers: {
              'x-slack-signature': request.headers.get('x-slack-signature') ?? '',
              'x-slack-request-timestamp': Number(request.headers.get('x-slack-request-timestamp')),
            },
          }),
        );
        return new Response(body.includes('url_verification') ? JSON.parse(body).challenge : '');
      });
      slack.person().say('hi');
      await slack.until(() => slack.http.statuses.length === 1, 'the delivery');
      await slack.http.forge();
      await slack.http.stale();
      expect(await slack.http.verifyUrl()).toEqual({ status: 200, isEchoed: true });
      expect(verdicts).toEqual([true, false, false, true]);
    }));

  test('failures are repeated with their number and reason, three times', () =>
    withFakeSlack({ retryDelaysMs: [0, 0, 0] }, async (slack) => {
      const seen: unknown[] = [];
      slack.routeEvents(async (request) => {
        seen.push([request.headers.get('x-slack-retry-num'), request.headers.get('x-slack-retry-reason')]);
        return new Response('', { status: 503 });
      });
      slack.person().say('hi');
      await slack.until(() => slack.http.dropped.length === 1, 'giving up');
      expect(seen).toEqual([
        [null, null],
        ['1', 'http_error'],
        ['2', 'http_error'],
        ['3', 'http_error'],
      ]);
    }));

  test('an answer that does not come in time counts as none', () =>
    withFakeSlack({ ackTimeoutMs: 20, retryDelaysMs: [0] }, async (slack) => {
      let calls = 0;
      slack.routeEvents(() => {
        calls += 1;
        return calls === 1 ? new Promise<Response>(() => undefined) : accept();
      });
      slack.person().say('hi');
      await slack.until(() => slack.http.statuses.length === 2, 'the repetition');
      expect(slack.http.statuses).toEqual([0, 200]);
    }));

  test('commands and interactions come as forms', () =>
    withFakeSlack({}, async (slack) => {
      const bodies: URLSearchParams[] = [];
      slack.routeEvents(async (request) => {
        bodies.push(new URLSearchParams(await request.text()));
        return Response.json({ response_type: 'ephemeral', text: 'for you' });
      });
      const ann = slack.person();
      expect(await ann.command('help')).toMatchObject({ isAcknowledged: true });
      expect(bodies[0]?.get('text')).toBe('help');
      expect(slack.seeAll(ann, ann.dm.id).map((seen) => seen.text)).toEqual(['for you']);
    }));
});
