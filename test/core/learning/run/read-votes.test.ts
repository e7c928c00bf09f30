import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventId, spaceId, turnId } from '../../../../core/domain/ids.ts';
import { readVotes } from '../../../../core/learning/run/read-votes.ts';
import type { Vote } from '../../../../core/ports/ledger-store.ts';
import { gathered, person, voice } from './sample-gathered.ts';

const dayMs = 86_400_000;
const never = new AbortController().signal;

const vote = (id: number, occurredAt: number): Vote => ({
  eventId: eventId('web', String(id)),
  turnId: turnId('t'),
  actorId: person('ann'),
  change: 'given',
  kind: 'feedback',
  name: 'good',
  polarity: 1,
  occurredAt,
});

const team = spaceId('web', 'team');

const read = (votes: readonly Vote[], firstWordAt: number, signal = never) =>
  readVotes(
    [gathered('t', 'ann', 1, { voices: [voice('ann', 1, firstWordAt + 5), voice('ben', 1, firstWordAt)] })],
    {
      yieldNow: async () => {},
      ledger: {
        votesBetween: async (space, from, to, limit) =>
          votes
            .filter(({ occurredAt }) => space === team && occurredAt >= from && occurredAt <= to)
            .toSorted((a, b) => a.occurredAt - b.occurredAt)
            .slice(0, limit),
      },
    },
    signal,
  );

test('votes begin with the day of the first word, and end nowhere', async () => {
  const votes = [vote(1, 2 * dayMs - 1), vote(2, 2 * dayMs), vote(3, 2 * dayMs + 99), vote(4, 9 * dayMs)];
  expect(await read(votes, 2 * dayMs + 50)).toEqual(votes.slice(1));
});

test('each is read once, however many fall on one instant', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 700 })), { maxLength: 8 }),
      async (bursts) => {
        const votes = bursts
          .flatMap(([at, count]) => Array.from({ length: count }, () => at))
          .map((at, id) => vote(id, at));
        const found = await read(votes, 0);
        const ids = (those: readonly Vote[]) => those.map((own) => own.eventId).toSorted();
        expect(ids(found)).toEqual(ids(votes));
      },
    ),
    { numRuns: 30 },
  );
});

test('where nobody spoke there is nothing to read, and a stop ends it', async () => {
  const deps = { yieldNow: async () => {}, ledger: { votesBetween: async () => [] } };
  expect(await readVotes([gathered('t', 'ann', 1, { voices: [] })], deps, never)).toEqual([]);
  await expect(read([vote(1, 0)], 0, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
});
