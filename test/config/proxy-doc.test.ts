import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { openApiDocument } from '../../adapters/proxy/endpoints/openapi-document.ts';
import { judgeHead } from '../../adapters/upstream/verdict.ts';
import { connectClients } from '../../config/cli/connect-command.ts';
import { runProgram } from '../../config/cli/program.ts';
import { packageRoot } from '../../config/package-root.ts';
import { secretPurposes } from '../../config/secrets.ts';
import { commandCatalogue } from '../../core/commands/catalogue.ts';
import { parseCommandLine } from '../../core/commands/parse-command-line.ts';
import { contentUses } from '../../core/domain/content-use.ts';
import { dialects } from '../../core/domain/dialect.ts';
import { ownModels } from '../../core/ports/own-models.ts';
import { validatorOf } from '../adapters/proxy/endpoints/openapi-validator.ts';
import { load, mustLoad, temporaryFolder } from './settings-folder.ts';

const text = readFileSync(join(packageRoot(), 'docs/proxy.md'), 'utf8');
const { paths, components } = openApiDocument('1.2.3');

function between(mark: string): string {
  const [, after = ''] = text.split(`<!-- ${mark} -->`);
  return after.split(`<!-- end of ${mark} -->`)[0] ?? '';
}

const cellsOf = (line: string): readonly string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('`', ''));

/** Rows of a marked table without its head; words without code marks. */
function rowsOf(mark: string): readonly (readonly string[])[] {
  const lines = between(mark).split('\n');
  return lines
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map(cellsOf);
}

const firstCells = (mark: string): readonly string[] => rowsOf(mark).map(([cell = '']) => cell);
const sorted = (words: Iterable<string>): readonly string[] => [...new Set(words)].toSorted();
const matches = (pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map(([, found = '']) => found);

/** Runs one command line where nothing is set; its words on both ways out. */
async function said(line: string): Promise<{ readonly out: string; readonly err: string }> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const home = temporaryFolder();
  await runProgram(['node', 'metaclaw', ...line.split(' ')], {
    stdin: new PassThrough().end(),
    stdout,
    stderr,
    variables: { METACLAW_HOME: home, HOME: '/home/ada' },
    workingFolder: home,
    processId: process.pid,
    nodeVersion: '24.0.0',
    fetch: async () => Promise.reject(new Error('nobody is asked')),
    personName: 'ada',
  });
  return { out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

const flagsIn = (help: string): readonly string[] =>
  [...help.matchAll(/^ +(?:-\w, )?(--[a-z-]+)/gm)].map(([, flag = '']) => flag);

/** What a shell is shown to print for a command. */
function shownOf(command: string): string {
  const [, after = ''] = text.split(`$ npm run -s metaclaw -- ${command}\n`);
  return after.split('```')[0] ?? '';
}

const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { responses }]) => ({
    name: `${method.toUpperCase()} ${path}`,
    statuses: Object.keys(responses).filter((status) => status !== '200' && status !== 'default'),
  })),
);

describe('the guide to the proxy', () => {
  test('lists the endpoints that there are', () => {
    expect(firstCells('endpoints').toSorted()).toEqual(operations.map(({ name }) => name).toSorted());
    const named = matches(/\b((?:GET|POST) \/v1\/[a-z_/.]+)/g);
    const known = operations.map(({ name }) => name);
    expect(named.filter((name) => !known.some((one) => one.startsWith(name)))).toEqual([]);
  });

  test('lists the headers that are read', () => {
    const read = Object.values(components.parameters)
      .filter((one) => one.in === 'header' && one.name !== 'anthropic-version')
      .map(({ name }) => name);
    expect(sorted(firstCells('headers'))).toEqual(
      sorted([...read, components.securitySchemes.metaclawKey.name]),
    );
    const added = Object.keys(paths['/v1/chat/completions'].post.responses['200'].headers ?? {});
    expect(added).toHaveLength(2);
    for (const header of added) expect(text).toContain(`\`${header}\``);
  });

  test('lists the settings with their defaults, and names no others', () => {
    const { settings } = mustLoad();
    expect(rowsOf('settings').map(([name, value]) => [name, value])).toEqual(
      Object.entries(settings.proxy).map(([name, value]) => [
        `proxy.${name}`,
        Array.isArray(value) ? '[]' : String(value),
      ]),
    );
    const known = Object.entries(settings).flatMap(([group, values]) =>
      typeof values === 'object' ? Object.keys(values).map((name) => `${group}.${name}`) : [],
    );
    const groups = Object.keys(settings);
    const unknown = matches(/`([a-z]+\.[a-z][A-Za-z]+)(?:: [a-z]+)?`/g).filter(
      (path) => groups.some((group) => path.startsWith(`${group}.`)) && !known.includes(path),
    );
    expect(unknown).toEqual([]);
  });

  test('shows model servers that are valid, and names the secrets for their keys', () => {
    const yaml = /```yaml\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
    const result = load({ yaml });
    expect(result.kind === 'invalid' ? result.problems : []).toEqual([]);
    expect(sorted(yaml.match(/openai-chat|openai-responses|anthropic(?=\])/g) ?? [])).toEqual(
      sorted(dialects),
    );
    const secrets = matches(/`([A-Z]+(?:_[A-Z]+)*_KEYS?)\b/g);
    expect(sorted(secrets)).toEqual(['ANTHROPIC_API_KEY', 'METACLAW_UPSTREAM_KEYS', 'OPENAI_API_KEY']);
    expect(secrets.filter((name) => !(name in secretPurposes))).toEqual([]);
  });

  test('says which answers of a model server are asked for again', () => {
    const [, listed = ''] = /broke; ([\d, ]+) \|/.exec(text) ?? [];
    const kindOf = (status: number): string => judgeHead(status, {}, 0).kind;
    expect(listed.split(', ').map((status) => kindOf(Number(status)))).toEqual(Array(6).fill('again'));
    expect(kindOf(429)).toBe('elsewhere');
    expect([400, 401, 403, 404, 409, 422].map(kindOf)).toEqual(Array(6).fill('pass'));
  });

  test('lists the statuses of errors', () => {
    const told = sorted(firstCells('errors'));
    const declared = sorted(operations.flatMap(({ statuses }) => statuses));
    expect(told.filter((status) => !declared.includes(status))).toEqual(['405', '500']);
    expect(declared.filter((status) => !told.includes(status))).toEqual([]);
  });

  test('names the dialects and our models', () => {
    for (const name of [...dialects, ...ownModels]) expect(text).toContain(`\`${name}\``);
  });
});

describe('the commands in the guide to the proxy', () => {
  test('list every option of a new key', async () => {
    const flags = flagsIn((await said('key create --help')).out);
    expect(sorted(firstCells('key options'))).toEqual(
      sorted(flags.filter((flag) => flag !== '--json' && flag !== '--help')),
    );
    for (const use of contentUses) expect(between('key options')).toContain(`\`${use}\``);
  });

  test('name no option that there is not, and every agent', async () => {
    const helps = await Promise.all(
      ['key create', 'key change', 'connect'].map((command) => said(`${command} --help`)),
    );
    const known = helps.flatMap(({ out }) => flagsIn(out));
    const named = matches(/[`\s](--[a-z][a-z-]+)/g);
    expect(named.length).toBeGreaterThan(12);
    expect(named.filter((flag) => !known.includes(flag))).toEqual([]);
    for (const client of connectClients) expect(text).toContain(client);
  });

  test('show what a new key is told of', async () => {
    const { out, err } = await said('key create laptop');
    const [secret = '', ...words] = shownOf('key create laptop').split('\n');
    expect(secret).toMatch(/^mc_[0-9a-z]{40}$/);
    expect(out).toMatch(/^mc_[0-9a-z]{40}\n$/);
    expect(err.startsWith(words.join('\n'))).toBe(true);
    expect(words.length).toBeGreaterThan(2);
  });

  test('show what an agent’s settings are', async () => {
    const { out, err } = await said('connect claude');
    const shown = shownOf('connect claude');
    expect(shown.startsWith(out)).toBe(true);
    expect(err.startsWith(shown.slice(out.length))).toBe(true);
    expect(shown).toContain('--write');
  });
});

describe('the requests in the guide to the proxy', () => {
  const bodies = (path: string): readonly unknown[] =>
    [...text.matchAll(/curl (?:-i )?http:\/\/127\.0\.0\.1:8787(\S+)[\s\S]*?-d '([^']*)'/g)]
      .filter(([, asked]) => asked === path)
      .map(([, , body = '']): unknown => JSON.parse(body));

  test.each([
    ['/v1/chat/completions', 'ChatCompletionRequest', 2],
    ['/v1/feedback', 'FeedbackRequest', 2],
    ['/v1/commands', 'CommandRequest', 1],
  ] as const)('to %s are what it takes', (path, schema, count) => {
    const shown = bodies(path);
    expect(shown).toHaveLength(count);
    for (const body of shown) expect(validatorOf(schema)(body)).toBe(true);
  });

  test('give commands that there are', () => {
    const [, table = ''] = text.split('| `line` | what it does |');
    const [rows = ''] = table.split('\n\n');
    const lines = rows
      .split('\n')
      .filter((row) => row.startsWith('| `'))
      .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]*)`/g)].map(([, line = '']) => line))
      .filter((line) => !line.startsWith('"'));
    expect(lines.length).toBeGreaterThan(8);
    for (const line of lines) {
      const words = line
        .replaceAll(/<\w+>/g, 'some-name')
        .replaceAll(/ \[\w+\]/g, '')
        .replace(' …', ' words');
      expect([line, parseCommandLine(words, commandCatalogue).kind]).toEqual([line, 'command']);
    }
  });
});
