import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventId, turnId } from '../../../../core/domain/ids.ts';
import type { RunMethod } from '../../../../core/domain/training-run.ts';
import { tallyPeople } from '../../../../core/learning/batch-weights.ts';
import { costOf } from '../../../../core/learning/run/engine-prices.ts';
import type { GatheredSample, LeftOutSample } from '../../../../core/learning/run/gathered-sample.ts';
import { defaultRunLimits, type RunLimits } from '../../../../core/learning/run/plan-limits.ts';
import { type PlanOptions, planRun } from '../../../../core/learning/run/plan-run.ts';
import { inSeededOrder } from '../../../../core/learning/run/seeded-order.ts';
import { withoutLoudVoices } from '../../../../core/learning/run/without-loud-voices.ts';
import type { Vote } from '../../../../core/ports/ledger-store.ts';
import { anyGathered, crowd, gathered, isWithinShare, person, voice } from './sample-gathered.ts';

const noYield = async (): Promise<void> => {};
const prices = { train: 2, read: 1, write: 3 };
const options: PlanOptions = {
  seed: 7,
  methodsOf: () => ['kto'],
  settings: { learningRate: 1e-5 },
  groupSize: 4,
  groupMaxTokens: 256,
  priceOf: (use) => costOf(use, prices),
};
const nobody = tallyPeople([], defaultRunLimits.weights);
const plan = (
  samples: readonly GatheredSample[],
  limits: Partial<RunLimits> = {},
  changes: Partial<PlanOptions> = {},
  leftOut: readonly LeftOutSample[] = [],
) =>
  planRun(
    { samples, leftOut },
    nobody,
    { ...defaultRunLimits, ...limits },
    { ...options, ...changes },
    noYield,
  );

const reasonsOf = ({ leftOut }: { leftOut: readonly LeftOutSample[] }) =>
  Object.fromEntries(leftOut.map(({ turnId: id, reason }) => [id, reason]));

describe('the minimum', () => {
  test('is met by 128 answers of five people', async () => {
    const found = await plan(
      crowd(128, 5, () => ({})).concat(
        crowd(2, 5).map((own, index) => ({
          ...own,
          turnId: turnId(`x${index}`),
          voices: [voice(`p${index + 3}`, own.value)],
        })),
      ),
    );
    expect(found).toMatchObject({ kind: 'ready', plan: { samples: 130, people: 5, steps: 5 } });
  });

  const onlyBad = (count: number) => (index: number) => ({ value: index < count ? -1 : 1 });
  test.each([
    ['too_few_samples', crowd(120, 6), { samples: 120, people: 6 }],
    ['too_few_negatives', crowd(132, 6, onlyBad(23)), { negatives: 23, positives: 109 }],
    ['too_few_positives', crowd(132, 6, onlyBad(109)), { negatives: 109, positives: 23 }],
    // Nothing is trimmed of four, or nothing would be left to count.
    ['too_few_people', crowd(200, 4), { samples: 200, people: 4 }],
    // Four have a fifth each at most, so the fifth's five bear 25.
    [
      'too_few_samples',
      [...crowd(400, 4), ...Array.from({ length: 5 }, (_, at) => gathered(`x${at}`, 'z', 1))],
      { samples: 25, people: 5 },
    ],
  ])('%s', async (reason, samples, counts) => {
    const found = await plan(samples);
    expect(found).toMatchObject({ kind: 'not_ready', reason, counts, plan: { steps: 0, ...counts } });
    expect(found.leftOut).toHaveLength(samples.length);
  });

  test('holds after what is stale was left out', async () => {
    const samples = crowd(132, 6);
    expect((await plan(samples)).kind).toBe('ready');
    const some = samples.map((sample, index) => (index < 6 ? { ...sample, distance: 9 } : sample));
    expect(await plan(some)).toMatchObject({
      kind: 'not_ready',
      reason: 'too_few_samples',
      counts: { samples: 126 },
    });
    expect((await plan(some)).plan.leftOut).toEqual({ too_stale: 6 });
  });
});

describe('what may not train', () => {
  const few = { leastSamples: 1, leastOfSign: 0, leastPeople: 1, personShare: 1 };

  test('bad answers two swaps away, good ones five', async () => {
    const of = (value: number) =>
      [0, 1, 2, 4, 5, 6].map((distance) => gathered(`${value} ${distance}`, 'a', value, { distance }));
    const found = await plan([...of(1), ...of(-1)], few);
    expect(Object.keys(reasonsOf(found)).toSorted()).toEqual(
      ['-1 2', '-1 4', '-1 5', '-1 6', '1 5', '1 6'].toSorted(),
    );
    expect(new Set(Object.values(reasonsOf(found)))).toEqual(new Set(['too_stale']));
  });

  test('what nobody knows the author of, what is neither good nor bad, and what has no weight', async () => {
    const { distance: _, ...unknown } = gathered('unknown', 'a', 1);
    const found = await plan(
      [
        unknown,
        gathered('zero', 'a', 0),
        gathered('silent', 'a', 1, { voices: [] }),
        gathered('weightless', 'a', 1, { voices: [{ ...voice('a', 1), weight: 0 }] }),
        gathered('fine', 'a', 1),
      ],
      few,
      {},
      [{ turnId: turnId('gone'), reason: 'gone' }],
    );
    expect(reasonsOf(found)).toEqual({
      gone: 'gone',
      unknown: 'unknown_policy',
      zero: 'no_weight',
      silent: 'no_weight',
      weightless: 'no_weight',
    });
    expect(found.plan.leftOut).toEqual({ gone: 1, no_weight: 3, unknown_policy: 1 });
  });
});

describe('who goes first', () => {
  test('of a person with too many the newest of each sign stay', async () => {
    const theirs = Array.from({ length: 60 }, (_, index) =>
      gathered(`z${index}`, 'z', index % 2 === 0 ? 1 : -1, { askedAt: index }),
    );
    const found = await plan([...crowd(120, 10), ...theirs]);
    expect(found).toMatchObject({ kind: 'ready', plan: { samples: 150, leftOut: { person_share: 30 } } });
    const left = new Set(Object.keys(reasonsOf(found)));
    for (const sign of [0, 1]) {
      const ofSign = theirs.filter((_, index) => index % 2 === sign).map(({ turnId: id }) => left.has(id));
      expect(ofSign).toEqual(ofSign.toSorted((a, b) => Number(b) - Number(a)));
      expect(new Set(ofSign)).toEqual(new Set([true, false]));
    }
  });

  test('of more than a run takes, what would be too stale soonest, then the oldest', async () => {
    const samples = crowd(600, 10, (index) => ({
      value: index % 2 === 0 ? 1 : -1,
      distance: index >= 580 ? 1 : 0,
    }));
    const found = await plan(samples, { mostSamples: 200 });
    expect(found).toMatchObject({ kind: 'ready', plan: { samples: 200, leftOut: { batch_full: 400 } } });
    const left = found.leftOut.map(({ turnId: id }) => Number(id.slice(1)));
    expect(Math.min(...left)).toBe(180);
    expect(Math.max(...left)).toBe(579);
  });

  test('neither sign is crowded out', async () => {
    const samples = crowd(2_000, 10, (index) => ({ value: index < 1_900 ? 1 : -1 }));
    expect(await plan(samples)).toMatchObject({ kind: 'ready', plan: { samples: 1_024, negatives: 100 } });
  });
});

describe('a plan', () => {
  test('counts each answer with its voices, and balances what they weigh', async () => {
    const samples = crowd(130, 5, (index) => ({
      value: index < 30 ? -1 : 1,
      voices: [{ ...voice(`p${index % 5}`, index < 30 ? -1 : 1), weight: index < 30 ? 0.5 : 1 }],
    }));
    const found = await plan(samples);
    if (found.kind !== 'ready') throw new Error(found.reason);
    expect(new Set(found.samples.map(({ value, weight }) => `${value} ${weight}`))).toEqual(
      new Set(['-1 0.5', '1 1']),
    );
    const { goodWeight, badWeight } = found.plan.settings;
    expect((Number(goodWeight) * 100) / (Number(badWeight) * 15)).toBeCloseTo(4 / 3, 9);
    expect(found.plan.settings).toMatchObject({
      learningRate: 1e-5,
      seed: 7,
      batchSize: 32,
      leastPeople: 5,
      personShare: 0.2,
    });
    expect(found.least).toBe(128);
  });

  test('measures a person’s words against what they say on the whole', async () => {
    const samples = crowd(130, 5);
    const votes = samples.slice(0, 10).map(
      ({ turnId: id }, index): Vote => ({
        eventId: eventId('web', String(index)),
        turnId: id,
        actorId: person('p0'),
        change: 'given',
        kind: 'feedback',
        name: 'good',
        polarity: 1,
        occurredAt: index,
      }),
    );
    const tally = tallyPeople(votes, defaultRunLimits.weights);
    const found = await planRun({ samples, leftOut: [] }, tally, defaultRunLimits, options, noYield);
    if (found.kind !== 'ready') throw new Error(found.reason);
    expect(new Set(found.samples.map(({ baseline }) => baseline))).toEqual(new Set([0, 0.5]));
  });

  test('costs what its tokens cost', async () => {
    const found = await plan(crowd(130, 5, () => ({ tokens: 1_000_000 })));
    expect(found.plan.estimate).toEqual({ calls: 10 + 130, tokens: 780_000_000, micros: 130 * 7 });
    const fresh = await plan(
      crowd(130, 5),
      {},
      {
        methodsOf: () => ['groups', 'hindsight'],
        priceOf: ({ train = 0, write = 0 }) => ({ tokens: train, micros: write }),
      },
    );
    // Of each prompt four answers of 256 tokens; no hints.
    expect(fresh.plan.estimate).toMatchObject({ tokens: 130 * 4 * (100 + 256), micros: 130 * 4 * 256 });
  });
});

describe('an estimate', () => {
  const priceOf: PlanOptions['priceOf'] = ({ train = 0, read = 0 }) => ({
    tokens: train,
    micros: train + read,
  });

  test('counts the prompt of a text for each answer', async () => {
    const changes = { methodsOf: () => ['sft'] as const, priceOf, promptTokens: 900 };
    const found = await plan(crowd(130, 5), {}, changes);
    expect(found.plan.estimate).toMatchObject({ tokens: 130 * (100 + 900) });
  });

  test('of pairs or else answers by heart counts the dearer, and whatever is done besides', async () => {
    const estimateOf = async (...methods: readonly RunMethod[]) =>
      (await plan(crowd(130, 5), {}, { methodsOf: () => methods, priceOf })).plan.estimate;
    const [dpo, sft] = [await estimateOf('dpo'), await estimateOf('sft')];
    expect(sft.micros).toBeLessThan(dpo.micros);
    expect(await estimateOf('sft', 'dpo')).toEqual(dpo);
    const kto = await estimateOf('kto');
    expect(await estimateOf('kto', 'dpo', 'sft')).toEqual({
      calls: kto.calls + dpo.calls,
      tokens: kto.tokens + dpo.tokens,
      micros: kto.micros + dpo.micros,
    });
  });
});

describe('planning', () => {
  test('lets others have their turn, the more often the more waits', async () => {
    const turnsFor = async (count: number): Promise<number> => {
      let turns = 0;
      await planRun(
        { samples: crowd(count, 10), leftOut: [] },
        nobody,
        defaultRunLimits,
        options,
        async () => {
          turns += 1;
        },
      );
      return turns;
    };
    const few = await turnsFor(4_000);
    expect(few).toBeGreaterThanOrEqual(8);
    expect(await turnsFor(16_000)).toBeGreaterThan(3.5 * few);
  });

  test('looks at few of thousands between two such turns', async () => {
    let [looks, most] = [0, 0];
    const samples = crowd(20_000, 10).map((own) => ({
      ...own,
      get voices() {
        looks += 1;
        return own.voices;
      },
    }));
    await planRun({ samples, leftOut: [] }, nobody, defaultRunLimits, options, async () => {
      most = Math.max(most, looks);
      looks = 0;
    });
    expect(most).toBeLessThan(6_000);
  });

  test('ends where that is refused', async () => {
    const stopped = new Error('stopped');
    const samples = crowd(600, 10);
    const planned = planRun({ samples, leftOut: [] }, nobody, defaultRunLimits, options, async () => {
      throw stopped;
    });
    await expect(planned).rejects.toBe(stopped);
  });
});

const anyLimits: fc.Arbitrary<Partial<RunLimits>> = fc.record({
  leastSamples: fc.integer({ min: 0, max: 30 }),
  leastOfSign: fc.integer({ min: 0, max: 6 }),
  leastPeople: fc.integer({ min: 1, max: 5 }),
  personShare: fc.constantFrom(0.2, 0.3, 0.5, 1),
  mostSamples: fc.integer({ min: 1, max: 100 }),
  batchSize: fc.integer({ min: 1, max: 40 }),
});

describe('whatever waits', () => {
  test('every answer is in one step or left out once, and every promise of a ready plan holds', async () => {
    await fc.assert(
      fc.asyncProperty(anyGathered(), anyLimits, async (samples, limits) => {
        const found = await plan(samples, limits);
        const planned = found.kind === 'ready' ? found.samples : [];
        expect([...planned, ...found.leftOut].map((one) => one.turnId).toSorted()).toEqual(
          samples.map((one) => one.turnId),
        );
        if (found.kind !== 'ready') return;
        const all = { ...defaultRunLimits, ...limits };
        expect(found.plan.samples).toBe(planned.length);
        expect(planned.length).toBeGreaterThanOrEqual(all.leastSamples);
        expect(planned.length).toBeLessThanOrEqual(all.mostSamples);
        expect(Math.min(found.plan.positives, found.plan.negatives)).toBeGreaterThanOrEqual(all.leastOfSign);
        expect(found.plan.people).toBeGreaterThanOrEqual(all.leastPeople);
        const steps = Map.groupBy(planned, ({ step }) => step);
        expect([...steps.keys()]).toEqual(Array.from({ length: found.plan.steps }, (_, index) => index + 1));
        for (const step of steps.values()) expect(step.length).toBeLessThanOrEqual(all.batchSize);
        for (const { weight, value, baseline } of planned) {
          expect(weight).toBeGreaterThan(0);
          expect(weight).toBeLessThanOrEqual(1);
          expect(Math.abs(value)).toBeGreaterThan(0);
          expect(Math.abs(baseline)).toBeLessThanOrEqual(1);
        }
        const ids = new Set(planned.map((one) => one.turnId));
        expect(
          isWithinShare(
            (await withoutLoudVoices(samples, all.personShare, async () => {})).filter((one) =>
              ids.has(one.turnId),
            ),
            all.personShare,
          ),
        ).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('the order in which it was read changes nothing, and a seed gives one plan', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyGathered(),
        anyLimits,
        fc.integer(),
        fc.integer(),
        async (samples, limits, seed, shuffle) => {
          const settings = { seed };
          const found = await plan(samples, limits, settings);
          expect(await plan(inSeededOrder(samples, shuffle), limits, settings)).toEqual(found);
        },
      ),
    );
  });

  test('another seed changes the order of the steps, and nothing of what is trained', async () => {
    const samples = crowd(320, 10);
    const [one, other] = await Promise.all([1, 2].map((seed) => plan(samples, {}, { seed })));
    if (one?.kind !== 'ready' || other?.kind !== 'ready') throw new Error('There is enough.');
    const ids = (found: typeof one) => found.samples.map((sample) => sample.turnId);
    expect(ids(one)).not.toEqual(ids(other));
    expect(ids(one).toSorted()).toEqual(ids(other).toSorted());
  });
});
