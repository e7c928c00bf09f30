import { describe, expect, test } from 'vitest';
import { AppError } from '../../../../../core/domain/app-error.ts';
import { withDistillation } from '../../../../../core/learning/run/methods/distil-tokens.ts';
import { teacherStep } from '../../../../../core/learning/run/methods/teacher-step.ts';
import type { PreparedSample } from '../../../../../core/learning/run/prepared-sample.ts';
import { haltError } from '../../../../../core/learning/run/run-gate.ts';
import type { StepSettings } from '../../../../../core/learning/run/step-engine.ts';
import { meanEngine, plainMeanEngine, sumEngine } from '../../tiny-engine.ts';
import {
  createDrawingEngine,
  type DrawingOptions,
  plainSettings,
  probabilities,
  sequenceLogprobs,
  stopId,
  type Weights,
  weightsOf,
} from './drawing-engine.ts';
import { callOf, storedSample } from './stored-samples.ts';

const weights = weightsOf(3);
const teacher = weightsOf(21);
const prompts = [
  [3, 1, 4],
  [6, 2],
  [5, 5, 1],
];
const batch = prompts.map((prompt, at) =>
  storedSample(`t${at}`, { calls: [callOf(prompt, [2, 0])], value: 0, weight: 0 }),
);

function rigOf(engine: Partial<DrawingOptions> = {}, settings: Partial<StepSettings> = {}) {
  const drawing = createDrawingEngine({ weights, references: { teacher }, ...engine });
  const method = teacherStep({ stopIds: [stopId], contextTokens: 64 });
  return {
    engine: drawing,
    step: (samples: readonly PreparedSample[] = batch, seed = 7) =>
      method(samples, drawing, { ...plainSettings, ...settings, seed }),
  };
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Exact KL of a policy to the teacher at the first token, nats. */
function divergence(of: Weights): number {
  const each = prompts.map((prompt) => {
    const other = probabilities(teacher, prompt);
    return probabilities(of, prompt).reduce((sum, own, id) => sum + own * Math.log(own / other[id]!), 0);
  });
  return meanOf(each);
}

describe('a teacher', () => {
  test('is asked about one fresh answer to each prompt, and each token is worth what it finds', async () => {
    const { engine, step } = rigOf({}, { distillation: 0.5 });
    const outcome = await step();
    expect(engine.requests.map(({ count }) => count)).toEqual([1, 1, 1]);
    expect(engine.calls).toEqual([
      'sample',
      'sample',
      'sample',
      'forward',
      'teacher',
      'serving',
      'base',
      'update',
    ]);
    const sent = engine.updates[0] ?? [];
    expect(sent).toHaveLength(3);
    const gaps = sent.map(({ input, targets, weights: own }, index) => {
      const sequence = [...input, targets.at(-1)!];
      expect(sequence.slice(0, prompts[index]!.length)).toEqual(prompts[index]);
      const found = sequenceLogprobs(teacher, sequence).subarray(1);
      const drawn = sequenceLogprobs(weights, sequence).subarray(1);
      return [...own.keys()].filter((at) => own[at] !== 0).map((at) => 0.5 * (found[at]! - drawn[at]!));
    });
    // Every answer counts the same, however long.
    const mean = meanOf(gaps.map(meanOf));
    for (const [index, { advantages = new Float32Array(0) }] of sent.entries()) {
      const own = advantages.subarray(prompts[index]!.length - 1);
      expect(own).toHaveLength(gaps[index]!.length);
      for (const [at, gap] of gaps[index]!.entries()) {
        expect(own[at]).toBeCloseTo((gap - mean) / (3 * gaps[index]!.length), 5);
      }
    }
    expect(outcome.metrics).not.toHaveProperty('reward');
    expect(outcome.metrics.entropy).toBeGreaterThan(0);
    expect(outcome.metrics.ess).toBeCloseTo(1, 5);
  });

  test.each([sumEngine, meanEngine, plainMeanEngine])('draws the policy to itself', async (facts) => {
    const { engine, step } = rigOf({ facts, learningRate: 2 });
    const before = divergence(weights);
    for (let seed = 0; seed < 60; seed += 1) await step(batch, seed);
    expect(divergence(engine.weights())).toBeLessThan(0.6 * before);
  });

  test('B5: teaches where there is no judge, no reward and no weight', async () => {
    expect(await rigOf().step()).toMatchObject({ kind: 'updated', leftOut: [], metrics: { answers: 3 } });
  });

  test('never gives more than the cap', async () => {
    const { engine, step } = rigOf({}, { distillation: 1_000, advantageCap: 0.3 });
    await step();
    for (const { advantages = [], weights: own } of engine.updates[0] ?? []) {
      const tokens = own.filter((weight) => weight > 0).length;
      for (const one of advantages) expect(Math.abs(one)).toBeLessThanOrEqual(0.3 / (3 * tokens) + 1e-6);
    }
  });
});

describe('B21: where the teacher', () => {
  const at = (name: string, change: (lists: readonly Float32Array[]) => readonly Float32Array[]) =>
    ({ spoil: (call, lists) => (call === name ? change(lists) : lists) }) satisfies Partial<DrawingOptions>;

  test.each([Number.NaN, -9999])(
    'gives %s for a token it teaches nothing there, and is not read as 0',
    async (nothing) => {
      const last = (own: Float32Array) => own.map((lp, token) => (token === own.length - 1 ? nothing : lp));
      const { engine, step } = rigOf(at('teacher', (lists) => lists.map(last)));
      await step();
      const sent = engine.updates.flat().map(({ advantages = [] }) => [...advantages]);
      expect(sent).toHaveLength(3);
      for (const own of sent) {
        expect(own.at(-1)).toBe(0);
        expect(Math.max(...own.map(Math.abs))).toBeLessThan(0.5);
      }
      // What is left is held against the mean of what is left.
      expect(sent.flat().reduce((sum, own) => sum + own, 0)).toBeCloseTo(0, 5);
      expect(sent.flat().some((own) => Math.abs(own) > 0.01)).toBe(true);
    },
  );

  test('has no number for an answer, that answer is left out', async () => {
    const { step } = rigOf(at('teacher', ([first, ...rest]) => [first!.map(() => Number.NaN), ...rest]));
    expect(await step()).toMatchObject({
      kind: 'updated',
      leftOut: [{ turnId: 't0', reason: 'unusable' }],
      metrics: { answers: 2 },
    });
  });

  test.each([
    ['fails', () => new AppError('network', 'gone'), 'teacher_failed'],
    ['refuses', () => new AppError('invalid_input', 'another vocabulary'), 'teacher_failed'],
    ['is none', () => new AppError('unsupported', 'no teacher is set'), 'unsupported'],
  ] as const)('%s the step is skipped, and not made without it', async (_, error, reason) => {
    const { engine, step } = rigOf(
      at('teacher', () => {
        throw error();
      }),
    );
    const outcome = await step();
    expect(outcome).toMatchObject({ kind: 'skipped', reason });
    expect(outcome.metrics.ess).toBeCloseTo(1, 5);
    expect(engine.calls).not.toContain('update');
  });

  test.each([
    ['a list too short', (lists: readonly Float32Array[]) => lists.map((own) => own.subarray(1))],
    ['a list too few', (lists: readonly Float32Array[]) => lists.slice(1)],
  ])('gives %s the step is skipped', async (_, change) => {
    expect(await rigOf(at('teacher', change)).step()).toMatchObject({
      kind: 'skipped',
      reason: 'teacher_failed',
    });
  });

  test.each([haltError('paused'), haltError('budget_spent'), new AppError('aborted', 'stopped')])(
    'is not asked any more the halt passes',
    async (error) => {
      const { step } = rigOf(
        at('teacher', () => {
          throw error;
        }),
      );
      await expect(step()).rejects.toBe(error);
    },
  );

  test('finds all as likely, nothing is learned', async () => {
    expect(await rigOf({ references: { teacher: weights } }).step()).toMatchObject({
      kind: 'skipped',
      reason: 'no_difference',
    });
  });
});

describe('what is drawn', () => {
  test('where nothing can be the teacher is not asked', async () => {
    const { engine, step } = rigOf();
    expect(await step([storedSample('a', { calls: [] })])).toMatchObject({
      kind: 'skipped',
      reason: 'no_token_ids',
    });
    expect(engine.calls).toEqual([]);
  });
});

describe('distillation added to another method’s advantages', () => {
  const datum = (advantage: number) => ({
    input: Int32Array.of(1, 2),
    targets: Int32Array.of(2, 3),
    weights: Float32Array.of(0, 1),
    logprobs: Float32Array.of(0, -0.5),
    advantages: Float32Array.of(0, advantage),
    answers: [{ start: 1, end: 2, turn: 0 }],
  });

  test('is as the reference’s test has it: −0.5 and −0.3 at an advantage of 1 give 1.2', () => {
    const [made] = withDistillation([datum(1)], [[Number.NaN, -0.3]], { coefficient: 1, cap: 2 });
    expect(made?.advantages[0]).toBe(0);
    expect(made?.advantages[1]).toBeCloseTo(1.2, 6);
  });

  test('is clipped and weighed by itself, and leaves the other alone', () => {
    const options = { coefficient: 1, cap: 0.1, weights: [0.5] };
    expect(withDistillation([datum(-1)], [[0, -0.3]], options)[0]?.advantages[1]).toBeCloseTo(-0.95, 6);
    expect(withDistillation([datum(-1)], [[0, Number.NaN]], options)[0]?.advantages[1]).toBe(-1);
  });

  test('refuses weights that do not match', () => {
    expect(() =>
      withDistillation(
        [datum(1), datum(1)],
        [
          [0, -1],
          [0, -1],
        ],
        { coefficient: 1, cap: 1, weights: [1] },
      ),
    ).toThrow('one weight');
  });
});
