import { AppError } from '../../core/domain/app-error.ts';
import type { Lease } from '../../core/ports/lease-store.ts';
import type { SqliteDatabase } from './database.ts';

/** Throws `conflict` where a lease is not the current one of its name. Call it inside the commit that it guards. */
export function createLeaseFence(database: SqliteDatabase): (lease: Lease) => void {
  const current = database.statement<[string, number], { found: number }>(
    'SELECT 1 AS found FROM leases WHERE name = ? AND token = ? AND holder IS NOT NULL',
  );
  return ({ name, token }) => {
    if (current.get(name, token) !== undefined) return;
    throw new AppError(
      'conflict',
      `Another instance of this program has taken over (${name}). Nothing was changed here; leave the work to it.`,
      { details: { reason: 'lease_lost', lease: name } },
    );
  };
}
