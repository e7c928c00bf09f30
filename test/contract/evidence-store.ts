import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { personId, spaceId, turnId } from '../../core/domain/ids.ts';
import type { Reward } from '../../core/domain/reward.ts';
import type { EvidenceStore } from '../../core/ports/evidence-store.ts';
import type { LedgerStore, RoleDecision } from '../../core/ports/ledger-store.ts';
import type { NewTurn, TurnStore } from '../../core/ports/turn-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import { sampleAt, sampleConversation, sampleTurn } from './store-samples.ts';

interface Stores {
  readonly evidence: EvidenceStore;
  readonly ledger: LedgerStore;
  readonly turns: TurnStore;
}

/** What every `EvidenceStore` promises. */
export function evidenceStoreContract(contract: StoreContract<Stores>): void {
  describe(`EvidenceStore: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    const evidence = (): EvidenceStore => subject.stores.evidence;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    const team = sampleConversation.spaceId;
    const away = { ...sampleConversation, spaceId: spaceId('web', 'away') };
    const known = (value: number): Reward => ({
      kind: 'known',
      value,
      authority: 'explicit',
      voices: 1,
      weight: 1,
    });
    const failure: RoleDecision = { role: 'support', reason: 'failure' };
    const counted: RoleDecision = { role: 'statistics', reason: 'not_a_failure' };

    /** An answer settled for skills; `offset` milliseconds after the others began. */
    async function settled(
      name: string,
      value: number,
      decision: RoleDecision,
      changes: Partial<NewTurn> = {},
    ): Promise<void> {
      const { turns, ledger } = subject.stores;
      await turns.open(sampleTurn(name, changes));
      const dueAt = { skills: sampleAt, weights: sampleAt };
      await turns.end(turnId(name), { state: 'done', endedAt: sampleAt, replyText: 'So.', dueAt });
      await ledger.settle(turnId(name), 'skills', 0, known(value), decision);
    }
    const at = (offset: number): Partial<NewTurn> => ({ startedAt: sampleAt + offset });
    const names = (turns: readonly { readonly turnId: string }[]): readonly string[] =>
      turns.map((turn) => turn.turnId);

    test('failures are what was settled as support and not consumed, the newest first', async () => {
      await settled('second', -1, failure, at(2));
      await settled('first', -1, failure, at(1));
      await settled('third', -0.5, failure, at(3));
      await settled('elsewhere', -1, failure, { conversation: away });
      await settled('used', -1, failure, at(4));
      await subject.stores.ledger.markUsed([turnId('used')], 'skills');
      await settled('open again', -1, failure, at(5));
      await subject.stores.ledger.schedule(turnId('open again'), { skills: sampleAt + 9 });
      await settled('good', 1, counted, at(6));
      await settled('held out', -1, { role: 'hold_out', reason: 'hold_out' }, at(7));
      await subject.stores.ledger.settle(turnId('first'), 'weights', 0, known(-1), failure);
      await subject.reopen();
      expect(names(await evidence().failures(team, 9))).toEqual(['third', 'second', 'first']);
      expect(names(await evidence().failures(team, 2))).toEqual(['third', 'second']);
      expect(names(await evidence().failures(away.spaceId, 9))).toEqual(['elsewhere']);
      expect((await evidence().failures(team, 9))[2]).toEqual(
        await subject.stores.turns.get(turnId('first')),
      );
      expect(await evidence().failures(spaceId('web', 'nowhere'), 9)).toEqual([]);
    });

    test('spaces with failures come once each', async () => {
      expect(await evidence().spacesWithFailures()).toEqual([]);
      await settled('t1', -1, failure);
      await settled('t2', -1, failure);
      await settled('t3', -1, failure, { conversation: away });
      await settled('t4', 1, counted, { conversation: { ...away, spaceId: spaceId('web', 'happy') } });
      await subject.reopen();
      expect(new Set(await evidence().spacesWithFailures())).toEqual(new Set([team, away.spaceId]));
      expect(await evidence().spacesWithFailures()).toHaveLength(2);
      await subject.stores.ledger.markUsed([turnId('t3')], 'skills');
      expect(await evidence().spacesWithFailures()).toEqual([team]);
    });

    test('a failure that trains the weights, or has, is none to make a skill from', async () => {
      await settled('in training', -1, failure);
      await subject.stores.ledger.settle(turnId('in training'), 'weights', 0, known(-1), {
        role: 'query',
        reason: 'rated',
      });
      expect(names(await evidence().failures(team, 9))).toEqual(['in training']);
      await subject.stores.ledger.markUsed([turnId('in training')], 'weights');
      await subject.reopen();
      expect(await evidence().failures(team, 9)).toEqual([]);
      expect(await evidence().spacesWithFailures()).toEqual([]);
    });

    test('successes have a good reward and are no hold-outs, the newest first, of one person where asked', async () => {
      const bob = personId('web', 'bob');
      await settled('second', 0.5, counted, at(2));
      await settled('of bob', 1, counted, { ...at(3), askerId: bob });
      await settled('first', 1, counted, at(1));
      await settled('neutral', 0, counted, at(4));
      await settled('failure', -1, failure, at(5));
      await settled('held out', 1, { role: 'hold_out', reason: 'hold_out' }, { ...at(6), isHoldOut: true });
      await settled('side', 1, { role: 'statistics', reason: 'side_turn' }, { ...at(7), line: 'side' });
      await settled('elsewhere', 1, counted, { ...at(8), conversation: away });
      await settled('open again', 1, counted, at(9));
      await subject.stores.ledger.schedule(turnId('open again'), { skills: sampleAt + 9 });
      await subject.reopen();
      expect(names(await evidence().successes(team, 9))).toEqual(['of bob', 'second', 'first']);
      expect(names(await evidence().successes(team, 1))).toEqual(['of bob']);
      expect(names(await evidence().successes(team, 9, bob))).toEqual(['of bob']);
      expect(names(await evidence().successes(team, 1, sampleTurn('x').askerId))).toEqual(['second']);
      expect(await evidence().successes(team, 9, personId('web', 'nobody'))).toEqual([]);
    });
  });
}
