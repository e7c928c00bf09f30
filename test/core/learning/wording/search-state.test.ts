import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { turnId } from '../../../../core/domain/ids.ts';
import {
  decodeSearch,
  encodeSearch,
  type SearchState,
} from '../../../../core/learning/wording/search-state.ts';

const change = { component: 'persona', text: 'New.', why: 'Units.', from: [turnId('t1')] };
const whole: SearchState = {
  words: { persona: 'abc' },
  draws: 4_000_000_000,
  calls: 12,
  misses: 1,
  merges: 2,
  failures: 3,
  train: [{ turnId: turnId('t1'), value: -0.5 }],
  select: [{ turnId: turnId('t2'), value: 1 }],
  pool: [
    { changes: [], trials: { t1: { score: 4, answer: 'd', excerpt: 'So.', feedback: 'No unit.' } } },
    { changes: [change], trials: { t2: { score: 0, answer: '' } } },
  ],
  tried: [
    { digest: 'x' },
    { digest: 'y', missed: { component: 'persona', why: 'No.', from: [turnId('t1')] } },
  ],
  newcomer: { changes: [change], trials: {}, batch: [turnId('t1')], parents: [0, 1] },
  shortlist: [1],
  filed: ['skill'],
};

describe('the state of a search', () => {
  test('comes back whole from what is stored', () => {
    expect(decodeSearch(encodeSearch(whole))).toEqual(whole);
    const { newcomer: _, shortlist: __, ...bare } = whole;
    expect(decodeSearch(encodeSearch(bare))).toEqual(bare);
  });

  test('is nothing where it is damaged', () => {
    const text = encodeSearch(whole);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: text.length - 1 }), (at) => {
        expect(decodeSearch(text.slice(0, at))).toBeUndefined();
      }),
    );
    for (const bad of [
      'null',
      '[]',
      '{}',
      text.replace('"calls":12', '"calls":"12"'),
      text.replace('"t1"', '1'),
    ]) {
      expect(decodeSearch(bad)).toBeUndefined();
    }
  });
});
