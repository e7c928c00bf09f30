import { describe, expect, test } from 'vitest';
import { foldReward } from '../../../core/domain/reward.ts';
import type { ApiFeedback } from '../../../core/ports/exchange-desk.ts';
import { asking, elsewhere, ending, exchangeRig, guest, lab } from './exchange-rig.ts';

const named = { name: 'n', opening: '' };

async function answered() {
  const rig = await exchangeRig();
  const exchange = await rig.desk.begin(asking({ talk: named, ownKey: 'mine' }));
  exchange.finish(ending({ messageIds: ['chatcmpl-1'] }));
  const give = (changes: Partial<ApiFeedback>) =>
    rig.desk.feedback({ caller: lab, about: { talk: named }, ...changes });
  const fold = async () => foldReward(await rig.open.stores.ledger.ofTurn(exchange.turnId));
  return { ...rig, turnId: exchange.turnId, give, fold };
}

describe('feedback', () => {
  test('right after the last byte finds its turn, by every name that it has', async () => {
    const { turnId, give, fold } = await answered();
    const abouts: readonly ApiFeedback['about'][] = [
      { messageId: 'chatcmpl-1' },
      { messageId: turnId },
      { ownKey: 'mine' },
      { talk: named },
      { talk: { opening: '', after: 'chatcmpl-1' } },
    ];
    for (const about of abouts)
      expect(await give({ about, rating: 'up' })).toEqual({ kind: 'stored', turnId });
    expect(await fold()).toMatchObject({ value: 1, voices: 1 });
    expect(await give({ rating: null })).toEqual({ kind: 'stored', turnId });
    expect(await fold()).toEqual({ kind: 'missing' });
  });

  test('finds it after a restart, and the last answer to a person where helpers answered since', async () => {
    const { turnId, stored, desk, restart } = await answered();
    (await desk.begin(asking({ talk: named, line: 'side', words: 'a title' }))).finish(ending());
    await stored();
    const after = restart().desk;
    expect(await after.feedback({ caller: lab, about: { talk: named }, rating: 'up' })).toEqual({
      kind: 'stored',
      turnId,
    });
    expect(await after.feedback({ caller: lab, about: { ownKey: 'mine' }, rating: 'up' })).toMatchObject({
      kind: 'stored',
    });
  });

  test('about a talk without a name is about what was answered first or last in it', async () => {
    const { desk } = await exchangeRig();
    const first = await desk.begin(asking());
    first.finish(ending());
    const talk = { opening: 'water my tomatoes', firstAnswer: 'At dawn.' };
    expect(await desk.feedback({ caller: lab, about: { talk }, rating: 'up' })).toMatchObject({
      turnId: first.turnId,
    });
    const second = await desk.begin(asking({ talk, wordsIndex: 2, words: 'why' }));
    second.finish(ending({ replyText: 'Cool.' }));
    expect(await desk.feedback({ caller: lab, about: { talk }, rating: 'up' })).toMatchObject({
      turnId: second.turnId,
    });
    const unknown = { opening: 'never said' };
    expect(await desk.feedback({ caller: lab, about: { talk: unknown }, rating: 'up' })).toEqual({
      kind: 'unknown',
    });
  });

  test('from another space finds nothing; from somebody else in the space counts beside', async () => {
    const { give, fold, open } = await answered();
    await give({ rating: 'up' });
    for (const about of [{ messageId: 'chatcmpl-1' }, { ownKey: 'mine' }, { talk: named }]) {
      expect(await give({ caller: elsewhere, about, rating: 'down' })).toEqual({ kind: 'unknown' });
    }
    expect(await open.stores.ledger.count()).toBe(1);
    await give({ caller: guest, about: { messageId: 'chatcmpl-1' }, rating: 'down' });
    expect(await fold()).toMatchObject({ value: 0, voices: 2 });
  });

  test('of one request is counted once, of several at once in their order', async () => {
    const { give, fold, open } = await answered();
    const once = { rating: 'up', idempotencyKey: 'r1' } as const;
    const receipts = await Promise.all([
      give(once),
      give(once),
      give({ ...once, caller: guest, about: { ownKey: 'mine' } }),
    ]);
    expect(receipts.map(({ kind }) => kind)).toEqual(['stored', 'duplicate', 'stored']);
    expect(await open.stores.ledger.count()).toBe(2);
    await Promise.all([give({ rating: 'down' }), give({ rating: 'up' }), give({ rating: null })]);
    expect(await fold()).toMatchObject({ value: 1, voices: 1 });
  });

  test('that says nothing is refused', async () => {
    const { give } = await answered();
    await expect(give({})).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(give({ text: ' ' })).rejects.toMatchObject({ code: 'invalid_input' });
  });
});
