import type { Metrics } from '../../core/ports/metrics.ts';

/** Counters in memory, from the start of the process. The snapshot is a copy, sorted by name. */
export function createMetrics(): Metrics {
  const counters = new Map<string, number>();
  return {
    count(name, label, by = 1) {
      const key = label === undefined ? name : `${name}{${label}}`;
      counters.set(key, (counters.get(key) ?? 0) + by);
    },
    snapshot: () => Object.fromEntries([...counters].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
