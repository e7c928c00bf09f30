import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TurnId } from '../../../../core/domain/ids.ts';
import { chooseTurns, sizesFor } from '../../../../core/learning/wording/choose-turns.ts';
import { mostEven } from '../../../../core/learning/wording/even-turns.ts';
import type { RatedTurn } from '../../../../core/learning/wording/rated-turns.ts';
import { turn } from '../../skills/evolver/samples.ts';

const rated = (id: string, asker: string, request: string, value: number, context = 'a'): RatedTurn => ({
  turn: turn(id, asker, request),
  value,
  hints: [],
  context,
  skills: [],
});

/** The part of whoever asked most; 0 where only one asked at all. */
function mostOf(part: readonly { readonly turnId: TurnId }[], turns: readonly RatedTurn[]): number {
  const askers = new Map(turns.map(({ turn: { turnId, askerId } }) => [turnId, askerId] as const));
  if (new Set(askers.values()).size < 2 || part.length === 0) return 0;
  const counts = [...Map.groupBy(part, ({ turnId }) => askers.get(turnId)).values()];
  return Math.max(...counts.map(({ length }) => length)) / part.length;
}

const some = fc
  .array(
    fc.record({
      asker: fc.constantFrom('ann', 'ben', 'cat'),
      request: fc.integer({ min: 0, max: 60 }),
      value: fc.constantFrom(-1, 0, 1),
      context: fc.constantFrom('a', 'b'),
    }),
    { minLength: 12, maxLength: 60 },
  )
  .map((list) =>
    list.map(({ asker, request, value, context }, at) =>
      rated(`t${at}`, asker, `What is number ${request}?`, value, context),
    ),
  );

describe('the choice of turns', () => {
  test('parts them without overlap, as many as fit, the same for the same seed', () => {
    fc.assert(
      fc.property(some, fc.integer({ min: 0, max: 1_000 }), (turns, seed) => {
        const sizes = sizesFor(turns.length, 400);
        const { value } = chooseTurns(turns, sizes, seed);
        const ids = [...value.train, ...value.select].map(({ turnId }) => turnId);
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.length).toBeLessThanOrEqual(sizes.train + sizes.select);
        for (const part of [value.train, value.select]) expect(mostOf(part, turns)).toBeLessThanOrEqual(0.5);
        // What the rule costs: as many as one has more than all others, and what a part cannot hold evenly.
        const isOne = new Set(turns.map(({ turn: { askerId } }) => askerId)).size === 1;
        const most = isOne ? turns.length : mostEven(turns);
        const wanted = Math.min(most, sizes.train + sizes.select);
        expect(ids.length).toBeGreaterThanOrEqual(isOne ? wanted : Math.floor(wanted / 2));
        expect(chooseTurns(turns, sizes, seed).value).toEqual(value);
      }),
    );
  });

  test('never parts what was asked in the same words, unless most turns were', () => {
    const twins = Array.from({ length: 24 }, (_, at) =>
      rated(`t${at}`, 'ann', `What is  number ${at >> 1}${at % 2 === 0 ? '?' : '!'}`, at % 3 === 0 ? 1 : -1),
    );
    for (let seed = 0; seed < 50; seed += 1) {
      const { train, select } = chooseTurns(twins, sizesFor(24, 400), seed).value;
      const pairOf = ({ turnId }: { readonly turnId: string }): number => Number(turnId.slice(1)) >> 1;
      expect(new Set(train.map(pairOf)).intersection(new Set(select.map(pairOf))).size).toBe(0);
      expect(select.length).toBeGreaterThanOrEqual(12);
    }
    const goOn = Array.from({ length: 24 }, (_, at) =>
      rated(`t${at}`, 'ann', 'Go on', at % 2 === 0 ? 1 : -1),
    );
    const { train, select } = chooseTurns(goOn, sizesFor(24, 400), 1).value;
    expect(Math.abs(train.length - 8)).toBeLessThanOrEqual(1);
    expect(train.length + select.length).toBe(24);
  });

  test('holds contexts and lacking answers in both parts, two lacking in three', () => {
    const turns = Array.from({ length: 200 }, (_, at) =>
      rated(`t${at}`, 'ann', `What is number ${at}?`, at % 2 === 0 ? 1 : -1, at % 4 < 2 ? 'a' : 'b'),
    );
    const { train, select } = chooseTurns(turns, sizesFor(200, 400), 3).value;
    expect([train.length, select.length]).toEqual([12, 24]);
    const lacking = [...train, ...select].filter(({ value }) => value <= 0);
    expect(lacking.length).toBe(24);
    expect(Math.abs(train.filter(({ value }) => value <= 0).length - 8)).toBeLessThanOrEqual(1);
    const inA = train.filter(({ turnId }) => Number(turnId.slice(1)) % 4 < 2);
    expect(Math.abs(inA.length - 6)).toBeLessThanOrEqual(2);
  });

  test('lets nobody who talks most decide alone', () => {
    const turns = [
      ...Array.from({ length: 100 }, (_, at) => rated(`a${at}`, 'ann', `What is number ${at}?`, -1)),
      ...Array.from({ length: 12 }, (_, at) => rated(`b${at}`, 'ben', `Where is number ${at}?`, -1)),
    ];
    const { train, select } = chooseTurns(turns, { train: 8, select: 16 }, 1).value;
    expect([...train, ...select].filter(({ turnId }) => turnId.startsWith('b'))).toHaveLength(12);
    expect([train.length, select.length]).toEqual([8, 16]);
    expect([mostOf(train, turns), mostOf(select, turns)]).toEqual([0.5, 0.5]);
  });

  test('takes as many of others as of whoever talks most, though one’s alone were found lacking', () => {
    const turns = [
      ...Array.from({ length: 100 }, (_, at) => rated(`a${at}`, 'ann', `What is number ${at}?`, -1)),
      ...Array.from({ length: 30 }, (_, at) => rated(`b${at}`, 'ben', `Where is number ${at}?`, 1)),
    ];
    const { train, select } = chooseTurns(turns, { train: 8, select: 16 }, 1).value;
    const ofBen = [...train, ...select].filter(({ turnId }) => turnId.startsWith('b'));
    expect(ofBen).toHaveLength(12);
    expect(train.length + select.length).toBe(24);
  });

  test('fits into the calls', () => {
    for (const [turns, calls] of [
      [12, 400],
      [500, 400],
      [500, 100],
      [30, 60],
    ] as const) {
      const { train, select } = sizesFor(turns, calls);
      expect(train + select).toBeLessThanOrEqual(turns);
      expect(2 * train + 4 * select + 1 + 2 * train).toBeLessThanOrEqual(calls);
    }
    expect(sizesFor(500, 400)).toEqual({ train: 12, select: 24 });
  });
});
