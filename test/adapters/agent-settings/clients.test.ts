import json5 from 'json5';
import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import type { AgentSettings, ConnectTarget } from '../../../adapters/agent-settings/agent-settings.ts';
import { connect } from '../../../adapters/agent-settings/changes.ts';
import { claude } from '../../../adapters/agent-settings/claude.ts';
import { codex } from '../../../adapters/agent-settings/codex.ts';
import { genericLines } from '../../../adapters/agent-settings/generic.ts';
import { openclaw } from '../../../adapters/agent-settings/openclaw.ts';
import { opencode } from '../../../adapters/agent-settings/opencode.ts';

const here: ConnectTarget = { address: 'http://127.0.0.1:8787', login: 'keep' };
const keyed: ConnectTarget = { ...here, key: 'mc_abc', model: 'gpt-x' };

function text(agent: AgentSettings, target: ConnectTarget, present = '', isNew = present === ''): string {
  return connect(agent.format, present, agent.wishes(target, agent.format.read(present), isNew)).text;
}

function file(agent: AgentSettings, variables: Readonly<Record<string, string>> = {}): string {
  return agent.files({ userFolder: '/home/ada', variables }).fresh;
}

describe('Claude Code', () => {
  test('keeps its login: only the address, and a key of ours as a header beside it', () => {
    expect(JSON.parse(text(claude, here))).toEqual({ env: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:8787' } });
    expect(JSON.parse(text(claude, keyed))).toEqual({
      env: {
        ANTHROPIC_BASE_URL: 'http://127.0.0.1:8787',
        ANTHROPIC_CUSTOM_HEADERS: 'x-metaclaw-key: mc_abc',
      },
      model: 'gpt-x',
    });
  });

  test('other headers stay, an older key of ours does not', () => {
    const present = JSON.stringify({ env: { ANTHROPIC_CUSTOM_HEADERS: 'X-A: 1\nX-MetaClaw-Key: mc_old' } });
    expect(JSON.parse(text(claude, keyed, present)).env.ANTHROPIC_CUSTOM_HEADERS).toBe(
      'X-A: 1\nx-metaclaw-key: mc_abc',
    );
  });

  test('without a login it shows the key, or a word where none is asked for', () => {
    const replaced = { ...here, login: 'replace' } as const;
    expect(JSON.parse(text(claude, replaced)).env.ANTHROPIC_AUTH_TOKEN).toBe('metaclaw');
    expect(JSON.parse(text(claude, { ...replaced, key: 'mc_abc' })).env).toEqual({
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:8787',
      ANTHROPIC_AUTH_TOKEN: 'mc_abc',
    });
  });

  test('its file', () => {
    expect(file(claude)).toBe('/home/ada/.claude/settings.json');
    expect(file(claude, { CLAUDE_CONFIG_DIR: '/c' })).toBe('/c/settings.json');
  });
});

describe('Codex', () => {
  test('a provider that speaks the Responses API, chosen', () => {
    expect(parse(text(codex, here))).toEqual({
      model_provider: 'metaclaw',
      model_providers: {
        metaclaw: {
          name: 'MetaClaw',
          base_url: 'http://127.0.0.1:8787/v1',
          wire_api: 'responses',
          requires_openai_auth: true,
        },
      },
    });
    const made = parse(text(codex, { ...keyed, login: 'replace' }));
    expect(made).toMatchObject({
      model: 'gpt-x',
      model_provider: 'metaclaw',
      model_providers: {
        metaclaw: { requires_openai_auth: false, http_headers: { 'x-metaclaw-key': 'mc_abc' } },
      },
    });
  });

  test('its file', () => {
    expect(file(codex)).toBe('/home/ada/.codex/config.toml');
    expect(file(codex, { CODEX_HOME: '/c' })).toBe('/c/config.toml');
  });
});

describe.each([
  ['Claude Code', claude],
  ['Codex', codex],
])('what becomes of the login of %s is said as it is', (_, agent) => {
  const told = (target: Partial<ConnectTarget>): string => agent.advice({ ...here, ...target }).join(' ');

  test('without a key of ours it goes along where MetaClaw has none of its own', () => {
    expect(told({})).toContain('passed on where MetaClaw has no key of its own');
    expect(told({})).not.toContain('--upstream-key');
  });

  test('with one only where that key says so', () => {
    expect(told({ key: 'mc_abc' })).toContain('only where your key was made with --upstream-key caller');
    expect(told({ key: 'mc_abc' })).not.toContain('where MetaClaw has no key');
  });

  test('replaced, it is not needed where MetaClaw’s own key is shown', () => {
    expect(told({ login: 'replace' })).toMatch(/needs no login .* with its own key\./);
    expect(told({ login: 'replace', key: 'mc_abc' })).toContain(
      'unless yours was made with --upstream-key caller',
    );
  });
});

describe('opencode', () => {
  const provider = (model: string, apiKey: string) => ({
    npm: '@ai-sdk/openai-compatible',
    name: 'MetaClaw',
    options: { baseURL: 'http://127.0.0.1:8787/v1', apiKey },
    models: { [model]: { name: model } },
  });

  test('a provider with its model, chosen; a new file names its schema, as opencode would put it in', () => {
    expect(JSON.parse(text(opencode, here))).toEqual({
      $schema: 'https://opencode.ai/config.json',
      provider: { metaclaw: provider('metaclaw/current', 'metaclaw') },
      model: 'metaclaw/metaclaw/current',
    });
    expect(JSON.parse(text(opencode, keyed, '{"theme": "x"}'))).toEqual({
      theme: 'x',
      provider: { metaclaw: provider('gpt-x', 'mc_abc') },
      model: 'metaclaw/gpt-x',
    });
  });

  test('its files: of those that are there the one that wins', () => {
    const { candidates, fresh } = opencode.files({
      userFolder: '/home/ada',
      variables: { XDG_CONFIG_HOME: '/x' },
    });
    expect(candidates.map((path) => path.replace('/x/opencode/', ''))).toEqual([
      'opencode.jsonc',
      'opencode.json',
      'config.json',
    ]);
    expect(fresh).toBe('/x/opencode/opencode.json');
    expect(file(opencode)).toBe('/home/ada/.config/opencode/opencode.json');
  });
});

describe('OpenClaw', () => {
  const provider = {
    baseUrl: 'http://127.0.0.1:8787/v1',
    apiKey: 'metaclaw',
    api: 'openai-completions',
    models: [{ id: 'metaclaw/current', name: 'metaclaw/current' }],
  };

  test('a provider with its model as the default of all agents', () => {
    expect(json5.parse(text(openclaw, here))).toEqual({
      models: { providers: { metaclaw: provider } },
      agents: { defaults: { model: { primary: 'metaclaw/metaclaw/current' } } },
    });
  });

  test('a model that is a name stays one, and a list of models gets ours', () => {
    const present = '{ "agents": { "defaults": { "model": "a/b", "models": { "a/b": {} } } } } // mine';
    expect(json5.parse(text(openclaw, here, present))).toMatchObject({
      agents: {
        defaults: {
          model: 'metaclaw/metaclaw/current',
          models: { 'a/b': {}, 'metaclaw/metaclaw/current': {} },
        },
      },
    });
    const grouped = '{"agents": {"defaults": {"model": {"primary": "a/b", "fallbacks": ["c/d"]}}}}';
    expect(json5.parse(text(openclaw, here, grouped)).agents.defaults.model).toEqual({
      primary: 'metaclaw/metaclaw/current',
      fallbacks: ['c/d'],
    });
  });

  test('JSON5 beyond JSON with comments is not edited; what is neither is broken', () => {
    expect(() => text(openclaw, here, "{ gateway: { mode: 'local' } }")).toThrow(/JSON5 beyond JSON/);
    expect(() => text(openclaw, here, '{ gateway: ')).toThrow(/not valid JSON/);
  });

  test('its file', () => {
    expect(file(openclaw)).toBe('/home/ada/.openclaw/openclaw.json');
    expect(file(openclaw, { OPENCLAW_HOME: '/h' })).toBe('/h/.openclaw/openclaw.json');
    expect(file(openclaw, { OPENCLAW_STATE_DIR: '~/s', OPENCLAW_HOME: '/h' })).toBe('/h/s/openclaw.json');
    expect(file(openclaw, { OPENCLAW_CONFIG_PATH: '/p.json', OPENCLAW_STATE_DIR: '/s' })).toBe('/p.json');
  });
});

test('generic lines stand in a shell as they are', () => {
  const lines = genericLines({ ...here, model: "it's" });
  expect(lines).toContain(
    "export OPENAI_BASE_URL='http://127.0.0.1:8787/v1'\nexport OPENAI_API_KEY='metaclaw'\n",
  );
  expect(lines).toContain("export ANTHROPIC_BASE_URL='http://127.0.0.1:8787'\n");
  expect(lines).toContain(`'{"model":"it'\\''s","messages"`);
});
