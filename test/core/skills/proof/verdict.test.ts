import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { personId } from '../../../../core/domain/ids.ts';
import { processOf, threshold } from '../../../../core/skills/proof/e-process.ts';
import {
  type JudgedExposure,
  judgeHypothesis,
  type TriedHypothesis,
} from '../../../../core/skills/proof/verdict.ts';
import { exposures } from './arbitrary-exposures.ts';
import { exposuresIn, uniformFrom, type World } from './simulate.ts';

const day = 86_400_000;
const start = Date.UTC(2026, 0, 1);
const even: World = { propensity: 0.5, masked: 0.3, lift: 0, labelled: 0.9 };

/** So many an hour, from the start of the trial on. */
const hourly = (world: World, count: number, seed: number): readonly JudgedExposure[] =>
  exposuresIn(world, count, uniformFrom(seed)).map((exposure, index) => ({
    ...exposure,
    at: start + index * 3_600_000,
  }));

const trial: TriedHypothesis = {
  state: 'canary',
  isProven: false,
  isPinned: false,
  ordinal: 1,
  exposures: [],
  startedAt: start,
  now: start + 14 * day,
  alpha: 0.05,
};

const dull = hourly(even, 60, 1);
const helpful = hourly({ ...even, lift: 0.5 }, 400, 2);
const harmful = hourly({ ...even, lift: -0.8 }, 150, 3);
/** People speak up with the skill and hardly without. */
const unbalanced = (given: readonly JudgedExposure[]): readonly JudgedExposure[] =>
  given.map((exposure, index) => ({
    ...exposure,
    isLabelled: exposure.isShown || index % 4 === 0,
  }));

describe('a canary', () => {
  test('is promoted, unproven, after 14 days and 20 exposures', () => {
    const twenty = dull.slice(0, 20);
    expect(judgeHypothesis({ ...trial, exposures: twenty }).kind).toBe('promote_unproven');
    expect(judgeHypothesis({ ...trial, exposures: dull.slice(0, 19) }).kind).toBe('keep');
    expect(judgeHypothesis({ ...trial, exposures: twenty, now: trial.now - 1 }).kind).toBe('keep');
    expect(judgeHypothesis({ ...trial, exposures: twenty, state: 'active' }).kind).toBe('keep');
  });

  test('is promoted where nothing is masked by chance', () => {
    const certain = hourly({ ...even, propensity: 1 }, 30, 4);
    const verdict = judgeHypothesis({ ...trial, exposures: certain });
    expect(verdict).toMatchObject({ kind: 'promote_unproven', shown: 30, masked: 0, logE: 0 });
    expect('lift' in verdict).toBe(false);
  });

  test('waits while people speak up more in one arm than in the other', () => {
    const verdict = judgeHypothesis({ ...trial, exposures: unbalanced(dull) });
    expect(verdict).toMatchObject({ kind: 'keep', isLabelShareOff: true, labelledShown: 1 });
    expect(judgeHypothesis({ ...trial, exposures: dull })).toMatchObject({ isLabelShareOff: false });
  });
});

describe('a proof', () => {
  test.each(['canary', 'active'] as const)('is won at the threshold and not before: %s', (state) => {
    const won = helpful.findIndex(
      (_, index) => processOf(helpful.slice(0, index + 1)).logE >= Math.log(threshold(1, 0.05)),
    );
    expect(won).toBeGreaterThan(20);
    const now = start + day;
    const judged = (count: number) =>
      judgeHypothesis({ ...trial, state, now, exposures: helpful.slice(0, count) });
    expect(judged(won).kind).toBe('keep');
    expect(judged(won + 1).kind).toBe('prove');
  });

  test('asks for more of each further hypothesis of a scope', () => {
    const verdict = judgeHypothesis({ ...trial, exposures: helpful, ordinal: 1_000_000, now: start + day });
    expect(verdict.kind).toBe('keep');
    expect(verdict.logThreshold).toBeCloseTo(Math.log(((Math.PI ** 2 * 1e12) / 6) * 20), 9);
  });

  test('is not won while labels are out of balance, and not twice', () => {
    const active = { ...trial, state: 'active', exposures: helpful } as const;
    expect(judgeHypothesis(active).kind).toBe('prove');
    const blocked = judgeHypothesis({ ...active, exposures: unbalanced(helpful) });
    expect(blocked.kind).toBe('keep');
    expect(blocked.logE).toBeGreaterThan(blocked.logThreshold);
    expect(judgeHypothesis({ ...active, isProven: true }).kind).toBe('keep');
  });

  test('is not needed by a pinned skill, and does it no harm', () => {
    expect(judgeHypothesis({ ...trial, exposures: helpful, isPinned: true }).kind).toBe('prove');
  });
});

describe('harm', () => {
  test.each([
    ['canary', false],
    ['active', false],
    ['active', true],
  ] as const)('demotes what is %s, proven %s, at any age', (state, isProven) => {
    const verdict = judgeHypothesis({ ...trial, state, isProven, exposures: harmful, now: start + day });
    expect(verdict).toMatchObject({ kind: 'demote_harm', isHarmAlarm: true });
    expect(verdict.pHarm).toBeGreaterThan(0.9);
    expect(verdict.negatives).toBeGreaterThanOrEqual(5);
    expect(verdict.negativePeople).toBe(3);
  });

  test('of a pinned skill is told, and it is kept', () => {
    const verdict = judgeHypothesis({ ...trial, exposures: harmful, isPinned: true });
    expect(verdict).toMatchObject({ kind: 'keep', isHarmAlarm: true });
  });

  test('comes before proof', () => {
    // It was proven long ago on what chance decided, and does badly since.
    const since = hourly({ ...even, propensity: 1, lift: -1 }, 300, 5);
    const baseline = { mean: 0.6, variance: 0.5, sessions: 300 };
    const both = { ...trial, exposures: [...helpful.slice(0, 200), ...since], baseline };
    const verdict = judgeHypothesis(both);
    expect(verdict.logE).toBeGreaterThan(verdict.logThreshold);
    expect(verdict.kind).toBe('demote_harm');
  });

  test('in one context masks it there, pinned ones excepted', () => {
    const group = hourly({ ...even, lift: -0.6 }, 400, 6).map((exposure) => ({
      ...exposure,
      context: 'web|group',
      negatives: [],
    }));
    const all = { ...trial, exposures: [...helpful, ...group] };
    expect(judgeHypothesis(all).contextsToMask).toEqual(['web|group']);
    expect(judgeHypothesis({ ...all, isPinned: true }).contextsToMask).toEqual([]);
  });
});

describe('what people are told', () => {
  test('counts and lives', () => {
    const verdict = judgeHypothesis({ ...trial, exposures: dull, now: start + 3.9 * day });
    expect(verdict).toMatchObject({ exposures: 60, daysAlive: 3 });
    expect(verdict.shown + verdict.masked).toBe(60);
    expect(verdict.shown).toBe(dull.filter(({ isShown }) => isShown).length);
    expect(judgeHypothesis({ ...trial, now: start - day }).daysAlive).toBe(0);
  });

  test('has a lift inside its interval', () => {
    const { lift = 9, liftLow = 9, liftHigh = -9 } = judgeHypothesis({ ...trial, exposures: helpful });
    expect(liftLow).toBeGreaterThan(0);
    expect(lift).toBeGreaterThan(liftLow);
    expect(liftHigh).toBeGreaterThan(lift);
  });

  test('says when the proof is due: twice as far with twice the need, twice as long at half the pace', () => {
    const now = start + 10 * day;
    const half = helpful.slice(0, 60);
    const verdict = judgeHypothesis({ ...trial, exposures: half, now });
    expect(verdict.logE).toBeGreaterThan(0);
    const growth = verdict.logE / 60;
    const left = (verdict.logThreshold - verdict.logE) / growth;
    // 60 exposures in ten days.
    expect(verdict.expectedDecisionMs).toBeCloseTo((left / 6) * day, -3);
    const slower = half.map((exposure) => ({ ...exposure, at: start + 2 * (exposure.at - start) }));
    expect(
      judgeHypothesis({ ...trial, exposures: slower, now: start + 20 * day }).expectedDecisionMs,
    ).toBeCloseTo((left / 3) * day, -3);
  });

  test('by the pace of the last 30 days', () => {
    const half = helpful.slice(0, 60);
    const later = judgeHypothesis({ ...trial, exposures: half, now: start + 31 * day });
    const recent = half.filter(({ at }) => at >= start + day).length;
    const left = ((later.logThreshold - later.logE) / later.logE) * 60;
    expect(recent).toBeLessThan(60);
    expect(later.expectedDecisionMs).toBeCloseTo((left / recent) * 30 * day, -3);
    expect(
      'expectedDecisionMs' in judgeHypothesis({ ...trial, exposures: half, now: start + 40 * day }),
    ).toBe(false);
  });

  test('says nothing of it where evidence does not grow, nothing is masked any more, or it is won', () => {
    for (const given of [
      { exposures: harmful },
      { exposures: [] },
      { exposures: hourly({ ...even, propensity: 1 }, 60, 4) },
      { exposures: helpful },
      { exposures: helpful.slice(0, 60), isProven: true },
    ])
      expect('expectedDecisionMs' in judgeHypothesis({ ...trial, ...given })).toBe(false);
  });
});

describe('always', () => {
  const inputs = fc.record({
    state: fc.constantFrom('canary', 'active'),
    isProven: fc.boolean(),
    isPinned: fc.boolean(),
    ordinal: fc.integer({ min: 1, max: 50 }),
    exposures: fc.array(exposures, { maxLength: 120 }),
    startedAt: fc.constant(0),
    now: fc.integer({ min: 0, max: 100 * day }),
    alpha: fc.constantFrom(0.05, 0.01),
  });

  test('every number is finite, and no verdict says more than it may', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const verdict = judgeHypothesis(input);
        for (const value of Object.values(verdict))
          if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
        expect(verdict.shown + verdict.masked).toBe(verdict.exposures);
        if (verdict.kind === 'prove') expect(verdict.logE).toBeGreaterThanOrEqual(verdict.logThreshold);
        if (verdict.kind === 'demote_harm') expect(input.isPinned).toBe(false);
        if (verdict.isLabelShareOff) expect(['keep', 'demote_harm']).toContain(verdict.kind);
        if (verdict.kind === 'promote_unproven') expect(input.state).toBe('canary');
        if (verdict.isHarmAlarm) expect(['keep', 'demote_harm']).toContain(verdict.kind);
        expect(judgeHypothesis(input)).toEqual(verdict);
      }),
    );
  });

  test('one person alone never demotes a skill', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const byOne = input.exposures.map((exposure) => ({
          ...exposure,
          outcome: exposure.isShown ? -1 : 1,
          negatives: exposure.isShown ? [{ personId: personId('web', 'ann'), votes: 3 }] : [],
        }));
        expect(judgeHypothesis({ ...input, exposures: byOne }).kind).not.toBe('demote_harm');
      }),
    );
  });
});
