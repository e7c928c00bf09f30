import { type SpaceId, type TurnId, turnId } from '../../../core/domain/ids.ts';
import type { Reward } from '../../../core/domain/reward.ts';
import type { Role, Settlement, SettlementUse } from '../../../core/ports/ledger-store.ts';
import type { SampleTable } from '../../contract/sample-table.ts';
import { sampleAt, sampleConversation } from '../../contract/store-samples.ts';

/** How a sample and the library stood when it was claimed. */
export interface ClaimMark {
  readonly lateSignals: number;
  readonly generation: number;
}

/** Settlements in memory, as far as runs see them. */
export interface MemorySettlements extends SampleTable {
  readonly turns: readonly TurnId[];
  readonly generation: number;
  /** Undefined for one that is not known. */
  spaceOf(turnId: TurnId): SpaceId | undefined;
  /** Whether it is a sample now; of this revision where given. */
  isSample(turnId: TurnId, revision?: number): boolean;
  /** Makes a sample used. */
  use(turnId: TurnId): ClaimMark;
  /** Makes it a sample again, or opens it where something has happened since, or as it is wished. */
  free(turnId: TurnId, mark: ClaimMark, isOpened: boolean): void;
}

const good: Reward = { kind: 'known', value: 1, authority: 'explicit', voices: 1, weight: 1 };

export function createMemorySettlements(): MemorySettlements {
  const weights = new Map<TurnId, Settlement>();
  const skills = new Map<TurnId, Settlement>();
  const spaces = new Map<TurnId, SpaceId>();
  let generation = 0;

  const opened = (id: TurnId, use: SettlementUse): Settlement => ({
    turnId: id,
    use,
    state: 'open',
    dueAt: sampleAt,
    reward: { kind: 'missing' },
    decision: { role: 'statistics', reason: 'open' },
    revision: 0,
    lateSignals: 0,
  });
  const change = (id: TurnId, changes: Partial<Settlement>, of = weights): void => {
    const before = of.get(id);
    if (before !== undefined) of.set(id, { ...before, ...changes });
  };
  function open(id: TurnId, dueAt: number, lateSignals: number): void {
    const { revision = -1, droppedBy } = weights.get(id) ?? {};
    const dropped = droppedBy === undefined ? {} : { droppedBy };
    weights.set(id, { ...opened(id, 'weights'), dueAt, lateSignals, revision: revision + 1, ...dropped });
  }
  function settle(id: TurnId): boolean {
    const { state, droppedBy } = weights.get(id) ?? {};
    if (state !== 'open') return false;
    const role: Role = droppedBy === undefined ? 'query' : 'statistics';
    const reason = droppedBy === undefined ? 'rated' : 'library_changed';
    change(id, { state: 'settled', reward: good, decision: { role, reason } });
    return true;
  }
  function drop(id: TurnId, reason: string): void {
    const { state, decision, droppedBy } = weights.get(id) ?? {};
    if (state === undefined || state === 'used') return;
    const left = decision?.role === 'query' ? { decision: { role: 'statistics', reason } as const } : {};
    change(id, { droppedBy: droppedBy ?? generation, ...left });
  }
  function isSample(id: TurnId, revision?: number): boolean {
    const one = weights.get(id);
    if (one === undefined || (revision !== undefined && one.revision !== revision)) return false;
    const isSettled = one.state === 'settled' && one.decision.role === 'query' && one.droppedBy === undefined;
    return isSettled && skills.get(id)?.state !== 'used';
  }

  return {
    get turns() {
      return [...weights.keys()].toSorted();
    },
    get generation() {
      return generation;
    },
    async add(name, spaceId = sampleConversation.spaceId) {
      const id = turnId(name);
      spaces.set(id, spaceId);
      skills.set(id, opened(id, 'skills'));
      weights.set(id, opened(id, 'weights'));
      settle(id);
      return id;
    },
    async say(id) {
      const before = weights.get(id);
      if (before?.state === 'used') change(id, { lateSignals: before.lateSignals + 1 });
      else open(id, sampleAt + 9, before?.lateSignals ?? 0);
    },
    settle: async (id) => settle(id),
    async change(consumed = [], dropped = []) {
      generation += 1;
      for (const id of consumed) {
        if (weights.get(id)?.state === 'used') continue;
        change(id, { state: 'used', decision: { role: 'support', reason: 'failure' } }, skills);
        drop(id, 'used_as_support');
      }
      for (const id of dropped) drop(id, 'library_changed');
    },
    async markUsed(id, use = 'weights') {
      if (use === 'skills') change(id, { state: 'used' }, skills);
      const { state, droppedBy } = weights.get(id) ?? {};
      if (use === 'weights' && state === 'settled' && droppedBy === undefined) change(id, { state: 'used' });
    },
    of: async (id, use) => structuredClone((use === 'weights' ? weights : skills).get(id)),
    spaceOf: (id) => spaces.get(id),
    isSample,
    use(id) {
      change(id, { state: 'used' });
      return { lateSignals: weights.get(id)?.lateSignals ?? 0, generation };
    },
    free(id, mark, isOpened) {
      const isSame = weights.get(id)?.lateSignals === mark.lateSignals && generation === mark.generation;
      if (isSame && !isOpened) change(id, { state: 'settled' });
      else open(id, 0, mark.lateSignals);
    },
  };
}
