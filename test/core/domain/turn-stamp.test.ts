import { expect, test } from 'vitest';
import { isConfiguredStamp, policyOfRun, upstreamStamp } from '../../../core/domain/turn-stamp.ts';

test('a stamp is of the configured model unless it is a policy’s or of a model that a caller named', () => {
  expect(policyOfRun('run_1')).toBe('policy_run_1');
  expect(upstreamStamp('gpt-5-mini')).toBe('upstream:gpt-5-mini');
  const names = ['gpt-5-mini', 'tinker://base', '', policyOfRun('run_1')];
  expect(names.map(isConfiguredStamp)).toEqual([true, true, true, false]);
  expect(names.map(upstreamStamp).some(isConfiguredStamp)).toBe(false);
});

test('whatever a caller asks for, or a server calls itself, is no policy', () => {
  expect(upstreamStamp(policyOfRun('run_1'))).not.toBe(policyOfRun('run_1'));
});
