import { describe, expect, test } from 'vitest';
import { createGroupCommit, type GroupCommit } from '../../../adapters/sqlite/group-commit.ts';
import {
  sampleAt,
  sampleKey,
  sampleMessage,
  sampleSignal,
  sampleTurn,
} from '../../contract/store-samples.ts';
import { openAt } from './rig.ts';

interface Rig {
  readonly group: GroupCommit;
  readonly scheduled: (() => void)[];
  commits(): number;
  failWith(thrown: unknown): void;
}

function rig(): Rig {
  const scheduled: (() => void)[] = [];
  let commits = 0;
  let failure: unknown;
  const group = createGroupCommit({
    transact: (work) => {
      work();
      if (failure !== undefined) throw failure;
      commits += 1;
    },
    isRowFault: (thrown) => thrown instanceof RangeError,
    schedule: (flush) => scheduled.push(flush),
  });
  return {
    group,
    scheduled,
    commits: () => commits,
    failWith: (thrown) => {
      failure = thrown;
    },
  };
}

describe('group commit', () => {
  test('jobs of one moment share one commit and keep their order and their results', async () => {
    const { group, scheduled, commits } = rig();
    const order: number[] = [];
    const results = [1, 2, 3].map((job) =>
      group.run(() => {
        order.push(job);
        return job * 10;
      }),
    );
    expect(order).toEqual([]);
    expect(scheduled).toHaveLength(1);
    scheduled[0]?.();
    expect(await Promise.all(results)).toEqual([10, 20, 30]);
    expect(order).toEqual([1, 2, 3]);
    expect(commits()).toBe(1);
  });

  test('a later job gets a commit of its own', async () => {
    const { group, scheduled, commits } = rig();
    const first = group.run(() => 'first');
    scheduled[0]?.();
    const second = group.run(() => 'second');
    expect(scheduled).toHaveLength(2);
    scheduled[1]?.();
    expect(await Promise.all([first, second])).toEqual(['first', 'second']);
    expect(commits()).toBe(2);
  });

  test('a row at fault fails alone', async () => {
    const { group, commits } = rig();
    const results = Promise.allSettled([
      group.run(() => 'left'),
      group.run(() => {
        throw new RangeError('bad row');
      }),
      group.run(() => 'right'),
    ]);
    group.flush();
    expect(await results).toMatchObject([
      { value: 'left' },
      { status: 'rejected', reason: { message: 'bad row' } },
      { value: 'right' },
    ]);
    expect(commits()).toBe(1);
  });

  test('a fault that is not of the row fails every caller', async () => {
    const { group, commits } = rig();
    const results = Promise.allSettled([
      group.run(() => 'left'),
      group.run(() => {
        throw new TypeError('disk on fire');
      }),
      group.run(() => 'right'),
    ]);
    group.flush();
    const reason = { status: 'rejected', reason: { message: 'disk on fire' } };
    expect(await results).toMatchObject([reason, reason, reason]);
    expect(commits()).toBe(0);
  });

  test('nobody is told before the commit stands, and everybody when it fails', async () => {
    const { group, failWith } = rig();
    failWith(new Error('commit failed'));
    const results = Promise.allSettled([group.run(() => 1), group.run(() => 2)]);
    group.flush();
    const reason = { status: 'rejected', reason: { message: 'commit failed' } };
    expect(await results).toMatchObject([reason, reason]);
  });

  test('flushing nothing commits nothing', () => {
    const { group, commits } = rig();
    group.flush();
    expect(commits()).toBe(0);
  });
});

describe('group commit on the database', () => {
  test('inbox and ledger share it; the same in one moment is stored once', async () => {
    const flushes: (() => void)[] = [];
    const { database, stores } = openAt(':memory:', { schedule: (flush) => flushes.push(flush) });
    const waiting = Promise.all([
      stores.inbox.accept(sampleMessage('a'), sampleKey, sampleAt),
      stores.ledger.append(sampleSignal('s')),
      stores.inbox.accept(sampleMessage('a'), sampleKey, sampleAt),
      stores.ledger.append(sampleSignal('s')),
    ]);
    await Promise.resolve();
    expect(flushes).toHaveLength(1);
    expect(await stores.inbox.pending()).toEqual([]);
    flushes[0]?.();
    expect(await waiting).toEqual([
      { kind: 'stored', sequence: 1 },
      'stored',
      { kind: 'duplicate' },
      'duplicate',
    ]);
    expect(await stores.inbox.pending()).toHaveLength(1);
    database.close();
  });

  test('a job of several statements that fails halfway leaves nothing, and its neighbours stay', async () => {
    const { database } = openAt(':memory:');
    const setUp = database.statement<[]>('CREATE TABLE words (word TEXT UNIQUE)');
    database.attempt(() => setUp.run());
    const insert = database.statement<[string]>('INSERT INTO words (word) VALUES (?)');
    const all = database.statement<[], { word: string }>('SELECT word FROM words ORDER BY word');
    const results = await Promise.allSettled([
      database.groupTransact(() => insert.run('left')),
      database.groupTransact(() => {
        insert.run('half');
        return insert.run('left');
      }),
      database.groupTransact(() => insert.run('right') + insert.run('more')),
    ]);
    expect(results).toMatchObject([
      { value: 1 },
      { status: 'rejected', reason: { code: 'invalid_input' } },
      { value: 2 },
    ]);
    expect(database.attempt(() => all.all()).map(({ word }) => word)).toEqual(['left', 'more', 'right']);
    database.close();
  });

  test('the writes of several turns in one moment share one commit', async () => {
    const flushes: (() => void)[] = [];
    const { database, stores } = openAt(':memory:', { schedule: (flush) => flushes.push(flush) });
    const opened = Promise.all(['one', 'two', 'three'].map((name) => stores.turns.open(sampleTurn(name))));
    await Promise.resolve();
    expect(flushes).toHaveLength(1);
    flushes[0]?.();
    await opened;
    expect(await stores.turns.unfinished()).toHaveLength(3);
    database.close();
  });
});
