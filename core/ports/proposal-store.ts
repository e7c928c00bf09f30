import type { ErrorCode } from '../domain/app-error.ts';
import type { SpaceId } from '../domain/ids.ts';
import type { MessageRef } from '../domain/message-ref.ts';
import type { EvolveTrigger, ModelCost, Proposal, ProposalState } from '../domain/proposal.ts';
import type { SkillScope } from '../domain/skill.ts';

export type NewProposal = Omit<Proposal, 'number' | 'revision'>;

/** What may change of a stored proposal. */
export type ProposalPatch = Partial<
  Pick<
    Proposal,
    | 'operation'
    | 'scope'
    | 'draftHash'
    | 'state'
    | 'reason'
    | 'notes'
    | 'replay'
    | 'cost'
    | 'decidedAt'
    | 'decidedBy'
    | 'generation'
    | 'card'
  >
>;

/** `proposed`: proposals came of it. `nothing`: the evolver saw no need. `failed`: no usable answer. */
export interface EvolverRun {
  readonly at: number;
  readonly spaceId: SpaceId;
  readonly scope: SkillScope;
  readonly trigger: EvolveTrigger;
  readonly topic: string;
  readonly failures: number;
  readonly outcome: 'proposed' | 'nothing' | 'failed';
  readonly errorCode?: ErrorCode;
  /** A clause for `status`. */
  readonly detail?: string;
  readonly cost: ModelCost;
  readonly proposals: readonly number[];
}

/** Proposals and the evolver's runs. Durability and errors as in `InboxStore`. */
export interface ProposalStore {
  /** Resolves with its number. */
  create(proposal: NewProposal): Promise<number>;
  get(number: number): Promise<Proposal | undefined>;
  byCard(ref: MessageRef): Promise<Proposal | undefined>;
  /** Rejects with `conflict` when it was changed since that revision: of two who decide at once one is late. Resolves with the proposal as it is then. */
  update(number: number, revision: number, patch: ProposalPatch): Promise<Proposal>;
  /** The newest first, of these states (all where empty), at most `limit`; of one space, or of all where absent. */
  list(states: readonly ProposalState[], limit: number, spaceId?: SpaceId): Promise<readonly Proposal[]>;
  counts(spaceId?: SpaceId): Promise<Readonly<Record<ProposalState, number>>>;

  record(run: EvolverRun): Promise<void>;
  /** The newest first. */
  runs(limit: number, spaceId?: SpaceId): Promise<readonly EvolverRun[]>;
  /** Adds calls to what this day has spent and resolves with its sum. `day`: `2026-01-05`. Adding 0 only asks. */
  spend(day: string, calls: number): Promise<number>;
}
