import type { Breaker, BreakerEntry } from './breaker.ts';
import { isServersFault } from './verdict.ts';

/** What one attempt at an upstream shows of it; the first word counts. */
export interface AttemptWitness extends Pick<BreakerEntry, 'failed' | 'dropped'> {
  /** It answered with this status. */
  answered(status: number): void;
}

/**
 * What one exchange tells the breakers of the upstreams that it asks: one failure each at most, however often it asks. That an
 * upstream answered with an error speaks against it only where another one then answered the same request well: the request
 * itself may be what no server gets on with, and one caller's must not have the others left without a server.
 */
export interface ExchangeWitness {
  attempt(breaker: Breaker, entry: BreakerEntry): AttemptWitness;
  /** No other upstream will be asked. */
  end(): void;
}

interface Suspicion {
  readonly entry: BreakerEntry;
  readonly why: string;
}

export function createExchangeWitness(): ExchangeWitness {
  const told = new Set<Breaker>();
  const suspicions = new Map<Breaker, Suspicion>();

  /** Says it once in the exchange. */
  function fail(breaker: Breaker, entry: BreakerEntry, why: string): void {
    if (told.has(breaker)) entry.dropped();
    else entry.failed(why);
    told.add(breaker);
  }

  function suspect(breaker: Breaker, entry: BreakerEntry, why: string): void {
    if (suspicions.has(breaker)) entry.dropped();
    else suspicions.set(breaker, { entry, why });
  }

  /** `server`: whose answer shows that the request can be answered. */
  function confirm(server: Breaker): void {
    for (const [breaker, { entry, why }] of suspicions) {
      if (breaker === server) entry.dropped();
      else fail(breaker, entry, why);
    }
    suspicions.clear();
  }

  return {
    attempt: (breaker, entry) => ({
      answered(status) {
        if (isServersFault(status)) {
          suspect(breaker, entry, `it answered with status ${status}.`);
          return;
        }
        entry.served();
        if (status < 400) confirm(breaker);
      },
      failed: (why) => fail(breaker, entry, why),
      dropped: entry.dropped,
    }),
    end() {
      for (const { entry } of suspicions.values()) entry.dropped();
      suspicions.clear();
    },
  };
}
