import { AppError, toAppError } from '../../domain/app-error.ts';
import type { PersonId } from '../../domain/ids.ts';
import type { Proposal } from '../../domain/proposal.ts';
import { isRetrievable, type SkillName } from '../../domain/skill.ts';
import { type DraftText, draftsOf, type SkillOperation } from '../../domain/skill-operation.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { LibraryEvent } from '../../ports/library-store.ts';
import type { Logger } from '../../ports/logger.ts';
import type { ProposalPatch, ProposalStore } from '../../ports/proposal-store.ts';
import { noReplay } from '../replay/replay.ts';
import type { CheckDraft } from './check-operation.ts';
import { draftHash } from './draft-hash.ts';
import type { ChangeableLibrary, DraftedEntry } from './evolver-library.ts';
import { changedSince, checkInScope, type PersonRole, scopeRefusal } from './proposal-checks.ts';
import { entriesOf, touchedNames } from './proposal-entries.ts';

export interface ProposalDeskDeps {
  readonly proposals: Pick<ProposalStore, 'get' | 'update' | 'list'>;
  readonly library: ChangeableLibrary;
  readonly check: CheckDraft;
  readonly ids: Pick<Ids, 'digest'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  /** So many different people must have met a failure before what was learned from it goes to more than one person. */
  readonly people: number;
  /** How a new text begins. @default 'canary' */
  readonly startsAs?: (proposal: Proposal) => 'canary' | 'active';
}

/** Whoever decides. Whether a person may decide on this space's drafts at all is the caller's to know. */
export interface Decider {
  readonly personId: PersonId;
  readonly role: PersonRole;
}

/**
 * Decisions on proposals. Each is made once: of two at the same time one wins. Every method rejects with an `AppError` whose
 * message tells the person what to do, and then the library is as it was. `hash`: the draft's hash, or its first six
 * digits or more, as the person was shown it: a decision on another text is a `conflict`.
 */
export interface ProposalDesk {
  /** Lets it into the library as one change. */
  approve(number: number, hash: string, by: Decider): Promise<Proposal>;
  /** The same by the policy of its space. */
  applyByPolicy(number: number, hash: string): Promise<Proposal>;
  /** The reason goes into the next attempt. */
  reject(number: number, hash: string, reason: string | undefined, by: Decider): Promise<Proposal>;
  /** Another text for a draft that holds one text. What was known of the old one does not speak for it. */
  edit(number: number, hash: string, draft: DraftText, by: Decider): Promise<Proposal>;
  /** Takes its change of the library back as one change, where what it made is still as it made it. */
  undo(number: number, by: Decider): Promise<Proposal>;
  /** Puts in order what a crash cut off between a decision and its change. Call it once at the start, before anything else. */
  recoverClaims(): Promise<void>;
}

const leastHashChars = 6;
const updateTries = 5;
const eventsLookedAt = 100;
const decisionsLookedAt = 1_000;
const undoneLookedAt = 50;

export function createProposalDesk(deps: ProposalDeskDeps): ProposalDesk {
  const { proposals, library, clock, logger } = deps;
  const startsAs = deps.startsAs ?? (() => 'canary' as const);

  async function existing(number: number): Promise<Proposal> {
    const proposal = await proposals.get(number);
    if (proposal !== undefined) return proposal;
    throw new AppError('not_found', `There is no draft ${number}.`);
  }

  /** Changes a proposal that `mayStill` be changed so; a card that was posted meanwhile is no reason to give up. */
  async function update(
    first: Proposal,
    patch: ProposalPatch,
    mayStill: (proposal: Proposal) => void,
  ): Promise<Proposal> {
    let proposal = first;
    for (let tries = 1; ; tries += 1) {
      mayStill(proposal);
      try {
        return await proposals.update(proposal.number, proposal.revision, patch);
      } catch (thrown) {
        const error = toAppError(thrown);
        if (error.code !== 'conflict' || tries === updateTries) throw error;
        proposal = await existing(proposal.number);
      }
    }
  }

  const isOpen =
    (hash: string) =>
    (proposal: Proposal): void => {
      if (hash.length < leastHashChars || !proposal.draftHash.startsWith(hash.toLowerCase())) {
        throw new AppError(
          'conflict',
          `Draft ${proposal.number} has changed since you looked at it. Look at it again before you decide.`,
        );
      }
      if (proposal.state !== 'waiting') {
        throw new AppError('conflict', `Draft ${proposal.number} is no longer open: ${decided(proposal)}.`);
      }
    };

  async function apply(proposal: Proposal, hash: string, by: Decider | undefined): Promise<Proposal> {
    const open = isOpen(hash);
    open(proposal);
    const refusal = scopeRefusal(proposal, by?.role, deps.people);
    if (refusal !== undefined) throw new AppError('not_allowed', refusal);
    const decision = {
      decidedAt: clock.now(),
      ...(by === undefined ? {} : { decidedBy: by.personId }),
    };
    const change = changedSince(proposal, library);
    if (change !== undefined) {
      await update(proposal, { ...decision, state: 'stale', reason: change }, open);
      throw new AppError('conflict', `Draft ${proposal.number} is out of date: ${change}.`);
    }
    const checked = checkInScope(proposal.operation, proposal, library, deps.check);
    if (checked.refusal !== undefined) {
      await update(
        proposal,
        { ...decision, state: 'refused', reason: checked.refusal, notes: checked.notes },
        open,
      );
      throw new AppError('not_allowed', `The checks refuse draft ${proposal.number}: ${checked.refusal}`);
    }
    const entries = entriesOf(proposal, by?.personId, startsAs(proposal), library);
    // Before the change: whoever comes second finds it decided, and a crash in between is healed by the library's record.
    const claimed = await update(proposal, { ...decision, state: 'applied' }, open);
    const generation = await makeChange(claimed, 'applied', () =>
      library.change({
        cause: {
          kind: proposal.operation.op,
          proposal: proposal.number,
          ...(by === undefined ? {} : { by: by.personId }),
        },
        entries,
        consumed: [...proposal.support, ...proposal.withheld],
        onlyIf: () => isStillSo(proposal),
      }),
    );
    return update(claimed, { generation }, isIn('applied'));
  }

  /** Asked again when its turn has come: another draft may have been let in since. */
  function isStillSo(proposal: Proposal): true {
    const change = changedSince(proposal, library);
    if (change === undefined) return true;
    throw new AppError('conflict', `Draft ${proposal.number} is out of date: ${change}.`);
  }

  /** Makes the change that a proposal was claimed for; where that fails it is as it was before. */
  async function makeChange(
    claimed: Proposal,
    state: 'applied' | 'undone',
    make: () => Promise<{ readonly generation: number }>,
  ): Promise<number> {
    try {
      return (await make()).generation;
    } catch (thrown) {
      const before = state === 'applied' ? 'waiting' : 'applied';
      await update(claimed, { state: before }, isIn(state)).catch((error: unknown) => {
        logger.error('claim_not_released', { proposal: claimed.number, error });
      });
      throw toAppError(thrown);
    }
  }

  /** What the library's record says that a proposal did to its names: last, by name. */
  async function eventsOf(proposal: Proposal): Promise<readonly LibraryEvent[]> {
    const events: LibraryEvent[] = [];
    for (const name of touchedNames(proposal)) {
      const known = await library.history(eventsLookedAt, { scope: proposal.scope, name });
      events.push(...known.filter(({ cause }) => cause.proposal === proposal.number));
    }
    return events;
  }

  async function undo(number: number, by: Decider): Promise<Proposal> {
    const proposal = await existing(number);
    const isUsed = isIn('applied');
    isUsed(proposal);
    if (proposal.scope.kind === 'global' && by.role !== 'operator') {
      throw new AppError('not_allowed', 'Only the operator may take back what is for everybody.');
    }
    const made = (await eventsOf(proposal)).filter(({ cause }) => cause.kind !== 'undo');
    if (made.length === 0) {
      throw new AppError('conflict', `Draft ${number} is still on its way into the library. Try again.`);
    }
    const changes = made.flatMap((event) => changeSince(event, proposal) ?? []);
    if (changes.length > 0) {
      throw new AppError(
        'conflict',
        `Draft ${number} cannot be taken back as a whole any more: ${changes.join('; ')}. Change these skills one by one.`,
      );
    }
    const claimed = await update(
      proposal,
      { state: 'undone', decidedAt: clock.now(), decidedBy: by.personId },
      isUsed,
    );
    const generation = await makeChange(claimed, 'undone', () =>
      library.change({
        cause: { kind: 'undo', proposal: number, by: by.personId },
        entries: made.map(entryBefore),
      }),
    );
    return update(claimed, { generation }, isIn('undone'));
  }

  /** What became of an entry after the event that made it so, as a clause. */
  function changeSince({ after }: LibraryEvent, { scope }: Proposal): string | undefined {
    const now = library.entry(scope, after.name);
    if (now === undefined) return `“${after.name}” is gone`;
    if (now.version !== after.version) return `“${after.name}” has another text by now`;
    if (isRetrievable(now.state) === isRetrievable(after.state)) return undefined;
    return isRetrievable(now.state)
      ? `“${after.name}” is in use again`
      : `“${after.name}” is no longer in use`;
  }

  async function recover(proposal: Proposal): Promise<void> {
    const events = await eventsOf(proposal);
    const made = events.find(({ cause }) => cause.kind !== 'undo');
    const isTakenBack = events.some(({ cause }) => cause.kind === 'undo');
    const patch = recovery(proposal, made, isTakenBack);
    if (patch === undefined) return;
    await proposals.update(proposal.number, proposal.revision, patch);
    logger.info('claim_recovered', { proposal: proposal.number, state: patch.state ?? proposal.state });
  }

  return {
    async approve(number, hash, by) {
      return apply(await existing(number), hash, by);
    },
    async applyByPolicy(number, hash) {
      return apply(await existing(number), hash, undefined);
    },
    async reject(number, hash, reason, by) {
      const words = reason?.trim() ?? '';
      const patch = {
        state: 'rejected',
        decidedAt: clock.now(),
        decidedBy: by.personId,
        ...(words === '' ? {} : { reason: words }),
      } as const;
      return update(await existing(number), patch, isOpen(hash));
    },
    async edit(number, hash, draft) {
      const proposal = await existing(number);
      const open = isOpen(hash);
      open(proposal);
      const operation = withDraft(proposal, draft);
      const name = newName(operation, proposal);
      if (name !== undefined && library.entry(proposal.scope, name) !== undefined) {
        throw new AppError('conflict', `There is a skill “${name}” already. Choose another name.`);
      }
      const checked = checkInScope(operation, proposal, library, deps.check);
      if (checked.refusal !== undefined) throw new AppError('invalid_input', checked.refusal);
      return update(
        proposal,
        {
          operation,
          draftHash: draftHash(proposal.scope, operation, deps.ids),
          notes: checked.notes,
          replay: noReplay(['it was changed by a person after the replay']),
        },
        open,
      );
    },
    undo,
    async recoverClaims() {
      const applied = await proposals.list(['applied'], decisionsLookedAt);
      const undone = await proposals.list(['undone'], undoneLookedAt);
      // What was applied and given its generation is whole.
      const halves = applied.filter(({ generation }) => generation === undefined);
      for (const proposal of [...halves, ...undone]) await recover(proposal);
    },
  };
}

/** What a crash left to do, by what the library's record says of it. */
function recovery(
  { state }: Proposal,
  made: LibraryEvent | undefined,
  isTakenBack: boolean,
): ProposalPatch | undefined {
  if (state === 'undone') return made === undefined || isTakenBack ? undefined : { state: 'applied' };
  return made === undefined ? { state: 'waiting' } : { generation: made.generation };
}

const decidedWords: Readonly<Record<Proposal['state'], string>> = {
  waiting: 'it waits',
  applied: 'it was approved and is in use',
  refused: 'the checks refused it',
  rejected: 'it was rejected',
  undone: 'it was approved and taken back',
  stale: 'what it would change has changed meanwhile',
};

const decided = ({ state }: Proposal): string => decidedWords[state];

const isIn =
  (state: Proposal['state']) =>
  (proposal: Proposal): void => {
    if (proposal.state === state) return;
    throw new AppError(
      'conflict',
      `Draft ${proposal.number} was decided on meanwhile: ${decided(proposal)}.`,
    );
  };

/** The entry as it was before an event; what was not there then is retired. */
function entryBefore({ before, after }: LibraryEvent): DraftedEntry {
  const { scope, name } = after;
  if (before === undefined) return { scope, name, state: 'retired' };
  const { version, state, isProven, isPinned, maskedContexts } = before;
  return {
    scope,
    name,
    ...(version === after.version || version === 0 ? {} : { version }),
    state,
    isProven,
    isPinned,
    maskedContexts,
  };
}

function withDraft({ number, operation }: Proposal, draft: DraftText): SkillOperation {
  if (operation.op === 'edit') {
    if (draft.name === operation.name) return { ...operation, draft };
    throw new AppError(
      'invalid_input',
      `Draft ${number} is another text for “${operation.name}”: keep that name.`,
    );
  }
  if (operation.op === 'add' || operation.op === 'merge') return { ...operation, draft };
  throw new AppError('unsupported', `Draft ${number} holds no single text that could be edited.`);
}

/** The name that an edited draft would take and the draft before did not. */
function newName(operation: SkillOperation, before: Proposal): SkillName | undefined {
  const had = new Set<string>(touchedNames(before));
  if (draftsOf(operation).length === 0) return undefined;
  return touchedNames({ operation }).find((name) => !had.has(name));
}
