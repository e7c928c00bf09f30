import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { AppError } from '../../core/domain/app-error.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { createCheckpoints } from './checkpoints.ts';
import { isRowFault, toStorageError } from './errors.ts';
import { createGroupCommit } from './group-commit.ts';
import { type Migration, migrate, migrations, schemaVersion } from './migrations.ts';
import { ensurePrivateFile } from './private-file.ts';

export interface OpenOptions {
  /** The file, or `:memory:`. Its folder is made when it is missing, readable by this user only. */
  readonly path: string;
  readonly logger: Logger;
  /** Opens an existing database for reading beside a running bot. Default false. */
  readonly readOnly?: boolean;
  /** How long a write waits for another program's lock, which blocks this process, milliseconds. Default 100. */
  readonly busyTimeoutMs?: number;
  /** Moves the log into the file a few seconds after writes. Absent: a write does so when the log has grown. */
  readonly clock?: Pick<Clock, 'after'>;
  /** Runs the flush of a group commit soon. Default `setImmediate`. */
  readonly schedule?: (flush: () => void) => void;
  /** A further connection of a process that has one: it changes no schema, and leaves the log to the other. Default false. */
  readonly isSecond?: boolean;
  /** Around each commit of several statements. Default: nothing. */
  readonly around?: <T>(write: () => T) => T;
  /** The schema's steps; only tests give others. */
  readonly migrations?: readonly Migration[];
}

/** A statement that is prepared at its first use and kept. */
export interface Statement<Params extends readonly unknown[], Row> {
  /** How many rows were changed. */
  run(...params: Params): number;
  /** The row id of the row that was inserted. */
  insert(...params: Params): number;
  get(...params: Params): Row | undefined;
  all(...params: Params): readonly Row[];
}

/** One open database file. Everything but the two group commits is synchronous; only `AppError`s leave its methods. */
export interface SqliteDatabase {
  readonly path: string;
  readonly readOnly: boolean;
  readonly logger: Logger;
  /** `Row` is trusted: name the columns that the text selects. Run it inside one of the five below. */
  statement<Params extends readonly unknown[], Row = never>(sql: string): Statement<Params, Row>;
  /** Reads, or writes by one statement. */
  attempt<T>(work: () => T): T;
  /** Several reads of one moment. */
  snapshot<T>(work: () => T): T;
  /** Several statements in one commit: all or nothing. */
  transact<T>(work: () => T): T;
  /** A write by one statement that shares its commit with the others of the same turn of the event loop. */
  group<T>(job: () => T): Promise<T>;
  /** The same for several statements: all of this job or nothing of it, whatever its neighbours do. */
  groupTransact<T>(job: () => T): Promise<T>;
  /** Moves what is written into the file, as far as nobody reads the log. Logs where it cannot. */
  checkpoint(): void;
  /** What is wrong with the file, one sentence a fault; empty when it is sound. Reads the whole file. */
  integrityFaults(): readonly string[];
  /** Commits what waits, moves the write-ahead log into the file and closes. Again is fine. */
  close(): void;
}

/** Opening waits up to 5 s for a lock, in short turns: two processes that set up a new file at once can also refuse each other without waiting. */
const OPEN_TIMEOUT_MS = 100;
const OPEN_ATTEMPTS = 50;
/**
 * A commit moves the log into the file when it has so many pages (32 MB). SQLite's 1,000 would be every twentieth
 * answer, which then waits for a dozen milliseconds; rarer moves also write pages that change often only once.
 */
const LOG_PAGES = 8_000;
/** The log's file shrinks to this after a burst, bytes. */
const LOG_LIMIT = 64 * 1024 * 1024;

function prepareFile(path: string, readOnly: boolean): void {
  if (path === ':memory:') return;
  if (readOnly) {
    if (existsSync(path)) return;
    throw new AppError('not_found', `There is no database at ${path} yet. Run \`metaclaw start\` first.`);
  }
  // It holds people's words; the log beside it takes over these rights.
  ensurePrivateFile(path);
}

function setUp(handle: Database.Database, options: OpenOptions): void {
  const steps = options.migrations ?? migrations;
  if (options.readOnly === true) {
    const version = schemaVersion(handle, steps);
    if (version === steps.length) return;
    throw new AppError(
      'config_invalid',
      `The database ${handle.name} was written by an older version of this program. Run \`metaclaw start\` once to bring it up to date.`,
    );
  }
  const found = schemaVersion(handle, steps);
  if (options.isSecond === true && found !== steps.length) {
    throw new AppError(
      'storage_failed',
      `The program was changed while it ran, and its new version needs another database than ${handle.name} is now. Start the bot again.`,
    );
  }
  handle.pragma('journal_mode = WAL');
  handle.pragma('synchronous = FULL');
  handle.pragma('foreign_keys = ON');
  handle.pragma('temp_store = MEMORY');
  // What is done with is gone: a line that was typed may hold a secret. Only where no further page has to be written for it.
  handle.pragma('secure_delete = FAST');
  handle.pragma(`wal_autocheckpoint = ${LOG_PAGES}`);
  handle.pragma(`journal_size_limit = ${LOG_LIMIT}`);
  const taken = migrate(handle, steps);
  if (taken > 0) options.logger.info('storage_migrated', { steps: taken, version: steps.length });
}

function openHandle(options: OpenOptions): Database.Database {
  const readOnly = options.readOnly === true;
  prepareFile(options.path, readOnly);
  for (let attempt = 1; ; attempt += 1) {
    const handle = new Database(options.path, { readonly: readOnly, timeout: OPEN_TIMEOUT_MS });
    try {
      setUp(handle, options);
      handle.pragma(`busy_timeout = ${options.busyTimeoutMs ?? 100}`);
      return handle;
    } catch (thrown) {
      handle.close();
      const isBusy = toStorageError(thrown, options.path).code === 'storage_busy';
      if (!isBusy || attempt === OPEN_ATTEMPTS) throw thrown;
    }
  }
}

function prepareOnce<Params extends readonly unknown[], Row>(
  handle: Database.Database,
  sql: string,
): Statement<Params, Row> {
  let prepared: Database.Statement<unknown[], Row> | undefined;
  const statement = (): Database.Statement<unknown[], Row> => {
    prepared ??= handle.prepare<unknown[], Row>(sql);
    return prepared;
  };
  return {
    run: (...params) => statement().run(...params).changes,
    insert: (...params) => Number(statement().run(...params).lastInsertRowid),
    get: (...params) => statement().get(...params),
    all: (...params) => statement().all(...params),
  };
}

function integrityFaults(handle: Database.Database): readonly string[] {
  const rows = handle.prepare<[], { integrity_check: string }>('PRAGMA integrity_check').all();
  return rows.map((row) => row.integrity_check).filter((line) => line !== 'ok');
}

/**
 * Opens the database, made and migrated where needed. Throws `config_invalid` for a newer schema or another program's
 * file, `not_found` for reading one that is not there, and storage errors. Does not keep other writers out: see
 * `acquireWriterLock`.
 */
export function openDatabase(options: OpenOptions): SqliteDatabase {
  const { path, logger } = options;
  const readOnly = options.readOnly === true;

  function guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (thrown) {
      throw toStorageError(thrown, path);
    }
  }

  const handle = guarded(() => openHandle(options));

  const checkpoints =
    options.clock === undefined || readOnly
      ? undefined
      : createCheckpoints(options.clock, () => checkpoint('PASSIVE'));

  function checkpoint(mode: 'PASSIVE' | 'TRUNCATE'): void {
    try {
      handle.pragma(`wal_checkpoint(${mode})`);
    } catch (error) {
      // The log stays beside the file and is read at the next start: nothing is lost.
      logger.warn('storage_checkpoint_failed', { error: toStorageError(error, path) });
    }
  }

  function attempt<T>(work: () => T): T {
    if (!handle.open) throw new AppError('storage_failed', `The database ${path} is closed.`);
    checkpoints?.used();
    return guarded(work);
  }

  const { around = (write) => write() } = options;
  const transact = <T>(work: () => T): T => attempt(() => around(() => handle.transaction(work).immediate()));

  /** Inside a transaction it is a savepoint. */
  const apart = handle.transaction((work: () => unknown) => work());
  function savepoint<T>(work: () => T): T {
    let result: { readonly value: T } | undefined;
    apart(() => {
      result = { value: work() };
    });
    if (result === undefined) throw new TypeError('A transaction ended without running its work.');
    return result.value;
  }

  const commits = createGroupCommit({
    transact,
    isRowFault,
    schedule: options.schedule ?? ((flush) => void setImmediate(flush)),
  });

  function close(): void {
    if (!handle.open) return;
    commits.flush();
    checkpoints?.stop();
    if (!readOnly && options.isSecond !== true) checkpoint('TRUNCATE');
    guarded(() => handle.close());
  }

  return {
    path,
    readOnly,
    logger,
    statement: (sql) => prepareOnce(handle, sql),
    attempt,
    snapshot: (work) => attempt(() => handle.transaction(work).deferred()),
    transact,
    group: (job) => commits.run(() => attempt(job)),
    groupTransact: (job) => commits.run(() => attempt(() => savepoint(job))),
    checkpoint: () => checkpoint('PASSIVE'),
    integrityFaults: () => attempt(() => integrityFaults(handle)),
    close,
  };
}
