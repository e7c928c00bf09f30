import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventId, turnId } from '../../core/domain/ids.ts';
import { foldReward, missingReward, type Reward } from '../../core/domain/reward.ts';
import type { LedgerStore, RoleDecision, SettlementUse } from '../../core/ports/ledger-store.ts';
import type { TurnStore } from '../../core/ports/turn-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import { sampleAt, sampleBody, sampleRef, sampleSignal, sampleTurn } from './store-samples.ts';

interface Stores {
  readonly ledger: LedgerStore;
  readonly turns: TurnStore;
}

/** What every `LedgerStore` promises. */
export function ledgerStoreContract(contract: StoreContract<Stores>): void {
  describe(`LedgerStore: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    const ledger = (): LedgerStore => subject.stores.ledger;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    const id = turnId('t1');
    async function show(name: string, index: number, messageId: string): Promise<void> {
      const { turns } = subject.stores;
      await turns.open(sampleTurn(name));
      await turns.intend(turnId(name), index, `${name}.${index}`, sampleBody('x'), sampleAt);
      await turns.sent(turnId(name), index, sampleRef(messageId), sampleAt);
    }

    const onMessage = (messageId: string): { kind: 'message'; ref: ReturnType<typeof sampleRef> } => ({
      kind: 'message',
      ref: sampleRef(messageId),
    });

    test('gives a row back whole, with and without its optional parts', async () => {
      const full = sampleSignal('a', {
        text: 'Too „long“. 🙃',
        polarity: -0.5,
        weight: 0.125,
        sourceEventId: eventId('web', 'next'),
        occurredAt: sampleAt + 0.5,
        actorIsBot: true,
      });
      const {
        actorId: _,
        slot: __,
        ...rest
      } = sampleSignal('b', {
        target: { kind: 'turn', turnId: id },
        change: 'cleared',
        name: '',
        polarity: 0,
        occurredAt: sampleAt + 1,
      });
      await show('t1', 0, 'answer');
      await ledger().append(full);
      await ledger().append(rest);
      await subject.reopen();
      expect(await ledger().ofTurn(id)).toEqual([full, rest]);
    });

    test('forgets rows for messages that turned out to be nobody’s, once they are old enough, and no others', async () => {
      const early = { recordedAt: sampleAt };
      await ledger().append(sampleSignal('ours-later', { target: onMessage('answer'), ...early }));
      await ledger().append(sampleSignal('never-ours', { target: onMessage('other'), ...early }));
      await ledger().append(
        sampleSignal('too-new', { target: onMessage('another'), recordedAt: sampleAt + 100 }),
      );
      await ledger().append(sampleSignal('of-turn', { target: { kind: 'turn', turnId: id }, ...early }));
      await show('t1', 0, 'answer');
      await subject.reopen();
      expect(await ledger().forgetUnmatched(sampleAt + 50)).toBe(1);
      expect(await ledger().has(eventId('web', 'never-ours'))).toBe(false);
      expect(await ledger().count()).toBe(3);
      expect(await ledger().forgetUnmatched(sampleAt + 50)).toBe(0);
      expect(await ledger().forgetUnmatched(sampleAt + 200)).toBe(1);
      expect(await ledger().has(eventId('web', 'ours-later'))).toBe(true);
    });

    test('the same event id changes nothing', async () => {
      const row = sampleSignal('a', { target: { kind: 'turn', turnId: id } });
      expect(await ledger().append(row)).toBe('stored');
      await subject.reopen();
      expect(await ledger().append({ ...row, polarity: -1, name: '👎' })).toBe('duplicate');
      expect(await ledger().ofTurn(id)).toEqual([row]);
      expect(await ledger().count()).toBe(1);
      expect(await ledger().has(eventId('web', 'a'))).toBe(true);
      expect(await ledger().has(eventId('web', 'b'))).toBe(false);
    });

    test('calls of one moment each get their own result; a bad row fails alone', async () => {
      const results = await Promise.allSettled([
        ledger().append(sampleSignal('a')),
        ledger().append(sampleSignal('b', { polarity: Number.NaN })),
        ledger().append(sampleSignal('a')),
        ledger().append(sampleSignal('c')),
      ]);
      expect(results).toMatchObject([
        { status: 'fulfilled', value: 'stored' },
        { status: 'rejected', reason: { name: 'AppError', code: 'invalid_input' } },
        { status: 'fulfilled', value: 'duplicate' },
        { status: 'fulfilled', value: 'stored' },
      ]);
      await subject.reopen();
      expect(await ledger().count()).toBe(2);
    });

    test('finds the rows of every message of a turn and those that name it, in fold order', async () => {
      await show('t1', 0, 'm0');
      await show('t1', 1, 'm1');
      await show('t2', 0, 'm2');
      await ledger().append(sampleSignal('e3', { target: onMessage('m0'), occurredAt: sampleAt + 3 }));
      await ledger().append(sampleSignal('e2', { target: onMessage('m1'), occurredAt: sampleAt + 1 }));
      await ledger().append(sampleSignal('e1', { target: onMessage('m1'), occurredAt: sampleAt + 1 }));
      await ledger().append(
        sampleSignal('e0', { target: { kind: 'turn', turnId: id }, occurredAt: sampleAt }),
      );
      await ledger().append(sampleSignal('o1', { target: onMessage('m2') }));
      await ledger().append(sampleSignal('o2', { target: { kind: 'turn', turnId: turnId('t2') } }));
      await ledger().append(
        sampleSignal('o3', { target: { kind: 'message', ref: sampleRef('m0', 'elsewhere') } }),
      );
      const ids = (await ledger().ofTurn(id)).map((row) => row.eventId);
      expect(ids).toEqual(['web:e0', 'web:e1', 'web:e2', 'web:e3']);
      expect(await ledger().ofTurn(turnId('unknown'))).toEqual([]);
    });

    test('orders event ids as strings of JavaScript compare', async () => {
      const target = { kind: 'turn', turnId: id } as const;
      // In UTF-16 the emoji (a surrogate pair) comes before U+FF5E, in UTF-8 after it.
      for (const name of ['～', '😀', 'B', 'a']) await ledger().append(sampleSignal(name, { target }));
      const ids = (await ledger().ofTurn(id)).map((row) => row.eventId);
      expect(ids).toEqual(['web:B', 'web:a', 'web:😀', 'web:～']);
    });

    test('a reaction may be stored before the message is known', async () => {
      await ledger().append(sampleSignal('early', { target: { kind: 'message', ref: sampleRef('m0') } }));
      expect(await ledger().ofTurn(id)).toEqual([]);
      await subject.reopen();
      await show('t1', 0, 'm0');
      const rows = await ledger().ofTurn(id);
      expect(rows.map((row) => row.eventId)).toEqual(['web:early']);
      expect(foldReward(rows)).toMatchObject({ kind: 'known', value: 1 });
    });

    test('what was said of a message counts also after it was taken out', async () => {
      await show('t1', 0, 'm0');
      await ledger().append(sampleSignal('a', { target: { kind: 'message', ref: sampleRef('m0') } }));
      await subject.stores.turns.unsent(id, 0);
      expect(await ledger().ofTurn(id)).toHaveLength(1);
    });

    describe('settlements', () => {
      const known: Reward = { kind: 'known', value: -0.5, authority: 'explicit', voices: 2, weight: 1 };
      const failure: RoleDecision = { role: 'support', reason: 'failure' };
      const read = (use: SettlementUse = 'skills') => ledger().settlement(id, use);

      test('each use of a turn has its own quiet time', async () => {
        await ledger().schedule(id, { skills: sampleAt + 10, weights: sampleAt + 90 });
        await subject.reopen();
        expect(await read()).toEqual({
          turnId: 't1',
          use: 'skills',
          state: 'open',
          dueAt: sampleAt + 10,
          reward: missingReward,
          decision: { role: 'statistics', reason: 'open' },
          revision: 0,
          lateSignals: 0,
        });
        expect(await read('weights')).toMatchObject({ dueAt: sampleAt + 90, state: 'open' });
        expect(await ledger().settlement(turnId('t2'), 'skills')).toBeUndefined();
      });

      test('the end of a turn starts its quiet times, and an end that is kept starts none', async () => {
        const { turns } = subject.stores;
        await turns.open(sampleTurn('t1'));
        await turns.open(sampleTurn('t2'));
        await turns.end(turnId('t2'), { state: 'stopped', endedAt: sampleAt });
        expect(await ledger().settlement(turnId('t2'), 'skills')).toBeUndefined();
        const dueAt = { skills: sampleAt + 10, weights: sampleAt + 90 };
        await turns.end(id, { state: 'failed', endedAt: sampleAt, dueAt });
        await subject.reopen();
        expect(await read()).toMatchObject({ state: 'open', dueAt: sampleAt + 10, revision: 0 });
        expect(await read('weights')).toMatchObject({ state: 'open', dueAt: sampleAt + 90 });
        await ledger().settle(id, 'skills', 0, known, failure);
        const later = { skills: sampleAt + 500 };
        await subject.stores.turns.end(id, { state: 'done', endedAt: sampleAt, dueAt: later });
        expect(await read()).toMatchObject({ state: 'open', dueAt: sampleAt + 500, revision: 1 });
        await subject.stores.turns.end(id, { state: 'done', endedAt: sampleAt, dueAt });
        expect(await read()).toMatchObject({ dueAt: sampleAt + 500, revision: 1 });
      });

      test('due gives the open ones at or before now, the longest due first', async () => {
        await ledger().schedule(turnId('late'), { skills: sampleAt + 20 });
        await ledger().schedule(turnId('early'), { skills: sampleAt + 5 });
        await ledger().schedule(turnId('edge'), { weights: sampleAt + 10 });
        await ledger().schedule(turnId('settled'), { skills: sampleAt + 1 });
        await ledger().settle(turnId('settled'), 'skills', 0, missingReward, failure);
        const due = async (limit: number): Promise<readonly string[]> =>
          (await ledger().due(sampleAt + 10, limit)).map((one) => one.turnId);
        expect(await due(10)).toEqual(['early', 'edge']);
        expect(await due(1)).toEqual(['early']);
        expect(await ledger().due(sampleAt + 4, 10)).toEqual([]);
        expect(await ledger().nextDueAt()).toBe(sampleAt + 5);
      });

      test('settles once, with its reward', async () => {
        expect(await ledger().nextDueAt()).toBeUndefined();
        await ledger().schedule(id, { skills: sampleAt });
        expect(await ledger().settle(id, 'skills', 0, known, failure)).toBe(true);
        expect(await ledger().settle(id, 'skills', 0, missingReward, failure)).toBe(false);
        expect(await ledger().settle(id, 'weights', 0, known, failure)).toBe(false);
        await subject.reopen();
        expect(await read()).toMatchObject({ state: 'settled', reward: known, revision: 0 });
        expect(await ledger().nextDueAt()).toBeUndefined();
      });

      test('a settled one opens again with the next revision and without its reward', async () => {
        await ledger().schedule(id, { skills: sampleAt });
        await ledger().settle(id, 'skills', 0, known, failure);
        await ledger().schedule(id, { skills: sampleAt + 50 });
        await subject.reopen();
        expect(await read()).toMatchObject({
          state: 'open',
          dueAt: sampleAt + 50,
          reward: missingReward,
          revision: 1,
        });
        expect(await ledger().settle(id, 'skills', 0, known, failure)).toBe(false);
        expect(await ledger().settle(id, 'skills', 1, known, failure)).toBe(true);
      });

      test('a quiet time that starts over keeps an older fold from settling it', async () => {
        await ledger().schedule(id, { skills: sampleAt });
        const [before] = await ledger().due(sampleAt, 1);
        await ledger().schedule(id, { skills: sampleAt + 50 });
        expect(await ledger().settle(id, 'skills', before?.revision ?? -1, known, failure)).toBe(false);
        expect(await read()).toMatchObject({ state: 'open', dueAt: sampleAt + 50 });
      });

      test('keeps what it may become, with the reason, until it opens again', async () => {
        await ledger().schedule(id, { skills: sampleAt, weights: sampleAt });
        await ledger().settle(id, 'skills', 0, known, failure);
        await ledger().settle(id, 'weights', 0, { kind: 'held' }, { role: 'hold_out', reason: 'hold out' });
        await subject.reopen();
        expect(await read()).toMatchObject({ reward: known, decision: failure });
        expect(await read('weights')).toMatchObject({
          reward: { kind: 'held' },
          decision: { role: 'hold_out', reason: 'hold out' },
        });
        await ledger().schedule(id, { skills: sampleAt });
        expect(await read()).toMatchObject({ decision: { role: 'statistics', reason: 'open' } });
        expect(await read('weights')).toMatchObject({ state: 'settled' });
      });

      test('what was used never opens again and counts what comes too late', async () => {
        const [a, b, c] = [turnId('a'), turnId('b'), turnId('c')];
        for (const name of [a, b, c]) await ledger().schedule(name, { skills: sampleAt, weights: sampleAt });
        for (const name of [a, b]) await ledger().settle(name, 'weights', 0, known, failure);
        await ledger().settle(a, 'skills', 0, known, failure);
        // `c` is still open, and nobody knows `d`.
        expect(await ledger().markUsed([a, b, c, turnId('d')], 'weights')).toBe(2);
        expect(await ledger().markUsed([a, b], 'weights')).toBe(0);
        await ledger().schedule(a, { skills: sampleAt + 70, weights: sampleAt + 90 });
        await ledger().schedule(a, { weights: sampleAt + 95 });
        await subject.reopen();
        const used = await ledger().settlement(a, 'weights');
        expect(used).toEqual({
          turnId: a,
          use: 'weights',
          state: 'used',
          dueAt: sampleAt,
          reward: known,
          decision: failure,
          revision: 0,
          lateSignals: 2,
        });
        expect(await ledger().settlement(a, 'skills')).toMatchObject({ state: 'open', lateSignals: 0 });
        expect(await ledger().settle(a, 'weights', 0, missingReward, failure)).toBe(false);
        expect((await ledger().due(sampleAt + 500, 9)).map(({ turnId: t, use }) => `${t} ${use}`)).toEqual([
          'b skills',
          'c skills',
          'c weights',
          'a skills',
        ]);
        expect(await ledger().settlement(c, 'weights')).toMatchObject({ state: 'open' });
      });

      test('pages through settled and used ones of one use, by turn id', async () => {
        for (const name of ['d', 'b', 'a', 'c', 'open']) {
          await ledger().schedule(turnId(name), { skills: sampleAt, weights: sampleAt });
        }
        for (const name of ['a', 'b', 'c', 'd']) {
          await ledger().settle(turnId(name), 'skills', 0, known, failure);
        }
        await ledger().settle(turnId('b'), 'weights', 0, known, failure);
        await ledger().markUsed([turnId('c')], 'skills');
        const ids = async (use: SettlementUse, after: string, limit: number): Promise<readonly string[]> =>
          (await ledger().settledPage(use, after, limit)).map((one) => one.turnId);
        expect(await ids('skills', '', 3)).toEqual(['a', 'b', 'c']);
        expect(await ids('skills', 'c', 3)).toEqual(['d']);
        expect(await ids('skills', 'd', 3)).toEqual([]);
        expect(await ids('weights', '', 9)).toEqual(['b']);
        expect((await ledger().settledPage('skills', 'b', 1))[0]).toMatchObject({
          state: 'used',
          reward: known,
        });
      });

      test('counts by state, by what was rewarded and by what they may become', async () => {
        const none = { open: 0, settled: 0, rewarded: 0, held: 0, used: 0, lateSignals: 0 };
        const roles = { support: 0, query: 0, hold_out: 0, statistics: 0 };
        expect(await ledger().settlementCounts('skills')).toEqual({ ...none, roles });
        for (const name of ['a', 'b', 'c', 'd', 'e'])
          await ledger().schedule(turnId(name), { skills: sampleAt });
        await ledger().settle(turnId('a'), 'skills', 0, known, failure);
        await ledger().settle(turnId('b'), 'skills', 0, missingReward, { role: 'statistics', reason: 'x' });
        await ledger().settle(turnId('c'), 'skills', 0, { kind: 'held' }, { role: 'hold_out', reason: 'x' });
        await ledger().settle(turnId('d'), 'skills', 0, known, { role: 'query', reason: 'x' });
        await ledger().markUsed([turnId('d')], 'skills');
        await ledger().schedule(turnId('d'), { skills: sampleAt });
        expect(await ledger().settlementCounts('skills')).toEqual({
          open: 1,
          settled: 3,
          rewarded: 1,
          held: 1,
          used: 1,
          lateSignals: 1,
          roles: { support: 1, query: 1, hold_out: 1, statistics: 1 },
        });
        await ledger().schedule(turnId('a'), { skills: sampleAt, weights: sampleAt });
        expect(await ledger().settlementCounts('skills')).toMatchObject({
          open: 2,
          settled: 2,
          rewarded: 0,
          roles: { ...roles, query: 1, hold_out: 1, statistics: 1 },
        });
        expect(await ledger().settlementCounts('weights')).toEqual({ ...none, open: 1, roles });
      });
    });
  });
}
