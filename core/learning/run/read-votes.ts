import { AppError } from '../../domain/app-error.ts';
import type { EventId, SpaceId } from '../../domain/ids.ts';
import type { LedgerStore, Vote } from '../../ports/ledger-store.ts';
import type { GatheredSample } from './gathered-sample.ts';
import { eachInPieces, type YieldNow } from './in-pieces.ts';

export interface ReadVotesDeps {
  readonly ledger: Pick<LedgerStore, 'votesBetween'>;
  readonly yieldNow: YieldNow;
}

const dayMs = 86_400_000;
const pageSize = 500;
const lookedAtOnce = 8_000;

/**
 * All that people said in the spaces of these samples since the day (UTC) of the first word that counts in one of them, for
 * `tallyPeople`: whole days, each row once, and what takes words back as well. Rejects as the store does, and with `aborted`.
 */
export async function readVotes(
  samples: readonly GatheredSample[],
  deps: ReadVotesDeps,
  signal: AbortSignal,
): Promise<readonly Vote[]> {
  const votes: Vote[] = [];
  const firsts = new Map<SpaceId, number>();
  await eachInPieces(samples, lookedAtOnce, deps.yieldNow, ({ spaceId, voices }) => {
    for (const { occurredAt } of voices) {
      firsts.set(spaceId, Math.min(firsts.get(spaceId) ?? occurredAt, occurredAt));
    }
  });
  for (const [spaceId, first] of firsts) {
    for (const vote of await votesSince(spaceId, Math.floor(first / dayMs) * dayMs, deps, signal)) {
      votes.push(vote);
    }
  }
  return votes;
}

async function votesSince(
  spaceId: SpaceId,
  since: number,
  { ledger, yieldNow }: ReadVotesDeps,
  signal: AbortSignal,
): Promise<Iterable<Vote>> {
  const found = new Map<EventId, Vote>();
  let from = since;
  let limit = pageSize;
  for (;;) {
    if (signal.aborted) throw new AppError('aborted', 'The look for answers to train on was stopped.');
    const page = await ledger.votesBetween(spaceId, from, Number.MAX_SAFE_INTEGER, limit);
    for (const vote of page) found.set(vote.eventId, vote);
    const last = page.at(-1);
    if (last === undefined || page.length < limit) return found.values();
    // More at one instant than a page holds: the next page begins with it again, and must reach beyond it.
    if (last.occurredAt === from) limit *= 2;
    from = last.occurredAt;
    await yieldNow();
  }
}
