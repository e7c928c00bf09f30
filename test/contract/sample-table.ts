import { type SpaceId, type TurnId, turnId } from '../../core/domain/ids.ts';
import type { Reward } from '../../core/domain/reward.ts';
import type { LedgerStore, Settlement, SettlementUse } from '../../core/ports/ledger-store.ts';
import type { LibraryStore } from '../../core/ports/library-store.ts';
import type { TurnStore } from '../../core/ports/turn-store.ts';
import {
  sampleAt,
  sampleConversation,
  sampleScopes,
  sampleSkill,
  sampleTurn,
  skillName,
} from './store-samples.ts';

/** What happens to answers beside the runs that train on them. */
export interface SampleTable {
  /** An answer, settled as a sample for the weights. */
  add(name: string, spaceId?: SpaceId): Promise<TurnId>;
  /** Somebody says something of it: its quiet time begins anew, or it counts as late. */
  say(turnId: TurnId): Promise<void>;
  /** Its quiet time is over: it is a sample again, unless it was dropped. False where it is not open. */
  settle(turnId: TurnId): Promise<boolean>;
  /** The library changes: its generation grows by one. `consumed` became skills, `dropped` are no samples any more. */
  change(consumed?: readonly TurnId[], dropped?: readonly TurnId[]): Promise<void>;
  /** For `weights`: a batch outside of all runs trains on it. For `skills`: a skill was made from it, and no more than that is known. */
  markUsed(turnId: TurnId, use?: SettlementUse): Promise<void>;
  of(turnId: TurnId, use: SettlementUse): Promise<Settlement | undefined>;
}

interface Stores {
  readonly ledger: LedgerStore;
  readonly library: LibraryStore;
  readonly turns: TurnStore;
}

const good: Reward = { kind: 'known', value: 1, authority: 'explicit', voices: 1, weight: 1 };

const bad: Reward = { ...good, value: -1 };

/** The same in stores; `stores` as they are now. */
export function sampleTableOf(stores: () => Stores): SampleTable {
  async function settle(id: TurnId): Promise<boolean> {
    const { ledger } = stores();
    const { revision } = (await ledger.settlement(id, 'weights')) ?? { revision: -1 };
    return ledger.settle(id, 'weights', revision, good, { role: 'query', reason: 'rated' });
  }
  return {
    async add(name, spaceId = sampleConversation.spaceId) {
      const { turns } = stores();
      const conversation = { ...sampleConversation, spaceId };
      await turns.open(sampleTurn(name, { conversation, generation: 0 }));
      const dueAt = { skills: sampleAt, weights: sampleAt };
      await turns.end(turnId(name), { state: 'done', endedAt: sampleAt, replyText: 'So.', dueAt });
      await settle(turnId(name));
      return turnId(name);
    },
    say: (id) => stores().ledger.schedule(id, { weights: sampleAt + 9 }),
    settle,
    async change(consumed = [], dropped = []) {
      const { library } = stores();
      const { revision: expectedRevision } = await library.state();
      const text = { ...sampleSkill('a', `${expectedRevision}`), origin: { kind: 'files' } as const };
      await library.apply({
        at: sampleAt + 1,
        expectedRevision,
        cause: { kind: 'edit' },
        entries: [{ scope: sampleScopes.global, name: skillName('a'), text }],
        consumed,
        invalidation: { mode: 'scoped', turns: dropped },
      });
    },
    async markUsed(id, use = 'weights') {
      const { ledger } = stores();
      if (use === 'skills') await ledger.settle(id, 'skills', 0, bad, { role: 'support', reason: 'failure' });
      await ledger.markUsed([id], use);
    },
    of: (id, use) => stores().ledger.settlement(id, use),
  };
}
