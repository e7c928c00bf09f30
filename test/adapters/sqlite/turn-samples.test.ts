import { expect, onTestFinished, test } from 'vitest';
import { blobToFloats, blobToInts, floatsToBlob, intsToBlob } from '../../../adapters/sqlite/number-blob.ts';
import { turnId } from '../../../core/domain/ids.ts';
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
