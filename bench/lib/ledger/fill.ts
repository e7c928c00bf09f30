import type { SqliteStores } from '../../../adapters/sqlite/stores.ts';
import { foldReward } from '../../../core/domain/reward.ts';
import type { Settlement } from '../../../core/ports/ledger-store.ts';
import { answerRef, askedAt, turnAt } from './feedback.ts';

/** Calls of one moment share a commit: so many at a time. */
const together = 1_000;
const body = { blocks: [] };

/** Calls `work` for 0 to `count` - 1, many at once, in order. */
async function inWaves(count: number, work: (at: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < count; from += together) {
    const size = Math.min(together, count - from);
    await Promise.all(Array.from({ length: size }, (_, at) => work(from + at)));
  }
}

/** Stores turns that were answered by one message each, and whose quiet times have begun. */
export async function fillTurns({ turns }: SqliteStores, count: number): Promise<void> {
  await inWaves(count, async (at) => {
    const turn = turnAt(at, count);
    const endedAt = askedAt(at, count);
    await turns.open(turn);
    await turns.intend(turn.turnId, 0, `${turn.turnId}.0`, body, turn.startedAt);
    await turns.sent(turn.turnId, 0, answerRef(at), endedAt);
    const dueAt = { skills: endedAt, weights: endedAt };
    await turns.end(turn.turnId, { state: 'done', endedAt, replyText: 'By the runbook.', dueAt });
  });
}

/** Settles everything that is due, as after the quiet times. */
export async function settleAll({ ledger }: SqliteStores): Promise<void> {
  const settle = async ({ turnId, use, revision }: Settlement): Promise<void> => {
    const reward = foldReward(await ledger.ofTurn(turnId));
    await ledger.settle(turnId, use, revision, reward, { role: 'statistics', reason: 'bench' });
  };
  for (;;) {
    const due = await ledger.due(Number.MAX_SAFE_INTEGER, together);
    if (due.length === 0) return;
    await Promise.all(due.map(settle));
  }
}
