import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventId, type PersonId, personId, turnId } from '../../../core/domain/ids.ts';
import type { SignalKind } from '../../../core/domain/signal.ts';
import {
  type BatchLimits,
  batchWeights,
  defaultBatchLimits,
  type RatedTurn,
  tallyPeople,
  tallyPeopleInPieces,
  type Voice,
} from '../../../core/learning/batch-weights.ts';
import type { Vote } from '../../../core/ports/ledger-store.ts';

const DAY_MS = 86_400_000;
const open: BatchLimits = { ...defaultBatchLimits, thumbsShare: 1 };
const ann = personId('fake', 'ann');

function vote(
  turn: string,
  actorId: PersonId,
  polarity: number,
  occurredAt: number,
  changes: Partial<Vote> = {},
): Vote {
  const emoji = polarity > 0 ? '👍' : '👎';
  return {
    eventId: eventId('fake', [turn, actorId, polarity, occurredAt, ...Object.values(changes)].join()),
    turnId: turnId(turn),
    actorId,
    change: 'given',
    kind: 'reaction',
    slot: emoji,
    name: emoji,
    polarity,
    occurredAt,
    ...changes,
  };
}

const voiceOf = (given: Vote, kind: SignalKind = 'reaction', weight = 1): Voice => ({
  ...(given.actorId === undefined ? {} : { actorId: given.actorId }),
  kind,
  polarity: given.polarity,
  weight,
  occurredAt: given.occurredAt,
});

/** One person's votes, each on an answer of its own, all on one day. */
function praise(count: number, polarity = 1): { votes: readonly Vote[]; turns: readonly RatedTurn[] } {
  const votes = Array.from({ length: count }, (_, index) => vote(`t${index}`, ann, polarity, index));
  return { votes, turns: votes.map((given) => ({ turnId: given.turnId, voices: [voiceOf(given)] })) };
}

describe('one person', () => {
  test('counts less the more they said that day, from the cap on', () => {
    for (const [count, expected] of [
      [1, 1],
      [10, 1],
      [20, 0.5],
      [100, 0.1],
    ] as const) {
      const { votes, turns } = praise(count);
      const weights = batchWeights(turns, tallyPeople(votes, open), open).map(({ weight }) => weight);
      expect(weights).toEqual(Array.from({ length: count }, () => expected));
    }
  });

  test('of another day does not count into it', () => {
    const votes = Array.from({ length: 20 }, (_, index) => vote(`t${index}`, ann, 1, index * DAY_MS));
    const turns = votes.map((given) => ({ turnId: given.turnId, voices: [voiceOf(given)] }));
    const weights = batchWeights(turns, tallyPeople(votes, open), open);
    expect(weights.every(({ weight }) => weight === 1)).toBe(true);
  });

  test('who only ever praises still counts: their base rate never reaches their words', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.constantFrom(1, -1), (count, polarity) => {
        const { votes, turns } = praise(count, polarity);
        for (const { weight, value, baseline } of batchWeights(turns, tallyPeople(votes, open), open)) {
          expect(value).toBe(polarity);
          expect(baseline).toBeCloseTo((count * polarity) / (count + 10), 12);
          expect(weight * (value - baseline) * polarity).toBeGreaterThan(0);
        }
      }),
    );
  });

  test('is measured by what stands, not by what was taken back or changed', () => {
    const back = vote('t1', ann, 1, 2, { change: 'withdrawn' });
    const votes = [
      vote('t1', ann, 1, 1),
      back,
      vote('t2', ann, -1, 3),
      vote('t3', ann, 1, 4),
      vote('t3', ann, -1, 5),
    ];
    const tally = tallyPeople(votes, open);
    expect(tally.baseRate(ann)).toBeCloseTo(-2 / 12, 12);
    expect(tally.signalsThatDay(ann, 0)).toBe(2);
    expect(tally.baseRate(personId('fake', 'nobody'))).toBe(0);
  });
});

const people = ['a', 'b', 'c'].map((name) => personId('fake', name));
const kinds: readonly SignalKind[] = ['reaction', 'button', 'feedback', 'correction', 'judge'];
const anyVoice = fc.record({
  kind: fc.constantFrom(...kinds),
  actor: fc.constantFrom(...people),
  polarity: fc.constantFrom(-1, -0.5, 0.3, 1),
  weight: fc.constantFrom(0.1, 0.35, 1),
  occurredAt: fc.integer({ min: 0, max: 3 * DAY_MS }),
});
const anyBatch = fc
  .array(fc.array(anyVoice, { minLength: 0, maxLength: 4 }), { maxLength: 12 })
  .map((batch) =>
    batch.map(
      (voices, index): RatedTurn => ({
        turnId: turnId(`t${String(index).padStart(3, '0')}`),
        voices: voices.map(({ actor, ...voice }) =>
          voice.kind === 'judge' ? voice : { ...voice, actorId: actor },
        ),
      }),
    ),
  );
const votesOf = (batch: readonly RatedTurn[]): readonly Vote[] =>
  batch.flatMap((turn) =>
    turn.voices.flatMap(({ actorId, kind, polarity, occurredAt }) =>
      actorId === undefined ? [] : [vote(turn.turnId, actorId, polarity, occurredAt, { kind })],
    ),
  );

/** The weight of the batch by kind of voice, from the records of turns that have one kind only. */
const isThumb = ({ kind }: Voice): boolean => kind === 'reaction' || kind === 'button';

describe('a batch', () => {
  test('does not depend on any order', () => {
    const shuffled = fc.tuple(anyBatch, fc.infiniteStream(fc.nat())).map(([batch, random]) => {
      const shuffle = <Item>(items: readonly Item[]): readonly Item[] =>
        items
          .map((item) => ({ item, key: random.next().value ?? 0 }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ item }) => item);
      const votes = votesOf(batch);
      return {
        batch,
        votes,
        other: shuffle(batch).map((turn) => ({ ...turn, voices: shuffle(turn.voices) })),
        otherVotes: shuffle(votes),
      };
    });
    fc.assert(
      fc.property(shuffled, ({ batch, votes, other, otherVotes }) => {
        const one = batchWeights(batch, tallyPeople(votes, defaultBatchLimits), defaultBatchLimits);
        expect(batchWeights(other, tallyPeople(otherVotes, defaultBatchLimits), defaultBatchLimits)).toEqual(
          one,
        );
      }),
    );
  });

  test('is made of numbers in their bounds, one record a turn, whatever goes in', () => {
    fc.assert(
      fc.property(anyBatch, fc.double({ min: 0, max: 1, noNaN: true }), (batch, thumbsShare) => {
        const limits = { ...defaultBatchLimits, thumbsShare };
        const records = batchWeights(batch, tallyPeople(votesOf(batch), limits), limits);
        expect(records.map((record) => record.turnId)).toEqual(batch.map((turn) => turn.turnId));
        for (const { weight, baseline, value } of records) {
          expect(weight).toBeGreaterThanOrEqual(0);
          expect(weight).toBeLessThanOrEqual(1);
          expect(Math.abs(baseline)).toBeLessThan(1);
          expect(Math.abs(value)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test('gives thumbs their part and no more', () => {
    const single = anyBatch.map((batch) =>
      batch.map((turn) => ({ ...turn, voices: turn.voices.slice(0, 1) })),
    );
    fc.assert(
      fc.property(single, fc.double({ min: 0.05, max: 0.95, noNaN: true }), (batch, thumbsShare) => {
        const weightOf = (limits: BatchLimits, thumbs: boolean): number => {
          const records = batchWeights(batch, tallyPeople(votesOf(batch), limits), limits);
          return records.reduce((sum, { weight }, index) => {
            const [voice] = batch[index]?.voices ?? [];
            return voice !== undefined && isThumb(voice) === thumbs ? sum + weight : sum;
          }, 0);
        };
        const limits = { ...defaultBatchLimits, thumbsShare };
        const [thumbs, others] = [weightOf(limits, true), weightOf(limits, false)];
        const [before, othersBefore] = [weightOf(open, true), weightOf(open, false)];
        expect(others).toBe(othersBefore);
        if (others === 0 || before <= thumbsShare * (before + others)) expect(thumbs).toBeCloseTo(before, 10);
        else expect(thumbs).toBeCloseTo(thumbsShare * (thumbs + others), 10);
      }),
    );
  });

  test('B5: of thumbs alone counts whole, as there is nothing to hold them against, unless they may not count', () => {
    const { votes, turns } = praise(3);
    const weights = (limits: BatchLimits) =>
      batchWeights(turns, tallyPeople(votes, limits), limits).map(({ weight }) => weight);
    expect(weights(defaultBatchLimits)).toEqual([1, 1, 1]);
    expect(weights(open)).toEqual([1, 1, 1]);
    expect(weights({ ...defaultBatchLimits, thumbsShare: 0 })).toEqual([0, 0, 0]);
  });

  test.each([
    ['nothing', []],
    ['one turn', praise(1).turns],
    ['equal rewards', praise(5).turns],
    ['a turn without a voice', [{ turnId: turnId('t'), voices: [] }]],
  ] as const)('of %s holds no NaN', (_, turns) => {
    const records = batchWeights(turns, tallyPeople(votesOf(turns), defaultBatchLimits), defaultBatchLimits);
    expect(records).toHaveLength(turns.length);
    expect(JSON.stringify(records)).not.toContain('null');
  });

  test('trusts a judge as far as the ledger does, and holds no base rate against it', () => {
    const turns: readonly RatedTurn[] = [
      { turnId: turnId('t'), voices: [{ kind: 'judge', polarity: 1, weight: 0.4, occurredAt: 0 }] },
    ];
    expect(batchWeights(turns, tallyPeople([], open), open)).toEqual([
      { turnId: 't', weight: 0.4, baseline: 0, value: 1 },
    ]);
  });

  test('is frozen, and a later vote changes neither it nor its input', () => {
    const { votes, turns } = praise(12);
    const copy = structuredClone({ votes, turns });
    const records = batchWeights(turns, tallyPeople(votes, open), open);
    const kept = structuredClone(records);
    expect(records.every(Object.isFrozen)).toBe(true);
    const later = [...votes, vote('t99', ann, -1, 50)];
    const again = batchWeights(turns, tallyPeople(later, open), open);
    expect(again).not.toEqual(kept);
    expect(records).toEqual(kept);
    expect({ votes, turns }).toEqual(copy);
  });
});

describe('a tally in pieces', () => {
  /** Words of one person now and again, of others seldom, some taken back and some said anew. */
  const manyVotes = (count: number): readonly Vote[] =>
    Array.from({ length: count }, (_, at) =>
      vote(
        `t${(at * 7) % (count >> 1)}`,
        at % 3 === 0 ? ann : personId('fake', `p${(at * 31) % 97}`),
        at % 5 < 3 ? 0.1 * (1 + (at % 7)) : -1,
        (at % 11) * 9_000_000 + at,
        at % 13 === 0 ? { change: 'withdrawn' } : {},
      ),
    );

  test.each([0, 1, 1_999, 2_000, 9_001])('of %i votes is the same', async (count) => {
    const votes = manyVotes(count);
    const whole = tallyPeople(votes, open);
    const inPieces = await tallyPeopleInPieces(votes, open, async () => {});
    for (const actorId of new Set([ann, ...votes.flatMap((one) => one.actorId ?? [])])) {
      expect(inPieces.baseRate(actorId)).toBe(whole.baseRate(actorId));
      for (let day = 0; day < 3; day += 1) {
        const at = day * DAY_MS;
        expect(inPieces.signalsThatDay(actorId, at)).toBe(whole.signalsThatDay(actorId, at));
      }
    }
  });

  test('lets others have their turn while it groups, while it counts and while it sums, and ends when told', async () => {
    const votes = manyVotes(20_000);
    let turns = 0;
    await tallyPeopleInPieces(votes, open, async () => {
      turns += 1;
    });
    // Ten pieces of grouping, about as many of counting, and some of sums.
    expect(turns).toBeGreaterThan(20);
    for (const last of [1, 15, turns]) {
      let left = last;
      const stop = async (): Promise<void> => {
        left -= 1;
        if (left === 0) throw new Error('stopped');
      };
      await expect(tallyPeopleInPieces(votes, open, stop)).rejects.toThrow('stopped');
    }
  });
});
