import type { Clock } from '../../core/ports/clock.ts';

/** The work, which is stopped by its signal after so many milliseconds. */
export async function atMost<T>(
  clock: Pick<Clock, 'after'>,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const timer = clock.after(ms, () => ending.abort());
  try {
    return await work(ending.signal);
  } finally {
    timer.cancel();
  }
}
