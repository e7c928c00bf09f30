import type { TurnId } from '../domain/ids.ts';
import { foldReward, type Reward } from '../domain/reward.ts';
import type { LedgerStore, Settlement, SettlementUse } from '../ports/ledger-store.ts';

export interface VerifyDeps {
  readonly ledger: Pick<LedgerStore, 'settledPage' | 'settlement' | 'ofTurn'>;
}

/** A settled reward that the ledger's rows do not fold to. */
export interface RewardDifference {
  readonly turnId: TurnId;
  readonly use: SettlementUse;
  readonly stored: Reward;
  readonly recomputed: Reward;
}

/** One settled reward that was looked at. `late`: signals came after it was used, so that it cannot be compared. */
export type VerifiedReward =
  | { readonly kind: 'equal' | 'late' }
  | ({ readonly kind: 'different' } & RewardDifference);

const uses: readonly SettlementUse[] = ['skills', 'weights'];
const pageSize = 500;

function isSameReward(a: Reward, b: Reward): boolean {
  if (a.kind !== 'known' || b.kind !== 'known') return a.kind === b.kind;
  return a.value === b.value && a.authority === b.authority && a.voices === b.voices && a.weight === b.weight;
}

/** Whether a bot that runs meanwhile has touched it since it was read. */
async function hasMoved({ ledger }: VerifyDeps, read: Settlement): Promise<boolean> {
  const now = await ledger.settlement(read.turnId, read.use);
  return now?.state !== read.state || now.revision !== read.revision || now.lateSignals !== read.lateSignals;
}

async function verifyOne(deps: VerifyDeps, settlement: Settlement): Promise<VerifiedReward | undefined> {
  const { turnId, use, reward: stored } = settlement;
  if (settlement.lateSignals > 0) return { kind: 'late' };
  const recomputed = foldReward(await deps.ledger.ofTurn(turnId));
  if (isSameReward(stored, recomputed)) return { kind: 'equal' };
  if (await hasMoved(deps, settlement)) return undefined;
  return { kind: 'different', turnId, use, stored, recomputed };
}

/**
 * Folds every settled and used reward from the ledger again and yields what came of it, by use and turn id. Changes
 * nothing and may run beside a bot: what is reopened under its eyes is left out. Rejects with a storage error.
 */
export async function* verifyRewards(deps: VerifyDeps): AsyncGenerator<VerifiedReward> {
  for (const use of uses) {
    let after = '';
    for (;;) {
      const page = await deps.ledger.settledPage(use, after, pageSize);
      const last = page.at(-1);
      if (last === undefined) break;
      for (const settlement of page) {
        const verified = await verifyOne(deps, settlement);
        if (verified !== undefined) yield verified;
      }
      after = last.turnId;
    }
  }
}
