import { describe, expect, test } from 'vitest';
import {
  type HindsightDeps,
  hindsightStep,
} from '../../../../../core/learning/run/methods/hindsight-step.ts';
import type { PreparedSample } from '../../../../../core/learning/run/prepared-sample.ts';
import { haltError } from '../../../../../core/learning/run/run-gate.ts';
import type { StepSettings } from '../../../../../core/learning/run/step-engine.ts';
import { meanEngine, sumEngine } from '../../tiny-engine.ts';
import {
  createDrawingEngine,
  type DrawingOptions,
  plainSettings,
  sequenceLogprobs,
  weightsOf,
} from './drawing-engine.ts';
import { callOf, storedSample } from './stored-samples.ts';

const weights = weightsOf(3);
const answer = [2, 5, 0];
/** As if the person had said more. */
const hintedPrompt = [6, 1, 7];

const hinted = (id: string, changes: Partial<PreparedSample> = {}) =>
  storedSample(id, { hints: ['name the town'], ...changes });

function rigOf({
  deps,
  engine,
  settings,
}: {
  deps?: Partial<HindsightDeps>;
  engine?: Partial<DrawingOptions>;
  settings?: Partial<StepSettings>;
} = {}) {
  const drawing = createDrawingEngine({ weights, ...engine });
  const method = hindsightStep({
    promptWithHint: () => Int32Array.from(hintedPrompt),
    contextTokens: 64,
    ...deps,
  });
  return {
    engine: drawing,
    step: (batch: readonly PreparedSample[]) => method(batch, drawing, { ...plainSettings, ...settings }),
  };
}

/** What the hint makes of each token of the answer, in numbers of the model itself. */
function gaps(of = weights): readonly number[] {
  const plain = sequenceLogprobs(of, [3, 1, 4, ...answer]).subarray(3);
  const told = sequenceLogprobs(of, [...hintedPrompt, ...answer]).subarray(3);
  return [...told].map((own, at) => own - plain[at]!);
}

const sentAdvantages = (engine: ReturnType<typeof rigOf>['engine']): readonly (readonly number[])[] =>
  (engine.updates[0] ?? []).map(({ advantages }) => [...(advantages ?? [])].slice(2));

describe('hindsight', () => {
  test('gives each token what the hint makes of it, by the sample’s weight, at a ratio of 1', async () => {
    const { engine, step } = rigOf({ settings: { distillation: 0.5 } });
    const outcome = await step([hinted('a', { weight: 0.8 })]);
    expect(outcome).toMatchObject({
      kind: 'updated',
      leftOut: [],
      metrics: { reward: 1, answers: 1, tokens: 3 },
    });
    const [advantages = []] = sentAdvantages(engine);
    for (const [at, gap] of gaps().entries()) expect(advantages[at]).toBeCloseTo((0.8 * 0.5 * gap) / 3, 5);
    expect(advantages.some((own) => Math.abs(own) > 0.01)).toBe(true);
    const plain = sequenceLogprobs(weights, [3, 1, 4, ...answer]).subarray(3);
    expect([...(engine.updates[0]?.[0]?.logprobs ?? [])].slice(2)).toEqual([...plain]);
  });

  test('never gives more than the cap', async () => {
    const { engine, step } = rigOf({ settings: { distillation: 100, advantageCap: 0.6 } });
    await step([hinted('a')]);
    const [advantages = []] = sentAdvantages(engine);
    for (const [at, gap] of gaps().entries())
      expect(advantages[at]).toBeCloseTo((0.6 * Math.sign(gap)) / 3, 5);
  });

  test.each([sumEngine, meanEngine])('moves the answer to where the hint has it', async (facts) => {
    const { engine, step } = rigOf({ engine: { facts, learningRate: 1 } });
    const before = sequenceLogprobs(weights, [3, 1, 4, ...answer]).subarray(3);
    const told = gaps();
    for (let steps = 0; steps < 3; steps += 1) await step([hinted('a')]);
    const after = sequenceLogprobs(engine.weights(), [3, 1, 4, ...answer]).subarray(3);
    const gained = told.reduce((sum, gap, at) => sum + gap * (after[at]! - before[at]!), 0);
    expect(gained).toBeGreaterThan(0.01);
  });

  test('B5: needs no judge and no reward, and draws nothing', async () => {
    const { engine, step } = rigOf();
    expect(await step([hinted('a', { value: 0 })])).toMatchObject({ kind: 'updated' });
    expect(engine.calls).toEqual(['forward', 'serving', 'base', 'update']);
  });

  test('is held to the policy that serves', async () => {
    const references = { serving: weightsOf(8) };
    const free = rigOf({ engine: { references } });
    const held = rigOf({ engine: { references }, settings: { kl: 0.5 } });
    const { metrics } = await free.step([hinted('a')]);
    await held.step([hinted('a')]);
    expect(metrics.kl).toBeGreaterThan(0);
    expect(metrics.klBase).toBeCloseTo(0, 6);
    const [one = []] = sentAdvantages(free.engine);
    const [other = []] = sentAdvantages(held.engine);
    const shifts = other.map((own, at) => own - one[at]!);
    expect(Math.max(...shifts.map(Math.abs))).toBeGreaterThan(0.01);
    expect(shifts.reduce((sum, shift) => sum + shift, 0)).toBeCloseTo(0, 6);
  });

  test('tells how far the policy has come from what drew the answers, where that was kept', async () => {
    const far = callOf([3, 1, 4], answer, { logprobs: Float32Array.of(-9, -9, -9) });
    const near = callOf([3, 1, 4], answer, {
      logprobs: sequenceLogprobs(weights, [3, 1, 4, ...answer]).slice(3),
    });
    const { metrics } = await rigOf().step([hinted('a', { calls: [far] }), hinted('b', { calls: [near] })]);
    expect(metrics.ess).toBeLessThan(0.6);
    const alone = await rigOf().step([hinted('b', { calls: [near] }), hinted('c', { calls: [near] })]);
    expect(alone.metrics.ess).toBeCloseTo(1, 6);
    const unknown = await rigOf().step([hinted('c')]);
    expect(unknown.metrics).not.toHaveProperty('ess');
    expect(unknown.metrics).not.toHaveProperty('entropy');
  });
});

describe('what hindsight leaves out', () => {
  test.each([
    ['without hints', { hints: [] }, {}, 'no_hint'],
    ['with an empty hint', { hints: [' \n'] }, {}, 'no_hint'],
    ['without ids', { calls: [] }, {}, 'no_token_ids'],
    ['with tools', { calls: [callOf([1], [2]), callOf([1, 2, 3], [4, 0])] }, {}, 'used_tools'],
    ['without words', { calls: [callOf([1], [])] }, {}, 'empty_answer'],
    ['without weight', { weight: 0 }, {}, 'no_weight'],
    ['whose prompt has no place for a hint', {}, { promptWithHint: () => undefined }, 'no_prompt'],
    ['that does not fit with its hint', {}, { contextTokens: 5 }, 'too_long'],
    [
      'of which the hint makes nothing',
      {},
      { promptWithHint: ({ calls }: PreparedSample) => calls[0]?.prompt },
      'no_difference',
    ],
  ] as const)('an answer %s', async (_, changes, deps, reason) => {
    const { engine, step } = rigOf({ deps });
    expect(await step([hinted('bad', changes)])).toMatchObject({ kind: 'skipped', reason });
    expect(engine.calls).not.toContain('update');
  });

  test('and goes on with the rest', async () => {
    const { step } = rigOf();
    expect(await step([hinted('a'), storedSample('b')])).toMatchObject({
      kind: 'updated',
      leftOut: [{ turnId: 'b', reason: 'no_hint' }],
      metrics: { answers: 1 },
    });
  });

  test.each([Number.NaN, -9999, Number.NEGATIVE_INFINITY])(
    'B21: a token for which a pass gives %s is not trained, and no answer of such alone',
    async (nothing) => {
      // Of two answers: the first's second token, and all of the second's with its hint.
      const spoil: DrawingOptions['spoil'] = (name, lists) =>
        name === 'forward'
          ? lists.map((own, at) =>
              own.map((lp, token) => ((at === 0 && token === 3) || at === 3 ? nothing : lp)),
            )
          : lists;
      const { engine, step } = rigOf({ engine: { spoil } });
      expect(await step([hinted('a'), hinted('b')])).toMatchObject({
        kind: 'updated',
        leftOut: [{ turnId: 'b', reason: 'unusable' }],
        metrics: { answers: 1, tokens: 2 },
      });
      const [sent] = engine.updates[0] ?? [];
      expect([...(sent?.weights ?? [])]).toEqual([0, 0, 1, 0, 1]);
      expect(sent?.advantages?.[3]).toBe(0);
      expect(sent?.advantages?.every(Number.isFinite)).toBe(true);
    },
  );

  test('a halt passes', async () => {
    const { step } = rigOf({
      engine: {
        spoil: (name, lists) => {
          if (name === 'serving') throw haltError('paused');
          return lists;
        },
      },
    });
    await expect(step([hinted('a')])).rejects.toMatchObject({ details: { halt: 'paused' } });
  });
});
