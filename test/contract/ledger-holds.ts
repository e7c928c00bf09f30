import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { personId, spaceId, turnId } from '../../core/domain/ids.ts';
import type { Signal } from '../../core/domain/signal.ts';
import type { LedgerStore } from '../../core/ports/ledger-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import { sampleAt, sampleConversation, sampleSignal } from './store-samples.ts';

interface Stores {
  readonly ledger: LedgerStore;
}

/** What every `LedgerStore` promises of the turns that are held back. */
export function ledgerHoldsContract(contract: StoreContract<Stores>): void {
  describe(`LedgerStore, holds: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    const here = sampleConversation.spaceId;
    const held = (limit = 10): Promise<readonly string[]> => subject.stores.ledger.heldTurns(here, limit);
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    async function say(id: string, turn: string, at: number, changes: Partial<Signal> = {}): Promise<void> {
      const row = { kind: 'hold', slot: 'hold', name: 'hold', polarity: 0 } as const;
      const target = { kind: 'turn', turnId: turnId(turn) } as const;
      await subject.stores.ledger.append(
        sampleSignal(id, { ...row, target, spaceId: here, occurredAt: sampleAt + at, ...changes }),
      );
    }

    test('heldTurns lists what is held, the latest first, and no more than asked for', async () => {
      expect(await held()).toEqual([]);
      await say('1', 't1', 10);
      await say('2', 't2', 30);
      await say('3', 't3', 20);
      await subject.reopen();
      expect(await held()).toEqual(['t2', 't3', 't1']);
      expect(await held(2)).toEqual(['t2', 't3']);
    });

    test('one that was held twice is there once', async () => {
      await say('1', 't1', 10);
      await say('2', 't2', 20);
      await say('3', 't1', 30, { actorId: personId('web', 'bob') });
      expect(await held()).toEqual(['t1', 't2']);
    });

    test('a release by anybody counts, and one that came before the hold does not', async () => {
      await say('1', 't1', 10);
      await say('2', 't1', 20, { change: 'withdrawn', actorId: personId('web', 'bob') });
      await say('3', 't2', 10);
      await say('4', 't2', 5, { change: 'withdrawn' });
      expect(await held()).toEqual(['t2']);
      await say('5', 't1', 30);
      expect(await held()).toEqual(['t1', 't2']);
    });

    test('other rows and other spaces are no holds', async () => {
      await say('1', 't1', 10, { kind: 'feedback', slot: 'feedback', name: 'bad', polarity: -1 });
      await say('2', 't2', 10, { spaceId: spaceId('web', 'elsewhere') });
      expect(await held()).toEqual([]);
      await say('3', 't3', 10);
      await say('4', 't3', 20, { change: 'withdrawn', kind: 'feedback', slot: 'feedback', name: 'bad' });
      expect(await held()).toEqual(['t3']);
    });
  });
}
