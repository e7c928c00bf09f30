import { AppError } from '../../core/domain/app-error.ts';
import type { ActivityStore } from '../../core/ports/activity-store.ts';
import { type ActivityRow, activityColumns, activityValues, toActivity } from './activity-rows.ts';
import type { SqliteDatabase } from './database.ts';
import { readRows } from './rows.ts';

/** Counts are kept as 32-bit floats. */
export function createActivityStore(database: SqliteDatabase): ActivityStore {
  const all = database.statement<[], ActivityRow>(
    `SELECT ${activityColumns} FROM activity ORDER BY space_id`,
  );
  const one = database.statement<[string], ActivityRow>(
    `SELECT ${activityColumns} FROM activity WHERE space_id = ?`,
  );
  const put = database.statement<ReturnType<typeof activityValues>>(
    `INSERT OR REPLACE INTO activity (${activityColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const remove = database.statement<[string]>('DELETE FROM activity WHERE space_id = ?');

  return {
    list: async () =>
      readRows(
        database.logger,
        'activity',
        database.attempt(() => all.all()),
        (row) => row.space_id,
        toActivity,
      ),
    save: (activity) =>
      database.groupTransact(() => {
        put.run(...activityValues(activity));
        const row = one.get(activity.spaceId);
        if (row !== undefined && toActivity(row) !== undefined) return;
        // What could not be read again is not stored.
        throw new AppError('invalid_input', 'The activity of a space holds a number that is no count.');
      }),
    remove: (spaceId) =>
      database.groupTransact(() => {
        remove.run(spaceId);
      }),
  };
}
