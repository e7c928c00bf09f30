import type { Reward } from '../domain/reward.ts';
import type { Turn } from '../domain/turn.ts';
import type { Role, RoleDecision, Settlement, SettlementUse } from '../ports/ledger-store.ts';
import type { DoorAnswer } from './content-door.ts';
import type { Outcome } from './outcome.ts';

/** Every reason that a `RoleDecision` can hold, and what it means to a person who asks. */
const reasonWords = {
  failure: 'people or the judge found it lacking, so the next skills may learn from it',
  rated: 'it has a reward, so it may become an example for the model’s weights',
  turn_missing: 'the answer itself is no longer stored',
  side_turn: 'it is not an answer to a person',
  not_delivered: 'the answer did not arrive whole',
  hold_out: 'its conversation is kept out of all learning, to test what was learned',
  held: 'its feedback waits for a maintainer to look at it',
  no_reward: 'nobody has said how good it was',
  not_a_failure: 'nothing was found lacking in it',
  unwelcome: 'its manner was unwelcome, not its content, and that is a matter of style',
  used_as_support: 'a skill was made from it, and what made a skill never trains the weights',
  library_changed: 'the skill library has changed since, and it would be given other skills now',
  terms: 'the terms of the platform that its words come from forbid it',
  no_consent: 'not everybody whose words it holds has agreed to that',
  operator_off: 'the operator has not switched that on',
  tainted_skill: 'it was written with a skill learned from words that may not be used so',
  settled_before_roles: 'it was settled before it was decided what answers may become',
} as const;

export type RoleReason = keyof typeof reasonWords;

export function isRoleReason(reason: string): reason is RoleReason {
  return Object.hasOwn(reasonWords, reason);
}

/** A reason in words that end a sentence: `…, because its conversation is kept out of all learning`. */
export function describeReason(reason: string): string {
  return isRoleReason(reason) ? reasonWords[reason] : `of “${reason}”`;
}

/** What a decision needs to know beside the turn and its reward. */
export interface RoleFacts {
  /** What people said was bad about it. */
  readonly outcome: Outcome | undefined;
  /** Whether all words in it may be put to this use. */
  readonly door: DoorAnswer;
  /** A skill change has consumed it. */
  readonly wasSupport: boolean;
  /** A change of the library has dropped it, or its turn would be given other skills now. Asked for `weights` only. */
  readonly isStale: boolean;
}

/** Whether a skill change has consumed a turn, by its settlement for `skills`: what made a skill never trains the weights. */
export function wasSupport(skills: Settlement | undefined): boolean {
  return skills?.state === 'used' && skills.decision.role === 'support';
}

function decision(role: Role, reason: RoleReason): RoleDecision {
  return { role, reason };
}

/** For a turn that is no longer stored. */
export const turnMissing: RoleDecision = decision('statistics', 'turn_missing');

/** What bars any use of a turn, whatever its reward says. */
function barOf({ line, state, isHoldOut }: Turn): RoleDecision | undefined {
  if (line !== 'main') return decision('statistics', 'side_turn');
  if (state !== 'done') return decision('statistics', 'not_delivered');
  return isHoldOut ? decision('hold_out', 'hold_out') : undefined;
}

function afterDoor(door: DoorAnswer, role: Role, reason: RoleReason): RoleDecision {
  return door.allowed ? decision(role, reason) : decision('statistics', door.reason);
}

/**
 * The one place that decides what a settled turn may become: delivered answers of the main line only, nothing of a
 * held-out conversation, nothing without a reward. For `skills` a failure in content becomes `support`; for `weights`
 * any rewarded turn becomes `query`, unless a skill was made from it or the library has left it behind. What the door refuses is counted only.
 */
export function decideRole(turn: Turn, reward: Reward, use: SettlementUse, facts: RoleFacts): RoleDecision {
  const bar = barOf(turn);
  if (bar !== undefined) return bar;
  if (reward.kind === 'held') return decision('statistics', 'held');
  if (reward.kind === 'missing') return decision('statistics', 'no_reward');
  if (use === 'weights') {
    const sample = afterDoor(facts.door, 'query', 'rated');
    // What may not train anyway is nothing that the library takes from training.
    if (sample.role !== 'query') return sample;
    if (facts.wasSupport) return decision('statistics', 'used_as_support');
    return facts.isStale ? decision('statistics', 'library_changed') : sample;
  }
  if (reward.value >= 0) return decision('statistics', 'not_a_failure');
  if (facts.outcome === 'unwelcome') return decision('statistics', 'unwelcome');
  return afterDoor(facts.door, 'support', 'failure');
}
