import { turnId } from '../../core/domain/ids.ts';
import type { Turn } from '../../core/domain/turn.ts';
import type { LedgerStore } from '../../core/ports/ledger-store.ts';
import type { NewTurn, TurnStore } from '../../core/ports/turn-store.ts';
import { sampleAt, sampleTurn } from './store-samples.ts';

/** Where answers come from that policies are judged by. */
export interface RatedTurns {
  /** One that was delivered, unless `end` says another thing; with what people said of it, −1 … 1, where given. */
  add(
    name: string,
    changes: Partial<NewTurn>,
    value?: number,
    end?: Partial<Pick<Turn, 'replyText'>> & { readonly state?: 'done' | 'failed' },
  ): Promise<void>;
}

/** The same in stores; `stores` as they are now. */
export function ratedTurnsOf(
  stores: () => { readonly turns: TurnStore; readonly ledger: LedgerStore },
): RatedTurns {
  return {
    async add(name, changes, value, end = {}) {
      const { turns, ledger } = stores();
      await turns.open(sampleTurn(name, changes));
      const dueAt = { skills: sampleAt };
      await turns.end(turnId(name), { state: 'done', endedAt: sampleAt, replyText: 'So.', dueAt, ...end });
      if (value === undefined) return;
      const reward = { kind: 'known', value, authority: 'explicit', voices: 1, weight: 1 } as const;
      await ledger.settle(turnId(name), 'skills', 0, reward, { role: 'statistics', reason: 'not_a_failure' });
    },
  };
}
