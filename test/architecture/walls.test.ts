import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot, type SourceFile, sourceFiles } from './source-files.ts';

/** Core folders import each other only to the left. */
const coreOrder = ['memory', 'schedule', 'feedback', 'skills', 'learning', 'agent', 'commands', 'intake'];
const independent = new Set(['memory', 'schedule']);
const platformNames = ['slack', 'discord', 'telegram'];
const channelFiles = ['options', 'client', 'inbound', 'outbound', 'errors', 'channel'];
/** The only importer of each platform's SDK is that channel's `client.ts`. */
const platformSdks: Record<string, string> = {
  telegraf: 'adapters/telegram/client.ts',
  'discord.js': 'adapters/discord/client.ts',
  '@slack/bolt': 'adapters/slack/client.ts',
};

const product = (): SourceFile[] => sourceFiles('core', 'adapters', 'config', 'main.ts');
const isOwn = (target: string): boolean => /^(core|adapters|config|test|bench|bin)\/|^main\.ts$/.test(target);
const packageOf = (target: string): string =>
  target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : (target.split('/')[0] ?? target);

function violations(
  files: readonly SourceFile[],
  allowed: (file: SourceFile, target: string) => boolean,
): string[] {
  return files.flatMap((file) =>
    file.imports.filter((target) => !allowed(file, target)).map((target) => `${file.path} imports ${target}`),
  );
}

function coreFolderMayImport(file: SourceFile, target: string): boolean {
  if (/^core\/(domain|ports)\//.test(target)) return true;
  const from = file.path.split('/')[1] ?? '';
  const to = target.split('/')[1] ?? '';
  if (!target.startsWith('core/')) return false;
  if (from === to) return true;
  if (independent.has(from)) return false;
  return coreOrder.indexOf(to) < coreOrder.indexOf(from);
}

describe('walls', () => {
  test('core/domain imports itself only', () => {
    expect(violations(sourceFiles('core/domain'), (_, target) => target.startsWith('core/domain/'))).toEqual(
      [],
    );
  });

  test('core/ports imports domain types and other ports only', () => {
    expect(
      violations(sourceFiles('core/ports'), (_, target) => /^core\/(domain|ports)\//.test(target)),
    ).toEqual([]);
  });

  test('core folders import ports, domain and folders to their left; no package, no Node module', () => {
    const rooms = sourceFiles('core').filter((file) => !/^core\/(domain|ports)\//.test(file.path));
    expect(violations(rooms, coreFolderMayImport)).toEqual([]);
  });

  test('every core folder stands in the order', () => {
    const folders = readdirSync(join(projectRoot, 'core')).filter(
      (name) => name !== 'domain' && name !== 'ports',
    );
    expect(folders.filter((name) => !coreOrder.includes(name))).toEqual([]);
  });

  test('core/domain is synchronous', () => {
    const offenders = sourceFiles('core/domain').filter((file) =>
      /\basync\b|\bawait\b|\bPromise</.test(file.text),
    );
    expect(offenders.map((file) => file.path)).toEqual([]);
  });

  test('adapters import core/ports, core/domain, their own folder and packages', () => {
    const allowed = (file: SourceFile, target: string): boolean => {
      if (!isOwn(target)) return true;
      if (/^core\/(domain|ports)\//.test(target)) return true;
      return target.startsWith(`${file.path.split('/').slice(0, 2).join('/')}/`);
    };
    expect(violations(sourceFiles('adapters'), allowed)).toEqual([]);
  });

  test('no product file imports tests or benches', () => {
    expect(violations(product(), (_, target) => !/^(test|bench)\//.test(target))).toEqual([]);
  });

  test('a platform SDK is imported by its client.ts only', () => {
    const allowed = (file: SourceFile, target: string): boolean => {
      const owner = platformSdks[packageOf(target)];
      return owner === undefined || owner === file.path;
    };
    expect(violations(product(), allowed)).toEqual([]);
  });

  test('core never names a platform', () => {
    const named = sourceFiles('core').filter((file) => {
      const code = file.text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '');
      return platformNames.some((name) => new RegExp(`\\b${name}\\b`, 'i').test(code));
    });
    expect(named.map((file) => file.path)).toEqual([]);
  });
});

describe('effects', () => {
  test('time, randomness and the environment come from adapters/system and config/environment.ts only', () => {
    const effect =
      /\bDate\.now\b|\bnew Date\(\)|\bsetTimeout\b|\bsetInterval\b|\bperformance\.now\b|\brandomUUID\b|\brandomBytes\b|\bMath\.random\b|\bprocess\.env\b/;
    const offenders = product().filter((file) => {
      if (file.path.startsWith('adapters/system/') || file.path === 'config/environment.ts') return false;
      const code = file.text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '');
      return effect.test(code);
    });
    expect(offenders.map((file) => file.path)).toEqual([]);
  });

  test('tests mock no modules and do not sleep', () => {
    const own = sourceFiles('test').filter((file) => file.path !== 'test/architecture/walls.test.ts');
    const offenders = own.filter((file) =>
      /\bvi\.mock\b|\bvi\.doMock\b|setTimeout\(\s*(?:resolve|r|done)\b/.test(file.text),
    );
    expect(offenders.map((file) => file.path)).toEqual([]);
  });
});

describe('shape', () => {
  test('platform channels have the same six files', () => {
    const missing = ['slack', 'discord', 'telegram', 'web', 'terminal']
      .filter((name) => existsSync(join(projectRoot, 'adapters', name)))
      .flatMap((name) => channelFiles.map((file) => `adapters/${name}/${file}.ts`))
      .filter((path) => !existsSync(join(projectRoot, path)));
    expect(missing).toEqual([]);
  });

  test('`as` casts stand at the edges only', () => {
    const edge = /\/(inbound|wire|schema|openai-chat|evolver-reply|ids|conversation)\.ts$|^core\/domain\//;
    const cast = /\bas (?!const\b)[A-Z{(][\w<>{}[\]., |]*/;
    const offenders = product().filter((file) => {
      if (edge.test(`/${file.path}`) || edge.test(file.path)) return false;
      const code = file.text
        .replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'[^'\n]*'|`[^`]*`/g, '')
        .replaceAll(/import[\s\S]*?from/g, '');
      return cast.test(code);
    });
    expect(offenders.map((file) => file.path)).toEqual([]);
  });
});
