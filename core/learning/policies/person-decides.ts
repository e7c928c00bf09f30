import type { Policy } from '../../domain/policy.ts';
import type { PolicyStore } from '../../ports/policy-store.ts';

const ending = (number: number): string => `: a person decides, by policy promote ${number}`;

/** A reason why the test of policies goes no further by itself, a clause for everybody: it names no person. */
export function personDecides(why: string, { number }: Pick<Policy, 'number'>): string {
  return `${why}${ending(number)}`;
}

/** Whether its reason, as stored, says so. */
export function isLeftToPerson({ number, reason }: Pick<Policy, 'number' | 'reason'>): boolean {
  return reason?.endsWith(ending(number)) === true;
}

/** Writes down why a policy is where it is; no `reason`: it only waits. Nothing where that is known, or it has moved on. */
export async function keepWith(
  store: Pick<PolicyStore, 'move'>,
  { policyId, state, since, reason: known }: Policy,
  reason?: string,
): Promise<void> {
  if (known === reason) return;
  await store.move(policyId, [state], { state, ...(reason === undefined ? {} : { reason }), at: since });
}
