import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { VectorStore } from '../../core/ports/vector-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';

interface Stores {
  readonly vectors: VectorStore;
}

/** What every `VectorStore` promises. */
export function vectorStoreContract(contract: StoreContract<Stores>): void {
  describe(`VectorStore: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    const vectors = (): VectorStore => subject.stores.vectors;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    const vector = (...numbers: readonly number[]): Float32Array => Float32Array.from(numbers);
    const entries = (...keys: readonly string[]): { key: string; vector: Float32Array }[] =>
      keys.map((key, at) => ({ key, vector: vector(at, 1) }));

    test('gives back what was put, number for number, also after a restart', async () => {
      const long = Float32Array.from({ length: 1536 }, (_, at) => Math.sin(at) / 7);
      const awkward = vector(1.401298464324817e-45, -0, 0.1, -3.4028234663852886e38, 1);
      await vectors().put('m', [
        { key: 'long', vector: long },
        { key: 'awkward', vector: awkward },
      ]);
      await subject.reopen();
      const found = await vectors().get('m', ['awkward', 'long', 'absent', 'long']);
      expect([...found.keys()].sort()).toEqual(['awkward', 'long']);
      expect(found.get('long')).toEqual(long);
      expect(found.get('awkward')).toEqual(awkward);
    });

    test('a vector that is a part of a larger array is stored alone', async () => {
      const whole = vector(9, 1, 2, 9);
      await vectors().put('m', [{ key: 'a', vector: whole.subarray(1, 3) }]);
      expect((await vectors().get('m', ['a'])).get('a')).toEqual(vector(1, 2));
    });

    test('what is given out or was put may be changed by whoever has it', async () => {
      const mine = vector(1, 2);
      await vectors().put('m', [{ key: 'a', vector: mine }]);
      mine.fill(7);
      (await vectors().get('m', ['a'])).get('a')?.fill(8);
      expect((await vectors().get('m', ['a'])).get('a')).toEqual(vector(1, 2));
    });

    test('the last vector of a key stands', async () => {
      await vectors().put('m', [{ key: 'a', vector: vector(1) }]);
      await vectors().put('m', [{ key: 'a', vector: vector(2, 3) }]);
      expect((await vectors().get('m', ['a'])).get('a')).toEqual(vector(2, 3));
    });

    test('models do not see each other’s vectors', async () => {
      await vectors().put('m', [{ key: 'a', vector: vector(1) }]);
      await vectors().put('n', [{ key: 'a', vector: vector(2) }]);
      expect((await vectors().get('m', ['a'])).get('a')).toEqual(vector(1));
      expect((await vectors().get('n', ['a'])).get('a')).toEqual(vector(2));
      expect(await vectors().missing('o', ['a'])).toEqual(['a']);
      expect(await vectors().get('o', ['a'])).toEqual(new Map());
    });

    test('missing: what is not there, in order and once', async () => {
      await vectors().put('m', entries('a', 'c'));
      expect(await vectors().missing('m', ['d', 'a', 'b', 'd', 'c', 'it\'s "b"'])).toEqual([
        'd',
        'b',
        'it\'s "b"',
      ]);
      expect(await vectors().missing('m', [])).toEqual([]);
      expect(await vectors().get('m', [])).toEqual(new Map());
    });

    test('prune keeps what is named, of this model alone', async () => {
      await vectors().put('m', entries('a', 'b', 'c'));
      await vectors().put('n', entries('a', 'b'));
      expect(await vectors().prune('m', new Set(['b', 'never']))).toBe(2);
      await subject.reopen();
      expect(await vectors().missing('m', ['a', 'b', 'c'])).toEqual(['a', 'c']);
      expect(await vectors().missing('n', ['a', 'b'])).toEqual([]);
      expect(await vectors().prune('n', new Set())).toBe(2);
      expect(await vectors().prune('n', new Set())).toBe(0);
    });

    test('many at once', async () => {
      const keys = Array.from({ length: 2_000 }, (_, at) => `key${at}`);
      await vectors().put('m', entries(...keys));
      const found = await vectors().get('m', keys);
      expect(found.size).toBe(2_000);
      expect(found.get('key1999')).toEqual(vector(1999, 1));
      expect(await vectors().missing('m', [...keys, 'key2000'])).toEqual(['key2000']);
    });
  });
}
