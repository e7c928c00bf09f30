import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Migration, migrations } from '../../../adapters/sqlite/migrations.ts';
import { turnId, unknownAuthor } from '../../../core/domain/ids.ts';
import {
  sampleAt,
  sampleBody,
  sampleKey,
  sampleMessage,
  sampleRef,
  sampleSignal,
  sampleTurn,
} from '../../contract/store-samples.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { startChild } from './child.ts';
import { type Folder, makeFolder, openAt } from './rig.ts';

let folder: Folder;
let path: string;
beforeEach(() => {
  folder = makeFolder();
  path = folder.file('state.db');
});
afterEach(() => folder.remove());

const accept = (stores: ReturnType<typeof openAt>['stores'], id: string): Promise<unknown> =>
  stores.inbox.accept(sampleMessage(id), sampleKey, sampleAt);

function raw<T>(work: (handle: Database.Database) => T): T {
  const handle = new Database(path);
  try {
    return work(handle);
  } finally {
    handle.close();
  }
}

const pragma = (name: string): unknown => raw((handle) => handle.pragma(name, { simple: true }));
const tables = (): readonly unknown[] =>
  raw((handle) => handle.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all());

describe('opening for writing', () => {
  test('makes folder and file for this user only, durable and with foreign keys', () => {
    path = folder.file('deep/er/state.db');
    const { database, logger } = openAt(path);
    expect(logger.of('storage_migrated')).toMatchObject([{ fields: { steps: migrations.length } }]);
    const setting = (name: string): unknown =>
      Object.values(database.statement<[], Record<string, unknown>>(`PRAGMA ${name}`).get() ?? {})[0];
    expect(setting('journal_mode')).toBe('wal');
    expect(setting('synchronous')).toBe(2);
    expect(setting('foreign_keys')).toBe(1);
    expect(setting('busy_timeout')).toBe(100);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    database.close();
  });

  test('a second open finds nothing to migrate', async () => {
    const first = openAt(path);
    await accept(first.stores, 'a');
    first.database.close();
    const second = openAt(path);
    expect(second.logger.of('storage_migrated')).toEqual([]);
    expect(await second.stores.inbox.pending()).toHaveLength(1);
    second.database.close();
  });

  test('several processes may open new files at once', async () => {
    const ids = ['a', 'b', 'c'];
    const files = 12;
    const children = ids.map((id) => startChild('open-new.ts', [folder.path, id, String(files)]));
    for (const child of children) await child.line((line) => line === 'ready');
    for (const child of children) child.say('go');
    await Promise.all(children.map((child) => child.ended()));
    const migrated = children.map((child) => Number(child.lines.at(-1)?.replace('migrated ', '')));
    expect(migrated.reduce((sum, count) => sum + count, 0)).toBe(files);
    for (let file = 0; file < files; file += 1) {
      const { database, stores } = openAt(folder.file(`${file}.db`));
      const rows = await stores.inbox.pending();
      expect(rows.map((row) => row.event.eventId).toSorted()).toEqual(ids.map((id) => `web:${id}`));
      expect(rows.map((row) => row.sequence)).toEqual([1, 2, 3]);
      expect(database.integrityFaults()).toEqual([]);
      database.close();
    }
  });

  test('a file that is no database is refused and left as it is', () => {
    writeFileSync(path, 'These are notes, not a database. '.repeat(500));
    const before = readFileSync(path);
    expect(() => openAt(path)).toThrow(
      expect.objectContaining({
        code: 'storage_failed',
        message: expect.stringContaining('is not a database'),
      }),
    );
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test("another program's database is refused and left as it is", () => {
    raw((handle) => handle.exec('CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)'));
    expect(() => openAt(path)).toThrow(
      expect.objectContaining({
        code: 'config_invalid',
        message: expect.stringContaining('another program'),
      }),
    );
    expect(tables()).toEqual(['theirs']);
    expect(pragma('journal_mode')).toBe('delete');
  });

  test('a folder in its place is an error that says so', () => {
    mkdirSync(path);
    expect(() => openAt(path)).toThrow(expect.objectContaining({ code: 'storage_failed' }));
  });

  test.skipIf(process.getuid?.() === 0)('a folder that may not be written is (skipped as root)', () => {
    chmodSync(folder.path, 0o500);
    expect(() => openAt(path)).toThrow(expect.objectContaining({ code: 'storage_failed' }));
    chmodSync(folder.path, 0o700);
  });
});

describe('migrations', () => {
  const more: Migration = {
    name: 'more',
    sql: 'CREATE TABLE more (a INTEGER) STRICT; INSERT INTO more VALUES (7);',
  };
  const broken: Migration = { name: 'broken', sql: 'CREATE TABLE half (a INTEGER); CREATE TABLE more (a);' };

  test('brings an older file up to date and keeps what is in it', async () => {
    const old = openAt(path);
    await accept(old.stores, 'a');
    old.database.close();
    const { database, stores, logger } = openAt(path, { migrations: [...migrations, more] });
    expect(logger.of('storage_migrated')[0]?.fields).toEqual({ steps: 1, version: migrations.length + 1 });
    expect(await stores.inbox.pending()).toHaveLength(1);
    database.close();
    expect(raw((handle) => handle.prepare('SELECT a FROM more').pluck().all())).toEqual([7]);
    expect(pragma('user_version')).toBe(migrations.length + 1);
  });

  test('rows from before signals had words are read as they were, and new ones stand beside them', async () => {
    openAt(path, { migrations: migrations.slice(0, 1) }).database.close();
    const { eventId: id, kind, name, slot, rule, authority, target } = sampleSignal('old');
    const { platform, channelId, messageId } = target.kind === 'message' ? target.ref : sampleRef('none');
    raw((handle) =>
      handle
        .prepare(`INSERT INTO ledger (event_id, platform, space_id, target_turn_id, target_platform,
          target_channel_id, target_message_id, actor_id, actor_is_bot, change, kind, slot, name, polarity,
          authority, rule, occurred_at, recorded_at)
          VALUES (?, ?, ?, NULL, ?, ?, ?, ?, 0, 'given', ?, ?, ?, 1, ?, ?, ?, ?)`)
        .run(
          ...[id, 'web', sampleSignal('old').spaceId, platform, channelId, messageId],
          ...[sampleSignal('old').actorId, kind, slot, name, authority, rule, sampleAt, sampleAt + 5],
        ),
    );
    const { database, stores } = openAt(path);
    await stores.turns.open(sampleTurn('t1'));
    await stores.turns.intend(turnId('t1'), 0, 'key', sampleBody('Hello.'), sampleAt);
    await stores.turns.sent(turnId('t1'), 0, sampleRef('answer'), sampleAt);
    expect(await stores.ledger.append(sampleSignal('old'))).toBe('duplicate');
    const corrected = sampleSignal('new', {
      kind: 'correction',
      slot: 'correction',
      text: 'Better.',
      occurredAt: sampleAt + 1,
    });
    expect(await stores.ledger.append(corrected)).toBe('stored');
    expect(await stores.ledger.ofTurn(turnId('t1'))).toEqual([sampleSignal('old'), corrected]);
    expect(database.integrityFaults()).toEqual([]);
    database.close();
  });

  test('a file from before weights and roles keeps its turns, rewards and open quiet times', async () => {
    openAt(path, { migrations: migrations.slice(0, 4) }).database.close();
    const { turnId: id, askerId, sessionId } = sampleTurn('t1');
    raw((handle) => {
      handle
        .prepare(`INSERT INTO turns (turn_id, conversation_key, platform, channel_id, conversation, session_id,
          asker_id, asker_name, event_ids, request_refs, request_text, generation, skills, policy, prompt_hash,
          state, reply_text, started_at)
          VALUES (?, ?, 'web', 'general', ?, ?, ?, 'Ann', '[]', '[]', 'Why?', 1, '[]', 'm', 'h', 'done', 'So.', ?)`)
        .run(id, sampleKey, JSON.stringify(sampleTurn('t1').conversation), sessionId, askerId, sampleAt);
      const settlement = handle.prepare('INSERT INTO settlements VALUES (?, ?, ?, ?, ?, ?, ?)');
      const known = JSON.stringify({ kind: 'known', value: -0.5, authority: 'explicit', voices: 2 });
      settlement.run('t1', 'skills', 'settled', sampleAt, known, 1, 4);
      settlement.run('t1', 'weights', 'open', sampleAt + 9, null, 0, 2);
      settlement.run('t2', 'skills', 'settled', sampleAt, '{"kind":"missing"}', 0, 0);
      settlement.run('t3', 'skills', 'settled', sampleAt, '{', 1, 0);
    });
    const { database, stores } = openAt(path);
    expect(await stores.turns.get(id)).toMatchObject({
      line: 'main',
      isHoldOut: false,
      // Who else stood in its prompt nobody knows.
      promptAuthors: [askerId, unknownAuthor('web')],
    });
    const decision = { role: 'statistics', reason: 'settled_before_roles' };
    expect(await stores.ledger.settlement(id, 'skills')).toEqual({
      turnId: id,
      use: 'skills',
      state: 'settled',
      dueAt: sampleAt,
      reward: { kind: 'known', value: -0.5, authority: 'explicit', voices: 2, weight: 1 },
      decision,
      revision: 4,
      lateSignals: 0,
    });
    expect(await stores.ledger.settlement(id, 'weights')).toMatchObject({ state: 'open', revision: 2 });
    expect(await stores.ledger.due(sampleAt + 9, 9)).toHaveLength(1);
    expect(await stores.ledger.settlement(turnId('t2'), 'skills')).toMatchObject({
      reward: { kind: 'missing' },
      decision,
    });
    expect(await stores.ledger.settlement(turnId('t3'), 'skills')).toBeUndefined();
    expect(await stores.ledger.settlementCounts('skills')).toMatchObject({ settled: 3, rewarded: 2 });
    await stores.ledger.schedule(id, { skills: sampleAt + 50 });
    expect(await stores.ledger.settlement(id, 'skills')).toMatchObject({ state: 'open', revision: 5 });
    expect(await stores.judgeQueue.backlog()).toEqual({ waiting: 0 });
    expect(database.integrityFaults()).toEqual([]);
    database.close();
  });

  test('a newer file is refused and left as it is', async () => {
    openAt(path, { migrations: [...migrations, more] }).database.close();
    for (const readOnly of [false, true]) {
      expect(() => openAt(path, { readOnly })).toThrow(
        expect.objectContaining({
          code: 'config_invalid',
          message: expect.stringContaining('newer version'),
          details: { found: migrations.length + 1, known: migrations.length },
        }),
      );
    }
    expect(pragma('user_version')).toBe(migrations.length + 1);
  });

  test('a step that fails takes nothing, also not the steps before it', () => {
    openAt(path).database.close();
    const before = tables();
    expect(() => openAt(path, { migrations: [...migrations, more, broken] })).toThrow(
      expect.objectContaining({ name: 'AppError', code: 'storage_failed' }),
    );
    expect(tables()).toEqual(before);
    expect(pragma('user_version')).toBe(migrations.length);
    openAt(path).database.close();
  });

  test('a first step that fails leaves an empty file, which opens later', () => {
    expect(() =>
      openAt(path, { migrations: [{ name: 'broken', sql: 'CREATE TABLE a (b); NONSENSE' }] }),
    ).toThrow(expect.objectContaining({ name: 'AppError' }));
    expect(tables()).toEqual([]);
    openAt(path).database.close();
  });
});

describe('opening for reading', () => {
  test('a file that is not there is said not to be, and is not made', () => {
    expect(() => openAt(path, { readOnly: true })).toThrow(
      expect.objectContaining({ code: 'not_found', message: expect.stringContaining('metaclaw start') }),
    );
    expect(existsSync(path)).toBe(false);
  });

  test('sees what the running writer commits, and cannot write', async () => {
    const writer = openAt(path);
    const reader = openAt(path, { readOnly: true });
    expect(await reader.stores.inbox.pending()).toEqual([]);
    await accept(writer.stores, 'a');
    expect(await reader.stores.inbox.pending()).toHaveLength(1);
    expect(await reader.stores.library.state()).toMatchObject({ generation: 0, skills: [] });
    await expect(accept(reader.stores, 'b')).rejects.toMatchObject({ code: 'storage_failed' });
    await expect(reader.stores.settings.set('a', 'k', 1)).rejects.toMatchObject({ code: 'storage_failed' });
    reader.database.close();
    await accept(writer.stores, 'c');
    writer.database.close();
    const later = openAt(path, { readOnly: true });
    expect(await later.stores.inbox.pending()).toHaveLength(2);
    later.database.close();
  });

  test('an older or empty file is not touched', () => {
    openAt(path).database.close();
    const newer = [...migrations, { name: 'more', sql: 'CREATE TABLE more (a)' }];
    expect(() => openAt(path, { readOnly: true, migrations: newer })).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining('older version') }),
    );
    expect(pragma('user_version')).toBe(migrations.length);
  });
});

describe('the log', () => {
  test('moves into the file some seconds after use, and nothing is set going without use or after the end', async () => {
    const clock = createFakeClock();
    const { database, stores } = openAt(path, { clock });
    expect(clock.waiting()).toBe(0);
    await accept(stores, 'a');
    const sizeBefore = statSync(path).size;
    await clock.advance(4_000);
    expect(statSync(path).size).toBe(sizeBefore);
    await clock.advance(1_000);
    expect(statSync(path).size).toBeGreaterThan(sizeBefore);
    expect(clock.waiting()).toBe(0);
    const waiting = accept(stores, 'b');
    await Promise.resolve();
    database.close();
    expect(await waiting).toMatchObject({ kind: 'stored' });
    expect(clock.waiting()).toBe(0);
    await expect(accept(stores, 'c')).rejects.toMatchObject({ code: 'storage_failed' });
    expect(clock.waiting()).toBe(0);
  });
});

describe('closing', () => {
  test('stores what waits first, moves the log into the file, and may be repeated', async () => {
    const { database, stores } = openAt(path);
    const waiting = accept(stores, 'a');
    await Promise.resolve();
    database.close();
    expect(await waiting).toMatchObject({ kind: 'stored' });
    expect(existsSync(`${path}-wal`)).toBe(false);
    database.close();
    expect(raw((handle) => handle.prepare('SELECT COUNT(*) FROM inbox').pluck().get())).toBe(1);
  });

  test('afterwards every call is refused', async () => {
    const { database, stores } = openAt(path);
    database.close();
    const closed = { name: 'AppError', code: 'storage_failed', message: expect.stringContaining('closed') };
    await expect(accept(stores, 'a')).rejects.toMatchObject(closed);
    await expect(stores.inbox.pending()).rejects.toMatchObject(closed);
    await expect(stores.library.state()).rejects.toMatchObject(closed);
    expect(() => database.integrityFaults()).toThrow(expect.objectContaining(closed));
  });

  test('a reader beside it does not keep it open, and nothing is lost', async () => {
    const writer = openAt(path);
    const reader = openAt(path, { readOnly: true });
    await accept(writer.stores, 'a');
    await reader.stores.inbox.pending();
    writer.database.close();
    expect(await reader.stores.inbox.pending()).toHaveLength(1);
    reader.database.close();
    const again = openAt(path);
    expect(await again.stores.inbox.pending()).toHaveLength(1);
    again.database.close();
  });
});
