import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ConversationKey, encodeConversationKey } from '../../core/domain/conversation.ts';
import { personId, sessionId, turnId } from '../../core/domain/ids.ts';
import type { ShownSkill } from '../../core/domain/skill.ts';
import type { Turn } from '../../core/domain/turn.ts';
import type { NewTurn, TurnEnd, TurnStore } from '../../core/ports/turn-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import {
  otherKey,
  sampleAt,
  sampleBody,
  sampleConversation,
  sampleKey,
  sampleRef,
  sampleScopes,
  sampleTurn,
  skillName,
} from './store-samples.ts';

interface Stores {
  readonly turns: TurnStore;
}

/** What every `TurnStore` promises of turns; `turnSendsContract` has the messages of their answers. */
export function turnStoreContract(contract: StoreContract<Stores>): void {
  describe(`TurnStore: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    const turns = (): TurnStore => subject.stores.turns;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    const id = turnId('t1');
    const shown: ShownSkill = {
      name: skillName('shown'),
      version: 2,
      contentHash: 'abc',
      score: 0.75,
      propensity: 0.9,
      because: ['short'],
    };
    const opened = (turn: NewTurn): Turn => ({ ...turn, state: 'open', replyText: '', replyRefs: [] });
    async function ended(name: string, replyText: string, changes: Partial<NewTurn> = {}): Promise<void> {
      await turns().open(sampleTurn(name, changes));
      await turns().end(turnId(name), { state: 'done', endedAt: sampleAt, replyText });
    }
    const showing = async (turn: Turn['turnId'], messageId: string): Promise<void> => {
      await turns().intend(turn, 0, 'key', sampleBody('a'), sampleAt);
      await turns().sent(turn, 0, sampleRef(messageId), sampleAt);
    };

    test('gives an opened turn back whole, after a restart too', async () => {
      const turn = sampleTurn('t1', {
        retryOf: turnId('t0'),
        startedAt: sampleAt + 0.25,
        line: 'side',
        isHoldOut: true,
        promptAuthors: [personId('web', 'ann'), personId('web', 'bob')],
        skills: Object.values(sampleScopes).map((scope) => ({ ...shown, scope, trial: 3 })),
        maskedSkills: [
          {
            ...shown,
            name: skillName('masked'),
            learnedFrom: { platforms: ['web'], authors: [personId('web', 'ann')], isPrivate: true },
          },
        ],
      });
      await turns().open(turn);
      await subject.reopen();
      expect(await turns().get(id)).toEqual(opened(turn));
      expect(await turns().get(turnId('unknown'))).toBeUndefined();
    });

    test('a turn lives through open, answered and done, durable at each step', async () => {
      await turns().open(sampleTurn('t1'));
      await showing(id, 'r1');
      await subject.reopen();
      expect(await turns().get(id)).toMatchObject({ state: 'open', firstReplyAt: sampleAt });
      await turns().answer(id, 'The answer', { inputTokens: 12, outputTokens: 3 });
      await subject.reopen();
      expect(await turns().get(id)).toMatchObject({ state: 'answered', replyText: 'The answer' });
      await turns().end(id, { state: 'done', endedAt: sampleAt + 9 });
      await subject.reopen();
      expect(await turns().get(id)).toEqual({
        ...opened(sampleTurn('t1')),
        state: 'done',
        replyText: 'The answer',
        replyRefs: [sampleRef('r1')],
        usage: { inputTokens: 12, outputTokens: 3 },
        firstReplyAt: sampleAt,
        endedAt: sampleAt + 9,
      });
    });

    test('an end may bring its own text, usage and error code', async () => {
      await turns().open(sampleTurn('t1'));
      await turns().answer(id, 'first', { inputTokens: 1, outputTokens: 1 });
      const end: TurnEnd = {
        state: 'failed',
        endedAt: sampleAt,
        replyText: '',
        usage: { inputTokens: 2, outputTokens: 2 },
        errorCode: 'timeout',
      };
      await turns().end(id, end);
      expect(await turns().get(id)).toMatchObject(end);
    });

    test.each(['done', 'stopped', 'failed', 'interrupted'] as const)(
      'an answer after the end as %s changes nothing',
      async (state) => {
        await turns().open(sampleTurn('t1'));
        await turns().end(id, { state, endedAt: sampleAt, replyText: 'stopped here' });
        await turns().answer(id, 'more');
        expect(await turns().get(id)).toMatchObject({ state, endedAt: sampleAt, replyText: 'stopped here' });
      },
    );

    test('a turn whose delivery is unknown is answered again', async () => {
      await turns().open(sampleTurn('t1'));
      await turns().intend(id, 0, 'key', sampleBody('a'), sampleAt);
      await turns().answer(id, 'text', { inputTokens: 1, outputTokens: 2 });
      await turns().end(id, { state: 'delivery_unknown', endedAt: sampleAt, errorCode: 'network' });
      await turns().answer(id, 'text');
      await subject.reopen();
      expect(await turns().get(id)).toEqual({
        ...opened(sampleTurn('t1')),
        state: 'answered',
        replyText: 'text',
        usage: { inputTokens: 1, outputTokens: 2 },
      });
      expect((await turns().unfinished()).map((turn) => turn.turnId)).toEqual(['t1']);
    });

    test.each(['done', 'stopped'] as const)('an end as %s is kept', async (state) => {
      await turns().open(sampleTurn('t1'));
      await turns().end(id, { state, endedAt: sampleAt, replyText: 'kept' });
      await turns().end(id, { state: 'failed', endedAt: sampleAt + 1, replyText: 'x', errorCode: 'network' });
      const turn = await turns().get(id);
      expect(turn).toMatchObject({ state, endedAt: sampleAt, replyText: 'kept' });
      expect(turn).not.toHaveProperty('errorCode');
    });

    test.each(['delivery_unknown', 'interrupted', 'failed'] as const)(
      'an end as %s may become another',
      async (state) => {
        await turns().open(sampleTurn('t1'));
        await turns().end(id, { state, endedAt: sampleAt, replyText: 'text', errorCode: 'network' });
        await turns().end(id, { state: 'done', endedAt: sampleAt + 1 });
        const turn = await turns().get(id);
        expect(turn).toMatchObject({ state: 'done', endedAt: sampleAt + 1, replyText: 'text' });
        expect(turn).not.toHaveProperty('errorCode');
      },
    );

    test('a turn that is not stored is said to be not found', async () => {
      const end = { state: 'done', endedAt: sampleAt } as const;
      const unknown = { name: 'AppError', code: 'not_found' };
      await expect(turns().answer(id, 'x')).rejects.toMatchObject(unknown);
      await expect(turns().end(id, end)).rejects.toMatchObject(unknown);
      await expect(turns().intend(id, 0, 'key', sampleBody('x'), sampleAt)).rejects.toMatchObject(unknown);
      await expect(turns().sent(id, 0, sampleRef('r'), sampleAt)).rejects.toMatchObject(unknown);
    });

    test('a turn is begun anew under its id until a message of it was sent', async () => {
      await turns().open(sampleTurn('t1'));
      await turns().open(sampleTurn('other'));
      await turns().intend(id, 0, 'key', sampleBody('a'), sampleAt);
      await turns().answer(id, 'old answer');
      const anew = sampleTurn('t1', {
        requestText: 'joined',
        requestRefs: [sampleRef('b')],
        policy: 'p2',
        line: 'side',
        isHoldOut: true,
        promptAuthors: [personId('web', 'ann'), personId('web', 'bob')],
        generation: 9,
        skills: [],
        maskedSkills: [shown],
      });
      await turns().open(anew);
      await subject.reopen();
      expect(await turns().get(id)).toEqual(opened(anew));
      expect(await turns().byRequest(sampleRef('t1-ask'))).toBeUndefined();
      expect((await turns().byRequest(sampleRef('b')))?.turnId).toBe('t1');
      expect((await turns().unfinished()).map((turn) => turn.turnId)).toEqual(['t1', 'other']);

      await turns().sent(id, 0, sampleRef('r1'), sampleAt);
      await turns().open(sampleTurn('t1', { requestText: 'too late' }));
      expect(await turns().get(id)).toMatchObject({ requestText: 'joined', replyRefs: [sampleRef('r1')] });
      expect(await turns().byRequest(sampleRef('t1-ask'))).toBeUndefined();
    });

    test('an end is not undone by opening again', async () => {
      await ended('t1', 'text');
      await turns().open(sampleTurn('t1', { requestText: 'again' }));
      expect(await turns().get(id)).toMatchObject({ state: 'done', replyText: 'text' });
    });

    test('discard forgets an open turn without messages, and nothing else', async () => {
      for (const name of ['blank', 'intended', 'sent', 'answered', 'done']) {
        await turns().open(sampleTurn(name));
      }
      await turns().intend(turnId('intended'), 0, 'key', sampleBody('a'), sampleAt);
      await showing(turnId('sent'), 'r1');
      await turns().unsent(turnId('sent'), 0);
      await turns().answer(turnId('answered'), 'text');
      await turns().end(turnId('done'), { state: 'done', endedAt: sampleAt });
      for (const name of ['blank', 'intended', 'sent', 'answered', 'done', 'unknown']) {
        await turns().discard(turnId(name));
      }
      await subject.reopen();
      expect(await turns().get(turnId('blank'))).toBeUndefined();
      expect(await turns().byRequest(sampleRef('blank-ask'))).toBeUndefined();
      expect((await turns().unfinished()).map((turn) => turn.turnId)).toEqual([
        'intended',
        'sent',
        'answered',
      ]);
      expect((await turns().get(turnId('done')))?.state).toBe('done');
    });

    test('unfinished gives the open and answered ones, oldest first', async () => {
      await turns().open(sampleTurn('b', { startedAt: sampleAt + 10 }));
      await turns().open(sampleTurn('a', { startedAt: sampleAt }));
      await ended('c', 'text');
      await turns().answer(turnId('b'), 'text');
      await subject.reopen();
      const found = await turns().unfinished();
      expect(found.map((turn) => [turn.turnId, turn.state])).toEqual([
        ['b', 'answered'],
        ['a', 'open'],
      ]);
    });

    test('recent gives the last ended turns of a session that have text, in chronological order', async () => {
      await ended('a', 'one');
      await ended('silent', '');
      await ended('elsewhere', 'text', { sessionId: sessionId('session-2') });
      // The clock jumped back; the order is that of opening.
      await ended('b', 'two', { startedAt: sampleAt - 1_000_000 });
      await turns().open(sampleTurn('c'));
      await turns().end(turnId('c'), { state: 'failed', endedAt: sampleAt, replyText: 'half' });
      await turns().open(sampleTurn('running'));
      await turns().answer(turnId('running'), 'not ended');
      await subject.reopen();
      const ids = async (limit: number): Promise<readonly string[]> =>
        (await turns().recent(sessionId('session-1'), limit)).map((turn) => turn.turnId);
      expect(await ids(10)).toEqual(['a', 'b', 'c']);
      const asked = (name: string): object => {
        const { askerName, requestText, promptAuthors } = sampleTurn(name);
        return { turnId: name, askerName, requestText, promptAuthors };
      };
      await turns().editRequest(sampleRef('a-ask'), 'other words');
      expect(await turns().recent(sessionId('session-1'), 10)).toEqual([
        { ...asked('a'), editedRequestText: 'other words', replyText: 'one' },
        { ...asked('b'), replyText: 'two' },
        { ...asked('c'), replyText: 'half' },
      ]);
      expect(await ids(2)).toEqual(['b', 'c']);
      expect(await ids(0)).toEqual([]);
      expect(await turns().recent(sessionId('nobody'), 5)).toEqual([]);
    });

    test('recent leaves out what a Retry with an answer stands for', async () => {
      await ended('failed', 'half');
      await ended('between', 'text');
      await turns().open(sampleTurn('again', { retryOf: turnId('failed') }));
      const ids = async (): Promise<readonly string[]> =>
        (await turns().recent(sessionId('session-1'), 10)).map((turn) => turn.turnId);
      expect(await ids()).toEqual(['failed', 'between']);
      await turns().end(turnId('again'), { state: 'done', endedAt: sampleAt, replyText: 'whole' });
      expect(await ids()).toEqual(['between', 'again']);
    });

    test('next gives the same person’s next turn in the session, by the order of opening', async () => {
      const next = async (name: string) => (await turns().next(turnId(name)))?.turnId;
      await turns().open(sampleTurn('a', { startedAt: sampleAt + 100 }));
      expect(await next('a')).toBeUndefined();
      await turns().open(sampleTurn('other-person', { askerId: personId('web', 'bob') }));
      await turns().open(sampleTurn('elsewhere', { sessionId: sessionId('session-2') }));
      await turns().open(sampleTurn('beside', { line: 'side' }));
      await turns().open(sampleTurn('b', { startedAt: sampleAt }));
      await turns().open(sampleTurn('c'));
      await subject.reopen();
      expect(await next('a')).toBe('b');
      expect(await next('b')).toBe('c');
      expect(await next('c')).toBeUndefined();
      expect(await next('other-person')).toBeUndefined();
      expect(await next('unknown')).toBeUndefined();
      expect(await turns().next(turnId('a'))).toEqual(opened(sampleTurn('b', { startedAt: sampleAt })));
    });

    test('next leaves out the Retry of another turn', async () => {
      const next = async (name: string) => (await turns().next(turnId(name)))?.turnId;
      await turns().open(sampleTurn('failed'));
      await turns().open(sampleTurn('a'));
      await turns().open(sampleTurn('again', { retryOf: turnId('failed') }));
      expect(await next('a')).toBeUndefined();
      expect(await next('failed')).toBe('a');
      await turns().open(sampleTurn('own', { retryOf: turnId('a') }));
      await turns().open(sampleTurn('b'));
      expect(await next('a')).toBe('own');
      expect(await next('again')).toBe('b');
    });

    test('last gives the latest turn of a conversation, whatever its state', async () => {
      await ended('a', 'one');
      await turns().open(sampleTurn('b', { startedAt: sampleAt - 5 }));
      await turns().open(sampleTurn('c', { conversationKey: otherKey }));
      expect((await turns().last(sampleKey))?.turnId).toBe('b');
      expect((await turns().last(otherKey))?.turnId).toBe('c');
    });

    test('lastWithin looks into the threads of a conversation, and into no other conversation', async () => {
      const { platform, spaceId, audience } = sampleConversation;
      const placeOf = (channelId: string) => ({ platform, spaceId, audience, channelId }) as const;
      const keyOf = (channelId: string, threadId?: string): ConversationKey =>
        encodeConversationKey({ ...placeOf(channelId), ...(threadId === undefined ? {} : { threadId }) });
      const open = (name: string, conversationKey: ConversationKey): Promise<void> =>
        turns().open(sampleTurn(name, { conversationKey }));
      await open('own', keyOf('c'));
      await open('thread', keyOf('c', '1'));
      await open('thread-2', keyOf('c', '2/x'));
      await open('longer-name', keyOf('c2'));
      await open('slash', keyOf('c/1'));
      await open('zero', keyOf('c0'));
      expect((await turns().lastWithin(keyOf('c')))?.turnId).toBe('thread-2');
      expect((await turns().lastWithin(keyOf('c', '1')))?.turnId).toBe('thread');
      expect((await turns().lastWithin(keyOf('c2')))?.turnId).toBe('longer-name');
      expect(await turns().lastWithin(keyOf('d'))).toBeUndefined();
      await open('own-2', keyOf('c'));
      expect((await turns().lastWithin(keyOf('c')))?.turnId).toBe('own-2');
    });

    test('hasAnswered tells whether words of an answer stand in a conversation, and in no other', async () => {
      const has = () => turns().hasAnswered(sampleKey);
      expect(await has()).toBe(false);
      await turns().open(sampleTurn('t0', { conversationKey: otherKey }));
      await turns().end(turnId('t0'), { state: 'done', endedAt: sampleAt, replyText: 'Elsewhere.' });
      await turns().open(sampleTurn('t1'));
      await turns().end(id, { state: 'failed', endedAt: sampleAt, replyText: '' });
      expect(await has()).toBe(false);
      await turns().open(sampleTurn('t2'));
      expect(await has()).toBe(false);
      await turns().end(turnId('t2'), { state: 'done', endedAt: sampleAt, replyText: 'Here.' });
      await turns().open(sampleTurn('t3'));
      await subject.reopen();
      expect(await has()).toBe(true);
    });

    test('byRequest finds the latest turn of any message of a burst', async () => {
      const requestRefs = [sampleRef('m1'), sampleRef('m2')];
      await turns().open(sampleTurn('t1', { requestRefs }));
      await turns().open(sampleTurn('t2', { requestRefs, retryOf: id }));
      await turns().open(sampleTurn('t3', { requestRefs: [sampleRef('m1', 'elsewhere')] }));
      expect((await turns().byRequest(sampleRef('m1')))?.turnId).toBe('t2');
      expect((await turns().byRequest(sampleRef('m2')))?.turnId).toBe('t2');
      expect((await turns().byRequest(sampleRef('m1', 'elsewhere')))?.turnId).toBe('t3');
      expect(await turns().byRequest({ ...sampleRef('m1'), platform: 'terminal' })).toBeUndefined();
    });

    test('editRequest keeps the first words beside the new ones', async () => {
      await turns().open(sampleTurn('t1'));
      expect(await turns().editRequest(sampleRef('t1-ask'), 'edited')).toBe(true);
      expect(await turns().editRequest(sampleRef('unknown'), 'edited')).toBe(false);
      await subject.reopen();
      expect(await turns().get(id)).toMatchObject({
        requestText: sampleTurn('t1').requestText,
        editedRequestText: 'edited',
      });
    });

    test('editRequest leaves a request of several messages whole', async () => {
      const requestRefs = [sampleRef('first'), sampleRef('second')];
      await turns().open(sampleTurn('t1', { requestRefs }));
      expect(await turns().editRequest(sampleRef('second'), 'edited')).toBe(false);
      expect((await turns().get(id))?.editedRequestText).toBeUndefined();
    });

    test('counts every state, also those without a turn', async () => {
      const none = {
        open: 0,
        answered: 0,
        done: 0,
        failed: 0,
        stopped: 0,
        interrupted: 0,
        delivery_unknown: 0,
      };
      expect(await turns().counts()).toEqual(none);
      await ended('a', 'x');
      await ended('b', 'x');
      await turns().open(sampleTurn('c'));
      expect(await turns().counts()).toEqual({ ...none, done: 2, open: 1 });
    });
  });
}
