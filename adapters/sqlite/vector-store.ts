import type { VectorStore } from '../../core/ports/vector-store.ts';
import type { SqliteDatabase } from './database.ts';
import { readRows } from './rows.ts';

interface VectorRow {
  readonly content_hash: string;
  readonly vector: Uint8Array;
}

/** A list of keys as one parameter. */
const listed = '(SELECT value FROM json_each(?))';
const bytesPerNumber = Float32Array.BYTES_PER_ELEMENT;

/** The bytes lie anywhere in a shared pool; numbers need a place of their own. */
function vectorOf({ vector }: VectorRow): Float32Array | undefined {
  if (vector.byteLength === 0 || vector.byteLength % bytesPerNumber !== 0) return undefined;
  return new Float32Array(Uint8Array.from(vector).buffer);
}

export function createVectorStore(database: SqliteDatabase): VectorStore {
  const some = database.statement<[string, string], VectorRow>(
    `SELECT content_hash, vector FROM skill_vectors WHERE model_id = ? AND content_hash IN ${listed}`,
  );
  const present = database.statement<[string, string], Pick<VectorRow, 'content_hash'>>(`
    SELECT content_hash FROM skill_vectors WHERE model_id = ? AND content_hash IN ${listed}
      AND length(vector) > 0 AND length(vector) % ${bytesPerNumber} = 0`);
  const put = database.statement<[string, string, Uint8Array]>(`
    INSERT INTO skill_vectors (model_id, content_hash, vector) VALUES (?, ?, ?)
    ON CONFLICT (model_id, content_hash) DO UPDATE SET vector = excluded.vector`);
  const prune = database.statement<[string, string]>(
    `DELETE FROM skill_vectors WHERE model_id = ? AND content_hash NOT IN ${listed}`,
  );

  return {
    get: async (modelId, keys) => {
      const rows = database.attempt(() => some.all(modelId, JSON.stringify(keys)));
      const found = readRows(
        database.logger,
        'skill_vectors',
        rows,
        (row) => `${modelId} ${row.content_hash}`,
        (row) => {
          const vector = vectorOf(row);
          return vector && ([row.content_hash, vector] as const);
        },
      );
      return new Map(found);
    },
    put: (modelId, entries) =>
      database.groupTransact(() => {
        for (const { key, vector } of entries) {
          put.run(modelId, key, Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength));
        }
      }),
    missing: async (modelId, keys) => {
      const rows = database.attempt(() => present.all(modelId, JSON.stringify(keys)));
      return [...new Set(keys).difference(new Set(rows.map((row) => row.content_hash)))];
    },
    prune: async (modelId, keep) => database.attempt(() => prune.run(modelId, JSON.stringify([...keep]))),
  };
}
