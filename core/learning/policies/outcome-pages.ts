import type { PolicyScope } from '../../domain/policy.ts';
import type { PolicyOutcome, PolicyStore } from '../../ports/policy-store.ts';

const pageSize = 1_000;
/** Enough to tell harm by; what is older speaks, what is newer waits. */
const mostOutcomes = 50_000;

/** Rated turns of a scope asked from an instant on (epoch ms), oldest first, each once. */
export async function outcomesSince(
  store: Pick<PolicyStore, 'outcomes'>,
  scope: PolicyScope,
  since: number,
  signal: AbortSignal,
): Promise<readonly PolicyOutcome[]> {
  const seen = new Map<string, PolicyOutcome>();
  let from = since;
  let size = pageSize;
  while (!signal.aborted && seen.size < mostOutcomes) {
    const page = await store.outcomes(scope, from, size);
    for (const outcome of page) seen.set(outcome.turnId, outcome);
    const end = page.at(-1)?.at;
    if (end === undefined || page.length < size) break;
    // Where a whole page is of one instant, the next must reach over it.
    size = end === from ? size * 2 : pageSize;
    from = end;
  }
  return [...seen.values()];
}
