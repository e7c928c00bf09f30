import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isShown, maskDraw, propensityOf } from '../../../../core/skills/proof/mask.ts';
import { createSequentialIds } from '../../../fakes/system/sequential-ids.ts';

const { digest } = createSequentialIds();
const sessions = Array.from({ length: 5_000 }, (_, index) => `session_${index}`);
const drawsOf = (hypothesis: string, key = 'key'): readonly number[] =>
  sessions.map((session) => maskDraw(key, hypothesis, session, digest));

describe('a draw', () => {
  test.each([0.5, 0.9, 0.1])('shows a hypothesis in about its share of the sessions (%d)', (propensity) => {
    const shown = drawsOf('a').filter((draw) => isShown(draw, propensity)).length;
    const five = 5 * Math.sqrt((propensity * (1 - propensity)) / sessions.length);
    expect(Math.abs(shown / sessions.length - propensity)).toBeLessThan(five);
  });

  test('is the same each time, and another for another session, hypothesis or key', () => {
    expect(drawsOf('a')).toEqual(drawsOf('a'));
    expect(new Set([...drawsOf('a'), ...drawsOf('b'), ...drawsOf('a', 'other')]).size).toBe(15_000);
  });

  test('of one hypothesis says nothing about that of another, nor of the same without the key', () => {
    const first = drawsOf('a');
    for (const second of [drawsOf('b'), drawsOf('a', 'other')]) {
      const both = first.filter((draw, index) => draw < 0.5 && (second[index] ?? 1) < 0.5).length;
      // Five standard deviations of 5,000 draws at a quarter.
      expect(Math.abs(both / sessions.length - 0.25)).toBeLessThan(0.031);
    }
  });

  test('does not take the end of one part for the beginning of the next', () => {
    expect(maskDraw('key', 'a b', 'c', digest)).not.toBe(maskDraw('key', 'a', 'b c', digest));
  });

  test('lies in [0, 1), also at the ends of what a digest can be', () => {
    expect(maskDraw('', '', '', () => '0'.repeat(64))).toBe(0);
    const last = maskDraw('', '', '', () => 'f'.repeat(64));
    expect(last).toBeLessThan(1);
    expect(isShown(last, 1)).toBe(true);
    expect(isShown(0, 0)).toBe(false);
  });

  test('a larger propensity shows what a smaller one shows', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.string(), share, share, (session, a, b) => {
        const draw = maskDraw('key', 'a', session, digest);
        expect(!isShown(draw, Math.min(a, b)) || isShown(draw, Math.max(a, b))).toBe(true);
      }),
    );
  });
});

describe('the propensity', () => {
  const ordinary = { isExperimenting: true, labelledTurnsLastMonth: 0, isPinned: false };

  test('is a half for a canary, one for an active skill', () => {
    expect(propensityOf('canary', ordinary)).toBe(0.5);
    expect(propensityOf('active', ordinary)).toBe(1);
  });

  test('is nine tenths for an active skill where more than 1,000 turns were labelled in a month', () => {
    expect(propensityOf('active', { ...ordinary, labelledTurnsLastMonth: 1_000 })).toBe(1);
    expect(propensityOf('active', { ...ordinary, labelledTurnsLastMonth: 1_001 })).toBe(0.9);
    expect(propensityOf('canary', { ...ordinary, labelledTurnsLastMonth: 1_001 })).toBe(0.5);
  });

  test.each([{ isExperimenting: false }, { isPinned: true }])('is one everywhere with %j', (given) => {
    const policy = { ...ordinary, labelledTurnsLastMonth: 5_000, ...given };
    expect(propensityOf('canary', policy)).toBe(1);
    expect(propensityOf('active', policy)).toBe(1);
  });

  test('is nought for what cannot be retrieved, pinned or not', () => {
    for (const state of ['candidate', 'retired'] as const)
      expect(propensityOf(state, { ...ordinary, isPinned: true })).toBe(0);
  });
});
