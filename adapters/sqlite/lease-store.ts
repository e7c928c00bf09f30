import { AppError } from '../../core/domain/app-error.ts';
import type { Lease, LeaseStore } from '../../core/ports/lease-store.ts';
import type { SqliteDatabase } from './database.ts';

interface LeaseRow {
  readonly token: number;
  readonly holder: string | null;
  readonly until: number;
  readonly ttl_ms: number;
}

function endOf(now: number, ttlMs: number): number {
  const until = now + ttlMs;
  if (ttlMs > 0 && Number.isFinite(until)) return until;
  throw new AppError('invalid_input', 'A lease needs a time above zero, in milliseconds.');
}

/** A lease of somebody else, as it was when it was asked for first. */
interface SeenLease extends Pick<LeaseRow, 'token' | 'until'> {
  readonly since: number;
}

export function createLeaseStore(database: SqliteDatabase): LeaseStore {
  const seen = new Map<string, SeenLease>();
  const find = database.statement<[string], LeaseRow>(
    'SELECT token, holder, until, ttl_ms FROM leases WHERE name = ?',
  );
  const put = database.statement<[string, number, string, number, number]>(`
    INSERT INTO leases (name, token, holder, until, ttl_ms) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE
    SET token = excluded.token, holder = excluded.holder, until = excluded.until, ttl_ms = excluded.ttl_ms`);
  const prolong = database.statement<[number, number, string, number]>(
    'UPDATE leases SET until = ?, ttl_ms = ? WHERE name = ? AND token = ? AND holder IS NOT NULL',
  );
  const giveBack = database.statement<[string, number]>(
    'UPDATE leases SET holder = NULL WHERE name = ? AND token = ?',
  );

  function isHeld(name: string, { token, holder, until, ttl_ms }: LeaseRow, now: number): boolean {
    if (holder === null || until <= now) return false;
    const before = seen.get(name);
    if (before?.token !== token || before.until !== until || before.since > now) {
      seen.set(name, { token, until, since: now });
      return true;
    }
    return now - before.since < ttl_ms;
  }

  function take(name: string, holder: string, now: number, ttlMs: number): Lease | undefined {
    const until = endOf(now, ttlMs);
    const row = find.get(name);
    const isOwn = row?.holder === holder;
    if (row !== undefined && !isOwn && isHeld(name, row, now)) return undefined;
    const token = isOwn ? row.token : (row?.token ?? 0) + 1;
    put.run(name, token, holder, until, ttlMs);
    return { name, token };
  }

  return {
    take: async (name, holder, now, ttlMs) => database.transact(() => take(name, holder, now, ttlMs)),
    renew: async ({ name, token }, now, ttlMs) => {
      const until = endOf(now, ttlMs);
      return database.attempt(() => prolong.run(until, ttlMs, name, token)) > 0;
    },
    release: async ({ name, token }) => {
      database.attempt(() => giveBack.run(name, token));
    },
  };
}
