import type { Clock, Timer } from '../ports/clock.ts';
import type { Lease, LeaseStore } from '../ports/lease-store.ts';
import type { Logger } from '../ports/logger.ts';

export interface LeaderDeps {
  readonly leases: LeaseStore;
  /** What is led; one leader a name. */
  readonly name: string;
  /** This very process: no other has it, nor one before it. */
  readonly holder: string;
  /** How long a lease is held without being renewed, which is done three times as often. @default 30 s */
  readonly ttlMs?: number;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs' | 'after'>;
  readonly logger: Logger;
}

/** Takes part in finding the one instance that leads. */
export interface Leader {
  /** Again is nothing. */
  start(): void;
  /** Leads no more, at once, and gives the lease back. A store that fails then is logged. Safe to call twice. */
  stop(): Promise<void>;
  /**
   * While this instance leads. `undefined` from the moment on in which, counted from before it was asked for last, it may have run out.
   * A machine that slept may believe in it a while too long: what must not happen twice is done through a store that checks it (`RunStore.fenced`).
   */
  lease(): Lease | undefined;
  /** Called at once whenever that changes, also to a greater token. Gives a function that ends it. */
  onChange(listener: () => void): () => void;
}

/** A store that fails is logged, and asked again; what is held is kept meanwhile until it may have run out. */
export function createLeader(deps: LeaderDeps): Leader {
  const { leases, name, holder, ttlMs = 30_000, clock, logger } = deps;
  const listeners = new Set<() => void>();
  /** What the store gave last; `untilMs` by `monotonicMs`. */
  let held: { readonly lease: Lease; readonly untilMs: number } | undefined;
  let toldToken: number | undefined;
  let isFailing = false;
  let started = false;
  let stopping: Promise<void> | undefined;
  let running: Promise<void> = Promise.resolve();
  let next: Timer | undefined;
  let expiry: Timer | undefined;

  function lease(): Lease | undefined {
    if (held === undefined || stopping !== undefined) return undefined;
    return clock.monotonicMs() < held.untilMs ? held.lease : undefined;
  }

  /** Tells of what has changed, and looks again when it may have run out. */
  function look(): void {
    expiry?.cancel();
    expiry = undefined;
    const current = lease();
    if (held !== undefined && current !== undefined) {
      expiry = clock.after(Math.max(1, held.untilMs - clock.monotonicMs()), look);
    }
    if (current?.token === toldToken) return;
    if (current === undefined) logger.info('leader_ended', { name, term: toldToken });
    else logger.info('leader_began', { name, term: current.token });
    toldToken = current?.token;
    for (const listener of [...listeners]) listener();
  }

  async function renewOrTake(): Promise<void> {
    // Before the call: however long the answer takes, it is not held for longer than the store says.
    const untilMs = clock.monotonicMs() + ttlMs;
    const current = lease();
    if (current !== undefined) {
      const isHeld = await leases.renew(current, clock.now(), ttlMs);
      held = isHeld ? { lease: current, untilMs } : undefined;
    } else {
      const taken = await leases.take(name, holder, clock.now(), ttlMs);
      held = taken === undefined ? undefined : { lease: taken, untilMs };
    }
  }

  async function round(): Promise<void> {
    try {
      await renewOrTake();
      isFailing = false;
    } catch (error) {
      if (!isFailing) logger.warn('leader_store_failed', { name, error });
      isFailing = true;
    }
    if (stopping !== undefined) return;
    look();
    arm(ttlMs / 3);
  }

  function arm(delayMs: number): void {
    next = clock.after(delayMs, () => {
      running = round();
    });
  }

  async function giveBack(): Promise<void> {
    await running;
    if (held === undefined) return;
    try {
      await leases.release(held.lease);
    } catch (error) {
      // It runs out by itself.
      logger.warn('leader_lease_not_released', { name, error });
    }
  }

  return {
    start() {
      if (started || stopping !== undefined) return;
      started = true;
      arm(0);
    },
    async stop() {
      if (stopping === undefined) {
        next?.cancel();
        stopping = giveBack();
        look();
      }
      await stopping;
    },
    lease,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
