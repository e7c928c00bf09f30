import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LossName } from '../../../../../core/domain/datum.ts';
import { policyGradientStep } from '../../../../../core/learning/run/methods/policy-gradient-step.ts';
import type { PreparedSample } from '../../../../../core/learning/run/prepared-sample.ts';
import { haltError, haltOf } from '../../../../../core/learning/run/run-gate.ts';
import { meanEngine, plainMeanEngine, sumEngine, weighingSumEngine } from '../../tiny-engine.ts';
import { call, prepared, stepSettings, trainedPolicy } from './prepared.ts';
import { answerScore, createToyEngine, type Theta, thetaGradientOf, thetaOf } from './toy-engine.ts';

const step = policyGradientStep(trainedPolicy);
const engines = [sumEngine, weighingSumEngine, meanEngine, plainMeanEngine];
const withCispo: readonly LossName[] = ['cross_entropy', 'importance_sampling', 'cispo'];
const without: readonly LossName[] = ['cross_entropy', 'importance_sampling'];
/** Caps that some of the ratios and advantages here are above. */
const capped = { ...stepSettings, ratioCap: 1.2, advantageCap: 0.7 };
const theta = thetaOf(2);
const serving = thetaOf(1);

/** A call with the log-probabilities that weights give its tokens. */
function drawn(by: Theta, prompt: readonly number[], tokens: readonly number[]) {
  const logprobs = tokens.map((token, at) =>
    answerScore(by, {
      prompt: Int32Array.from([...prompt, ...tokens.slice(0, at)]),
      tokens: Int32Array.of(token),
    }),
  );
  return call(prompt, tokens, { logprobs: Float32Array.from(logprobs) });
}

const batch = [
  prepared('a', [drawn(serving, [1, 2], [3, 4, 0])], { value: 1, baseline: 0.2 }),
  prepared('b', [drawn(serving, [2, 0], [1])], { value: -0.6, weight: 0.5 }),
  prepared('c', [drawn(serving, [0, 3], [2]), drawn(serving, [0, 3, 2, 1], [4, 4])], { value: 0.3 }),
  prepared('d', [drawn(serving, [4, 1], [0]), drawn(serving, [4, 2], [3])], { value: -1, baseline: -0.1 }),
];

const tokensOf = (samples: readonly PreparedSample[]) =>
  samples.flatMap((sample) =>
    sample.calls.flatMap(({ prompt, tokens, logprobs }) =>
      [...tokens].map((token, at) => ({
        sample,
        q: logprobs![at]!,
        one: { prompt: Int32Array.of(...prompt, ...tokens.slice(0, at)), tokens: Int32Array.of(token) },
      })),
    ),
  );

/** The surrogate by its definition: what a gradient does not see is held still. */
function surrogateAt(at: Theta, samples: readonly PreparedSample[], kl: number): number {
  const total = samples.reduce((sum, { weight }) => sum + weight, 0);
  const mean =
    samples.reduce((sum, { weight, value, baseline }) => sum + weight * (value - baseline), 0) / total;
  const tokens = tokensOf(samples).map((own) => ({
    ...own,
    now: answerScore(theta, own.one),
    d: answerScore(theta, own.one) - answerScore(serving, own.one),
  }));
  const meanD = tokens.reduce((sum, { d }) => sum + d, 0) / tokens.length;
  const terms = tokens.map(({ sample: { weight, value, baseline }, one, now, q, d }) => {
    const above = Math.max(-capped.advantageCap, Math.min(capped.advantageCap, value - baseline - mean));
    const advantage = weight * above + kl * (meanD - d);
    return -Math.min(Math.exp(now - q), capped.ratioCap) * advantage * answerScore(at, one);
  });
  return terms.reduce((sum, own) => sum + own, 0) / tokens.length;
}

describe.each(engines)('on an engine like %o', (facts) => {
  test.each([
    ['cispo', withCispo, 0],
    ['cispo', withCispo, 0.4],
    ['importance_sampling', without, 0],
    ['importance_sampling', without, 0.4],
  ] as const)('%s makes the step of its definition', async (name, losses, kl) => {
    const engine = createToyEngine({ facts: { ...facts, losses }, theta, serving });
    const outcome = await step(batch, engine, { ...capped, kl });
    const ratios = tokensOf(batch).map(({ one, q }) => Math.exp(answerScore(theta, one) - q));
    expect(ratios.some((ratio) => ratio > capped.ratioCap)).toBe(true);
    const wanted = thetaGradientOf((at) => surrogateAt(at, batch, kl), theta);
    for (const [at, own] of engine.gradient.entries()) expect(own).toBeCloseTo(wanted[at]!, 5);
    expect(Math.max(...wanted.map(Math.abs))).toBeGreaterThan(0.01);
    expect(outcome).toMatchObject({ kind: 'updated', leftOut: [], metrics: { answers: 4, tokens: 9 } });
    expect(engine.updates[0]?.loss).toEqual(
      name === 'cispo' ? { name, clipLow: 0, clipHigh: capped.ratioCap } : { name },
    );
  });

  test('what was worth more than the others becomes likelier', async () => {
    const fresh = [
      prepared('good', [drawn(theta, [1, 2], [3])]),
      prepared('fair', [drawn(theta, [2, 0], [1])], { value: 0.9 }),
      prepared('bad', [drawn(theta, [0, 3], [2])], { value: -1 }),
    ];
    const engine = createToyEngine({ facts, theta, rate: 0.5 });
    for (let steps = 0; steps < 10; steps += 1) await step(fresh, engine, stepSettings);
    const moved = fresh.map(
      ({ calls }) => answerScore(engine.theta, calls[0]!) - answerScore(theta, calls[0]!),
    );
    expect(moved.map(Math.sign)).toEqual([1, 1, -1]);
  });
});

test('the penalty sees how far the policy has gone, though the serving policy itself drew the answers', async () => {
  const gradientWith = async (kl: number, at: Theta) => {
    const engine = createToyEngine({ facts: sumEngine, theta: at, serving });
    await step(batch, engine, { ...stepSettings, kl });
    return engine.gradient;
  };
  expect(await gradientWith(0.5, serving)).toEqual(await gradientWith(0, serving));
  const free = await gradientWith(0, theta);
  const held = await gradientWith(0.5, theta);
  expect(Math.max(...held.map((own, at) => Math.abs(own - free[at]!)))).toBeGreaterThan(0.01);
});

test('the loss that it reports is the one that it makes smaller', async () => {
  const engine = createToyEngine({ facts: sumEngine, theta: serving });
  const { metrics } = await step(batch, engine, stepSettings);
  // All ratios are 1: the mean of −A over tokens. Advantages: value − baseline less their weighted mean, times weight.
  const worths = [0.8, -0.6, 0.3, -0.9];
  const mean = (0.8 - 0.3 + 0.3 - 0.9) / 3.5;
  const own = worths.map((worth, at) => (at === 1 ? 0.5 : 1) * (worth - mean));
  expect(metrics.loss).toBeCloseTo(-(3 * own[0]! + own[1]! + 3 * own[2]! + 2 * own[3]!) / 9, 5);
  expect(metrics.ess).toBeCloseTo(1, 5);
});

describe('how far the answers are from the policy of now', () => {
  const farFrom = (by: number) =>
    [0, 0, 0, by].map((shift, at) => {
      const near = drawn(theta, [1, at], [3]);
      return prepared(String(at), [{ ...near, logprobs: near.logprobs!.map((own) => own - shift) }], {
        value: at % 2 === 0 ? 1 : -1,
      });
    });

  test('too far is no step, and says how far', async () => {
    const engine = createToyEngine({ facts: sumEngine, theta });
    // Ratios 1, 1, 1 and e⁵.
    const outcome = await step(farFrom(5), engine, stepSettings);
    const e = Math.exp(5);
    expect(outcome).toMatchObject({ kind: 'skipped', reason: 'low_ess' });
    expect(outcome.metrics.ess).toBeCloseTo((3 + e) ** 2 / (3 + e ** 2) / 4, 4);
    expect(engine.calls).toEqual(['forward']);
  });

  test('near enough is one', async () => {
    const engine = createToyEngine({ facts: sumEngine, theta });
    expect(await step(farFrom(1), engine, stepSettings)).toMatchObject({ kind: 'updated' });
    expect(await step(farFrom(1), engine, { ...stepSettings, leastEss: 0.9 })).toMatchObject({
      kind: 'skipped',
      reason: 'low_ess',
    });
  });

  test('is of whole answers, so that a long one counts once', async () => {
    const near = drawn(theta, [1, 2], [3, 3, 3, 3]);
    // Four tokens of ratio e each are an answer of ratio e, not e⁴.
    const long = prepared('long', [{ ...near, logprobs: near.logprobs!.map((own) => own - 1) }], {
      value: -1,
    });
    const engine = createToyEngine({ facts: sumEngine, theta });
    const { metrics } = await step([long, prepared('short', [drawn(theta, [2], [1])])], engine, stepSettings);
    expect(metrics.ess).toBeCloseTo((1 + Math.E) ** 2 / (1 + Math.E ** 2) / 2, 4);
  });

  test('that cannot be told is no step', async () => {
    const engine = createToyEngine({
      facts: sumEngine,
      theta,
      spoil: (_, lists) => lists.map((list) => list.map(() => -9999)),
    });
    expect(await step(batch, engine, stepSettings)).toMatchObject({ kind: 'skipped', reason: 'ess_unknown' });
    expect(engine.updates).toEqual([]);
  });
});

/** Faults of the reference, by their names in its analysis. */
describe('faults that are not made again', () => {
  const expectNoUpdate = async (samples: readonly PreparedSample[], reason: string) => {
    const engine = createToyEngine({ facts: sumEngine, theta });
    expect(await step(samples, engine, stepSettings)).toMatchObject({ kind: 'skipped', reason });
    expect(engine.updates).toEqual([]);
  };
  const [first, second] = [batch[0]!, batch[1]!];

  test('B1: a step without advantages is not taken all the same', async () => {
    await expectNoUpdate([], 'too_few_left');
    await expectNoUpdate([first], 'too_few_left');
    await expectNoUpdate(
      batch.map((sample) => ({ ...sample, value: 0.5, baseline: 0 })),
      'equal_rewards',
    );
  });

  test('B2: what is left out has no part in the mean, and makes no difference where there is none', async () => {
    const excluded = [
      { ...first, turnId: second.turnId, value: 0, weight: 0 },
      prepared('unknown', [call([1], [2], { logprobs: Float32Array.of(Number.NaN) })], { value: 0 }),
    ];
    const liked = batch.map((sample) => ({ ...sample, value: 1, baseline: 0 }));
    await expectNoUpdate([...liked, ...excluded], 'equal_rewards');
    const gradients = [batch, [...batch, ...excluded]].map(async (samples) => {
      const engine = createToyEngine({ facts: meanEngine, theta, serving });
      await step(samples, engine, { ...stepSettings, kl: 0.1 });
      return engine.gradient;
    });
    const [alone, beside] = await Promise.all(gradients);
    expect(beside).toEqual(alone);
  });

  test('B6: log-probabilities that are missing are not filled up, least of all with certainty', async () => {
    const { logprobs: _, ...none } = call([1, 2], [3, 4]);
    const short = call([1, 2], [3, 4], { logprobs: Float32Array.of(-1) });
    const filled = call([1, 2], [3, 4], { logprobs: Float32Array.of(-1, -9999) });
    const lost = [none, short, filled].map((own, at) =>
      prepared(`lost ${at}`, [own, call([1], [2])], { value: 1 }),
    );
    const engine = createToyEngine({ facts: sumEngine, theta, serving });
    const outcome = await step([...lost, ...batch], engine, stepSettings);
    expect(outcome).toMatchObject({
      kind: 'updated',
      leftOut: lost.map(({ turnId }) => ({ turnId, reason: 'no_ratio' })),
      metrics: { answers: 4 },
    });
    await expectNoUpdate(lost, 'ess_unknown');
  });

  test('B6, B7: what is trained are the ids that were drawn, whatever became of the text', async () => {
    const spoken = batch.map((sample) => ({
      ...sample,
      turn: { ...sample.turn, replyText: 'said otherwise' },
    }));
    const engine = createToyEngine({ facts: weighingSumEngine, theta, serving });
    await step(spoken, engine, stepSettings);
    const trained = engine.updates[0]!.batch.map(({ targets, weights }) =>
      [...targets].filter((_, at) => weights[at] !== 0),
    );
    expect(trained).toEqual([[3, 4, 0], [1], [2, 4, 4], [0], [3]]);
  });

  test('B8: what was drawn from a narrowed policy, or by another tokenizer, has no ratio', async () => {
    const narrowed = call([1], [2], { params: { maxTokens: 8, temperature: 1, topP: 0.95, topK: 50 } });
    const other = call([1], [2], { tokenizerHash: 'another' });
    const rebased = call([1], [2], { baseModel: 'another' });
    const lost = [narrowed, other, rebased].map((own, at) => prepared(`lost ${at}`, [own]));
    const engine = createToyEngine({ facts: sumEngine, theta, serving });
    expect(await step([...batch, ...lost], engine, stepSettings)).toMatchObject({
      leftOut: [
        { turnId: 'lost 0', reason: 'no_ratio' },
        { turnId: 'lost 1', reason: 'other_tokenizer' },
        { turnId: 'lost 2', reason: 'no_ratio' },
      ],
    });
    await expectNoUpdate(lost, 'ess_unknown');
  });
});

test('an answer of which a number is missing is left out, and the rest makes the step it makes alone', async () => {
  for (const name of ['forward', 'serving']) {
    const engine = createToyEngine({
      facts: sumEngine,
      theta,
      serving,
      spoil: (call, lists) =>
        lists.map((list, at) => (call === name && at === 1 ? list.map(() => Number.NaN) : list)),
    });
    const outcome = await step(batch, engine, { ...capped, kl: 0.2 });
    expect(outcome).toMatchObject({ kind: 'updated', leftOut: [{ turnId: 'b', reason: 'unusable' }] });
    const rest = batch.filter(({ turnId }) => turnId !== 'b');
    const wanted = thetaGradientOf((at) => surrogateAt(at, rest, 0.2), theta);
    for (const [at, own] of engine.gradient.entries()) expect(own).toBeCloseTo(wanted[at]!, 5);
  }
});

test('too few of which the serving policy says something make no step', async () => {
  const engine = createToyEngine({
    facts: sumEngine,
    theta,
    spoil: (call, lists) =>
      lists.map((list, at) => (call === 'serving' && at > 0 ? list.fill(Number.NaN) : list)),
  });
  const outcome = await step(batch, engine, stepSettings);
  expect(outcome).toMatchObject({ kind: 'skipped', reason: 'too_few_left', metrics: { answers: 1 } });
  expect(engine.calls).toEqual(['forward', 'serving']);
});

test('an engine without a loss for it is asked nothing, and a halt passes through', async () => {
  const poor = createToyEngine({ facts: { ...sumEngine, losses: ['cross_entropy', 'ppo'] }, theta });
  expect(await step(batch, poor, stepSettings)).toMatchObject({ kind: 'skipped', reason: 'unsupported' });
  expect(poor.calls).toEqual([]);
  for (const at of ['forward', 'serving', 'base']) {
    const engine = createToyEngine({
      facts: sumEngine,
      theta,
      spoil(name, lists) {
        if (name === at) throw haltError('budget_spent');
        return lists;
      },
    });
    const failure: unknown = await step(batch, engine, stepSettings).catch((thrown) => thrown);
    expect(haltOf(failure)).toBe('budget_spent');
    expect(engine.updates).toEqual([]);
  }
});

test('every sample is trained or left out once, and what goes to the engine is numbers', async () => {
  const anyTokens = fc.array(fc.nat(4), { maxLength: 3 });
  const anyLogprob = fc.constantFrom(-0.5, -2, -6, Number.NaN, -9999);
  const anySample = fc.record({
    calls: fc.array(fc.tuple(anyTokens, anyTokens, fc.constantFrom(-1, -1, -2), anyLogprob), {
      maxLength: 2,
    }),
    value: fc.constantFrom(-1, -0.2, 0, 0.7, Number.NaN),
    weight: fc.constantFrom(0, 0.5, 1),
    baseline: fc.constantFrom(0, 0.3),
    isLost: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(anySample, { maxLength: 8 }),
      fc.constantFrom(...engines),
      async (samples, facts) => {
        const made = samples.map(({ calls, value, weight, baseline }, at) =>
          prepared(
            String(at),
            calls.map(([prompt, tokens, usual, last]) =>
              call(prompt, tokens, {
                logprobs: Float32Array.from(tokens, (_, nth) => (nth === 2 ? last : usual)),
              }),
            ),
            { value, weight, baseline },
          ),
        );
        const engine = createToyEngine({
          facts,
          theta,
          serving,
          spoil: (name, lists) =>
            lists.map((list, at) =>
              name === 'serving' && samples[at]?.isLost ? list.map(() => Number.NaN) : list,
            ),
        });
        const outcome = await step(made, engine, { ...stepSettings, kl: 0.1 });
        expect(engine.updates.length).toBe(outcome.kind === 'updated' ? 1 : 0);
        if (outcome.kind !== 'updated') return;
        const out = outcome.leftOut.map(({ turnId }) => turnId);
        expect(new Set(out).size).toBe(out.length);
        expect(out.length + outcome.metrics.answers!).toBe(made.length);
        expect(outcome.metrics.ess).toBeGreaterThanOrEqual(stepSettings.leastEss);
        expect(engine.gradient.every(Number.isFinite)).toBe(true);
        expect(engine.calls.at(-1)).toBe('update');
      },
    ),
    { numRuns: 80 },
  );
});
