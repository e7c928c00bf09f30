import { describe, expect, test } from 'vitest';
import { sessionId } from '../../../core/domain/ids.ts';
import { createSessions, type SessionsDeps } from '../../../core/intake/sessions.ts';
import { openAt } from '../../adapters/sqlite/rig.ts';
import { otherKey, sampleKey } from '../../contract/store-samples.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';

const gapMs = 30 * 60_000;

function world() {
  const clock = createFakeClock();
  const { stores } = openAt(':memory:');
  const make = (life: string) =>
    createSessions({
      sessions: stores.sessions,
      turns: stores.turns,
      clock,
      ids: createSequentialIds(life),
      gapMs,
    });
  return { clock, store: stores.sessions, sessions: make(''), make };
}

describe('many sessions', () => {
  const keys = Array.from({ length: 450 }, (_, at) => `${sampleKey}${at}` as typeof sampleKey);

  /** Counts commits. */
  function counting() {
    let commits = 0;
    const { stores } = openAt(':memory:', {
      schedule: (flush) =>
        void setImmediate(() => {
          commits += 1;
          flush();
        }),
    });
    const clock = createFakeClock();
    const ids = createSequentialIds('');
    const { turns, sessions: store } = stores;
    const sessions = createSessions({ sessions: store, turns, clock, ids, gapMs });
    const enterAll = async (): Promise<void> => {
      await Promise.all(keys.map((key) => sessions.enter(key)));
      commits = 0;
    };
    return { sessions, store, clock, enterAll, commits: () => commits };
  }

  test('end with the process in a few commits', async () => {
    const { sessions, store, enterAll, commits } = counting();
    await enterAll();
    await sessions.endAll('shutdown');
    expect(commits()).toBe(3);
    expect(await store.openSessions()).toEqual([]);
    expect(await store.latest(keys[449] ?? sampleKey)).toMatchObject({ endReason: 'shutdown' });
  });

  test('that were idle too long end in a few commits, the others stay', async () => {
    const { sessions, store, clock, enterAll, commits } = counting();
    await enterAll();
    await clock.advance(59_000);
    const [awake = sampleKey] = keys;
    // Not written down, so soon after the last time.
    await sessions.enter(awake);
    await clock.advance(gapMs - 58_000);
    const before = commits();
    expect(await sessions.sweep()).toBe(449);
    expect(commits() - before).toBe(3);
    expect(await store.openSessions()).toMatchObject([{ conversationKey: awake }]);
  });
});

describe('a session entered soon', () => {
  test('is saved by those who are to write it', async () => {
    const { stores } = openAt(':memory:');
    const written: string[] = [];
    const soon: SessionsDeps['soon'] = {
      open: async ({ sessionId }) => void written.push(`open ${sessionId}`),
      touch: async (sessionId) => void written.push(`touch ${sessionId}`),
      end: async (sessionId) => {
        written.push(`end ${sessionId}`);
        return true;
      },
    };
    const clock = createFakeClock();
    const { turns, sessions: store } = stores;
    const sessions = createSessions({
      sessions: store,
      soon,
      turns,
      clock,
      ids: createSequentialIds(''),
      gapMs,
    });
    const entered = await sessions.enterSoon(sampleKey);
    const { sessionId } = entered.session;
    await entered.save();
    await clock.advance(61_000);
    const again = await sessions.enterSoon(sampleKey);
    await again.save();
    again.leave('command');
    await again.save();
    expect(written).toEqual([`open ${sessionId}`, `touch ${sessionId}`, `end ${sessionId}`]);
    expect(await store.openSessions()).toEqual([]);
  });

  test('is stored where the one that was open there ends at the same moment', async () => {
    const { stores } = openAt(':memory:');
    const { turns, sessions: store } = stores;
    const before = {
      sessionId: sessionId('before'),
      conversationKey: sampleKey,
      startedAt: 0,
      lastActiveAt: 0,
    };
    let tries = 0;
    const soon: SessionsDeps['soon'] = {
      ...store,
      async open(session) {
        tries += 1;
        if (tries > 1) return store.open(session);
        await store.open(before);
        const refused = store.open(session);
        await store.end(before.sessionId, 1, 'gap');
        return refused;
      },
    };
    const ids = createSequentialIds('');
    const sessions = createSessions({ sessions: store, soon, turns, clock: createFakeClock(), ids, gapMs });
    const { session, save } = await sessions.enterSoon(sampleKey);
    await save();
    expect(await store.openSessions()).toEqual([session]);
  });

  test('is the same for all who enter at once, and stored only when it is saved', async () => {
    const { sessions, store } = world();
    const all = await Promise.all(Array.from({ length: 5 }, () => sessions.enterSoon(sampleKey)));
    expect(new Set(all.map(({ session }) => session.sessionId)).size).toBe(1);
    expect(await store.openSessions()).toEqual([]);
    await Promise.all(all.map((entered) => entered.save()));
    expect(await store.openSessions()).toEqual([all[0]?.session]);
  });

  test('is the one that is stored, and its activity is written down now and then', async () => {
    const { sessions, store, clock, make } = world();
    const before = await sessions.enter(sampleKey);
    const later = make('b');
    expect((await later.enterSoon(sampleKey)).session.sessionId).toBe(before.sessionId);
    await clock.advance(61_000);
    const entered = await later.enterSoon(sampleKey);
    await entered.save();
    expect((await store.get(before.sessionId))?.lastActiveAt).toBe(clock.now());
  });

  test('outlived one that was never saved: both are stored, the earlier one ended', async () => {
    const { sessions, store, clock } = world();
    const first = await sessions.enterSoon(sampleKey);
    await clock.advance(gapMs + 1);
    const second = await sessions.enterSoon(sampleKey);
    expect(second.session.sessionId).not.toBe(first.session.sessionId);
    await second.save();
    expect(await store.get(first.session.sessionId)).toMatchObject({ endReason: 'gap' });
    expect((await store.current(sampleKey))?.sessionId).toBe(second.session.sessionId);
    await first.save();
    expect(await store.openSessions()).toHaveLength(1);
  });

  test('goes on with one that a shutdown cut', async () => {
    const { sessions, make } = world();
    const before = await sessions.enter(sampleKey);
    await sessions.endAll('shutdown');
    const { session } = await make('b').enterSoon(sampleKey);
    expect(session.continues).toBe(before.sessionId);
  });

  test('that was left is no session to enter, before and after that is saved', async () => {
    const { sessions, store } = world();
    const first = await sessions.enterSoon(sampleKey);
    await first.save();
    first.leave('command');
    expect(await sessions.look(sampleKey)).toBeUndefined();
    const second = await sessions.enterSoon(sampleKey);
    expect(second.session.sessionId).not.toBe(first.session.sessionId);
    await second.save();
    expect(await store.get(first.session.sessionId)).toMatchObject({ endReason: 'command' });
    expect((await sessions.enter(sampleKey)).sessionId).toBe(second.session.sessionId);
  });

  test('that was left is stored before another one is opened in the usual way', async () => {
    const { sessions, store } = world();
    const first = await sessions.enterSoon(sampleKey);
    first.leave('command');
    const next = await sessions.enter(sampleKey);
    expect(next.sessionId).not.toBe(first.session.sessionId);
    expect(await store.get(first.session.sessionId)).toMatchObject({ endReason: 'command' });
  });

  test('ended by command before it was saved is stored as ended', async () => {
    const { sessions, store } = world();
    const first = await sessions.enterSoon(sampleKey);
    expect(await sessions.end(sampleKey, 'command')).toBe(true);
    await first.save();
    expect(await store.get(first.session.sessionId)).toMatchObject({ endReason: 'command' });
    expect(await store.openSessions()).toEqual([]);
  });

  test('is not forgotten where an earlier one of its conversation is swept', async () => {
    const { sessions, clock } = world();
    await sessions.enter(sampleKey);
    await clock.advance(gapMs + 1);
    const next = await sessions.enterSoon(sampleKey);
    expect(await sessions.sweep()).toBe(1);
    expect((await sessions.enterSoon(sampleKey)).session.sessionId).toBe(next.session.sessionId);
  });
});

describe('a session begun soon', () => {
  test('gets its conversation later, and takes the place of one that is open there, known or not', async () => {
    const { sessions, store, make, clock } = world();
    const stranger = await make('b').enter(sampleKey);
    const begun = sessions.beginSoon();
    const startedAt = clock.now();
    await clock.advance(5_000);
    const entered = begun.settle(sampleKey);
    expect(entered.session).toMatchObject({ sessionId: begun.sessionId, startedAt });
    await entered.save();
    expect(await store.get(stranger.sessionId)).toMatchObject({ endReason: 'gap' });
    expect((await store.current(sampleKey))?.sessionId).toBe(begun.sessionId);
    const other = sessions.beginSoon().settle(sampleKey);
    await other.save();
    expect((await store.openSessions()).map(({ sessionId }) => sessionId)).toEqual([other.session.sessionId]);
  });

  test('that comes while the store is asked is the one that is entered', async () => {
    const { sessions } = world();
    const entering = sessions.enterSoon(sampleKey);
    const begun = sessions.beginSoon();
    begun.settle(sampleKey);
    expect((await entering).session.sessionId).toBe(begun.sessionId);
  });

  test('is looked up without opening anything', async () => {
    const { sessions, store, clock } = world();
    expect(await sessions.look(otherKey)).toBeUndefined();
    const entered = await sessions.enterSoon(sampleKey);
    expect(await sessions.look(sampleKey)).toEqual(entered.session);
    await clock.advance(gapMs + 1);
    expect(await sessions.look(sampleKey)).toBeUndefined();
    expect(await store.openSessions()).toEqual([]);
  });
});
