import { describe, expect, test } from 'vitest';
import { isRowFault, toStorageError } from '../../../adapters/sqlite/errors.ts';
import { AppError } from '../../../core/domain/app-error.ts';

const failure = (code: string): Error => Object.assign(new Error(`raw text of ${code}`), { code });

describe('storage errors', () => {
  test.each([
    ['SQLITE_BUSY', 'storage_busy', true],
    ['SQLITE_BUSY_SNAPSHOT', 'storage_busy', true],
    ['SQLITE_LOCKED', 'storage_busy', true],
    ['SQLITE_FULL', 'storage_full', false],
    ['SQLITE_IOERR_SHMSIZE', 'storage_full', false],
    ['ENOSPC', 'storage_full', false],
    ['EDQUOT', 'storage_full', false],
    ['SQLITE_CORRUPT', 'storage_failed', false],
    ['SQLITE_CORRUPT_INDEX', 'storage_failed', false],
    ['SQLITE_NOTADB', 'storage_failed', false],
    ['SQLITE_READONLY', 'storage_failed', false],
    ['SQLITE_CANTOPEN', 'storage_failed', false],
    ['EACCES', 'storage_failed', false],
    ['SQLITE_IOERR_FSYNC', 'storage_failed', false],
    ['SQLITE_NOMEM', 'storage_failed', false],
    ['SQLITE_CONSTRAINT_FOREIGNKEY', 'not_found', false],
    ['SQLITE_CONSTRAINT_NOTNULL', 'invalid_input', false],
    ['SQLITE_TOOBIG', 'invalid_input', false],
    ['', 'storage_failed', false],
  ] as const)('%s is %s', (code, expected, retryable) => {
    const thrown = failure(code);
    const error = toStorageError(thrown, '/data/state.db');
    expect(error).toMatchObject({ code: expected, retryable, cause: thrown });
    expect(error.message).toMatch(/^[A-Z/].*\.$/);
    expect(error.message).not.toContain('raw text');
    if (expected.startsWith('storage_')) expect(error.message).toContain('/data/state.db');
  });

  test('an AppError stays itself', () => {
    const error = new AppError('conflict', 'Already there.');
    expect(toStorageError(error, 'x')).toBe(error);
  });

  test('only faults of the row are its own', () => {
    for (const code of ['SQLITE_CONSTRAINT_CHECK', 'SQLITE_TOOBIG', 'SQLITE_MISMATCH']) {
      expect(isRowFault(failure(code))).toBe(true);
    }
    for (const code of ['SQLITE_FULL', 'SQLITE_BUSY', 'SQLITE_IOERR_WRITE', 'SQLITE_CORRUPT', 'ENOSPC', '']) {
      expect(isRowFault(failure(code))).toBe(false);
    }
    expect(isRowFault(new TypeError('cannot bind'))).toBe(true);
    expect(isRowFault(new AppError('storage_full', 'Full.'))).toBe(false);
    expect(isRowFault(new AppError('invalid_input', 'Bad.'))).toBe(true);
  });
});
