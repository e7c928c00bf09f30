import { describe, expect, test } from 'vitest';
import { foldReward, standingSignals } from '../../../core/domain/reward.ts';
import type { Signal } from '../../../core/domain/signal.ts';
import type { Turn } from '../../../core/domain/turn.ts';
import { type VerdictFacts, verdictRows } from '../../../core/feedback/judge-rows.ts';
import { sampleTurn } from '../../contract/store-samples.ts';

const turn: Turn = { ...sampleTurn('t'), state: 'done', replyText: 'Ten.', replyRefs: [] };
const facts = (changes: Partial<VerdictFacts>): VerdictFacts => ({
  turn,
  view: 'alone',
  rows: [],
  weight: 0,
  rule: 'judge@1:judge-model',
  now: 1_000,
  ...changes,
});

/** All rows after a look at the answer alone, and one with the next message in view. */
function afterBoth(aloneWeight: number, withNextWeight: number): readonly Signal[] {
  const alone = verdictRows({ score: 1 }, facts({ weight: aloneWeight }));
  const both = facts({ view: 'with_next', rows: alone, weight: withNextWeight, now: 2_000 });
  return [...alone, ...verdictRows({ score: -1 }, both)];
}

const standing = (rows: readonly Signal[]): readonly string[] =>
  standingSignals(rows).map(({ name }) => name);

describe('a score with the next message in view', () => {
  test.each([
    [0, 0],
    [0, 0.5],
    [0.5, 0.5],
  ])('takes the place of one without it, at weights of %d and %d', (alone, withNext) => {
    const rows = afterBoth(alone, withNext);
    expect(standing(rows)).toEqual(['with_next']);
    expect(foldReward(rows)).toMatchObject(
      withNext > 0 ? { kind: 'known', value: -1, weight: withNext } : { kind: 'missing' },
    );
  });

  test('that does not count withdraws none that does', () => {
    const rows = afterBoth(0.5, 0);
    expect(standing(rows)).toEqual(['alone', 'with_next']);
    expect(foldReward(rows)).toMatchObject({ kind: 'known', value: 1, weight: 0.5, voices: 1 });
  });
});
