import { expect, test } from 'vitest';
import { givenEngine } from '../../bench/lib/engine/given-engine.ts';

const baseUrl = 'http://127.0.0.1:8000';

test('an engine is measured only where its address is set', () => {
  expect(givenEngine({})).toBeUndefined();
  expect(givenEngine({ TINKER_BASE_URL: '', TINKER_API_KEY: 'key' })).toBeUndefined();
  expect(givenEngine({ TINKER_BASE_URL: baseUrl })).toEqual({
    profile: 'skyrl',
    baseUrl,
    learningRate: 0.01,
  });
});

test('what else is set is taken', () => {
  const engine = givenEngine({
    TINKER_BASE_URL: baseUrl,
    TINKER_API_KEY: 'key',
    METACLAW_ENGINE_PROFILE: 'tuft',
    METACLAW_ENGINE_MODEL: 'some/model',
    METACLAW_ENGINE_LEARNING_RATE: '2e-4',
  });
  expect(engine).toEqual({
    profile: 'tuft',
    baseUrl,
    apiKey: 'key',
    baseModel: 'some/model',
    learningRate: 2e-4,
  });
});

test('an unknown profile and a senseless rate are refused', () => {
  const wrong = (variables: Record<string, string>) => () =>
    givenEngine({ TINKER_BASE_URL: baseUrl, ...variables });
  expect(wrong({ METACLAW_ENGINE_PROFILE: 'other' })).toThrow('tinker, skyrl, tuft, mint');
  for (const rate of ['much', '0', '-1', '1']) {
    expect(wrong({ METACLAW_ENGINE_LEARNING_RATE: rate })).toThrow('METACLAW_ENGINE_LEARNING_RATE');
  }
});
