import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenOptions, openDatabase, type SqliteDatabase } from '../../../adapters/sqlite/database.ts';
import { openStores, type SqliteStores } from '../../../adapters/sqlite/stores.ts';
import type { StoresUnderTest } from '../../contract/store-contract.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';

export interface Folder {
  readonly path: string;
  file(name: string): string;
  remove(): void;
}

export function makeFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'metaclaw-sqlite-'));
  return {
    path,
    file: (name) => join(path, name),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

export interface OpenStores {
  readonly database: SqliteDatabase;
  readonly stores: SqliteStores;
  readonly logger: MemoryLogger;
}

export function openAt(path: string, options: Partial<OpenOptions> = {}): OpenStores {
  const logger = createMemoryLogger();
  const database = openDatabase({ path, logger, ...options });
  return { database, stores: openStores(database), logger };
}

/** Stores in memory, whose data ends with them: `reopen` does nothing. */
export async function storesInMemory(): Promise<StoresUnderTest<SqliteStores>> {
  const { database, stores } = openAt(':memory:');
  return { stores, reopen: async () => {}, close: async () => database.close() };
}

/** Stores in a file of their own. Every `reopen` also checks that the file is sound. */
export async function storesOnDisk(): Promise<StoresUnderTest<SqliteStores>> {
  const folder = makeFolder();
  const path = folder.file('state.db');
  let open = openAt(path);
  const closeSound = (): void => {
    const faults = open.database.integrityFaults();
    open.database.close();
    if (faults.length > 0) throw new Error(`the file is damaged: ${faults.join('; ')}`);
  };
  return {
    get stores() {
      return open.stores;
    },
    reopen: async () => {
      closeSound();
      open = openAt(path);
    },
    close: async () => {
      closeSound();
      folder.remove();
    },
  };
}
