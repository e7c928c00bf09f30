import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventId, personId, spaceId, turnId } from '../../core/domain/ids.ts';
import type { Signal } from '../../core/domain/signal.ts';
import type { LedgerStore } from '../../core/ports/ledger-store.ts';
import type { TurnStore } from '../../core/ports/turn-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import {
  sampleAt,
  sampleBody,
  sampleConversation,
  sampleRef,
  sampleSignal,
  sampleTurn,
} from './store-samples.ts';

interface Stores {
  readonly ledger: LedgerStore;
  readonly turns: TurnStore;
}

/** What every `LedgerStore` promises of reading many turns at once; `ledgerStoreContract` has the rest. */
export function ledgerReadsContract(contract: StoreContract<Stores>): void {
  describe(`LedgerStore, many turns: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    const ledger = (): LedgerStore => subject.stores.ledger;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    const ann = personId('web', 'ann');
    const bob = personId('web', 'bob');
    const here = sampleConversation.spaceId;
    const elsewhere = spaceId('web', 'elsewhere');

    async function show(name: string): Promise<void> {
      const { turns } = subject.stores;
      await turns.open(sampleTurn(name));
      await turns.intend(turnId(name), 0, `${name}.0`, sampleBody('x'), sampleAt);
      await turns.sent(turnId(name), 0, sampleRef(`${name}-answer`), sampleAt);
    }
    const of = (name: string): { readonly target: Signal['target'] } => ({
      target: { kind: 'turn', turnId: turnId(name) },
    });
    const onAnswer = (name: string): { readonly target: Signal['target'] } => ({
      target: { kind: 'message', ref: sampleRef(`${name}-answer`) },
    });
    async function append(id: string, changes: Partial<Signal>): Promise<void> {
      expect(await ledger().append(sampleSignal(id, changes))).toBe('stored');
    }

    test('pages through the rows in the order they were written', async () => {
      expect(await ledger().newest()).toBe(0);
      expect(await ledger().page(0, 5)).toEqual([]);
      for (const [index, id] of ['c', 'a', 'b'].entries()) await append(id, { occurredAt: sampleAt - index });
      await subject.reopen();
      const first = await ledger().page(0, 2);
      expect(first.map(({ signal }) => signal.eventId)).toEqual(['web:c', 'web:a']);
      expect(first[0]?.signal).toEqual(sampleSignal('c'));
      const sequences = first.map(({ sequence }) => sequence);
      expect(sequences[0]).toBeGreaterThan(0);
      expect(sequences[1]).toBeGreaterThan(sequences[0] ?? 0);
      const rest = await ledger().page(sequences[1] ?? 0, 2);
      expect(rest.map(({ signal }) => signal.eventId)).toEqual(['web:b']);
      expect(await ledger().newest()).toBe(rest[0]?.sequence);
      expect(await ledger().page(await ledger().newest(), 2)).toEqual([]);
    });

    test('votesBetween gives the words of a space about turns, by time, both ends included', async () => {
      await show('t1');
      await append('late', { ...onAnswer('t1'), occurredAt: sampleAt + 20 });
      await append('early', { ...of('t2'), actorId: bob, polarity: -0.5, occurredAt: sampleAt + 10 });
      await append('same-time', {
        ...of('t2'),
        actorId: bob,
        change: 'withdrawn',
        polarity: -0.5,
        occurredAt: sampleAt + 20,
      });
      await append('before', { ...of('t1'), occurredAt: sampleAt + 9 });
      await append('after', { ...of('t1'), occurredAt: sampleAt + 21 });
      const at = { occurredAt: sampleAt + 15 };
      await append('bot', { ...of('t1'), ...at, actorIsBot: true });
      await append('neutral', { ...of('t1'), ...at, polarity: 0 });
      await append('judge', { ...of('t1'), ...at, kind: 'judge', authority: 'judge' });
      await append('again', { ...of('t1'), ...at, kind: 'regenerate', authority: 'regenerate' });
      await append('hold', {
        ...of('t1'),
        ...at,
        kind: 'hold',
        slot: 'hold',
        polarity: 0,
        change: 'withdrawn',
      });
      await append('elsewhere', { ...of('t1'), ...at, spaceId: elsewhere });
      await append('nobodys', { ...onAnswer('unknown'), ...at });
      await subject.reopen();
      const { kind, slot, name } = sampleSignal('x');
      const parts = (id: string) => ({ eventId: eventId('web', id), kind, slot, name });
      const votes = (limit: number) => ledger().votesBetween(here, sampleAt + 10, sampleAt + 20, limit);
      const early = {
        ...parts('early'),
        turnId: 't2',
        actorId: bob,
        change: 'given',
        polarity: -0.5,
        occurredAt: sampleAt + 10,
      };
      expect(await votes(9)).toEqual([
        early,
        {
          ...parts('late'),
          turnId: 't1',
          actorId: ann,
          change: 'given',
          polarity: 1,
          occurredAt: sampleAt + 20,
        },
        { ...early, ...parts('same-time'), change: 'withdrawn', occurredAt: sampleAt + 20 },
      ]);
      expect(await votes(1)).toEqual([early]);
      expect(await ledger().votesBetween(elsewhere, sampleAt, sampleAt + 99, 9)).toHaveLength(1);
    });

    test('votesBetween gives what takes words back, also where it says nothing itself or names nobody', async () => {
      await show('t1');
      await append('given', { ...onAnswer('t1'), occurredAt: sampleAt + 1 });
      const back = { polarity: 0, occurredAt: sampleAt + 2 } as const;
      await append('taken-back', { ...of('t1'), ...back, change: 'withdrawn' });
      const { actorId: _, slot: __, ...everybodys } = sampleSignal('cleared', { ...onAnswer('t1'), ...back });
      expect(await ledger().append({ ...everybodys, change: 'cleared', name: '' })).toBe('stored');
      await subject.reopen();
      const votes = await ledger().votesBetween(here, sampleAt, sampleAt + 9, 9);
      expect(votes.map(({ change, turnId: about }) => [change, about])).toEqual([
        ['given', 't1'],
        ['cleared', 't1'],
        ['withdrawn', 't1'],
      ]);
      expect(votes[1]).not.toHaveProperty('actorId');
      expect(votes[1]).not.toHaveProperty('slot');
    });

    test('firstSignalsAt gives each person’s first of this space, by the platform’s time', async () => {
      await append('second', { ...of('t1'), occurredAt: sampleAt + 5 });
      await append('first', { ...of('t1'), kind: 'reason', polarity: 0, occurredAt: sampleAt + 2 });
      const before = { occurredAt: sampleAt + 1, authority: 'judge' } as const;
      await append('read', { ...of('t1'), ...before, kind: 'next', name: 'thanks' });
      await append('tool', { ...of('t1'), ...before, kind: 'tool', authority: 'explicit', polarity: 0 });
      await append('there', { ...of('t1'), spaceId: elsewhere, occurredAt: sampleAt });
      await append('bobs', { ...of('t1'), actorId: bob, spaceId: elsewhere, occurredAt: sampleAt + 1 });
      await subject.reopen();
      expect(await ledger().firstSignalsAt(here, [ann, bob])).toEqual(new Map([[ann, sampleAt + 2]]));
      expect(await ledger().firstSignalsAt(elsewhere, [ann, bob])).toEqual(
        new Map([
          [ann, sampleAt],
          [bob, sampleAt + 1],
        ]),
      );
      expect(await ledger().firstSignalsAt(here, [])).toEqual(new Map());
    });

    test('judgedAndRated gives turns with both a vote of the judge under that name and a rating of people', async () => {
      const judge = (name: string, id: string, changes: Partial<Signal> = {}): Promise<void> =>
        append(`judge-${id}`, { ...of(name), kind: 'judge', authority: 'judge', name: 'alone', ...changes });
      for (const name of ['both', 'rated', 'judged', 'other', 'bot', 'neutral', 'reason', 'back', 'twice']) {
        await show(name);
      }
      for (const name of ['both', 'judged', 'bot', 'neutral', 'reason', 'back', 'twice']) {
        await judge(name, name);
      }
      await judge('other', 'other', { name: 'with_next' });
      await append('r1', onAnswer('twice'));
      await append('r2', onAnswer('both'));
      await append('r3', onAnswer('rated'));
      await append('r4', { ...onAnswer('other'), kind: 'button', slot: 'button', name: 'good' });
      await append('r5', { ...onAnswer('bot'), actorIsBot: true });
      await append('r6', { ...onAnswer('neutral'), polarity: 0 });
      await append('r7', { ...onAnswer('reason'), kind: 'correction' });
      await append('r8', { ...onAnswer('back'), change: 'withdrawn' });
      await append('r9', { ...of('twice'), kind: 'feedback', name: 'bad', polarity: -1 });
      await subject.reopen();
      expect(await ledger().judgedAndRated('alone', 9)).toEqual(['twice', 'both']);
      expect(await ledger().judgedAndRated('alone', 1)).toEqual(['twice']);
      expect(await ledger().judgedAndRated('with_next', 9)).toEqual(['other']);
      expect(await ledger().judgedAndRated('never', 9)).toEqual([]);
      // A vote may also name the message.
      await append('judge-message', {
        ...onAnswer('rated'),
        kind: 'judge',
        authority: 'judge',
        name: 'alone',
      });
      expect(await ledger().judgedAndRated('alone', 9)).toEqual(['twice', 'rated', 'both']);
    });

    test('judgedAndRated finds what lies far back', async () => {
      await append('judge', { ...of('old'), kind: 'judge', authority: 'judge', name: 'alone' });
      await append('rating', of('old'));
      await Promise.all(
        Array.from({ length: 1_200 }, (_, index) =>
          ledger().append(sampleSignal(`more-${index}`, of(`turn-${index}`))),
        ),
      );
      expect(await ledger().judgedAndRated('alone', 9)).toEqual(['old']);
      expect(await ledger().has(eventId('web', 'more-1199'))).toBe(true);
    });
  });
}
