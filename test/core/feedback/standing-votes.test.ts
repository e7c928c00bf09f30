import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventId, personId, turnId } from '../../../core/domain/ids.ts';
import { rewardVoices } from '../../../core/domain/reward.ts';
import type { Signal } from '../../../core/domain/signal.ts';
import { standingVotes } from '../../../core/feedback/standing-votes.ts';
import type { Vote } from '../../../core/ports/ledger-store.ts';
import { sampleSignal } from '../../contract/store-samples.ts';

const ann = personId('web', 'ann');
let rows = 0;

function vote(occurredAt: number, changes: Partial<Vote> = {}): Vote {
  rows += 1;
  return {
    eventId: eventId('web', `row-${rows}`),
    turnId: turnId('t'),
    actorId: ann,
    change: 'given',
    kind: 'button',
    slot: 'button',
    name: 'good',
    polarity: 1,
    occurredAt,
    ...changes,
  };
}

const bad: Partial<Vote> = { name: 'bad', polarity: -1 };
const thumb: Partial<Vote> = { kind: 'reaction', slot: '👍', name: '👍' };

test('what another press replaced does not stand again when that one is taken back', () => {
  expect(standingVotes([vote(1, bad), vote(2)])).toMatchObject([{ polarity: 1 }]);
  expect(standingVotes([vote(1, bad), vote(2), vote(3, { change: 'withdrawn' })])).toEqual([]);
});

test('what is told twice is taken back once', () => {
  const twice = [vote(1, thumb), vote(2, thumb)];
  expect(standingVotes([...twice, vote(3, { ...thumb, change: 'withdrawn' })])).toEqual([]);
});

test('what was given under another table is taken back all the same', () => {
  expect(standingVotes([vote(1, thumb), vote(2, { ...thumb, change: 'withdrawn', polarity: 0 })])).toEqual(
    [],
  );
});

test('a clearing takes back everybody’s', () => {
  const { actorId: _, slot: __, ...cleared } = vote(3, { kind: 'reaction', change: 'cleared', polarity: 0 });
  const both = [vote(1, thumb), vote(2, { ...thumb, actorId: personId('web', 'bob') }), vote(2, bad)];
  expect(standingVotes([...both, cleared])).toMatchObject([{ actorId: ann, polarity: -1 }]);
});

test('stands for a vote whatever stands for the reward, in any order', () => {
  const anySignal = fc
    .record({
      id: fc.nat(40),
      actorId: fc.constantFrom(ann, personId('web', 'bob')),
      change: fc.constantFrom('given', 'given', 'withdrawn', 'cleared'),
      mark: fc.constantFrom<Partial<Signal>>(
        thumb,
        { ...thumb, slot: '👎', name: '👎', polarity: -1 },
        { kind: 'button', slot: 'button', name: 'good', polarity: 1 },
        { kind: 'button', slot: 'button', ...bad },
        { kind: 'reaction', slot: '👀', name: '👀', polarity: 0 },
      ),
      occurredAt: fc.nat(6),
    })
    .map(({ id, actorId, change, mark, occurredAt }): Signal => {
      const { actorId: _, ...signal } = sampleSignal(String(id), {
        polarity: 1,
        ...mark,
        change,
        occurredAt,
      });
      return change === 'cleared' ? signal : { ...signal, actorId };
    });
  const uniqueRows = fc.uniqueArray(anySignal, { maxLength: 12, selector: ({ eventId: id }) => id });
  fc.assert(
    fc.property(uniqueRows, (signals) => {
      const wordsOf = (some: readonly Signal[]) =>
        standingVotes(some.map((signal) => ({ ...signal, turnId: turnId('t') })))
          .map(({ actorId, polarity, at }) => `${actorId} ${polarity} ${at}`)
          .toSorted();
      const voices = rewardVoices(signals).map(
        ({ actorId, polarity, occurredAt }) => `${actorId} ${polarity} ${occurredAt}`,
      );
      expect(wordsOf(signals)).toEqual(voices.toSorted());
      expect(wordsOf(signals.toReversed())).toEqual(voices.toSorted());
    }),
  );
});
