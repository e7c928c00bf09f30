import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lengthsOf, type SampledTokens, type SamplingParams } from '../../../core/domain/sampling.ts';
import {
  plannedTrainingPath,
  type TrainingPath,
  trainingPath,
  turnTrainingPath,
} from '../../../core/learning/training-path.ts';

const current = { tokenizerHash: 'tok', baseModel: 'base' };
const params: SamplingParams = { maxTokens: 9, temperature: 1, topP: 1, topK: -1 };
const sampled: SampledTokens = {
  prompt: Int32Array.of(1),
  tokens: Int32Array.of(2, 3),
  logprobs: Float32Array.of(-0.5, 0),
  stopReason: 'stop',
  params,
  tokenizerHash: 'tok',
  baseModel: 'base',
  samplerVersion: 'v1',
};
const withLogprobs = (...logprobs: number[]): SampledTokens => ({
  ...sampled,
  logprobs: Float32Array.from(logprobs),
});
const exact = (reason: string) => ({ path: 'preference', tokens: 'exact', reason });
const rendered = (reason: string) => ({ path: 'preference', tokens: 'rendered', reason });

test('an answer that the engine drew from the policy as it is trains by ratios', () => {
  expect(trainingPath(sampled, current)).toEqual<TrainingPath>({ path: 'ratio' });
  expect(trainingPath(withLogprobs(1e-6, -700), current)).toEqual<TrainingPath>({ path: 'ratio' });
});

const { logprobs: _, ...bare } = sampled;

test.each<[string, SampledTokens | undefined, unknown]>([
  ['no ids', undefined, rendered('not_sampled_by_engine')],
  ['another tokenizer', { ...sampled, tokenizerHash: 'other' }, rendered('other_tokenizer')],
  ['another base model', { ...sampled, baseModel: 'other' }, exact('other_base_model')],
  ['no prompt', { ...sampled, prompt: new Int32Array(0) }, rendered('empty_prompt')],
  ['no log-probabilities', bare, exact('no_logprobs')],
  ['too few', withLogprobs(-0.5), exact('logprobs_unusable')],
  ['too many', withLogprobs(-0.5, -0.5, -0.5), exact('logprobs_unusable')],
  ['not a number', withLogprobs(-0.5, Number.NaN), exact('logprobs_unusable')],
  ['never', withLogprobs(-0.5, Number.NEGATIVE_INFINITY), exact('logprobs_unusable')],
  ['above certainty', withLogprobs(-0.5, 0.1), exact('logprobs_unusable')],
  ['a number for none', withLogprobs(-0.5, -9999), exact('logprobs_unusable')],
  ['cold', { ...sampled, params: { ...params, temperature: 0.7 } }, exact('not_on_policy_params')],
  ['greedy', { ...sampled, params: { ...params, temperature: 0 } }, exact('not_on_policy_params')],
  ['nucleus', { ...sampled, params: { ...params, topP: 0.95 } }, exact('not_on_policy_params')],
  ['top k', { ...sampled, params: { ...params, topK: 50 } }, exact('not_on_policy_params')],
  [
    'no answer',
    { ...sampled, tokens: new Int32Array(0), logprobs: new Float32Array(0) },
    { path: 'resample', reason: 'empty_answer' },
  ],
])('no ratio without what it needs: %s', (_name, given, expected) => {
  expect(trainingPath(given, current)).toEqual(expected);
});

describe('a turn of several calls', () => {
  const cold: SampledTokens = { ...sampled, params: { ...params, temperature: 0.7 } };
  const otherTokenizer: SampledTokens = { ...sampled, tokenizerHash: 'other' };
  const empty: SampledTokens = { ...sampled, tokens: new Int32Array(0), logprobs: new Float32Array(0) };

  test('trains by ratios only if every call may', () => {
    expect(turnTrainingPath([sampled], current)).toEqual({ path: 'ratio' });
    expect(turnTrainingPath([sampled, sampled, sampled], current)).toEqual({ path: 'ratio' });
  });

  test.each<[string, readonly (SampledTokens | undefined)[], unknown]>([
    ['no calls', [], rendered('not_sampled_by_engine')],
    ['one cold call', [sampled, cold, sampled], exact('not_on_policy_params')],
    ['the first reason of two alike', [sampled, cold, bare], exact('not_on_policy_params')],
    ['ids that cannot be read', [cold, otherTokenizer, sampled], rendered('other_tokenizer')],
    ['a call of another model', [sampled, undefined], rendered('not_sampled_by_engine')],
    ['an end without words', [otherTokenizer, empty], { path: 'resample', reason: 'empty_answer' }],
  ])('as all of its calls can: %s', (_name, calls, expected) => {
    expect(turnTrainingPath(calls, current)).toEqual(expected);
  });

  test('is planned of lengths alone as it will be trained, where its log-probabilities are usable', () => {
    const spoiled: SampledTokens = {
      ...sampled,
      logprobs: new Float32Array(sampled.tokens.length).fill(Number.NaN),
    };
    const kinds = [
      sampled,
      cold,
      otherTokenizer,
      empty,
      bare,
      { ...sampled, prompt: new Int32Array(0) },
      { ...sampled, baseModel: 'x' },
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...kinds), { maxLength: 5 }), (calls) => {
        expect(plannedTrainingPath(calls.map(lengthsOf), current)).toEqual(turnTrainingPath(calls, current));
      }),
    );
    expect(turnTrainingPath([spoiled], current)).toEqual(exact('logprobs_unusable'));
    expect(plannedTrainingPath([spoiled].map(lengthsOf), current)).toEqual({ path: 'ratio' });
  });
});
