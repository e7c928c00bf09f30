import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { turnId } from '../../core/domain/ids.ts';
import type { TurnStore } from '../../core/ports/turn-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import { sampleAt, sampleBody, sampleRef, sampleTurn } from './store-samples.ts';

interface Stores {
  readonly turns: TurnStore;
}

/** What every `TurnStore` promises of the messages of an answer. */
export function turnSendsContract(contract: StoreContract<Stores>): void {
  describe(`TurnStore, sends: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    const turns = (): TurnStore => subject.stores.turns;
    beforeEach(async () => {
      subject = await contract.create();
      await turns().open(sampleTurn('t1'));
    });
    afterEach(() => subject.close());

    const id = turnId('t1');
    const sendOf = async (index: number): Promise<unknown> =>
      (await turns().sends(id)).find((send) => send.index === index);

    test('an intent is durable before the call, and its outcome after it', async () => {
      await turns().intend(id, 0, 'key-0', sampleBody('first'), sampleAt);
      await subject.reopen();
      expect(await turns().sends(id)).toEqual([
        {
          turnId: 't1',
          index: 0,
          sendKey: 'key-0',
          state: 'intended',
          body: sampleBody('first'),
          intendedAt: sampleAt,
        },
      ]);
      await turns().sent(id, 0, sampleRef('r0'), sampleAt + 1);
      await subject.reopen();
      expect(await turns().sends(id)).toEqual([
        {
          turnId: 't1',
          index: 0,
          sendKey: 'key-0',
          state: 'sent',
          ref: sampleRef('r0'),
          body: sampleBody('first'),
          intendedAt: sampleAt,
        },
      ]);
    });

    test('intending again replaces text and key', async () => {
      await turns().intend(id, 0, 'key', sampleBody('first'), sampleAt);
      await turns().sendFailed(id, 0);
      expect(await sendOf(0)).toMatchObject({ state: 'failed' });
      await turns().intend(id, 0, 'key-2', sampleBody('second'), sampleAt + 5);
      expect(await turns().sends(id)).toEqual([
        {
          turnId: 't1',
          index: 0,
          sendKey: 'key-2',
          state: 'intended',
          body: sampleBody('second'),
          intendedAt: sampleAt + 5,
        },
      ]);
      await turns().intend(id, 0, 'key-2', sampleBody('third'), sampleAt + 9);
      expect(await sendOf(0)).toMatchObject({ body: sampleBody('third'), intendedAt: sampleAt + 5 });
    });

    test('sends come by index and belong to their turn', async () => {
      await turns().open(sampleTurn('t2'));
      for (const index of [10, 2, 0])
        await turns().intend(id, index, `key-${index}`, sampleBody('x'), sampleAt);
      await turns().intend(turnId('t2'), 1, 'other', sampleBody('x'), sampleAt);
      expect((await turns().sends(id)).map((send) => send.index)).toEqual([0, 2, 10]);
      expect(await turns().sends(turnId('unknown'))).toEqual([]);
    });

    test('every message of an answer leads to its turn, and the refs come by index', async () => {
      await turns().intend(id, 0, 'k0', sampleBody('a'), sampleAt);
      await turns().intend(id, 1, 'k1', sampleBody('b'), sampleAt);
      await turns().sent(id, 1, sampleRef('r1'), sampleAt + 7);
      await turns().sent(id, 0, sampleRef('r0'), sampleAt + 8);
      await subject.reopen();
      for (const messageId of ['r0', 'r1']) {
        expect(await turns().byReply(sampleRef(messageId))).toMatchObject({
          turnId: 't1',
          replyRefs: [sampleRef('r0'), sampleRef('r1')],
          firstReplyAt: sampleAt + 7,
        });
      }
      expect(await turns().byReply(sampleRef('r0', 'elsewhere'))).toBeUndefined();
      expect(await turns().byReply({ ...sampleRef('r0'), platform: 'terminal' })).toBeUndefined();
      expect(await turns().byReply(sampleRef('t1-ask'))).toBeUndefined();
    });

    test('telling the id again is no error', async () => {
      await turns().intend(id, 0, 'k0', sampleBody('a'), sampleAt);
      await turns().sent(id, 0, sampleRef('r0'), sampleAt);
      await turns().sent(id, 0, sampleRef('r0'), sampleAt + 1);
      expect(await turns().get(id)).toMatchObject({ replyRefs: [sampleRef('r0')], firstReplyAt: sampleAt });
    });

    test('shown keeps what an edit made of a message', async () => {
      await turns().intend(id, 0, 'k0', sampleBody('a'), sampleAt);
      await turns().sent(id, 0, sampleRef('r0'), sampleAt);
      await turns().shown(id, 0, sampleBody('longer'));
      await subject.reopen();
      expect(await sendOf(0)).toMatchObject({
        state: 'sent',
        ref: sampleRef('r0'),
        body: sampleBody('longer'),
      });
    });

    test('a message that was taken out is no part of the answer any more', async () => {
      await turns().intend(id, 0, 'k0', sampleBody('a'), sampleAt);
      await turns().intend(id, 1, 'k1', sampleBody('b'), sampleAt);
      await turns().sent(id, 0, sampleRef('r0'), sampleAt);
      await turns().sent(id, 1, sampleRef('r1'), sampleAt);
      await turns().unsent(id, 1);
      await turns().unsent(id, 1);
      await subject.reopen();
      expect((await turns().sends(id)).map((send) => send.index)).toEqual([0]);
      expect((await turns().get(id))?.replyRefs).toEqual([sampleRef('r0')]);
      expect(await turns().byReply(sampleRef('r1'))).toBeUndefined();
      expect((await turns().byReply(sampleRef('r0')))?.turnId).toBe('t1');
    });

    test('outcomes of a send that is not there change nothing', async () => {
      await turns().shown(id, 4, sampleBody('x'));
      await turns().sendFailed(id, 4);
      await turns().unsent(id, 4);
      expect(await turns().sends(id)).toEqual([]);
      await expect(turns().sent(id, 4, sampleRef('r'), sampleAt)).rejects.toMatchObject({
        code: 'not_found',
      });
      expect(await turns().byReply(sampleRef('r'))).toBeUndefined();
    });

    test('hasIntended is true while a send to the channel is under way', async () => {
      const underWay = (): Promise<boolean> => turns().hasIntended('web', 'general');
      expect(await underWay()).toBe(false);
      await turns().intend(id, 0, 'k0', sampleBody('a'), sampleAt);
      await subject.reopen();
      expect(await underWay()).toBe(true);
      expect(await turns().hasIntended('web', 'other')).toBe(false);
      expect(await turns().hasIntended('terminal', 'general')).toBe(false);
      await turns().sent(id, 0, sampleRef('r0'), sampleAt);
      expect(await underWay()).toBe(false);
      await turns().intend(id, 1, 'k1', sampleBody('b'), sampleAt);
      expect(await underWay()).toBe(true);
      await turns().sendFailed(id, 1);
      expect(await underWay()).toBe(false);
    });

    test('a send whose fate was never told does not count once its turn has ended', async () => {
      await turns().intend(id, 0, 'k0', sampleBody('a'), sampleAt);
      await turns().end(id, { state: 'delivery_unknown', endedAt: sampleAt });
      expect(await turns().hasIntended('web', 'general')).toBe(false);
      expect(await sendOf(0)).toMatchObject({ state: 'intended' });
    });
  });
}
