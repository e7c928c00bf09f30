import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { everyStep } from './slow-loop/every-step.ts';
import { comeToRest } from './slow-loop/rest.ts';
import type { Step } from './slow-loop/step.ts';
import { type Happened, nothingTold } from './slow-loop/told.ts';
import { openWorld, type WorldOptions } from './slow-loop/world.ts';

/** Over both tests. */
const happened: Happened = new Map();
const longestMs = 180_000;

/** A bot lives through these steps; all promises hold after each, and nothing is lost in the end. */
async function live(options: WorldOptions, steps: Iterable<Step>): Promise<void> {
  const told = nothingTold();
  const world = await openWorld(options, told, happened);
  try {
    await fc.asyncModelRun(() => ({ model: told, real: world }), steps);
    await comeToRest(world);
  } finally {
    world.close();
  }
}

/** Some of them so low that no run comes through. */
const capMicros = fc.constantFrom(undefined, undefined, undefined, 60, 400);

describe('the promises of the slow loop hold in whatever order people, library, window, engine and crashes come', () => {
  test(
    'where a change drops what would be given other skills',
    async () => {
      const worlds = fc.asyncProperty(capMicros, everyStep(50), (cap, steps) =>
        live({ capMicros: cap, invalidation: 'scoped' }, steps),
      );
      await fc.assert(worlds, { numRuns: 18, endOnFailure: true });
    },
    longestMs,
  );

  test(
    'where a change drops all that is older',
    async () => {
      const worlds = fc.asyncProperty(capMicros, everyStep(40), (cap, steps) =>
        live({ capMicros: cap, invalidation: 'strict' }, steps),
      );
      await fc.assert(worlds, { numRuns: 6, endOnFailure: true });
    },
    longestMs,
  );

  test.each([
    'candidates',
    'trained',
    'left in the queue',
    'deaths in a run',
    'spoke in a run',
    'claimed again',
    'changed under a run',
    'stale when claimed',
    'dropped',
    'consumed',
    'late word',
    'spent the budget',
    'served while the engine stood still',
  ])('and they were put to the test: %s', (what) => {
    expect(happened.get(what) ?? 0).toBeGreaterThan(0);
  });
});
