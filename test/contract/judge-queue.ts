import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { personId, sessionId, turnId } from '../../core/domain/ids.ts';
import type { JudgeJob, JudgeQueue } from '../../core/ports/judge-queue.ts';
import type { SessionStore } from '../../core/ports/session-store.ts';
import type { NewTurn, TurnStore } from '../../core/ports/turn-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import { sampleAt, sampleSession, sampleTurn } from './store-samples.ts';

interface Stores {
  readonly judgeQueue: JudgeQueue;
  readonly turns: TurnStore;
  readonly sessions: SessionStore;
}

/** What every `JudgeQueue` promises. */
export function judgeQueueContract(contract: StoreContract<Stores>): void {
  describe(`JudgeQueue: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    const queue = (): JudgeQueue => subject.stores.judgeQueue;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    const t1 = turnId('t1');
    const job = (name: string, dueAt: number, changes: Partial<JudgeJob> = {}): JudgeJob => ({
      turnId: turnId(name),
      dueAt,
      attempts: 0,
      seen: [],
      ...changes,
    });
    const due = (at: number, limit = 9): Promise<readonly JudgeJob[]> => queue().due(at, limit);
    async function open(name: string, changes: Partial<NewTurn> = {}): Promise<void> {
      await subject.stores.turns.open(sampleTurn(name, changes));
    }
    async function seenAlone(...names: readonly string[]): Promise<void> {
      for (const name of names) {
        await queue().put(turnId(name), sampleAt);
        await queue().done(turnId(name), 'alone');
      }
    }

    test('gives what is due at or before now, the longest due first', async () => {
      await queue().put(turnId('late'), sampleAt + 20);
      await queue().put(turnId('edge'), sampleAt + 10);
      await queue().put(turnId('early'), sampleAt + 0.5);
      await subject.reopen();
      expect(await due(sampleAt + 10)).toEqual([job('early', sampleAt + 0.5), job('edge', sampleAt + 10)]);
      expect(await due(sampleAt + 10, 1)).toEqual([job('early', sampleAt + 0.5)]);
      expect(await due(sampleAt)).toEqual([]);
    });

    test('put again: the earlier instant stays', async () => {
      await queue().put(t1, sampleAt + 10);
      await queue().put(t1, sampleAt + 50);
      expect(await due(sampleAt + 99)).toEqual([job('t1', sampleAt + 10)]);
      await queue().put(t1, sampleAt + 5);
      expect(await due(sampleAt + 99)).toEqual([job('t1', sampleAt + 5)]);
    });

    test('after a look a turn waits no longer; put again it waits anew, and what was seen stays seen', async () => {
      await queue().put(t1, sampleAt);
      await queue().postpone(t1, sampleAt + 1);
      await queue().done(t1, 'alone');
      expect(await due(sampleAt + 99)).toEqual([]);
      expect(await queue().backlog()).toEqual({ waiting: 0 });
      await queue().put(t1, sampleAt + 50);
      await subject.reopen();
      expect(await due(sampleAt + 99)).toEqual([job('t1', sampleAt + 50, { seen: ['alone'] })]);
      await queue().done(t1, 'with_next');
      await queue().put(t1, sampleAt + 60);
      expect(await due(sampleAt + 99)).toEqual([job('t1', sampleAt + 60, { seen: ['alone', 'with_next'] })]);
    });

    test('a look that failed waits until the instant given, and is counted', async () => {
      await queue().put(t1, sampleAt);
      await queue().postpone(t1, sampleAt + 30);
      await queue().postpone(t1, sampleAt + 40);
      await subject.reopen();
      expect(await due(sampleAt + 39)).toEqual([]);
      expect(await due(sampleAt + 40)).toEqual([job('t1', sampleAt + 40, { attempts: 2 })]);
    });

    test('what is not there is neither done nor postponed', async () => {
      await queue().done(t1, 'alone');
      await queue().postpone(t1, sampleAt);
      expect(await due(sampleAt + 99)).toEqual([]);
      expect(await queue().backlog()).toEqual({ waiting: 0 });
      await queue().put(t1, sampleAt);
      await queue().done(t1, 'alone');
      await queue().postpone(t1, sampleAt);
      expect(await queue().backlog()).toEqual({ waiting: 0 });
    });

    test('tells how many wait, and since when', async () => {
      await queue().put(turnId('a'), sampleAt + 9);
      await queue().put(turnId('b'), sampleAt + 3);
      await queue().put(turnId('c'), sampleAt + 1);
      await queue().done(turnId('c'), 'alone');
      expect(await queue().backlog()).toEqual({ waiting: 2, oldestDueAt: sampleAt + 3 });
    });

    test('the end of a turn lets it wait, and an end that is kept does not', async () => {
      const { turns } = subject.stores;
      await open('t1');
      await open('t2');
      await turns.end(t1, { state: 'done', endedAt: sampleAt, judgeAt: sampleAt + 7 });
      await turns.end(turnId('t2'), { state: 'done', endedAt: sampleAt });
      await turns.end(turnId('t2'), { state: 'done', endedAt: sampleAt, judgeAt: sampleAt + 7 });
      await subject.reopen();
      expect(await due(sampleAt + 99)).toEqual([job('t1', sampleAt + 7)]);
    });

    test('putAnswered wakes what was seen alone and whose person spoke again, the newest first', async () => {
      for (const name of ['first', 'second', 'third', 'last']) await open(name);
      await seenAlone('second', 'first', 'last');
      await queue().put(turnId('third'), sampleAt + 500);
      expect(await queue().putAnswered(sampleAt + 30, 1)).toBe(1);
      await subject.reopen();
      expect(await due(sampleAt + 30)).toEqual([job('second', sampleAt + 30, { seen: ['alone'] })]);
      expect(await queue().putAnswered(sampleAt + 40, 9)).toBe(1);
      expect((await due(sampleAt + 40)).map((one) => one.turnId)).toEqual(['second', 'first']);
      expect(await queue().putAnswered(sampleAt + 50, 9)).toBe(0);
      await queue().done(turnId('first'), 'with_next');
      await queue().done(turnId('second'), 'with_next');
      expect(await queue().putAnswered(sampleAt + 60, 9)).toBe(0);
      await open('more');
      expect(await queue().putAnswered(sampleAt + 70, 9)).toBe(1);
      expect((await due(sampleAt + 70)).map((one) => one.turnId)).toEqual(['last']);
    });

    test('neither another person, nor another session, nor work beside the talk counts as speaking again', async () => {
      await open('t1');
      await seenAlone('t1');
      await open('other-person', { askerId: personId('web', 'bob') });
      await open('other-session', { sessionId: sessionId('session-2') });
      await open('side', { line: 'side' });
      expect(await queue().putAnswered(sampleAt, 9)).toBe(0);
      await open('again');
      expect(await queue().putAnswered(sampleAt, 9)).toBe(1);
    });

    test('the end of a session loses no turn that was answered before it', async () => {
      const { sessions } = subject.stores;
      await sessions.open(sampleSession('session-1'));
      for (const name of ['a', 'b', 'c']) await open(name);
      await seenAlone('a', 'b', 'c');
      await sessions.end(sessionId('session-1'), sampleAt + 1, 'gap');
      expect(await queue().putAnswered(sampleAt, 1)).toBe(1);
      expect(await queue().putAnswered(sampleAt, 9)).toBe(1);
      expect(await queue().putAnswered(sampleAt, 9)).toBe(0);
      expect((await due(sampleAt)).map((one) => one.turnId)).toEqual(['a', 'b']);
    });

    test('adds up what a day has spent', async () => {
      expect(await queue().spend('2026-01-05', 0)).toBe(0);
      expect(await queue().spend('2026-01-05', 3)).toBe(3);
      await subject.reopen();
      expect(await queue().spend('2026-01-05', 2)).toBe(5);
      expect(await queue().spend('2026-01-05', 0)).toBe(5);
      expect(await queue().spend('2026-01-06', 1)).toBe(1);
    });
  });
}
