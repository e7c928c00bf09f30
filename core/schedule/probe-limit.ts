import { AppError } from '../domain/app-error.ts';
import type { PersonId } from '../domain/ids.ts';
import { MINUTE_MS } from '../domain/wall-clock.ts';
import type { Clock } from '../ports/clock.ts';
import { createLanesByKey } from './lanes-by-key.ts';

/** Lets each person have calendars looked at that are not linked, within bounds. */
export interface ProbeLimit {
  /** One after the other of a person. Rejects as the work does, and with `rate_limited` where they had many in a short time. */
  run<T>(person: PersonId, work: () => Promise<T>): Promise<T>;
}

export const mostProbes = 40;
const withinMs = 10 * MINUTE_MS;

/** Forty in ten minutes, which is more than all calendars that a person may have. Goes by monotonic time. */
export function createProbeLimit(clock: Pick<Clock, 'monotonicMs'>): ProbeLimit {
  const lanes = createLanesByKey();
  const begun = new Map<PersonId, readonly number[]>();

  function spend(person: PersonId): void {
    const now = clock.monotonicMs();
    for (const [other, times] of begun) {
      const recent = times.filter((at) => now - at < withinMs);
      if (recent.length === 0) begun.delete(other);
      else begun.set(other, recent);
    }
    const mine = begun.get(person) ?? [];
    const [first = now] = mine;
    if (mine.length >= mostProbes) {
      throw new AppError(
        'rate_limited',
        'You have tried many calendars just now. Try again in ten minutes.',
        {
          retryable: true,
          retryAfterMs: withinMs - (now - first),
        },
      );
    }
    begun.set(person, [...mine, now]);
  }

  return {
    async run(person, work) {
      spend(person);
      return lanes.run(person, work);
    },
  };
}
