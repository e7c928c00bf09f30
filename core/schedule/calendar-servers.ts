import { AppError, toAppError } from '../domain/app-error.ts';
import type { CalendarPort, SecretFacts } from '../ports/calendar.ts';
import type { Clock } from '../ports/clock.ts';
import { createLanesByKey } from './lanes-by-key.ts';
import { pauseMs } from './poll-delay.ts';

/** Who is asked, and of what kind it is. */
export interface AskedServer extends Pick<SecretFacts, 'server' | 'atOnce'> {
  readonly source: string;
}

/** `paused`: nothing was asked, as the server wants to be left alone for so long. */
export type ServerAnswer<T> =
  | { readonly kind: 'answered'; readonly value: T }
  | { readonly kind: 'paused'; readonly forMs: number };

/** Keeps from asking servers too much. */
export interface CalendarServers {
  /** Asks when it is its turn. Rejects as the work does. */
  inTurn<T>(asked: AskedServer, work: () => Promise<T>): Promise<ServerAnswer<T>>;
  /** Asks ahead of all that waits. Rejects as the work does. */
  atOnce<T>(asked: AskedServer, work: () => Promise<T>): Promise<ServerAnswer<T>>;
}

/** Whom a secret of a source asks. */
export function askedServer(
  sources: ReadonlyMap<string, CalendarPort>,
  source: string,
  secret: string,
): AskedServer {
  const { server = '', atOnce = 1 } = sources.get(source)?.about(secret) ?? {};
  return { source, server, atOnce };
}

/** Of one source, whatever servers it has: some that are slow do not hold up all the others. */
export const mostAtOnce = 4;

/**
 * Of each server so many calendars are read at once as it bears, and of each source four. A server that says `rate_limited` is asked nothing for the
 * time it names, for whomever it may be: it counts what all of them ask. Goes by monotonic time.
 */
export function createCalendarServers(clock: Pick<Clock, 'monotonicMs'>): CalendarServers {
  const servers = createLanesByKey();
  const sources = createLanesByKey();
  const pausedUntil = new Map<string, number>();
  const keyOf = ({ source, server }: AskedServer): string => `${source} ${server}`;

  function leftMs(key: string): number {
    const left = (pausedUntil.get(key) ?? 0) - clock.monotonicMs();
    if (left <= 0) pausedUntil.delete(key);
    return left;
  }

  function pause(key: string, { retryAfterMs }: AppError): void {
    const until = clock.monotonicMs() + pauseMs(retryAfterMs);
    pausedUntil.set(key, Math.max(until, pausedUntil.get(key) ?? 0));
  }

  async function ask<T>(key: string, work: () => Promise<T>): Promise<ServerAnswer<T>> {
    const forMs = leftMs(key);
    if (forMs > 0) return { kind: 'paused', forMs };
    try {
      return { kind: 'answered', value: await work() };
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code === 'rate_limited') pause(key, error);
      throw error;
    }
  }

  return {
    inTurn(asked, work) {
      const key = keyOf(asked);
      return servers.run(
        key,
        () => sources.run(asked.source, () => ask(key, work), mostAtOnce),
        asked.atOnce,
      );
    },
    atOnce: (asked, work) => ask(keyOf(asked), work),
  };
}

/** What a person is told in place of an answer. */
export function pausedError(forMs: number): AppError {
  const minutes = Math.max(1, Math.ceil(forMs / 60_000));
  return new AppError(
    'rate_limited',
    `Whoever keeps that calendar wants to be asked less just now. Try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`,
    { retryable: true, retryAfterMs: forMs },
  );
}
