import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../../core/domain/app-error.ts';
import type { RunStep, TrainingRun } from '../../../../core/domain/training-run.ts';
import { createStepTime } from '../../../../core/learning/run/step-time.ts';
import { run, step } from '../../commands/fake-train-tools.ts';

interface KnownRun {
  readonly run: TrainingRun;
  readonly steps: readonly RunStep[];
}

const lasting = (ms: number, changes: Partial<RunStep> = {}): RunStep =>
  step(1, { startedAt: 1_000, endedAt: 1_000 + ms, ...changes });

/** The newest last. */
function timeOf(known: readonly KnownRun[]) {
  const store = {
    failure: undefined as Error | undefined,
    known,
    async list(limit: number) {
      if (store.failure !== undefined) throw store.failure;
      return store.known
        .map(({ run: of }) => of)
        .toReversed()
        .slice(0, limit);
    },
    steps: async (runId: TrainingRun['runId']) =>
      store.known.find(({ run: of }) => of.runId === runId)?.steps ?? [],
  };
  return { store, time: createStepTime(store) };
}

async function measured(...known: readonly KnownRun[]): Promise<number> {
  const { time } = timeOf(known);
  await time.measure();
  return time.ms();
}

describe('how long a step takes', () => {
  test('is nothing before it was measured, and where nothing was trained', async () => {
    const { time } = timeOf([{ run: run(1), steps: [lasting(5)] }]);
    expect(time.ms()).toBe(0);
    expect(await measured()).toBe(0);
    expect(await measured({ run: run(1), steps: [] })).toBe(0);
  });

  test('is that of the middle one: one that stands out does not count', async () => {
    const steps = [lasting(10), lasting(90_000), lasting(30), lasting(20), lasting(40)];
    expect(await measured({ run: run(1), steps })).toBe(30);
  });

  test('goes by numbers, not by their first digits', async () => {
    expect(await measured({ run: run(1), steps: [lasting(9), lasting(10), lasting(100)] })).toBe(10);
  });

  test('is of steps that trained something: neither of skipped ones nor of one that was not ended', async () => {
    const steps = [lasting(1, { state: 'skipped' }), lasting(2, { state: 'begun' }), step(3), lasting(70)];
    expect(await measured({ run: run(1), steps })).toBe(70);
  });

  test('is of weights: what is made elsewhere or of words takes another time', async () => {
    const others = (['wording', 'provider'] as const).map((kind, place) => ({
      run: run(place + 2, { kind }),
      steps: [lasting(5)],
    }));
    expect(await measured({ run: run(1), steps: [lasting(70)] }, ...others)).toBe(70);
  });

  test('is of the latest five runs', async () => {
    const runs = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => ({ run: run(number), steps: [lasting(number)] }));
    expect(await measured(...runs)).toBe(6);
  });

  test('is never less than nothing, where the clock was set back', async () => {
    expect(await measured({ run: run(1), steps: [lasting(-5)] })).toBe(0);
  });

  test('stays what it was where the store fails, which is told', async () => {
    const { store, time } = timeOf([{ run: run(1), steps: [lasting(70)] }]);
    await time.measure();
    store.failure = new AppError('storage_failed', 'gone');
    await expect(time.measure()).rejects.toBe(store.failure);
    expect(time.ms()).toBe(70);
  });

  test('stays what it was where nothing is left to measure it by', async () => {
    const { store, time } = timeOf([{ run: run(1), steps: [lasting(70)] }]);
    await time.measure();
    store.known = [{ run: run(2), steps: [] }];
    await time.measure();
    expect(time.ms()).toBe(70);
  });

  test('is found behind many attempts that came to nothing', async () => {
    const spend = { calls: 0, tokens: 0, micros: 0 };
    const nothing = Array.from({ length: 300 }, (_, place) => ({
      run: run(place + 2, { state: 'skipped', spend }),
      // Nothing was called: nobody looks for steps there.
      steps: [lasting(5)],
    }));
    expect(await measured({ run: run(1), steps: [lasting(70)] }, ...nothing)).toBe(70);
  });

  test('lies between all of them, with as many on both sides', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(100_000), { minLength: 1, maxLength: 15 }), async (times) => {
        const ms = await measured({ run: run(1), steps: times.map((time) => lasting(time)) });
        const shorter = times.filter((time) => time < ms).length;
        const longer = times.filter((time) => time > ms).length;
        expect(times).toContain(ms);
        expect(Math.max(shorter, longer)).toBeLessThanOrEqual(times.length / 2);
      }),
    );
  });
});
