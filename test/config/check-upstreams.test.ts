import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOwnAddress } from '../../config/check-upstreams.ts';
import { unusedSecrets } from '../../config/unused-secrets.ts';
import { mustFail, mustLoad } from './settings-folder.ts';

interface Upstream {
  readonly name?: string;
  readonly dialects?: readonly string[];
  readonly baseUrl?: string;
  readonly models?: readonly string[];
  readonly renames?: Readonly<Record<string, string>>;
}

const one = { name: 'azure', dialects: ['openai-chat'], baseUrl: 'https://azure.example/v1' };
const two = { name: 'local', dialects: ['anthropic'], baseUrl: 'http://127.0.0.1:11434/v1' };

const yamlOf = (...upstreams: readonly Upstream[]): string => `proxy: ${JSON.stringify({ upstreams })}\n`;

function problemsOf(yaml: string, variables: Record<string, string> = {}) {
  return mustFail({ yaml, variables }).map(({ path, message }) => [path, message] as const);
}

describe('upstreams', () => {
  test('that can be are taken, with what goes without saying', () => {
    const { upstreams } = mustLoad({ yaml: yamlOf(one, { ...two, renames: { fast: 'qwen3' } }) }).settings
      .proxy;
    expect(upstreams).toEqual([
      { ...one, models: ['*'], renames: {} },
      { ...two, models: ['*'], renames: { fast: 'qwen3' } },
    ]);
  });

  test.each<readonly [Upstream, field: string, words: RegExp]>([
    [{ ...two, name: 'azure' }, 'name', /another upstream, “azure”/],
    [{ ...one }, 'name', /another upstream/],
    [{ ...two, dialects: [] }, 'dialects', /^is empty.*openai-chat, openai-responses or anthropic/],
    [{ ...two, models: [] }, 'models', /^is empty, so it is never asked/],
    [{ ...two, baseUrl: 'http://hush@10.0.0.1/v1' }, 'baseUrl', /password.*METACLAW_UPSTREAM_KEYS/],
    [{ ...two, baseUrl: 'http://10.0.0.1/v1#hush' }, 'baseUrl', /a # in it/],
    [{ ...two, baseUrl: 'http://localhost:8787/v1' }, 'baseUrl', /^is the address of this bot itself/],
  ])('%j is told, with its field', (second, field, words) => {
    const problems = problemsOf(yamlOf(one, second));
    expect(problems).toEqual([[`proxy.upstreams.1.${field}`, expect.stringMatching(words)]]);
    expect(JSON.stringify(problems)).not.toContain('hush');
  });

  test('one that has only renames serves these', () => {
    mustLoad({ yaml: yamlOf({ ...one, models: [], renames: { a: 'b' } }) });
  });

  test('a problem is told with its place, in the file or in the variable', () => {
    const wrong = { ...two, dialects: [] };
    const inFile = mustFail({ yaml: `proxy:\n  upstreams:\n    - ${JSON.stringify(wrong)}\n` });
    expect(inFile.map(({ where }) => where)).toEqual([expect.stringMatching(/^metaclaw\.yaml:3:\d+$/)]);
    const asVariable = mustFail({ variables: { METACLAW_PROXY_UPSTREAMS: JSON.stringify([wrong]) } });
    expect(asVariable.map(({ where }) => where)).toEqual(['METACLAW_PROXY_UPSTREAMS in the environment']);
  });

  test('a key in one belongs elsewhere, and is not shown', () => {
    const withKey = { ...one, apiKey: 'hush-hush' };
    const [inFile, ...others] = mustFail({ yaml: yamlOf(withKey) });
    expect(others).toEqual([]);
    expect(inFile).toMatchObject({ path: 'proxy.upstreams.0.apiKey' });
    expect(inFile?.where).toMatch(/^metaclaw\.yaml:1:\d+$/);
    const [asVariable] = mustFail({ variables: { METACLAW_PROXY_UPSTREAMS: JSON.stringify([withKey]) } });
    expect(asVariable?.where).toBe('METACLAW_PROXY_UPSTREAMS in the environment');
    for (const problem of [inFile, asVariable]) {
      expect(problem?.message).toContain('METACLAW_UPSTREAM_KEYS');
      expect(JSON.stringify(problem)).not.toContain('hush');
    }
  });

  test.each([`https://azure.example/v1?key=sk-${'a1'.repeat(16)}`, 'https://ada:hush-hush@azure.example/v1'])(
    'what looks like a credential is refused inside a list of groups as well, once: %s',
    (baseUrl) => {
      const problems = mustFail({ yaml: yamlOf({ ...one, baseUrl }) });
      expect(problems.map(({ path }) => path)).toEqual(['proxy.upstreams.0.baseUrl']);
      expect(JSON.stringify(problems)).not.toMatch(/a1a1|hush/);
    },
  );

  test('a user name with a password is refused in the variable, too', () => {
    const upstreams = JSON.stringify([{ ...one, baseUrl: 'https://ada:hush@azure.example/v1' }]);
    const problems = problemsOf('', { METACLAW_PROXY_UPSTREAMS: upstreams });
    expect(problems).toEqual([['proxy.upstreams.0.baseUrl', expect.stringContaining('azure=key')]]);
  });
});

describe('METACLAW_PROXY_UPSTREAMS', () => {
  const given = (text: string) => ({ variables: { METACLAW_PROXY_UPSTREAMS: text } });

  test('is JSON', () => {
    expect(mustLoad(given(JSON.stringify([one]))).settings.proxy.upstreams).toMatchObject([one]);
    expect(mustLoad(given('[]')).settings.proxy.upstreams).toEqual([]);
  });

  test('stands in .env in single quotation marks', () => {
    const dotEnv = `METACLAW_PROXY_UPSTREAMS='${JSON.stringify([one, two])}'\n`;
    expect(mustLoad({ dotEnv }).settings.proxy.upstreams).toMatchObject([one, two]);
  });

  test.each(['[{"name": "hush"', '[hush', 'hush, hush', '{"name":"hush"}'])('%s is refused', (text) => {
    const problems = mustFail(given(text));
    expect(problems[0]?.path).toMatch(/^proxy\.upstreams/);
    expect(problems[0]?.where).toBe('METACLAW_PROXY_UPSTREAMS in the environment');
    expect(JSON.stringify(problems)).not.toContain('hush');
  });
});

describe('METACLAW_UPSTREAM_KEYS', () => {
  const yaml = yamlOf(one, two);
  const keys = (text: string) => ({ METACLAW_UPSTREAM_KEYS: text });

  test.each(['azure=a', 'azure = a , local= b=', 'local=c=='])('%s is well formed', (text) => {
    mustLoad({ yaml, variables: keys(text) });
  });

  test.each([
    ['hush', /^is not name=key .*pair 1 of 1/],
    ['azure=hush,', /pair 2 of 2/],
    ['azure=', /pair 1 of 1/],
    ['=hush', /pair 1 of 1/],
    ['azure=hush hush', /pair 1 of 1 .*without blanks/],
    ['azure=a,hush-name=hush', /not there, in pair 2 of 2\. proxy\.upstreams names azure, local\./],
    ['hush==', /not there, in pair 1 of 1/],
    ['azure=hush,azure=hush2', /two keys for “azure”/],
  ])('%s is not, and nothing of it is shown', (text, words) => {
    const problems = problemsOf(yaml, keys(text));
    expect(problems).toEqual([['METACLAW_UPSTREAM_KEYS', expect.stringMatching(words)]]);
    expect(JSON.stringify(problems)).not.toContain('hush');
  });

  test('a character that no key has is told once', () => {
    expect(problemsOf(yaml, keys('azure=…,')).map(([path]) => path)).toEqual(['METACLAW_UPSTREAM_KEYS']);
  });

  test('no complaint ever shows a key', () => {
    const items = fc.array(fc.oneof(fc.constantFrom('azure=', 'local=', '=', ',', ' '), fc.constant('hush')));
    fc.assert(
      fc.property(items, (parts) => {
        const text = parts.join('');
        const variables = keys(text);
        if (text.trim() === '') return;
        try {
          mustLoad({ yaml, variables });
        } catch (error) {
          expect(String(error)).not.toContain('hush');
        }
      }),
    );
  });
});

describe('secrets that nothing uses', () => {
  const both = { ANTHROPIC_API_KEY: 'a', METACLAW_UPSTREAM_KEYS: 'azure=b' };

  test('while the proxy is off: both, and they are not looked at', () => {
    const off = mustLoad({
      yaml: `proxy: ${JSON.stringify({ enabled: false, upstreams: [one] })}`,
      variables: { ...both, METACLAW_UPSTREAM_KEYS: 'x' },
    });
    expect(unusedSecrets(off)).toEqual([
      'The proxy is off: ANTHROPIC_API_KEY is set, but proxy.enabled is false.',
      'The proxy is off: METACLAW_UPSTREAM_KEYS is set, but proxy.enabled is false.',
    ]);
  });

  test('without upstreams: those for upstreams; with some: the other', () => {
    expect(unusedSecrets(mustLoad({ variables: both }))).toEqual([
      expect.stringMatching(/METACLAW_UPSTREAM_KEYS is set, but proxy\.upstreams is not\.$/),
    ]);
    expect(unusedSecrets(mustLoad({ yaml: yamlOf(one), variables: both }))).toEqual([
      expect.stringMatching(/ANTHROPIC_API_KEY is set, but not used.*METACLAW_UPSTREAM_KEYS\.$/),
    ]);
  });
});

describe('our own address', () => {
  const at = (host: string, port = 8787, publicUrl = '') => ({ host, port, publicUrl, maxBodyBytes: 1 });

  test.each([
    ['http://127.0.0.1:8787/v1', at('127.0.0.1')],
    ['http://localhost:8787', at('127.0.0.1')],
    ['http://LOCALHOST:8787/', at('::1')],
    ['http://[::1]:8787/v1', at('localhost')],
    ['http://[::1]:8787/v1', at('[::1]')],
    ['http://127.0.0.9:8787/v1', at('0.0.0.0')],
    ['http://0.0.0.0:8787/v1', at('0.0.0.0')],
    ['http://localhost:8787/v1', at('::')],
    ['http://0.0.0.0:8787/v1', at('::')],
    ['http://192.168.1.4:8787/v1', at('192.168.1.4')],
    ['http://127.0.0.1/v1', at('127.0.0.1', 80)],
    ['https://127.0.0.1/v1', at('127.0.0.1', 443)],
    ['https://bot.example.org/v1', at('127.0.0.1', 8787, 'https://bot.example.org')],
    ['https://bot.example.org:443/v1', at('127.0.0.1', 8787, 'https://BOT.example.org/')],
  ])('%s is that of %j', (address, http) => {
    expect(isOwnAddress(address, http)).toBe(true);
  });

  test.each([
    ['http://127.0.0.1:11434/v1', at('127.0.0.1')],
    ['http://127.0.0.2:8787/v1', at('127.0.0.1')],
    ['http://[::1]:8787/v1', at('127.0.0.1')],
    ['http://127.0.0.9:8787/v1', at('localhost')],
    ['http://192.168.1.5:8787/v1', at('192.168.1.4')],
    ['http://10.0.0.1:8787/v1', at('0.0.0.0')],
    ['http://127.0.0.1:0/v1', at('127.0.0.1', 8787)],
    ['https://other.example.org/v1', at('127.0.0.1', 8787, 'https://bot.example.org')],
    ['http://bot.example.org/v1', at('127.0.0.1', 8787, 'https://bot.example.org')],
    ['nonsense', at('127.0.0.1')],
  ])('%s is not that of %j', (address, http) => {
    expect(isOwnAddress(address, http)).toBe(false);
  });

  test('is no model server for anything that the bot asks itself', () => {
    const own = 'http://127.0.0.1:8787/v1';
    const yaml = ['judge', 'evolver', 'gate', 'embeddings']
      .map((name) => `${name}: {baseUrl: "${own}", model: m}\n`)
      .join('');
    const variables = { OPENAI_BASE_URL: own, OPENAI_MODEL: 'm' };
    const problems = problemsOf(yaml, variables).filter(([, message]) => message.includes('this bot itself'));
    expect(problems.map(([path]) => path)).toEqual([
      'OPENAI_BASE_URL',
      'judge.baseUrl',
      'evolver.baseUrl',
      'gate.baseUrl',
      'embeddings.baseUrl',
    ]);
    mustLoad({ variables: { ...variables, METACLAW_PORT: '8788' } });
  });
});
