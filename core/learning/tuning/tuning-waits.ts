const MINUTE_MS = 60_000;
const shortestWaitMs = MINUTE_MS / 2;
const longestWaitMs = 10 * MINUTE_MS;
/** Of what has passed already. */
const waitShare = 0.1;

/** When to look at a job again that began so long ago: soon at first, then ever more seldom. Milliseconds. */
export function nextLookMs(sinceMs: number): number {
  return Math.min(longestWaitMs, Math.max(shortestWaitMs, sinceMs * waitShare));
}

/** After so many failures in a row without a job the run ends; with the pauses growing that is about an hour. */
export const mostFailures = 6;

/** The pause after the nth failure in a row, from 1. Milliseconds. */
export function pauseAfterFailureMs(failures: number): number {
  return MINUTE_MS * 2 ** (failures - 1);
}
