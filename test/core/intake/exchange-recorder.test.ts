import { describe, expect, test } from 'vitest';
import { apiKeyId } from '../../../core/domain/api-key.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import type { TurnId } from '../../../core/domain/ids.ts';
import { createExchangeRecorder } from '../../../core/intake/exchange-recorder.ts';
import type { KeySpending } from '../../../core/ports/api-key-store.ts';
import type { RecordedTurn } from '../../../core/ports/turn-store.ts';
import { sampleTurn } from '../../contract/store-samples.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';

const k1 = apiKeyId('k1');
const full = new AppError('storage_full', 'The disk is full.');

function recorded(id: string, replyText = 'Blue.'): RecordedTurn {
  const end = { state: 'done', endedAt: 1 } as const;
  return { turn: sampleTurn(id), replyText, replyRefs: [], end };
}

const lastOfMonth = Date.UTC(2026, 10, 30, 23, 59, 59, 980);

function world(
  options: { readonly mostWaiting?: number; readonly mostWaitingChars?: number } = {},
  startAt = lastOfMonth - 86_400_000,
) {
  const clock = createFakeClock(startAt);
  const logger = createMemoryLogger();
  const calls: string[] = [];
  const stored = new Map<TurnId, RecordedTurn>();
  const spendings: KeySpending[] = [];
  const counted = new Map<string, number>();
  const fault: { now?: AppError } = {};
  /** How long a turn takes to be written down. */
  const pace = { ms: 0 };
  const attempt = (name: string): void => {
    calls.push(name);
    if (fault.now !== undefined) throw fault.now;
  };
  const recorder = createExchangeRecorder({
    turns: {
      async record(turn) {
        attempt(`record ${turn.turn.turnId}`);
        stored.set(turn.turn.turnId, turn);
        if (pace.ms > 0) await clock.sleep(pace.ms);
      },
    },
    keys: {
      async spent(spending) {
        attempt(`spent ${spending.month}`);
        spendings.push(spending);
      },
    },
    clock,
    logger,
    metrics: {
      count: (name) => void counted.set(name, (counted.get(name) ?? 0) + 1),
      snapshot: () => ({}),
    },
    ...options,
  });
  const session = { save: async () => attempt('save') };
  return { recorder, clock, logger, calls, stored, spendings, counted, fault, session, pace };
}

describe('what is over', () => {
  test('is written in one tick a moment after the first of it', async () => {
    const { recorder, clock, calls, session, spendings } = world();
    recorder.add(recorded('a'), session);
    recorder.spend(k1, 10);
    await clock.advance(9);
    recorder.add(recorded('b'), session);
    recorder.spend(k1, 5);
    expect(calls).toEqual([]);
    const flushed = recorder.flushed();
    expect(calls).toEqual(['save', 'record a', 'save', 'record b', 'spent 2026-11']);
    await flushed;
    await clock.advance(1_000);
    expect(calls).toHaveLength(5);
    expect(spendings).toEqual([{ keyId: k1, month: '2026-11', tokens: 15, requests: 2 }]);
  });

  test('waits no longer than that by itself', async () => {
    const { recorder, clock, stored, session } = world();
    recorder.add(recorded('a'), session);
    await clock.advance(10);
    expect([...stored.keys()]).toEqual(['a']);
  });

  test('waits for others again after each commit, and not at all where more wait than one takes', async () => {
    const { recorder, clock, calls, session, pace } = world();
    pace.ms = 20;
    recorder.add(recorded('a'), session);
    await clock.advance(30);
    calls.length = 0;
    recorder.add(recorded('b'), session);
    await clock.advance(9);
    expect(calls).toEqual([]);
    await clock.advance(1);
    expect(calls).toEqual(['save', 'record b']);
    await clock.advance(20);
    for (let id = 0; id < 600; id += 1) recorder.add(recorded(`c${id}`), session);
    calls.length = 0;
    await clock.advance(10);
    expect(calls).toHaveLength(2 * 128);
    await clock.advance(20);
    expect(calls).toHaveLength(4 * 128);
  });

  test('keeps those waiting who bring more than it can store, until half of that is stored', async () => {
    const { recorder, clock, session, pace, stored } = world();
    pace.ms = 20;
    for (let id = 0; id < 1_999; id += 1) recorder.add(recorded(`a${id}`), session);
    expect(recorder.caughtUp()).toBeUndefined();
    recorder.add(recorded('last'), session);
    const went: number[] = [];
    const behind = [recorder.caughtUp(), recorder.caughtUp()];
    expect(behind).not.toContain(undefined);
    void Promise.all(behind).then(() => went.push(stored.size));
    await clock.advance(10_000);
    expect(went).toEqual([1_024]);
    expect(recorder.caughtUp()).toBeUndefined();
  });

  test('keeps those waiting who come while others wait, and nobody for more than two seconds', async () => {
    const { recorder, clock, session, pace } = world();
    pace.ms = 60_000;
    for (let id = 0; id < 2_000; id += 1) recorder.add(recorded(`a${id}`), session);
    let went = 0;
    const first = recorder.caughtUp();
    // The batch that is taken out of what waits makes no room for those who come now.
    await clock.advance(1_999);
    expect(recorder.caughtUp()).toBe(first);
    void first?.then(() => {
      went += 1;
    });
    await clock.advance(0);
    expect(went).toBe(0);
    await clock.advance(1);
    expect(went).toBe(1);
  });

  test('is behind by what waits, too, not by how many alone', async () => {
    const { recorder, session } = world({ mostWaitingChars: 1_000_000 });
    recorder.add(recorded('a', 'x'.repeat(190_000)), session);
    expect(recorder.caughtUp()).toBeUndefined();
    recorder.add(recorded('b', 'x'.repeat(20_000)), session);
    expect(recorder.caughtUp()).toBeDefined();
  });

  test('is stored a million characters at a time, and all of it where somebody asks', async () => {
    const { recorder, clock, session, stored } = world();
    for (let id = 0; id < 8; id += 1) recorder.add(recorded(`a${id}`, 'x'.repeat(400_000)), session);
    await clock.advance(10);
    expect(stored.size).toBe(2);
    await recorder.flushed();
    expect(stored.size).toBe(8);
  });

  test('keeps nobody waiting for a store that is away, nor after the end', async () => {
    const { recorder, clock, session, fault } = world();
    for (let id = 0; id < 2_000; id += 1) recorder.add(recorded(`a${id}`), session);
    let went = 0;
    void recorder.caughtUp()?.then(() => {
      went += 1;
    });
    fault.now = full;
    await clock.advance(10);
    expect(went).toBe(1);
    expect(recorder.caughtUp()).toBeUndefined();
    const stopping = recorder.stop(100);
    await clock.advance(1_000);
    await stopping;
    expect(recorder.caughtUp()).toBeUndefined();
  });

  test('is counted for the month in which it was', async () => {
    const { recorder, clock, spendings } = world({}, lastOfMonth);
    recorder.spend(k1, 1);
    clock.jump(100);
    recorder.spend(k1, 2);
    await recorder.flushed();
    expect(spendings.map(({ month, tokens }) => [month, tokens])).toEqual([
      ['2026-11', 1],
      ['2026-12', 2],
    ]);
  });
});

describe('a store that fails', () => {
  test('is tried again with pauses, and nothing is written twice or out of order', async () => {
    const { recorder, clock, stored, spendings, session, fault, logger, calls } = world();
    fault.now = full;
    recorder.add(recorded('a', 'first'), session);
    recorder.add(recorded('b'), session);
    recorder.spend(k1, 10);
    expect(recorder.problem()).toBeUndefined();
    await clock.advance(100);
    expect(stored.size).toBe(0);
    expect(recorder.problem()).toContain('The disk is full.');
    recorder.add(recorded('a', 'second'), session);
    recorder.spend(k1, 1);
    await clock.advance(100);
    expect(calls.filter((call) => call === 'record a')).toHaveLength(1);
    delete fault.now;
    await clock.advance(1_000);
    expect([...stored].map(([id, { replyText }]) => [id, replyText])).toEqual([
      ['b', 'Blue.'],
      ['a', 'second'],
    ]);
    expect(spendings).toEqual([{ keyId: k1, month: '2026-11', tokens: 11, requests: 2 }]);
    expect(logger.of('exchanges_not_stored')).toHaveLength(1);
    expect(logger.of('exchanges_stored_again')).toHaveLength(1);
    expect(recorder.problem()).toBeUndefined();
  });

  test('for hours loses nothing: what waited is stored when it can be', async () => {
    const { recorder, clock, stored, session, fault, counted, spendings, logger } = world();
    fault.now = full;
    recorder.add(recorded('a'), session);
    recorder.spend(k1, 7);
    await clock.advance(5 * 3_600_000);
    recorder.add(recorded('b'), session);
    delete fault.now;
    await clock.advance(60_000);
    expect([...stored.keys()]).toEqual(['a', 'b']);
    expect(spendings).toMatchObject([{ tokens: 7 }]);
    expect(counted.get('exchanges_lost')).toBeUndefined();
    expect(logger.of('exchanges_not_stored')).toHaveLength(1);
  });

  test('is not tried for whoever asks: each is told why at once, and the next try comes in its time', async () => {
    const { recorder, clock, stored, session, fault, calls } = world();
    fault.now = full;
    recorder.add(recorded('a'), session);
    await expect(recorder.flushed()).rejects.toBe(full);
    for (let asked = 0; asked < 20; asked += 1) await expect(recorder.flushed()).rejects.toBe(full);
    expect(calls.filter((call) => call === 'save')).toHaveLength(1);
    delete fault.now;
    await clock.advance(249);
    expect(stored.size).toBe(0);
    await clock.advance(1);
    expect([...stored.keys()]).toEqual(['a']);
    await recorder.flushed();
  });

  test('tells also who asked while it was tried, without another try', async () => {
    const { recorder, session, fault, calls } = world();
    fault.now = full;
    recorder.add(recorded('a'), session);
    const [first, second] = [recorder.flushed(), recorder.flushed()];
    await expect(first).rejects.toBe(full);
    await expect(second).rejects.toBe(full);
    expect(calls.filter((call) => call === 'save')).toHaveLength(1);
  });

  test('loses no turn that went on meanwhile', async () => {
    const { recorder, clock, stored, fault } = world();
    fault.now = full;
    let saves = 0;
    const session = {
      save: async (): Promise<void> => {
        saves += 1;
        if (saves === 3) recorder.add(recorded('a', 'went on'), session);
        if (fault.now !== undefined) throw fault.now;
      },
    };
    recorder.add(recorded('a'), session);
    await clock.advance(6 * 60_000);
    delete fault.now;
    await clock.advance(60_000);
    expect([...stored.values()].map(({ replyText }) => replyText)).toEqual(['went on']);
  });

  test('keeps so many waiting: the oldest are given up', async () => {
    const { recorder, clock, stored, session, fault, counted } = world({ mostWaiting: 2 });
    fault.now = full;
    recorder.add(recorded('a'), session);
    await clock.advance(20);
    for (const id of ['b', 'c']) recorder.add(recorded(id), session);
    expect(counted.get('exchanges_lost')).toBe(1);
    delete fault.now;
    await clock.advance(1_000);
    expect([...stored.keys()]).toEqual(['b', 'c']);
  });

  test('keeps so much text waiting: the oldest are given up', async () => {
    const { recorder, clock, stored, session, fault, counted } = world({ mostWaitingChars: 2_000 });
    fault.now = full;
    recorder.add(recorded('a', 'x'.repeat(900)), session);
    await clock.advance(20);
    recorder.add(recorded('b', 'x'.repeat(900)), session);
    expect(counted.get('exchanges_lost')).toBeUndefined();
    recorder.add(recorded('c', 'x'.repeat(900)), session);
    expect(counted.get('exchanges_lost')).toBe(1);
    delete fault.now;
    await clock.advance(1_000);
    expect([...stored.keys()]).toEqual(['b', 'c']);
  });

  test('with a fault of the row itself loses that row alone, at once', async () => {
    const { recorder, clock, stored, session, counted, fault } = world();
    fault.now = new AppError('invalid_input', 'Odd.');
    recorder.add(recorded('a'), session);
    await clock.advance(10);
    delete fault.now;
    recorder.add(recorded('b'), session);
    await clock.advance(10);
    expect(counted.get('exchanges_lost')).toBe(1);
    expect([...stored.keys()]).toEqual(['b']);
    await clock.advance(10 * 60_000);
    expect(counted.get('exchanges_lost')).toBe(1);
  });

  test('with a session that cannot be stored keeps the turn, and says so', async () => {
    const { recorder, clock, stored, counted, logger } = world();
    const odd = { save: async () => Promise.reject(new AppError('conflict', 'Odd.')) };
    recorder.add(recorded('a'), odd);
    await clock.advance(10 * 60_000);
    expect([...stored.keys()]).toEqual(['a']);
    expect(logger.of('exchange_session_lost')).toMatchObject([{ fields: { turnId: 'a' } }]);
    expect(counted.get('exchanges_lost')).toBeUndefined();
  });
});

describe('stopping', () => {
  test('stores what waits, all of it', async () => {
    const { recorder, clock, stored, session } = world();
    for (let id = 0; id < 1_200; id += 1) recorder.add(recorded(`t${id}`), session);
    await recorder.stop(1_000);
    expect(stored.size).toBe(1_200);
    expect(clock.waiting()).toBe(0);
  });

  test('waits no longer than it may for a store that does not answer', async () => {
    const { recorder, clock, session, pace, counted } = world();
    pace.ms = 60_000;
    for (let id = 0; id < 130; id += 1) recorder.add(recorded(`a${id}`), session);
    const stopping = recorder.stop(3_000);
    await clock.advance(3_000);
    await stopping;
    expect(counted.get('exchanges_lost')).toBe(2);
  });

  test('tries again up to its deadline, then gives up what is left and what comes later', async () => {
    const { recorder, clock, stored, session, fault, counted, logger } = world();
    fault.now = full;
    recorder.add(recorded('a'), session);
    recorder.spend(k1, 4);
    const stopping = recorder.stop(3_000);
    await clock.advance(3_000);
    await stopping;
    delete fault.now;
    recorder.add(recorded('b'), session);
    recorder.spend(k1, 4);
    await clock.advance(60_000);
    expect(stored.size).toBe(0);
    expect(counted.get('exchanges_lost')).toBe(2);
    expect(logger.of('spending_lost')).toMatchObject([{ fields: { keyId: k1, tokens: 4 } }]);
    expect(clock.waiting()).toBe(0);
  });
});
