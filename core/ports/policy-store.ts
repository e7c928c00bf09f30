import type { ConversationKey } from '../domain/conversation.ts';
import type { PersonId, Platform, SessionId, TurnId } from '../domain/ids.ts';
import type { Policy, PolicyEvidence, PolicyId, PolicyScope, PolicyState } from '../domain/policy.ts';

export type NewPolicy = Omit<
  Policy,
  'number' | 'version' | 'state' | 'reason' | 'isPinned' | 'evidence' | 'since'
>;

/** One answer of a candidate against one of the policy that serves. */
export interface PolicyComparison {
  readonly turnId: TurnId;
  readonly outcome: 'win' | 'tie' | 'loss';
  /** Epoch milliseconds. */
  readonly at: number;
}

/** A turn that people rated, with the policy that answered it. */
export interface PolicyOutcome {
  readonly turnId: TurnId;
  readonly conversationKey: ConversationKey;
  readonly sessionId: SessionId;
  readonly askerId: PersonId;
  /** `Turn.policy`. */
  readonly policy: string;
  /** −1 … 1. */
  readonly value: number;
  /** When it was asked, epoch milliseconds. */
  readonly at: number;
}

/** Policies and what is known of them. Durability and errors as in `InboxStore`; every method is all or nothing. */
export interface PolicyStore {
  /** Stores it as `candidate`, numbered, its version one more than its parent's. The same id again gives what is stored. */
  add(policy: NewPolicy): Promise<Policy>;
  get(policyId: PolicyId): Promise<Policy | undefined>;
  byNumber(number: number): Promise<Policy | undefined>;
  /** The newest first, of one scope where given. */
  list(limit: number, scope?: PolicyScope): Promise<readonly Policy[]>;
  /** All that serve, one a scope at most. */
  serving(): Promise<readonly Policy[]>;
  /** Those in one of these states, the oldest first. */
  inState(states: readonly PolicyState[]): Promise<readonly Policy[]>;
  /**
   * Moves one to another state, if it is in one of `from`; false else. To `serving`: the one that served in its scope becomes
   * `superseded` in the same commit. One that leaves `serving` for `rolled_back` leaves its scope to `successor` where given,
   * which becomes `serving` whatever its state was, else to the configured model.
   */
  move(
    policyId: PolicyId,
    from: readonly PolicyState[],
    to: {
      readonly state: PolicyState;
      readonly reason?: string;
      readonly at: number;
      readonly successor?: PolicyId;
    },
  ): Promise<boolean>;
  pin(policyId: PolicyId, isPinned: boolean): Promise<void>;
  setEvidence(policyId: PolicyId, evidence: PolicyEvidence): Promise<void>;
  /** Of one turn once; again changes nothing. */
  addComparison(policyId: PolicyId, comparison: PolicyComparison): Promise<void>;
  /** In the order in which they were added. */
  comparisons(policyId: PolicyId): Promise<readonly PolicyComparison[]>;
  /** Rated turns of a scope asked at or after an instant, no hold-outs of learning excepted, oldest first, at most `limit`. */
  outcomes(scope: PolicyScope, since: number, limit: number): Promise<readonly PolicyOutcome[]>;
  /**
   * Delivered turns of the main line in conversations that are kept out of learning, the newest first, of one scope, not among
   * `except`'s comparisons, and of none of these platforms.
   */
  heldOut(
    scope: PolicyScope,
    except: PolicyId,
    limit: number,
    foreignPlatforms: readonly Platform[],
  ): Promise<readonly TurnId[]>;
}
