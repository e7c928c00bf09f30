import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { migrations } from '../../../adapters/sqlite/migrations.ts';
import { blobToFloats, blobToInts, floatsToBlob, intsToBlob } from '../../../adapters/sqlite/number-blob.ts';
import { turnId } from '../../../core/domain/ids.ts';
import { temporaryFolder } from '../../config/settings-folder.ts';
import { sampleSampled, sampleTurn } from '../../contract/store-samples.ts';
import { openAt } from './rig.ts';

test('ids and floats are little-endian, so that the file can be read on any machine', () => {
  expect([...intsToBlob(Int32Array.of(1, -2))]).toEqual([1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff]);
  expect([...floatsToBlob(Float32Array.of(1))]).toEqual([0, 0, 0x80, 0x3f]);
});

test('bytes anywhere in a larger pool are read, and cut-off ones are none', () => {
  const pool = Uint8Array.of(9, 1, 0, 0, 0, 9);
  expect(blobToInts(pool.subarray(1, 5))).toEqual(Int32Array.of(1));
  expect(blobToFloats(Uint8Array.of(0, 0, 0, 0x80))).toEqual(Float32Array.of(-0));
  expect(blobToInts(pool)).toBeUndefined();
  expect(blobToFloats(pool)).toBeUndefined();
});

test('what an engine read and wrote goes with its turn', async () => {
  const { database, stores } = openAt(':memory:');
  onTestFinished(() => database.close());
  await stores.turns.open(sampleTurn('t1'));
  await stores.turns.answer(turnId('t1'), 'text', undefined, [sampleSampled('one', 1)]);
  const rows = database.statement<[], { readonly count: number }>(
    'SELECT COUNT(*) AS count FROM turn_samples',
  );
  const deleted = database.statement<[]>("DELETE FROM turns WHERE turn_id = 't1'");
  expect(database.attempt(() => rows.get())).toEqual({ count: 1 });
  database.attempt(() => deleted.run());
  expect(database.attempt(() => rows.get())).toEqual({ count: 0 });
});

test('what was stored before its age was gets the age of its turn', async () => {
  const path = join(temporaryFolder(), 'metaclaw.db');
  const steps = migrations.findIndex(({ name }) => name === 'how old that is');
  const before = openAt(path, { migrations: migrations.slice(0, steps) });
  for (const [name, startedAt] of [
    ['t1', 10],
    ['t2', 20],
  ] as const) {
    await before.stores.turns.open({ ...sampleTurn(name), startedAt });
    const put = before.database.statement<[string]>(`
      INSERT INTO turn_samples VALUES (?, 0, x'', x'', NULL, 'stop', '{}', 'h', 'b', 'v')`);
    before.database.attempt(() => put.run(name));
  }
  before.database.close();
  const { database, stores } = openAt(path);
  onTestFinished(() => database.close());
  expect(await stores.turns.forgetSampled(15, 10)).toBe(1);
  const left = database.statement<[], { readonly turn_id: string }>('SELECT turn_id FROM turn_samples');
  expect(database.attempt(() => left.all())).toEqual([{ turn_id: 't2' }]);
});
