import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventId, personId, spaceId, turnId } from '../../../core/domain/ids.ts';
import type { Signal } from '../../../core/domain/signal.ts';
import {
  calibrate,
  createCalibrationBook,
  type RatedPair,
  ratedPair,
} from '../../../core/feedback/judge-calibration.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';

const times = (count: number, judge: RatedPair['judge'], people: RatedPair['people']): RatedPair[] =>
  Array.from({ length: count }, () => ({ judge, people }));

/** So many recognised of so many good, and of so many bad answers. */
const table = (
  goodHits: number,
  good: number,
  badHits: number,
  bad: number,
  miss: 'wrong' | 'unsure' = 'wrong',
) => [
  ...times(goodHits, 1, 1),
  ...times(good - goodHits, miss === 'wrong' ? -1 : 0, 1),
  ...times(badHits, -1, -1),
  ...times(bad - badHits, miss === 'wrong' ? 1 : 0, -1),
];

const pairs = fc.array(
  fc.record({
    judge: fc.constantFrom<RatedPair['judge']>(-1, 0, 1),
    people: fc.constantFrom<RatedPair['people']>(-1, 1),
  }),
  { maxLength: 250 },
);

const mostlyRight = fc
  .tuple(fc.constantFrom<RatedPair['people']>(-1, 1), fc.nat({ max: 4 }))
  .map(([people, luck]): RatedPair => ({ people, judge: luck > 0 ? people : people === 1 ? -1 : 1 }));

describe('the judge counts', () => {
  test('with 50 labels of which 10 of each sign, by twice its balanced accuracy less one', () => {
    const measured = calibrate(table(38, 40, 9, 10));
    expect(measured.balancedAccuracy).toBeCloseTo(0.925, 10);
    expect(measured.weight).toBeCloseTo(0.85, 10);
    expect(measured).toMatchObject({ labels: 50, positive: 40, negative: 10 });
  });

  test('not with 49 labels, not with 9 of a sign, not without any of a sign', () => {
    expect(calibrate(table(39, 39, 10, 10)).weight).toBe(0);
    expect(calibrate(table(40, 40, 10, 10)).weight).toBe(1);
    expect(calibrate(table(91, 91, 9, 9)).weight).toBe(0);
    expect(calibrate(table(9, 9, 91, 91)).weight).toBe(0);
    expect(calibrate(table(200, 200, 0, 0))).toEqual({ labels: 200, positive: 200, negative: 0, weight: 0 });
    expect(calibrate([])).toEqual({ labels: 0, positive: 0, negative: 0, weight: 0 });
  });

  test('not where it always says the same, however many people liked the answers', () => {
    const flatterer = calibrate([...times(180, 1, 1), ...times(20, 1, -1)]);
    expect(flatterer.balancedAccuracy).toBe(0.5);
    expect(flatterer.kappa).toBeCloseTo(0, 10);
    expect(flatterer.weight).toBe(0);
  });

  test('not while chance could have made it look good: the lower bound decides, not the accuracy', () => {
    // 7 of 10 in each sign's share: 0.7 of 20 could be luck, of 200 it is not.
    const few = calibrate(table(28, 40, 7, 10));
    expect(few.balancedAccuracy).toBeCloseTo(0.7, 10);
    expect(few.lowerBound).toBeLessThan(0.6);
    expect(few.weight).toBe(0);
    const many = calibrate(table(70, 100, 70, 100));
    expect(many.lowerBound).toBeGreaterThan(0.6);
    expect(many.weight).toBeCloseTo(0.4, 10);
  });

  test('its 0 is a miss', () => {
    expect(calibrate(table(30, 40, 8, 10, 'unsure'))).toMatchObject({
      balancedAccuracy: calibrate(table(30, 40, 8, 10, 'wrong')).balancedAccuracy,
    });
    expect(calibrate([...times(100, 0, 1), ...times(100, 0, -1)]).weight).toBe(0);
  });

  test('the bound is that of adjusted proportions', () => {
    // (39 + 1) / 42 and (9 + 1) / 12, by hand.
    const a = 40 / 42;
    const b = 10 / 12;
    const spread = Math.sqrt((a * (1 - a)) / 42 + (b * (1 - b)) / 12) / 2;
    expect(calibrate(table(39, 40, 9, 10)).lowerBound).toBeCloseTo((a + b) / 2 - 1.6449 * spread, 10);
  });

  test('kappa is 1 in full agreement, 0 by chance, under 0 against it', () => {
    expect(calibrate(table(25, 25, 25, 25)).kappa).toBe(1);
    expect(calibrate(table(0, 25, 0, 25)).kappa).toBe(-1);
    // The worked example of Cohen's table: 20, 5, 10, 15.
    expect(
      calibrate([...times(20, 1, 1), ...times(10, 1, -1), ...times(5, -1, 1), ...times(15, -1, -1)]).kappa,
    ).toBeCloseTo(0.4, 10);
  });
});

describe('always', () => {
  test('weight, accuracy and bound lie within their limits and no order matters', () => {
    fc.assert(
      fc.property(pairs, (given) => {
        const measured = calibrate(given);
        expect(measured).toEqual(calibrate(given.toReversed()));
        expect(measured.weight).toBeGreaterThanOrEqual(0);
        expect(measured.weight).toBeLessThanOrEqual(1);
        for (const value of [measured.balancedAccuracy, measured.lowerBound, measured.kappa]) {
          if (value !== undefined) expect(Number.isFinite(value)).toBe(true);
        }
        if (measured.weight > 0) {
          expect(measured.lowerBound).toBeGreaterThanOrEqual(0.6);
          expect(measured.labels).toBeGreaterThanOrEqual(50);
          expect(Math.min(measured.positive, measured.negative)).toBeGreaterThanOrEqual(10);
        }
      }),
    );
  });

  test('a miss made good never lowers the weight', () => {
    let counted = 0;
    fc.assert(
      fc.property(fc.array(mostlyRight, { minLength: 60, maxLength: 200 }), fc.nat(), (given, at) => {
        const index = at % given.length;
        const mended = given.map((pair, place) => (place === index ? { ...pair, judge: pair.people } : pair));
        const before = calibrate(given).weight;
        if (before > 0) counted += 1;
        expect(calibrate(mended).weight).toBeGreaterThanOrEqual(before);
      }),
    );
    expect(counted).toBeGreaterThan(20);
  });
});

const rule = 'judge@1:m';
const base: Signal = {
  eventId: eventId('judge', 't:alone'),
  platform: 'web',
  spaceId: spaceId('web', 's'),
  target: { kind: 'turn', turnId: turnId('t') },
  actorIsBot: false,
  change: 'given',
  kind: 'judge',
  name: 'alone',
  polarity: 1,
  authority: 'judge',
  weight: 0,
  rule,
  occurredAt: 1,
  recordedAt: 1,
};
let made = 0;
const by = (person: string, kind: Signal['kind'], polarity: number, more: Partial<Signal> = {}): Signal => {
  made += 1;
  return {
    ...base,
    eventId: eventId('web', `e${made}`),
    actorId: personId('web', person),
    kind,
    slot: kind,
    name: 'x',
    polarity,
    authority: 'explicit',
    weight: 1,
    occurredAt: 10 + made,
    ...more,
  };
};

describe('the label of a turn', () => {
  test('is the sign of what reactions, buttons and commands come to', () => {
    for (const kind of ['reaction', 'button', 'feedback'] as const) {
      expect(ratedPair([base, by('ann', kind, -1)], 'alone', rule)).toEqual({ judge: 1, people: -1 });
    }
    const divided = [by('ann', 'button', 1), by('bob', 'button', 1), by('cat', 'reaction', -1)];
    expect(ratedPair([base, ...divided], 'alone', rule)).toEqual({ judge: 1, people: 1 });
  });

  test('B9: the judge is not measured by itself: neither its readings nor corrections nor bots are labels', () => {
    const rows = [
      by('ann', 'next', -1, { authority: 'judge' }),
      by('ann', 'correction', -1),
      by('ann', 'regenerate', -1, { authority: 'regenerate' }),
      by('bot', 'reaction', -1, { actorIsBot: true }),
      by('ann', 'reaction', -1, { slot: '👎' }),
      by('ann', 'reaction', -1, { slot: '👎', change: 'withdrawn' }),
    ];
    expect(ratedPair([base, ...rows], 'alone', rule)).toBeUndefined();
  });

  test('is none where people are divided evenly or a hold stands', () => {
    const even = [by('ann', 'button', 1), by('bob', 'button', -1)];
    expect(ratedPair([base, ...even], 'alone', rule)).toBeUndefined();
    const hold = by('max', 'hold', 0);
    expect(ratedPair([base, by('ann', 'button', 1), hold], 'alone', rule)).toBeUndefined();
  });

  test('each view and each rule is measured apart; a row withdrawn for a later view still measures its own', () => {
    const withdrawn = {
      ...base,
      eventId: eventId('judge', 't:alone:withdrawn'),
      change: 'withdrawn',
    } as const;
    const later: Signal = {
      ...base,
      eventId: eventId('judge', 't:with_next'),
      name: 'with_next',
      polarity: 0,
    };
    const rows = [base, withdrawn, later, by('ann', 'button', 1)];
    expect(ratedPair(rows, 'alone', rule)).toEqual({ judge: 1, people: 1 });
    expect(ratedPair(rows, 'with_next', rule)).toEqual({ judge: 0, people: 1 });
    expect(ratedPair(rows, 'alone', 'judge@1:other')).toBeUndefined();
  });
});

describe('the book', () => {
  test('measures over the last 200 and keeps a measure for ten minutes; a failed one is not kept', async () => {
    const clock = createFakeClock();
    const asked: (readonly [string, number])[] = [];
    let isBroken = true;
    const book = createCalibrationBook({
      clock,
      rule,
      ledger: {
        judgedAndRated: async (name, limit) => {
          asked.push([name, limit]);
          if (isBroken) throw new Error('busy');
          return ['t1', 't2'].map(turnId);
        },
        ofTurn: async () => [base, by('ann', 'button', 1)],
      },
    });
    await expect(book.of('alone')).rejects.toThrow('busy');
    isBroken = false;
    expect(await book.of('alone')).toMatchObject({ labels: 2, positive: 2, weight: 0 });
    await clock.advance(9 * 60_000);
    await book.of('alone');
    expect(asked).toEqual([
      ['alone', 200],
      ['alone', 200],
    ]);
    await clock.advance(60_000);
    await book.of('alone');
    await book.of('with_next');
    expect(asked.slice(2)).toEqual([
      ['alone', 200],
      ['with_next', 200],
    ]);
  });
});
