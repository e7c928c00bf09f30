import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { toInbound } from '../../../adapters/discord/inbound.ts';
import type { PendingInteraction } from '../../../adapters/discord/inbound-facts.ts';
import { decodeHandle } from '../../../adapters/discord/interaction-handle.ts';
import { readWords } from '../../../core/commands/words.ts';
import { mayOpenForm } from '../../../core/domain/outbound-message.ts';
import {
  ADA,
  APP,
  BOB,
  BOT,
  BOT_MESSAGE,
  button,
  CHANNEL,
  DM,
  everyPacket,
  facts,
  GUILD,
  interaction,
  MESSAGE,
  message,
  packet,
  reaction,
  SAID_AT,
  TOKEN,
  typed,
  user,
} from './inbound-payloads.ts';

const botRef = { platform: 'discord', channelId: CHANNEL, messageId: BOT_MESSAGE };
const inbound = (name: string) => toInbound(everyPacket[name] ?? packet('', {}), facts);

describe('a reaction', () => {
  const react = (more: object, t = 'MESSAGE_REACTION_ADD', s = 7) =>
    toInbound(packet(t, reaction(more), s), facts);

  test('whole', () => {
    expect(inbound('added').events).toEqual([
      {
        type: 'signal_given',
        eventId: `discord:r:${BOT_MESSAGE}:session.0000000007:${ADA}:👍:added`,
        platform: 'discord',
        spaceId: `discord:${GUILD}`,
        occurredAt: facts.now,
        admission: { kind: 'open' },
        actor: { personId: `discord:${ADA}`, displayName: 'Ada', isBot: false },
        target: botRef,
        mark: { kind: 'reaction', name: '👍' },
      },
    ]);
    expect(inbound('removed').events[0]).toMatchObject({
      type: 'signal_withdrawn',
      mark: { kind: 'reaction', name: ':party:' },
    });
  });

  test.each<[object, string]>([
    [{ name: '👍🏽' }, '👍'],
    [{ name: '❤️' }, '❤'],
    [{ id: '5', name: 'party' }, ':party:'],
    [{ id: '5', name: null }, ':5:'],
    [{ id: '5', name: 'party', animated: true }, ':party:'],
  ])('%j', (emoji, name) => {
    for (const burst of [true, false]) {
      expect(react({ emoji, burst }).events[0]).toMatchObject({ mark: { kind: 'reaction', name } });
    }
  });

  test('with a server’s own emoji is known by its id, under whatever name and also when it is cleared', () => {
    const events = [
      react({ emoji: { id: '5', name: 'party' } }),
      react({ emoji: { id: '5', name: 'feast' } }, 'MESSAGE_REACTION_REMOVE'),
      react({ emoji: { id: '5', name: null } }, 'MESSAGE_REACTION_REMOVE'),
      react({ emoji: { id: '5', name: 'feast' } }, 'MESSAGE_REACTION_REMOVE_EMOJI'),
    ].flatMap((mapped) => mapped.events);
    expect(events).toMatchObject([
      { type: 'signal_given', mark: { name: ':party:', key: ':5:' } },
      { type: 'signal_withdrawn', mark: { name: ':feast:', key: ':5:' } },
      { type: 'signal_withdrawn', mark: { name: ':5:', key: ':5:' } },
      { type: 'signals_cleared', name: ':feast:', key: ':5:' },
    ]);
    expect(react({}).events[0]).not.toHaveProperty('mark.key');
  });

  test('is the same when it is replayed, another when it is given again, and sorts as it happened', () => {
    const id = (t: string, s: number) => react({}, t, s).events[0]?.eventId ?? '';
    const add = 'MESSAGE_REACTION_ADD';
    expect(id(add, 7)).toBe(id(add, 7));
    const ids = [
      id(add, 7),
      id('MESSAGE_REACTION_REMOVE', 8),
      id(add, 9),
      id('MESSAGE_REACTION_REMOVE', 10),
      id(add, 11),
    ];
    expect(new Set(ids).size).toBe(5);
    expect(ids.toSorted()).toEqual(ids);
  });

  test('of the bot itself, to others’ messages, and of no emoji', () => {
    expect(react({ user_id: BOT })).toEqual({ events: [], ignored: 'own_reaction' });
    expect(react({ message_author_id: BOB })).toEqual({ events: [], ignored: 'reaction_to_others' });
    expect(react({ emoji: { id: null, name: null } })).toEqual({
      events: [],
      notice: { kind: 'unreadable', what: 'reaction_added', problem: 'emoji' },
    });
  });

  test('cleared, all of them or one emoji', () => {
    const common = {
      type: 'signals_cleared',
      platform: 'discord',
      spaceId: `discord:${GUILD}`,
      occurredAt: facts.now,
    };
    expect(inbound('cleared').events).toEqual([
      {
        ...common,
        eventId: `discord:r:${MESSAGE}:session.0000000007:all`,
        target: { ...botRef, messageId: MESSAGE },
      },
    ]);
    expect(inbound('clearedEmoji').events).toEqual([
      {
        ...common,
        eventId: `discord:r:${BOT_MESSAGE}:session.0000000007:every:👍`,
        target: botRef,
        name: '👍',
      },
    ]);
  });
});

const trigger = {
  channelId: CHANNEL,
  guildId: GUILD,
  userId: ADA,
  applicationId: APP,
  interactionId: MESSAGE,
  token: TOKEN,
  issuedAt: facts.now,
};
const base = {
  eventId: `discord:i:${MESSAGE}`,
  platform: 'discord',
  spaceId: `discord:${GUILD}`,
  occurredAt: SAID_AT,
  admission: { kind: 'open' },
  actor: { personId: `discord:${ADA}`, displayName: 'Ada', isBot: false },
};
const conversation = {
  platform: 'discord',
  spaceId: `discord:${GUILD}`,
  audience: 'group',
  channelId: CHANNEL,
};

/** Checks the way to answer, and gives the event without it. */
function taken(name: string, handle: object, ownAnswer: PendingInteraction['ownAnswer']) {
  const { events, pending, ...rest } = inbound(name);
  expect(rest).toEqual({});
  expect(pending).toEqual({ handle, ownAnswer });
  const [event] = events;
  if (event === undefined || !('interaction' in event)) return event;
  const { interaction: way, ...others } = event;
  expect(way?.deadlineAt).toBe(facts.now + 3_000);
  expect(decodeHandle(way?.handle ?? '')).toEqual(handle);
  return others;
}

describe('an interaction', () => {
  test('that is a command', () => {
    expect(taken('command', { kind: 'command', ...trigger }, 'private')).toEqual({
      type: 'command_invoked',
      ...base,
      conversation,
      line: 'skill show pdf',
    });
  });

  test('that is the menu of a message', () => {
    expect(taken('menu', { kind: 'command', ...trigger }, 'form')).toEqual({
      type: 'action_invoked',
      ...base,
      conversation,
      actionId: 'answer.correct',
      target: botRef,
    });
  });

  test('that asks what may follow', () => {
    expect(taken('completion', { kind: 'complete', ...trigger, prefix: 'skill show ' }, 'choices')).toEqual({
      type: 'completion_requested',
      ...base,
      conversation,
      line: 'skill show pd',
    });
  });

  test('that is a button', () => {
    expect(taken('press', { kind: 'press', ...trigger }, 'update')).toEqual({
      type: 'action_invoked',
      ...base,
      conversation,
      actionId: 'turn.retry',
      target: botRef,
    });
    expect(taken('vote', { kind: 'press', ...trigger }, 'form')).toEqual({
      type: 'signal_given',
      ...base,
      target: botRef,
      mark: { kind: 'button', name: 'bad' },
    });
  });

  test('that is a button about another message', () => {
    const data = button(`feedback.reason|${DM}/${MESSAGE}`);
    const { events, pending } = toInbound(
      packet('INTERACTION_CREATE', interaction(3, data, { message: { id: BOT_MESSAGE } })),
      facts,
    );
    expect(events[0]).toMatchObject({
      actionId: 'feedback.reason',
      target: { channelId: DM, messageId: MESSAGE },
    });
    expect(pending?.ownAnswer).toBe('form');
  });

  test('that is a form', () => {
    expect(taken('form', { kind: 'submit', ...trigger }, 'thanks')).toEqual({
      type: 'form_submitted',
      ...base,
      conversation,
      formId: 'feedback.reason',
      target: botRef,
      values: { reason: 'wrong' },
    });
    const data = everyPacket['form']?.d;
    const opened = toInbound(
      packet('INTERACTION_CREATE', { ...(data as object), message: { id: '5' } }),
      facts,
    );
    expect(opened.pending?.ownAnswer).toBe('update');
  });

  test('that is a form about no message', () => {
    const data = { custom_id: 'skill.text=skill.add', components: [] };
    const { events, pending } = toInbound(packet('INTERACTION_CREATE', interaction(5, data)), facts);
    const [event] = events;
    expect(event).toMatchObject({ formId: 'skill.text', subject: 'skill.add', conversation });
    expect(event).not.toHaveProperty('target');
    expect(pending?.ownAnswer).toBe('private');
    const pressed = interaction(5, data, { message: { id: '5' } });
    expect(toInbound(packet('INTERACTION_CREATE', pressed), facts).pending?.ownAnswer).toBe('update');
    // No button is about a subject.
    const odd = interaction(3, button('skill.text=skill.add'), { message: { id: '5' } });
    expect(toInbound(packet('INTERACTION_CREATE', odd), facts)).toMatchObject({ events: [] });
  });

  test('that is a command which may open a form, by what is registered', () => {
    const commands = [
      { name: 'ask', summary: 'x', opensForm: true },
      {
        name: 'skill',
        summary: 'x',
        subcommands: [
          { name: 'add', summary: 'x', opensForm: true },
          { name: 'list', summary: 'x' },
        ],
      },
    ];
    const ownAnswerOf = (name: string, sub: string | undefined, known = commands) => {
      const options = sub === undefined ? [] : [{ name: sub, type: 1, options: [] }];
      const d = interaction(2, typed(name, options));
      return toInbound(packet('INTERACTION_CREATE', d), { ...facts, commands: known }).pending?.ownAnswer;
    };
    expect(ownAnswerOf('ask', undefined)).toBe('form');
    expect(ownAnswerOf('skill', 'add')).toBe('form');
    expect(ownAnswerOf('skill', 'list')).toBe('private');
    expect(ownAnswerOf('skill', 'add', [])).toBe('private');
  });

  test('of somebody who runs the server, and in direct messages', () => {
    const admin = interaction(2, typed('status'), { member: { permissions: '32', user: user(BOB) } });
    expect(toInbound(packet('INTERACTION_CREATE', admin), facts).events[0]).toMatchObject({
      actor: { personId: `discord:${BOB}`, role: 'maintainer' },
    });
    const direct = interaction(2, typed('status'), {
      guild_id: undefined,
      member: undefined,
      channel_id: DM,
      user: user(ADA),
    });
    expect(toInbound(packet('INTERACTION_CREATE', direct), facts).events[0]).toMatchObject({
      spaceId: `discord:dm.${DM}`,
      conversation: { audience: 'direct', channelId: DM },
    });
  });

  test.each<[string, unknown, string]>([
    ['a menu of users', interaction(2, { name: 'x', type: 2, target_id: ADA }), 'private'],
    ['a menu that is gone', interaction(2, { name: 'Old entry', type: 3, target_id: ADA }), 'private'],
    ['a select', interaction(3, { custom_id: 'x', component_type: 3 }, { message: { id: '5' } }), 'update'],
    ['a button of another shape', interaction(3, button('Not Ours'), { message: { id: '5' } }), 'update'],
    ['a button of nothing', interaction(3, { component_type: 2 }), 'update'],
    ['a form about nothing', interaction(5, { custom_id: 'feedback.reason', components: [] }), 'thanks'],
    ['a completion of nothing', interaction(4, typed('skill')), 'choices'],
  ])('is answered too when it is %s', (_, d, ownAnswer) => {
    const { events, pending } = toInbound(packet('INTERACTION_CREATE', d), facts);
    expect(events).toEqual([]);
    expect(pending).toMatchObject({ ownAnswer, handle: { token: TOKEN, interactionId: MESSAGE } });
  });

  test.each<[string, unknown, string]>([
    ['token', interaction(2, typed('status'), { token: '../x' }), 'token'],
    ['asker', interaction(2, typed('status'), { member: undefined }), 'user'],
    ['channel', interaction(2, typed('status'), { channel_id: undefined, channel: undefined }), 'channel_id'],
  ])('cannot be read without a %s', (_, d, problem) => {
    expect(toInbound(packet('INTERACTION_CREATE', d), facts)).toEqual({
      events: [],
      notice: { kind: 'unreadable', what: 'interaction', problem },
    });
  });

  test.each(['toString', '__proto__', 'constructor'])(
    'from a menu named %s is from no menu of ours',
    (name) => {
      const { events } = toInbound(
        packet('INTERACTION_CREATE', interaction(2, { name, type: 3, target_id: '1' })),
        facts,
      );
      expect(events).toEqual([]);
    },
  );

  test('may open a form only by what is known to', () => {
    const opening = ['feedback.bad', 'feedback.reason', 'answer.correct', 'skill.edit.3fa2c1d0'];
    const others = ['feedback.good', 'turn.retry', 'skill.approve.3fa2c1d0', 'skill.edit.'];
    expect([...others, ...opening].filter(mayOpenForm)).toEqual(opening);
  });
});

describe('the line of a command', () => {
  const option = (name: string, value: unknown, type = 3) => ({ name, type, value });
  const sub = (name: string, ...options: unknown[]) => ({ name, type: 1, options });
  const line = (name: string, options: unknown[]) => {
    const { events } = toInbound(packet('INTERACTION_CREATE', interaction(2, typed(name, options))), facts);
    const [event] = events;
    return event?.type === 'command_invoked' ? event.line : undefined;
  };

  test.each<[string, string, unknown[], string]>([
    ['a part of the root', 'metaclaw', [sub('status')], 'status'],
    ['a group of the root', 'metaclaw', [{ name: 'skill', type: 2, options: [sub('list')] }], 'skill list'],
    ['a group by itself', 'skill', [sub('list', option('page', 2, 4))], 'skill list 2'],
    [
      'the rest of a line',
      'metaclaw',
      [sub('help', option('command', ' skill \n show '))],
      'help skill show',
    ],
    [
      'values in another order',
      'skill',
      [sub('show', option('rest', 'a b'), option('name', 'x'))],
      'skill show x a b',
    ],
    ['a word of several', 'skill', [sub('show', option('name', 'two words'))], 'skill show "two words"'],
    ['a word with a quote', 'skill', [sub('show', option('name', '"x'))], "skill show '\"x'"],
    ['no value', 'skill', [sub('show', option('name', ''))], 'skill show ""'],
    ['an unknown command', 'other', [option('b', 'two words'), option('a', true, 5)], 'other two words true'],
    ['a channel', 'metaclaw', [sub('help', option('command', `<#${CHANNEL}>`))], 'help #general'],
  ])('%s', (_, name, options, expected) => {
    expect(line(name, options)).toBe(expected);
  });

  test('has words that are read as what was given', () => {
    for (const value of ['a', 'a b', '"', '"a', "it's", 'it\'s "so"', '“a', '«a b»', "'a' b"]) {
      const words = readWords(line('skill', [sub('show', option('name', value), option('rest', 'z'))]) ?? '');
      expect(words.slice(2).map(({ text }) => text)).toEqual([value, 'z']);
    }
  });

  test('up to the cursor', () => {
    const asked = (options: unknown[]) => {
      const { events } = toInbound(
        packet('INTERACTION_CREATE', interaction(4, typed('metaclaw', options))),
        facts,
      );
      const [event] = events;
      return event?.type === 'completion_requested' ? event.line : undefined;
    };
    const focused = (name: string, value: string) => ({ ...option(name, value), focused: true });
    expect(asked([sub('help', focused('command', ''))])).toBe('help ');
    expect(asked([sub('help', focused('command', 'skill s'))])).toBe('help skill s');
    const skill = {
      name: 'skill',
      type: 2,
      options: [sub('show', focused('rest', 'x'), option('name', 'a b'))],
    };
    expect(asked([skill])).toBe('skill show "a b" x');
  });
});

const recorded = new URL('../../../../shared/data/fixtures/discord/channel.json', import.meta.url);

test.skipIf(!existsSync(recorded))('recorded payloads (skipped without ../shared/data)', () => {
  const fixture: Record<string, unknown> = JSON.parse(readFileSync(recorded, 'utf8'));
  const given = { ...facts, botUserId: String(fixture['applicationId']) };
  const { data } = fixture['mention'] as { readonly data: unknown };
  expect(toInbound(packet('MESSAGE_CREATE', data), given).events).toMatchObject([
    {
      type: 'message_received',
      eventId: 'discord:m:1459213904352645277:1473118766652199044',
      spaceId: 'discord:1457468924290662599',
      addressing: 'mention',
      text: 'Test',
      occurredAt: SAID_AT,
      author: { displayName: 'Test User', isBot: false },
    },
  ]);
  const press = toInbound(packet('INTERACTION_CREATE', fixture['channel_post_action']), given);
  // Its id is not of our making.
  expect(press).toMatchObject({ events: [], ignored: 'no_button', pending: { ownAnswer: 'update' } });
  const own = { ...(fixture['channel_post_action'] as object), data: button('turn.retry') };
  expect(toInbound(packet('INTERACTION_CREATE', own), given).events).toMatchObject([
    {
      type: 'action_invoked',
      actionId: 'turn.retry',
      actor: { displayName: 'Test User', role: 'maintainer' },
      target: { channelId: '1473118766652199044', messageId: '1473118771026727144' },
    },
  ]);
});

test('dispatches that do not concern us', () => {
  expect(toInbound(packet('TYPING_START', {}), facts)).toEqual({
    events: [],
    ignored: 'dispatch_typing_start',
  });
  expect(toInbound(packet('constructor', message()), facts)).toEqual({
    events: [],
    ignored: 'dispatch_unknown',
  });
});
