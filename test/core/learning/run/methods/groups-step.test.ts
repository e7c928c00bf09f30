import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../../../core/domain/app-error.ts';
import type { AnswerGrader, Graded } from '../../../../../core/learning/run/grade/grade-answers.ts';
import type { GradeTask } from '../../../../../core/learning/run/grade/grade-prompt.ts';
import { type GroupsDeps, groupsStep } from '../../../../../core/learning/run/methods/groups-step.ts';
import type { PreparedSample } from '../../../../../core/learning/run/prepared-sample.ts';
import { haltError } from '../../../../../core/learning/run/run-gate.ts';
import type { StepSettings } from '../../../../../core/learning/run/step-engine.ts';
import { meanEngine, plainMeanEngine, sumEngine, weighingSumEngine } from '../../tiny-engine.ts';
import { person } from '../sample-gathered.ts';
import {
  createDrawingEngine,
  type DrawingOptions,
  numberTokenizer,
  plainSettings,
  stopId,
  weightsOf,
} from './drawing-engine.ts';
import { callOf, storedSample } from './stored-samples.ts';

const weights = weightsOf(3);

/** Small numbers are liked. */
const likedShare = ({ answer }: GradeTask): Graded => {
  const said = answer.split(' ').map(Number);
  return { kind: 'graded', reward: (2 * said.filter((id) => id < 4).length) / said.length - 1 };
};

interface Rig {
  readonly grade: (task: GradeTask, nth: number) => Graded | Promise<Graded>;
  readonly judge: number;
  readonly deps: Partial<GroupsDeps>;
  readonly engine: Partial<DrawingOptions>;
  readonly settings: Partial<StepSettings>;
}

function rigOf({ grade = likedShare, judge = 1, deps, engine, settings }: Partial<Rig> = {}) {
  const tasks: GradeTask[] = [];
  const graded: AnswerGrader = async (task) => {
    tasks.push(task);
    return grade(task, tasks.length);
  };
  const drawing = createDrawingEngine({ weights, ...engine });
  const method = groupsStep({
    tokenizer: numberTokenizer,
    grade: graded,
    mayJudge: () => ({ allowed: true }),
    judgeWeight: async () => judge,
    contextTokens: 64,
    ...deps,
  });
  return {
    tasks,
    engine: drawing,
    step: (batch: readonly PreparedSample[]) => method(batch, drawing, { ...plainSettings, ...settings }),
  };
}

/** Whole answers of one number each, in turn, so that a grade can be given by name. */
const saying =
  (...ids: readonly number[]): NonNullable<DrawingOptions['drawn']> =>
  (_, __, nth) => ({
    tokens: Int32Array.of(ids[nth % ids.length]!, stopId),
    logprobs: Float32Array.of(-1, -0.5),
    stopReason: 'stop',
  });

/** A pass that finds what was drawn just as likely. */
const asDrawn = (name: string, lists: readonly Float32Array[]): readonly Float32Array[] =>
  name === 'forward' ? lists.map((own) => Float32Array.of(...own.slice(0, -2), -1, -0.5)) : lists;

const spoken = { drawn: saying(1, 2, 3, 4), spoil: asDrawn };

const grades =
  (byNumber: Readonly<Record<string, number>>) =>
  ({ answer }: GradeTask): Graded => {
    const reward = byNumber[answer];
    return reward === undefined ? { kind: 'ungraded' } : { kind: 'graded', reward };
  };

const advantagesIn = (batch: readonly { readonly advantages?: Float32Array }[] = []): readonly number[] =>
  batch.map(({ advantages }) => advantages?.at(-1) ?? Number.NaN);

describe('groups', () => {
  test('are answers to one prompt, id by id as it was served, drawn from the policy as it is', async () => {
    const { engine, step } = rigOf();
    await step([storedSample('a'), storedSample('b', { calls: [callOf([6, 2], [1, 0])] })]);
    expect(engine.requests).toHaveLength(2);
    expect(engine.requests.map(({ prompt }) => [...prompt])).toEqual([
      [3, 1, 4],
      [6, 2],
    ]);
    for (const { count, stopIds, params } of engine.requests) {
      expect({ count, stopIds }).toEqual({ count: 4, stopIds: [stopId] });
      expect(params).toMatchObject({ maxTokens: 12, temperature: 1, topP: 1, topK: -1 });
    }
    const [one, other] = engine.requests.map(({ params }) => params.seed);
    expect(one).not.toBe(other);
  });

  test('are no longer than asked for, nor than the context has room for', async () => {
    const { engine, step } = rigOf({ deps: { contextTokens: 10 } });
    await step([storedSample('a'), storedSample('b', { calls: [callOf([6, 2], [1, 0])] })]);
    expect(engine.requests.map(({ params }) => params.maxTokens)).toEqual([7, 8]);
  });

  test('are drawn the same when the step is made again, and otherwise with another seed', async () => {
    const seeds = async (seed: number) => {
      const { engine, step } = rigOf({ settings: { seed } });
      await step([storedSample('a'), storedSample('b')]);
      return engine.requests.map(({ params }) => params.seed);
    };
    expect(await seeds(7)).toEqual(await seeds(7));
    expect(await seeds(8)).not.toEqual(await seeds(7));
  });

  test('B1: an answer is held against others to its own prompt, not against those to harder ones', async () => {
    const { engine, step } = rigOf({
      engine: spoken,
      grade: ({ request }) => ({ kind: 'graded', reward: request.includes('easy') ? 1 : -1 }),
    });
    const outcome = await step([storedSample('easy'), storedSample('hard')]);
    expect(outcome).toMatchObject({ kind: 'skipped', reason: 'equal_rewards', metrics: { reward: 0 } });
    expect(engine.calls).not.toContain('update');
  });

  test('count by the sample’s weight and the judge’s, each answer by what it is above its group', async () => {
    const { engine, step } = rigOf({
      engine: spoken,
      grade: grades({ 1: 1, 2: 0.5, 3: -0.5, 4: -1 }),
      judge: 0.5,
    });
    const outcome = await step([storedSample('a', { weight: 0.5 })]);
    expect(outcome).toMatchObject({
      kind: 'updated',
      leftOut: [],
      metrics: { reward: 0, answers: 4, tokens: 8 },
    });
    // Four answers of two tokens: each token is an eighth of the objective.
    const [sent] = engine.updates;
    expect(advantagesIn(sent)).toEqual([1, 0.5, -0.5, -1].map((own) => (own * 0.25) / 8));
  });

  test('that are all alike are skipped and named, while others are trained', async () => {
    const { engine, step } = rigOf({
      engine: spoken,
      grade: (task, nth) =>
        task.request.includes('same') ? { kind: 'graded', reward: 0.4 } : { kind: 'graded', reward: nth % 2 },
    });
    const outcome = await step([storedSample('same'), storedSample('other')]);
    expect(outcome).toMatchObject({
      kind: 'updated',
      leftOut: [{ turnId: 'same', reason: 'equal_rewards' }],
      metrics: { answers: 4 },
    });
    expect(engine.updates[0]).toHaveLength(4);
  });

  test('do not hold the stored answer, which the judge is shown with what people said of it', async () => {
    const { engine, tasks, step } = rigOf();
    await step([storedSample('a', { value: -0.5, hints: ['too vague'], hintAuthors: [person('ann')] })]);
    expect(tasks).not.toHaveLength(0);
    for (const task of tasks) {
      expect(task).toMatchObject({
        original: 'The answer to a.',
        value: -0.5,
        hints: ['too vague'],
      });
    }
    const stored = [3, 1, 4, 2, 5];
    expect(engine.updates[0]?.map(({ input }) => [...input])).not.toContainEqual(stored);
    expect(engine.updates[0]?.length ?? 0).toBeLessThanOrEqual(plainSettings.groupSize);
  });

  test('are drawn and judged of those samples alone whose words the judge may see', async () => {
    const mayJudge: GroupsDeps['mayJudge'] = ({ turnId }) => ({ allowed: turnId !== 'b' });
    const { engine, tasks, step } = rigOf({ deps: { mayJudge } });
    const outcome = await step([storedSample('a'), storedSample('b', { calls: [callOf([6, 2], [1, 0])] })]);
    expect(outcome).toMatchObject({ kind: 'updated', leftOut: [{ turnId: 'b', reason: 'not_allowed' }] });
    expect(engine.requests.map(({ prompt }) => [...prompt])).toEqual([[3, 1, 4]]);
    expect(new Set(tasks.map(({ original }) => original))).toEqual(new Set(['The answer to a.']));

    const none = rigOf({ deps: { mayJudge: () => ({ allowed: false }) } });
    expect(await none.step([storedSample('a')])).toMatchObject({ kind: 'skipped', reason: 'not_allowed' });
    expect([none.engine.calls, none.tasks]).toEqual([[], []]);
  });

  test('are judged by those hints alone that the judge may see, and of which it is known who gave them', async () => {
    const mayJudge: GroupsDeps['mayJudge'] = (_, authors) => ({ allowed: !authors.includes(person('ben')) });
    const { tasks, step } = rigOf({ deps: { mayJudge } });
    const hints = ['too vague', 'too long', 'whose?'];
    await step([storedSample('a', { hints, hintAuthors: [person('ann'), person('ben')] })]);
    expect(tasks).not.toHaveLength(0);
    for (const task of tasks) expect(task.hints).toEqual(['too vague']);
  });

  test.each([0, Number.NaN])('with a judge’s weight of %s nothing is drawn', async (judge) => {
    const { engine, tasks, step } = rigOf({ judge });
    expect(await step([storedSample('a')])).toEqual({
      kind: 'skipped',
      reason: 'judge_uncalibrated',
      metrics: {},
    });
    expect(engine.calls).toEqual([]);
    expect(tasks).toEqual([]);
  });

  test('on an engine without ratios nothing is drawn', async () => {
    const facts = { ...sumEngine, losses: ['cross_entropy'] as const };
    const { engine, step } = rigOf({ engine: { facts } });
    expect(await step([storedSample('a')])).toMatchObject({ kind: 'skipped', reason: 'unsupported' });
    expect(engine.calls).toEqual([]);
  });
});

describe('what is in no group', () => {
  test.each([
    ['no ids', { calls: [] }, 'no_token_ids'],
    ['tools', { calls: [callOf([1], [2]), callOf([1, 2, 3], [4, 0])] }, 'used_tools'],
    ['an empty prompt', { calls: [callOf([], [2, 0])] }, 'no_prompt'],
    ['a prompt that fills the context', { calls: [callOf(new Array(64).fill(1), [2, 0])] }, 'too_long'],
    ['no weight', { weight: 0 }, 'no_weight'],
  ] as const)('a turn with %s', async (_, changes, reason) => {
    const { step } = rigOf();
    const outcome = await step([storedSample('good'), storedSample('bad', changes)]);
    expect(outcome).toMatchObject({ kind: 'updated', leftOut: [{ turnId: 'bad', reason }] });
    const alone = await rigOf().step([storedSample('bad', changes)]);
    expect(alone).toMatchObject({ kind: 'skipped', reason });
  });

  test('an answer that the judge gave no verdict of is out before any mean, and never 0', async () => {
    const { engine, step } = rigOf({ engine: spoken, grade: grades({ 1: 1, 2: 0.5 }) });
    const outcome = await step([storedSample('a')]);
    expect(outcome).toMatchObject({ kind: 'updated', metrics: { reward: 0.75, answers: 2 } });
    expect(advantagesIn(engine.updates[0])).toEqual([0.25 / 4, -0.25 / 4]);
  });

  test('one graded answer is no group', async () => {
    const { engine, step } = rigOf({ engine: spoken, grade: grades({ 3: 1 }) });
    expect(await step([storedSample('a')])).toMatchObject({
      kind: 'skipped',
      reason: 'ungraded',
      metrics: { reward: 1 },
    });
    expect(engine.calls).not.toContain('update');
  });

  test('what was cut off, or calls a tool, is not graded; what says nothing is worth −1 unasked', async () => {
    const tokenizer = {
      stopIds: [stopId],
      parseAnswer: (tokens: Int32Array) => ({
        text: tokens[0] === 3 ? ' ' : String(tokens[0]),
        toolCalls: tokens[0] === 2 ? [{ name: 'look', argumentsJson: '{}' }] : [],
        isWhole: tokens[0] !== 1,
      }),
    };
    const { tasks, step } = rigOf({ deps: { tokenizer }, engine: spoken, grade: grades({ 4: 0 }) });
    const outcome = await step([storedSample('a')]);
    expect(tasks.map(({ answer }) => answer)).toEqual(['4']);
    expect(outcome).toMatchObject({ kind: 'updated', metrics: { reward: -0.5, answers: 2 } });
  });

  test.each([
    ['none', () => undefined],
    ['NaN', (own: Float32Array) => own.map(() => Number.NaN)],
    ['what engines write for none', (own: Float32Array) => own.map(() => -9999)],
    ['too few', (own: Float32Array) => own.subarray(1)],
  ] as const)('an answer drawn with %s for a log-probability', async (_, spoil) => {
    const spoilt: DrawingOptions['drawn'] = (answer, request, nth) => {
      const { logprobs, ...rest } = saying(1, 2, 3, 4)(answer, request, nth);
      const own = nth === 0 ? spoil(logprobs!) : logprobs;
      return own === undefined ? rest : { ...rest, logprobs: own };
    };
    const { tasks, step } = rigOf({
      engine: { drawn: spoilt, spoil: asDrawn },
      grade: grades({ 1: -1, 2: 1, 3: 0, 4: 0.5 }),
    });
    expect(await step([storedSample('a')])).toMatchObject({
      kind: 'updated',
      metrics: { reward: 0.5, answers: 3 },
    });
    expect(tasks.map(({ answer }) => answer)).toEqual(['2', '3', '4']);
  });

  test('where no answer of a turn has numbers the turn is left out', async () => {
    const { engine, step } = rigOf({
      engine: { drawn: ({ tokens, stopReason }) => ({ tokens, stopReason }) },
    });
    expect(await step([storedSample('a')])).toMatchObject({ kind: 'skipped', reason: 'unusable' });
    expect(engine.calls).toEqual(['sample']);
  });
});

describe('answers that are not of the weights in training', () => {
  test('are refused before anything is graded', async () => {
    // Of one answer in eight training says that it is far likelier.
    const spoil = (name: string, lists: readonly Float32Array[]) =>
      name === 'forward' ? lists.map((own, at) => own.map((lp) => (at === 0 ? lp : lp - 8))) : lists;
    const { engine, tasks, step } = rigOf({ engine: { spoil } });
    const outcome = await step([storedSample('a'), storedSample('b')]);
    expect(outcome).toMatchObject({ kind: 'skipped', reason: 'low_ess' });
    expect(outcome.metrics.ess).toBeCloseTo(1 / 8, 2);
    expect(tasks).toEqual([]);
    expect(engine.calls).not.toContain('update');
  });

  test('nobody knows where a pass gives no numbers', async () => {
    const spoil = (name: string, lists: readonly Float32Array[]) =>
      name === 'forward' ? lists.map((own) => own.map(() => Number.NaN)) : lists;
    expect(await rigOf({ engine: { spoil } }).step([storedSample('a')])).toMatchObject({
      kind: 'skipped',
      reason: 'ess_unknown',
    });
  });

  test.each([Number.NaN, -9999])(
    'an answer with %s for a token in a pass is out, the rest goes on',
    async (none) => {
      const spoil = (name: string, lists: readonly Float32Array[]) =>
        asDrawn(name, lists).map((own, at) => (name === 'forward' && at === 1 ? own.with(-1, none) : own));
      const { step } = rigOf({ engine: { ...spoken, spoil }, grade: grades({ 1: 1, 2: 1, 3: 0, 4: -1 }) });
      expect(await step([storedSample('a')])).toMatchObject({
        kind: 'updated',
        metrics: { reward: 0, answers: 3, ess: 1 },
      });
    },
  );
});

describe('what ends a step early', () => {
  test.each(['paused', 'budget_spent'] as const)(
    'a halt of the judge, %s, passes when nothing is under way',
    async (halt) => {
      let open = 0;
      const { engine, step } = rigOf({
        engine: spoken,
        grade: async (_, nth) => {
          open += 1;
          await Promise.resolve();
          open -= 1;
          if (nth === 1) throw haltError(halt);
          return { kind: 'graded', reward: 0 };
        },
      });
      await expect(step([storedSample('a')])).rejects.toMatchObject({ details: { halt } });
      expect(open).toBe(0);
      expect(engine.calls).not.toContain('update');
    },
  );

  test('a halt of a draw passes when no other draw is under way', async () => {
    let open = 0;
    const { engine } = rigOf();
    const method = groupsStep({
      tokenizer: numberTokenizer,
      grade: async (task) => likedShare(task),
      mayJudge: () => ({ allowed: true }),
      judgeWeight: async () => 1,
      contextTokens: 64,
    });
    const halting = {
      ...engine,
      sample: async () => {
        open += 1;
        if (open === 1) throw haltError('paused');
        for (let at = 0; at < 50; at += 1) await Promise.resolve();
        open += 100;
        return [];
      },
    };
    const ended = method([storedSample('a'), storedSample('b')], halting, plainSettings);
    await expect(ended).rejects.toMatchObject({ details: { halt: 'paused' } });
    expect(open).toBe(102);
  });

  test.each([
    ['judge_budget_spent', { kind: 'no_budget' }],
    ['judge_failed', { kind: 'unavailable', error: new AppError('network', 'gone') }],
  ] as const)('%s: whole groups are trained, the others left out', async (reason, end) => {
    const { tasks, step } = rigOf({
      engine: spoken,
      grade: (_, nth) => (nth > 6 ? end : { kind: 'graded', reward: nth / 10 }),
    });
    const outcome = await step([storedSample('a'), storedSample('b'), storedSample('c')]);
    expect(outcome).toMatchObject({
      kind: 'updated',
      leftOut: [
        { turnId: 'b', reason },
        { turnId: 'c', reason },
      ],
      metrics: { answers: 4 },
    });
    expect(tasks).toHaveLength(8);
  });
});

describe('the penalty for leaving the policy that serves', () => {
  const references = { serving: weightsOf(11), base: weightsOf(12) };

  test('lowers tokens that the policy likes more than it, and adds nothing on the whole', async () => {
    const sentWith = async (kl: number) => {
      const { engine, step } = rigOf({ settings: { kl }, engine: { references } });
      const outcome = await step([storedSample('a')]);
      return { outcome, batch: engine.updates[0] ?? [] };
    };
    const free = await sentWith(0);
    const held = await sentWith(0.3);
    const shifts = held.batch.flatMap(({ advantages, weights: own }, index) =>
      [...own.keys()]
        .filter((at) => own[at] !== 0)
        .map((at) => advantages![at]! - free.batch[index]!.advantages![at]!),
    );
    expect(shifts.some((shift) => Math.abs(shift) > 1e-3)).toBe(true);
    expect(shifts.reduce((sum, shift) => sum + shift, 0)).toBeCloseTo(0, 6);
    // Both are measured whether they cost anything or not.
    for (const { outcome } of [free, held]) {
      expect(outcome.metrics.kl).toBeGreaterThan(0);
      expect(outcome.metrics.klBase).toBeGreaterThan(0);
      expect(outcome.metrics.kl).not.toBe(outcome.metrics.klBase);
    }
  });

  test('KL is 0 where it is the same policy, and entropy what was drawn', async () => {
    const { engine, step } = rigOf();
    const { metrics } = await step([storedSample('a')]);
    expect(metrics.kl).toBeCloseTo(0, 6);
    expect(metrics.klBase).toBeCloseTo(0, 6);
    expect(metrics.ess).toBeCloseTo(1, 5);
    expect(metrics.entropy).toBeGreaterThan(0.5);
    expect(metrics.entropy).toBeLessThan(Math.log(8) + 0.5);
    expect(engine.calls).toEqual(['sample', 'forward', 'serving', 'base', 'update']);
  });
});

describe('steps of groups', () => {
  const batch = [storedSample('a'), storedSample('b', { calls: [callOf([6, 2], [1, 0])] })];

  async function learn(facts: typeof sumEngine) {
    const { engine, tasks } = rigOf({ engine: { facts, learningRate: 3 } });
    const method = groupsStep({
      tokenizer: numberTokenizer,
      grade: async (task) => likedShare(task),
      mayJudge: () => ({ allowed: true }),
      judgeWeight: async () => 0.8,
      contextTokens: 64,
    });
    const rewards: number[] = [];
    for (let seed = 0; seed < 15; seed += 1) {
      const { metrics } = await method(batch, engine, { ...plainSettings, groupSize: 16, seed });
      rewards.push(metrics.reward ?? Number.NaN);
    }
    return { rewards, tasks, weights: engine.weights() };
  }

  test('raise what the judge grades higher, the same way however an engine joins losses', async () => {
    const [first, ...others] = await Promise.all(
      [sumEngine, weighingSumEngine, meanEngine, plainMeanEngine].map(learn),
    );
    const [before = Number.NaN] = first?.rewards ?? [];
    const after = first?.rewards.at(-1) ?? Number.NaN;
    expect(after).toBeGreaterThan(before + 0.3);
    for (const other of others) {
      for (const [at, row] of other.weights.entries()) {
        for (const [token, own] of row.entries())
          expect(own).toBeCloseTo(first?.weights[at]?.[token] ?? Number.NaN, 4);
      }
    }
  });

  test('whatever the judge says, each turn is trained or left out, and a group’s advantages cancel out', async () => {
    const verdict = fc.option(fc.double({ min: -1, max: 1, noNaN: true }), { nil: undefined });
    const table = fc.array(fc.array(verdict, { minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(table, async (rows) => {
        const { engine, step } = rigOf({
          engine: spoken,
          grade: ({ request, answer }) => {
            const reward = rows[Number(/is t(\d)/.exec(request)?.[1])]?.[Number(answer) - 1];
            return reward === undefined ? { kind: 'ungraded' } : { kind: 'graded', reward };
          },
        });
        const samples = rows.map((_, at) => storedSample(`t${at}`, { calls: [callOf([at + 1], [2, 0])] }));
        const outcome = await step(samples);
        const sent = outcome.kind === 'updated' ? (engine.updates[0] ?? []) : [];
        const out =
          outcome.kind === 'updated'
            ? outcome.leftOut.map(({ turnId }) => turnId)
            : samples.map(({ turnId }) => turnId);
        for (const [at, { turnId }] of samples.entries()) {
          const own = advantagesIn(sent.filter(({ input }) => input[0] === at + 1));
          expect(own.length > 0).toBe(!out.includes(turnId));
          expect(own).not.toHaveLength(1);
          expect(own.reduce((sum, advantage) => sum + advantage, 0)).toBeCloseTo(0, 5);
        }
      }),
      { numRuns: 60 },
    );
  });
});
