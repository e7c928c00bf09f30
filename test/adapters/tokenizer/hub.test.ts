import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { mostFileBytes } from '../../../adapters/tokenizer/hub-file.ts';
import { openTokenizer } from '../../../adapters/tokenizer/open-tokenizer.ts';
import type { TokenizerSource } from '../../../adapters/tokenizer/options.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { fixtureFolder, noFetch } from './fixture.ts';

type Reply = () => Response | Promise<Response>;

const own = (name: string): string => readFileSync(join(fixtureFolder('chatml'), name), 'utf8');
const gives = (text: string) => (): Response => new Response(text);
const status =
  (code: number, headers: Record<string, string> = {}): Reply =>
  () =>
    new Response('no', { status: code, headers });

const good: Readonly<Record<string, Reply>> = {
  'tokenizer.json': gives(own('tokenizer.json')),
  'tokenizer_config.json': gives(own('tokenizer_config.json')),
};

/** A hub with one repository. It is asked for nothing else. */
function hub(
  files: Readonly<Record<string, Reply>> = good,
  base = 'https://huggingface.co/acme/tiny-1.5/resolve/main/',
) {
  const asked: { readonly name: string; readonly authorization: string | null }[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = String(input);
    if (!url.startsWith(base)) throw new Error(`${url} is not below ${base}`);
    const name = url.slice(base.length);
    asked.push({ name, authorization: new Headers(init?.headers).get('authorization') });
    init?.signal?.throwIfAborted();
    return files[name]?.() ?? new Response('Entry not found', { status: 404 });
  };
  return { fetch, asked };
}

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tokenizers-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const source = (cacheFolder: string, more: object = {}): TokenizerSource => ({
  kind: 'hub',
  repo: 'acme/tiny-1.5',
  cacheFolder,
  ...more,
});

async function failure(promise: Promise<unknown>): Promise<AppError> {
  const error = await promise.catch((thrown: unknown) => thrown);
  if (!(error instanceof AppError)) throw new Error(`no AppError but ${String(error)}`);
  expect(error.message).toMatch(/\.$/);
  return error;
}

describe('a tokenizer of the hub', () => {
  test('is fetched once and is there without the network from then on', async () => {
    const cacheFolder = join(emptyFolder(), 'new', 'folder');
    const { fetch, asked } = hub({
      ...good,
      'chat_template.jinja': gives('{{ messages[0].content }}<|im_end|>'),
    });
    const logger = createMemoryLogger();
    const first = await openTokenizer(source(cacheFolder), { fetch, logger });
    expect(asked.map(({ name }) => name)).toEqual([
      'tokenizer.json',
      'tokenizer_config.json',
      'chat_template.jinja',
      'generation_config.json',
    ]);
    expect(logger.of('tokenizer_fetched')).toMatchObject([
      { fields: { repo: 'acme/tiny-1.5', revision: 'main', files: 3 } },
    ]);
    const offline = await openTokenizer(source(cacheFolder), { fetch: noFetch, logger });
    expect(offline.hash).toBe(first.hash);
    expect(offline.decode(offline.renderPrompt([{ role: 'user', text: 'Hi' }], []))).toBe('Hi<|im_end|>');
    expect(readdirSync(cacheFolder)).toEqual(['acme%2Ftiny-1.5@main']);
  });

  test('is one for each revision', async () => {
    const cacheFolder = emptyFolder();
    const logger = createMemoryLogger();
    const { fetch } = hub(good, 'https://huggingface.co/acme/tiny-1.5/resolve/refs%2Fpr%2F1/');
    await openTokenizer(source(cacheFolder, { revision: 'refs/pr/1' }), { fetch, logger });
    await openTokenizer(source(cacheFolder), { fetch: hub().fetch, logger });
    expect(readdirSync(cacheFolder).sort()).toEqual([
      'acme%2Ftiny-1.5@main',
      'acme%2Ftiny-1.5@refs%2Fpr%2F1',
    ]);
  });

  test('is asked for with the token, where there is one', async () => {
    const logger = createMemoryLogger();
    const withToken = hub();
    await openTokenizer(source(emptyFolder(), { token: 'hf_secret' }), { ...withToken, logger });
    expect(new Set(withToken.asked.map(({ authorization }) => authorization))).toEqual(
      new Set(['Bearer hf_secret']),
    );
    const without = hub();
    await openTokenizer(source(emptyFolder(), { token: '' }), { ...without, logger });
    expect(new Set(without.asked.map(({ authorization }) => authorization))).toEqual(new Set([null]));
    expect(JSON.stringify(logger.entries)).not.toContain('hf_secret');
  });

  test('two who fetch at once share what came first', async () => {
    const cacheFolder = emptyFolder();
    const open = () =>
      openTokenizer(source(cacheFolder), { fetch: hub().fetch, logger: createMemoryLogger() });
    const [a, b] = await Promise.all([open(), open()]);
    expect(a.hash).toBe(b.hash);
    expect(readdirSync(cacheFolder)).toEqual(['acme%2Ftiny-1.5@main']);
  });

  test.each(['tiny', '../tiny', 'acme/..', 'acme/tiny/more', 'acme/ti ny', 'acme\\tiny', ''])(
    'no name of a model: %j',
    async (repo) => {
      const cacheFolder = emptyFolder();
      const deps = { fetch: noFetch, logger: createMemoryLogger() };
      expect((await failure(openTokenizer(source(cacheFolder, { repo }), deps))).code).toBe('config_invalid');
    },
  );

  test('no name of a revision', async () => {
    const deps = { fetch: noFetch, logger: createMemoryLogger() };
    const error = await failure(openTokenizer(source(emptyFolder(), { revision: '../x' }), deps));
    expect(error.code).toBe('config_invalid');
  });
});

describe('a fetch that fails leaves nothing', () => {
  const tooLarge: Reply = () => {
    const piece = new Uint8Array(mostFileBytes / 4);
    let left = 4;
    return new Response(
      new ReadableStream({
        pull(controller) {
          controller.enqueue(left > 0 ? piece : Uint8Array.of(0));
          if (left === 0) controller.close();
          left -= 1;
        },
      }),
    );
  };
  const brokenOff: Reply = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{"model'));
          controller.error(Object.assign(new Error('gone'), { code: 'ECONNRESET' }));
        },
      }),
    );
  const down: Reply = () =>
    Promise.reject(
      new TypeError('fetch failed', {
        cause: Object.assign(new Error('unknown host'), { code: 'ENOTFOUND' }),
      }),
    );

  test.each<[string, string, Reply, Partial<AppError>, RegExp]>([
    ['gated', 'tokenizer.json', status(401), { code: 'auth_failed' }, /set the token/],
    ['forbidden', 'tokenizer_config.json', status(403), { code: 'auth_failed' }, /set the token/],
    [
      'missing',
      'tokenizer.json',
      status(404),
      { code: 'not_found' },
      /acme\/tiny-1\.5 has no tokenizer\.json at main/,
    ],
    [
      'busy',
      'tokenizer.json',
      status(429, { 'retry-after': '7' }),
      { code: 'rate_limited', retryable: true, retryAfterMs: 7_000 },
      /wait/,
    ],
    ['broken', 'chat_template.jinja', status(503), { code: 'peer_failed', retryable: true }, /503/],
    ['refused', 'tokenizer.json', status(400), { code: 'refused_by_peer', retryable: false }, /revision/],
    ['no JSON', 'tokenizer_config.json', gives('<html>{}'), { code: 'bad_reply' }, /no JSON/],
    [
      'half a file',
      'tokenizer.json',
      gives(own('tokenizer.json').slice(0, 999)),
      { code: 'bad_reply' },
      /no JSON/,
    ],
    ['too large', 'tokenizer.json', tooLarge, { code: 'bad_reply' }, /more than 100 MB/],
    ['broken off', 'generation_config.json', brokenOff, { code: 'network', retryable: true }, /ECONNRESET/],
    ['no network', 'tokenizer.json', down, { code: 'network', retryable: true }, /ENOTFOUND/],
  ])('%s', async (_, name, reply, expected, message) => {
    const cacheFolder = emptyFolder();
    const { fetch } = hub({ ...good, [name]: reply });
    const error = await failure(openTokenizer(source(cacheFolder), { fetch, logger: createMemoryLogger() }));
    expect(error).toMatchObject(expected);
    expect(error.message).toMatch(message);
    expect(readdirSync(cacheFolder)).toEqual([]);
    // The next time nothing stands in its way.
    await openTokenizer(source(cacheFolder), { fetch: hub().fetch, logger: createMemoryLogger() });
  });

  test('stopped', async () => {
    const cacheFolder = emptyFolder();
    const deps = { fetch: hub().fetch, logger: createMemoryLogger(), signal: AbortSignal.abort() };
    expect((await failure(openTokenizer(source(cacheFolder), deps))).code).toBe('aborted');
    expect(readdirSync(cacheFolder)).toEqual([]);
  });

  test('a folder that cannot be made', async () => {
    const place = join(emptyFolder(), 'file');
    writeFileSync(place, '');
    const deps = { fetch: hub().fetch, logger: createMemoryLogger() };
    expect(await failure(openTokenizer(source(place), deps))).toMatchObject({
      code: 'storage_failed',
      message: expect.stringContaining('EEXIST'),
    });
  });

  test('what a killed process left half fetched is not taken', async () => {
    const cacheFolder = emptyFolder();
    const left = join(cacheFolder, '.fetching-abc');
    mkdirSync(left);
    writeFileSync(join(left, 'tokenizer.json'), '{');
    await openTokenizer(source(cacheFolder), { fetch: hub().fetch, logger: createMemoryLogger() });
    expect(readdirSync(cacheFolder)).toContain('acme%2Ftiny-1.5@main');
  });
});
