import type { ConversationAddress } from '../domain/conversation.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { SettingsStore } from '../ports/settings-store.ts';

/**
 * What becomes of drafts of skills in a space. `review`: each waits for a maintainer. `auto`: a person's own correction
 * that passed everything takes effect for that person at once, the rest waits. `off`: nothing is drafted.
 */
export const approvalPolicies = ['review', 'auto', 'off'] as const;
export type ApprovalPolicy = (typeof approvalPolicies)[number];

export function isApprovalPolicy(value: unknown): value is ApprovalPolicy {
  return approvalPolicies.some((policy) => policy === value);
}

/** What is posted of its own accord: drafts to decide on, and the weekly digest. */
export type Posting = 'cards' | 'digest';

/** What each space has chosen about its skills. Rejects as `SettingsStore` does. */
export interface SpacePolicies {
  policyOf(spaceId: SpaceId): Promise<ApprovalPolicy>;
  setPolicy(spaceId: SpaceId, policy: ApprovalPolicy): Promise<void>;
  /** Where it is posted; absent: nowhere. */
  placeOf(posting: Posting, spaceId: SpaceId): Promise<ConversationAddress | undefined>;
  setPlace(posting: Posting, spaceId: SpaceId, place: ConversationAddress | undefined): Promise<void>;
  /** Spaces that have a place for it. */
  placesOf(posting: Posting): Promise<readonly ConversationAddress[]>;
}

const policyScope = 'skill-policy';
const placeScope = (posting: Posting): string => `skill-${posting}`;

/** `fallback`: where a space has chosen nothing. */
export function createSpacePolicies(settings: SettingsStore, fallback: ApprovalPolicy): SpacePolicies {
  return {
    async policyOf(spaceId) {
      const stored = await settings.get(policyScope, spaceId);
      return isApprovalPolicy(stored) ? stored : fallback;
    },
    setPolicy: (spaceId, policy) => settings.set(policyScope, spaceId, policy),
    async placeOf(posting, spaceId) {
      const stored = await settings.get(placeScope(posting), spaceId);
      return isAddress(stored) ? stored : undefined;
    },
    async setPlace(posting, spaceId, place) {
      if (place === undefined) await settings.delete(placeScope(posting), spaceId);
      else await settings.set(placeScope(posting), spaceId, place);
    },
    async placesOf(posting) {
      return Object.values(await settings.list(placeScope(posting))).filter(isAddress);
    },
  };
}

function isAddress(value: unknown): value is ConversationAddress {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  const isText = (key: string): boolean => typeof fields.get(key) === 'string';
  const hasThread = fields.get('threadId') === undefined || isText('threadId');
  const audience = fields.get('audience');
  return (
    isText('platform') &&
    isText('spaceId') &&
    isText('channelId') &&
    hasThread &&
    (audience === 'direct' || audience === 'group')
  );
}
