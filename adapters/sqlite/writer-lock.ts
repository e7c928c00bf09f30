import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { AppError } from '../../core/domain/app-error.ts';
import { toStorageError } from './errors.ts';
import { ensurePrivateFile } from './private-file.ts';
import { isWriterHolder, parseColumn } from './wire.ts';

/** Who may write to a database now, for people and for commands that want to talk to it. */
export interface WriterHolder {
  readonly pid: number;
  /** Where its listener answers: `http://127.0.0.1:8787`. */
  readonly address?: string;
}

/** Held for the life of a process, and given back by the system when it is killed: there is no stale lock to remove. */
export interface WriterLock {
  /** Says more about the holder, once the address is known. */
  announce(holder: WriterHolder): void;
  /** Again is fine. */
  release(): void;
}

const lockPath = (databasePath: string): string => `${databasePath}.lock`;
const holderPath = (databasePath: string): string => `${databasePath}.holder.json`;

/** What the last holder wrote about itself. It may be dead: only taking the lock tells. */
export function readWriterHolder(databasePath: string): WriterHolder | undefined {
  try {
    return parseColumn(readFileSync(holderPath(databasePath), 'utf8'), isWriterHolder);
  } catch {
    return undefined;
  }
}

function alreadyRunning(databasePath: string, cause: unknown): AppError {
  const holder = readWriterHolder(databasePath);
  const who =
    holder === undefined ? '' : ` (process ${holder.pid}${holder.address ? `, ${holder.address}` : ''})`;
  return new AppError(
    'already_running',
    `A bot is already running on ${databasePath}${who}. Stop it first, or set METACLAW_HOME to another folder.`,
    {
      cause,
      details: { pid: holder?.pid ?? null, address: holder?.address ?? null },
    },
  );
}

/** An exclusive lock of SQLite's own on an otherwise empty file: the system drops it with the process. */
function lockFile(path: string): Database.Database {
  ensurePrivateFile(path);
  const handle = new Database(path, { timeout: 0 });
  try {
    // No rollback journal appears beside it.
    handle.pragma('journal_mode = MEMORY');
    handle.exec('BEGIN EXCLUSIVE');
    return handle;
  } catch (thrown) {
    handle.close();
    throw thrown;
  }
}

/**
 * Takes the right to write to a database, for one process at a time. Throws `already_running` with the holder's pid and
 * address in `details` where they are known, and storage errors.
 */
export function acquireWriterLock(databasePath: string, holder: WriterHolder): WriterLock {
  let handle: Database.Database;
  try {
    handle = lockFile(lockPath(databasePath));
  } catch (thrown) {
    const error = toStorageError(thrown, lockPath(databasePath));
    throw error.code === 'storage_busy' ? alreadyRunning(databasePath, thrown) : error;
  }

  function announce(known: WriterHolder): void {
    const path = holderPath(databasePath);
    try {
      // Renamed into place, so that nobody reads half of it.
      writeFileSync(`${path}.new`, `${JSON.stringify(known)}\n`, { mode: 0o600 });
      renameSync(`${path}.new`, path);
    } catch (thrown) {
      throw toStorageError(thrown, path);
    }
  }

  try {
    announce(holder);
  } catch (thrown) {
    handle.close();
    throw thrown;
  }

  return {
    announce,
    release: () => {
      if (!handle.open) return;
      rmSync(holderPath(databasePath), { force: true });
      handle.close();
    },
  };
}
