import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import json5 from 'json5';
import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import type { CommandIo } from '../../../config/cli/command-io.ts';
import { type ConnectOptions, runConnect } from '../../../config/cli/connect-command.ts';
import { temporaryFolder } from '../settings-folder.ts';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Machine {
  readonly home: string;
  run(options: Pick<ConnectOptions, 'client'> & Partial<ConnectOptions>): Promise<Ran>;
  /** A file below the account's home. */
  path(name: string): string;
  put(name: string, text: string): void;
  read(name: string): string;
  backup(client: string): string;
}

function machine(yaml = '', variables: Readonly<Record<string, string>> = {}): Machine {
  const workingFolder = temporaryFolder();
  const home = join(workingFolder, 'ada');
  mkdirSync(home);
  writeFileSync(join(workingFolder, 'metaclaw.yaml'), `home: ./data\n${yaml}`);
  const path = (name: string): string => join(home, name);
  return {
    home,
    path,
    async run(options) {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const io: CommandIo = {
        stdin: new PassThrough().end(),
        stdout,
        stderr,
        variables: { HOME: home, ...variables },
        workingFolder,
        processId: process.pid,
        nodeVersion: '24.0.0',
        fetch: () => Promise.reject(new TypeError('nothing is asked in this test')),
        personName: 'ada',
      };
      const code = await runConnect(io, { write: false, undo: false, json: false, ...options });
      return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
    },
    put(name, text) {
      mkdirSync(dirname(path(name)), { recursive: true });
      writeFileSync(path(name), text);
    },
    read: (name) => readFileSync(path(name), 'utf8'),
    backup: (client) => join(workingFolder, 'data', 'connect', `${client}.json`),
  };
}

const CLAUDE = '.claude/settings.json';
const CODEX = '.codex/config.toml';
const OPENCLAW = '.openclaw/openclaw.json';
const write = { write: true } as const;
const undo = { undo: true } as const;

describe('metaclaw connect, without --write', () => {
  test('prints the setting and what to do with it, and touches nothing', async () => {
    const { run, path, backup } = machine();
    const { code, out, err } = await run({ client: 'codex' });
    expect(code).toBe(0);
    expect(parse(out)).toMatchObject({
      model_provider: 'metaclaw',
      model_providers: { metaclaw: { base_url: 'http://127.0.0.1:8787/v1' } },
    });
    expect(err).toContain(`This goes into ${path(CODEX)}, which is not there yet.`);
    expect(err).toContain('metaclaw connect codex --write');
    expect([existsSync(path('.codex')), existsSync(backup('codex'))]).toEqual([false, false]);
  });

  test('a key is shown in part where --write takes it, whole where lines are to be pasted, and never to programs', async () => {
    const { run } = machine();
    for (const client of ['claude', 'codex', 'opencode', 'openclaw', 'generic'] as const) {
      const { code, out, err } = await run({ client, key: 'mc_secretsecretWXYZ' });
      expect(code).toBe(0);
      if (client === 'generic') {
        expect(out).toContain("export OPENAI_API_KEY='mc_secretsecretWXYZ'");
        expect(err).toBe('');
      } else {
        expect(out).toContain('mc_…WXYZ');
        expect(out + err).not.toContain('secretsecret');
      }
      const { out: json } = await run({ client, key: 'mc_secretsecretWXYZ', json: true });
      expect(JSON.parse(json)).toMatchObject({
        ok: true,
        client,
        address: 'http://127.0.0.1:8787',
        written: false,
      });
      expect(json).not.toContain('secretsecret');
    }
  });

  test.each([
    ['http:\n  port: 9000\n', {}, 'http://127.0.0.1:9000'],
    ['http:\n  host: "::1"\n', {}, 'http://[::1]:8787'],
    ['', { address: 'http://localhost:1/v1/' }, 'http://localhost:1'],
    ['', { address: 'https://bot.example.org/metaclaw/', key: 'mc_abc' }, 'https://bot.example.org/metaclaw'],
    ['http:\n  publicUrl: https://bot.example.org\n', { key: 'mc_abc' }, 'http://127.0.0.1:8787'],
  ])('the address by %j and %j', async (yaml, words, address) => {
    const { out } = await machine(yaml).run({ client: 'generic', json: true, ...words });
    expect(JSON.parse(out)).toMatchObject({ address });
  });

  test('the address of the bot that runs on this data folder, on every address or one', async () => {
    const { run, put } = machine('http:\n  port: 0\n');
    put('../data/control.token', 'token\n');
    put('../data/metaclaw.db.holder.json', JSON.stringify({ pid: 1, address: 'http://0.0.0.0:4321' }));
    const { out } = await run({ client: 'generic', json: true });
    expect(JSON.parse(out)).toMatchObject({ address: 'http://127.0.0.1:4321' });
  });

  test.each([
    ['', { address: 'bot.example.org' }, 'expects an http or https address'],
    ['', { address: 'http://x/?a=1' }, 'expects the address alone'],
    ['', { address: 'https://bot.example.org' }, 'asks for a key'],
    ['http:\n  publicUrl: https://bot.example.org\n', {}, 'asks for a key'],
    ['http:\n  port: 0\n', {}, 'Start it first'],
    ['', { key: 'sk-123' }, 'expects a key of MetaClaw'],
    ['', { key: 'mc_a\nx: y' }, 'expects a key of MetaClaw'],
    ['', { key: 'mca_abc' }, 'admin key'],
    ['', { model: 'a b' }, '--model expects'],
    ['', { write: true, undo: true }, 'Choose one'],
    ['', { client: 'generic', write: true }, 'no settings file'],
    ['', { client: 'generic', undo: true }, 'nothing to undo'],
  ] as const)('by %j, %j is wrong usage: %s', async (yaml, words, message) => {
    const { run, path } = machine(yaml);
    const { code, out, err } = await run({ client: 'claude', ...words });
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
    expect(existsSync(path('.claude'))).toBe(false);
  });
});

describe('metaclaw connect --write and --undo', () => {
  const before = '{\n  // mine\n  "env": { "A": "1" }, // env\n  "theme": "dark"\n}\n';

  test('writes beside what is there, keeps the text from before, and brings it back', async () => {
    const { run, put, read, backup } = machine();
    put(CLAUDE, before);
    const { code, out, err } = await run({ client: 'claude', key: 'mc_secretsecret', ...write });
    expect(code).toBe(0);
    expect(json5.parse(read(CLAUDE))).toEqual({
      env: {
        A: '1',
        ANTHROPIC_BASE_URL: 'http://127.0.0.1:8787',
        ANTHROPIC_CUSTOM_HEADERS: 'x-metaclaw-key: mc_secretsecret',
      },
      theme: 'dark',
    });
    expect(read(CLAUDE)).toContain('// mine');
    expect(out + err).not.toContain('secretsecret');
    expect(err).toContain('metaclaw connect claude --undo');
    expect(JSON.parse(readFileSync(backup('claude'), 'utf8'))).toMatchObject({ previous: before });
    expect(statSync(backup('claude')).mode & 0o777).toBe(0o600);

    expect(await run({ client: 'claude', ...undo })).toMatchObject({ code: 0 });
    expect([read(CLAUDE), existsSync(backup('claude'))]).toEqual([before, false]);
    const again = await run({ client: 'claude', ...undo });
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('Nothing to take back')]);
  });

  test('a file that was made is for its owner only, and goes again', async () => {
    const { run, path } = machine();
    await run({ client: 'codex', ...write });
    expect(statSync(path(CODEX)).mode & 0o777).toBe(0o600);
    expect((await run({ client: 'codex', ...undo, json: true })).out).toContain('"undone":"removed"');
    expect(existsSync(path(CODEX))).toBe(false);
  });

  describe('a file that others can read', () => {
    const modeOf = (path: string): number => statSync(path).mode & 0o777;
    const key = 'mc_secretsecret';
    const open = (...names: readonly string[]): Machine => {
      const made = machine();
      made.put(CLAUDE, before);
      for (const name of [CLAUDE, ...names]) chmodSync(made.path(name), 0o664);
      return made;
    };

    test('is closed to them before it holds a key, which is said, and opened again with --undo', async () => {
      const { run, path, read } = open();
      const { err } = await run({ client: 'claude', key, ...write });
      expect([modeOf(path(CLAUDE)), err]).toEqual([0o600, expect.stringContaining('no longer read it')]);
      // Another key in a file that is closed already: it is opened as it was all the same.
      const again = await run({ client: 'claude', key: 'mc_another', ...write });
      expect(again.err).not.toContain('no longer read it');
      await run({ client: 'claude', ...undo });
      expect([modeOf(path(CLAUDE)), read(CLAUDE)]).toEqual([0o664, before]);
    });

    test('stays open where it holds no key', async () => {
      const { run, path } = open();
      const { out } = await run({ client: 'claude', json: true, ...write });
      expect([modeOf(path(CLAUDE)), JSON.parse(out)]).toMatchObject([0o664, { closed: false }]);
    });

    test('is closed also where it held the key already', async () => {
      const { run, path } = open();
      await run({ client: 'claude', key, ...write });
      chmodSync(path(CLAUDE), 0o644);
      const { out } = await run({ client: 'claude', key, json: true, ...write });
      expect([modeOf(path(CLAUDE)), JSON.parse(out)]).toMatchObject([0o600, { closed: true }]);
      await run({ client: 'claude', ...undo });
      expect(modeOf(path(CLAUDE))).toBe(0o644);
    });

    test('and was given another mode since keeps that', async () => {
      const { run, path } = open();
      await run({ client: 'claude', key, ...write });
      chmodSync(path(CLAUDE), 0o640);
      await run({ client: 'claude', ...undo });
      expect(modeOf(path(CLAUDE))).toBe(0o640);
    });
  });

  test('a file that was made, and has nothing else in it but blanks since, goes too', async () => {
    const { run, put, read, path } = machine();
    await run({ client: 'codex', ...write });
    put(CODEX, `${read(CODEX)}\n\n`);
    await run({ client: 'codex', ...undo });
    expect(existsSync(path(CODEX))).toBe(false);
  });

  test('what cannot be written leaves no backup behind', async () => {
    const { run, put, path, backup } = machine();
    put('.claude', 'a file where the folder should be');
    const { code, err } = await run({ client: 'claude', ...write });
    expect([code, existsSync(backup('claude'))]).toEqual([1, false]);
    expect(err).toContain(`${path(CLAUDE)} cannot be written`);
  });

  test('twice is once, and other words take the place of the first; the first text is kept', async () => {
    const { run, put, read } = machine();
    put(CODEX, 'model_provider = "openai" # mine\n');
    await run({ client: 'codex', ...write });
    const once = read(CODEX);
    const again = await run({ client: 'codex', ...write });
    expect([again.code, read(CODEX)]).toEqual([0, once]);
    expect(again.out).toContain('says all of this already');
    await run({ client: 'codex', ...write, model: 'm', key: 'mc_new' });
    await run({ client: 'codex', ...write, address: 'http://localhost:1' });
    expect(parse(read(CODEX))).toEqual({
      model_provider: 'metaclaw',
      model_providers: { metaclaw: expect.objectContaining({ base_url: 'http://localhost:1/v1' }) },
    });
    await run({ client: 'codex', ...undo });
    expect(read(CODEX)).toBe('model_provider = "openai" # mine\n');
  });

  test('what somebody changed since stays, also where it was written over again', async () => {
    const { run, put, read, backup } = machine();
    put(CLAUDE, before);
    await run({ client: 'claude', ...write });
    put(CLAUDE, read(CLAUDE).replace('"dark"', '"light"'));
    await run({ client: 'claude', ...write });
    for (const address of ['http://localhost:1', 'http://localhost:2']) {
      await run({ client: 'claude', ...write, address });
      expect(json5.parse(read(CLAUDE))).toMatchObject({
        theme: 'light',
        env: { ANTHROPIC_BASE_URL: address },
      });
    }
    expect(JSON.parse(readFileSync(backup('claude'), 'utf8'))).toMatchObject({ previous: before });
    expect((await run({ client: 'claude', ...undo, json: true })).out).toContain('"undone":"taken_out"');
    expect(read(CLAUDE)).toBe(before.replace('"dark"', '"light"'));
  });

  test('a file that the client wrote anew with more in it loses only ours', async () => {
    const { run, put, read, path } = machine();
    await run({ client: 'openclaw', ...write });
    const held = JSON.parse(read(OPENCLAW));
    put(OPENCLAW, JSON.stringify({ meta: { v: 1 }, ...held }));
    await run({ client: 'openclaw', ...undo });
    expect(JSON.parse(read(OPENCLAW))).toEqual({ meta: { v: 1 } });
    await run({ client: 'openclaw', ...write });
    rmSync(path(OPENCLAW));
    expect((await run({ client: 'openclaw', ...undo, json: true })).out).toContain('"undone":"gone"');
  });

  test('where ours cannot be told from theirs it refuses and names the backup', async () => {
    const { run, put, read, backup } = machine();
    put(CODEX, '[model_providers.metaclaw]\nname = "theirs"\n');
    await run({ client: 'codex', ...write });
    const changed = read(CODEX).replace('name = "MetaClaw"', 'name = "MetaClaw"\nquery = 1');
    put(CODEX, changed);
    const { code, err } = await run({ client: 'codex', ...undo });
    expect([code, read(CODEX)]).toEqual([1, changed]);
    expect(err).toContain(backup('codex'));
    expect(existsSync(backup('codex'))).toBe(true);
  });

  test.each([
    ['claude', CLAUDE, '{ "env": '],
    ['claude', CLAUDE, '{ "env": "A=1" }'],
    ['codex', CODEX, 'model = \n'],
    ['openclaw', OPENCLAW, '{ gateway: '],
  ] as const)('%s: a file with %s of %j is refused as it is', async (client, name, text) => {
    const { run, put, read, path, backup } = machine();
    put(name, text);
    const { code, err } = await run({ client, ...write });
    expect([code, read(name), existsSync(backup(client))]).toEqual([1, text, false]);
    expect(err).toContain(path(name));
    expect(err).toContain('nothing was changed');
  });

  test('JSON5 is not written; what to add by hand is printed', async () => {
    const { run, put, read } = machine();
    const text = "{ gateway: { mode: 'local' } }";
    put(OPENCLAW, text);
    const { code, out, err } = await run({ client: 'openclaw', ...write });
    expect([code, read(OPENCLAW)]).toEqual([1, text]);
    expect(json5.parse(out)).toMatchObject({
      models: { providers: { metaclaw: { api: 'openai-completions' } } },
    });
    expect(err).toContain('by hand');
    const keyed = await run({ client: 'openclaw', ...write, key: 'mc_secretsecretWXYZ' });
    expect(keyed.out).toContain('mc_secretsecretWXYZ');
    const json = await run({ client: 'openclaw', ...write, key: 'mc_secretsecretWXYZ', json: true });
    expect(json.out + json.err).not.toContain('secretsecret');
  });

  test('another file than the connected one is not connected beside it', async () => {
    const { run, put, path } = machine();
    put('.config/opencode/opencode.json', '{}');
    await run({ client: 'opencode', ...write });
    put('.config/opencode/opencode.jsonc', '{}');
    const { code, err } = await run({ client: 'opencode', ...write });
    expect(code).toBe(1);
    expect(err).toContain(`is connected in ${path('.config/opencode/opencode.json')}`);
  });

  test('a folder that the client was told of is used', async () => {
    const folder = temporaryFolder();
    const { run, path } = machine('', { CODEX_HOME: folder });
    await run({ client: 'codex', ...write });
    expect([existsSync(join(folder, 'config.toml')), existsSync(path('.codex'))]).toEqual([true, false]);
  });

  test('without a home it says so', async () => {
    const { run } = machine('', { HOME: '' });
    const { code, err } = await run({ client: 'claude' });
    expect([code, err]).toEqual([1, expect.stringContaining('HOME is not set')]);
  });

  test('any text comes back byte for byte', async () => {
    const piece = fc.constantFrom('  ', '\n', '\r\n', '// c\n', '/* { */', '\t');
    const text = fc
      .tuple(
        piece,
        piece,
        piece,
        piece,
        fc.dictionary(fc.constantFrom('env', 'model', 'x', 'é'), fc.constantFrom({}, { B: '1' }), {
          noNullPrototype: true,
        }),
      )
      .map(([a, b, c, d, tree]) => `${a}{${b}${JSON.stringify(tree).slice(1, -1)}${c}}${d}`);
    await fc.assert(
      fc.asyncProperty(text, async (before) => {
        const { run, put, read } = machine();
        put(CLAUDE, before);
        expect((await run({ client: 'claude', ...write, key: 'mc_abc' })).code).toBe(0);
        expect(read(CLAUDE)).not.toBe(before);
        expect((await run({ client: 'claude', ...undo })).code).toBe(0);
        expect(read(CLAUDE)).toBe(before);
      }),
      { numRuns: 25 },
    );
  });
});
