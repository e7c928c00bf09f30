import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CachePort } from '../../core/ports/cache.ts';
import { createFakeClock, type FakeClock } from '../fakes/system/fake-clock.ts';
import type { StoresUnderTest } from './store-contract.ts';

interface Stores {
  readonly cache: CachePort;
}

export interface CacheContract {
  readonly name: string;
  /** Expiry goes by this clock. */
  create(clock: FakeClock): Promise<StoresUnderTest<Stores>>;
}

/** What every `CachePort` promises. */
export function cacheContract(contract: CacheContract): void {
  describe(`CachePort: ${contract.name}`, () => {
    let clock: FakeClock;
    let subject: StoresUnderTest<Stores>;
    const cache = (): CachePort => subject.stores.cache;
    beforeEach(async () => {
      clock = createFakeClock();
      subject = await contract.create(clock);
    });
    afterEach(() => subject.close());

    test.each([
      ['text', ':colon "quoted" 👍'],
      ['number', 0],
      ['false', false],
      ['null', null],
      ['object', { a: [1, { b: null }] }],
    ])('keeps JSON: %s', async (_, value) => {
      await cache().set('key', value, 1_000);
      await subject.reopen();
      expect(await cache().get('key')).toEqual(value);
      expect(await cache().take('key')).toEqual(value);
    });

    test('what is not there is undefined', async () => {
      expect(await cache().get('key')).toBeUndefined();
      expect(await cache().take('key')).toBeUndefined();
      expect(await cache().delete('key')).toBe(false);
    });

    test('expires by the clock, to the millisecond, and outlives a restart until then', async () => {
      await cache().set('key', 'value', 1_000);
      clock.jump(999);
      await subject.reopen();
      expect(await cache().get('key')).toBe('value');
      clock.jump(1);
      expect(await cache().get('key')).toBeUndefined();
      expect(await cache().take('key')).toBeUndefined();
      expect(await cache().delete('key')).toBe(false);
    });

    test('setting again replaces value and time', async () => {
      await cache().set('key', 'old', 10);
      await cache().set('key', 'new', 1_000);
      clock.jump(500);
      expect(await cache().get('key')).toBe('new');
    });

    test('exactly one of several takers gets the value', async () => {
      await cache().set('code', { issuedAt: 1 }, 1_000);
      const taken = await Promise.all(Array.from({ length: 8 }, () => cache().take('code')));
      expect(taken.filter((value) => value !== undefined)).toEqual([{ issuedAt: 1 }]);
      await subject.reopen();
      expect(await cache().get('code')).toBeUndefined();
    });

    test('delete tells whether there was something', async () => {
      await cache().set('key', 1, 1_000);
      expect(await cache().delete('key')).toBe(true);
      expect(await cache().delete('key')).toBe(false);
      expect(await cache().get('key')).toBeUndefined();
    });

    test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
      'refuses a time to live of %s',
      async (ttlMs) => {
        await expect(cache().set('key', 1, ttlMs)).rejects.toMatchObject({
          name: 'AppError',
          code: 'invalid_input',
        });
        expect(await cache().get('key')).toBeUndefined();
      },
    );

    test('keys are literal', async () => {
      const keys = ['a', 'A', 'a:b', 'cache:a', '%', "'; DROP TABLE x; --", '👍', ' '];
      for (const key of keys) await cache().set(key, `value of ${key}`, 1_000);
      for (const key of keys) expect(await cache().get(key)).toBe(`value of ${key}`);
      expect(await cache().delete('%')).toBe(true);
      expect(await cache().get('a')).toBe('value of a');
    });
  });
}
