import type { ConversationKey } from './conversation.ts';
import type { PersonId, SpaceId, TurnId } from './ids.ts';
import type { MessageRef } from './message-ref.ts';
import type { SkillProvenance, SkillScope } from './skill.ts';
import type { SkillOperation } from './skill-operation.ts';

/** What set the evolver to work. */
export type EvolveTrigger = 'threshold' | 'correction' | 'session_end' | 'command';

/**
 * `waiting`: for a maintainer. `applied`: in the library. `refused`: by a gate or the replay. `rejected`: by a person.
 * `undone`: applied and taken back. `stale`: what it would change has changed meanwhile.
 */
export type ProposalState = 'waiting' | 'applied' | 'refused' | 'rejected' | 'undone' | 'stale';

/** What a gate said; never the words of a secret. */
export interface GateNote {
  readonly gate: string;
  readonly severity: 'refuse' | 'warn';
  /** A sentence for people. */
  readonly message: string;
}

/** `passed`, `failed`, or too few turns to tell. `none`: nothing was replayed, as with a retirement. */
export type ReplayVerdict = 'passed' | 'failed' | 'insufficient' | 'none';

/** Answers with the change against answers without it, judged blind in both orders. */
export interface ReplayEvidence {
  readonly verdict: ReplayVerdict;
  readonly failures: ReplayTally;
  readonly successes: ReplayTally;
  /** Why the verdict weighs less, as clauses: `the judge is the model that wrote it`. Empty: it weighs whole. */
  readonly weakBecause: readonly string[];
  /** Turns that could not be replayed, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
}

export interface ReplayTally {
  readonly wins: number;
  readonly ties: number;
  readonly losses: number;
}

export interface ModelCost {
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A change of the library with its evidence. What a maintainer approves is bound to `draftHash`. */
export interface Proposal {
  /** As people name it, from 1. */
  readonly number: number;
  readonly spaceId: SpaceId;
  readonly scope: SkillScope;
  readonly operation: SkillOperation;
  /** Digest of scope and operation: another text is another hash. */
  readonly draftHash: string;
  readonly state: ProposalState;
  /** A clause for people: why it is refused, rejected, stale. */
  readonly reason?: string;
  readonly trigger: EvolveTrigger;
  /** A few words on what the failures have in common. */
  readonly topic: string;
  /** What the evolver saw; consumed when it is applied. */
  readonly support: readonly TurnId[];
  /** What was kept from it for the replay; consumed likewise. */
  readonly withheld: readonly TurnId[];
  /** Distinct people behind these failures. */
  readonly people: readonly PersonId[];
  readonly learnedFrom: SkillProvenance;
  readonly notes: readonly GateNote[];
  readonly replay: ReplayEvidence;
  readonly cost: ModelCost;
  /** The evolver's. */
  readonly model: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly decidedAt?: number;
  readonly decidedBy?: PersonId;
  /** The library's after it was applied. */
  readonly generation?: number;
  /** The card that asks for approval. */
  readonly card?: MessageRef;
  /** Where whoever asked for it waits for a word. */
  readonly askedIn?: ConversationKey;
  /** Grows with each change of the proposal. */
  readonly revision: number;
}
