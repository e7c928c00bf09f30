import { AppError } from '../../core/domain/app-error.ts';

function codeOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return '';
  return typeof thrown.code === 'string' ? thrown.code : '';
}

/** Whether one row was at fault and not the storage: its neighbours in the same commit may go on. */
export function isRowFault(thrown: unknown): boolean {
  if (thrown instanceof AppError) return !thrown.code.startsWith('storage_');
  if (thrown instanceof TypeError || thrown instanceof RangeError) return true;
  return /^SQLITE_(CONSTRAINT|TOOBIG|MISMATCH|RANGE)/.test(codeOf(thrown));
}

/**
 * Anything thrown while the database file was used, as an `AppError` that says what to do:
 * `storage_busy` (retryable), `storage_full`, `storage_failed`; `not_found` where a row belongs to one that is not
 * there; `invalid_input` where the row itself cannot be stored.
 */
export function toStorageError(thrown: unknown, path: string): AppError {
  if (thrown instanceof AppError) return thrown;
  const code = codeOf(thrown);
  const options = { cause: thrown, ...(code === '' ? {} : { details: { reason: code } }) };
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    return new AppError(
      'storage_busy',
      `Another program is using the database ${path}. Nothing was changed; try again in a moment, or close that program.`,
      { ...options, retryable: true },
    );
  }
  // SQLite reports a full disk as SHMSIZE when it is the index of the write-ahead log that cannot grow.
  if (/^(SQLITE_FULL|SQLITE_IOERR_SHMSIZE|ENOSPC|EDQUOT)$/.test(code)) {
    return new AppError(
      'storage_full',
      `The disk that holds the database ${path} is full. Nothing new was stored; free some space, then try again.`,
      options,
    );
  }
  if (/^SQLITE_(CORRUPT|NOTADB|FORMAT)/.test(code)) {
    return new AppError(
      'storage_failed',
      `${path} is damaged or is not a database. Stop the bot, keep a copy of the file, and put a backup in its place or move it away.`,
      options,
    );
  }
  if (/^(SQLITE_(READONLY|CANTOPEN|PERM|AUTH)|EACCES|EPERM|EROFS|EISDIR|ENOTDIR)/.test(code)) {
    return new AppError(
      'storage_failed',
      `The database ${path} cannot be opened for this. Check that its folder exists and that this user may write there.`,
      options,
    );
  }
  if (code === 'SQLITE_CONSTRAINT_FOREIGNKEY') {
    return new AppError(
      'not_found',
      'This belongs to something that is not stored. Store that first.',
      options,
    );
  }
  if (isRowFault(thrown)) {
    return new AppError(
      'invalid_input',
      'This value cannot be stored: a part of it is missing or has the wrong type.',
      options,
    );
  }
  return new AppError(
    'storage_failed',
    `The database ${path} could not be read or written. Check the disk and the system's log, then start the bot again.`,
    options,
  );
}
