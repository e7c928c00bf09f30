import type { TurnId } from '../domain/ids.ts';
import { foldReward, isSameReward, type Reward } from '../domain/reward.ts';
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

const pageSize = 500;

/** Whether a bot that runs meanwhile has touched it since it was read. */
async function hasMoved({ ledger }: VerifyDeps, read: Settlement): Promise<boolean> {
  const now = await ledger.settlement(read.turnId, read.use);
  return now?.state !== read.state || now.revision !== read.revision || now.lateSignals !== read.lateSignals;
}

/** One after the other from the store's pages. */
async function* settledOf({ ledger }: VerifyDeps, use: SettlementUse): AsyncGenerator<Settlement> {
  let after = '';
  for (;;) {
    const page = await ledger.settledPage(use, after, pageSize);
    const last = page.at(-1);
    if (last === undefined) return;
    yield* page;
    after = last.turnId;
  }
}

/** The settlements of both uses by turn id, so that a turn's are next to each other and it is folded once. */
async function* settledByTurn(deps: VerifyDeps): AsyncGenerator<Settlement> {
  const skills = settledOf(deps, 'skills');
  const weights = settledOf(deps, 'weights');
  let one = await skills.next();
  let other = await weights.next();
  while (!one.done || !other.done) {
    if (!one.done && (other.done || one.value.turnId <= other.value.turnId)) {
      yield one.value;
      one = await skills.next();
    } else if (!other.done) {
      yield other.value;
      other = await weights.next();
    }
  }
}

/**
 * Folds every settled and used reward from the ledger again and yields what came of it, by turn id. Changes nothing and
 * may run beside a bot: what is reopened under its eyes is left out. Rejects with a storage error.
 */
export async function* verifyRewards(deps: VerifyDeps): AsyncGenerator<VerifiedReward> {
  let folded: { readonly turnId: TurnId; readonly reward: Reward } | undefined;
  for await (const settlement of settledByTurn(deps)) {
    const { turnId, use, reward: stored } = settlement;
    if (settlement.lateSignals > 0) {
      yield { kind: 'late' };
      continue;
    }
    if (folded?.turnId !== turnId) {
      folded = { turnId, reward: foldReward(await deps.ledger.ofTurn(turnId)) };
    }
    const recomputed = folded.reward;
    if (isSameReward(stored, recomputed)) yield { kind: 'equal' };
    else if (!(await hasMoved(deps, settlement))) {
      yield { kind: 'different', turnId, use, stored, recomputed };
    }
  }
}
