import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { personId, unknownAuthor } from '../../../../core/domain/ids.ts';
import { defaultRunLimits } from '../../../../core/learning/run/plan-limits.ts';
import type { PreparedSample } from '../../../../core/learning/run/prepared-sample.ts';
import { buildExamples } from '../../../../core/learning/tuning/build-examples.ts';
import { exampleLimits, withinLimits } from '../../../../core/learning/tuning/example-limits.ts';
import { gatherTuningData, type TuningDataDeps } from '../../../../core/learning/tuning/tuning-data.ts';
import { createFakeClock } from '../../../fakes/system/fake-clock.ts';
import { createSequentialIds } from '../../../fakes/system/sequential-ids.ts';
import { createSmallRunStore } from './small-run-store.ts';
import { answers, plannedSamples, preparedAnswer, preparedPair, promptOf, tuningRun } from './tuning-rig.ts';

const person = (name: string) => personId('web', name);
const ratedBy = (sample: PreparedSample, ...names: readonly string[]): PreparedSample => ({
  ...sample,
  raters: names.map(person),
});
/** Good answers, so many of each of these. */
const goodOf = (counts: Readonly<Record<string, number>>): readonly PreparedSample[] =>
  Object.entries(counts).flatMap(([name, count]) =>
    Array.from({ length: count }, (_, at) => ratedBy(preparedAnswer({ id: `${name}-${at}` }), name)),
  );
const bad = (count: number, name: (at: number) => string): readonly PreparedSample[] =>
  answers(count, -1).map((sample, at) => ratedBy(sample, name(at)));

const limits = { leastPeople: 5, personShare: 0.2 };
const deps = { promptOf, longestTokens: 60_000, limits };
const build = (samples: readonly PreparedSample[]) => buildExamples(samples, ['dpo', 'sft'], deps);

describe('what is learned by heart', () => {
  test('rests on enough people, though bad answers of others were in the plan', async () => {
    const samples = [...goodOf({ ann: 24 }), ...bad(104, (at) => `p${at % 9}`)];
    expect(await build(samples)).toMatchObject({ method: 'sft', shortage: 'too_few_people' });
    const six = goodOf({ ann: 4, ben: 4, cleo: 4, dan: 4, eve: 4, finn: 4 });
    const enough = await build([...six, ...bad(104, (at) => `p${at % 9}`)]);
    expect(enough).not.toHaveProperty('shortage');
    expect(enough.examples).toHaveLength(24);
  });

  test('is of nobody above their share; the rest of theirs is left out with that reason', async () => {
    const samples = goodOf({ ann: 24, ben: 4, cleo: 4, dan: 4, eve: 4, finn: 4 });
    const { examples, leftOut } = await build(samples);
    // Five of ann’s are a fifth of all.
    expect(examples).toHaveLength(25);
    expect(leftOut.map(({ reason }) => reason)).toEqual(Array.from({ length: 19 }, () => 'person_share'));
    expect(leftOut.every(({ turnId }) => turnId.startsWith('ann'))).toBe(true);
  });

  test('is nobody’s where the platform names nobody, and the asker’s where nobody rated', async () => {
    const unnamed = answers(30).map((sample) => ({ ...sample, raters: [unknownAuthor('web')] }));
    expect(await build(unnamed)).toMatchObject({ shortage: 'too_few_people' });
    const unrated = answers(30).map(({ raters: _, ...sample }) => sample);
    expect(await build(unrated)).toMatchObject({ shortage: 'too_few_people' });
  });
});

test('pairs rest on whoever rated either answer, and give way to answers by heart where they are too few', async () => {
  const pairs = (name: (at: number) => string) =>
    Array.from({ length: 12 }, (_, at) => {
      const [good, other] = preparedPair(`r${at}`);
      return [ratedBy(good, `p${at % 6}`), ratedBy(other, name(at))];
    }).flat();
  expect(await build(pairs((at) => `q${at % 6}`))).toMatchObject({ method: 'dpo', leftOut: [] });
  // Ann has half of each pair; of the good answers she has none.
  const sft = await build(pairs(() => 'ann'));
  expect(sft).toMatchObject({ method: 'sft' });
  expect(sft.examples).toHaveLength(12);
});

test('limits are those of the plan, else the defaults', () => {
  const run = tuningRun();
  const planned = { ...run, plan: { ...run.plan, settings: { leastPeople: 3, personShare: 0.5 } } };
  expect(exampleLimits(planned)).toEqual({ leastPeople: 3, personShare: 0.5 });
  const { leastPeople, personShare } = defaultRunLimits;
  expect(exampleLimits(run)).toEqual({ leastPeople, personShare });
});

describe('the files of a run', () => {
  function rigOf(prepared: readonly PreparedSample[]) {
    const run = tuningRun(['sft']);
    const store = createSmallRunStore(run, plannedSamples(prepared));
    const data: TuningDataDeps = {
      runs: store.runs,
      prepare: async (samples) => ({
        prepared: prepared.filter(({ turnId }) => samples.some((one) => one.turnId === turnId)),
        leftOut: [],
      }),
      promptOf,
      isStale: () => false,
      longestExampleTokens: 60_000,
      clock: createFakeClock(),
      ids: createSequentialIds(),
    };
    return { store, gather: (isRepeated: boolean) => gatherTuningData(run, isRepeated, data) };
  }

  test('are none where too few people stand behind them, and each sample says so', async () => {
    const rig = rigOf(goodOf({ ann: 30 }));
    expect(await rig.gather(false)).toBe('too_few_people');
    expect(new Set(rig.store.samples().map(({ reason }) => reason))).toEqual(new Set(['too_few_people']));
  });

  test('are within the limits after a part is held back, and the same when they are made again', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 6, maxLength: 9 }),
        async (counts) => {
          const samples = goodOf(Object.fromEntries(counts.map((count, at) => [`p${at}`, count])));
          const rig = rigOf(samples);
          const first = await rig.gather(false);
          if (typeof first === 'string') return;
          const held = new Set<string>(first.heldBack);
          const trained = rig.store
            .samples()
            .filter(({ turnId, status }) => status === 'claimed' && !held.has(turnId));
          expect(trained).toHaveLength(first.examples);
          const loads = Map.groupBy(trained, ({ turnId }) => turnId.split('-')[0]);
          for (const those of loads.values()) {
            expect(those.length).toBeLessThanOrEqual(0.2 * trained.length + 1e-6);
          }
          expect(loads.size).toBeGreaterThanOrEqual(5);
          expect(await rig.gather(true)).toEqual(first);
        },
      ),
      { numRuns: 40 },
    );
  });
});

test('nothing is trimmed of what too few people stand behind', async () => {
  const samples = goodOf({ ann: 9, ben: 1, cleo: 1, dan: 1 });
  const { examples } = await buildExamples(samples, ['sft'], {
    ...deps,
    limits: { leastPeople: 1, personShare: 1 },
  });
  expect(await withinLimits(examples, samples, limits)).toEqual({
    kept: examples,
    trimmed: [],
    isFewPeople: true,
  });
});
