import { describe, expect, test } from 'vitest';
import {
  eventMappers,
  interactionMappers,
  peopleIn,
  peopleInThread,
  shortcutCallbackIds,
  toInbound,
  toThreadMessages,
} from '../../../adapters/slack/inbound.ts';
import { decodeHandle } from '../../../adapters/slack/interaction-handle.ts';
import { parseChallenge } from '../../../adapters/slack/wire.ts';
import type { InboundEvent } from '../../../core/domain/inbound-event.ts';
import {
  ADA,
  appMention,
  BEN,
  BOT,
  CHANNEL,
  changed,
  DM,
  envelope,
  everyBody,
  type Fields,
  facts,
  inner,
  message,
  nameOf,
  nowAt,
  OTHER_TEAM,
  openedBy,
  press,
  reaction,
  rootTs,
  shortcut,
  slash,
  submission,
  TEAM,
  ts,
} from './inbound-payloads.ts';

const map = (body: unknown) => toInbound(body, facts, nameOf);
const one = (body: unknown): InboundEvent => {
  const { events, notice, ignored } = map(body);
  expect({ count: events.length, notice, ignored }).toEqual({
    count: 1,
    notice: undefined,
    ignored: undefined,
  });
  return events[0]!;
};
const handleOf = (event: InboundEvent) =>
  'interaction' in event && event.interaction !== undefined
    ? decodeHandle(event.interaction.handle)
    : undefined;

describe('reactions', () => {
  test('added is given, removed is withdrawn', () => {
    const common = {
      platform: 'slack',
      spaceId: `slack:${TEAM}`,
      eventId: 'slack:r:1767614397.000300:Ev0001',
      occurredAt: 1_767_614_397_000.3,
      admission: { kind: 'open' },
      actor: { personId: `slack:${ADA}`, displayName: 'Ada', isBot: false },
      target: { platform: 'slack', channelId: CHANNEL, messageId: ts },
      mark: { kind: 'reaction', name: '👍' },
    };
    expect(one(everyBody['reactionAdded'])).toEqual({ type: 'signal_given', ...common });
    expect(one(everyBody['reactionRemoved'])).toEqual({ type: 'signal_withdrawn', ...common });
  });

  test.each([
    ['thumbsup', '👍'],
    ['+1::skin-tone-5', '👍'],
    ['thumbsdown::skin-tone-2', '👎'],
    ['shipit', ':shipit:'],
  ])('%s is %s', (name, emoji) => {
    expect(one(envelope(reaction('reaction_added', { reaction: name })))).toMatchObject({
      mark: { kind: 'reaction', name: emoji },
    });
  });

  test.each<[string, Fields, string]>([
    ['our own', { user: BOT }, 'own_reaction'],
    ["to somebody else's message", { item_user: BEN }, 'reaction_to_others'],
    ['to a file', { item: { type: 'file', file: 'F1' } }, 'reaction_to_no_message'],
  ])('%s are none', (_, fields, ignored) => {
    expect(map(envelope(reaction('reaction_added', fields)))).toEqual({ events: [], ignored });
  });

  test('without telling whose message it was, it may be ours', () => {
    expect(one(envelope(reaction('reaction_added', { item_user: undefined }))).type).toBe('signal_given');
  });

  test('without an event id of Slack, two emoji on one message are still two events', () => {
    const ids = ['+1', 'tada'].map(
      (name) =>
        one(envelope(reaction('reaction_added', { reaction: name }), { event_id: undefined })).eventId,
    );
    expect(new Set(ids).size).toBe(2);
  });

  test('of two, the later one compares greater', () => {
    const early = one(envelope(reaction('reaction_added'), { event_id: 'Ev0002' }));
    const late = one(envelope(reaction('reaction_added', { event_ts: '1767614397.000400' })));
    expect(late.eventId > early.eventId).toBe(true);
    expect(late.occurredAt).toBeGreaterThan(early.occurredAt);
  });

  test('a time without its point is microseconds', () => {
    const event = one(envelope(reaction('reaction_added', { event_ts: '1767614397000300' })));
    expect(event.occurredAt).toBe(1_767_614_397_000.3);
  });

  test('another bot says so; a stranger in a shared channel must be let in', () => {
    const bot = one(envelope(reaction('reaction_added', { user: 'U0OTHERBOT' })));
    expect(bot).toMatchObject({ actor: { isBot: true } });
    const stranger = envelope(reaction('reaction_added', { user: 'U0NEW' }), { is_ext_shared_channel: true });
    expect(one(stranger)).toMatchObject({ admission: { kind: 'linked', subjects: ['slack:user:U0NEW'] } });
  });
});

describe('other events', () => {
  test('looking at the home page', () => {
    expect(one(everyBody['homeOpened'])).toEqual({
      type: 'home_opened',
      eventId: 'slack:h:1767614397.000300:Ev0001',
      platform: 'slack',
      spaceId: `slack:${TEAM}`,
      occurredAt: 1_767_614_397_000.3,
      admission: { kind: 'open' },
      actor: { personId: `slack:${ADA}`, displayName: 'Ada', isBot: false },
    });
    const messages = { type: 'app_home_opened', user: ADA, channel: DM, tab: 'messages', event_ts: ts };
    expect(map(envelope(messages))).toEqual({ events: [], ignored: 'messages_tab' });
  });

  test("Slack's stop button is the command, and nobody waits for an answer", () => {
    const event = one(everyBody['sessionStopped']);
    expect(event).toMatchObject({
      type: 'command_invoked',
      line: 'stop',
      conversation: { audience: 'direct', channelId: DM, threadId: rootTs },
      actor: { personId: `slack:${ADA}` },
    });
    expect(handleOf(event)).toEqual({ kind: 'silent', channelId: DM, threadId: rootTs, userId: ADA });
  });

  test('what concerns the operator is a notice', () => {
    expect(map(everyBody['uninstalled'])).toEqual({ events: [], notice: { kind: 'uninstalled' } });
    expect(map(everyBody['tokensRevoked'])).toEqual({ events: [], notice: { kind: 'tokens_revoked' } });
    const limited = { events: [], notice: { kind: 'rate_limited', minuteAt: 1_767_614_400_000 } };
    expect(map(everyBody['rateLimited'])).toEqual(limited);
    const wrapped = envelope({ type: 'app_rate_limited', minute_rate_limited: 1_767_614_400 });
    expect(map(wrapped)).toEqual(limited);
  });

  test("a person's revoked token is none of ours", () => {
    const event = { type: 'tokens_revoked', tokens: { oauth: [ADA] } };
    expect(map(envelope(event))).toEqual({ events: [], ignored: 'tokens_of_others' });
  });

  test.each<[string, unknown, object]>([
    [
      'an event that we never asked for',
      envelope({ type: 'app_context_changed' }),
      { ignored: 'event_app_context_changed' },
    ],
    [
      'a kind of body that we never asked for',
      { type: 'block_suggestion' },
      { ignored: 'body_block_suggestion' },
    ],
    ['a name of the language', { type: 'constructor' }, { ignored: 'body_constructor' }],
    ['an event by that name', envelope({ type: '__proto__' }), { ignored: 'event___proto__' }],
    ['no body', null, { notice: { kind: 'unreadable', what: 'body', problem: 'type' } }],
    [
      'a message without its channel',
      envelope(message('private words', { channel: 7 })),
      { notice: { kind: 'unreadable', what: 'message', problem: 'channel' } },
    ],
    [
      'a reaction without its message',
      envelope(reaction('reaction_added', { item: 1 })),
      { notice: { kind: 'unreadable', what: 'reaction_added', problem: 'item' } },
    ],
  ])('%s gives no events, and says why', (_, body, why) => {
    expect(map(body)).toEqual({ events: [], ...why });
  });

  test('every type that is mapped has a body here', () => {
    const types = Object.values(everyBody).map((body) => {
      const event = body['event'];
      return typeof event === 'object' && event !== null && 'type' in event ? event.type : body['type'];
    });
    expect(new Set(Object.keys(eventMappers)).difference(new Set(types))).toEqual(new Set());
    const kinds = new Set([...types, 'slash_command']);
    expect(new Set(Object.keys(interactionMappers)).difference(kinds)).toEqual(new Set());
    expect(shortcutCallbackIds).toEqual(['answer.correct']);
  });

  test('the challenge is read from its own kind of body only', () => {
    expect(parseChallenge({ type: 'url_verification', challenge: 'abc' })).toBe('abc');
    expect(parseChallenge({ type: 'event_callback', challenge: 'abc' })).toBe(undefined);
  });
});

describe('the slash command', () => {
  test('belongs to the channel and to no thread', () => {
    const event = one(slash(' skill search  pdf '));
    expect(event).toEqual({
      type: 'command_invoked',
      eventId: 'slack:c:13.37.beef',
      platform: 'slack',
      spaceId: `slack:${TEAM}`,
      occurredAt: nowAt,
      conversation: { platform: 'slack', spaceId: `slack:${TEAM}`, audience: 'group', channelId: CHANNEL },
      admission: { kind: 'open' },
      actor: { personId: `slack:${ADA}`, displayName: 'Ada', isBot: false },
      line: 'skill search  pdf',
      interaction: { handle: expect.any(String), deadlineAt: nowAt + 3_000 },
    });
    expect(handleOf(event)).toEqual({
      kind: 'slash',
      channelId: CHANNEL,
      userId: ADA,
      triggerId: '13.37.beef',
      responseUrl: 'https://hooks.slack.com/commands/T0HOME/1/abc',
      issuedAt: nowAt,
    });
  });

  test('with nothing behind it is an empty line; escapes are decoded', () => {
    expect(one(slash(''))).toMatchObject({ line: '' });
    expect(one(slash(`ask <@${BEN}|ben> if 1 &lt; 2`))).toMatchObject({ line: 'ask @Ben if 1 < 2' });
    expect(one(slash('if a < b > c'))).toMatchObject({ line: 'if a < b > c' });
  });

  test('of another workspace must be let in', () => {
    expect(one(slash('help', { team_id: OTHER_TEAM }))).toMatchObject({
      admission: { kind: 'linked', subjects: [`slack:user:${ADA}`, `slack:team:${OTHER_TEAM}`] },
    });
  });

  test('under a name that the settings do not know is told to the operator', () => {
    expect(map(slash('help', { command: '/other' }))).toEqual({
      events: [],
      notice: {
        kind: 'unreadable',
        what: 'slash_command',
        problem: 'its name is not channels.slack.commandName',
      },
    });
  });

  test('an address that is not of Slack is not kept', () => {
    const event = one(slash('help', { response_url: 'https://evil.example/commands/1' }));
    expect(handleOf(event)).toEqual({
      kind: 'slash',
      channelId: CHANNEL,
      userId: ADA,
      triggerId: '13.37.beef',
      issuedAt: nowAt,
    });
  });
});

describe('buttons', () => {
  test('a press names its button, the message and the thread', () => {
    const event = one(press({ action_id: 'turn.retry' }));
    expect(event).toEqual({
      type: 'action_invoked',
      eventId: 'slack:a:1767614398.289415:13.37.cafe',
      platform: 'slack',
      spaceId: `slack:${TEAM}`,
      occurredAt: 1_767_614_398_289.415,
      conversation: expect.objectContaining({ channelId: CHANNEL, threadId: rootTs, audience: 'group' }),
      admission: { kind: 'open' },
      actor: { personId: `slack:${ADA}`, displayName: 'Ada', isBot: false },
      actionId: 'turn.retry',
      target: { platform: 'slack', channelId: CHANNEL, messageId: ts },
      interaction: { handle: expect.any(String), deadlineAt: nowAt + 3_000 },
    });
    expect(handleOf(event)).toEqual({
      kind: 'press',
      channelId: CHANNEL,
      threadId: rootTs,
      userId: ADA,
      triggerId: '13.37.cafe',
      responseUrl: 'https://hooks.slack.com/actions/T0HOME/2/def',
      issuedAt: nowAt,
    });
  });

  test('a button may be about another message; what is no reference changes nothing', () => {
    const about = { platform: 'slack', channelId: 'C0ELSE', messageId: rootTs };
    const at = (value: string) => one(press({ action_id: 'feedback.why', value }));
    expect(at(JSON.stringify(about))).toMatchObject({ target: about, conversation: { channelId: CHANNEL } });
    for (const value of ['', 'x', '{}', JSON.stringify({ ...about, platform: 'telegram' })]) {
      expect(at(value)).toMatchObject({ target: { channelId: CHANNEL, messageId: ts } });
    }
  });

  test.each([
    ['feedback_buttons', { type: 'feedback_buttons', action_id: 'feedback', value: 'feedback.good' }, 'good'],
    ['feedback_buttons', { type: 'feedback_buttons', action_id: 'feedback', value: 'feedback.bad' }, 'bad'],
    ['a button of its own', { action_id: 'feedback.good' }, 'good'],
    ['a button of its own', { action_id: 'feedback.bad' }, 'bad'],
  ])('%s: %o is a signal that may be answered', (_, action, name) => {
    const event = one(press(action));
    expect(event).toMatchObject({
      type: 'signal_given',
      eventId: 'slack:a:1767614398.289415:13.37.cafe',
      mark: { kind: 'button', name },
      target: { channelId: CHANNEL, messageId: ts },
      interaction: { deadlineAt: nowAt + 3_000 },
    });
    expect(handleOf(event)).toMatchObject({ kind: 'press', threadId: rootTs, triggerId: '13.37.cafe' });
  });

  test('a message without a thread begins one, unless only one person sees it', () => {
    const message = { user: BOT, ts };
    const container = { type: 'message', message_ts: ts, channel_id: CHANNEL };
    const action = { action_id: 'turn.retry' };
    expect(one(press(action, { message, container }))).toMatchObject({ conversation: { threadId: ts } });
    const event = one(press(action, { message: undefined, container: { ...container, is_ephemeral: true } }));
    expect('conversation' in event && event.conversation).not.toHaveProperty('threadId');
  });

  test.each<[string, Fields, string]>([
    ['another kind of element', press({ type: 'static_select', action_id: 'turn.retry' }), 'no_button'],
    [
      'feedback of another kind',
      press({ type: 'feedback_buttons', action_id: 'feedback', value: 'meh' }),
      'no_button',
    ],
    [
      'a home page',
      press(
        { action_id: 'x' },
        { channel: undefined, message: undefined, container: { type: 'view', view_id: 'V1' } },
      ),
      'action_outside_messages',
    ],
  ])('%s gives none', (_, body, ignored) => {
    expect(map(body)).toEqual({ events: [], ignored });
  });

  test('two at once are two events', () => {
    const action = { type: 'button', action_id: 'turn.retry', action_ts: '1767614398.289415' };
    const { events } = map(press({}, { actions: [action, action] }));
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(2);
  });

  test('whose workspace is not told, and not known, must be let in', () => {
    const stranger = press({ action_id: 'turn.retry' }, { user: { id: 'U0NEW', username: 'new' } });
    expect(one(stranger)).toMatchObject({
      admission: { kind: 'linked', subjects: ['slack:user:U0NEW'] },
      actor: { displayName: 'new' },
    });
    const known = press({ action_id: 'turn.retry' }, { user: { id: ADA } });
    expect(one(known)).toMatchObject({ admission: { kind: 'open' } });
  });
});

describe('the entry of the menu of a message', () => {
  test('is an action on that message', () => {
    const event = one(shortcut());
    expect(event).toMatchObject({
      type: 'action_invoked',
      eventId: 'slack:s:1767614399.100000:13.37.f00d',
      occurredAt: 1_767_614_399_100,
      actionId: 'answer.correct',
      target: { channelId: CHANNEL, messageId: ts },
      conversation: { channelId: CHANNEL, threadId: rootTs },
      interaction: { deadlineAt: nowAt + 3_000 },
    });
    expect(handleOf(event)).toMatchObject({ kind: 'press', triggerId: '13.37.f00d' });
  });

  test('that is not ours is none', () => {
    expect(map(shortcut({ callback_id: 'else' }))).toEqual({ events: [], ignored: 'unknown_shortcut' });
  });
});

describe('forms', () => {
  test('come back with what was put in, by field', () => {
    const event = one(
      submission({
        kind: { kind: { type: 'radio_buttons', selected_option: { value: 'wrong', text: {} } } },
        words: { words: { type: 'plain_text_input', value: 'It is <b> & not &lt;i&gt;' } },
        empty: { empty: { type: 'plain_text_input', value: null } },
        blank: { blank: { type: 'plain_text_input', value: '' } },
        unset: { unset: { type: 'radio_buttons', selected_option: null } },
      }),
    );
    expect(event).toEqual({
      type: 'form_submitted',
      eventId: 'slack:v:V0001:1767614400.RiIIx55y',
      platform: 'slack',
      spaceId: `slack:${TEAM}`,
      occurredAt: nowAt,
      admission: { kind: 'open' },
      actor: { personId: `slack:${ADA}`, displayName: 'Ada', isBot: false },
      formId: 'feedback.reason',
      target: { platform: 'slack', channelId: CHANNEL, messageId: ts },
      conversation: {
        platform: 'slack',
        spaceId: `slack:${TEAM}`,
        audience: 'group',
        channelId: CHANNEL,
        threadId: rootTs,
      },
      interaction: { handle: openedBy },
      values: { kind: 'wrong', words: 'It is <b> & not &lt;i&gt;' },
    });
  });

  test('about something that is no message of ours say what', () => {
    const event = one(submission({}, {}, JSON.stringify({ subject: 'skill.edit:pdf-tables', openedBy })));
    expect(event).toMatchObject({ subject: 'skill.edit:pdf-tables', interaction: { handle: openedBy } });
    expect(event).not.toHaveProperty('target');
  });

  test.each([
    ['by another person', openedBy.replace(ADA, BEN)],
    ['by nothing that can be read', 'x'],
    ['by nothing', undefined],
  ])('opened %s are answered where the message is that they are about', (_, given) => {
    const about = { platform: 'slack', channelId: CHANNEL, messageId: ts };
    const event = one(submission({}, {}, JSON.stringify({ ...about, openedBy: given })));
    if (event.type !== 'form_submitted') throw new Error('It is no form.');
    const { handle } = event.interaction;
    expect(decodeHandle(handle)).toEqual({ kind: 'message', channelId: CHANNEL, userId: ADA });
    expect(event.conversation).not.toHaveProperty('threadId');
  });

  test('that are about nothing of ours are told', () => {
    for (const metadata of ['{"c":"1"}', JSON.stringify({ openedBy }), '{"subject":"skill.add"}', 'x']) {
      expect(map(submission({}, {}, metadata))).toMatchObject({
        events: [],
        notice: { kind: 'unreadable', what: 'view_submission' },
      });
    }
  });

  test('whose fields make no sense are told without what they hold, or are called', () => {
    const { notice } = map(submission({ 'My words': { 'My other words': 'and more' } }));
    expect(notice).toEqual({
      kind: 'unreadable',
      what: 'view_submission',
      problem: 'view.state.values.*.*',
    });
  });

  test('closing one is no event', () => {
    expect(map(everyBody['viewClosed'])).toEqual({ events: [], ignored: 'form_closed' });
  });
});

describe('whose names are wanted', () => {
  test.each<[string, unknown, readonly string[]]>([
    [
      'author, then whom the words name, each once',
      envelope(message(`<@${BEN}> <@U0CY|cy> <@${BEN}> <@${ADA}>`)),
      [ADA, BEN, 'U0CY'],
    ],
    ['a mention', envelope(appMention(`<@${BOT}> hi`)), [ADA, BOT]],
    ['an edit', envelope(changed(inner('a'), inner(`b <@${BEN}>`))), [ADA, BEN]],
    ['a reaction', envelope(reaction('reaction_added')), [ADA]],
    ['a slash command', slash(`who is <@${BEN}>`), [ADA, BEN]],
    ['a press', press({ action_id: 'x' }), [ADA]],
    ['a form', submission({}), [ADA]],
    ['a menu entry', shortcut(), [ADA]],
    ['a bot', envelope(message(`<@${BEN}>`, { bot_id: 'B0X' })), []],
    ['nothing', null, []],
  ])('%s', (_, body, people) => {
    expect(peopleIn(body)).toEqual(people);
  });

  test('naming a hundred asks for a few', () => {
    const crowd = Array.from({ length: 100 }, (_, index) => `<@U${index}>`).join(' ');
    expect(peopleIn(envelope(message(crowd))).length).toBe(21);
  });
});

describe('what was said in a thread', () => {
  const messages = [
    inner('first &amp; foremost', { ts: '1.000100', thread_ts: '1.000100' }),
    inner(`<@${BOT}> and <@${BEN}>?`, { ts: '1.000200', user: BEN }),
    inner('An answer', { ts: '1.000300', user: BOT, bot_id: 'B0BOT' }),
    inner('joined', { ts: '1.000400', subtype: 'channel_join' }),
    inner('', { ts: '1.000500' }),
    'nonsense',
  ];

  test('is read as messages are', () => {
    expect(toThreadMessages(messages, CHANNEL, facts, nameOf)).toEqual([
      {
        ref: refAt('1.000100'),
        authorName: 'Ada',
        authorId: `slack:${ADA}`,
        isOwn: false,
        text: 'first & foremost',
      },
      {
        ref: refAt('1.000200'),
        authorName: 'Ben',
        authorId: `slack:${BEN}`,
        isOwn: false,
        text: 'and @Ben?',
      },
      {
        ref: refAt('1.000300'),
        authorName: 'Somebody',
        authorId: `slack:${BOT}`,
        isOwn: true,
        text: 'An answer',
      },
    ]);
  });

  test('asks for the names of the people in it', () => {
    expect(peopleInThread(messages)).toEqual([ADA, BEN, BOT]);
  });

  const refAt = (messageId: string) => ({ platform: 'slack', channelId: CHANNEL, messageId });
});
