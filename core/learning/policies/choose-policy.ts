import type { ConversationAddress, ConversationKey } from '../../domain/conversation.ts';
import type { Policy } from '../../domain/policy.ts';
import type { PolicyArms } from './policy-arms.ts';
import { controlOf, linesFor, type PolicyLine, type PolicyLines, servingIn } from './policy-lines.ts';

/** For how long a promoted policy is compared with what served before it, in conversations that stay with that. */
export const watchMs = 30 * 86_400_000;

/** What serves is compared with its predecessor. A pinned one is not: nothing could come of it. */
export function isWatched({ serving, isPromoted }: PolicyLine, now: number): boolean {
  return serving !== undefined && isPromoted && !serving.isPinned && now - serving.since < watchMs;
}

export interface ChoiceFacts {
  readonly lines: PolicyLines;
  readonly arms: PolicyArms;
  readonly now: number;
  /** Kept out of learning: gets what serves, and is in no arm of anything. */
  readonly isHoldOut: boolean;
}

/** Who answers a conversation; absent: the configured model. The space's own line comes first. */
export function choosePolicy(
  { spaceId }: Pick<ConversationAddress, 'spaceId'>,
  key: ConversationKey,
  facts: ChoiceFacts,
): Policy | undefined {
  for (const line of linesFor(facts.lines, { kind: 'space', spaceId })) {
    const chosen = chooseIn(line, key, facts);
    if (chosen !== undefined) return chosen;
  }
  return undefined;
}

function chooseIn(line: PolicyLine, key: ConversationKey, facts: ChoiceFacts): Policy | undefined {
  const { canary, serving } = line;
  const { arms, isHoldOut, now, lines } = facts;
  // What was made from another than what serves now has nothing to be compared with, and may come from what did harm.
  const isOfParent = canary !== undefined && servingIn(lines, canary.scope)?.policyId === canary.parentId;
  if (isOfParent && !isHoldOut && arms.isCanary(canary.policyId, key)) return canary;
  if (serving === undefined || isHoldOut || !isWatched(line, now)) return serving;
  return arms.isControl(serving.policyId, key) ? controlOf(line) : serving;
}
