import { describe, expect, test } from 'vitest';
import { trainingProblems, trainsEngine } from '../../config/check-training.ts';
import type { Settings } from '../../config/schema.ts';
import { load, mustFail, mustLoad } from './settings-folder.ts';

const engine = 'engine: {profile: skyrl, baseModel: Qwen/Qwen3-8B, tokenizer: ./qwen, answers: true}\n';
const own = { TINKER_BASE_URL: 'http://127.0.0.1:8000' };
const hosted = (profile: string): string => engine.replace('skyrl', profile);

const settingsOf = (yaml: string): Settings => mustLoad({ yaml, variables: own }).settings;
const told = (yaml: string): readonly string[] =>
  mustFail({ yaml, variables: own }).map(({ path, message }) => `${path} ${message}`);

describe('settings of training and its test', () => {
  test('are good by default: no weights are trained, and nobody but a person decides', () => {
    const { settings } = mustLoad();
    expect(trainingProblems(settings)).toEqual([]);
    expect(settings.training).toMatchObject({
      weights: false,
      wording: true,
      scope: 'space',
      method: 'auto',
    });
    expect(settings.gate).toMatchObject({ model: '', canaryPercent: 10 });
    expect(trainsEngine(settings)).toBe(false);
  });

  test.each([
    ['an engine’s weights', `${engine}training: {weights: true}`],
    ['weights that cost', `${hosted('tinker')}training: {weights: true, trainPrice: 0.4}`],
    ['weights of which reading alone costs', `${hosted('mint')}training: {weights: true, readPrice: 0.4}`],
    ['weights of which writing alone costs', `${hosted('mint')}training: {weights: true, writePrice: 1}`],
    ['a hosted engine that only answers', `${hosted('tinker')}training: {weights: false}`],
    ['a provider’s model', 'training: {weights: true, tuneModel: gpt-x, tunePrice: 3}'],
    ['a teacher', `${engine}training: {weights: true, method: teacher, teacher: Qwen/Qwen3-32B}`],
    [
      'a teacher beside',
      `${engine}training: {weights: true, distillation: teacher, teacher: Qwen/Qwen3-32B}`,
    ],
    [
      'a teacher that a provider has no use for',
      'training: {weights: true, method: teacher, tuneModel: x, tunePrice: 1}',
    ],
    ['groups with a judge', `${engine}judge: {model: j}\ntraining: {weights: true, method: groups}`],
    ['groups where nothing is trained', 'training: {method: groups}'],
    [
      'limits that just fit',
      'training: {minSamples: 48, maxSamples: 48, minEachSign: 24, minPeople: 4, maxPersonPercent: 25}',
    ],
    ['a gate’s model beside the judge', 'judge: {model: j}\ngate: {model: g}'],
    [
      'one of the judge’s name on another server',
      'judge: {model: j}\ngate: {model: j, baseUrl: "http://127.0.0.1:9/v1"}',
    ],
    [
      'a gate’s model that is the evolver, where the judge grades its words',
      'judge: {model: j}\nevolver: {model: w}\ngate: {model: w}',
    ],
    [
      'a gate’s model that is the evolver, where no words are searched',
      'training: {wording: false}\nevolver: {model: w}\ngate: {model: w}',
    ],
    [
      'a gate’s model of the evolver’s name on another server',
      'evolver: {model: w}\ngate: {model: w, baseUrl: "http://127.0.0.1:9/v1"}',
    ],
  ])('are good: %s', (_, yaml) => {
    expect(load({ yaml, variables: own })).toMatchObject({ kind: 'loaded' });
    expect(trainingProblems(settingsOf(yaml))).toEqual([]);
  });

  test.each([
    ['training: {weights: true}', /^training\.weights is true, but nothing can be trained\. Set/],
    [
      `${engine}training: {weights: true, method: teacher}`,
      /^training\.teacher is empty, but a teacher is to be learned from\. Name/,
    ],
    [`${engine}training: {weights: true, distillation: teacher}`, /^training\.teacher is empty/],
    [
      `${engine}training: {weights: true, method: groups}`,
      /^training\.method is groups, .* but judge\.model is empty\. Set it/,
    ],
    [
      `${hosted('tinker')}training: {weights: true}`,
      /^training\.trainPrice is 0, but engine\.profile tinker costs money, .* Set trainPrice, readPrice and writePrice/,
    ],
    [
      `${hosted('mint')}training: {weights: true}`,
      /^training\.trainPrice is 0, but engine\.profile mint costs/,
    ],
    [
      'training: {weights: true, tuneModel: gpt-x}',
      /^training\.tunePrice is 0, but tuning costs money, .* Set it to/,
    ],
    ['training: {minSamples: 47}', /^training\.minEachSign is more than half of training\.minSamples\. Make/],
    ['training: {maxSamples: 127}', /^training\.minSamples is more than training\.maxSamples, .* Make it/],
    [
      'training: {minPeople: 4}',
      /^training\.maxPersonPercent lets 4 people \(training\.minPeople\) never fill a run\. Make/,
    ],
    ['judge: {model: j}\ngate: {model: j}', /^gate\.model is the judge whose votes gave the rewards\. Name/],
    [
      'judge: {model: j, baseUrl: "http://127.0.0.1:9/v1"}\ngate: {model: j, baseUrl: "http://127.0.0.1:9/v1"}',
      /^gate\.model is the judge/,
    ],
    [
      'evolver: {model: w}\ngate: {model: w}',
      /^gate\.model is the model that writes new words and, as judge\.model is empty, grades them\. Name/,
    ],
  ])('are refused with what to do, and where: %s', (yaml, message) => {
    expect(told(yaml)).toEqual([expect.stringMatching(message)]);
  });

  test('are all told at once, each where it was written', () => {
    const yaml =
      'training:\n  weights: true\n  minSamples: 30\n  maxSamples: 20\njudge: {model: j}\ngate:\n  model: j\n';
    const problems = mustFail({ yaml, variables: own });
    expect(problems.map(({ path, where }) => [path, where])).toEqual([
      ['training.weights', expect.stringMatching(/^metaclaw\.yaml:2:/)],
      ['training.minEachSign', 'default'],
      ['training.minSamples', expect.stringMatching(/^metaclaw\.yaml:3:/)],
      ['gate.model', expect.stringMatching(/^metaclaw\.yaml:7:/)],
    ]);
  });
});

test('the engine is trained where weights are to be trained and the engine answers', () => {
  expect(trainsEngine(settingsOf(`${engine}training: {weights: true}`))).toBe(true);
  expect(trainsEngine(settingsOf(engine))).toBe(false);
  expect(trainsEngine(settingsOf('training: {weights: true, tuneModel: x, tunePrice: 1}'))).toBe(false);
});
