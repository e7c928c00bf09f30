import { afterEach, describe, expect, test } from 'vitest';
import { AppError } from '../../core/domain/app-error.ts';
import { encodeConversationKey } from '../../core/domain/conversation.ts';
import { personId, unknownAuthor } from '../../core/domain/ids.ts';
import type { Turn } from '../../core/domain/turn.ts';
import { polarityTable } from '../../core/feedback/polarity.ts';
import type { Settlement, SettlementUse } from '../../core/ports/ledger-store.ts';
import { sampleTurn } from '../contract/store-samples.ts';
import { openPlatform, platformPolicy } from '../fakes/feedback/platform-policies.ts';
import { answer, failWith } from '../fakes/model/scripted-model.ts';
import { type BotHarness, type BotHarnessOptions, createBotHarness, minute } from './bot-harness.ts';

const open: BotHarness[] = [];

async function start(options: BotHarnessOptions = {}): Promise<BotHarness> {
  const harness = await createBotHarness(options);
  open.push(harness);
  await harness.start();
  return harness;
}

afterEach(async () => {
  for (const harness of open.splice(0)) await harness.stop();
});

const person = (name: string) => personId('fake', name);

/** The turn behind the answer that was shown last, once `count` turns have ended. */
async function lastTurn(harness: BotHarness, count: number): Promise<Turn> {
  return harness.until(async () => {
    const counts = await harness.stores.turns.counts();
    const ended = counts.done + counts.failed;
    const ref = harness.channel.messages().at(-1)?.ref;
    return ended === count && ref !== undefined ? harness.stores.turns.byReply(ref) : undefined;
  }, `${count} ended`);
}

async function settled(harness: BotHarness, turn: Turn, use: SettlementUse = 'skills'): Promise<Settlement> {
  await harness.clock.advance((use === 'skills' ? 10 : 24 * 60) * minute);
  return harness.until(async () => {
    const settlement = await harness.stores.ledger.settlement(turn.turnId, use);
    return settlement?.state === 'settled' ? settlement : undefined;
  }, 'settled');
}

describe('what is fixed when a turn opens', () => {
  test('a request is of the main line, whatever it comes with, and its authors are those of the whole prompt', async () => {
    const harness = await start({
      steps: [answer('One.'), answer('Two.'), answer('Three.')],
      capabilities: { canReadThreads: true },
    });
    const place = { channelId: 'room', threadId: 't', audience: 'group' } as const;
    const ann = harness.channel.personAs({ id: 'ann', ...place });
    const bob = harness.channel.personAs({ id: 'bob', ...place });
    harness.channel.saidInThread(ann.conversation, [
      {
        ref: { platform: 'fake', channelId: 'room', messageId: 'm0' },
        authorName: 'Cleo',
        authorId: person('cleo'),
        isOwn: false,
        text: 'Blue.',
      },
    ]);
    await ann.says('what did she say?');
    const first = await lastTurn(harness, 1);
    expect(first).toMatchObject({ line: 'main', isHoldOut: false });
    expect(first.promptAuthors).toEqual([person('ann'), person('cleo')]);
    await harness.clock.advance(5_000);
    harness.channel.saidInThread(ann.conversation, []);
    await bob.says('and then?');
    // Her answer may tell what Cleo said, so Cleo stands behind it too.
    expect((await lastTurn(harness, 2)).promptAuthors).toEqual(['bob', 'ann', 'cleo'].map(person));
    await harness.clock.advance(5_000);
    await bob.commands('new');
    const elsewhere = { platform: 'fake', channelId: 'room', messageId: 'far' };
    await bob.says('look', { replyTo: elsewhere, quotedText: 'Red.', quotedAuthorIds: [person('dan')] });
    expect((await lastTurn(harness, 3)).promptAuthors).toEqual(['bob', 'dan'].map(person));
  });

  test('a Retry asks in the name of the asker, with the same authors behind it', async () => {
    const broken = failWith(new AppError('bad_reply', 'No.'));
    const harness = await start({ steps: [broken, answer('One.')] });
    const ann = harness.channel.personAs({ id: 'ann' });
    await ann.says('one?');
    const failed = await lastTurn(harness, 1);
    await ann.presses(harness.channel.messages().at(-1)!.ref, 'turn.retry');
    const again = await lastTurn(harness, 2);
    expect(again).toMatchObject({ retryOf: failed.turnId, line: 'main' });
    expect(again.promptAuthors).toEqual([person('ann')]);
  });

  test('an answer written with a skill brings those whom it was learned from into the prompts after it', async () => {
    const [skill] = sampleTurn('t').skills;
    const learnedFrom = { platforms: ['closed', 'fake'], authors: [person('eve')] };
    const shown = skill === undefined ? [] : [{ ...skill, learnedFrom }];
    const harness = await start({
      steps: [answer('One.'), answer('Two.')],
      contentPolicy: new Map([
        ['fake', openPlatform()],
        ['closed', platformPolicy('never')],
      ]),
      skillsFor: (words) => ({
        generation: 1,
        block: '',
        shown: words.includes('one') ? shown : [],
        masked: [],
      }),
    });
    const { person: ann } = harness.channel;
    await ann.says('one?');
    const first = await lastTurn(harness, 1);
    const behind = [first.askerId, person('eve'), unknownAuthor('closed')];
    expect(first.promptAuthors).toEqual(behind);
    await harness.clock.advance(5_000);
    await ann.says('two?');
    const second = await lastTurn(harness, 2);
    expect(second.skills).toEqual([]);
    expect(second.promptAuthors).toEqual(behind);
    for (const turn of [first, second]) await ann.reacts(turn.replyRefs[0]!, '👎');
    expect(await settled(harness, first, 'weights')).toMatchObject({
      decision: { role: 'statistics', reason: 'tainted_skill' },
    });
    expect(await settled(harness, second, 'weights')).toMatchObject({
      decision: { role: 'statistics', reason: 'terms' },
    });
  });

  test('whether its conversation is held out, by the conversation and nothing else', async () => {
    const isHoldOut = (key: string): boolean => key.includes('secret');
    const harness = await start({ steps: [answer('One.'), answer('Two.')], isHoldOut });
    const held = harness.channel.personAs({ channelId: 'secret' });
    expect(encodeConversationKey(held.conversation)).toContain('secret');
    await held.says('one?');
    const out = await lastTurn(harness, 1);
    expect(out.isHoldOut).toBe(true);
    await harness.channel.personAs({ channelId: 'other' }).says('two?');
    expect((await lastTurn(harness, 2)).isHoldOut).toBe(false);
    await held.reacts(out.replyRefs[0]!, '👎');
    expect(await settled(harness, out)).toMatchObject({
      reward: { kind: 'known', value: -1 },
      decision: { role: 'hold_out', reason: 'hold_out' },
    });
  });
});

describe('the last turn of a session', () => {
  test.each(['by the gap', 'by /new'])('is settled too, ended %s', async (how) => {
    const harness = await start({ steps: [answer('One.')] });
    const { person: ann } = harness.channel;
    await ann.says('one?');
    const turn = await lastTurn(harness, 1);
    await ann.reacts(turn.replyRefs[0]!, '👎');
    if (how === 'by /new') await ann.commands('new');
    else await harness.clock.advance(200 * minute);
    expect(await settled(harness, turn)).toMatchObject({
      reward: { kind: 'known', value: -1 },
      decision: { role: 'support', reason: 'failure' },
    });
    expect(await settled(harness, turn, 'weights')).toMatchObject({ decision: { role: 'query' } });
    const [session] = await harness.stores.sessions.openSessions();
    expect(session?.sessionId).not.toBe(turn.sessionId);
  });
});

test('an emoji of the operator’s own counts, and its row names the table that it was read by', async () => {
  const polarity = polarityTable({ ':shipit:': 0.5 });
  const harness = await start({ steps: [answer('One.')], polarity });
  await harness.channel.person.says('one?');
  const turn = await lastTurn(harness, 1);
  await harness.channel.person.reacts(turn.replyRefs[0]!, ':shipit:');
  const [row] = await harness.stores.ledger.ofTurn(turn.turnId);
  expect(row).toMatchObject({ name: ':shipit:', polarity: 0.5, weight: 1 });
  expect(row?.rule).toMatch(/^polarity-table@1\+[0-9a-f]{8}$/);
  expect(await settled(harness, turn)).toMatchObject({ reward: { kind: 'known', value: 0.5 } });
});

describe('the judge’s turn', () => {
  const waiting = async (harness: BotHarness) =>
    (await harness.stores.judgeQueue.due(Number.MAX_SAFE_INTEGER, 10)).map(({ turnId, dueAt }) => ({
      turnId,
      dueAt,
    }));

  test('begins with the quiet time for skills, and only for what arrived whole', async () => {
    const broken = failWith(new AppError('bad_reply', 'No.'));
    const harness = await start({ steps: [answer('One.'), broken], isJudged: true });
    await harness.channel.person.says('one?');
    const turn = await lastTurn(harness, 1);
    const expected = [{ turnId: turn.turnId, dueAt: (turn.endedAt ?? 0) + 10 * minute }];
    expect(await waiting(harness)).toEqual(expected);
    await harness.clock.advance(5_000);
    await harness.channel.person.says('two?');
    await lastTurn(harness, 2);
    expect(await waiting(harness)).toEqual(expected);
  });

  test('never comes where there is no judge', async () => {
    const harness = await start({ steps: [answer('One.')] });
    await harness.channel.person.says('one?');
    await lastTurn(harness, 1);
    expect(await waiting(harness)).toEqual([]);
  });
});
