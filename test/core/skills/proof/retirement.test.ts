import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RetirableSkill, retirements } from '../../../../core/skills/proof/retirement.ts';

const day = 86_400_000;
const now = 400 * day;
const ordinary: RetirableSkill = {
  key: 'a',
  state: 'active',
  isProven: false,
  isPinned: false,
  isFromFiles: false,
  lastShownAt: now - day,
  startedAt: now - 100 * day,
  lift: 0.1,
  uses: 10,
};
const skill = (key: string, more: Partial<RetirableSkill> = {}): RetirableSkill => ({
  ...ordinary,
  key,
  ...more,
});
const keysOf = (...given: Parameters<typeof retirements>): readonly string[] =>
  retirements(...given).map(({ key }) => key);
const neverShown = (key: string, startedAt: number): RetirableSkill => {
  const { lastShownAt: _, ...rest } = skill(key, { startedAt });
  return rest;
};

describe('disuse', () => {
  test('retires what was not shown for 90 days and is older than that', () => {
    const long = now - 90 * day - 1;
    expect(retirements([skill('a', { lastShownAt: long, startedAt: long })], now)).toEqual([
      { key: 'a', reason: 'disuse' },
    ]);
    expect(keysOf([skill('a', { lastShownAt: long + 1, startedAt: long })], now)).toEqual([]);
    expect(keysOf([skill('a', { lastShownAt: long, startedAt: long + 1 })], now)).toEqual([]);
    expect(keysOf([neverShown('a', long), neverShown('b', long + 1)], now)).toEqual(['a']);
  });

  test('retires proven ones too, but neither pinned ones nor those of files nor those that rest', () => {
    const old = { lastShownAt: now - 200 * day, startedAt: now - 300 * day };
    expect(
      keysOf(
        [
          skill('proven', { ...old, isProven: true }),
          skill('canary', { ...old, state: 'canary' }),
          skill('pinned', { ...old, isPinned: true }),
          skill('files', { ...old, isFromFiles: true }),
          skill('retired', { ...old, state: 'retired' }),
          skill('candidate', { ...old, state: 'candidate' }),
        ],
        now,
      ),
    ).toEqual(['canary', 'proven']);
  });
});

describe('the cap', () => {
  test('is 40 unless said otherwise', () => {
    const many = Array.from({ length: 43 }, (_, index) => skill(`s${index}`, { uses: index + 1 }));
    expect(keysOf(many.slice(0, 40), now)).toEqual([]);
    expect(retirements(many, now)).toEqual(['s0', 's1', 's2'].map((key) => ({ key, reason: 'cap' })));
  });

  test('takes the least useful first: lift times uses, unknown lifts as 0, proven ones last', () => {
    const { lift: _, ...unknown } = skill('unknown');
    const skills = [
      skill('proven', { isProven: true, lift: 0.01, uses: 1 }),
      skill('useful', { lift: 0.2, uses: 100 }),
      skill('rare', { lift: 0.9, uses: 2 }),
      unknown,
      skill('harmful', { lift: -0.1, uses: 50 }),
    ];
    const order = ['harmful', 'unknown', 'rare', 'useful', 'proven'];
    for (let cap = 0; cap <= 5; cap += 1) expect(keysOf(skills, now, cap)).toEqual(order.slice(0, 5 - cap));
  });

  test('among equals takes the one not shown for longest', () => {
    const skills = [skill('a'), skill('b', { lastShownAt: now - 9 * day }), neverShown('c', now - 50 * day)];
    expect(keysOf(skills, now, 0)).toEqual(['c', 'b', 'a']);
  });

  test('spares for 14 days what just came, even if the scope holds too many for so long', () => {
    const young = skill('young', { startedAt: now - 14 * day + 1, uses: 0 });
    expect(keysOf([young, skill('old')], now, 1)).toEqual(['old']);
    expect(keysOf([young, skill('b', { startedAt: now })], now, 0)).toEqual([]);
    expect(keysOf([{ ...young, startedAt: now - 14 * day }, skill('old')], now, 1)).toEqual(['young']);
  });

  test('counts pinned ones and canaries, not those of files or at rest', () => {
    const crowd = [
      skill('pinned', { isPinned: true }),
      skill('canary', { state: 'canary', uses: 99 }),
      skill('plain'),
    ];
    const aside = [
      skill('files', { isFromFiles: true }),
      skill('retired', { state: 'retired' }),
      skill('candidate', { state: 'candidate' }),
    ];
    expect(keysOf([...crowd, ...aside], now, 3)).toEqual([]);
    expect(keysOf([...crowd, ...aside], now, 2)).toEqual(['plain']);
  });

  test('is not pressed further by what disuse takes anyway', () => {
    const unused = skill('unused', { lastShownAt: now - 95 * day, uses: 900 });
    expect(retirements([unused, skill('a'), skill('b')], now, 2)).toEqual([
      { key: 'unused', reason: 'disuse' },
    ]);
  });
});

describe('always', () => {
  const skills = fc.uniqueArray(
    fc.record(
      {
        key: fc.string({ minLength: 1, maxLength: 3 }),
        state: fc.constantFrom('candidate', 'canary', 'active', 'retired'),
        isProven: fc.boolean(),
        isPinned: fc.boolean(),
        isFromFiles: fc.boolean(),
        lastShownAt: fc.integer({ min: 0, max: now }),
        startedAt: fc.integer({ min: 0, max: now }),
        lift: fc.double({ min: -1, max: 1, noNaN: true }),
        uses: fc.nat({ max: 50 }),
      },
      {
        requiredKeys: ['key', 'state', 'isProven', 'isPinned', 'isFromFiles', 'startedAt', 'uses'],
      },
    ),
    { selector: ({ key }) => key, maxLength: 30 },
  );

  test('nothing pinned, of files or at rest; none twice; no more than needed; in any order the same', () => {
    fc.assert(
      fc.property(skills, fc.nat({ max: 12 }), (given, cap) => {
        const taken = retirements(given, now, cap);
        const byKey = new Map(given.map((each) => [each.key, each]));
        for (const { key } of taken) {
          const each = byKey.get(key) ?? expect.fail();
          expect(each.isPinned || each.isFromFiles).toBe(false);
          expect(['canary', 'active']).toContain(each.state);
        }
        expect(new Set(taken.map(({ key }) => key)).size).toBe(taken.length);
        const active = given.filter(
          ({ state, isFromFiles }) => (state === 'canary' || state === 'active') && !isFromFiles,
        );
        if (taken.some(({ reason }) => reason === 'cap'))
          expect(active.length - taken.length).toBeGreaterThanOrEqual(cap);
        expect(retirements(given.toReversed(), now, cap)).toEqual(taken);
        // Once done, nothing is left to do.
        const gone = new Set(taken.map(({ key }) => key));
        expect(
          retirements(
            given.filter(({ key }) => !gone.has(key)),
            now,
            cap,
          ),
        ).toEqual([]);
      }),
    );
  });
});
