import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Lease, LeaseStore } from '../../core/ports/lease-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import { sampleAt } from './store-samples.ts';

interface Stores {
  readonly leases: LeaseStore;
}

const ttlMs = 30_000;
const hourMs = 60 * 60_000;
const holders = ['a', 'b', 'c'] as const;

const step = fc.record({
  do: fc.constantFrom('take' as const, 'take' as const, 'renew' as const, 'release' as const),
  by: fc.constantFrom(...holders),
  passesMs: fc.constantFrom(0, 1, ttlMs / 3, ttlMs - 1, ttlMs),
});

/** What one name should come to; times from `sampleAt`. */
function createExpected() {
  let current: { readonly holder: string; readonly token: number; readonly until: number } | undefined;
  let greatest = 0;
  return {
    take(holder: string, at: number): number | undefined {
      const isOwn = current?.holder === holder;
      if (current !== undefined && !isOwn && current.until > at) return undefined;
      if (!isOwn) greatest += 1;
      current = { holder, token: greatest, until: at + ttlMs };
      return greatest;
    },
    renew(token: number, at: number): boolean {
      if (current?.token !== token) return false;
      current = { ...current, until: at + ttlMs };
      return true;
    },
    release(token: number): void {
      if (current?.token === token) current = undefined;
    },
  };
}

/** What every `LeaseStore` promises. */
export function leaseStoreContract(contract: StoreContract<Stores>): void {
  describe(`LeaseStore: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    const take = (holder: string, at = 0, name = 'schedule'): Promise<Lease | undefined> =>
      subject.stores.leases.take(name, holder, sampleAt + at, ttlMs);
    const renew = (lease: Lease, at: number): Promise<boolean> =>
      subject.stores.leases.renew(lease, sampleAt + at, ttlMs);
    const release = (lease: Lease): Promise<void> => subject.stores.leases.release(lease);
    const lease = (token: number, name = 'schedule'): Lease => ({ name, token });

    test('is held by one until it has run out, each name for itself', async () => {
      expect(await take('a')).toEqual(lease(1));
      await subject.reopen();
      expect(await take('b', ttlMs - 1)).toBeUndefined();
      expect(await take('b', 0, 'other')).toEqual(lease(1, 'other'));
      expect(await take('b', ttlMs)).toEqual(lease(2));
      expect(await take('a', ttlMs)).toBeUndefined();
    });

    test('whoever holds it takes it again with the same token, also after it has run out', async () => {
      await take('a');
      expect(await take('a', 10)).toEqual(lease(1));
      expect(await take('b', ttlMs + 9)).toBeUndefined();
      expect(await take('a', 9 * ttlMs)).toEqual(lease(1));
    });

    test('is prolonged by its token, also after it has run out, until somebody else has taken it', async () => {
      await take('a');
      expect(await renew(lease(1), 10)).toBe(true);
      expect(await take('b', ttlMs + 9)).toBeUndefined();
      expect(await renew(lease(1), 2 * ttlMs)).toBe(true);
      expect(await take('b', 3 * ttlMs)).toEqual(lease(2));
      await subject.reopen();
      expect(await renew(lease(1), 3 * ttlMs)).toBe(false);
      expect(await take('c', 4 * ttlMs - 1)).toBeUndefined();
      expect(await renew(lease(2, 'unknown'), 0)).toBe(false);
    });

    test('given back it is free at once, with a greater token also for who had it', async () => {
      await take('a');
      await release(lease(1));
      expect(await renew(lease(1), 1)).toBe(false);
      await subject.reopen();
      expect(await take('a', 1)).toEqual(lease(2));
      await release(lease(2));
      expect(await take('b', 1)).toEqual(lease(3));
    });

    test('whoever has lost it gives nothing back', async () => {
      await take('a');
      await take('b', ttlMs);
      await release(lease(1));
      await release(lease(7, 'unknown'));
      expect(await take('a', ttlMs + 1)).toBeUndefined();
      expect(await renew(lease(2), ttlMs + 1)).toBe(true);
    });

    test('a clock that was set back prolongs all the same', async () => {
      await take('a', 9 * ttlMs);
      expect(await renew(lease(1), 0)).toBe(true);
      expect(await take('b', ttlMs)).toEqual(lease(2));
    });

    test('taken by a clock far ahead it is held while it is prolonged, and then for as long as it lasts', async () => {
      const aheadMs = 20 * hourMs;
      await take('a', aheadMs);
      for (let at = 0; at < 10 * ttlMs; at += ttlMs / 3) {
        expect(await renew(lease(1), aheadMs + at)).toBe(true);
        expect(await take('b', at)).toBeUndefined();
      }
      await renew(lease(1), aheadMs + 10 * ttlMs);
      expect(await take('b', 10 * ttlMs)).toBeUndefined();
      expect(await take('b', 11 * ttlMs - 1)).toBeUndefined();
      expect(await take('b', 11 * ttlMs)).toEqual(lease(2));
      expect(await renew(lease(1), aheadMs + 11 * ttlMs)).toBe(false);
      expect(await take('c', 11 * ttlMs)).toBeUndefined();
    });

    test('how long that is goes by the time that it was taken or prolonged for, not by who asks', async () => {
      const { leases } = subject.stores;
      await leases.take('schedule', 'a', sampleAt + 20 * hourMs, hourMs);
      expect(await take('b', 0)).toBeUndefined();
      expect(await take('b', hourMs - 1)).toBeUndefined();
      await renew(lease(1), 20 * hourMs);
      expect(await take('b', hourMs)).toBeUndefined();
      expect(await take('b', hourMs + ttlMs)).toEqual(lease(2));
    });

    test('somebody else who takes it meanwhile has it for as long, though it ends at the same time', async () => {
      await take('a', 20 * hourMs);
      expect(await take('b', 0)).toBeUndefined();
      await release(lease(1));
      expect(await take('c', 20 * hourMs)).toEqual(lease(2));
      expect(await take('b', ttlMs)).toBeUndefined();
      expect(await take('b', 2 * ttlMs - 1)).toBeUndefined();
      expect(await take('b', 2 * ttlMs)).toEqual(lease(3));
    });

    test('a clock that was set back waits anew', async () => {
      await take('a', 20 * hourMs);
      expect(await take('b', hourMs)).toBeUndefined();
      expect(await take('b', 0)).toBeUndefined();
      expect(await take('b', ttlMs - 1)).toBeUndefined();
      expect(await take('b', ttlMs)).toEqual(lease(2));
    });

    test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a time of %d', async (ms) => {
      const { leases } = subject.stores;
      const refused = { name: 'AppError', code: 'invalid_input' };
      await expect(leases.take('schedule', 'b', sampleAt, ms)).rejects.toMatchObject(refused);
      expect(await take('a')).toEqual(lease(1));
      await expect(leases.renew(lease(1), sampleAt, ms)).rejects.toMatchObject(refused);
      await expect(leases.take('schedule', 'b', Number.NaN, ttlMs)).rejects.toMatchObject(refused);
      expect(await take('b', ttlMs - 1)).toBeUndefined();
    });

    test('two never hold it at once, and tokens only grow', async () => {
      let round = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
          round += 1;
          const name = `round ${round}`;
          const expected = createExpected();
          const got = new Map<string, Lease>();
          let at = 0;
          const doOne = {
            async take(by: string): Promise<void> {
              const taken = await take(by, at, name);
              expect(taken?.token).toBe(expected.take(by, at));
              if (taken !== undefined) got.set(by, taken);
            },
            async renew(by: string): Promise<void> {
              const own = got.get(by);
              if (own !== undefined) expect(await renew(own, at)).toBe(expected.renew(own.token, at));
            },
            async release(by: string): Promise<void> {
              const own = got.get(by);
              if (own === undefined) return;
              await release(own);
              expected.release(own.token);
            },
          };
          for (const { do: what, by, passesMs } of steps) {
            at += passesMs;
            await doOne[what](by);
          }
        }),
        { numRuns: 50 },
      );
    });
  });
}
