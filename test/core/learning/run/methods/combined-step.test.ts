import { describe, expect, test } from 'vitest';
import { AppError } from '../../../../../core/domain/app-error.ts';
import { combinedStep } from '../../../../../core/learning/run/methods/combined-step.ts';
import { groupsPart } from '../../../../../core/learning/run/methods/groups-step.ts';
import { hindsightPart, hindsightStep } from '../../../../../core/learning/run/methods/hindsight-step.ts';
import { teacherPart } from '../../../../../core/learning/run/methods/teacher-step.ts';
import { createDrawingEngine, numberTokenizer, plainSettings, stopId, weightsOf } from './drawing-engine.ts';
import { storedSample } from './stored-samples.ts';

const weights = weightsOf(3);
const contextTokens = 64;
const hindsight = hindsightPart({ promptWithHint: () => Int32Array.of(6, 1, 7), contextTokens });
const teacher = teacherPart({ stopIds: [stopId], contextTokens });
const groups = (judge = 1) =>
  groupsPart({
    tokenizer: numberTokenizer,
    grade: async ({ answer }) => ({ kind: 'graded', reward: Number(answer[0]) / 8 }),
    mayJudge: () => ({ allowed: true }),
    judgeWeight: async () => judge,
    contextTokens,
  });
const batch = [
  storedSample('a', { hints: ['name the town'] }),
  storedSample('b'),
  storedSample('c', { calls: [] }),
];
const engineOf = () => createDrawingEngine({ weights, references: { teacher: weightsOf(21) } });

describe('several parts', () => {
  test('make one update of one batch, and leave out what none of them trains', async () => {
    const engine = engineOf();
    const outcome = await combinedStep([hindsight, groups(), teacher])(batch, engine, plainSettings);
    expect(outcome).toMatchObject({ kind: 'updated', leftOut: [{ turnId: 'c', reason: 'no_hint' }] });
    expect(engine.calls.filter((call) => call === 'update')).toHaveLength(1);
    expect(outcome.metrics.answers).toBe(engine.updates[0]?.length);
    expect(outcome.metrics.answers).toBeGreaterThan(6);
  });

  test('are each what they are alone', async () => {
    const [alone, both] = [engineOf(), engineOf()];
    await hindsightStep({ promptWithHint: () => Int32Array.of(6, 1, 7), contextTokens })(
      batch,
      alone,
      plainSettings,
    );
    const { metrics } = await combinedStep([hindsight, teacher])(batch, both, plainSettings);
    const [lone] = alone.updates[0] ?? [];
    const [joint] = both.updates[0] ?? [];
    expect(metrics.answers).toBe(3);
    for (const [at, own] of (lone?.advantages ?? []).entries()) {
      expect(joint?.advantages?.[at]).toBeCloseTo(own / 3, 6);
    }
  });

  test('B21: are all made or none: a teacher that fails leaves no plain reinforcement', async () => {
    const engine = createDrawingEngine({
      weights,
      spoil: (name, lists) => {
        if (name === 'teacher') throw new AppError('peer_failed', 'gone');
        return lists;
      },
    });
    expect(await combinedStep([groups(), teacher])(batch, engine, plainSettings)).toMatchObject({
      kind: 'skipped',
      reason: 'teacher_failed',
    });
    expect(engine.calls).not.toContain('update');
  });

  test('one that may not be done stops the others', async () => {
    expect(await combinedStep([hindsight, groups(0)])(batch, engineOf(), plainSettings)).toMatchObject({
      kind: 'skipped',
      reason: 'judge_uncalibrated',
    });
  });

  test('one that finds nothing stops no other', async () => {
    const outcome = await combinedStep([hindsight, teacher])(batch.slice(1), engineOf(), plainSettings);
    expect(outcome).toMatchObject({ kind: 'updated', metrics: { answers: 1 } });
  });

  test('where all find nothing the step is skipped for what was in the way most often', async () => {
    const samples = [storedSample('a', { hints: ['x'], calls: [] }), storedSample('b'), storedSample('c')];
    expect(await combinedStep([hindsight])(samples, engineOf(), plainSettings)).toEqual({
      kind: 'skipped',
      reason: 'no_hint',
      metrics: {},
    });
    expect(await combinedStep([])(samples, engineOf(), plainSettings)).toMatchObject({
      reason: 'too_few_left',
    });
  });

  test('tell the loss of the step: −Σ share·A, as all ratios are 1', async () => {
    const engine = engineOf();
    const { metrics } = await combinedStep([hindsight, teacher])(batch, engine, plainSettings);
    const sent = (engine.updates[0] ?? []).flatMap(({ advantages = new Float32Array(0) }) => [...advantages]);
    expect(metrics.loss).toBeCloseTo(-sent.reduce((sum, own) => sum + own, 0), 5);
    expect(metrics.loss).not.toBe(0);
  });
});
