import type { DoorAnswer } from '../feedback/content-door.ts';
import { wasSupport } from '../feedback/decide-role.ts';
import type { Settlement } from '../ports/ledger-store.ts';

/**
 * Whether a turn may go into a training batch now: settled as a sample, not used before, and no skill made from it since,
 * also where that happened after it was settled. `door`: its answer of this moment for the way in which the batch
 * trains, as a sample may have been settled for the other way, and a consent or a switch be taken back since. Asked when
 * the batch is built.
 */
export function isSample(
  weights: Settlement | undefined,
  skills: Settlement | undefined,
  door: DoorAnswer,
): boolean {
  if (!door.allowed || weights?.state !== 'settled' || weights.decision.role !== 'query') return false;
  return !wasSupport(skills);
}
