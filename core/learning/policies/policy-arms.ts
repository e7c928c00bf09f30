import type { ConversationKey } from '../../domain/conversation.ts';
import type { PolicyId } from '../../domain/policy.ts';
import { armKeyOf } from '../../domain/talk-arm.ts';

/** Puts conversations into the arms of a policy's trial by keyed hash of what they are drawn by (`armKeyOf`): for good, and unrelated between policies. */
export interface PolicyArms {
  /** Whether it is answered by the policy while that is a canary. */
  isCanary(policyId: PolicyId, key: ConversationKey): boolean;
  /** Whether it stays with the predecessor while the policy serves and is watched. Never one that was answered by the canary. */
  isControl(policyId: PolicyId, key: ConversationKey): boolean;
  /** Of all conversations that are in either of these: 0 to ½. */
  readonly share: number;
}

export interface PolicyArmsDeps {
  /** This installation's, so that nobody outside can tell who is in which arm: `holdOutKey`. */
  readonly key: string;
  readonly share: number;
  readonly digest: (text: string) => string;
}

const placeDigits = 12;

export function createPolicyArms({ key, share, digest }: PolicyArmsDeps): PolicyArms {
  function placeOf(policyId: PolicyId, conversation: ConversationKey): number {
    const drawn = JSON.stringify(['policy', key, policyId, armKeyOf(conversation)]);
    const place = digest(drawn).slice(0, placeDigits);
    return Number.parseInt(place, 16) / 16 ** placeDigits;
  }

  return {
    share,
    isCanary: (policyId, conversation) => placeOf(policyId, conversation) < share,
    isControl: (policyId, conversation) => placeOf(policyId, conversation) >= 1 - share,
  };
}
