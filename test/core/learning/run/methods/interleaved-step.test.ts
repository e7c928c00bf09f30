import { expect, test } from 'vitest';
import { interleavedStep, otherEvery } from '../../../../../core/learning/run/methods/interleaved-step.ts';
import type { StepMethod } from '../../../../../core/learning/run/step-engine.ts';
import { createDrawingEngine, plainSettings, weightsOf } from './drawing-engine.ts';
import { storedSample } from './stored-samples.ts';

const batch = [storedSample('a')];
const engine = createDrawingEngine({ weights: weightsOf(3) });
const skipping =
  (name: string, given: unknown[]): StepMethod =>
  async (...all) => {
    given.push(...all);
    return { kind: 'skipped', reason: 'too_few_left', metrics: { answers: name.length } };
  };
const given: unknown[] = [];
const step = interleavedStep(skipping('most', given), skipping('another', given));
const wayOf = async (number?: number): Promise<string> => {
  const settings = number === undefined ? plainSettings : { ...plainSettings, step: number };
  const { metrics } = await step(batch, engine, settings);
  return metrics.answers === 'most'.length ? 'most' : 'other';
};

test('every fourth step learns in the other way, and a run begins with the one of most steps', async () => {
  expect(otherEvery).toBe(4);
  const ways: string[] = [];
  for (let number = 1; number <= 9; number += 1) ways.push(await wayOf(number));
  expect(ways).toEqual(['most', 'most', 'most', 'other', 'most', 'most', 'most', 'other', 'most']);
});

test('a step without a number is the first; batch, engine and settings are passed on as they are', async () => {
  given.length = 0;
  expect(await wayOf()).toBe('most');
  expect(given).toEqual([batch, engine, plainSettings]);
});
