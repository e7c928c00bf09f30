import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunStep } from '../../../../core/domain/training-run.ts';
import { klCut } from '../../../../core/learning/run/kl-bound.ts';

const klStop = 0.5;

/** Steps in order: `undefined` for one that was skipped, else what it measured of the state before it. */
function stepsOf(measures: readonly (number | undefined | 'unknown')[]): readonly RunStep[] {
  return measures.map((klBase, at): RunStep => {
    const step = { step: at + 1, startedAt: 1, endedAt: 2 };
    if (klBase === undefined) return { ...step, state: 'skipped', reason: 'low_ess', metrics: {} };
    const metrics = klBase === 'unknown' ? {} : { klBase };
    return { ...step, state: 'done', statePath: `state ${at + 1}`, metrics };
  });
}

describe('where a run leaves its bound', () => {
  test.each<[string, readonly (number | undefined | 'unknown')[], number | undefined, unknown]>([
    ['nowhere', [0, 0.1, 0.5], 0.5, undefined],
    ['nowhere, where the last state was not asked about', [0, 0.1], undefined, undefined],
    ['before its first step', [0.6], undefined, { keepsSteps: 0, reason: 'kl_stop' }],
    ['with its first step', [0, 0.6], undefined, { keepsSteps: 0, reason: 'kl_stop' }],
    ['with its second step', [0, 0.1, 9], undefined, { keepsSteps: 1, reason: 'kl_stop' }],
    ['with its last step', [0, 0.1, 0.2], 9, { keepsSteps: 2, reason: 'kl_stop' }],
    [
      'over skipped steps',
      [0, undefined, 0.1, undefined, 9],
      undefined,
      { keepsSteps: 1, reason: 'kl_stop' },
    ],
    [
      'with a step that could not be measured',
      [0, 0.1, 'unknown'],
      undefined,
      { keepsSteps: 1, reason: 'unusable' },
    ],
    [
      'with a last state of which no number came',
      [0, 0.1],
      Number.NaN,
      { keepsSteps: 1, reason: 'unusable' },
    ],
    ['nowhere, without steps', [], undefined, undefined],
  ])('%s', (_, measures, lastKl, expected) => {
    expect(klCut(stepsOf(measures), klStop, lastKl)).toEqual(expected);
  });

  test('keeps no state that was not seen within it', () => {
    const measure = fc.oneof(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constant('unknown' as const),
      fc.constant(undefined),
    );
    fc.assert(
      fc.property(
        fc.array(measure, { maxLength: 12 }),
        fc.option(fc.double({ min: 0, max: 1 }), { nil: undefined }),
        (measures, lastKl) => {
          const steps = stepsOf(measures);
          const cut = klCut(steps, klStop, lastKl);
          const done = steps.filter(({ state }) => state === 'done');
          const kept = cut === undefined ? done : done.filter(({ step }) => step <= cut.keepsSteps);
          for (const [at] of kept.entries()) {
            // What the next step that was made says of the state after this one.
            const seen = at + 1 < done.length ? (done[at + 1]?.metrics.klBase ?? Number.NaN) : (lastKl ?? 0);
            expect(seen).toBeLessThanOrEqual(klStop);
          }
          if (cut !== undefined) expect(kept.length).toBeLessThan(Math.max(1, done.length));
        },
      ),
    );
  });
});
