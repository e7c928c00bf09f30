import { createServer } from 'node:http';
import { PassThrough } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { CommandIo } from '../../../config/cli/command-io.ts';
import { runProgram } from '../../../config/cli/program.ts';
import { temporaryFolder } from '../settings-folder.ts';

type Asked = readonly [url: string, headers: Headers, redirect: string | undefined];

interface Machine {
  readonly asked: readonly Asked[];
  run(line: string): Promise<string>;
  /** `state: message` of each finding about the proxy. */
  look(): Promise<readonly string[]>;
}

const nobody = (): Promise<Response> => Promise.reject(new TypeError('nothing is reachable in this test'));

function machine(
  variables: Readonly<Record<string, string>> = {},
  answer: (url: string) => Response | Promise<Response> = nobody,
  fetcher?: typeof globalThis.fetch,
): Machine {
  const asked: Asked[] = [];
  const workingFolder = temporaryFolder();
  async function run(line: string): Promise<string> {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const io: CommandIo = {
      stdin: new PassThrough().end(),
      stdout,
      stderr,
      variables: { METACLAW_PORT: '0', METACLAW_MODEL_DISCOVER: 'false', ...variables },
      workingFolder,
      processId: process.pid,
      nodeVersion: '24.0.0',
      personName: 'ada',
      async fetch(url, init) {
        asked.push([String(url), new Headers(init?.headers), init?.redirect]);
        return fetcher === undefined ? answer(String(url)) : fetcher(url, init);
      },
    };
    await runProgram(['node', 'metaclaw', ...line.split(' ')], io);
    return String(stdout.read() ?? '');
  }
  return {
    asked,
    run,
    async look() {
      const out = await run('doctor --json');
      expect(out).not.toContain('hush');
      const { findings }: { findings: readonly Record<'check' | 'state' | 'message', string>[] } =
        JSON.parse(out);
      return findings
        .filter(({ check }) => check === 'proxy')
        .map(({ state, message }) => `${state}: ${message}`);
    },
  };
}

const upstreams = (...more: readonly object[]) => ({
  METACLAW_PROXY_UPSTREAMS: JSON.stringify([
    {
      name: 'azure',
      dialects: ['openai-chat', 'openai-responses'],
      baseUrl: 'https://azure.example/v1/?v=2',
    },
    { name: 'claude', dialects: ['anthropic'], baseUrl: 'https://claude.example/v1' },
    ...more,
  ]),
});

const keyless = 'ok: 0 keys of agents, 0 keys of administrators; programs on this machine need none';

describe('as it comes', () => {
  test('names both servers and asks nobody, as there is no key to show', async () => {
    const { look, asked } = machine();
    expect(await look()).toEqual([
      keyless,
      'ok: “anthropic” at https://api.anthropic.com/v1 speaks anthropic and is shown the key that the caller sends',
      'ok: “openai” at https://api.openai.com/v1 speaks openai-chat, openai-responses and is shown the key that the caller sends',
    ]);
    expect(asked).toEqual([]);
  });

  test('asks the one that it has a key for; the server of the model is asked for the model', async () => {
    const { look, asked } = machine(
      { ANTHROPIC_API_KEY: 'hush', OPENAI_API_KEY: 'hush-too', OPENAI_MODEL: 'gpt-5' },
      () => Response.json({ data: [{ id: 'gpt-5' }] }),
    );
    expect((await look()).slice(1)).toEqual([
      expect.stringMatching(/^ok: “anthropic” .* is shown the operator’s key; it can be reached$/),
      expect.stringMatching(
        /^ok: “openai” at https:\/\/api\.openai\.com\/v1 .* is shown the operator’s key$/,
      ),
    ]);
    const toAnthropic = asked.filter(([url]) => url === 'https://api.anthropic.com/v1/models');
    expect(toAnthropic.map(([, headers]) => headers.get('x-api-key'))).toEqual(['hush']);
    expect(asked.filter(([url]) => url === 'https://api.openai.com/v1/models')).toHaveLength(1);
  });

  test('shows no key to what was found on this machine, and OpenAI’s name stays OpenAI’s', async () => {
    const variables = { METACLAW_MODEL_DISCOVER: 'true' };
    const list = { object: 'list', data: [{ id: 'qwen3:8b' }] };
    const { look } = machine(variables, async (url) =>
      url.startsWith('http://127.0.0.1:11434/') ? Response.json(list) : await nobody(),
    );
    expect(await look()).toEqual([
      keyless,
      'ok: “local” at http://127.0.0.1:11434/v1 speaks openai-chat, openai-responses and is shown no key',
      expect.stringContaining('“anthropic” at https://api.anthropic.com/v1'),
      expect.stringContaining('“openai” at https://api.openai.com/v1'),
    ]);
  });

  test('is off where it is off', async () => {
    expect(await machine({ METACLAW_PROXY_ENABLED: 'false' }).look()).toEqual(['ok: is off (proxy.enabled)']);
  });
});

describe('with upstreams of the settings', () => {
  test('each is asked once, with its own key or none, and no redirect is followed', async () => {
    const { look, asked } = machine({ ...upstreams(), METACLAW_UPSTREAM_KEYS: 'azure=hush' }, () =>
      Response.json({}, { status: 401 }),
    );
    expect(await look()).toEqual([
      keyless,
      'warning: “azure” at https://azure.example/v1 speaks openai-chat, openai-responses and is shown the operator’s key, but does not let it see its models. Is the one in METACLAW_UPSTREAM_KEYS right?',
      'ok: “claude” at https://claude.example/v1 speaks anthropic and is shown the key that the caller sends; it can be reached',
    ]);
    expect(asked.map(([url, , redirect]) => [url, redirect])).toEqual([
      ['https://azure.example/v1/models?v=2', 'manual'],
      ['https://claude.example/v1/models', 'manual'],
    ]);
    expect(asked.map(([, headers]) => [headers.get('authorization'), headers.get('x-api-key')])).toEqual([
      ['Bearer hush', null],
      [null, null],
    ]);
  });

  test.each([
    [200, /^ok: .*; it can be reached$/],
    [404, /^ok: .*; it can be reached$/],
    [405, /^ok: .*; it can be reached$/],
    [403, /^ok: .*; it can be reached$/],
    [503, /^warning: .*, but answers with 503 when asked for its models\.$/],
    [308, /^warning: .*, but leads elsewhere \(308\)\. Set its baseUrl/],
  ])('one that answers with %i', async (status, words) => {
    const [, azure, claude] = await machine(upstreams(), () => new Response(null, { status })).look();
    expect([azure, claude]).toEqual([expect.stringMatching(words), expect.stringMatching(words)]);
  });

  test('one that does not answer was not asked', async () => {
    const [, azure] = await machine(upstreams()).look();
    expect(azure).toMatch(/^unasked: “azure” .*, but azure\.example does not answer\./);
  });

  test('one that never ends its answer holds nothing up', async () => {
    const server = createServer((_, outgoing) => void outgoing.writeHead(200).write('{'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const bound = server.address();
    const port = typeof bound === 'object' ? bound?.port : 0;
    const own = { name: 'own', dialects: ['openai-chat'], baseUrl: `http://127.0.0.1:${port}` };
    const variables = { METACLAW_PROXY_UPSTREAMS: JSON.stringify([own]) };
    const [, found] = await machine(variables, nobody, globalThis.fetch).look();
    expect(found).toMatch(/^ok: “own” at http:\/\/127\.0\.0\.1:\d+ speaks openai-chat .*can be reached$/);
  });
});

describe('keys', () => {
  test('in use are counted', async () => {
    const { run, look } = machine();
    await run('key create builder');
    await run('key create writer');
    await run('key create gone');
    await run('key revoke gone');
    await run('key create ops --admin');
    expect((await look())[0]).toBe(
      'ok: 2 keys of agents, 1 key of administrators; programs on this machine need none',
    );
  });

  test('behind a public address are asked of everybody', async () => {
    const { run, look } = machine({ METACLAW_HTTP_PUBLIC_URL: 'https://bot.example.org' });
    expect((await look())[0]).toMatch(/^warning: every request needs a key, .*metaclaw key create/);
    await run('key create builder');
    expect((await look())[0]).toBe('ok: 1 key of agents, 0 keys of administrators; every request needs one');
  });

  test('must be there before others reach it', async () => {
    const { run, look } = machine({
      METACLAW_HTTP_HOST: '0.0.0.0',
      METACLAW_WEB_PASSWORD: 'a long pass phrase',
    });
    expect((await look())[0]).toMatch(/^problem: http\.host \(environment\) opens the proxy/);
    await run('key create builder');
    expect((await look())[0]).toMatch(/^ok: 1 key of agents/);
  });
});
