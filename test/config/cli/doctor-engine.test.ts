import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { CommandIo } from '../../../config/cli/command-io.ts';
import { checkEngine } from '../../../config/cli/doctor-engine.ts';
import { createSystemParts } from '../../../config/cli/system-parts.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import type { TokenizerPort } from '../../../core/ports/tokenizer.ts';
import type { OfferedModel } from '../../../core/ports/trainer.ts';
import { createStandInTokenizer } from '../../fakes/engine/stand-in-tokenizer.ts';
import { createStandInTrainer } from '../../fakes/engine/stand-in-trainer.ts';
import { mustLoad } from '../settings-folder.ts';

const io: CommandIo = {
  stdin: new PassThrough(),
  stdout: new PassThrough(),
  stderr: new PassThrough(),
  variables: {},
  workingFolder: '.',
  processId: 1,
  nodeVersion: '24.0.0',
  personName: 'ada',
  fetch: () => Promise.reject(new Error('nothing is asked in this test')),
};

const offered: readonly OfferedModel[] = [
  { name: 'Qwen/Qwen3-8B', maxContextTokens: 40_000 },
  { name: 'small', maxContextTokens: 2_048 },
];

async function look(
  fields: string,
  models: () => Promise<readonly OfferedModel[]> = async () => offered,
  tokenizer: () => Promise<TokenizerPort | undefined> = async () => createStandInTokenizer(),
): Promise<readonly string[]> {
  const loaded = mustLoad({
    yaml: `engine: {${fields}}\n`,
    variables: { TINKER_BASE_URL: 'http://127.0.0.1:8000', TINKER_API_KEY: 'tml-the-key' },
  });
  const parts = createSystemParts(io, loaded, { level: 'silent' });
  const trainer = createStandInTrainer({ models });
  const findings = await checkEngine({ io, loaded, parts }, { trainer: async () => trainer, tokenizer });
  expect(JSON.stringify(findings)).not.toContain('tml-the-key');
  expect(findings.every(({ check }) => check === 'engine')).toBe(true);
  if (findings.length > 0) expect(trainer.closed()).toBe(1);
  expect(trainer.sources).toEqual([]);
  return findings.map(({ state, message }) => `${state}: ${message}`);
}

const whole = 'profile: skyrl, baseModel: Qwen/Qwen3-8B, tokenizer: ./qwen';

test('without an engine there is nothing to look at', async () => {
  expect(await look('baseModel: x')).toEqual([]);
});

test('an engine that is well', async () => {
  expect(await look(`${whole}, answers: true`)).toEqual([
    'ok: skyrl at 127.0.0.1:8000 can be reached; it answers people',
    'ok: offers Qwen/Qwen3-8B',
    'ok: the tokenizer ./qwen can be used',
  ]);
  expect((await look(whole))[0]).toContain('does not answer people');
});

describe('the model', () => {
  test('that is not offered is a problem, with those that are', async () => {
    const findings = await look('profile: skyrl, baseModel: other, tokenizer: ./qwen');
    expect(findings[1]).toMatch(/^problem: does not offer other\. It offers Qwen\/Qwen3-8B, small\./);
  });

  test('of many offered ones a few are named', async () => {
    const many = Array.from({ length: 30 }, (_, at) => ({ name: `m${at}` }));
    const [, model] = await look(whole, async () => many);
    expect(model).toContain('m9 and 20 more.');
  });

  test('that takes less than the settings say is a warning with the number', async () => {
    const findings = await look('profile: skyrl, baseModel: small, tokenizer: ./qwen');
    expect(findings[1]).toMatch(/^warning: takes at most 2048 tokens with small.*Set it to 2048\./);
  });

  test('that is not set is a warning', async () => {
    expect((await look('profile: skyrl, tokenizer: ./qwen'))[1]).toMatch(/^warning: no base model is set/);
  });
});

describe('an engine that cannot be used', () => {
  test.each([
    ['auth_failed', /^problem: 127\.0\.0\.1:8000 refuses the key\. Set TINKER_API_KEY/],
    ['network', /^unasked: 127\.0\.0\.1:8000 does not answer/],
    ['aborted', /^unasked: 127\.0\.0\.1:8000 does not answer/],
    ['bad_reply', /^warning: 127\.0\.0\.1:8000 answers, but not as a training engine: Odd\./],
  ] as const)('%s', async (code, told) => {
    const [engine, ...rest] = await look(whole, () => Promise.reject(new AppError(code, 'Odd.')));
    expect(engine).toMatch(told);
    // The tokenizer is looked at all the same.
    expect(rest).toEqual(['ok: the tokenizer ./qwen can be used']);
  });
});

describe('the tokenizer', () => {
  test.each([
    ['config_invalid', 'problem'],
    ['auth_failed', 'problem'],
    ['network', 'unasked'],
  ] as const)('that fails with %s is a finding (%s) in its own words', async (code, state) => {
    const error = new AppError(code, 'There is no tokenizer.json in ./qwen.');
    const findings = await look(
      whole,
      async () => offered,
      () => Promise.reject(error),
    );
    expect(findings.at(-1)).toBe(`${state}: There is no tokenizer.json in ./qwen.`);
  });

  test('that is not set is a warning', async () => {
    const findings = await look(
      'profile: skyrl',
      async () => offered,
      async () => undefined,
    );
    expect(findings.at(-1)).toMatch(/^warning: no tokenizer is set/);
  });
});
