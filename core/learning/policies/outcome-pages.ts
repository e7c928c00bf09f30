import type { PolicyScope } from '../../domain/policy.ts';
import type { PolicyOutcome, PolicyStore } from '../../ports/policy-store.ts';

const pageSize = 1_000;
/** Enough to tell harm by: of one span, what is older speaks, what is newer waits. */
export const mostOutcomes = 50_000;

/** Of a span of time, epoch milliseconds: from its beginning to just before its end. */
export interface OutcomeSpan {
  readonly since: number;
  /** Absent: all that came. */
  readonly before?: number;
}

/** Rated turns of a scope asked in a span, oldest first, each once, so many at most. Those found so far where the signal fires. */
export async function outcomesIn(
  store: Pick<PolicyStore, 'outcomes'>,
  scope: PolicyScope,
  { since, before = Number.POSITIVE_INFINITY }: OutcomeSpan,
  signal: AbortSignal,
): Promise<readonly PolicyOutcome[]> {
  const seen = new Map<string, PolicyOutcome>();
  let from = since;
  let size = pageSize;
  while (!signal.aborted && seen.size < mostOutcomes) {
    const page = await store.outcomes(scope, from, size);
    for (const outcome of page) seen.set(outcome.turnId, outcome);
    const end = page.at(-1)?.at;
    if (end === undefined || page.length < size || end >= before) break;
    // Where a whole page is of one instant, the next must reach over it.
    size = end === from ? size * 2 : pageSize;
    from = end;
  }
  return [...seen.values()].filter(({ at }) => at < before).slice(0, mostOutcomes);
}
