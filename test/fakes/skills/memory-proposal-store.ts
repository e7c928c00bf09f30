import { AppError } from '../../../core/domain/app-error.ts';
import { sameMessage } from '../../../core/domain/message-ref.ts';
import type { Proposal, ProposalState } from '../../../core/domain/proposal.ts';
import type { EvolverRun, ProposalStore } from '../../../core/ports/proposal-store.ts';

export interface MemoryProposalStore extends ProposalStore {
  /** Every call of this name from now on rejects with the error that the function gives, where it gives one. */
  failing(find: (method: keyof ProposalStore, args: readonly unknown[]) => AppError | undefined): void;
  all(): readonly Proposal[];
}

const states: readonly ProposalState[] = ['waiting', 'applied', 'refused', 'rejected', 'undone', 'stale'];

/** Proposals and runs in memory. Values are copies, as of a store on disk. */
export function createMemoryProposalStore(): MemoryProposalStore {
  const proposals: Proposal[] = [];
  const runs: EvolverRun[] = [];
  const spent = new Map<string, number>();
  let faultOf: (method: keyof ProposalStore, args: readonly unknown[]) => AppError | undefined = () =>
    undefined;

  /** As a store on disk: not within the caller's own turn of the event loop. */
  async function guard(method: keyof ProposalStore, ...args: readonly unknown[]): Promise<void> {
    await Promise.resolve();
    const fault = faultOf(method, args);
    if (fault !== undefined) throw fault;
  }

  return {
    failing(find) {
      faultOf = find;
    },
    all: () => structuredClone(proposals),
    async create(proposal) {
      await guard('create', proposal);
      const number = proposals.length + 1;
      proposals.push({ ...structuredClone(proposal), number, revision: 1 });
      return number;
    },
    async get(number) {
      await guard('get', number);
      return structuredClone(proposals[number - 1]);
    },
    async byCard(ref) {
      await guard('byCard', ref);
      return structuredClone(proposals.find(({ card }) => card !== undefined && sameMessage(card, ref)));
    },
    async update(number, revision, patch) {
      await guard('update', number, revision, patch);
      const before = proposals[number - 1];
      if (before === undefined) throw new AppError('not_found', `There is no proposal ${number}.`);
      if (before.revision !== revision) {
        throw new AppError('conflict', `Proposal ${number} was changed since.`);
      }
      const after: Proposal = { ...before, ...structuredClone(patch), revision: revision + 1 };
      proposals[number - 1] = after;
      return structuredClone(after);
    },
    async list(wanted, limit, spaceId) {
      await guard('list', wanted, limit, spaceId);
      const found = proposals.filter(
        (proposal) =>
          (wanted.length === 0 || wanted.includes(proposal.state)) &&
          (spaceId === undefined || proposal.spaceId === spaceId),
      );
      return structuredClone(found.toReversed().slice(0, limit));
    },
    async counts(spaceId) {
      await guard('counts', spaceId);
      const ofSpace = proposals.filter((proposal) => spaceId === undefined || proposal.spaceId === spaceId);
      const count = (state: ProposalState): number =>
        ofSpace.filter((proposal) => proposal.state === state).length;
      const [waiting, applied, refused, rejected, undone, stale] = states.map(count);
      return {
        waiting: waiting ?? 0,
        applied: applied ?? 0,
        refused: refused ?? 0,
        rejected: rejected ?? 0,
        undone: undone ?? 0,
        stale: stale ?? 0,
      };
    },
    async record(run) {
      await guard('record', run);
      runs.push(structuredClone(run));
    },
    async runs(limit, spaceId) {
      await guard('runs', limit, spaceId);
      const found = runs.filter((run) => spaceId === undefined || run.spaceId === spaceId);
      return structuredClone(found.toReversed().slice(0, limit));
    },
    async spend(day, calls) {
      await guard('spend', day, calls);
      const sum = (spent.get(day) ?? 0) + calls;
      spent.set(day, sum);
      return sum;
    },
  };
}
