import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TurnId, turnId } from '../../core/domain/ids.ts';
import type { Reward } from '../../core/domain/reward.ts';
import type { LedgerStore, RoleDecision, Settlement, SettlementUse } from '../../core/ports/ledger-store.ts';
import type {
  EntryChange,
  Invalidation,
  LibraryState,
  LibraryStore,
} from '../../core/ports/library-store.ts';
import type { SampleStore } from '../../core/ports/sample-store.ts';
import type { NewTurn, TurnStore } from '../../core/ports/turn-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import { sampleAt, sampleScopes, sampleSkill, sampleTurn, skillName } from './store-samples.ts';

interface Stores {
  readonly samples: SampleStore;
  readonly library: LibraryStore;
  readonly ledger: LedgerStore;
  readonly turns: TurnStore;
}

/** What every `SampleStore` promises, and what a change of the library does to samples in the same commit. */
export function sampleStoreContract(contract: StoreContract<Stores>): void {
  describe(`SampleStore: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    const good: Reward = { kind: 'known', value: 1, authority: 'explicit', voices: 1, weight: 1 };
    const query: RoleDecision = { role: 'query', reason: 'rated' };
    const uncounted: RoleDecision = { role: 'statistics', reason: 'no_reward' };
    const dropped: RoleDecision = { role: 'statistics', reason: 'library_changed' };

    async function answered(name: string, changes: Partial<NewTurn> = {}): Promise<TurnId> {
      const { turns } = subject.stores;
      await turns.open(sampleTurn(name, { generation: 0, ...changes }));
      const dueAt = { skills: sampleAt, weights: sampleAt };
      await turns.end(turnId(name), { state: 'done', endedAt: sampleAt, replyText: 'So.', dueAt });
      return turnId(name);
    }
    async function settled(
      id: TurnId,
      use: SettlementUse,
      decision: RoleDecision,
      reward = good,
    ): Promise<void> {
      const { ledger } = subject.stores;
      const { revision } = (await ledger.settlement(id, use)) ?? { revision: -1 };
      expect(await ledger.settle(id, use, revision, reward, decision)).toBe(true);
    }
    async function sample(name: string, changes: Partial<NewTurn> = {}): Promise<TurnId> {
      const id = await answered(name, changes);
      await settled(id, 'weights', query);
      return id;
    }
    const weights = (id: TurnId): Promise<Settlement | undefined> =>
      subject.stores.ledger.settlement(id, 'weights');
    const waiting = async (generation = 99): Promise<readonly string[]> =>
      (await subject.stores.samples.waiting(generation, '', 99)).map((one) => one.turnId);

    let texts = 0;
    const edit = (changes: Partial<EntryChange> = {}): EntryChange => {
      texts += 1;
      const text = { ...sampleSkill('a', `${texts}`), origin: { kind: 'files' } as const };
      return { scope: sampleScopes.global, name: skillName('a'), text, ...changes };
    };
    async function change(
      invalidation: Invalidation,
      consumed: readonly TurnId[] = [],
      entry: EntryChange = edit(),
    ): Promise<LibraryState> {
      const { library } = subject.stores;
      const { revision: expectedRevision } = await library.state();
      const cause = { kind: 'edit' } as const;
      const at = sampleAt + 1;
      return library.apply({ at, expectedRevision, cause, entries: [entry], consumed, invalidation });
    }
    const scoped = (...turns: readonly TurnId[]): Invalidation => ({ mode: 'scoped', turns });

    test('gives open ones and samples of a generation and those before it, by turn id', async () => {
      const masked = sampleTurn('x').skills.map((skill) => ({ ...skill, name: skillName('masked') }));
      const open = await answered('t3', { generation: 2, maskedSkills: masked });
      await sample('t1');
      await settled(await answered('t2'), 'weights', uncounted, { kind: 'missing' });
      await sample('t4', { generation: 3 });
      await subject.stores.ledger.markUsed([await sample('t5')], 'weights');
      await subject.reopen();
      expect(await waiting(2)).toEqual(['t1', 't3']);
      expect(await waiting()).toEqual(['t1', 't3', 't4']);
      const { samples } = subject.stores;
      expect((await samples.waiting(99, 't1', 1)).map((one) => one.turnId)).toEqual(['t3']);
      const { conversation, conversationKey, askerId, requestText, skills } = sampleTurn('t3');
      expect(await samples.waiting(2, 't2', 9)).toEqual([
        {
          turnId: open,
          conversation,
          conversationKey,
          askerId,
          requestText,
          generation: 2,
          skills,
          maskedSkills: masked,
        },
      ]);
      expect(await samples.counts()).toEqual({ dropped: 0, trained: 1, waiting: 3 });
    });

    test('a scoped change drops the turns it names, open or settled, and no other', async () => {
      const ids = [await answered('open'), await sample('rated')];
      const other = await sample('other');
      const { generation } = await change(scoped(...ids, turnId('unknown')));
      expect(generation).toBe(1);
      await subject.reopen();
      expect(await weights(turnId('open'))).toMatchObject({ state: 'open', droppedBy: 1 });
      expect(await weights(turnId('rated'))).toMatchObject({
        state: 'settled',
        reward: good,
        decision: dropped,
        droppedBy: 1,
      });
      expect(await weights(other)).toMatchObject({ decision: query });
      expect(await weights(other)).not.toHaveProperty('droppedBy');
      expect(await waiting()).toEqual(['other']);
      expect(await subject.stores.samples.counts()).toEqual({ dropped: 2, trained: 0, waiting: 1 });
      expect(await subject.stores.ledger.settlement(turnId('open'), 'skills')).not.toHaveProperty(
        'droppedBy',
      );
    });

    test('a strict change drops everything sampled before it, of whatever role', async () => {
      const old = await sample('old');
      await settled(await answered('unrated'), 'weights', uncounted, { kind: 'missing' });
      await change(scoped());
      const late = await sample('late', { generation: 1 });
      const next = await sample('next', { generation: 2 });
      expect((await change({ mode: 'strict' })).generation).toBe(2);
      // The one without a reward would have been no sample in any case.
      expect(await subject.stores.samples.counts()).toEqual({ dropped: 2, trained: 0, waiting: 1 });
      expect(await weights(old)).toMatchObject({ decision: dropped, droppedBy: 2 });
      expect(await weights(turnId('unrated'))).toMatchObject({ decision: uncounted, droppedBy: 2 });
      expect(await weights(late)).toMatchObject({ decision: dropped, droppedBy: 2 });
      expect(await weights(next)).toMatchObject({ decision: query });
      expect((await change({ mode: 'strict' })).generation).toBe(3);
      expect(await weights(old)).toMatchObject({ droppedBy: 2 });
      expect(await weights(next)).toMatchObject({ droppedBy: 3 });
    });

    test('what files change drops samples where it is said, else none', async () => {
      const id = await sample('t1');
      const { library } = subject.stores;
      await library.sync(sampleScopes.global, [sampleSkill('f', '1')], sampleAt);
      expect(await waiting()).toEqual(['t1']);
      await library.sync(sampleScopes.global, [sampleSkill('f', '1')], sampleAt, { mode: 'strict' });
      expect(await waiting()).toEqual(['t1']);
      await library.sync(sampleScopes.global, [sampleSkill('f', '2')], sampleAt, scoped(id));
      expect(await waiting()).toEqual([]);
      expect(await weights(id)).toMatchObject({ droppedBy: 2 });
    });

    test('a change of nothing that can be retrieved drops nothing but what it was made from', async () => {
      const used = await sample('used');
      await sample('t1');
      const state = await change({ mode: 'strict' }, [used], edit({ state: 'candidate' }));
      expect(state).toMatchObject({ generation: 0, revision: 1 });
      expect(await waiting()).toEqual(['t1']);
      expect(await weights(used)).toMatchObject({ droppedBy: 0 });
    });

    test('what a change was made from is used for skills whatever its state, and is no sample', async () => {
      const failure: RoleDecision = { role: 'support', reason: 'failure' };
      const bad: Reward = { ...good, value: -1 };
      const open = await answered('open');
      const settledOne = await sample('settled');
      await settled(settledOne, 'skills', failure, bad);
      const before = await sample('dropped before');
      await change(scoped(before));
      const unsettled = turnId('never settled');
      await subject.stores.turns.open(sampleTurn('never settled'));
      await change(scoped(before), [open, settledOne, before, unsettled]);
      await subject.reopen();
      const { ledger } = subject.stores;
      for (const id of [open, settledOne, before, unsettled]) {
        expect(await ledger.settlement(id, 'skills')).toMatchObject({ state: 'used', decision: failure });
      }
      expect((await ledger.settlement(settledOne, 'skills'))?.reward).toEqual(bad);
      const asSupport = { role: 'statistics', reason: 'used_as_support' };
      expect(await weights(open)).toMatchObject({ state: 'open', droppedBy: 2 });
      expect(await weights(settledOne)).toMatchObject({ decision: asSupport, droppedBy: 2 });
      expect(await weights(before)).toMatchObject({ decision: asSupport, droppedBy: 1 });
      const lateOf = async (one: TurnId) => (await ledger.settlement(one, 'skills'))?.lateSignals;
      expect(await Promise.all([open, settledOne, unsettled].map(lateOf))).toEqual([1, 0, 0]);
      await ledger.schedule(open, { skills: sampleAt + 9, weights: sampleAt + 9 });
      expect(await ledger.settlement(open, 'skills')).toMatchObject({ state: 'used', lateSignals: 2 });
      expect(await ledger.settle(open, 'skills', 0, good, query)).toBe(false);
    });

    test('what was trained on stays as it is', async () => {
      const id = await sample('t1');
      await subject.stores.ledger.markUsed([id], 'weights');
      await change({ mode: 'strict' }, [id]);
      expect(await weights(id)).toMatchObject({ state: 'used', decision: query });
      expect(await weights(id)).not.toHaveProperty('droppedBy');
      expect(await subject.stores.ledger.settlement(id, 'skills')).toMatchObject({ state: 'open' });
      expect(await subject.stores.samples.counts()).toEqual({ dropped: 0, trained: 1, waiting: 0 });
    });

    test('a dropped sample is none again, whatever is said later', async () => {
      const id = await sample('t1');
      await change(scoped(id));
      const { ledger } = subject.stores;
      expect(await ledger.markUsed([id], 'weights')).toBe(0);
      await ledger.schedule(id, { weights: sampleAt + 9 });
      expect(await weights(id)).toMatchObject({ state: 'open', droppedBy: 1 });
      expect(await waiting()).toEqual([]);
      await settled(id, 'weights', query);
      expect(await weights(id)).toMatchObject({ reward: good, decision: dropped, droppedBy: 1 });
      expect(await ledger.markUsed([id], 'weights')).toBe(0);
      await ledger.schedule(id, { weights: sampleAt + 9 });
      await settled(id, 'weights', { role: 'statistics', reason: 'terms' });
      expect(await weights(id)).toMatchObject({ decision: { reason: 'terms' }, droppedBy: 1 });
    });

    test('dropped while it was being settled, it is no sample either', async () => {
      const id = await answered('t1');
      const { ledger } = subject.stores;
      const read = await weights(id);
      await change(scoped(id));
      await ledger.settle(id, 'weights', read?.revision ?? 0, good, query);
      expect(await weights(id)).toMatchObject({ decision: dropped });
    });

    test('a refused change drops nothing', async () => {
      const id = await sample('t1');
      const missing = edit({ name: skillName('b') });
      const { text: _, ...noText } = missing;
      await expect(change({ mode: 'strict' }, [id], noText)).rejects.toMatchObject({ code: 'not_found' });
      expect(await waiting()).toEqual(['t1']);
      expect(await subject.stores.ledger.settlement(id, 'skills')).toMatchObject({ state: 'open' });
    });
  });
}
