import type { KeyTable } from '../../core/ports/key-table.ts';
import type { SqliteDatabase } from './database.ts';

interface KeyRow {
  readonly key: string;
  readonly value: string;
  readonly expires_at: number | null;
}

export function createKeyTable(database: SqliteDatabase): KeyTable {
  const alive = '(expires_at IS NULL OR expires_at > ?)';
  const one = database.statement<[string, string, number], KeyRow>(
    `SELECT key, value, expires_at FROM key_values WHERE namespace = ? AND key = ? AND ${alive}`,
  );
  const put = database.statement<[string, string, string, number | null]>(`
    INSERT INTO key_values (namespace, key, value, expires_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (namespace, key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at`);
  const take = database.statement<[string, string], KeyRow>(
    'DELETE FROM key_values WHERE namespace = ? AND key = ? RETURNING key, value, expires_at',
  );
  const clear = database.statement<[string]>('DELETE FROM key_values WHERE namespace = ?');
  const page = database.statement<[string, string | null, string | null, number, number], KeyRow>(`
    SELECT key, value, expires_at FROM key_values
    WHERE namespace = ? AND (? IS NULL OR key > ?) AND ${alive} ORDER BY key LIMIT ?`);
  const prune = database.statement<[number]>(
    'DELETE FROM key_values WHERE expires_at IS NOT NULL AND expires_at <= ?',
  );

  /** Deletes the row, alive or not; gives it back if it was alive. */
  function takeAlive(namespace: string, key: string, now: number): KeyRow | undefined {
    // Read to its end (`all`), as a statement that writes takes effect only then.
    const [row] = take.all(namespace, key);
    return row === undefined || (row.expires_at !== null && row.expires_at <= now) ? undefined : row;
  }

  return {
    get: async (namespace, keys, now) =>
      database.attempt(() => keys.map((key) => one.get(namespace, key, now)?.value)),
    set: async (namespace, entries) =>
      database.transact(() => {
        for (const { key, value, expiresAt } of entries) put.run(namespace, key, value, expiresAt ?? null);
      }),
    take: async (namespace, key, now) => database.attempt(() => takeAlive(namespace, key, now)?.value),
    delete: async (namespace, keys, now) =>
      database.transact(() => keys.map((key) => takeAlive(namespace, key, now) !== undefined)),
    clear: async (namespace) => {
      database.attempt(() => clear.run(namespace));
    },
    page: async (namespace, afterKey, limit, now) => {
      const after = afterKey ?? null;
      const rows = database.attempt(() => page.all(namespace, after, after, now, limit));
      return rows.map((row) => ({
        key: row.key,
        value: row.value,
        ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
      }));
    },
    prune: async (now) => database.attempt(() => prune.run(now)),
  };
}
