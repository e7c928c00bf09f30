import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventId, turnId } from '../../core/domain/ids.ts';
import type { MessageReceived } from '../../core/domain/inbound-event.ts';
import type { InboxStore } from '../../core/ports/inbox-store.ts';
import type { TurnStore } from '../../core/ports/turn-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import {
  otherKey,
  sampleAction,
  sampleAt,
  sampleCommand,
  sampleKey,
  sampleMessage,
  sampleRef,
  sampleTurn,
} from './store-samples.ts';

interface Stores {
  readonly inbox: InboxStore;
  readonly turns: TurnStore;
}

/** What every `InboxStore` promises. */
export function inboxStoreContract(contract: StoreContract<Stores>): void {
  describe(`InboxStore: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    const inbox = (): InboxStore => subject.stores.inbox;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    const accept = async (id: string): Promise<number> => {
      const result = await inbox().accept(sampleMessage(id), sampleKey, sampleAt);
      if (result.kind !== 'stored') throw new Error(`${id} is a ${result.kind}`);
      return result.sequence;
    };
    const pendingIds = async (): Promise<readonly string[]> =>
      (await inbox().pending()).map((row) => row.event.eventId);

    test('gives every kind of event back whole, after a restart too', async () => {
      const events = [sampleMessage('a'), sampleCommand('b'), sampleAction('c')];
      for (const event of events) await inbox().accept(event, sampleKey, sampleAt + 0.5);
      await subject.reopen();
      const rows = await inbox().pending();
      expect(rows.map((row) => row.event)).toEqual(events);
      expect(rows[0]).toEqual({
        sequence: rows[0]?.sequence,
        conversationKey: sampleKey,
        event: events[0],
        acceptedAt: sampleAt + 0.5,
        attempts: 0,
      });
    });

    test('counts up without a gap, in the order of acceptance and not of the clock', async () => {
      const first = await accept('z');
      const result = await inbox().accept(sampleMessage('a'), otherKey, sampleAt - 1_000_000);
      await inbox().accept(sampleMessage('a'), otherKey, sampleAt);
      await subject.reopen();
      const third = await accept('m');
      expect(result).toEqual({ kind: 'stored', sequence: first + 1 });
      expect(third).toBe(first + 2);
      expect(await pendingIds()).toEqual(['web:z', 'web:a', 'web:m']);
    });

    test('accepts calls of one moment in their order, each with its own result', async () => {
      const results = await Promise.all(
        ['a', 'b', 'a', 'c', 'b'].map((id) => inbox().accept(sampleMessage(id), sampleKey, sampleAt)),
      );
      expect(results.map((result) => result.kind)).toEqual([
        'stored',
        'stored',
        'duplicate',
        'stored',
        'duplicate',
      ]);
      const sequences = results.flatMap((result) => (result.kind === 'stored' ? [result.sequence] : []));
      const [first = 0] = sequences;
      expect(sequences).toEqual([first, first + 1, first + 2]);
      expect(await pendingIds()).toEqual(['web:a', 'web:b', 'web:c']);
    });

    test('a row that cannot be stored does not fail its neighbours and uses up no number', async () => {
      const before = await accept('before');
      const [left, broken, right] = await Promise.allSettled([
        inbox().accept(sampleMessage('left'), sampleKey, sampleAt),
        inbox().accept(sampleMessage('broken'), sampleKey, Number.NaN),
        inbox().accept(sampleMessage('right'), sampleKey, sampleAt),
      ]);
      expect(left).toEqual({ status: 'fulfilled', value: { kind: 'stored', sequence: before + 1 } });
      expect(broken).toMatchObject({
        status: 'rejected',
        reason: { name: 'AppError', code: 'invalid_input' },
      });
      expect(right).toEqual({ status: 'fulfilled', value: { kind: 'stored', sequence: before + 2 } });
      expect(await pendingIds()).toEqual(['web:before', 'web:left', 'web:right']);
    });

    test('a duplicate changes nothing', async () => {
      await accept('a');
      const other = sampleMessage('a', { text: 'other words' });
      expect(await inbox().accept(other, otherKey, sampleAt + 1)).toEqual({ kind: 'duplicate' });
      expect((await inbox().pending()).map((row) => [row.event, row.conversationKey])).toEqual([
        [sampleMessage('a'), sampleKey],
      ]);
    });

    test('a finished event is a duplicate until it is pruned', async () => {
      const first = await accept('a');
      await inbox().finish([eventId('web', 'a')]);
      await subject.reopen();
      expect(await inbox().accept(sampleMessage('a'), sampleKey, sampleAt)).toEqual({ kind: 'duplicate' });
      expect(await inbox().pending()).toEqual([]);
      expect(await inbox().prune(sampleAt)).toBe(0);
      expect(await inbox().accept(sampleMessage('a'), sampleKey, sampleAt)).toEqual({ kind: 'duplicate' });
      expect(await inbox().prune(sampleAt + 1)).toBe(1);
      expect(await accept('a')).toBe(first + 1);
    });

    test('prune leaves what is not finished and never frees a number', async () => {
      await accept('waits');
      const last = await accept('done');
      await inbox().finish([eventId('web', 'done')]);
      expect(await inbox().prune(sampleAt + 1)).toBe(1);
      expect(await pendingIds()).toEqual(['web:waits']);
      await subject.reopen();
      expect(await accept('next')).toBe(last + 1);
    });

    test('finish takes unknown and finished ids, and none', async () => {
      await accept('a');
      await accept('b');
      await inbox().finish([eventId('web', 'a'), eventId('web', 'nobody')]);
      await inbox().finish([eventId('web', 'a')]);
      await inbox().finish([]);
      expect(await pendingIds()).toEqual(['web:b']);
    });

    test('has knows what was accepted, finished or not', async () => {
      await accept('a');
      await inbox().finish([eventId('web', 'a')]);
      await accept('b');
      const known = await Promise.all(['a', 'b', 'c'].map((id) => inbox().has(eventId('web', id))));
      expect(known).toEqual([true, true, false]);
    });

    test('begin counts attempts and tells the highest', async () => {
      await accept('a');
      await accept('b');
      expect(await inbox().begin([eventId('web', 'a')])).toBe(1);
      expect(await inbox().begin([eventId('web', 'a'), eventId('web', 'b')])).toBe(2);
      await subject.reopen();
      expect((await inbox().pending()).map((row) => row.attempts)).toEqual([2, 1]);
      expect(await inbox().begin([eventId('web', 'b')])).toBe(2);
    });

    test('callOff takes one attempt back, never below none, and leaves finished rows alone', async () => {
      await accept('a');
      await accept('b');
      await inbox().begin([eventId('web', 'a')]);
      await inbox().begin([eventId('web', 'a'), eventId('web', 'b')]);
      await inbox().callOff([eventId('web', 'a'), eventId('web', 'unknown')]);
      await subject.reopen();
      expect((await inbox().pending()).map((row) => row.attempts)).toEqual([1, 1]);
      await inbox().callOff([eventId('web', 'b')]);
      await inbox().callOff([eventId('web', 'b')]);
      expect((await inbox().pending()).map((row) => row.attempts)).toEqual([1, 0]);
    });

    test('replaceText changes the words of a waiting message only', async () => {
      await accept('a');
      await accept('b');
      expect(await inbox().replaceText(sampleRef('a'), 'new "words" 👍')).toBe(true);
      await subject.reopen();
      expect((await inbox().pending()).map((row) => row.event)).toEqual([
        sampleMessage('a', { text: 'new "words" 👍' }),
        sampleMessage('b'),
      ]);
      expect(await inbox().replaceText(sampleRef('a', 'elsewhere'), 'no')).toBe(false);
      expect(await inbox().replaceText(sampleRef('unknown'), 'no')).toBe(false);
      await inbox().finish([eventId('web', 'a')]);
      expect(await inbox().replaceText(sampleRef('a'), 'too late')).toBe(false);
    });

    test('the end of a turn finishes its events, and no others', async () => {
      await accept('turn-ask');
      await accept('second');
      await accept('other');
      const { turns } = subject.stores;
      await turns.open(
        sampleTurn('turn', { eventIds: [eventId('web', 'turn-ask'), eventId('web', 'second')] }),
      );
      await turns.answer(turnId('turn'), 'text');
      expect(await pendingIds()).toEqual(['web:turn-ask', 'web:second', 'web:other']);
      await turns.end(turnId('turn'), { state: 'done', endedAt: sampleAt });
      await subject.reopen();
      expect(await pendingIds()).toEqual(['web:other']);
      expect(await inbox().accept(sampleMessage('second'), sampleKey, sampleAt)).toEqual({
        kind: 'duplicate',
      });
    });

    test('values are copies', async () => {
      const event: { -readonly [Key in keyof MessageReceived]: MessageReceived[Key] } = sampleMessage('a', {
        text: 'as accepted',
      });
      const accepted = inbox().accept(event, sampleKey, sampleAt);
      event.text = 'changed later';
      await accepted;
      const [one] = await inbox().pending();
      const [two] = await inbox().pending();
      expect(one?.event).toMatchObject({ text: 'as accepted' });
      expect(one).not.toBe(two);
      expect(one?.event).not.toBe(two?.event);
    });
  });
}
