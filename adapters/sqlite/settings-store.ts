import { AppError } from '../../core/domain/app-error.ts';
import type { SettingsStore } from '../../core/ports/settings-store.ts';
import type { SqliteDatabase } from './database.ts';
import { readRows } from './rows.ts';
import { parseJson } from './wire.ts';

interface SettingRow {
  readonly key: string;
  readonly value: string;
}

export function createSettingsStore(database: SqliteDatabase): SettingsStore {
  const one = database.statement<[string, string], SettingRow>(
    'SELECT key, value FROM settings WHERE scope = ? AND key = ?',
  );
  const all = database.statement<[string], SettingRow>(
    'SELECT key, value FROM settings WHERE scope = ? ORDER BY key',
  );
  const put = database.statement<[string, string, string]>(`
    INSERT INTO settings (scope, key, value) VALUES (?, ?, ?)
    ON CONFLICT (scope, key) DO UPDATE SET value = excluded.value`);
  const remove = database.statement<[string, string]>('DELETE FROM settings WHERE scope = ? AND key = ?');

  function entries(scope: string, rows: readonly SettingRow[]): readonly (readonly [string, unknown])[] {
    return readRows(
      database.logger,
      'settings',
      rows,
      (row) => `${scope} ${row.key}`,
      (row) => {
        const value = parseJson(row.value);
        return value === undefined ? undefined : ([row.key, value] as const);
      },
    );
  }

  return {
    get: async (scope, key) => {
      const row = database.attempt(() => one.get(scope, key));
      return row && entries(scope, [row])[0]?.[1];
    },
    set: async (scope, key, value) => {
      const json: string | undefined = JSON.stringify(value);
      if (json === undefined) throw new AppError('invalid_input', `The setting ${key} needs a JSON value.`);
      database.attempt(() => put.run(scope, key, json));
    },
    delete: async (scope, key) => database.attempt(() => remove.run(scope, key)) > 0,
    list: async (scope) =>
      Object.fromEntries(
        entries(
          scope,
          database.attempt(() => all.all(scope)),
        ),
      ),
  };
}
