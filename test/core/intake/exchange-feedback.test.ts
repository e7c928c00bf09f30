import { describe, expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import { personId } from '../../../core/domain/ids.ts';
import { foldReward } from '../../../core/domain/reward.ts';
import type { ApiFeedback } from '../../../core/ports/exchange-desk.ts';
import { asking, colleague, elsewhere, ending, exchangeRig, guest, lab } from './exchange-rig.ts';

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

  test('from another space finds nothing; from another key to the space counts beside', async () => {
    const { give, fold, open } = await answered();
    await give({ rating: 'up' });
    for (const about of [{ messageId: 'chatcmpl-1' }, { ownKey: 'mine' }, { talk: named }]) {
      expect(await give({ caller: elsewhere, about, rating: 'down' })).toEqual({ kind: 'unknown' });
    }
    expect(await open.stores.ledger.count()).toBe(1);
    await give({ caller: colleague, about: { messageId: 'chatcmpl-1' }, rating: 'down' });
    expect(await fold()).toMatchObject({ value: 0, voices: 2 });
  });

  test('of many names that one key gives itself is one voice beside the asker’s', async () => {
    const { desk, open } = await exchangeRig();
    const exchange = await desk.begin(asking({ caller: guest }));
    exchange.finish(ending({ messageIds: ['chatcmpl-1'] }));
    const about = { messageId: 'chatcmpl-1' };
    const fold = async () => foldReward(await open.stores.ledger.ofTurn(exchange.turnId));
    await desk.feedback({ caller: guest, about, rating: 'up' });
    const names = Array.from({ length: 20 }, (_, at) => personId('api', `k1.made-up-${at}`));
    await Promise.all(
      names.map((name) => desk.feedback({ caller: { ...lab, personId: name }, about, rating: 'down' })),
    );
    expect(await fold()).toMatchObject({ value: 0, voices: 2 });
    // At once, too, the last word stands.
    const ratings = names.map((name, at) => ({
      caller: { ...lab, personId: name },
      about,
      rating: at % 2 === 0 ? 'down' : 'up',
      idempotencyKey: 'r1',
    })) satisfies readonly ApiFeedback[];
    await Promise.all(ratings.map(desk.feedback));
    expect(await fold()).toMatchObject({ value: 1, voices: 2 });
    const { keyId: _, ...keyless } = lab;
    for (const name of ['local.a', 'local.b', 'local']) {
      const caller = { ...keyless, personId: personId('api', name) };
      await desk.feedback({ caller, about, rating: 'up' });
    }
    expect(await fold()).toMatchObject({ voices: 3 });
  });

  test('of one request is counted once, of several at once in their order', async () => {
    const { give, fold, open } = await answered();
    const once = { rating: 'up', idempotencyKey: 'r1' } as const;
    const receipts = await Promise.all([
      give(once),
      give(once),
      give({ ...once, caller: colleague, about: { messageId: 'chatcmpl-1' } }),
    ]);
    expect(receipts.map(({ kind }) => kind)).toEqual(['stored', 'duplicate', 'stored']);
    expect(await open.stores.ledger.count()).toBe(2);
    await Promise.all([give({ rating: 'down' }), give({ rating: 'up' }), give({ rating: null })]);
    expect(await fold()).toMatchObject({ value: 1, voices: 1 });
  });

  test('finds by a caller’s own name for an answer the caller’s own, and by an id that servers repeat too', async () => {
    const { desk, stored, restart } = await exchangeRig();
    const answer = async (caller: typeof lab) => {
      const exchange = await desk.begin(asking({ caller, ownKey: '1' }));
      exchange.finish(ending({ messageIds: ['chatcmpl-0'] }));
      return exchange.turnId;
    };
    const [mine, theirs] = [await answer(lab), await answer(guest)];
    const give = (caller: typeof lab, about: ApiFeedback['about'], at = desk) =>
      at.feedback({ caller, about, rating: 'up' });
    const byKey = { ownKey: '1' };
    const byId = { messageId: 'chatcmpl-0' };
    for (const about of [byKey, byId]) {
      expect(await give(lab, about)).toMatchObject({ turnId: mine });
      expect(await give(guest, about)).toMatchObject({ turnId: theirs });
    }
    expect(await give({ ...lab, personId: personId('api', 'k1.third') }, byId)).toMatchObject({
      turnId: theirs,
    });
    await stored();
    expect(await give(lab, byKey, restart().desk)).toMatchObject({ turnId: mine });
  });

  test('is about what was answered when it came, however long the store took', async () => {
    const held = { until: Promise.resolve() };
    const rig = await exchangeRig({}, (turns) => ({
      ...turns,
      async record(recorded) {
        await held.until;
        await turns.record(recorded);
      },
    }));
    const ask = async (words: string, wordsIndex: number) => {
      const exchange = await rig.desk.begin(asking({ talk: named, words, wordsIndex }));
      exchange.finish(ending());
      return exchange;
    };
    const first = await ask('one', 1);
    const store = Promise.withResolvers<void>();
    held.until = store.promise;
    const given = rig.desk.feedback({ caller: lab, about: { talk: named }, rating: 'down' });
    await ask('two', 2);
    store.resolve();
    expect(await given).toEqual({ kind: 'stored', turnId: first.turnId });
  });

  test('is never about an answer that did not come whole, after a restart neither', async () => {
    const { turnId, give, desk, stored, restart } = await answered();
    for (const state of ['failed', 'stopped'] as const) {
      (await desk.begin(asking({ talk: named }))).finish(ending({ state, replyText: 'At d' }));
    }
    expect(await give({ rating: 'up' })).toEqual({ kind: 'stored', turnId });
    await stored();
    expect(await restart().desk.feedback({ caller: lab, about: { talk: named }, rating: 'down' })).toEqual({
      kind: 'stored',
      turnId,
    });
  });

  test('that says nothing is refused', async () => {
    const { give } = await answered();
    await expect(give({})).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(give({ text: ' ' })).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

describe('feedback that came along', () => {
  const along = { rating: 'down', text: 'Too long.', cameAlong: true } as const;

  test('is counted once, however often its request is made', async () => {
    const { give, turnId, fold, open, restart } = await answered();
    expect(await give(along)).toEqual({ kind: 'stored', turnId });
    expect(await give(along)).toEqual({ kind: 'duplicate', turnId });
    expect(await restart().desk.feedback({ caller: lab, about: { talk: named }, ...along })).toEqual({
      kind: 'duplicate',
      turnId,
    });
    expect(await give({ ...along, caller: colleague, about: { messageId: turnId } })).toMatchObject({
      kind: 'stored',
    });
    expect(await open.stores.ledger.count()).toBe(4);
    await give({ rating: 'up', cameAlong: true });
    expect(await fold()).toMatchObject({ value: 0, voices: 2 });
    expect(await give(along)).toMatchObject({ kind: 'stored' });
    expect(await fold()).toMatchObject({ value: -1, voices: 2 });
  });

  /** A ledger, and a look-up of turns, that fail while they are told to. */
  async function withFaults() {
    const fault = { ledger: false, turns: false };
    const refuse = (): never => {
      throw new AppError('storage_busy', 'Busy.');
    };
    const base = await exchangeRig();
    const { ledger } = base.open.stores;
    const rig = await exchangeRig(
      {
        ledger: {
          ...ledger,
          append: async (signal) => (fault.ledger ? refuse() : ledger.append(signal)),
        },
      },
      (turns) => ({
        ...turns,
        last: async (key) => (fault.turns ? refuse() : turns.last(key)),
      }),
    );
    return { ...rig, ledger, fault };
  }

  test('is tried again until it is stored; what is said directly meanwhile is refused, and nothing overtakes', async () => {
    const { desk, clock, fault, ledger } = await withFaults();
    const exchange = await desk.begin(asking({ talk: named }));
    exchange.finish(ending());
    const say = (changes: Partial<ApiFeedback>) =>
      desk.feedback({ caller: lab, about: { talk: named }, ...changes });
    fault.ledger = true;
    const kept = [say({ rating: 'up', cameAlong: true }), say({ rating: 'down', cameAlong: true })];
    await clock.advance(20);
    await expect(say({ rating: null })).rejects.toMatchObject({ code: 'storage_busy' });
    await clock.advance(200_000);
    expect(await ledger.count()).toBe(0);
    const later = await desk.begin(asking({ talk: named, wordsIndex: 2 }));
    later.finish(ending());
    fault.ledger = false;
    await clock.advance(60_000);
    const { turnId } = exchange;
    expect(await Promise.all(kept)).toEqual([
      { kind: 'stored', turnId },
      { kind: 'stored', turnId },
    ]);
    expect(foldReward(await ledger.ofTurn(turnId))).toMatchObject({ value: -1, voices: 1 });
    expect(clock.waiting()).toBe(0);
  });

  test('is about what had been answered by then also where that is looked up later', async () => {
    const { desk, clock, fault, restart, stored } = await withFaults();
    const first = await desk.begin(asking({ talk: named }));
    first.finish(ending());
    await stored();
    const after = restart();
    fault.turns = true;
    const about = { talk: named };
    const given = after.desk.feedback({ caller: lab, about, rating: 'up', cameAlong: true });
    await expect(after.desk.feedback({ caller: lab, about, rating: 'up' })).rejects.toMatchObject({
      code: 'storage_busy',
    });
    await clock.advance(1_000);
    const next = await after.desk.begin(asking({ talk: named, wordsIndex: 2 }));
    next.finish(ending());
    await clock.advance(100);
    fault.turns = false;
    await clock.advance(60_000);
    expect(await given).toEqual({ kind: 'stored', turnId: first.turnId });
  });

  test('that cannot be stored by the stop is given up', async () => {
    const { desk, fault } = await withFaults();
    (await desk.begin(asking({ talk: named }))).finish(ending());
    fault.ledger = true;
    const say = () => desk.feedback({ caller: lab, about: { talk: named }, ...along });
    const given = say();
    const refused = expect(given).rejects.toMatchObject({ code: 'storage_busy' });
    await desk.stop(1_000);
    await refused;
    await expect(say()).rejects.toMatchObject({ code: 'storage_busy' });
  });
});
