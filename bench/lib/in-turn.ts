import type { BenchSize } from './bench-report.ts';

/** One after another, as they share the machine; all at once where the numbers mean nothing anyway. */
export async function inTurn<T>(size: BenchSize, jobs: readonly (() => Promise<T>)[]): Promise<readonly T[]> {
  if (size === 'smoke') return Promise.all(jobs.map((job) => job()));
  const results: T[] = [];
  for (const job of jobs) results.push(await job());
  return results;
}
