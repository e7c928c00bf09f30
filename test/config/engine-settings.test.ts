import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { engineAddress } from '../../config/check-engine.ts';
import { chooseModel, type ModelDeps } from '../../config/choose-model.ts';
import {
  engineRecipients,
  openEngine,
  openEngineTokenizer,
  tokenizerPlace,
} from '../../config/compose-engine.ts';
import { helperServer } from '../../config/helper-server.ts';
import { packageRoot } from '../../config/package-root.ts';
import { unusedSecrets } from '../../config/unused-secrets.ts';
import { createFakeClock } from '../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../fakes/system/sequential-ids.ts';
import { mustFail, mustLoad } from './settings-folder.ts';

const own = { TINKER_BASE_URL: 'http://127.0.0.1:8000' };
const answering = 'engine: {profile: skyrl, baseModel: Qwen/Qwen3-8B, tokenizer: ./qwen, answers: true}\n';
const hosted = 'https://tinker.thinkingmachines.dev/services/tinker-prod';

function modelDeps(): ModelDeps {
  return {
    fetch: () => Promise.reject(new Error('nothing is asked in this test')),
    clock: createFakeClock(),
    ids: createSequentialIds(),
    logger: createMemoryLogger(),
    metrics: { count: () => {}, snapshot: () => ({}) },
  };
}

describe('by default', () => {
  test('there is no engine, and answers would be drawn so that they can be trained on with ratios', () => {
    const { settings, secrets } = mustLoad();
    expect(settings.engine).toMatchObject({ profile: '', answers: false, rank: 32, samplerPath: '' });
    expect(settings.engine).toMatchObject({ temperature: 1, topP: 1, topK: -1, keepDays: 90 });
    expect(engineAddress(settings, secrets)).toBeUndefined();
    expect(engineRecipients(settings, secrets)).toEqual([]);
  });
});

describe('what is refused', () => {
  const engine = (fields: string): string => `engine: {${fields}}\n`;
  const messages = (yaml: string, variables: Readonly<Record<string, string>> = own): readonly string[] =>
    mustFail({ yaml, variables }).map(({ path, message }) => `${path} ${message}`);

  test('an engine that is to answer and lacks something, one sentence for each', () => {
    expect(messages(engine('answers: true'))).toEqual([
      expect.stringMatching(/^engine\.answers is true, but engine\.profile is empty\. Set it/),
      expect.stringMatching(/^engine\.answers is true, but engine\.baseModel is empty\. Set it/),
      expect.stringMatching(/^engine\.answers is true, but engine\.tokenizer is empty\. Set it/),
    ]);
    expect(messages(engine('answers: true, profile: skyrl, baseModel: x'))).toHaveLength(1);
  });

  test.each(['skyrl', 'tuft', 'mint'])('%s without an address', (profile) => {
    expect(messages(engine(`profile: ${profile}`), {})).toEqual([
      expect.stringContaining('Set TINKER_BASE_URL'),
    ]);
    expect(mustLoad({ yaml: engine(`profile: ${profile}`), variables: own })).toBeDefined();
  });

  test('the hosted one without a key, unless it has another address', () => {
    expect(messages(engine('profile: tinker'), {})).toEqual([expect.stringContaining('Set TINKER_API_KEY')]);
    expect(
      mustLoad({ yaml: engine('profile: tinker'), variables: { TINKER_API_KEY: 'tml-x' } }),
    ).toBeDefined();
    expect(mustLoad({ yaml: engine('profile: tinker'), variables: own })).toBeDefined();
  });

  test.each([
    ['profile: verl', /engine\.profile must be one of '' \(empty\), tinker, skyrl/],
    ['tokenizer: "hub:Qwen3"', /engine\.tokenizer expects a folder, or hub:/],
    ['tokenizer: "hub:Qwen/../x"', /engine\.tokenizer expects a folder, or hub:/],
    ['samplerPath: weights', /engine\.samplerPath expects .* begins with tinker:/],
    ['topK: 0', /engine\.topK must be -1 for off/],
    ['temperature: 3', /engine\.temperature must be at most 2, not 3/],
    ['topP: 0', /engine\.topP must be at least 0\.01/],
  ])('%s', (fields, message) => {
    expect(messages(engine(fields))).toEqual([expect.stringMatching(message)]);
  });

  test('more history than the model reads at all, where the engine answers', () => {
    const long = (budget: number, answers = true): string =>
      `engine: {profile: skyrl, baseModel: x, tokenizer: ./x, answers: ${answers}, maxContextTokens: 2048}\nagent: {historyBudgetTokens: ${budget}}\n`;
    expect(messages(long(2_049))).toEqual([
      expect.stringMatching(
        /^engine\.maxContextTokens is 2048, but agent\.historyBudgetTokens .* 2049 .*such as 1024/,
      ),
    ]);
    expect(mustLoad({ yaml: long(2_048), variables: own })).toBeDefined();
    expect(mustLoad({ yaml: long(2_049, false), variables: own })).toBeDefined();
  });

  test('a key of it in a file is told where it belongs', () => {
    const [problem] = mustFail({ yaml: engine('apiKey: abc') });
    expect(problem?.message).toContain('TINKER_API_KEY');
  });

  test('an engine whose training and answers disturb each other may answer', () => {
    expect(mustLoad({ yaml: answering, variables: own }).settings.engine.answers).toBe(true);
  });
});

describe('where it is', () => {
  test('the hosted one has an address of its own, which TINKER_BASE_URL replaces', () => {
    const yaml = 'engine: {profile: tinker}\n';
    const plain = mustLoad({ yaml, variables: { TINKER_API_KEY: 'tml-x' } });
    expect(engineAddress(plain.settings, plain.secrets)).toBe(hosted);
    const moved = mustLoad({ yaml, variables: own });
    expect(engineAddress(moved.settings, moved.secrets)).toBe(own.TINKER_BASE_URL);
  });

  test.each([
    [own.TINKER_BASE_URL, { address: '127.0.0.1:8000', isLocal: true }],
    [hosted, { address: 'tinker.thinkingmachines.dev', isLocal: false }],
  ])('people are told who receives their words: %s', (address, place) => {
    const { settings, secrets } = mustLoad({ yaml: answering, variables: { TINKER_BASE_URL: address } });
    expect(engineRecipients(settings, secrets)).toEqual([
      expect.objectContaining({ what: expect.stringContaining('engine'), ...place }),
    ]);
  });

  test('an engine that does not answer receives nothing', () => {
    const { settings, secrets } = mustLoad({ yaml: 'engine: {profile: skyrl}\n', variables: own });
    expect(engineRecipients(settings, secrets)).toEqual([]);
  });
});

describe('the tokenizer', () => {
  const folders = { homeFolder: '/home/data', workingFolder: '/work' };
  test.each([
    ['', undefined],
    ['./models/qwen', { kind: 'folder', folder: '/work/models/qwen' }],
    ['/models/qwen', { kind: 'folder', folder: '/models/qwen' }],
    ['hub:Qwen/Qwen3-8B', { kind: 'hub', repo: 'Qwen/Qwen3-8B', cacheFolder: '/home/data/tokenizers' }],
    [
      'hub:Qwen/Qwen3-8B@refs/pr/1',
      { kind: 'hub', repo: 'Qwen/Qwen3-8B', revision: 'refs/pr/1', cacheFolder: '/home/data/tokenizers' },
    ],
  ])('%s', (tokenizer, place) => {
    const { settings } = mustLoad({ variables: { METACLAW_ENGINE_TOKENIZER: tokenizer } });
    expect(tokenizerPlace(settings, {}, folders)).toEqual(place);
  });

  test('of the hub is asked for with the token that is set, and a folder knows none', () => {
    const secrets = { HF_TOKEN: 'hf_1' };
    const of = (tokenizer: string): unknown =>
      tokenizerPlace(
        mustLoad({ variables: { METACLAW_ENGINE_TOKENIZER: tokenizer } }).settings,
        secrets,
        folders,
      );
    expect(of('hub:Qwen/Qwen3-8B')).toMatchObject({ token: 'hf_1' });
    expect(of('./models/qwen')).toEqual({ kind: 'folder', folder: '/work/models/qwen' });
  });

  test('a download that does not end is given up', async () => {
    const clock = createFakeClock();
    const { settings, secrets } = mustLoad({ variables: { METACLAW_ENGINE_TOKENIZER: 'hub:Qwen/Qwen3-8B' } });
    const cacheFolder = mkdtempSync(join(tmpdir(), 'tokenizers-'));
    const asked = Promise.withResolvers<void>();
    const opening = openEngineTokenizer(settings, secrets, {
      homeFolder: cacheFolder,
      workingFolder: cacheFolder,
      clock,
      logger: createMemoryLogger(),
      fetch: (_, request) =>
        new Promise((_resolve, reject) => {
          asked.resolve();
          request?.signal?.addEventListener('abort', () => reject(request.signal?.reason));
        }),
    });
    const failure = expect(opening).rejects.toMatchObject({ code: 'timeout' });
    await asked.promise;
    await clock.advance(180_000);
    await failure;
    expect(clock.waiting()).toBe(0);
  });
});

describe('which model answers', () => {
  test('the engine where it is to, whatever else is set; nothing is looked for', async () => {
    const variables = { ...own, OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'https://chat.example/v1' };
    const { settings, secrets } = mustLoad({ yaml: answering, variables });
    const choice = await chooseModel(settings, secrets, modelDeps());
    expect(choice).toEqual({
      kind: 'engine',
      why: 'set by engine.answers',
      besides: { baseUrl: 'https://chat.example/v1', apiKey: 'k' },
    });
    // Helpers go on asking the server that they asked before.
    const judge = helperServer({ model: 'judge-9', baseUrl: '' }, undefined, 'JUDGE_API_KEY', choice);
    expect(judge).toEqual({
      model: 'judge-9',
      baseUrl: 'https://chat.example/v1',
      apiKey: 'k',
      keyName: 'OPENAI_API_KEY',
    });
  });

  test('with the engine alone helpers have no server', async () => {
    const { settings, secrets } = mustLoad({ yaml: answering, variables: own });
    const choice = await chooseModel(settings, secrets, modelDeps());
    expect(choice).toEqual({ kind: 'engine', why: 'set by engine.answers' });
    expect(helperServer({ model: 'judge-9', baseUrl: '' }, 'k', 'JUDGE_API_KEY', choice)).toBeUndefined();
  });

  test('an engine that does not answer changes nothing', async () => {
    const yaml = 'engine: {profile: skyrl}\nmodel: {discover: false}\n';
    const { settings, secrets } = mustLoad({ yaml, variables: own });
    expect((await chooseModel(settings, secrets, modelDeps())).kind).toBe('demo');
  });
});

describe('secrets that nothing uses', () => {
  test('are told: those of an engine without one, and the model that does not answer', () => {
    expect(unusedSecrets(mustLoad({ variables: { TINKER_API_KEY: 'x', ...own } }))).toEqual([
      'There is no training engine: TINKER_API_KEY is set, but engine.profile is not.',
      'There is no training engine: TINKER_BASE_URL is set, but engine.profile is not.',
    ]);
    expect(unusedSecrets(mustLoad({ yaml: 'engine: {profile: skyrl}\n', variables: own }))).toEqual([]);
    const both = mustLoad({ yaml: answering, variables: { ...own, OPENAI_MODEL: 'gpt' } });
    expect(unusedSecrets(both)).toEqual([expect.stringContaining('OPENAI_MODEL is set, but not used')]);
  });
});

describe('its code', () => {
  test('is loaded only where an engine is opened', () => {
    const files = ['compose-engine', 'compose', 'choose-model', 'start-bot', 'cli/doctor-engine'];
    const eager = files.filter((name) =>
      /^import (?!type )[^;]*adapters\/(?:tinker|tokenizer|engine-model)\//m.test(
        readFileSync(join(packageRoot(), 'config', `${name}.ts`), 'utf8'),
      ),
    );
    expect(eager).toEqual([]);
  });

  test('is not needed to be told that none is set', async () => {
    const { settings, secrets } = mustLoad();
    const deps = { ...modelDeps(), homeFolder: '/home/data', workingFolder: '/work' };
    await expect(openEngine(settings, secrets, deps)).rejects.toMatchObject({ code: 'config_invalid' });
  });
});
