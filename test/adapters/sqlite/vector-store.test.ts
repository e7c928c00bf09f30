import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SqliteDatabase } from '../../../adapters/sqlite/database.ts';
import { createVectorStore } from '../../../adapters/sqlite/vector-store.ts';
import { vectorStoreContract } from '../../contract/vector-store.ts';
import type { MemoryLogger } from '../../fakes/system/memory-logger.ts';
import { type Folder, makeFolder, openAt, storesInMemory, storesOnDisk } from './rig.ts';

vectorStoreContract({ name: 'sqlite in memory', create: storesInMemory });
vectorStoreContract({ name: 'sqlite on disk', create: storesOnDisk });

describe('the table', () => {
  let folder: Folder;
  let database: SqliteDatabase;
  let logger: MemoryLogger;
  beforeEach(() => {
    folder = makeFolder();
    ({ database, logger } = openAt(folder.file('state.db')));
  });
  afterEach(() => {
    database.close();
    folder.remove();
  });

  test.each(["x''", "x'000080'", "x'0000803f00'"])(
    'a damaged vector is as good as none: %s',
    async (bytes) => {
      const vectors = createVectorStore(database);
      const vector = Float32Array.of(1, 0);
      await vectors.put('m', [
        { key: 'damaged', vector },
        { key: 'sound', vector },
      ]);
      const handle = new Database(folder.file('state.db'));
      handle.exec(`UPDATE skill_vectors SET vector = ${bytes} WHERE content_hash = 'damaged'`);
      handle.close();
      expect([...(await vectors.get('m', ['damaged', 'sound'])).keys()]).toEqual(['sound']);
      expect(await vectors.missing('m', ['damaged', 'sound'])).toEqual(['damaged']);
      expect(logger.of('storage_row_skipped').at(-1)?.fields).toEqual({
        table: 'skill_vectors',
        id: 'm damaged',
      });
    },
  );

  test('the numbers are little-endian, so that the file can be read on any machine', async () => {
    await createVectorStore(database).put('m', [{ key: 'a', vector: Float32Array.of(1) }]);
    const read = database.statement<[], { readonly bytes: string }>(
      'SELECT hex(vector) AS bytes FROM skill_vectors',
    );
    expect(database.attempt(() => read.all())).toEqual([{ bytes: '0000803F' }]);
  });

  test('no statement reads the vectors of other models', () => {
    const texts: string[] = [];
    createVectorStore({
      ...database,
      statement: (sql) => {
        texts.push(sql);
        return database.statement(sql);
      },
    });
    expect(texts.length).toBeGreaterThan(2);
    for (const text of texts) {
      const plan = database.statement<[], { readonly detail: string }>(
        `EXPLAIN QUERY PLAN ${text.replaceAll('?', 'NULL')}`,
      );
      const details = database.attempt(() => plan.all()).map(({ detail }) => detail);
      expect(details.filter((detail) => detail.startsWith('SCAN skill_vectors'))).toEqual([]);
    }
  });
});
