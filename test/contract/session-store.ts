import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sessionId } from '../../core/domain/ids.ts';
import type { SessionStore } from '../../core/ports/session-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import { otherKey, sampleAt, sampleKey, sampleSession } from './store-samples.ts';

interface Stores {
  readonly sessions: SessionStore;
}

/** What every `SessionStore` promises. */
export function sessionStoreContract(contract: StoreContract<Stores>): void {
  describe(`SessionStore: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    const sessions = (): SessionStore => subject.stores.sessions;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    test('gives a session back whole, after a restart too', async () => {
      const session = sampleSession('s1', { continues: sessionId('s0'), startedAt: sampleAt + 0.5 });
      await sessions().open(session);
      await subject.reopen();
      expect(await sessions().get(sessionId('s1'))).toEqual(session);
      expect(await sessions().current(sampleKey)).toEqual(session);
      expect(await sessions().latest(sampleKey)).toEqual(session);
      expect(await sessions().get(sessionId('s2'))).toBeUndefined();
      expect(await sessions().current(otherKey)).toBeUndefined();
      expect(await sessions().latest(otherKey)).toBeUndefined();
    });

    test('at most one is open per conversation', async () => {
      await sessions().open(sampleSession('s1'));
      await sessions().open(sampleSession('s1', { startedAt: sampleAt + 5 }));
      await expect(sessions().open(sampleSession('s2'))).rejects.toMatchObject({
        name: 'AppError',
        code: 'conflict',
      });
      await sessions().open(sampleSession('s3', { conversationKey: otherKey }));
      expect(await sessions().openSessions()).toEqual([
        sampleSession('s1'),
        sampleSession('s3', { conversationKey: otherKey }),
      ]);
    });

    test('ends once and keeps its end', async () => {
      await sessions().open(sampleSession('s1'));
      expect(await sessions().end(sessionId('s1'), sampleAt + 9, 'command')).toBe(true);
      expect(await sessions().end(sessionId('s1'), sampleAt + 10, 'gap')).toBe(false);
      expect(await sessions().end(sessionId('unknown'), sampleAt, 'gap')).toBe(false);
      await subject.reopen();
      const ended = sampleSession('s1', { endedAt: sampleAt + 9, endReason: 'command' });
      expect(await sessions().get(sessionId('s1'))).toEqual(ended);
      expect(await sessions().current(sampleKey)).toBeUndefined();
      expect(await sessions().latest(sampleKey)).toEqual(ended);
      expect(await sessions().openSessions()).toEqual([]);
    });

    test('latest is the one opened last, also when the clock jumped back', async () => {
      await sessions().open(sampleSession('s1'));
      await sessions().end(sessionId('s1'), sampleAt, 'gap');
      await sessions().open(sampleSession('s0', { startedAt: sampleAt - 1_000 }));
      expect((await sessions().latest(sampleKey))?.sessionId).toBe('s0');
      expect((await sessions().current(sampleKey))?.sessionId).toBe('s0');
    });

    test('touch moves an open session on and never back', async () => {
      await sessions().open(sampleSession('s1'));
      await sessions().touch(sessionId('s1'), sampleAt + 50);
      await sessions().touch(sessionId('s1'), sampleAt + 20);
      await sessions().touch(sessionId('unknown'), sampleAt + 20);
      await subject.reopen();
      expect((await sessions().get(sessionId('s1')))?.lastActiveAt).toBe(sampleAt + 50);
      await sessions().end(sessionId('s1'), sampleAt + 60, 'gap');
      await sessions().touch(sessionId('s1'), sampleAt + 99);
      expect((await sessions().get(sessionId('s1')))?.lastActiveAt).toBe(sampleAt + 50);
    });

    test('idleSince gives open sessions last active at or before an instant', async () => {
      await sessions().open(sampleSession('s1'));
      await sessions().open(sampleSession('s2', { conversationKey: otherKey, lastActiveAt: sampleAt + 10 }));
      const idle = async (at: number): Promise<readonly string[]> =>
        (await sessions().idleSince(at)).map((session) => session.sessionId);
      expect(await idle(sampleAt - 1)).toEqual([]);
      expect(await idle(sampleAt)).toEqual(['s1']);
      expect(await idle(sampleAt + 10)).toEqual(['s1', 's2']);
      await sessions().end(sessionId('s1'), sampleAt, 'shutdown');
      expect(await idle(sampleAt + 10)).toEqual(['s2']);
    });
  });
}
