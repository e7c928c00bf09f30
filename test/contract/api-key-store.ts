import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ApiKey, apiKeyId } from '../../core/domain/api-key.ts';
import { spaceId } from '../../core/domain/ids.ts';
import type { ApiKeyStore } from '../../core/ports/api-key-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import { sampleAt } from './store-samples.ts';

interface Stores {
  readonly apiKeys: ApiKeyStore;
}

const id = apiKeyId;

/** Without the parts that may be missing. */
export function sampleApiKey(name: string, changes: Partial<ApiKey> = {}): ApiKey {
  return {
    keyId: id(`id-${name}`),
    name,
    kind: 'agent',
    spaceId: spaceId('api', 'team'),
    upstreamKey: 'own',
    uses: ['judge', 'evolve'],
    createdAt: sampleAt + 0.5,
    ...changes,
  };
}

/** What every `ApiKeyStore` promises. */
export function apiKeyStoreContract(contract: StoreContract<Stores>): void {
  describe(`ApiKeyStore: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    const keys = (): ApiKeyStore => subject.stores.apiKeys;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    const found = async (name: string): Promise<ApiKey | undefined> =>
      (await keys().list()).find(({ key }) => key.keyId === `id-${name}`)?.key;
    const spend = (name: string, tokens: number, at = sampleAt, month = '2026-11'): Promise<void> =>
      keys().spent({ keyId: id(`id-${name}`), month, tokens, requests: 1 }, at);
    const bounds = { monthlyTokens: 2_000_000_000_000, requestsPerMinute: 60, maxConcurrent: 0 };

    test('keeps every part of a key, and its digest', async () => {
      const whole = sampleApiKey(`Ann's "bot" '); DROP TABLE api_keys; -- 👩‍🚀`, {
        ...bounds,
        kind: 'admin',
        upstreamKey: 'caller',
        uses: ['judge', 'evolve', 'train_local', 'train_hosted', 'export'],
        createdAt: sampleAt + 1,
        revokedAt: sampleAt + 2.5,
        lastUsedAt: sampleAt + 2.25,
      });
      const plain = sampleApiKey('plain', { uses: [] });
      await keys().add(whole, 'digest of one');
      await keys().add(plain, 'digest of two');
      await subject.reopen();
      expect(await keys().list()).toEqual([
        { key: plain, digest: 'digest of two' },
        { key: whole, digest: 'digest of one' },
      ]);
    });

    test('lists by the time they were made, and by the order of adding where that is one', async () => {
      for (const [name, createdAt] of [
        ['c', 20],
        ['b', 10],
        ['z', 20],
        ['a', 20],
      ] as const) {
        await keys().add(sampleApiKey(name, { createdAt }), name);
      }
      expect((await keys().list()).map(({ key }) => key.name)).toEqual(['b', 'c', 'z', 'a']);
    });

    test('refuses a name that is in use, and a digest or an id that ever was', async () => {
      await keys().add(sampleApiKey('a'), 'digest');
      const conflict = { name: 'AppError', code: 'conflict' };
      const sameName = sampleApiKey('a', { keyId: id('other') });
      await expect(keys().add(sameName, 'other')).rejects.toMatchObject(conflict);
      await expect(keys().add(sampleApiKey('b'), 'digest')).rejects.toMatchObject(conflict);
      await keys().revoke(id('id-a'), sampleAt);
      await expect(keys().add(sampleApiKey('b'), 'digest')).rejects.toMatchObject(conflict);
      await expect(keys().add(sampleApiKey('b', { keyId: id('id-a') }), 'other')).rejects.toMatchObject(
        conflict,
      );
      expect(await keys().list()).toHaveLength(1);
      await keys().add(sameName, 'other');
      await expect(keys().add(sampleApiKey('a', { keyId: id('third') }), 'third')).rejects.toMatchObject(
        conflict,
      );
      await subject.reopen();
      expect((await keys().list()).map(({ digest }) => digest)).toEqual(['digest', 'other']);
    });

    test('changes what is named, takes a bound away by null, and gives the key as it is then', async () => {
      const before = sampleApiKey('a', bounds);
      await keys().add(before, 'a');
      await keys().add(sampleApiKey('b', bounds), 'b');
      expect(await keys().change(before.keyId, {})).toEqual(before);
      const changed = await keys().change(before.keyId, {
        upstreamKey: 'caller',
        uses: ['export'],
        monthlyTokens: 7,
        requestsPerMinute: null,
      });
      const { requestsPerMinute: _, ...rest } = before;
      const expected = { ...rest, upstreamKey: 'caller', uses: ['export'], monthlyTokens: 7 };
      expect(changed).toEqual(expected);
      await subject.reopen();
      expect(await found('a')).toEqual(expected);
      expect(await found('b')).toEqual(sampleApiKey('b', bounds));
      const { monthlyTokens: __, ...none } = await keys().change(before.keyId, {
        uses: [],
        monthlyTokens: null,
        maxConcurrent: 3,
        requestsPerMinute: 0,
      });
      expect(none).toMatchObject({ uses: [], maxConcurrent: 3, requestsPerMinute: 0 });
      expect(await found('a')).toEqual(none);
    });

    test('one that is not there cannot be changed', async () => {
      await expect(keys().change(id('nobody'), { uses: [] })).rejects.toMatchObject({
        name: 'AppError',
        code: 'not_found',
      });
    });

    test.each([Number.NaN, -1, 1.5, Number.POSITIVE_INFINITY, 2 ** 53])(
      'refuses a bound that is no whole number from 0 on and changes nothing: %d',
      async (bound) => {
        const refused = { name: 'AppError', code: 'invalid_input' };
        await keys().add(sampleApiKey('a', bounds), 'a');
        for (const name of ['monthlyTokens', 'requestsPerMinute', 'maxConcurrent']) {
          const change = { [name]: bound };
          await expect(keys().add(sampleApiKey('b', change), 'b')).rejects.toMatchObject(refused);
          const both = { uses: [], ...change };
          await expect(keys().change(id('id-a'), both)).rejects.toMatchObject(refused);
        }
        expect(await keys().list()).toEqual([{ key: sampleApiKey('a', bounds), digest: 'a' }]);
      },
    );

    test('revokes once, and keeps when', async () => {
      for (const name of ['a', 'b']) await keys().add(sampleApiKey(name), name);
      expect(await keys().revoke(id('id-a'), sampleAt + 5)).toBe(true);
      await subject.reopen();
      expect(await keys().revoke(id('id-a'), sampleAt + 9)).toBe(false);
      expect(await keys().revoke(id('nobody'), sampleAt + 9)).toBe(false);
      expect(await found('a')).toEqual(sampleApiKey('a', { revokedAt: sampleAt + 5 }));
      expect(await found('b')).toEqual(sampleApiKey('b'));
    });

    test('a time that is none neither revokes a key nor uses it', async () => {
      await keys().add(sampleApiKey('a'), 'a');
      const refused = { name: 'AppError', code: 'invalid_input' };
      for (const at of [Number.NaN, Number.POSITIVE_INFINITY]) {
        await expect(keys().revoke(id('id-a'), at)).rejects.toMatchObject(refused);
        await expect(spend('a', 1, at)).rejects.toMatchObject(refused);
      }
      expect(await found('a')).toEqual(sampleApiKey('a'));
      expect(await keys().spendings('2026-11')).toEqual([]);
    });

    test('adds up what a key spends in a month, after a restart too', async () => {
      for (const name of ['a', 'b', 'idle']) await keys().add(sampleApiKey(name), name);
      await spend('b', 5);
      await spend('a', 10);
      await subject.reopen();
      await spend('a', 20);
      await spend('a', 3, sampleAt, '2026-12');
      expect(await keys().spendings('2026-11')).toEqual([
        { keyId: 'id-a', month: '2026-11', tokens: 30, requests: 2 },
        { keyId: 'id-b', month: '2026-11', tokens: 5, requests: 1 },
      ]);
      expect(await keys().spendings('2026-12')).toEqual([
        { keyId: 'id-a', month: '2026-12', tokens: 3, requests: 1 },
      ]);
      expect(await keys().spendings('2026-10')).toEqual([]);
    });

    test('what spent nothing is absent, and what spends nothing was used all the same', async () => {
      await keys().add(sampleApiKey('a'), 'a');
      await keys().spent({ keyId: id('id-a'), month: '2026-11', tokens: 0, requests: 0 }, sampleAt + 8);
      expect(await keys().spendings('2026-11')).toEqual([]);
      expect(await found('a')).toMatchObject({ lastUsedAt: sampleAt + 8 });
      await spend('a', 0);
      expect(await keys().spendings('2026-11')).toMatchObject([{ tokens: 0, requests: 1 }]);
    });

    test('when a key was used last moves on and never back', async () => {
      for (const name of ['a', 'b']) await keys().add(sampleApiKey(name), name);
      await spend('a', 1, sampleAt + 50.5);
      await spend('a', 1, sampleAt + 20);
      await subject.reopen();
      expect(await found('a')).toEqual(sampleApiKey('a', { lastUsedAt: sampleAt + 50.5 }));
      expect(await found('b')).toEqual(sampleApiKey('b'));
    });

    test('a key that is not there spends nothing; one that is revoked still finishes what it began', async () => {
      await spend('nobody', 5);
      await keys().add(sampleApiKey('a'), 'a');
      await keys().revoke(id('id-a'), sampleAt);
      await spend('a', 5);
      expect(await keys().spendings('2026-11')).toMatchObject([{ keyId: 'id-a', tokens: 5 }]);
    });

    test.each([
      { tokens: -1 },
      { tokens: 1.5 },
      { requests: Number.NaN },
      { month: '2026-13' },
      { month: '2026-1' },
      { month: 'x2026-11' },
      { month: '' },
    ])('refuses spending that is none, and those of the same moment stay: %o', async (changes) => {
      await keys().add(sampleApiKey('a'), 'a');
      const sound = { keyId: id('id-a'), month: '2026-11', tokens: 1, requests: 1 };
      const results = await Promise.allSettled([
        keys().spent({ ...sound, ...changes }, sampleAt + 9),
        keys().spent(sound, sampleAt),
      ]);
      expect(results).toMatchObject([
        { status: 'rejected', reason: { name: 'AppError', code: 'invalid_input' } },
        { status: 'fulfilled' },
      ]);
      expect(await keys().spendings('2026-11')).toEqual([sound]);
      expect(await found('a')).toMatchObject({ lastUsedAt: sampleAt });
    });

    test('whatever is spent in whatever order, months and keys add up', async () => {
      const names = ['a', 'b'] as const;
      for (const name of names) await keys().add(sampleApiKey(name), name);
      const calls = fc.array(
        fc.record({
          name: fc.constantFrom(...names),
          month: fc.constantFrom('2026-10', '2026-11'),
          tokens: fc.nat(),
          at: fc.integer({ min: 0, max: 1_000 }),
        }),
        { maxLength: 12 },
      );
      const sums = new Map<string, number>();
      const last = new Map<string, number>();
      await fc.assert(
        fc.asyncProperty(calls, async (some) => {
          await Promise.all(some.map(({ name, month, tokens, at }) => spend(name, tokens, at, month)));
          for (const { name, month, tokens, at } of some) {
            sums.set(`${name} ${month}`, (sums.get(`${name} ${month}`) ?? 0) + tokens);
            last.set(name, Math.max(last.get(name) ?? 0, at));
          }
          for (const month of ['2026-10', '2026-11']) {
            const spendings = await keys().spendings(month);
            for (const name of names) {
              const tokens = spendings.find(({ keyId }) => keyId === `id-${name}`)?.tokens;
              expect(tokens).toBe(sums.get(`${name} ${month}`));
            }
          }
          for (const name of names) expect((await found(name))?.lastUsedAt).toBe(last.get(name));
        }),
        { numRuns: 30 },
      );
    });
  });
}
