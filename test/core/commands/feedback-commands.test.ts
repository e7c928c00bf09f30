import { describe, expect, test } from 'vitest';
import { createMarkdown } from '../../../adapters/markdown/markdown.ts';
import type { CommandInvocation } from '../../../core/commands/context.ts';
import { runCommand } from '../../../core/commands/run-command.ts';
import { personId, spaceId, turnId } from '../../../core/domain/ids.ts';
import { plainText } from '../../../core/domain/plain-text.ts';
import {
  conversation,
  type FakeWorldOptions,
  fakeWorld,
  invocation,
  now,
  settlementOf,
  signal,
  turn,
} from './command-fixtures.ts';

const markdown = createMarkdown();

async function run(line: string, options: FakeWorldOptions = {}, changes: Partial<CommandInvocation> = {}) {
  const { deps, calls } = fakeWorld(options);
  const reply = await runCommand(invocation(line, changes), deps);
  return { text: plainText(markdown.parse(reply.markdown)), calls, isPrivate: reply.private };
}

const maintainer = { role: 'maintainer', actorId: personId('fake', 'mia') } as const;
const replyTo = { platform: 'fake', channelId: 'channel-1', messageId: 'm2' };
const elsewhere = [{ spaceId: spaceId('fake', 'space-2') }, { channelId: 'channel-2' }];
const hold = (actor: string | undefined, text?: string) => {
  const { actorId, ...row } = signal(actor ?? 'x', 'hold', 0, {
    kind: 'hold',
    slot: 'hold',
    ...(text === undefined ? {} : { text }),
  });
  return actor === undefined ? row : { ...row, actorId: personId('fake', actor) };
};

describe('feedback', () => {
  test('is noted for the last answer that has shown, with words that stay as they are', async () => {
    const lastShown = turn({ turnId: turnId('turn_7') });
    const good = await run('feedback good', { lastShown });
    expect(good.calls).toEqual(['rate turn_7 good undefined fake:ada fake:command feedback good']);
    expect(good.text).toBe('Thank you. 👍 is noted for my answer to “Extract *tables* from this pdf”.');
    expect(good.isPrivate).toBe(true);
    const bad = await run('feedback bad it was "wrong",  all of it', { lastShown });
    expect(bad.calls).toEqual([
      'rate turn_7 bad it was "wrong",  all of it fake:ada fake:command feedback bad it was "wrong",  all of it',
    ]);
    expect(bad.text).toBe('Thank you. 👎 is noted for my answer to “Extract *tables* from this pdf”.');
  });

  test('a colon or a comma before the words is none of them', async () => {
    for (const line of ['feedback bad: too long', 'feedback_bad, too long']) {
      expect((await run(line, { lastShown: turn() })).calls[0]).toMatch(/^rate turn_1 bad too long fake:ada/);
    }
  });

  test('bad without words says how to add them', async () => {
    const { text } = await run('feedback_bad', { lastShown: turn() });
    expect(text).toContain('👎 is noted');
    expect(text).toContain('/feedback bad <words>');
  });

  test('goes to the answer replied to, and to none of another space or channel', async () => {
    const lastShown = turn({ turnId: turnId('turn_last') });
    const repliedTurn = turn({ turnId: turnId('turn_replied') });
    const here = await run('feedback good', { lastShown, repliedTurn }, { replyTo });
    expect(here.calls).toHaveLength(1);
    expect(here.calls[0]).toMatch(/^rate turn_replied good /);
    for (const foreign of elsewhere) {
      const theirs = { ...repliedTurn, conversation: { ...conversation, ...foreign } };
      const there = await run('feedback bad', { lastShown, repliedTurn: theirs }, { replyTo });
      expect(there.calls).toEqual([]);
      expect(there.text).toContain('That message is none of my answers');
    }
    expect((await run('feedback bad', { lastShown }, { replyTo })).calls).toEqual([]);
  });

  test('says so where there is no answer', async () => {
    const { text, calls } = await run('feedback good', { lastTurn: turn({ state: 'open' }) });
    expect(calls).toEqual([]);
    expect(text).toBe('I have not answered anything in this conversation yet.');
  });

  test('keeps the beginning of words without end, and no half character', async () => {
    const { text, calls } = await run(`feedback bad ${'x'.repeat(2_999)}😀 end`, { lastShown: turn() });
    expect(text).toContain('I kept the first 3000 characters of your words.');
    expect(calls[0]).toContain(`bad ${'x'.repeat(2_999)} fake:ada`);
  });

  test('alone, or with another word, names what may follow', async () => {
    for (const line of ['feedback', 'feedback the answer was fine']) {
      const { text, calls } = await run(line, { lastShown: turn() });
      expect(calls).toEqual([]);
      expect(text).toContain('/feedback good [words]');
      expect(text).toContain('/feedback bad [words]');
    }
    expect((await run('feedback god')).text).toContain('Did you mean /feedback good [words]?');
    expect((await run('reward')).text).not.toContain('reward hold');
    expect((await run('reward', {}, maintainer)).text).toContain('/reward hold [turn] [reason]');
  });
});

describe('why tells of feedback', () => {
  const secret = 'the boss wrote this badly';
  const signals = [
    signal('ada', 'bad', -1, { kind: 'button', slot: 'button', occurredAt: now - 9_000 }),
    signal('ada', 'good', 1, { kind: 'button', slot: 'button', occurredAt: now - 8_000 }),
    signal('bob', 'bad', -1, { kind: 'feedback', slot: 'feedback', text: secret }),
    signal('cy', '👎', -1),
    signal('dan', '👎', -1),
    signal('robot', '👍', 1, { actorIsBot: true }),
    signal('bob', 'correction', -1, {
      kind: 'next',
      slot: 'next',
      authority: 'judge',
      weight: 0.4,
      text: secret,
    }),
  ];
  const feedback = { signals, settlements: {} };

  test('each mark by the kind of person, standing or not, and nobody else’s words or name', async () => {
    const { text } = await run('why', { lastTurn: turn(), feedback });
    expect(text).toContain(
      '- Standing: 👍 from you and a bot, which does not count, 👎 by command from another person, a correction (read by the judge in the next message) from another person, 👎 from 2 other people',
    );
    expect(text).toContain('- Taken back or changed: 👎 from you');
    expect(text).toContain('- Reward so far: −0.50 from 4 voices, by what people said of it');
    expect(text).not.toContain(secret);
    for (const name of ['fake:bob', 'fake:cy', 'bob']) expect(text).not.toContain(name);
  });

  test('a maintainer reads who and in which words, where nobody else reads it', async () => {
    const { text } = await run('why', { lastTurn: turn(), feedback }, maintainer);
    expect(text).toContain(`- 👎 by command from fake:bob, less than a minute ago, by test@1: “${secret}”`);
    expect(text).toContain('from fake:robot (a bot)');
    expect(text).toContain('trusted 40 %');
    expect(text).toMatch(/👎 from Ada, .*taken back or changed/);
    const own = await run(
      'why',
      { lastTurn: turn(), feedback },
      { ...maintainer, actorId: personId('fake', 'cy') },
    );
    expect(own.text).toContain('- 👎 from you, less than a minute ago');
    expect(own.text).not.toContain('fake:cy');
    const capabilities = {
      ...invocation('why').capabilities,
      canSendPrivately: false,
      canAnswerPrivately: false,
    };
    const aloud = await run('why', { lastTurn: turn(), feedback }, { ...maintainer, capabilities });
    expect(aloud.text).not.toContain(secret);
    expect(aloud.text).not.toContain('fake:bob');
    const direct = { ...conversation, audience: 'direct' } as const;
    const alone = await run(
      'why',
      { lastTurn: turn(), feedback },
      { ...maintainer, capabilities, conversation: direct },
    );
    expect(alone.text).toContain(secret);
  });

  test('what holds it back, and who did', async () => {
    const guarded = await run('why', {
      lastTurn: turn(),
      feedback: { signals: [...signals, hold(undefined)], settlements: {} },
    });
    expect(guarded.text).toContain('held back by the guard');
    expect(guarded.text).toContain('- Reward so far: held back until a maintainer has looked at it');
    const held = await run('why', {
      lastTurn: turn(),
      feedback: { signals: [hold('mia', secret)], settlements: {} },
    });
    expect(held.text).toContain('held back by a maintainer from another person');
    expect(held.text).not.toContain(secret);
  });

  test('the judge’s word, and how far it is trusted', async () => {
    const { actorId: _, ...vote } = signal('judge', 'alone', -1, {
      kind: 'judge',
      authority: 'judge',
      weight: 0.5,
    });
    const { text } = await run('why', { lastTurn: turn(), feedback: { signals: [vote], settlements: {} } });
    expect(text).toContain('- Standing: −1.00 from the judge\n');
    expect(text).toContain('- Reward so far: −1.00 from 1 voice, by the judge alone, trusted 50 %');
  });

  test('the word of a judge that does not count is said not to', async () => {
    const unsure = { authority: 'judge', weight: 0 } as const;
    const { actorId: _, ...vote } = signal('judge', 'with_next', -1, { kind: 'judge', ...unsure });
    const next = signal('ada', 'thanks', 1, { kind: 'next', slot: 'next', ...unsure });
    const signals = [vote, next];
    const { text } = await run('why', { lastTurn: turn(), feedback: { signals, settlements: {} } });
    expect(text).toContain('−1.00 from the judge, with the next message in view, which does not count');
    expect(text).toContain('thanks (read by the judge in the next message, which does not count) from you');
    expect(text).toContain('- Reward so far: none');
  });
});

describe('why tells what may be learned', () => {
  const known = { kind: 'known', value: -1, authority: 'explicit', voices: 1, weight: 1 } as const;
  const learned = async (
    settlements: NonNullable<FakeWorldOptions['feedback']>['settlements'],
    changes: Parameters<typeof turn>[0] = {},
  ): Promise<string> =>
    (await run('why', { lastTurn: turn(changes), feedback: { signals: [], settlements } })).text;

  test('what it became for each use, and why', async () => {
    const text = await learned({
      skills: settlementOf('settled', { reward: known, decision: { role: 'support', reason: 'failure' } }),
      weights: settlementOf('settled', {
        use: 'weights',
        reward: known,
        decision: { role: 'statistics', reason: 'terms' },
      }),
    });
    expect(text).toMatch(
      /- Skills: a failure that better skills may be made from, because .*\. Settled reward: −1\.00 from 1 voice/,
    );
    expect(text).toMatch(
      /- The model’s weights: only counted, because the terms of the platform .* forbid it/,
    );
  });

  test('what is still open, and until when', async () => {
    const text = await learned({
      skills: settlementOf('open', { dueAt: now - 1 }),
      weights: settlementOf('open', { dueAt: now + 3_600_000 }),
    });
    expect(text).toContain('- Skills: settles any moment now');
    expect(text).toContain('- The model’s weights: settles in 1 hour if nothing else is said');
  });

  test('what was used already, and how many words came too late', async () => {
    const text = await learned({
      skills: settlementOf('used', { reward: known, lateSignals: 2 }),
      weights: settlementOf('settled', { reward: { kind: 'held' }, lateSignals: 0 }),
    });
    expect(text).toMatch(/- Skills: it has been learned from, .*; 2 later words came too late for it/);
    expect(text).toContain('Settled reward: held back until a maintainer has looked at it');
    expect(text).not.toContain('0 later');
  });

  test('words without a vote that were learned from are not said to have come too late', async () => {
    const text = await learned({
      skills: settlementOf('used', { reward: { kind: 'missing' }, lateSignals: 1 }),
    });
    expect(text).toContain('- Skills: it has been learned from, by what was said of it\n');
  });

  test('that its conversation is held out', async () => {
    expect(await learned({}, { isHoldOut: true })).toContain('kept out of all learning');
    expect(await learned({})).not.toContain('kept out of all learning');
  });
});

describe('reward', () => {
  const repliedTurn = turn({ turnId: turnId('turn_replied') });
  const lastShown = turn({ turnId: turnId('turn_last') });
  const other = turn({
    turnId: turnId('turn_other'),
    conversation: { ...conversation, channelId: 'channel-2' },
    requestText: 'a private question',
  });
  const foreign = turn({
    turnId: turnId('turn_foreign'),
    conversation: { ...conversation, spaceId: spaceId('fake', 'space-2') },
  });
  const world = { repliedTurn, lastShown, turnsById: [repliedTurn, lastShown, other, foreign] };

  test('is for maintainers alone', async () => {
    for (const line of ['reward show', 'reward hold', 'reward release']) {
      const { text, calls } = await run(line, world);
      expect(text).toContain('is only for the people who run me here');
      expect(calls).toEqual([]);
    }
  });

  test('hold takes the answer replied to, a turn, or the last one, and a reason', async () => {
    const held = async (line: string, changes: Partial<CommandInvocation> = {}): Promise<readonly string[]> =>
      (await run(line, world, { ...maintainer, ...changes })).calls;
    expect(await held('reward hold')).toEqual(['hold turn_last undefined fake:mia']);
    expect(await held('reward hold five votes at once', { replyTo })).toEqual([
      'hold turn_replied five votes at once fake:mia',
    ]);
    expect(await held('reward hold brigading', { replyTo })).toEqual([
      'hold turn_replied brigading fake:mia',
    ]);
    expect(await held('reward hold turn_other odd votes', { replyTo })).toEqual([
      'hold turn_other odd votes fake:mia',
    ]);
    expect(await held(`reward hold ${'x'.repeat(999)}😀 end`)).toEqual([
      `hold turn_last ${'x'.repeat(999)} fake:mia`,
    ]);
    const { text } = await run('reward hold', world, maintainer);
    expect(text).toContain('is held back');
    expect(text).toContain('/reward release turn_last');
  });

  test('nothing of another space, whether it is there or not', async () => {
    for (const verb of ['show', 'hold', 'release']) {
      const theirs = await run(`reward ${verb} turn_foreign`, world, maintainer);
      const nothing = await run(`reward ${verb} turn_nowhere`, world, maintainer);
      expect(theirs.calls).toEqual([]);
      expect(theirs.text).toContain('I know no turn turn_foreign here.');
      expect(nothing.text).toBe(theirs.text.replace('turn_foreign', 'turn_nowhere'));
    }
    for (const place of elsewhere) {
      const theirs = { ...repliedTurn, conversation: { ...conversation, ...place } };
      const { calls, text } = await run(
        'reward hold',
        { ...world, repliedTurn: theirs },
        { ...maintainer, replyTo },
      );
      expect(calls).toEqual([]);
      expect(text).toContain('none of my answers');
    }
  });

  test('what was asked elsewhere is not repeated here', async () => {
    const { text } = await run('reward show turn_other', world, maintainer);
    expect(text).toContain('The reward of my answer in another conversation');
    expect(text).not.toContain('a private question');
  });

  test('release says whether anything was held', async () => {
    const free = await run('reward release', world, maintainer);
    expect(free.calls).toEqual([]);
    expect(free.text).toContain('Nothing holds the reward of my answer');
    const feedback = { signals: [hold(undefined)], settlements: {} };
    const held = await run('reward release', { ...world, feedback }, maintainer);
    expect(held.calls).toEqual(['release turn_last fake:mia']);
    expect(held.text).toContain('Released');
  });

  test('what was learned from already cannot be taken back', async () => {
    const settlements = { skills: settlementOf('used') };
    const late = await run('reward hold', { ...world, feedback: { signals: [], settlements } }, maintainer);
    expect(late.text).toContain('It has been learned from already');
    expect((await run('reward hold', world, maintainer)).text).not.toContain('learned from already');
  });

  test('show tells all of one answer', async () => {
    const feedback = {
      signals: [signal('bob', '👎', -1)],
      settlements: { skills: settlementOf('open', { dueAt: now + 60_000 }) },
    };
    const { text } = await run('reward show', { ...world, feedback }, { ...maintainer, replyTo });
    expect(text).toContain('turn_replied');
    expect(text).toContain('- 👎 from fake:bob');
    expect(text).toContain('- Skills: settles in 1 minute');
  });

  test('show alone lists what is held here: by whom, since when, why', async () => {
    expect((await run('reward show', world, maintainer)).text).toBe('No reward is held back here.');
    const feedback = {
      signals: [{ ...hold('mia', 'a burst'), occurredAt: now - 3 * 3_600_000 }],
      settlements: {},
    };
    const { text } = await run('reward show', { ...world, held: [lastShown, other], feedback }, maintainer);
    expect(text).toContain('2 rewards are held back here');
    expect(text).toContain(
      '- turn_last, my answer to “Extract *tables* from this pdf”: held by you 3 hours ago, “a burst”',
    );
    expect(text).toContain('- turn_other, my answer in another conversation: held by you');
    expect(text).not.toContain('a private question');
    const many = Array.from({ length: 30 }, (_, index) => turn({ turnId: turnId(`turn_${index}`) }));
    const long = await run('reward show', { held: many, feedback }, maintainer);
    expect(long.text).toContain('More than 20 rewards');
    expect(long.text).toContain('turn_19');
    expect(long.text).not.toContain('turn_20');
  });
});
