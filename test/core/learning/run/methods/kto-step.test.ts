import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logistic } from '../../../../../core/learning/logistic.ts';
import { ktoStep } from '../../../../../core/learning/run/methods/kto-step.ts';
import type { PreparedSample } from '../../../../../core/learning/run/prepared-sample.ts';
import { haltError, haltOf } from '../../../../../core/learning/run/run-gate.ts';
import { meanEngine, plainMeanEngine, sumEngine, weighingSumEngine } from '../../tiny-engine.ts';
import { call, prepared, stepSettings } from './prepared.ts';
import { answerScore, createToyEngine, type Theta, thetaGradientOf, thetaOf } from './toy-engine.ts';

const engines = [sumEngine, weighingSumEngine, meanEngine, plainMeanEngine];
const weights = { goodWeight: 1.2, badWeight: 0.8 };
const theta = thetaOf(2);
const serving = thetaOf(1);
const base = thetaOf(3);

const good = prepared('good', [call([1, 2], [3, 4])]);
const bad = prepared('bad', [call([2, 0], [1])], { value: -0.4, weight: 0.5 });
/** Asked a tool; what it wrote before and after stands in one text. */
const tooled = prepared('tooled', [call([0, 3], [2]), call([0, 3, 2, 1, 4], [4, 4])], { value: 0.3 });
/** Its second prompt does not begin with the first, so that it is read in two pieces. */
const cut = prepared('cut', [call([4, 1, 1], [0]), call([4, 2], [3])], { value: -1 });
const batch = [good, bad, tooled, cut];

const scoreOf = (at: Theta, { calls }: PreparedSample): number =>
  calls.reduce((sum, one) => sum + answerScore(at, one), 0);

/** Each call under a prompt of the sample behind it, as all of them fit. */
function referencePointOf(samples: readonly PreparedSample[]): number {
  const far = samples.map(({ calls }, at) => {
    const other = samples[(at + 1) % samples.length]!.calls;
    const moved = calls.map(({ tokens }, nth) => ({ prompt: (other[nth] ?? other.at(-1)!).prompt, tokens }));
    return moved.reduce((sum, one) => sum + answerScore(theta, one) - answerScore(serving, one), 0);
  });
  return Math.max(0, far.reduce((sum, own) => sum + own, 0) / far.length);
}

/** d of every token that was written. */
function differencesOf(at: Theta, { calls }: PreparedSample): readonly number[] {
  return calls.flatMap(({ prompt, tokens }) =>
    [...tokens].map((token, nth) => {
      const one = { prompt: Int32Array.of(...prompt, ...tokens.slice(0, nth)), tokens: Int32Array.of(token) };
      return answerScore(at, one) - answerScore(serving, one);
    }),
  );
}

/** By its definition, with z₀ held still. */
function objectiveAt(at: Theta, samples: readonly PreparedSample[], kl: number, z0: number): number {
  const costs = samples.map((sample) => {
    const x = stepSettings.beta * (scoreOf(at, sample) - scoreOf(serving, sample) - z0);
    const lambda = sample.value > 0 ? weights.goodWeight : weights.badWeight;
    const pull = differencesOf(at, sample).reduce((sum, own) => sum + own ** 2 / 2, 0);
    return (
      lambda * sample.weight * logistic(sample.value > 0 ? -x : x) + ((kl * stepSettings.beta) / 4) * pull
    );
  });
  return costs.reduce((sum, own) => sum + own, 0) / samples.length;
}

describe.each(engines)('KTO on an engine like %o', (facts) => {
  test.each([0, 0.3])('makes the step of its definition, a nat of KL costing %d', async (kl) => {
    const engine = createToyEngine({ facts, theta, serving, base });
    const outcome = await ktoStep(weights)(batch, engine, { ...stepSettings, kl });
    const z0 = referencePointOf(batch);
    expect(z0).toBeGreaterThan(0);
    const wanted = thetaGradientOf((at) => objectiveAt(at, batch, kl, z0), theta);
    for (const [at, own] of engine.gradient.entries()) expect(own).toBeCloseTo(wanted[at]!, 5);
    expect(Math.max(...wanted.map(Math.abs))).toBeGreaterThan(0.01);
    expect(outcome).toMatchObject({ kind: 'updated', leftOut: [] });
    expect(outcome.metrics.loss).toBeCloseTo(objectiveAt(theta, batch, kl, z0), 5);
  });

  test('makes good answers likelier and bad ones less, step by step', async () => {
    const engine = createToyEngine({ facts, theta, rate: 2 });
    const before = batch.map((sample) => scoreOf(theta, sample));
    for (let steps = 0; steps < 20; steps += 1) await ktoStep(weights)(batch, engine, stepSettings);
    for (const [at, sample] of batch.entries()) {
      const moved = scoreOf(engine.theta, sample) - before[at]!;
      expect(Math.sign(moved)).toBe(Math.sign(sample.value));
      expect(Math.abs(moved)).toBeGreaterThan(0.1);
    }
  });
});

test('a pull to the policy that serves keeps the weights nearer to it', async () => {
  const away = async (kl: number): Promise<number> => {
    const engine = createToyEngine({ facts: sumEngine, theta: serving, rate: 1 });
    for (let steps = 0; steps < 30; steps += 1) {
      await ktoStep(weights)(batch, engine, { ...stepSettings, kl });
    }
    return engine.theta.reduce((sum, own, at) => sum + (own - serving[at]!) ** 2, 0);
  };
  expect(await away(1)).toBeLessThan(0.7 * (await away(0)));
});

describe('what it measures', () => {
  test('by hand', async () => {
    const engine = createToyEngine({ facts: sumEngine, theta, serving, base });
    const { metrics } = await ktoStep(weights)([good, bad], engine, stepSettings);
    expect(metrics).toMatchObject({ answers: 2, tokens: 3 });
    expect(metrics.reward).toBeCloseTo((1 * 1 + 0.5 * -0.4) / 1.5, 9);
    const apart = [good, bad].flatMap((sample) => differencesOf(theta, sample));
    expect(metrics.kl).toBeCloseTo(apart.reduce((sum, own) => sum + own ** 2 / 2, 0) / 3, 5);
    const same = createToyEngine({ facts: sumEngine, theta, serving, base: theta });
    expect((await ktoStep(weights)([good, bad], same, stepSettings)).metrics.klBase).toBeCloseTo(0, 9);
    // Drawn with log-probabilities of −1.5 each.
    const [wide, narrow] = [scoreOf(theta, good) / 2, scoreOf(theta, bad)].map((lp) => Math.exp(lp + 1.5));
    const ess = (wide! + narrow!) ** 2 / (wide! ** 2 + narrow! ** 2) / 2;
    expect(metrics.ess).toBeCloseTo(ess, 5);
  });

  test('says nothing of ratios where nobody knows how the answers were drawn', async () => {
    const { logprobs: _, ...bare } = call([1, 2], [3, 4]);
    const narrowed = call([2, 0], [1], { params: { maxTokens: 8, temperature: 1, topP: 0.95, topK: 50 } });
    const unknown = [prepared('a', [bare]), prepared('b', [narrowed], { value: -1 })];
    const engine = createToyEngine({ facts: sumEngine, theta, serving });
    const { metrics, kind } = await ktoStep(weights)(unknown, engine, stepSettings);
    expect(kind).toBe('updated');
    expect(metrics).not.toHaveProperty('ess');
    expect(metrics).not.toHaveProperty('entropy');
    expect(metrics.kl).toBeGreaterThan(0);
  });

  test('entropy is that of the policy of now, of tokens that another one drew', async () => {
    // All tokens that can follow, each as often as a flat policy draws it: with ratios the mean of −lp is exact.
    const all = Array.from({ length: 5 }, (_, token) =>
      prepared(String(token), [call([1, 2], [token], { logprobs: Float32Array.of(-Math.log(5)) })], {
        value: token % 2 === 0 ? 1 : -1,
        turn: { requestText: String(token) },
      }),
    );
    const lps = all.map((sample) => scoreOf(theta, sample));
    const entropy = lps.reduce((sum, lp) => sum - Math.exp(lp) * lp, 0);
    const engine = createToyEngine({ facts: sumEngine, theta });
    const { metrics } = await ktoStep(weights)(all, engine, { ...stepSettings, ratioCap: 1000 });
    expect(metrics.entropy).toBeCloseTo(entropy, 4);
  });
});

describe('what makes no step', () => {
  const silent = (changes: Partial<PreparedSample>): PreparedSample => ({ ...bad, ...changes });

  test.each([
    ['no answers', [], 'too_few_left'],
    ['one answer', [good], 'too_few_left'],
    ['good answers alone', [good, tooled], 'equal_rewards'],
    ['bad answers alone', [bad, cut], 'equal_rewards'],
    ['one that nobody has an opinion of', [good, silent({ value: 0 })], 'too_few_left'],
    ['one without weight', [good, silent({ weight: 0 })], 'too_few_left'],
    ['one without tokens', [good, silent({ calls: [] })], 'too_few_left'],
  ] as const)('%s: and the engine is asked nothing', async (_name, samples, reason) => {
    const engine = createToyEngine({ facts: sumEngine, theta });
    const outcome = await ktoStep(weights)(samples, engine, stepSettings);
    expect(outcome).toEqual({ kind: 'skipped', reason, metrics: {} });
    expect(engine.calls).toEqual([]);
  });

  test('an engine without the loss that others are made of', async () => {
    const engine = createToyEngine({ facts: { ...sumEngine, losses: ['cross_entropy'] }, theta });
    const outcome = await ktoStep(weights)(batch, engine, stepSettings);
    expect(outcome).toMatchObject({ kind: 'skipped', reason: 'unsupported' });
    expect(engine.calls).toEqual([]);
  });

  test('a halt passes through, and nothing is updated', async () => {
    for (const at of ['forward', 'serving', 'base']) {
      const engine = createToyEngine({
        facts: sumEngine,
        theta,
        spoil(name, lists) {
          if (name === at) throw haltError('paused');
          return lists;
        },
      });
      const failure: unknown = await ktoStep(weights)(batch, engine, stepSettings).catch((thrown) => thrown);
      expect(haltOf(failure)).toBe('paused');
      expect(engine.updates).toEqual([]);
    }
  });
});

describe('numbers that cannot be used', () => {
  const spoiled = [
    ['no number', (list: Float32Array) => list.map(() => Number.NaN)],
    ['the number that stands for none', (list: Float32Array) => list.map(() => -9999)],
    ['a list that is too short', (list: Float32Array) => list.slice(1)],
  ] as const;

  test.each(spoiled)(
    '%s leaves its answer out, and the rest makes the step it makes alone',
    async (_name, spoil) => {
      for (const call of ['forward', 'serving']) {
        const engine = createToyEngine({
          facts: meanEngine,
          theta,
          serving,
          // The second datum is the second answer.
          spoil: (name, lists) => lists.map((list, at) => (name === call && at === 1 ? spoil(list) : list)),
        });
        const outcome = await ktoStep(weights)(batch, engine, stepSettings);
        expect(outcome).toMatchObject({
          kind: 'updated',
          leftOut: [{ turnId: 'bad', reason: 'unusable' }],
          metrics: { answers: 3 },
        });
        const rest = batch.filter((sample) => sample !== bad);
        // How far the policy is at large is measured on all of them.
        const z0 = referencePointOf(batch);
        const wanted = thetaGradientOf((at) => objectiveAt(at, rest, 0, z0), theta);
        for (const [at, own] of engine.gradient.entries()) expect(own).toBeCloseTo(wanted[at]!, 5);
      }
    },
  );

  test('values and weights that are none leave their answers out', async () => {
    const engine = createToyEngine({ facts: sumEngine, theta });
    const lost = [
      prepared('no value', [call([1], [2])], { value: Number.NaN }),
      prepared('no weight', [call([1], [2])], { weight: Number.POSITIVE_INFINITY }),
      prepared('no prompt', [call([], [2])]),
      prepared('one call of two', [call([1], [2]), call([], [2])]),
      prepared('empty', [call([1], [2]), call([1, 2, 3], [])]),
    ];
    const outcome = await ktoStep(weights)([...lost, ...batch], engine, stepSettings);
    expect(outcome).toMatchObject({
      kind: 'updated',
      leftOut: [
        { turnId: 'no value', reason: 'unusable' },
        { turnId: 'no weight', reason: 'unusable' },
        { turnId: 'no prompt', reason: 'unusable' },
        { turnId: 'one call of two', reason: 'unusable' },
        { turnId: 'empty', reason: 'empty_answer' },
      ],
    });
  });

  test('too few that are left make no step', async () => {
    const engine = createToyEngine({
      facts: sumEngine,
      theta,
      spoil: (name, lists) =>
        lists.map((list, at) => (name === 'forward' && at === 1 ? list.map(() => Number.NaN) : list)),
    });
    const outcome = await ktoStep(weights)([good, bad], engine, stepSettings);
    expect(outcome).toMatchObject({ kind: 'skipped', reason: 'too_few_left', metrics: { answers: 1 } });
    expect(engine.updates).toEqual([]);
  });
});

test('every sample is trained or left out once, whatever it is and whatever the engine says of it', async () => {
  const anyTokens = fc.array(fc.nat(4), { maxLength: 3 });
  const anySample = fc.record({
    calls: fc.array(fc.tuple(anyTokens, anyTokens), { maxLength: 2 }),
    value: fc.constantFrom(-1, -0.2, 0, 0.7, Number.NaN),
    weight: fc.constantFrom(0, 0.5, 1),
    lostAt: fc.option(fc.constantFrom('forward', 'serving', 'base'), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(anySample, { maxLength: 6 }),
      fc.constantFrom(...engines),
      async (drawn, facts) => {
        const samples = drawn.map(({ calls, ...own }, at) =>
          prepared(
            String(at),
            calls.map(([prompt, tokens]) => call(prompt, tokens)),
            own,
          ),
        );
        const lost = drawn.map(({ lostAt }) => lostAt);
        const engine = createToyEngine({
          facts,
          theta,
          serving,
          spoil: (name, lists) =>
            lists.map((list, at) => (lost[at] === name ? list.map(() => Number.NaN) : list)),
        });
        const outcome = await ktoStep(weights)(samples, engine, stepSettings);
        expect(engine.updates.length).toBe(outcome.kind === 'updated' ? 1 : 0);
        if (outcome.kind !== 'updated') return;
        const out = outcome.leftOut.map((one) => one.turnId);
        expect(new Set(out).size).toBe(out.length);
        expect(out.length + outcome.metrics.answers!).toBe(samples.length);
        expect(engine.gradient.every(Number.isFinite)).toBe(true);
        expect(engine.calls.at(-1)).toBe('update');
      },
    ),
    { numRuns: 60 },
  );
});
