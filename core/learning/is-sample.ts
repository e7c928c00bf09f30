import type { Settlement } from '../ports/ledger-store.ts';

/**
 * Whether a turn may go into a training batch now: settled as a sample, not used before, and no skill made from it since,
 * also where that happened after it was settled. Asked when the batch is built.
 */
export function isSample(weights: Settlement | undefined, skills: Settlement | undefined): boolean {
  if (weights?.state !== 'settled' || weights.decision.role !== 'query') return false;
  return !(skills?.state === 'used' && skills.decision.role === 'support');
}
