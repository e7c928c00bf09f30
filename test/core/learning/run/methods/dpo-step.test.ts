import { describe, expect, test } from 'vitest';
import { logistic, negativeLogLogistic } from '../../../../../core/learning/logistic.ts';
import { dpoStep } from '../../../../../core/learning/run/methods/dpo-step.ts';
import { ktoStep } from '../../../../../core/learning/run/methods/kto-step.ts';
import type { PreparedSample } from '../../../../../core/learning/run/prepared-sample.ts';
import { meanEngine, plainMeanEngine, sumEngine, weighingSumEngine } from '../../tiny-engine.ts';
import { call, prepared, stepSettings } from './prepared.ts';
import { answerScore, createToyEngine, type Theta, thetaGradientOf, thetaOf } from './toy-engine.ts';

const engines = [sumEngine, weighingSumEngine, meanEngine, plainMeanEngine];
const weights = { goodWeight: 1.2, badWeight: 0.8 };
const theta = thetaOf(2);
const serving = thetaOf(1);

const asked = (requestText: string) => ({ turn: { requestText } });
const bad = prepared('bad', [call([1, 2], [3, 4])], { value: -1, weight: 0.6, ...asked('one') });
/** Its history was another by then, so its prompt is too. */
const better = prepared('better', [call([1, 0, 2], [0])], { value: 0.5, weight: 0.9, ...asked('one') });
const liked = prepared('liked', [call([3], [1, 1]), call([3, 1, 1, 0], [2])], asked('two'));
const worse = prepared('worse', [call([3, 2], [4])], { value: -0.5, ...asked('two') });
const alone = prepared('alone', [call([2, 2], [0, 4])], asked('three'));
const unloved = prepared('unloved', [call([4, 0], [1])], { value: -1, weight: 0.5, ...asked('four') });
const paired = [bad, better, liked, worse];

const awayAt = (at: Theta, { calls }: PreparedSample): number =>
  calls.reduce((sum, one) => sum + answerScore(at, one) - answerScore(serving, one), 0);

const pairsAt = (at: Theta): number =>
  (
    [
      [better, bad, 0.6],
      [liked, worse, 1],
    ] as const
  ).reduce((sum, [chosen, rejected, weight]) => {
    const margin = stepSettings.beta * (awayAt(at, chosen) - awayAt(at, rejected));
    return sum + (weight * negativeLogLogistic(margin)) / 2;
  }, 0);

const othersAt = (at: Theta, z0: number): number => {
  const x = (sample: PreparedSample) => stepSettings.beta * (awayAt(at, sample) - z0);
  return (1.2 * logistic(-x(alone)) + 0.8 * 0.5 * logistic(x(unloved))) / 2;
};

function expectNear(found: readonly number[], wanted: readonly number[]): void {
  for (const [at, own] of found.entries()) expect(own).toBeCloseTo(wanted[at]!, 5);
  expect(Math.max(...wanted.map(Math.abs))).toBeGreaterThan(0.01);
}

describe.each(engines)('DPO on an engine like %o', (facts) => {
  test('makes the step of its definition, each pair with the smaller of its weights', async () => {
    const engine = createToyEngine({ facts, theta, serving });
    const outcome = await dpoStep(weights)(paired, engine, stepSettings);
    expectNear(engine.gradient, thetaGradientOf(pairsAt, theta));
    expect(outcome).toMatchObject({ kind: 'updated', leftOut: [], metrics: { answers: 4 } });
    expect(outcome.metrics.loss).toBeCloseTo(pairsAt(theta), 5);
  });

  test('answers without a counterpart train by KTO in the same update, each answer counting once', async () => {
    const engine = createToyEngine({ facts, theta, serving });
    const outcome = await dpoStep(weights)([alone, ...paired, unloved], engine, stepSettings);
    // The loss is that of both parts, so the reference point can be told from it; its slopes must agree with it.
    const wholeAt = (z0: number) => (at: Theta) => (4 * pairsAt(at) + 2 * othersAt(at, z0)) / 6;
    let [low, high] = [0, 20];
    for (let halvings = 0; halvings < 60; halvings += 1) {
      const middle = (low + high) / 2;
      const isRising = wholeAt(high)(theta) > wholeAt(low)(theta);
      if (wholeAt(middle)(theta) > outcome.metrics.loss! === isRising) high = middle;
      else low = middle;
    }
    expect(low).toBeLessThan(19);
    expectNear(engine.gradient, thetaGradientOf(wholeAt(low), theta));
    expect(engine.updates.length).toBe(1);
  });

  test('makes what was preferred likelier than what was not, step by step', async () => {
    const engine = createToyEngine({ facts, theta: serving, rate: 1 });
    for (let steps = 0; steps < 15; steps += 1) await dpoStep(weights)(paired, engine, stepSettings);
    for (const [chosen, rejected] of [
      [better, bad],
      [liked, worse],
    ] as const) {
      expect(awayAt(engine.theta, chosen)).toBeGreaterThan(awayAt(engine.theta, rejected) + 0.3);
    }
  });
});

test('where all have a counterpart nothing is measured under the prompts of others', async () => {
  let sequences = 0;
  const spoil = (name: string, lists: readonly Float32Array[]) => {
    if (name === 'forward') sequences = lists.length;
    return lists;
  };
  await dpoStep(weights)(
    [bad, better],
    createToyEngine({ facts: sumEngine, theta, serving, spoil }),
    stepSettings,
  );
  expect(sequences).toBe(2);
  await dpoStep(weights)(
    [bad, alone],
    createToyEngine({ facts: sumEngine, theta, serving, spoil }),
    stepSettings,
  );
  expect(sequences).toBe(4);
});

test('a step without pairs is the step of KTO', async () => {
  const steps = [dpoStep(weights), ktoStep(weights)].map(async (step) => {
    const engine = createToyEngine({ facts: meanEngine, theta, serving });
    const outcome = await step([alone, unloved, bad], engine, { ...stepSettings, kl: 0.1 });
    return { outcome, gradient: engine.gradient };
  });
  const [dpo, kto] = await Promise.all(steps);
  expect(dpo).toEqual(kto);
});

test('an answer whose twin turns out unusable goes on alone', async () => {
  const engine = createToyEngine({
    facts: sumEngine,
    theta,
    serving,
    spoil: (name, lists) =>
      lists.map((list, at) => (name === 'serving' && at === 0 ? list.fill(Number.NaN) : list)),
  });
  const outcome = await dpoStep(weights)(paired, engine, stepSettings);
  expect(outcome).toMatchObject({
    kind: 'updated',
    leftOut: [{ turnId: 'bad', reason: 'unusable' }],
    metrics: { answers: 3 },
  });
  expect(engine.gradient.every(Number.isFinite)).toBe(true);
  // Against a reference point of 0.
  const restAt = (at: Theta): number => {
    const margin = stepSettings.beta * (awayAt(at, liked) - awayAt(at, worse));
    const x = stepSettings.beta * awayAt(at, better);
    return (2 * negativeLogLogistic(margin) + 1.2 * 0.9 * logistic(-x)) / 3;
  };
  expectNear(engine.gradient, thetaGradientOf(restAt, theta));
});

test.each([
  ['one answer', [bad], 'too_few_left'],
  ['answers of one sign', [better, liked], 'equal_rewards'],
] as const)('%s makes no step', async (_name, samples, reason) => {
  const engine = createToyEngine({ facts: sumEngine, theta });
  const outcome = await dpoStep(weights)(samples, engine, stepSettings);
  expect(outcome).toMatchObject({ kind: 'skipped', reason });
  expect(engine.calls).toEqual([]);
});
