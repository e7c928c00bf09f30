import { describe, expect, test } from 'vitest';
import { parseIdentity } from '../../../adapters/slack/answers.ts';
import { toInbound } from '../../../adapters/slack/inbound.ts';
import type { SlackFacts, SlackInbound } from '../../../adapters/slack/inbound-facts.ts';
import { decodeHandle } from '../../../adapters/slack/interaction-handle.ts';
import type { InboundEvent } from '../../../core/domain/inbound-event.ts';
import {
  ADA,
  appMention,
  BEN,
  BOT,
  CHANNEL,
  changed,
  DM,
  deletion,
  editTs,
  envelope,
  type Fields,
  facts,
  inner,
  message,
  nameOf,
  nowAt,
  OTHER_TEAM,
  rootTs,
  TEAM,
  ts,
  tsAt,
} from './inbound-payloads.ts';

const map = (event: Fields, more: Fields = {}, given: SlackFacts = facts): SlackInbound =>
  toInbound(envelope(event, more), given, nameOf);
const one = (event: Fields, more: Fields = {}, given: SlackFacts = facts): InboundEvent => {
  const { events, notice, ignored } = map(event, more, given);
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

describe('messages', () => {
  test('who belongs to the whole organisation is no stranger in its workspaces; who belongs to another one is', () => {
    const inGrid = { ...facts, enterpriseId: 'E0ORG' };
    const of = (enterprise: string) => message('hi', { user_team: enterprise, team: enterprise });
    expect(one(of('E0ORG'), {}, inGrid)).toMatchObject({ admission: { kind: 'open' } });
    expect(one(of('E0OTHER'), {}, inGrid)).toMatchObject({
      admission: { kind: 'linked', subjects: ['slack:user:U0ADA', 'slack:team:E0OTHER'] },
    });
    expect(one(of('E0ORG'))).toMatchObject({ admission: { kind: 'linked' } });
  });

  test('the bot’s identity names the organisation of its workspace', () => {
    const answer = { ok: true, user_id: 'U1', bot_id: 'B1', team_id: 'T1', enterprise_id: 'E1' };
    expect(parseIdentity(answer)).toEqual({
      botUserId: 'U1',
      botId: 'B1',
      teamId: 'T1',
      enterpriseId: 'E1',
    });
    expect(parseIdentity({ ...answer, enterprise_id: null })).toEqual({
      botUserId: 'U1',
      botId: 'B1',
      teamId: 'T1',
    });
  });

  test('a mention in a channel opens a thread under itself', () => {
    const event = one(message(`<@${BOT}> what is up?`));
    expect(event).toEqual({
      type: 'message_received',
      eventId: `slack:m:${CHANNEL}:${ts}`,
      platform: 'slack',
      spaceId: `slack:${TEAM}`,
      occurredAt: tsAt,
      conversation: {
        platform: 'slack',
        spaceId: `slack:${TEAM}`,
        audience: 'group',
        channelId: CHANNEL,
        threadId: ts,
      },
      admission: { kind: 'open' },
      ref: { platform: 'slack', channelId: CHANNEL, messageId: ts },
      author: { personId: `slack:${ADA}`, displayName: 'Ada', isBot: false },
      addressing: 'mention',
      text: 'what is up?',
      interaction: { handle: expect.any(String) },
    });
    expect(handleOf(event)).toEqual({ kind: 'message', channelId: CHANNEL, threadId: ts, userId: ADA });
  });

  test('a direct message is direct, and a thread of its own', () => {
    expect(one(message('Hello', { channel: DM, channel_type: 'im' }))).toMatchObject({
      addressing: 'direct',
      conversation: { audience: 'direct', channelId: DM, threadId: ts },
      interaction: { handle: expect.any(String) },
    });
  });

  test('a mention in a direct message is one, since a command may follow it', () => {
    expect(one(message(`<@${BOT}> status`, { channel: DM, channel_type: 'im' }))).toMatchObject({
      addressing: 'mention',
      conversation: { audience: 'direct' },
      text: 'status',
    });
  });

  test('a reply in a thread of a direct conversation stays in that thread', () => {
    const event = one(message('More', { channel: DM, channel_type: 'im', thread_ts: rootTs }));
    expect(event).toMatchObject({ addressing: 'direct', conversation: { threadId: rootTs } });
  });

  test.each<[string, Fields, Partial<SlackFacts>, string]>([
    ['words in a channel', {}, {}, 'ambient'],
    ['words in a group DM', { channel: 'G0GROUP', channel_type: 'mpim' }, {}, 'ambient'],
    ['words in a thread', { thread_ts: rootTs }, {}, 'thread'],
    [
      'words in a thread where mentions are asked for',
      { thread_ts: rootTs },
      { threadPolicy: 'mention' },
      'ambient',
    ],
    ['words to somebody else in a thread', { thread_ts: rootTs, text: ` <@${BEN}> you?` }, {}, 'ambient'],
    ['words to a group in a thread', { thread_ts: rootTs, text: '<!subteam^S1|@ops> you?' }, {}, 'ambient'],
    ['words to everybody in a thread', { thread_ts: rootTs, text: '<!here> lunch' }, {}, 'ambient'],
    ['somebody named within the words', { thread_ts: rootTs, text: `ask <@${BEN}>` }, {}, 'thread'],
    ['both named', { thread_ts: rootTs, text: `<@${BEN}> <@${BOT}> you?` }, {}, 'mention'],
    [
      'a mention in a thread',
      { thread_ts: rootTs, text: `<@${BOT}> you?` },
      { threadPolicy: 'mention' },
      'mention',
    ],
    ['an escaped mention', { text: `&lt;@${BOT}&gt; you?` }, {}, 'ambient'],
  ])('%s: addressing', (_, fields, given, addressing) => {
    const event = one(message('hm', fields), {}, { ...facts, ...given });
    expect(event).toMatchObject({ addressing });
    expect('interaction' in event).toBe(addressing !== 'ambient');
  });

  test('the mention and its twin are one event with the same words, whichever comes first', () => {
    for (const thread of [{}, { thread_ts: rootTs }]) {
      const text = `hey <@${BOT}>, is &lt;b&gt; &amp; <https://a.example|this> ok?`;
      const twins = [one(message(text, thread)), one(appMention(text, thread))];
      expect(twins[1]).toEqual(twins[0]);
      expect(twins[0]).toMatchObject({
        addressing: 'mention',
        text: 'hey, is <b> & this (https://a.example) ok?',
      });
    }
  });

  test.each([
    ['its user', { user: BOT }],
    ['its bot id', { user: undefined, bot_id: 'B0BOT' }],
    ['its app', { user: 'U0OTHER', bot_id: 'B0OTHER', app_id: 'A0APP' }],
  ])('what the bot wrote itself is no event, told by %s', (_, fields) => {
    expect(map(message('mine', fields))).toEqual({ events: [], ignored: 'own_message' });
    expect(map(appMention(`<@${BOT}>`, fields))).toEqual({ events: [], ignored: 'own_message' });
  });

  test('what another bot wrote says so', () => {
    const legacy = { subtype: 'bot_message', user: undefined, bot_id: 'B0X', username: 'Builds' };
    expect(one(message(`<@${BOT}> done`, legacy))).toMatchObject({
      author: { personId: 'slack:B0X', displayName: 'Builds', isBot: true },
    });
    expect(one(message('done', { user: 'U0OTHERBOT', bot_id: 'B0Y' }))).toMatchObject({
      author: { isBot: true },
    });
    expect(one(message('done', { user: 'U0OTHERBOT' }))).toMatchObject({
      author: { displayName: 'Deploys', isBot: true },
    });
    expect(one(message('a reminder', { user: 'USLACKBOT' }))).toMatchObject({ author: { isBot: true } });
  });

  test.each([
    'channel_join',
    'channel_topic',
    'message_replied',
    'assistant_app_thread',
    'ekm_access_denied',
    'huddle_thread',
  ])('%s is no message of anybody', (subtype) => {
    expect(map(message('x', { subtype }))).toEqual({ events: [], ignored: `subtype_${subtype}` });
  });

  test('a subtype that is no name is not repeated in a log', () => {
    expect(map(message('x', { subtype: 'My secret words' })).ignored).toBe('subtype_unknown');
  });

  test.each(['me_message', 'thread_broadcast'])('%s is one', (subtype) => {
    expect(one(message('waves', { subtype }))).toMatchObject({ type: 'message_received', text: 'waves' });
  });

  test('files are told by kind, each kind once', () => {
    const files = [
      { mimetype: 'image/png' },
      { mimetype: 'image/jpeg' },
      { mimetype: 'audio/mp4', subtype: 'slack_audio' },
      { mimetype: 'video/mp4' },
      { mimetype: 'application/pdf' },
      { mimetype: 'audio/mpeg' },
      { mode: 'tombstone' },
    ];
    const event = one(message('', { subtype: 'file_share', channel: DM, files }));
    expect(event).toMatchObject({ text: '', attachments: ['photo', 'voice', 'video', 'file', 'audio'] });
  });

  test("a forwarded message is quoted, apart from the author's words; an unfolded web page is not", () => {
    const attachments = [
      { is_share: true, text: `Ship &lt;it&gt; <@${BEN}>`, fallback: '[today] Ship it' },
      { from_url: 'https://a.example', text: 'A page' },
    ];
    const event = one(message(`<@${BOT}> is this right?`, { attachments }));
    expect(event).toMatchObject({ text: 'is this right?', quotedText: 'Ship <it> @Ben' });
  });

  test('nothing at all is no event', () => {
    expect(map(message('')).ignored).toBe('empty_message');
    expect(map(message('', { text: undefined })).ignored).toBe('empty_message');
  });

  test('a mention alone is one, without words', () => {
    expect(one(message(`<@${BOT}>`))).toMatchObject({ addressing: 'mention', text: '' });
  });
});

describe('people', () => {
  test('an administrator is a maintainer; a name that is not known is Somebody', () => {
    expect(one(message('x', { user: BEN }))).toMatchObject({
      author: { personId: `slack:${BEN}`, displayName: 'Ben', role: 'maintainer' },
    });
    const unknown = one(message('x', { user: 'U0NEW' }));
    expect(unknown).toMatchObject({ admission: { kind: 'open' } });
    expect('author' in unknown && unknown.author).toEqual({
      personId: 'slack:U0NEW',
      displayName: 'Somebody',
      isBot: false,
    });
  });

  test.each([
    ['user_team', { user_team: OTHER_TEAM, team: TEAM }],
    ['user_profile', { user_profile: { team: OTHER_TEAM } }],
    ['team', { team: OTHER_TEAM }],
  ])('whoever is from another workspace must be let in, and is no maintainer here (%s)', (_, fields) => {
    const event = one(message('x', { user: BEN, ...fields }), { is_ext_shared_channel: true });
    expect(event).toMatchObject({
      spaceId: `slack:${TEAM}`,
      admission: { kind: 'linked', subjects: [`slack:user:${BEN}`, `slack:team:${OTHER_TEAM}`] },
    });
    expect('author' in event && event.author.role).toBe(undefined);
  });

  test('where the payload does not tell the workspace, the directory does', () => {
    const foreign = one(appMention(`<@${BOT}>`, { user: 'U0CY' }));
    expect(foreign).toMatchObject({ admission: { kind: 'linked' }, author: { displayName: 'Cy' } });
    expect('author' in foreign && foreign.author.role).toBe(undefined);
  });

  test('in a shared channel, whoever cannot be told apart from strangers counts as one', () => {
    const event = appMention(`<@${BOT}>`, { user: 'U0NEW' });
    expect(one(event, { is_ext_shared_channel: true })).toMatchObject({
      admission: { kind: 'linked', subjects: ['slack:user:U0NEW'] },
    });
    expect(one(event)).toMatchObject({ admission: { kind: 'open' } });
  });
});

describe('edits', () => {
  test('other words are an edit', () => {
    const before = inner('what is 2+2', { thread_ts: rootTs });
    expect(one(changed(before, inner('what is 2 &lt; 3', { thread_ts: rootTs })))).toEqual({
      type: 'message_edited',
      eventId: `slack:e:${CHANNEL}:${ts}:${editTs}`,
      platform: 'slack',
      spaceId: `slack:${TEAM}`,
      occurredAt: 1_767_614_395_000,
      conversation: expect.objectContaining({ channelId: CHANNEL, threadId: rootTs, audience: 'group' }),
      admission: { kind: 'open' },
      ref: { platform: 'slack', channelId: CHANNEL, messageId: ts },
      author: { personId: `slack:${ADA}`, displayName: 'Ada', isBot: false },
      text: 'what is 2 < 3',
    });
  });

  test('an edit belongs to the conversation that its message belongs to', () => {
    const received = one(message(`<@${BOT}> one`));
    const edited = one(changed(inner(`<@${BOT}> one`), inner(`<@${BOT}> two`)));
    expect('conversation' in edited && edited.conversation).toEqual(
      'conversation' in received && received.conversation,
    );
    expect(edited).toMatchObject({ type: 'message_edited', text: 'two' });
  });

  test.each<[string, Fields, string]>([
    ['unfolding a link', changed(inner('a'), inner('a', { attachments: [{ from_url: 'x' }] })), 'same_words'],
    ['our own edits', changed(inner('a', { user: BOT }), inner('b', { user: BOT })), 'own_message'],
    ['edits of bots', changed(inner('a', { bot_id: 'B0X' }), inner('b', { bot_id: 'B0X' })), 'bot_edit'],
    [
      'thread roots of assistants',
      changed(undefined, inner('a', { subtype: 'assistant_app_thread' })),
      'changed_assistant_app_thread',
    ],
    ['a change of nothing known', changed(undefined, inner('a'), { message: inner('a') }), 'same_words'],
  ])('%s is none', (_, event, ignored) => {
    expect(map(event)).toEqual({ events: [], ignored });
  });

  test('without the words before it, what was edited is an edit', () => {
    expect(one(changed(undefined, inner(`<@${BOT}> b`)))).toMatchObject({
      type: 'message_edited',
      text: 'b',
    });
  });

  test('a mention that an edit puts in is told as a message once, then as the edit', () => {
    const { events } = map(changed(inner('what is up?'), inner(`<@${BOT}> what is up?`)));
    expect(events.map(({ type, eventId }) => [type, eventId])).toEqual([
      ['message_received', `slack:m:${CHANNEL}:${ts}`],
      ['message_edited', `slack:e:${CHANNEL}:${ts}:${editTs}`],
    ]);
    const twin = one(appMention(`<@${BOT}> what is up?`, { edited: { user: ADA, ts: editTs } }));
    expect(events[0]).toEqual(twin);
    expect(twin).toMatchObject({ addressing: 'mention', text: 'what is up?' });
  });

  test('in a direct conversation it is only the edit', () => {
    const event = changed(inner('hi'), inner(`hi <@${BOT}>`), { channel: DM, channel_type: 'im' });
    expect(one(event)).toMatchObject({ type: 'message_edited', text: 'hi' });
  });

  test('an edited mention that is older than what the inbox remembers is not asked again', () => {
    const week = 7 * 24 * 60 * 60 * 1_000;
    const event = appMention(`<@${BOT}> hm`, { edited: { user: ADA, ts: editTs } });
    const later = { ...facts, now: nowAt + week };
    expect(map(event, {}, later)).toEqual({ events: [], ignored: 'old_mention_edited' });
    expect(map(appMention(`<@${BOT}> hm`), {}, later).events.length).toBe(1);
  });
});

describe('deletions', () => {
  test("a person's message is gone", () => {
    expect(one(deletion(inner('x', { thread_ts: rootTs })))).toEqual({
      type: 'message_deleted',
      eventId: `slack:d:${CHANNEL}:${ts}`,
      platform: 'slack',
      spaceId: `slack:${TEAM}`,
      occurredAt: 1_767_614_396_000.1,
      conversation: expect.objectContaining({ channelId: CHANNEL, threadId: rootTs }),
      ref: { platform: 'slack', channelId: CHANNEL, messageId: ts },
    });
    expect(one(deletion(undefined))).toMatchObject({ conversation: { threadId: ts } });
  });

  test('what is left under a thread counts as gone too', () => {
    const grave = inner('This message was deleted.', {
      subtype: 'tombstone',
      user: 'USLACKBOT',
      thread_ts: ts,
    });
    const event = one(changed(inner('x', { thread_ts: ts }), grave));
    expect(event).toMatchObject({ type: 'message_deleted', eventId: `slack:d:${CHANNEL}:${ts}` });
  });

  test.each<[string, Fields, string]>([
    ['our own', inner('x', { user: BOT, bot_id: 'B0BOT' }), 'own_message'],
    ["another bot's", inner('x', { bot_id: 'B0X' }), 'bot_deletion'],
    ['a join', inner('x', { subtype: 'channel_join' }), 'deleted_channel_join'],
  ])('%s is none', (_, before, ignored) => {
    expect(map(deletion(before))).toEqual({ events: [], ignored });
  });
});
