import { platformOf } from '../../domain/ids.ts';
import type { Proposal } from '../../domain/proposal.ts';
import type { SkillScope } from '../../domain/skill.ts';
import type { SkillOperation } from '../../domain/skill-operation.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { ProposalStore } from '../../ports/proposal-store.ts';
import type { CheckDraft } from '../../skills/evolver/check-operation.ts';
import { draftHash } from '../../skills/evolver/draft-hash.ts';
import { type FittingContext, fitOperation } from '../../skills/evolver/draft-to-proposal.ts';
import type { SkillEdit } from './skill-edit.ts';

export interface FileSkillEditDeps {
  readonly proposals: Pick<ProposalStore, 'create' | 'get' | 'list'>;
  readonly library: FittingContext['library'];
  readonly check: CheckDraft;
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Pick<Ids, 'digest'>;
  /** The model that wrote it. */
  readonly model: string;
  /** Puts the card of one that waits before whoever decides. */
  readonly onProposal: (proposal: Proposal) => Promise<void>;
}

/** As many as a space has in years. */
const draftsLookedAt = 2_000;

/**
 * Makes a draft of the fast loop of a text that a search found: it waits for a person there, whatever the space's policy says, and
 * is tried like any other. The same text again makes no second draft, whatever became of the first. Rejects as the stores do.
 */
export function createSkillEditFiler(deps: FileSkillEditDeps): (edit: SkillEdit) => Promise<void> {
  const { proposals, library, check, clock, ids } = deps;
  return async (edit) => {
    if (edit.scope.kind !== 'space') return;
    const { spaceId } = edit.scope;
    const { skill } = edit;
    const scope: Exclude<SkillScope, { kind: 'global' }> =
      skill.scope.kind === 'global' ? { kind: 'space', platform: platformOf(spaceId), spaceId } : skill.scope;
    const isPrivate = edit.learnedFrom.isPrivate === true;
    const { operation, notes, refusal } = fitOperation(edit.operation, {
      scope,
      isPrivate,
      library,
      check,
      taken: new Set(),
    });
    const text = textHash(scope, operation, ids);
    const known = await proposals.list([], draftsLookedAt, spaceId);
    if (known.some((proposal) => textHash(proposal.scope, proposal.operation, ids) === text)) return;
    const number = await proposals.create({
      spaceId,
      scope,
      operation,
      draftHash: draftHash(scope, operation, ids),
      state: refusal === undefined ? 'waiting' : 'refused',
      ...(refusal === undefined ? {} : { reason: refusal }),
      trigger: 'threshold',
      topic: `better words for ${skill.name}`,
      support: edit.support,
      withheld: [],
      people: edit.people,
      learnedFrom: edit.learnedFrom,
      notes,
      replay: edit.replay,
      cost: { calls: 0, inputTokens: 0, outputTokens: 0 },
      model: deps.model,
      createdAt: clock.now(),
    });
    const proposal = await proposals.get(number);
    if (proposal?.state === 'waiting') await deps.onProposal(proposal);
  };
}

/** Whatever the reason given for it: the next search has another one. */
function textHash(scope: SkillScope, operation: SkillOperation, ids: Pick<Ids, 'digest'>): string {
  return draftHash(scope, { ...operation, why: '' }, ids);
}
