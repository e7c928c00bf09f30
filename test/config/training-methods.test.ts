import { describe, expect, test } from 'vitest';
import type { Settings } from '../../config/schema.ts';
import { chosenMethods, freshTokens, stepSettings } from '../../config/training-methods.ts';
import type { RunMethod, RunPlan } from '../../core/domain/training-run.ts';
import type { GatheredSample } from '../../core/learning/run/gathered-sample.ts';
import { gathered } from '../core/learning/run/sample-gathered.ts';
import { mustLoad } from './settings-folder.ts';

type Training = Settings['training'];

/** Requests that two people rated two answers to, one well and one badly. */
const pairs = (count: number): readonly GatheredSample[] =>
  Array.from({ length: count }, (_, at) => [
    gathered(`good-${at}`, 'ann', 1, { request: `r${at}` }),
    gathered(`bad-${at}`, 'ben', -1, { request: `r${at}` }),
  ]).flat();
const lone = [gathered('a', 'ann', 1), gathered('b', 'ben', -1)];
const hinted = [...lone, gathered('c', 'ben', -1, { hasHints: true })];
const unratioed = [
  ...lone,
  gathered('c', 'ben', -1, { path: { path: 'preference', tokens: 'exact', reason: 'no_logprobs' } }),
];

describe('the methods of a run', () => {
  test.each<
    readonly [
      Training['method'],
      Training['distillation'],
      string,
      readonly GatheredSample[],
      readonly RunMethod[],
    ]
  >([
    ['auto', 'none', 'answers one by one', lone, ['kto']],
    ['auto', 'none', 'too few pairs', pairs(15), ['kto']],
    ['auto', 'none', 'enough pairs', pairs(16), ['dpo']],
    ['kto', 'none', 'enough pairs', pairs(16), ['kto']],
    // Who names it has pairs in mind, however few.
    ['dpo', 'none', 'one pair', pairs(1), ['dpo']],
    ['dpo', 'none', 'no pair', lone, ['kto']],
    ['policy_gradient', 'none', 'known ratios', lone, ['policy_gradient']],
    ['policy_gradient', 'none', 'an unknown ratio', unratioed, ['kto']],
    ['auto', 'hindsight', 'a hint', hinted, ['kto', 'hindsight']],
    ['auto', 'hindsight', 'no hint', lone, ['kto']],
    ['auto', 'teacher', 'any answers', lone, ['kto', 'teacher']],
    ['groups', 'none', 'any answers', lone, ['groups']],
    ['groups', 'teacher', 'any answers', lone, ['groups', 'teacher']],
    ['hindsight', 'none', 'no hint', lone, ['hindsight']],
    ['hindsight', 'hindsight', 'a hint', hinted, ['hindsight']],
    ['hindsight', 'teacher', 'a hint', hinted, ['hindsight', 'teacher']],
    ['teacher', 'teacher', 'any answers', lone, ['teacher']],
  ])('set to %s, besides %s, of %s', (method, distillation, _, samples, methods) => {
    expect(chosenMethods(samples, { method, distillation })).toEqual(methods);
  });
});

describe('the numbers of a step', () => {
  const settingsNow = (): Settings =>
    mustLoad({ yaml: 'training: {beta: 0.2, kl: 0.03, groupSize: 6}' }).settings;
  const planOf = (numbers: RunPlan['settings']): { readonly plan: RunPlan } => ({
    plan: {
      steps: 3,
      samples: 0,
      positives: 0,
      negatives: 0,
      people: 0,
      leftOut: {},
      estimate: { calls: 0, tokens: 0, micros: 0 },
      settings: numbers,
    },
  });

  test('are those that the run was planned with, whatever the settings say by now', () => {
    const run = planOf({ beta: 0.5, kl: 0, groupSize: 4, seed: 7 });
    expect(stepSettings(run, 1, settingsNow())).toMatchObject({ step: 1, beta: 0.5, kl: 0, groupSize: 4 });
  });

  test('are the settings’ where the plan has none, or no number', () => {
    const run = planOf({ beta: 'much' });
    expect(stepSettings(run, 2, settingsNow())).toMatchObject({ step: 2, beta: 0.2, kl: 0.03, groupSize: 6 });
  });

  test('have a seed of each step’s own: the same when it is made again, and one that engines take', () => {
    const settings = settingsNow();
    const run = planOf({ seed: 2 ** 31 - 1 });
    const seeds = Array.from({ length: 200 }, (_, at) => stepSettings(run, at, settings).seed);
    expect(new Set(seeds).size).toBe(200);
    expect(seeds).toEqual(Array.from({ length: 200 }, (_, at) => stepSettings(run, at, settings).seed));
    expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31)).toBe(true);
    expect(stepSettings(planOf({ seed: 5 }), 1, settings).seed).not.toBe(seeds[1]);
  });

  test('let a fresh answer be as long as any, but not longer than a thousand tokens or so', () => {
    const settings = settingsNow();
    expect(freshTokens({ ...settings.model, maxOutputTokens: 300 })).toBe(300);
    expect(freshTokens({ ...settings.model, maxOutputTokens: 16_000 })).toBe(1_024);
    const short = { ...settings, model: { ...settings.model, maxOutputTokens: 300 } };
    expect(stepSettings(planOf({}), 1, short).groupMaxTokens).toBe(300);
  });
});
