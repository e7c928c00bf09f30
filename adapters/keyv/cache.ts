import { Keyv } from 'keyv';
import { AppError, toAppError } from '../../core/domain/app-error.ts';
import type { CachePort } from '../../core/ports/cache.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { KeyTable } from '../../core/ports/key-table.ts';
import { KeyvTableStorage } from './storage.ts';

export interface KeyvCacheOptions {
  readonly table: KeyTable;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
  /** Keeps this cache's keys apart from others of the same table. Default `cache`. */
  readonly namespace?: string;
  /** Expired rows of the table are removed by a `set`, at most this often, milliseconds. Default 60,000. */
  readonly pruneEveryMs?: number;
}

/**
 * `CachePort` by Keyv. Its time to live runs by the given clock, not by the machine's. Keyv gets no `error` listener:
 * with one, a broken store would look like a miss.
 */
export function createKeyvCache(options: KeyvCacheOptions): CachePort {
  const { table, clock, namespace = 'cache', pruneEveryMs = 60_000 } = options;
  const keyv = new Keyv<unknown>({
    store: new KeyvTableStorage(table, () => clock.now()),
    namespace,
    // The table has judged expiry already; Keyv itself would ask the machine's clock.
    checkExpired: false,
  });
  let prunedAtMs = clock.monotonicMs();

  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      throw toAppError(thrown, 'storage_failed');
    }
  }

  async function pruneNowAndThen(): Promise<void> {
    const nowMs = clock.monotonicMs();
    if (nowMs - prunedAtMs < pruneEveryMs) return;
    prunedAtMs = nowMs;
    await table.prune(clock.now());
  }

  return {
    get: (key) => guarded(() => keyv.get(key)),
    set: (key, value, ttlMs) =>
      guarded(async () => {
        if (key === '' || value === undefined || !(ttlMs >= 1 && Number.isFinite(ttlMs))) {
          throw new AppError(
            'invalid_input',
            'A cached value needs a key, a JSON value and a time to live of at least 1 ms.',
          );
        }
        // Raw, as it takes the instant of expiry; `set` would reckon it from the machine's clock.
        await keyv.setRaw(key, { value, expires: clock.now() + ttlMs });
        await pruneNowAndThen();
      }),
    take: (key) =>
      guarded(async () => {
        const text = await table.take(namespace, key, clock.now());
        const stored = await keyv.decode<unknown>(text);
        return stored?.value;
      }),
    delete: (key) => guarded(() => keyv.delete(key)),
  };
}
