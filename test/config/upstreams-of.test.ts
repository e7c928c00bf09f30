import { describe, expect, test } from 'vitest';
import type { ModelChoice } from '../../config/choose-model.ts';
import { configuredServer, upstreamKeys, upstreamsOf } from '../../config/upstreams-of.ts';
import { ownModels } from '../../core/ports/own-models.ts';
import { mustLoad } from './settings-folder.ts';

const demo: ModelChoice = { kind: 'demo', why: '' };
const openAi = 'https://api.openai.com/v1';

function upstreams(choice: ModelChoice, variables: Readonly<Record<string, string>> = {}, yaml = '') {
  const { settings, secrets } = mustLoad({ variables, ...(yaml === '' ? {} : { yaml }) });
  return upstreamsOf(settings, secrets, choice);
}

describe('keys of upstreams', () => {
  test('are pairs with commas between them; what is no pair is left out', () => {
    expect([...upstreamKeys(' a = k1 ,b=k=2,,=x,c=,d')]).toEqual([
      ['a', 'k1'],
      ['b', 'k=2'],
    ]);
    expect(upstreamKeys(undefined).size).toBe(0);
  });
});

describe('where the settings name none', () => {
  test('they are the two that agents are made for, with the keys that there are', () => {
    expect(upstreams(demo)).toMatchObject([
      { name: 'anthropic', dialects: ['anthropic'], baseUrl: 'https://api.anthropic.com/v1' },
      { name: 'openai', dialects: ['openai-chat', 'openai-responses'], baseUrl: openAi, models: ['*'] },
    ]);
    expect(upstreams(demo).some((one) => 'ownKey' in one)).toBe(false);
    expect(upstreams(demo, { ANTHROPIC_API_KEY: 'sk-ant' })[0]).toMatchObject({ ownKey: 'sk-ant' });
  });

  test('and what serves the configured model, by our names for it alone', () => {
    const server = { model: 'gpt', baseUrl: 'http://127.0.0.1:11434/v1', apiKey: 'sk-1' };
    const [own, , openai] = upstreams({ kind: 'configured', why: '', server });
    expect(own).toMatchObject({
      name: configuredServer,
      baseUrl: server.baseUrl,
      ownKey: 'sk-1',
      models: ownModels,
      isAlone: true,
    });
    expect(own).not.toHaveProperty('isKeyless');
    expect(openai).toMatchObject({ name: 'openai', baseUrl: server.baseUrl, ownKey: 'sk-1' });
    expect(upstreams({ kind: 'configured', why: '', server: { model: 'gpt' } })[0]).toMatchObject({
      baseUrl: openAi,
    });
  });

  test('what was found on this machine is one more, for its own model and without a key; OpenAI’s stays OpenAI’s', () => {
    const server = { model: 'qwen3:8b', baseUrl: 'http://127.0.0.1:11434/v1' };
    const found = upstreams({ kind: 'discovered', why: '', server });
    const atServer = { baseUrl: server.baseUrl, isKeyless: true, isAlone: true };
    expect(found).toMatchObject([
      { name: configuredServer, models: ownModels, ...atServer },
      { name: 'local', dialects: ['openai-chat', 'openai-responses'], models: ['qwen3:8b'], ...atServer },
      { name: 'anthropic' },
      { name: 'openai', baseUrl: openAi, models: ['*'] },
    ]);
    expect(found.filter((one) => 'ownKey' in one)).toEqual([]);
    expect(found.slice(2).filter((one) => one.isKeyless === true || one.isAlone === true)).toEqual([]);
  });

  test('while the engine answers, the server beside it is one, and none is ours', () => {
    const besides = { baseUrl: 'https://beside.example/v1', apiKey: 'sk-2' };
    expect(upstreams({ kind: 'engine', why: '', besides })).toMatchObject([
      { name: 'anthropic' },
      { name: 'openai', baseUrl: besides.baseUrl, ownKey: 'sk-2' },
    ]);
  });
});

test('those of the settings take the place of the two, in their order, each with its key', () => {
  const yaml = `proxy:
  upstreams:
    - {name: two, dialects: [anthropic], baseUrl: "https://two.example/v1"}
    - {name: one, dialects: [openai-chat], baseUrl: "https://one.example/v1", models: [a, b-*], renames: {a: x}}
`;
  const variables = { METACLAW_UPSTREAM_KEYS: 'one=k1' };
  const found = upstreams({ kind: 'configured', why: '', server: { model: 'gpt' } }, variables, yaml);
  expect(found.map(({ name }) => name)).toEqual([configuredServer, 'two', 'one']);
  expect(found[1]).not.toHaveProperty('ownKey');
  expect(found[2]).toMatchObject({ ownKey: 'k1', models: ['a', 'b-*'], renames: { a: 'x' } });
});
