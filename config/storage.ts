import { join } from 'node:path';
import { createKeyvCache } from '../adapters/keyv/cache.ts';
import { openDatabase } from '../adapters/sqlite/database.ts';
import { openStores, type SqliteStores } from '../adapters/sqlite/stores.ts';
import { createWriteGate } from '../adapters/sqlite/write-gate.ts';
import { createWriteThread, type WriteThread } from '../adapters/sqlite/write-thread.ts';
import { acquireWriterLock, type WriterLock } from '../adapters/sqlite/writer-lock.ts';
import type { CachePort } from '../core/ports/cache.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Logger } from '../core/ports/logger.ts';

export interface Storage {
  readonly stores: SqliteStores;
  /** Writes what is known of exchanges that are over, beside the event loop. To be closed before the rest. */
  readonly exchangeWrites: WriteThread;
  readonly cache: CachePort;
  readonly lock: WriterLock;
  /** Rejects when nothing can be written now. An answer holds for a second: whoever asks cannot keep the disk busy. */
  checkWritable(): Promise<void>;
  /** Closes the file and gives the lock back. Again is fine. */
  close(): void;
}

const CHECK_EVERY_MS = 1_000;

/** The one database file of a data folder. */
export function databasePath(homeFolder: string): string {
  return join(homeFolder, 'metaclaw.db');
}

/** Takes the data folder for writing. Throws `already_running` when another process has it. */
export function openStorage(
  homeFolder: string,
  deps: { readonly clock: Clock; readonly logger: Logger; readonly processId: number },
): Storage {
  const path = databasePath(homeFolder);
  const lock = acquireWriterLock(path, { pid: deps.processId });
  try {
    const { clock, logger } = deps;
    const gate = createWriteGate();
    const database = openDatabase({ path, logger, clock, around: gate.ahead });
    const stores = openStores(database);
    let checked: { readonly atMs: number; readonly result: Promise<void> } | undefined;
    return {
      stores,
      exchangeWrites: createWriteThread({ path, gate, logger }),
      cache: createKeyvCache({ table: stores.keyTable, clock: deps.clock }),
      lock,
      checkWritable() {
        const nowMs = deps.clock.monotonicMs();
        if (checked === undefined || nowMs - checked.atMs >= CHECK_EVERY_MS) {
          checked = {
            atMs: nowMs,
            result: stores.settings.set('system', 'writable-check', deps.clock.now()),
          };
        }
        return checked.result;
      },
      close() {
        database.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
