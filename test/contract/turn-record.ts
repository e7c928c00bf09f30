import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventId, turnId } from '../../core/domain/ids.ts';
import type { Turn } from '../../core/domain/turn.ts';
import type { InboxStore } from '../../core/ports/inbox-store.ts';
import type { JudgeQueue } from '../../core/ports/judge-queue.ts';
import type { LedgerStore } from '../../core/ports/ledger-store.ts';
import type { RecordedTurn, TurnEnd, TurnStore } from '../../core/ports/turn-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import {
  sampleAt,
  sampleBody,
  sampleKey,
  sampleMessage,
  sampleRef,
  sampleSampled,
  sampleSignal,
  sampleTurn,
} from './store-samples.ts';

interface Stores {
  readonly turns: TurnStore;
  readonly ledger: LedgerStore;
  readonly judgeQueue: JudgeQueue;
  readonly inbox: InboxStore;
}

const end = { state: 'done', endedAt: sampleAt + 9 } as const;

function recorded(name: string, changes: Partial<RecordedTurn> = {}): RecordedTurn {
  return {
    turn: sampleTurn(name),
    replyText: `The answer to ${name}`,
    replyRefs: [sampleRef(`${name}-1`), sampleRef(`${name}-2`)],
    end,
    ...changes,
  };
}

/** As it is found again. */
function asTurn({
  turn,
  replyText,
  replyRefs,
  end: { dueAt: _, judgeAt: __, ...ending },
}: RecordedTurn): Turn {
  return { ...turn, replyText, replyRefs, ...ending, firstReplyAt: ending.endedAt };
}

/** What every `TurnStore` promises of turns that are over before they are written down. */
export function turnRecordContract(contract: StoreContract<Stores>): void {
  describe(`TurnStore, recorded: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    const turns = (): TurnStore => subject.stores.turns;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    const id = turnId('t1');
    const ownerOf = async (messageId: string): Promise<string | undefined> =>
      (await turns().byReply(sampleRef(messageId)))?.turnId;

    test('gives a recorded turn back whole, after a restart too', async () => {
      const one = recorded('t1', { end: { ...end, usage: { inputTokens: 12, outputTokens: 3 } } });
      await turns().record(one);
      await subject.reopen();
      expect(await turns().get(id)).toEqual(asTurn(one));
      expect(await turns().byRequest(sampleRef('t1-ask'))).toEqual(asTurn(one));
      for (const ref of one.replyRefs) expect(await turns().byReply(ref)).toEqual(asTurn(one));
      expect(await turns().byReply(sampleRef('t1-1', 'elsewhere'))).toBeUndefined();
    });

    test('nothing of it waits to be delivered', async () => {
      await turns().record(recorded('t1'));
      expect(await turns().unfinished()).toEqual([]);
      expect(await turns().sends(id)).toEqual([]);
      expect(await turns().hasIntended('web', 'general')).toBe(false);
      expect(await turns().counts()).toMatchObject({ done: 1, open: 0, answered: 0 });
    });

    test('takes its place in session and conversation', async () => {
      await turns().open(sampleTurn('t0'));
      await turns().record(recorded('t1'));
      await turns().record(recorded('t2'));
      expect((await turns().next(turnId('t0')))?.turnId).toBe('t1');
      expect((await turns().next(id))?.turnId).toBe('t2');
      expect((await turns().last(sampleKey))?.turnId).toBe('t2');
      expect((await turns().lastShownWithin(sampleKey))?.turnId).toBe('t2');
      expect(await turns().hasAnswered(sampleKey)).toBe(true);
      expect(await turns().recent(sampleTurn('t1').sessionId, 9)).toMatchObject([
        { turnId: 't1', replyText: 'The answer to t1' },
        { turnId: 't2' },
      ]);
    });

    test('an answer that never came has shown nothing', async () => {
      await turns().record(recorded('t1'));
      const failed: RecordedTurn['end'] = { state: 'failed', endedAt: sampleAt + 20, errorCode: 'network' };
      await turns().record(recorded('t2', { replyText: '', end: failed }));
      await turns().record(recorded('t3', { replyText: '', replyRefs: [], end: failed }));
      const { firstReplyAt: _, ...expected } = asTurn(recorded('t2', { replyText: '', end: failed }));
      expect(await turns().get(turnId('t2'))).toEqual(expected);
      expect((await turns().get(turnId('t3')))?.replyRefs).toEqual([]);
      expect((await turns().last(sampleKey))?.turnId).toBe('t3');
      expect((await turns().lastShownWithin(sampleKey))?.turnId).toBe('t1');
      expect(await turns().recent(sampleTurn('t1').sessionId, 9)).toMatchObject([{ turnId: 't1' }]);
    });

    test('the same id again replaces the answer, and keeps what was asked and its place', async () => {
      const first = recorded('t1', { end: { ...end, state: 'failed', errorCode: 'network' } });
      const other = recorded('t2');
      await turns().record(first);
      await turns().record(other);
      const again: RecordedTurn = {
        turn: sampleTurn('t1', {
          requestText: 'other words',
          requestRefs: [sampleRef('other-ask')],
          eventIds: [],
          policy: 'p2',
          generation: 9,
          startedAt: sampleAt + 500,
        }),
        replyText: 'More',
        replyRefs: [...first.replyRefs, sampleRef('t1-3')],
        end: { state: 'done', endedAt: sampleAt + 50, usage: { inputTokens: 5, outputTokens: 6 } },
      };
      await turns().record(again);
      await subject.reopen();
      expect(await turns().get(id)).toEqual({
        ...asTurn({ ...again, turn: first.turn }),
        firstReplyAt: first.end.endedAt,
      });
      expect(await turns().byRequest(sampleRef('other-ask'))).toBeUndefined();
      expect((await turns().byRequest(sampleRef('t1-ask')))?.turnId).toBe('t1');
      expect((await turns().last(sampleKey))?.turnId).toBe('t2');
      expect((await turns().next(id))?.turnId).toBe('t2');
      expect(await turns().get(turnId('t2'))).toEqual(asTurn(other));
      expect(await turns().counts()).toMatchObject({ done: 2, failed: 0 });
    });

    test('the same id again without usage keeps what is stored', async () => {
      const usage = { inputTokens: 1, outputTokens: 2 };
      await turns().record(recorded('t1', { end: { ...end, usage } }));
      await turns().record(recorded('t1'));
      expect((await turns().get(id))?.usage).toEqual(usage);
    });

    test('words of a request that were edited stay', async () => {
      await turns().record(recorded('t1'));
      expect(await turns().editRequest(sampleRef('t1-ask'), 'edited')).toBe(true);
      await turns().record(recorded('t1'));
      expect((await turns().get(id))?.editedRequestText).toBe('edited');
    });

    test('a message that is left out is no part of the answer any more, and what was said of it stays said', async () => {
      await turns().record(recorded('t1'));
      await subject.stores.ledger.append(
        sampleSignal('s', { target: { kind: 'message', ref: sampleRef('t1-1') } }),
      );
      await turns().record(recorded('t1', { replyRefs: [sampleRef('t1-2'), sampleRef('t1-3')] }));
      await subject.reopen();
      expect((await turns().get(id))?.replyRefs).toEqual([sampleRef('t1-2'), sampleRef('t1-3')]);
      expect(await Promise.all(['t1-1', 't1-2', 't1-3'].map(ownerOf))).toEqual([undefined, 't1', 't1']);
      expect(await subject.stores.ledger.ofTurn(id)).toHaveLength(1);
      await turns().record(recorded('t1', { replyRefs: [] }));
      expect((await turns().get(id))?.replyRefs).toEqual([]);
      expect(await ownerOf('t1-2')).toBeUndefined();
      await turns().record(recorded('t1'));
      expect(await ownerOf('t1-1')).toBe('t1');
    });

    test('a name that two answers have leads to the later one, whatever becomes of the first', async () => {
      const own = sampleRef('own-key');
      await turns().record(recorded('t1', { replyRefs: [own] }));
      await turns().record(recorded('t2', { replyRefs: [own] }));
      expect(await ownerOf('own-key')).toBe('t2');
      await turns().record(recorded('t1', { replyRefs: [sampleRef('t1-1')] }));
      expect(await ownerOf('own-key')).toBe('t2');
    });

    test('a turn that was opened and shown goes on, with the messages that are told now', async () => {
      await turns().open(sampleTurn('t1'));
      await turns().open(sampleTurn('t2'));
      for (const name of ['t1', 't2']) {
        await turns().intend(turnId(name), 0, 'key', sampleBody('a'), sampleAt);
        await turns().sent(turnId(name), 0, sampleRef(`${name}-sent`), sampleAt + 1);
      }
      await turns().record(recorded('t1'));
      await subject.reopen();
      expect(await turns().get(id)).toEqual({ ...asTurn(recorded('t1')), firstReplyAt: sampleAt + 1 });
      expect(await ownerOf('t1-sent')).toBeUndefined();
      expect(await turns().sends(id)).toEqual([]);
      expect(await turns().get(turnId('t2'))).toMatchObject({
        state: 'open',
        replyRefs: [sampleRef('t2-sent')],
      });
      expect(await turns().sends(turnId('t2'))).toHaveLength(1);
    });

    test('what comes too late for an end does so for a recorded one', async () => {
      await turns().record(recorded('t1'));
      await turns().open(sampleTurn('t1', { requestText: 'anew' }));
      await turns().answer(id, 'late');
      await turns().end(id, { state: 'failed', endedAt: sampleAt + 99 });
      await turns().discard(id);
      expect(await turns().get(id)).toEqual(asTurn(recorded('t1')));
    });

    test('quiet times begin, and start over where the turn goes on', async () => {
      const dueAt = { skills: sampleAt + 100, weights: sampleAt + 200 };
      await turns().record(recorded('t1', { end: { ...end, dueAt } }));
      await turns().record(recorded('t2'));
      await subject.reopen();
      const of = (use: 'skills' | 'weights') => subject.stores.ledger.settlement(id, use);
      expect(await of('skills')).toMatchObject({ state: 'open', dueAt: sampleAt + 100, revision: 0 });
      expect(await of('weights')).toMatchObject({ state: 'open', dueAt: sampleAt + 200 });
      expect(await subject.stores.ledger.settlement(turnId('t2'), 'skills')).toBeUndefined();
      await turns().record(recorded('t1', { end: { ...end, dueAt: { skills: sampleAt + 300 } } }));
      expect(await of('skills')).toMatchObject({ state: 'open', dueAt: sampleAt + 300, revision: 1 });
      expect(await of('weights')).toMatchObject({ dueAt: sampleAt + 200, revision: 0 });
    });

    test('what a turn was used for stays used when it goes on, and counts one more late word', async () => {
      const due = { ...end, dueAt: { weights: sampleAt + 100 } };
      await turns().record(recorded('t1', { end: due }));
      const { ledger } = subject.stores;
      const reward = { kind: 'known', value: 1, authority: 'explicit', voices: 1, weight: 1 } as const;
      await ledger.settle(id, 'weights', 0, reward, { role: 'query', reason: 'labelled' });
      expect(await ledger.markUsed([id], 'weights')).toBe(1);
      await turns().record(recorded('t1', { end: { ...due, dueAt: { weights: sampleAt + 500 } } }));
      expect(await ledger.settlement(id, 'weights')).toMatchObject({
        state: 'used',
        lateSignals: 1,
        dueAt: sampleAt + 100,
        reward,
      });
    });

    test('waits for the judge from the instant that is given', async () => {
      await turns().record(recorded('t1', { end: { ...end, judgeAt: sampleAt + 7 } }));
      await turns().record(recorded('t2'));
      await subject.reopen();
      const due = (): Promise<readonly unknown[]> => subject.stores.judgeQueue.due(sampleAt + 99, 9);
      expect(await due()).toMatchObject([{ turnId: 't1', dueAt: sampleAt + 7, seen: [] }]);
      await subject.stores.judgeQueue.done(id, 'alone');
      await turns().record(recorded('t1', { end: { ...end, judgeAt: sampleAt + 60 } }));
      expect(await due()).toMatchObject([{ turnId: 't1', dueAt: sampleAt + 60, seen: ['alone'] }]);
    });

    test('keeps what the calls of a whole answer read and wrote, as `answer` does', async () => {
      const [first, second] = [sampleSampled('one', 1), sampleSampled('two', 2)];
      await turns().record(recorded('t1', { sampled: [first] }));
      await turns().record(recorded('t2', { sampled: [second] }));
      await subject.reopen();
      expect(await turns().sampled(id)).toEqual([first]);
      await turns().record(recorded('t1', { sampled: [first, second] }));
      expect(await turns().sampled(id)).toEqual([first, second]);
      await turns().record(recorded('t1'));
      expect(await turns().sampled(id)).toEqual([first, second]);
      await turns().record(recorded('t1', { sampled: [] }));
      expect(await turns().sampled(id)).toEqual([]);
      expect(await turns().sampled(turnId('t2'))).toEqual([second]);
    });

    test.each(['failed', 'stopped', 'interrupted', 'delivery_unknown'] as const)(
      'an end as %s keeps nothing of it',
      async (state) => {
        const sampled = [sampleSampled('one', 1)];
        await turns().record(recorded('t0', { sampled, end: { ...end, state } }));
        await turns().record(recorded('t1', { sampled }));
        await turns().record(recorded('t1', { sampled, end: { ...end, state } }));
        expect((await turns().get(id))?.state).toBe(state);
        expect(await turns().sampled(turnId('t0'))).toEqual([]);
        expect(await turns().sampled(id)).toEqual([]);
      },
    );

    test('its inbound events are done', async () => {
      const { inbox } = subject.stores;
      for (const name of ['a', 'b', 'c']) await inbox.accept(sampleMessage(name), sampleKey, sampleAt);
      const pending = async () => (await subject.stores.inbox.pending()).map(({ event }) => event.eventId);
      await turns().record(recorded('t1', { turn: sampleTurn('t1', { eventIds: [eventId('web', 'a')] }) }));
      expect(await pending()).toEqual(['web:b', 'web:c']);
      await turns().open(sampleTurn('t2', { eventIds: [eventId('web', 'b')] }));
      await turns().record(recorded('t2', { turn: sampleTurn('t2', { eventIds: [eventId('web', 'c')] }) }));
      await subject.reopen();
      expect(await pending()).toEqual(['web:c']);
    });

    test('one that cannot be stored leaves nothing behind, and those of the same moment stay', async () => {
      const before = recorded('t0');
      await turns().record(before);
      const broken = { ...end, dueAt: { skills: Number.NaN } };
      const results = await Promise.allSettled([
        turns().record(recorded('t1')),
        turns().record(recorded('t2', { end: broken })),
        turns().record(recorded('t0', { replyText: 'other', replyRefs: [], end: broken })),
        turns().record(recorded('t3')),
      ]);
      const refused = { status: 'rejected', reason: { name: 'AppError', code: 'invalid_input' } };
      expect(results).toMatchObject([{ status: 'fulfilled' }, refused, refused, { status: 'fulfilled' }]);
      await subject.reopen();
      expect(await turns().get(turnId('t2'))).toBeUndefined();
      expect(await ownerOf('t2-1')).toBeUndefined();
      expect(await turns().get(turnId('t0'))).toEqual(asTurn(before));
      expect(await ownerOf('t0-1')).toBe('t0');
      expect(await turns().counts()).toMatchObject({ done: 3 });
    });

    test('calls of one moment take effect in their order', async () => {
      await Promise.all([
        turns().record(recorded('b')),
        turns().record(recorded('a')),
        turns().record(recorded('b', { replyText: 'later' })),
      ]);
      expect((await turns().get(turnId('b')))?.replyText).toBe('later');
      expect((await turns().next(turnId('b')))?.turnId).toBe('a');
      expect(await turns().next(turnId('a'))).toBeUndefined();
    });

    interface Step {
      readonly name: string;
      readonly text: string;
      readonly refs: readonly number[];
      readonly state: TurnEnd['state'];
    }
    const numbers = [0, 1, 2, 3, 4] as const;
    const step: fc.Arbitrary<Step> = fc.record({
      name: fc.constantFrom('p', 'q', 'r'),
      text: fc.constantFrom('', 'one', 'two\n\nlines'),
      refs: fc.subarray([...numbers]),
      state: fc.constantFrom('done', 'failed', 'stopped'),
    });
    async function expectStored(name: string, told: RecordedTurn): Promise<void> {
      const { firstReplyAt: _, ...rest } = asTurn(told);
      expect(await turns().get(turnId(name))).toMatchObject(rest);
      const toldIds = told.replyRefs.map(({ messageId }) => messageId);
      for (const messageId of numbers.map((number) => `${name}-${number}`)) {
        expect(await ownerOf(messageId)).toBe(toldIds.includes(messageId) ? name : undefined);
      }
    }

    test('however often turns go on, each is what was told of it last', async () => {
      let count = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
          count += 1;
          const last = new Map<string, RecordedTurn>();
          for (const [at, { name, text, refs, state }] of steps.entries()) {
            const own = `${name}${count}`;
            const told = recorded(own, {
              replyText: text,
              replyRefs: refs.map((ref) => sampleRef(`${own}-${ref}`)),
              end: { state, endedAt: sampleAt + at },
            });
            await turns().record(told);
            last.set(own, told);
          }
          for (const [name, told] of last) await expectStored(name, told);
        }),
        { numRuns: 40 },
      );
    });
  });
}
