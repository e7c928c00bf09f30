/** Held by one at a time. `token` is greater each time somebody else takes it (fencing token). */
export interface Lease {
  readonly name: string;
  readonly token: number;
}

/**
 * Leases between instances that share the store. Times are epoch milliseconds by the caller's clock. Clocks may be apart: a lease has run out at its
 * end and, for who asks for it again and again, when it was not prolonged for as long as it was taken for; also where that end is far ahead. Durability and errors as in `InboxStore`.
 * Stores that take a lease (`RunStore`) reject with `conflict` in the commit itself where another token is current: whoever wakes late changes nothing.
 */
export interface LeaseStore {
  /** Takes one that is free, has run out, or is the holder's own: then with the token that it has. `undefined` while another holds it. */
  take(name: string, holder: string, now: number, ttlMs: number): Promise<Lease | undefined>;
  /** False where another token is current, or it has run out and was taken. */
  renew(lease: Lease, now: number, ttlMs: number): Promise<boolean>;
  /** Nothing where another token is current. */
  release(lease: Lease): Promise<void>;
}
