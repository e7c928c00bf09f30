import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { CommandIo } from '../../../config/cli/command-io.ts';
import { runProgram } from '../../../config/cli/program.ts';
import { temporaryFolder } from '../settings-folder.ts';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Lines of `metaclaw` by somebody whose home is `home`. */
function machine(): { readonly home: string; run(line: string): Promise<Ran> } {
  const workingFolder = temporaryFolder();
  const home = join(workingFolder, 'ada');
  mkdirSync(home);
  return {
    home,
    async run(line) {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const io: CommandIo = {
        stdin: new PassThrough().end(),
        stdout,
        stderr,
        variables: { HOME: home, METACLAW_HOME: join(workingFolder, 'data') },
        workingFolder,
        processId: process.pid,
        nodeVersion: '24.0.0',
        fetch: () => Promise.reject(new TypeError('nothing is asked in this test')),
        personName: 'ada',
      };
      const code = await runProgram(['node', 'metaclaw', ...line.split(' ')], io);
      return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
    },
  };
}

test('a key is made, an agent connected with it, and disconnected again', async () => {
  const { home, run } = machine();
  const file = join(home, '.claude', 'settings.json');
  mkdirSync(join(home, '.claude'));
  const before = '{\n  // mine\n  "theme": "dark"\n}\n';
  writeFileSync(file, before);

  const made = await run('key create builder');
  const key = made.out.trim();
  expect([made.code, key]).toEqual([0, expect.stringMatching(/^mc_[0-9a-z]{40}$/)]);
  expect(made.err).not.toContain(key);

  const shown = await run(`connect claude --key ${key} --model claude-sonnet-5`);
  expect(shown.code).toBe(0);
  expect(shown.out).toContain(`mc_…${key.slice(-4)}`);
  expect(shown.out + shown.err).not.toContain(key);
  expect(readFileSync(file, 'utf8')).toBe(before);

  const written = await run(`connect claude --write --key ${key} --model claude-sonnet-5 --replace-login`);
  expect(written.code).toBe(0);
  expect(written.out).toContain('now talks to MetaClaw at http://127.0.0.1:8787');
  expect(written.out + written.err).not.toContain(key);
  const text = readFileSync(file, 'utf8');
  expect(text).toMatch(/\/\/ mine[\s\S]*"theme": "dark"/);
  for (const piece of [key, 'http://127.0.0.1:8787', 'claude-sonnet-5']) expect(text).toContain(piece);

  const again = await run(`connect claude --write --key ${key} --model claude-sonnet-5 --replace-login`);
  expect(again.out).toContain('says all of this already');

  const undone = await run('connect claude --undo');
  expect([undone.code, undone.out]).toEqual([0, `${file} is as it was before, byte for byte.\n`]);
  expect(readFileSync(file, 'utf8')).toBe(before);
  const nothing = await run('connect claude --undo');
  expect([nothing.code === 0, nothing.err]).toEqual([false, expect.stringContaining('Nothing to take back')]);
});

test('a file that was made for it goes with it', async () => {
  const { home, run } = machine();
  const file = join(home, '.codex', 'config.toml');
  expect(JSON.parse((await run('connect codex --write --json')).out)).toMatchObject({ ok: true, file });
  expect(existsSync(file)).toBe(true);
  expect(JSON.parse((await run('connect codex --undo --json')).out)).toMatchObject({ undone: 'removed' });
  expect(existsSync(file)).toBe(false);
});

test.each(['connect', 'connect emacs', 'connect claude --write --undo', 'connect claude --key sk-mine'])(
  '%s is wrong usage',
  async (line) => {
    const { code, out } = await machine().run(line);
    expect([code, out]).toEqual([2, '']);
  },
);

test('help says what each word does and what holds without it', async () => {
  const { run } = machine();
  const words = async (line: string): Promise<string> => (await run(line)).out.replaceAll(/\s+/g, ' ');
  const connect = await words('connect --help');
  for (const piece of [
    'openclaw',
    '--write',
    'is kept in the data folder',
    '--undo',
    'metaclaw key create',
    'default: where it runs',
    'default: metaclaw/current',
    'a key of MetaClaw (mc_…)',
    'the proxy',
  ]) {
    expect(connect).toContain(piece);
  }
  const all = await words('--help');
  for (const piece of ['a proxy for agents', 'agents use the proxy', 'ask models through the proxy']) {
    expect(all).toContain(piece);
  }
  const create = await words('key create --help');
  for (const piece of ['default: own', 'default: judge,evolve', 'default: no limit', 'POST /v1/commands']) {
    expect(create).toContain(piece);
  }
  const change = await words('key change --help');
  expect(change).not.toContain('default:');
  expect(change).toContain('most tokens in a calendar month, or none');
});
