import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isStoredSchedule } from '../../../adapters/sqlite/schedule-wire.ts';
import { activityQuarter, sampleActivity } from '../../contract/activity-samples.ts';
import { activityStoreContract } from '../../contract/activity-store.ts';
import { windowStoreContract } from '../../contract/window-store.ts';
import { type Folder, makeFolder, type OpenStores, openAt, storesInMemory, storesOnDisk } from './rig.ts';

for (const place of [
  { name: 'sqlite in memory', create: storesInMemory },
  { name: 'sqlite on disk', create: storesOnDisk },
]) {
  activityStoreContract(place);
  windowStoreContract(place);
}

let folder: Folder;
let path: string;
let open: OpenStores;
beforeEach(() => {
  folder = makeFolder();
  path = folder.file('state.db');
  open = openAt(path);
});
afterEach(() => {
  open.database.close();
  folder.remove();
});

function raw<T>(work: (handle: Database.Database) => T): T {
  const handle = new Database(path);
  try {
    return work(handle);
  } finally {
    handle.close();
  }
}

const skipped = (): readonly unknown[] => open.logger.of('storage_row_skipped').map(({ fields }) => fields);

describe('a damaged row', () => {
  test.each([
    ["counts = x'00'", 'too short'],
    ["counts = CAST(counts || x'00000000' AS BLOB)", 'too long'],
    ['counts = zeroblob(5)', 'no numbers'],
    ["counts = CAST(x'0000c07f' || substr(counts, 5) AS BLOB)", 'a number that is none'],
    ["counts = CAST(x'000080bf' || substr(counts, 5) AS BLOB)", 'a negative count'],
    ['calibration = zeroblob(0)', 'no forecasts'],
    ["zone = ''", 'no zone'],
  ])('of activity is left out and logged: %s (%s)', async (change) => {
    await open.stores.activity.save(sampleActivity('bad'));
    await open.stores.activity.save(sampleActivity('good'));
    raw((handle) => handle.exec(`UPDATE activity SET ${change} WHERE space_id = 'web:bad'`));
    expect(await open.stores.activity.list()).toEqual([sampleActivity('good')]);
    expect(skipped()).toEqual([{ table: 'activity', id: 'web:bad' }]);
    await open.stores.activity.save(sampleActivity('bad'));
    expect(await open.stores.activity.list()).toHaveLength(2);
  });

  test.each(['{', '[]', '{"state":"resting","since":1}', '{"state":"open"}'])(
    'of a state counts as none and is logged: %s',
    async (text) => {
      await open.stores.windows.setState('*', { state: 'open', since: 1 });
      raw((handle) => handle.prepare('UPDATE window_states SET state = ?').run(text));
      expect(await open.stores.windows.state('*')).toBeUndefined();
      expect(skipped()).toEqual([{ table: 'window_states', id: '*' }]);
    },
  );

  test.each(['opened_by = \'["magic"]\'', "opened_by = '{'", "closed_by = 'magic'"])(
    'of a past window is left out and logged: %s',
    async (change) => {
      const window = { from: 1, to: 2, openedBy: ['idle'], closedBy: 'awake', workedMs: 0 } as const;
      await open.stores.windows.close('*', window, { state: 'waiting', since: 2 });
      await open.stores.windows.close('*', { ...window, to: 3 }, { state: 'waiting', since: 3 });
      raw((handle) => handle.exec(`UPDATE past_windows SET ${change} WHERE number = 1`));
      expect(await open.stores.windows.past('*', 0)).toEqual([{ ...window, to: 3 }]);
      expect(skipped()).toEqual([{ table: 'past_windows', id: '1' }]);
    },
  );
});

test('a part of another kind makes a state none', () => {
  const whole = { state: 'open', since: 1, openedAt: 1, openedBy: ['idle'], workedMs: 1, starvedSince: 1 };
  expect(isStoredSchedule(whole)).toBe(true);
  for (const name of Object.keys(whole)) {
    for (const wrong of [null, {}, ['magic']])
      expect(isStoredSchedule({ ...whole, [name]: wrong })).toBe(false);
  }
});

test('closing is all or nothing', async () => {
  const running = { state: 'running', since: 1 } as const;
  await open.stores.windows.setState('*', running);
  raw((handle) =>
    handle.exec(`CREATE TRIGGER no_state BEFORE UPDATE ON window_states
      BEGIN SELECT RAISE(ABORT, 'full'); END`),
  );
  const window = { from: 1, to: 2, openedBy: [], closedBy: 'awake', workedMs: 0 } as const;
  await expect(open.stores.windows.close('*', window, { state: 'waiting', since: 2 })).rejects.toMatchObject({
    name: 'AppError',
  });
  expect(await open.stores.windows.past('*', 0)).toEqual([]);
  expect(await open.stores.windows.state('*')).toEqual(running);
});

test('a space costs a few kilobytes', async () => {
  await open.stores.activity.save(sampleActivity('a', { open: { quarter: activityQuarter, events: 9 } }));
  const bytes = raw((handle) =>
    handle.prepare('SELECT length(counts) + length(calibration) FROM activity').pluck().get(),
  );
  expect(bytes).toBe((5 * 168 + 30) * 4);
});
