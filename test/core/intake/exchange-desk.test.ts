import { describe, expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import { utcMonthOf } from '../../../core/intake/utc-month.ts';
import { sampleSampled } from '../../contract/store-samples.ts';
import { asking, ending, exchangeRig, gapMs, lab, quietTimes } from './exchange-rig.ts';

describe('an exchange', () => {
  test('is a turn of its session, stored soon after its last byte, with what it cost', async () => {
    const { desk, clock, open, spent, stored, turns, counted } = await exchangeRig();
    const exchange = await desk.begin(asking({ ownKey: 'mine' }));
    expect(exchange.block).toContain('Water at dawn.');
    await clock.advance(5_000);
    const usage = { inputTokens: 30, outputTokens: 5 };
    exchange.finish(ending({ messageIds: ['chatcmpl-1'], usage }));
    const endedAt = clock.now();
    expect(await turns()).toEqual([]);
    await stored();
    const [turn] = await turns();
    expect(turn).toMatchObject({
      turnId: exchange.turnId,
      sessionId: exchange.sessionId,
      conversation: { platform: 'api', spaceId: lab.spaceId, audience: 'direct' },
      askerId: lab.personId,
      askerName: 'lab agent',
      eventIds: [],
      requestRefs: [],
      requestText: 'water my tomatoes',
      line: 'main',
      isHoldOut: false,
      promptAuthors: [lab.personId],
      skills: [{ name: 'garden-care' }],
      maskedSkills: [],
      policy: 'gpt-5-mini',
      promptHash: 'hash',
      state: 'done',
      replyText: 'At dawn.',
      usage,
      startedAt: endedAt - 5_000,
      endedAt,
    });
    expect(turn?.replyRefs.map(({ messageId }) => messageId)).toEqual([
      'chatcmpl-1',
      exchange.turnId,
      'key:2:k1:mine',
    ]);
    expect(turn?.replyRefs.map(({ channelId }) => channelId)).toEqual(['lab', 'lab', 'lab']);
    const { sessions, ledger, judgeQueue } = open.stores;
    expect(await sessions.get(exchange.sessionId)).toMatchObject({ conversationKey: turn?.conversationKey });
    const dueAt = endedAt + quietTimes.skills;
    // Nothing is to be settled before somebody has said something.
    expect(await ledger.settlement(exchange.turnId, 'skills')).toBeUndefined();
    expect(await judgeQueue.due(dueAt, 5)).toMatchObject([{ turnId: exchange.turnId, dueAt }]);
    expect(spent).toEqual([['k1', 35]]);
    expect(counted.get('exchanges_total done')).toBe(1);
  });

  test('that ends twice, or is abandoned, is no further turn', async () => {
    const { desk, stored, turns, spent } = await exchangeRig();
    const one = await desk.begin(asking());
    one.finish(ending());
    one.finish(ending({ replyText: 'twice' }));
    one.abandon();
    const other = await desk.begin(asking());
    other.abandon();
    other.finish(ending());
    await stored();
    expect(await turns()).toMatchObject([{ turnId: one.turnId, replyText: 'At dawn.' }]);
    expect(spent).toHaveLength(1);
  });

  test('cut off or stopped keeps what text there is, and no judge looks at it', async () => {
    const { desk, open, clock, stored, turns } = await exchangeRig();
    (await desk.begin(asking())).finish(ending({ state: 'failed', errorCode: 'network', replyText: 'At' }));
    (await desk.begin(asking())).finish(ending({ state: 'stopped', replyText: '', firstAnswer: '' }));
    await stored();
    expect(await turns()).toMatchObject([
      { state: 'failed', errorCode: 'network', replyText: 'At' },
      { state: 'stopped', replyText: '' },
    ]);
    expect(await open.stores.judgeQueue.due(clock.now() + gapMs, 5)).toEqual([]);
  });

  test('beside the talk is given no skills and has no quiet times', async () => {
    const { desk, open, library, stored, turns } = await exchangeRig();
    const exchange = await desk.begin(asking({ line: 'side', talk: { name: 't', opening: 'x' } }));
    expect([exchange.block, await desk.peek(asking({ line: 'side' }))]).toEqual(['', '']);
    exchange.finish(ending());
    await stored();
    expect(await turns()).toMatchObject([{ line: 'side', skills: [], generation: library.generation() }]);
    expect(await open.stores.ledger.settlement(exchange.turnId, 'skills')).toBeUndefined();
    expect(await open.stores.judgeQueue.backlog()).toMatchObject({ waiting: 0 });
  });

  test('whose server keeps the system message is sent no skills, and shown those that it was sent before', async () => {
    const { desk, stored, turns } = await exchangeRig();
    const talk = { name: 'trip', opening: '' };
    const first = await desk.begin(asking({ talk }));
    first.finish(ending({ messageIds: ['msg_1'] }));
    const kept = asking({ talk, words: 'book the invoices', keepsSystem: true });
    expect(await desk.peek(kept)).toBe('');
    const second = await desk.begin(kept);
    expect(second.block).toBe('');
    second.finish(ending());
    const unknown = await desk.begin(asking({ talk: { name: 'other', opening: '' }, keepsSystem: true }));
    unknown.finish(ending());
    await stored();
    const shown = (await turns()).map(({ skills }) => skills.map(({ name, isCarried }) => [name, isCarried]));
    expect(shown).toEqual([[['garden-care', undefined]], [['garden-care', true]], []]);
  });

  test('without usage is charged by an estimate, and nothing without a key', async () => {
    const { desk, spent } = await exchangeRig();
    (await desk.begin(asking({ words: 'x'.repeat(40) }))).finish(ending({ replyText: 'y'.repeat(20) }));
    const { keyId: _, ...local } = lab;
    (await desk.begin(asking({ caller: local }))).finish(ending());
    expect(spent).toEqual([['k1', 15]]);
    (await desk.begin(asking())).finish(ending({ promptBytes: 4_000 }));
    expect(spent[1]?.[1]).toBeGreaterThan(1_000);
    (await desk.begin(asking())).finish(ending({ promptBytes: 4_000, answerTokens: 5_000 }));
    expect(spent[2]).toEqual(['k1', 6_000]);
  });

  test('that is cut off costs what was written, though its server had told less before', async () => {
    const { desk, spent } = await exchangeRig();
    const told = { usage: { inputTokens: 100, outputTokens: 1 }, answerTokens: 2_000 } as const;
    for (const state of ['stopped', 'failed', 'done'] as const) {
      (await desk.begin(asking())).finish(ending({ state, ...told }));
    }
    expect(spent.map(([, tokens]) => tokens)).toEqual([2_100, 2_100, 101]);
  });

  test('that was sent on and not waited for costs what was asked, once', async () => {
    const { desk, spent, open, clock, stored } = await exchangeRig();
    const exchange = await desk.begin(asking());
    exchange.abandon({ promptBytes: 4_000 });
    exchange.abandon({ promptBytes: 4_000 });
    expect(spent).toEqual([['k1', 1_000]]);
    await stored();
    expect(await open.stores.apiKeys.spendings(utcMonthOf(clock.now()).name)).toMatchObject([
      { tokens: 1_000, requests: 1 },
    ]);
  });

  test('passes without being learned from where we fail, and costs all the same', async () => {
    const rig = await exchangeRig();
    const broken = async () => {
      throw new AppError('internal', 'A bug.');
    };
    const failing = await exchangeRig({
      sessions: { ...rig.sessions, enterSoon: broken },
    });
    const exchange = await failing.desk.begin(asking({ talk: { name: 't', opening: '' } }));
    expect(exchange.block).toBe('');
    exchange.finish(ending({ usage: { inputTokens: 1, outputTokens: 2 } }));
    await failing.stored();
    expect(await failing.turns()).toEqual([]);
    expect(failing.spent).toEqual([['k1', 3]]);
    const other = await failing.desk.begin(asking({ talk: { name: 't', opening: '' } }));
    other.abandon({ promptBytes: 4_000 });
    other.abandon({ promptBytes: 4_000 });
    expect(failing.spent).toEqual([
      ['k1', 3],
      ['k1', 1_000],
    ]);
    expect(failing.logger.of('exchange_not_prepared')).toHaveLength(2);
    await failing.desk.stop(1_000);
  });

  test('keeps what an engine read and wrote only where it may be trained on', async () => {
    const sampled = [sampleSampled('v1', 1)];
    for (const keeps of [true, false]) {
      const { desk, open, stored } = await exchangeRig({ keepsSampled: () => keeps });
      const exchange = await desk.begin(asking());
      exchange.finish(ending({ sampled }));
      await stored();
      expect(await open.stores.turns.sampled(exchange.turnId)).toHaveLength(keeps ? 1 : 0);
    }
  });
});

describe('an answer with tools', () => {
  const calls = { replyText: '→ look(1)', awaitsTools: true, firstAnswer: 'a' } as const;
  const talk = { name: 't', opening: '' };

  test('is one turn over all its calls', async () => {
    const { desk, stored, turns, open } = await exchangeRig();
    const usage = { inputTokens: 10, outputTokens: 1 };
    const first = await desk.begin(asking({ talk }));
    first.finish(ending({ ...calls, messageIds: ['m1'], usage, sampled: [sampleSampled('v1', 1)] }));
    await stored();
    const second = await desk.begin(asking({ talk, isContinued: true }));
    expect([second.turnId, second.block]).toEqual([first.turnId, first.block]);
    second.finish(ending({ messageIds: ['m2'], usage, sampled: [sampleSampled('v1', 2)] }));
    await stored();
    const all = await turns();
    expect(all).toMatchObject([
      {
        turnId: first.turnId,
        replyText: '→ look(1)\n\nAt dawn.',
        usage: { inputTokens: 20, outputTokens: 2 },
      },
    ]);
    expect(all[0]?.replyRefs.map(({ messageId }) => messageId)).toEqual(['m1', first.turnId, 'm2']);
    expect(await open.stores.turns.sampled(first.turnId)).toHaveLength(2);
  });

  test('goes on by the id of the answer that holds the calls', async () => {
    const { desk } = await exchangeRig();
    const first = await desk.begin(asking());
    first.finish(ending({ ...calls, messageIds: ['resp_1'] }));
    const second = await desk.begin(
      asking({ talk: { opening: '', after: 'resp_1' }, words: '', wordsIndex: 0, isContinued: true }),
    );
    expect([second.turnId, second.sessionId]).toEqual([first.turnId, first.sessionId]);
    expect(second.block).toBe(first.block);
  });

  test('is stored once where both calls were in one commit', async () => {
    const { desk, stored, turns } = await exchangeRig();
    (await desk.begin(asking({ talk }))).finish(ending(calls));
    (await desk.begin(asking({ talk, isContinued: true }))).finish(ending());
    await stored();
    expect(await turns()).toMatchObject([{ replyText: '→ look(1)\n\nAt dawn.', state: 'done' }]);
  });

  test('whose call failed goes on with the call that is made again', async () => {
    const { desk, stored, turns } = await exchangeRig();
    const first = await desk.begin(asking({ talk }));
    first.finish(ending(calls));
    (await desk.begin(asking({ talk, isContinued: true }))).finish(
      ending({ state: 'failed', errorCode: 'network', replyText: 'At d' }),
    );
    await stored();
    expect(await turns()).toMatchObject([{ state: 'failed', replyText: '→ look(1)\n\nAt d' }]);
    (await desk.begin(asking({ talk, isContinued: true }))).abandon();
    const again = await desk.begin(asking({ talk, isContinued: true }));
    expect(again.turnId).toBe(first.turnId);
    again.finish(ending());
    await stored();
    expect(await turns()).toMatchObject([{ state: 'done', replyText: '→ look(1)\n\nAt dawn.' }]);
  });

  test('is another turn for other words, for a second call at once, and in another process', async () => {
    const rig = await exchangeRig();
    const first = await rig.desk.begin(asking({ talk }));
    first.finish(ending(calls));
    await rig.stored();
    const others = [
      await rig.restart().desk.begin(asking({ talk, isContinued: true })),
      await rig.desk.begin(asking({ talk, isContinued: true, wordsIndex: 2 })),
      await rig.desk.begin(asking({ talk, isContinued: true, words: 'other' })),
      await rig.desk.begin(asking({ talk })),
    ];
    expect(others.map(({ turnId }) => turnId)).not.toContain(first.turnId);
    expect((await rig.desk.begin(asking({ talk, isContinued: true }))).turnId).toBe(first.turnId);
    expect((await rig.desk.begin(asking({ talk, isContinued: true }))).turnId).not.toBe(first.turnId);
  });

  test('is judged later where nothing came after its calls', async () => {
    const { desk, open, clock, stored } = await exchangeRig();
    (await desk.begin(asking({ talk }))).finish(ending(calls));
    await stored();
    const soon = clock.now() + quietTimes.skills;
    expect(await open.stores.judgeQueue.due(soon, 5)).toEqual([]);
    (await desk.begin(asking({ talk, isContinued: true }))).finish(ending());
    await stored();
    expect(await open.stores.judgeQueue.due(soon + 1_000, 5)).toHaveLength(1);
  });
});

test('a look tells what would be added, and opens nothing', async () => {
  const { desk, open, stored } = await exchangeRig();
  const talk = { name: 'n', opening: '' };
  expect(await desk.peek(asking({ talk }))).toContain('Water at dawn.');
  (await desk.begin(asking({ talk }))).finish(ending());
  const more = asking({ talk, words: 'book the invoices' });
  const block = await desk.peek(more);
  expect(block).toContain('Water at dawn.');
  expect((await desk.begin(more)).block).toBe(block);
  await stored();
  expect(await open.stores.sessions.openSessions()).toHaveLength(1);
});

test('stopping waits for what is under way, then stores it', async () => {
  const { desk, clock, turns } = await exchangeRig();
  const exchange = await desk.begin(asking());
  const lost = await desk.begin(asking());
  let isDown = false;
  const down = desk.stop(10_000).then(() => {
    isDown = true;
  });
  await clock.advance(4_000);
  exchange.finish(ending());
  expect(isDown).toBe(false);
  await clock.advance(6_000);
  await down;
  expect(await turns()).toHaveLength(1);
  lost.finish(ending());
  expect(await turns()).toHaveLength(1);
});

test('what could not be stored by then is said', async () => {
  const rig = await exchangeRig();
  const turns = {
    ...rig.open.stores.turns,
    record: async () => {
      throw new AppError('storage_full', 'The disk is full.');
    },
  };
  const { desk, clock, counted, logger } = await exchangeRig({ turns });
  (await desk.begin(asking({ talk: { name: 'n', opening: '' } }))).finish(ending());
  const down = desk.stop(2_000);
  await clock.advance(3_000);
  await down;
  expect(counted.get('exchanges_lost')).toBe(1);
  expect(logger.of('exchange_lost')).toHaveLength(1);
});

test('what a key spent is stored with the turns', async () => {
  const { desk, open, stored } = await exchangeRig();
  for (const tokens of [10, 20]) {
    (await desk.begin(asking())).finish(ending({ usage: { inputTokens: tokens, outputTokens: 1 } }));
  }
  await stored();
  expect(await open.stores.apiKeys.spendings('2026-01')).toEqual([
    { keyId: 'k1', month: '2026-01', tokens: 32, requests: 2 },
  ]);
});
