import { Keyv } from 'keyv';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createKeyvCache } from '../../../adapters/keyv/cache.ts';
import { KeyvTableStorage } from '../../../adapters/keyv/storage.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import type { KeyTable } from '../../../core/ports/key-table.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';
import { type OpenStores, openAt } from '../sqlite/rig.ts';

describe('Keyv over a key table', () => {
  let clock: FakeClock;
  let open: OpenStores;
  let table: KeyTable;
  beforeEach(() => {
    clock = createFakeClock();
    open = openAt(':memory:');
    table = open.stores.keyTable;
  });
  afterEach(() => open.database.close());

  const storage = (): KeyvTableStorage => new KeyvTableStorage(table, () => clock.now());
  const keyvOf = (namespace?: string): Keyv<unknown> =>
    new Keyv<unknown>({
      store: storage(),
      checkExpired: false,
      ...(namespace === undefined ? {} : { namespace }),
    });
  const collect = async (keyv: Keyv<unknown>): Promise<unknown[]> => {
    const found: unknown[] = [];
    for await (const pair of keyv.iterator()) found.push(pair);
    return found;
  };

  test('is taken as it is, without a bridge, and speaks absolute expiry', () => {
    const store = storage();
    expect(new Keyv({ store }).store).toBe(store);
    expect(store.capabilities).toMatchObject({ compatible: true, store: 'keyvStorage', expires: true });
  });

  test('set, get, has, delete', async () => {
    const keyv = keyvOf('a');
    expect(await keyv.set('k', { n: [1, null] })).toBe(true);
    expect(await keyv.get('k')).toEqual({ n: [1, null] });
    expect(await keyv.has('k')).toBe(true);
    expect(await keyv.set('k', 'other')).toBe(true);
    expect(await keyv.get('k')).toBe('other');
    expect(await keyv.delete('k')).toBe(true);
    expect(await keyv.delete('k')).toBe(false);
    expect(await keyv.has('k')).toBe(false);
    expect(await keyv.get('k')).toBeUndefined();
  });

  test('a deadline in the future holds until it is there; none holds for ever', async () => {
    const keyv = keyvOf('a');
    await keyv.setRaw('soon', { value: 1, expires: clock.now() + 100 });
    await keyv.set('ever', 2);
    clock.jump(99);
    expect(await keyv.get(['soon', 'ever'])).toEqual([1, 2]);
    clock.jump(1);
    expect(await keyv.get(['soon', 'ever'])).toEqual([undefined, 2]);
    expect(await keyv.hasMany(['soon', 'ever'])).toEqual([false, true]);
    clock.jump(1e12);
    expect(await keyv.get('ever')).toBe(2);
  });

  test('a deadline already past is accepted and does not survive', async () => {
    const store = storage();
    expect(await store.set('k', 'old', clock.now() - 1)).toBe(true);
    expect(await store.get('k')).toBeUndefined();
    expect(await store.has('k')).toBe(false);
    expect(await store.set('k', 'old', clock.now())).toBe(true);
    expect(await store.get('k')).toBeUndefined();
    expect(await store.delete('k')).toBe(false);
  });

  test('a past deadline takes the place of a value that held', async () => {
    const store = storage();
    await store.set('k', 'holds');
    await store.set('k', 'gone', clock.now() - 1);
    expect(await store.get('k')).toBeUndefined();
  });

  test('many at once, in the order asked', async () => {
    const keyv = keyvOf('a');
    const entries = ['x', 'y', 'z'].map((key) => ({ key, value: `value ${key}` }));
    expect(await keyv.setMany(entries)).toEqual([true, true, true]);
    expect(await keyv.get(['z', 'none', 'x'])).toEqual(['value z', undefined, 'value x']);
    expect(await keyv.hasMany(['none', 'y'])).toEqual([false, true]);
    expect(await keyv.deleteMany(['y', 'none', 'x'])).toEqual([true, false, true]);
    expect(await keyv.get(['x', 'y', 'z'])).toEqual([undefined, undefined, 'value z']);
    expect(await keyv.setMany([])).toEqual([]);
  });

  test('namespaces do not see or clear each other, and no namespace is one of its own', async () => {
    const [a, b, none] = [keyvOf('a'), keyvOf('a:b'), keyvOf()];
    for (const [keyv, value] of [
      [a, 'a'],
      [b, 'a:b'],
      [none, 'none'],
    ] as const)
      await keyv.set('k', value);
    expect(await a.get('k')).toBe('a');
    expect(await b.get('k')).toBe('a:b');
    expect(await none.get('k')).toBe('none');
    await a.clear();
    expect(await a.get('k')).toBeUndefined();
    expect(await b.get('k')).toBe('a:b');
    await none.clear();
    expect(await none.get('k')).toBeUndefined();
    expect(await b.get('k')).toBe('a:b');
  });

  test('iterates what is alive in its namespace, over any number of pages', async () => {
    const keyv = keyvOf('a');
    const keys = Array.from({ length: 450 }, (_, index) => `key ${String(index).padStart(3, '0')}`);
    await keyv.setMany(keys.map((key) => ({ key, value: key })));
    await keyv.setRaw('gone', { value: 1, expires: clock.now() - 1 });
    await keyvOf('b').set('other', 1);
    expect(await collect(keyv)).toEqual(keys.map((key) => [key, key]));
    expect(await collect(keyvOf('empty'))).toEqual([]);
  });

  test('values that are not serialised are refused', async () => {
    await expect(storage().set('k', { value: 1 })).rejects.toMatchObject({ code: 'internal' });
  });

  test('a broken table rejects and never looks like a miss', async () => {
    const broken = async (): Promise<never> => {
      throw new AppError('storage_busy', 'Busy.', { retryable: true });
    };
    const cache = createKeyvCache({
      clock,
      table: {
        get: broken,
        set: broken,
        take: broken,
        delete: broken,
        clear: broken,
        page: broken,
        prune: broken,
      },
    });
    const busy = { name: 'AppError', code: 'storage_busy', retryable: true };
    await expect(cache.get('k')).rejects.toMatchObject(busy);
    await expect(cache.set('k', 1, 1_000)).rejects.toMatchObject(busy);
    await expect(cache.take('k')).rejects.toMatchObject(busy);
    await expect(cache.delete('k')).rejects.toMatchObject(busy);
  });

  test('expired rows are removed, now and then', async () => {
    const cache = createKeyvCache({ table, clock, pruneEveryMs: 60_000 });
    const rows = (): number | undefined =>
      open.database.attempt(
        () =>
          open.database.statement<[], { total: number }>('SELECT COUNT(*) AS total FROM key_values').get()
            ?.total,
      );
    await cache.set('short', 1, 1_000);
    await cache.set('long', 1, 1_000_000);
    await clock.advance(59_999);
    await cache.set('a', 1, 1_000_000);
    expect(rows()).toBe(3);
    await clock.advance(1);
    await cache.set('b', 1, 1_000_000);
    expect(rows()).toBe(3);
    expect(await cache.get('long')).toBe(1);
  });
});
