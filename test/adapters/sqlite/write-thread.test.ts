import { existsSync, readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { migrations } from '../../../adapters/sqlite/migrations.ts';
import { createWriteGate } from '../../../adapters/sqlite/write-gate.ts';
import { createWriteThread, type WriteThread } from '../../../adapters/sqlite/write-thread.ts';
import { fromPlainError, toPlainError } from '../../../adapters/sqlite/write-thread-messages.ts';
import { apiKeyId } from '../../../core/domain/api-key.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import { turnId } from '../../../core/domain/ids.ts';
import { sampleApiKey } from '../../contract/api-key-store.ts';
import { otherKey, sampleAt, sampleSession, sampleTurn } from '../../contract/store-samples.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { startChild } from './child.ts';
import { makeFolder, openAt } from './rig.ts';

function world(entry?: URL) {
  const folder = makeFolder();
  const path = folder.file('metaclaw.db');
  const gate = createWriteGate();
  const { database, stores } = openAt(path, { around: gate.ahead });
  const logger = createMemoryLogger();
  const thread = createWriteThread({ path, gate, logger, ...(entry === undefined ? {} : { entry }) });
  onTestFinished(async () => {
    await thread.close();
    database.close();
    folder.remove();
  });
  return { path, gate, stores, database, logger, thread };
}

const record = (thread: WriteThread, name: string): Promise<void> =>
  thread.turns.record({
    turn: sampleTurn(name),
    replyText: 'text',
    replyRefs: [],
    end: { state: 'done', endedAt: sampleAt },
  });

/** A thread of a few words. */
const threadOf = (body: string): URL =>
  new URL(`data:text/javascript,import{parentPort}from'node:worker_threads';${encodeURIComponent(body)}`);

test('while somebody else writes, the event loop goes on, and all of one turn of it is there at once', async () => {
  const { path, stores, thread } = world();
  await record(thread, 't0');
  const other = new Database(path);
  other.exec('BEGIN IMMEDIATE');
  let stored = 0;
  const both = ['t1', 't2'].map(async (name) => {
    await record(thread, name);
    stored += 1;
  });
  for (let turn = 0; turn < 200; turn += 1) await nextTurn();
  expect(stored).toBe(0);
  expect(await stores.turns.get(turnId('t1'))).toBeUndefined();
  other.exec('COMMIT');
  other.close();
  await Promise.race(both);
  expect(await stores.turns.counts()).toMatchObject({ done: 3 });
  await Promise.all(both);
});

test('what is wrong with one write is its caller’s alone, and said as the store says it', async () => {
  const { stores, thread } = world();
  const spending = { keyId: apiKeyId('k'), month: 'May', tokens: 1, requests: 1 };
  const results = await Promise.allSettled([
    thread.sessions.open(sampleSession('s1')),
    thread.sessions.open(sampleSession('s2')),
    thread.keys.spent(spending, sampleAt),
    record(thread, 't1'),
  ]);
  const reasons = results.map((result) => (result.status === 'rejected' ? result.reason : undefined));
  const own = await Promise.allSettled([
    stores.sessions.open(sampleSession('s2')),
    stores.apiKeys.spent(spending, sampleAt),
  ]);
  expect(reasons).toEqual([
    undefined,
    expect.objectContaining({ code: 'conflict', name: 'AppError' }),
    expect.objectContaining({ code: 'invalid_input', name: 'AppError' }),
    undefined,
  ]);
  expect(own.map((result) => result.status === 'rejected' && result.reason.message)).toEqual(
    reasons.slice(1, 3).map((error) => error.message),
  );
  expect(await thread.sessions.end(sampleSession('s1').sessionId, sampleAt, 'gap')).toBe(true);
  expect(await thread.sessions.end(sampleSession('s1').sessionId, sampleAt, 'gap')).toBe(false);
});

test('ids and numbers of an engine come through bit by bit', async () => {
  const { stores, thread } = world();
  const bits = new Uint32Array([0x80000000, 0x7fc00001, 0x00000001, 0xff7fffff]);
  const sampled = {
    prompt: new Int32Array([1, -2_147_483_648, 2_147_483_647]),
    tokens: new Int32Array([4, 5, 6, 7]),
    logprobs: new Float32Array(bits.buffer),
    stopReason: 'stop',
    params: { maxTokens: 9, temperature: 0.7, topP: 1, topK: -1 },
    tokenizerHash: 'hash',
    baseModel: 'base',
    samplerVersion: 'v1',
  } as const;
  await thread.turns.record({
    turn: sampleTurn('t1'),
    replyText: 'text',
    replyRefs: [],
    end: { state: 'done', endedAt: sampleAt },
    sampled: [sampled],
  });
  const [read] = await stores.turns.sampled(turnId('t1'));
  expect(read).toEqual(sampled);
  expect(new Uint32Array(Float32Array.from(read?.logprobs ?? []).buffer)).toEqual(bits);
});

test('moves what it wrote into the file by itself', async () => {
  const { path, stores, thread } = world();
  const key = sampleApiKey('a');
  await stores.apiKeys.add(key, 'digest');
  const spend = async (count: number): Promise<void> => {
    const spending = { keyId: key.keyId, month: '2026-11', tokens: 1, requests: 1 };
    await Promise.all(Array.from({ length: count }, () => thread.keys.spent(spending, sampleAt)));
  };
  await spend(999);
  expect(readFileSync(path).includes(key.keyId)).toBe(false);
  await spend(1);
  // Answered once it has done so.
  await spend(1);
  expect(readFileSync(path).includes(key.keyId)).toBe(true);
  expect(await stores.apiKeys.spendings('2026-11')).toMatchObject([{ tokens: 1_001 }]);
});

test('closing waits for what it was given, refuses what comes later, and leaves one whole file', async () => {
  const { path, thread, database, logger } = world();
  const other = new Database(path);
  other.exec('BEGIN IMMEDIATE');
  let isClosed = false;
  const first = record(thread, 't1');
  const closing = thread.close().then(() => {
    isClosed = true;
  });
  for (let turn = 0; turn < 200; turn += 1) await nextTurn();
  expect(isClosed).toBe(false);
  other.exec('COMMIT');
  other.close();
  await first;
  await closing;
  await expect(record(thread, 't2')).rejects.toMatchObject({ code: 'storage_failed' });
  await thread.close();
  expect(database.integrityFaults()).toEqual([]);
  database.close();
  expect(existsSync(`${path}-wal`)).toBe(false);
  expect(openAt(path, { readOnly: true }).database.integrityFaults()).toEqual([]);
  expect(logger.entries).toEqual([]);
});

test('touches no schema: where the program was changed while it runs it says so', async () => {
  const { path, thread, logger } = world();
  const other = new Database(path);
  other.pragma(`user_version = ${migrations.length - 1}`);
  other.close();
  await expect(record(thread, 't1')).rejects.toThrow('Start the bot again');
  const after = new Database(path);
  expect(after.pragma('user_version', { simple: true })).toBe(migrations.length - 1);
  after.pragma(`user_version = ${migrations.length}`);
  after.close();
  expect(logger.of('write_thread_failed')).toHaveLength(1);
  await record(thread, 't1');
});

test('the event loop’s own commits wait for the thread’s, which lets them go first', async () => {
  const { stores, thread, database } = world();
  const names = Array.from({ length: 300 }, (_, at) => `t${at}`);
  const all = Promise.all(names.map((name) => record(thread, name)));
  let rounds = 0;
  let isDone = false;
  void all.then(() => {
    isDone = true;
  });
  while (!isDone) {
    database.transact(() => undefined);
    rounds += 1;
    await nextTurn();
  }
  expect(rounds).toBeGreaterThan(1);
  expect(await stores.turns.counts()).toMatchObject({ done: 300 });
});

test('a value that is no plain data is its giver’s fault, and the thread goes on', async () => {
  const { thread } = world();
  const odd = { ...sampleTurn('t1'), askerName: () => 'odd' };
  await expect(
    Reflect.apply(thread.turns.record, undefined, [{ turn: odd, replyText: '', replyRefs: [], end: {} }]),
  ).rejects.toMatchObject({ code: 'invalid_input' });
  await record(thread, 't2');
});

test('closing where nothing was written starts nothing', async () => {
  const { thread, logger } = world(threadOf('throw new Error("started")'));
  await thread.close();
  expect(logger.entries).toEqual([]);
});

test('a thread that ends, whatever of, takes no promise with it, and another one is started', async () => {
  const { thread, logger } = world(threadOf('parentPort.on("message",()=>process.exit(3))'));
  for (let round = 0; round < 2; round += 1) {
    const refused = await Promise.allSettled([record(thread, 't1'), record(thread, 't2')]);
    expect(refused).toMatchObject([
      { reason: { code: 'storage_failed', name: 'AppError' } },
      { reason: { code: 'storage_failed' } },
    ]);
  }
  expect(logger.entries).toEqual([]);
});

test('a thread that cannot begin is told of', async () => {
  const { thread, logger } = world(threadOf('throw new Error("No such disk.")'));
  await expect(record(thread, 't1')).rejects.toMatchObject({
    code: 'storage_failed',
    message: 'No such disk. It is not known whether this was stored.',
  });
  expect(logger.entries).toEqual([
    expect.objectContaining({
      level: 'error',
      event: 'write_thread_failed',
      fields: { error: expect.objectContaining({ message: 'No such disk.' }) },
    }),
  ]);
});

test('an error says on the other side of the thread what it said on this one', () => {
  const error = new AppError('storage_busy', 'Try again.', { retryable: true, details: { reason: 'BUSY' } });
  const there = fromPlainError(structuredClone(toPlainError(error)));
  expect(there).toBeInstanceOf(AppError);
  expect({ ...there, message: there.message }).toEqual({ ...error, message: 'Try again.' });
  expect(toPlainError(new Error('odd'))).toMatchObject({ code: 'storage_failed', message: 'odd' });
});

test('what it logs is logged', async () => {
  const error = { code: 'storage_full', message: 'Full.' };
  const said = { kind: 'log', level: 'warn', event: 'told', fields: { a: 1 }, error };
  const { thread, logger } = world(
    threadOf(
      `parentPort.on("message",({batch})=>{parentPort.postMessage(${JSON.stringify(said)});parentPort.postMessage({kind:"written",batch,outcomes:[{}]});if(batch===undefined)process.exit()})`,
    ),
  );
  await record(thread, 't1');
  expect(logger.entries).toEqual([
    expect.objectContaining({
      level: 'warn',
      event: 'told',
      fields: { a: 1, error: expect.objectContaining({ code: 'storage_full', name: 'AppError' }) },
    }),
  ]);
});

test('a process ends by itself once all is stored, and not before', async () => {
  const { path, stores } = world();
  const child = startChild('write-in-thread.ts', [path]);
  expect(await child.ended()).toBe(0);
  expect(child.lines).toEqual(['stored']);
  expect(await stores.sessions.current(otherKey)).toBeDefined();
});
