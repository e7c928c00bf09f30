import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/wall-clock.ts';

/** How the last try to read a calendar ended. */
export type PollOutcome =
  | { readonly kind: 'read' }
  | {
      readonly kind: 'failed';
      /** In a row, with this one: from 1. */
      readonly failures: number;
      /** Trying again does not help by itself. */
      readonly isFinal: boolean;
      /** How long the source asked to be left alone. */
      readonly retryAfterMs?: number;
    };

export const pollEveryMs = 10 * MINUTE_MS;
export const firstRetryMs = MINUTE_MS;
export const longestRetryMs = 2 * HOUR_MS;
export const finalRetryMs = DAY_MS;
/** Calendars that were linked or failed together must not be asked together for ever after. */
export const jitterShare = 0.2;
const longestAskedMs = DAY_MS;

/** For how long a source is left alone that asked for it, milliseconds: between a minute and a day; a minute where it does not say. */
export function pauseMs(retryAfterMs: number | undefined): number {
  if (retryAfterMs === undefined || !(retryAfterMs >= 0)) return firstRetryMs;
  return Math.min(longestAskedMs, Math.max(firstRetryMs, retryAfterMs));
}

/**
 * When a calendar is read next, milliseconds: after ten minutes; after a failure one minute and then ever longer up to two hours, or as
 * long as the source asked for, between a minute and a day; after a final one a day. A fifth more or less of it by `random`, 0 … 1,
 * and never less than the source asked for.
 */
export function nextPollMs(outcome: PollOutcome, random: number): number {
  if (outcome.kind === 'read') return around(pollEveryMs, random);
  const { failures, isFinal, retryAfterMs } = outcome;
  if (isFinal) return around(finalRetryMs, random);
  if (retryAfterMs !== undefined && retryAfterMs >= 0) {
    return Math.ceil(pauseMs(retryAfterMs) * (1 + jitterShare * random));
  }
  const doublings = Math.min(Math.max(0, failures - 1), 10);
  return around(Math.min(longestRetryMs, firstRetryMs * 2 ** doublings), random);
}

function around(delayMs: number, random: number): number {
  return Math.round(delayMs * (1 - jitterShare + 2 * jitterShare * random));
}
