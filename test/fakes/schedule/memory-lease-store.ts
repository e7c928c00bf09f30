import { AppError } from '../../../core/domain/app-error.ts';
import type { Lease, LeaseStore } from '../../../core/ports/lease-store.ts';

export interface MemoryLeaseStore extends LeaseStore {
  /** Throws `conflict` where it is not the current one. */
  require(lease: Lease): void;
  /** Until `undefined` is given, every call rejects with it. */
  failWith(error: AppError | undefined): void;
}

interface Held {
  readonly token: number;
  readonly holder: string | undefined;
  readonly until: number;
  readonly ttlMs: number;
  /** Since when others have asked in vain since it was taken or prolonged. */
  readonly wantedSince?: number;
}

/** Leases that end with the process. */
export function createMemoryLeaseStore(): MemoryLeaseStore {
  const held = new Map<string, Held>();
  let failure: AppError | undefined;

  /** Checks the call, and gives what is stored. */
  function look(name: string, now = 0, ttlMs = 1): Held {
    if (failure !== undefined) throw failure;
    if (!(ttlMs > 0) || !Number.isFinite(now + ttlMs)) {
      throw new AppError('invalid_input', 'That is no time to hold a lease.');
    }
    return held.get(name) ?? { token: 0, holder: undefined, until: 0, ttlMs: 0 };
  }
  const isCurrent = ({ token }: Lease, { token: current, holder }: Held): boolean =>
    token === current && holder !== undefined;

  return {
    async take(name, holder, now, ttlMs) {
      const row = look(name, now, ttlMs);
      const wantedSince = Math.min(row.wantedSince ?? now, now);
      const isFree = row.holder === undefined || row.until <= now || now - wantedSince >= row.ttlMs;
      if (row.holder !== holder && !isFree) {
        held.set(name, { ...row, wantedSince });
        return undefined;
      }
      const token = row.holder === holder ? row.token : row.token + 1;
      held.set(name, { token, holder, until: now + ttlMs, ttlMs });
      return { name, token };
    },
    async renew(lease, now, ttlMs) {
      const row = look(lease.name, now, ttlMs);
      if (!isCurrent(lease, row)) return false;
      const { token, holder } = row;
      held.set(lease.name, { token, holder, until: now + ttlMs, ttlMs });
      return true;
    },
    async release(lease) {
      const row = look(lease.name);
      if (isCurrent(lease, row)) held.set(lease.name, { ...row, holder: undefined });
    },
    require(lease) {
      const row = held.get(lease.name);
      if (row !== undefined && isCurrent(lease, row)) return;
      throw new AppError('conflict', 'Somebody else holds the lease.', {
        details: { reason: 'lease_lost', lease: lease.name },
      });
    },
    failWith(error) {
      failure = error;
    },
  };
}
