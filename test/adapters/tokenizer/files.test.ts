import { readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import { changedFolder, type FixtureChanges, fixtureFolder, openChanged, openFolder } from './fixture.ts';

const template = '{{ messages[0].content }}<|im_end|>';

describe('a folder that holds no tokenizer', () => {
  test.each<[string, FixtureChanges, string]>([
    ['no tokenizer.json', { without: ['tokenizer.json'] }, 'tokenizer.json is missing'],
    ['no configuration', { without: ['tokenizer_config.json'] }, 'tokenizer_config.json is missing'],
    ['half a file', { files: { 'tokenizer.json': '{"model": {' } }, 'tokenizer.json cannot be read'],
    ['no object', { files: { 'tokenizer_config.json': '[]' } }, 'it is no object'],
    ['no model', { tokenizer: { model: null } }, 'it has no model'],
    ['no vocabulary', { tokenizer: { model: { type: 'BPE' } } }, 'its model has no vocabulary'],
    [
      'merges that are none',
      { tokenizer: { model: { type: 'BPE', vocab: {}, merges: 1 } } },
      'its merges are no list',
    ],
    ['added tokens that are none', { tokenizer: { added_tokens: [1] } }, 'its added tokens are no list'],
    ['a part nobody knows', { tokenizer: { pre_tokenizer: { type: 'Guess' } } }, 'is of an unknown kind'],
    ['no template', { template: undefined }, 'it has no chat template'],
    ['a list without a default', { template: [{ name: 'rag', template }] }, 'it has no chat template'],
    ['a broken template', { template: '{% if %}' }, 'its chat template has an error'],
    [
      'a broken template for tools',
      {
        template: [
          { name: 'default', template },
          { name: 'tool_use', template: '{{' },
        ],
      },
      'its chat template has an error',
    ],
    [
      'a template that refuses all',
      { template: "{{ raise_exception('never') }}" },
      'its chat template takes no message',
    ],
    [
      'no end',
      { template: '{{ messages[0].content }}', config: { eos_token: null } },
      'no token ends an answer',
    ],
    [
      'half a generation_config.json',
      { files: { 'generation_config.json': '{' } },
      'generation_config.json cannot be read',
    ],
  ])('%s', async (_, changes, problem) => {
    const folder = changedFolder('chatml', changes);
    const error = await openFolder(folder).catch((thrown: unknown) => thrown);
    if (!(error instanceof AppError)) throw new Error(`no AppError but ${String(error)}`);
    expect(error.code).toBe('config_invalid');
    expect(error.message).toContain(problem);
    expect(error.message).toContain(folder);
    expect(error.message).toMatch(/Put the model's .* there anew, or name another folder\.$/);
  });

  test('a folder that is not there', async () => {
    await expect(openFolder(join(changedFolder('chatml'), 'missing'))).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('There is no folder'),
    });
  });
});

describe('stop tokens', () => {
  test('of the configuration, of generation_config.json, and of the template', async () => {
    const tokenizer = await openChanged('chatml', {
      config: { eos_token: '<|endoftext|>' },
      files: { 'generation_config.json': '{"eos_token_id": [601, 600, "x"]}' },
    });
    expect(tokenizer.stopIds).toEqual([600, 601, 602]);
  });

  test('one number is enough', async () => {
    const files = { 'generation_config.json': '{"eos_token_id": 600}' };
    expect((await openChanged('chatml', { files })).stopIds).toEqual([602, 600]);
  });
});

describe('hash', () => {
  const hashOf = async (changes: FixtureChanges): Promise<string> =>
    (await openChanged('chatml', changes)).hash;
  const files = (name: string): string => readFileSync(join(fixtureFolder('chatml'), name), 'utf8');
  const json = JSON.parse(files('tokenizer.json'));
  const config = JSON.parse(files('tokenizer_config.json'));
  const reversed = (value: object): object => Object.fromEntries(Object.entries(value).reverse());

  test('is the same for the same contents, whenever they were written', async () => {
    const hash = await hashOf({});
    const older = changedFolder('chatml');
    utimesSync(join(older, 'tokenizer.json'), 1, 1);
    expect((await openFolder(older)).hash).toBe(hash);
    const written = { 'tokenizer_config.json': JSON.stringify(reversed(config), null, 1) };
    expect(await hashOf({ files: written })).toBe(hash);
    expect(await hashOf({ files: { 'chat_template.jinja': config.chat_template } })).toBe(hash);
    expect(await hashOf({ config: { model_max_length: 5 } })).toBe(hash);
  });

  test('is another with any other part', async () => {
    const merges = [json.model.merges[1], json.model.merges[0], ...json.model.merges.slice(2)];
    const hashes = await Promise.all(
      [
        {},
        { tokenizer: { model: { ...json.model, merges } } },
        { tokenizer: { normalizer: null } },
        { tokenizer: { added_tokens: json.added_tokens.slice(0, -1) } },
        { template },
        {
          template: [
            { name: 'default', template },
            { name: 'tool_use', template },
          ],
        },
        { config: { eos_token: '<|endoftext|>' } },
        { config: { added_tokens_decoder: { 700: { content: '<x>' } } } },
        { config: { extra_special_tokens: ['he'] } },
        { config: { extra_special_tokens: { image_token: 'he' } } },
        { files: { 'generation_config.json': '{"eos_token_id": [600]}' } },
      ].map(hashOf),
    );
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});

describe('opening', () => {
  const json = JSON.parse(readFileSync(join(fixtureFolder('chatml'), 'tokenizer.json'), 'utf8'));

  test('lets others have their turn between its steps, and within the large ones', async () => {
    const pausesFor = async (extra: number): Promise<number> => {
      const numbers = Array.from({ length: extra }, (_, at) => at);
      const vocab = {
        ...json.model.vocab,
        ...Object.fromEntries(numbers.map((at) => [`a${at}`, 1_000 + at])),
      };
      const merges = [...json.model.merges, ...numbers.map((at) => ['a', String(at)])];
      let pauses = 0;
      const pause = async (): Promise<void> => {
        pauses += 1;
      };
      const folder = changedFolder('chatml', { tokenizer: { model: { ...json.model, vocab, merges } } });
      const tokenizer = await openFolder(folder, { pause });
      expect(tokenizer.decode(tokenizer.encode('Hello'))).toBe('Hello');
      return pauses;
    };
    const few = await pausesFor(0);
    expect(few).toBeGreaterThanOrEqual(4);
    // Every ten thousand pieces, and every ten thousand merges.
    expect(await pausesFor(40_000)).toBe(few + 8);
  });

  test('takes merges in both forms', async () => {
    const written = json.model.merges.map((merge: string | string[]) =>
      typeof merge === 'string' ? merge.split(' ') : merge.join(' '),
    );
    const other = await openChanged('chatml', { tokenizer: { model: { ...json.model, merges: written } } });
    const tokenizer = await openFolder(fixtureFolder('chatml'));
    const text = 'The weather in the town, he said, is the same.';
    expect(tokenizer.encode(text).length).toBeLessThan(text.length);
    expect(other.encode(text)).toEqual(tokenizer.encode(text));
  });
});
