import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { nodeFileSystem } from '../../../adapters/skill-folder/file-system.ts';
import { createSkillArchive } from '../../../adapters/skill-folder/skill-archive.ts';
import type { LoadedPack } from '../../../core/ports/skill-archive.ts';

const archive = createSkillArchive();
const fixtures = join(import.meta.dirname, '..', '..', 'fixtures');
const scratch = mkdtempSync(join(tmpdir(), 'skill-archive-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const skillFile = (name: string): string =>
  `---\nname: ${name}\ndescription: Use it for ${name}.\n---\n\nDo ${name}.\n`;
let folders = 0;

/** A new folder with these files. */
async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  folders += 1;
  const folder = join(scratch, `folder-${folders}`);
  await mkdir(folder);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

const paths = ({ skills }: LoadedPack): readonly string[] =>
  skills.flatMap(({ text, files }) => files.map(({ path }) => `${text.name}/${path}`));
const messages = ({ diagnostics }: LoadedPack): readonly string[] =>
  diagnostics.map(({ source, message }) => `${source}: ${message}`);

describe('a path is read', () => {
  test('that is a folder of skills', async () => {
    const pack = await archive.readPath(join(fixtures, 'skills', 'good'));
    expect(pack.skills.map(({ text }) => text.name)).toEqual(['crlf', 'full-example', 'plain']);
    expect(pack.diagnostics).toEqual([]);
    expect(pack.skills[0]?.files[0]?.bytes).toEqual(
      new Uint8Array(await readFile(join(fixtures, 'skills/good/crlf/SKILL.md'))),
    );
    expect(pack.skills[0]?.text.source).toBe(join(fixtures, 'skills/good/crlf/SKILL.md'));
  });

  test('that is one skill’s folder', async () => {
    const folder = await folderWith({ 'greet/SKILL.md': skillFile('greet'), 'greet/references/a.md': 'a' });
    expect(paths(await archive.readPath(join(folder, 'greet')))).toEqual([
      'greet/SKILL.md',
      'greet/references/a.md',
    ]);
  });

  test('that is a skill’s folder of another name, with a word about that', async () => {
    const folder = await folderWith({ 'SKILL.md': skillFile('greet') });
    expect(messages(await archive.readPath(folder))).toEqual([
      expect.stringContaining('differs from its folder'),
    ]);
  });

  test('that is a SKILL.md, whatever folder it lies in', async () => {
    const folder = await folderWith({ 'SKILL.md': skillFile('greet'), 'other.md': 'x' });
    expect(paths(await archive.readPath(join(folder, 'SKILL.md')))).toEqual(['greet/SKILL.md']);
  });

  test('that is a zip', async () => {
    const pack = await archive.readPath(join(fixtures, 'packs', 'python-zipfile.zip'));
    expect(pack.skills.map(({ text }) => text.name)).toEqual(['farewell', 'greet']);
  });

  test('that is a folder with no skill in it, with a word about that', async () => {
    expect(messages(await archive.readPath(await folderWith({ 'README.md': 'x' })))).toEqual([
      expect.stringContaining('There is no "SKILL.md" in it'),
    ]);
  });

  test('within the limits, and the rest is read', async () => {
    const folder = await folderWith({
      'a/SKILL.md': skillFile('a'),
      'a/big.bin': 'x'.repeat(2 ** 20 + 1),
      'a/fine.md': 'fine',
      'a/inner.zip': 'PK',
      'b/SKILL.md': `${skillFile('b')}${'x'.repeat(70_000)}`,
      'c/SKILL.md': skillFile('d'),
    });
    const pack = await archive.readPath(folder);
    expect(paths(pack)).toEqual(['a/SKILL.md', 'a/fine.md']);
    expect(messages(pack).toSorted()).toEqual([
      expect.stringMatching(/a\/big.bin: .*more than 1 MiB/),
      expect.stringMatching(/a\/inner.zip: A zip inside/),
      expect.stringMatching(/b\/SKILL.md: .*more than 64 KiB/),
      expect.stringMatching(/c\/SKILL.md: .*differs from its folder/),
    ]);
  });

  test('that links lead out of: they are said and left out', async () => {
    const outside = await folderWith({ 'evil/SKILL.md': skillFile('evil'), 'secret.md': 'secret' });
    const folder = await folderWith({ 'a/SKILL.md': skillFile('a'), 'a/own.md': 'own' });
    await symlink(join(outside, 'evil'), join(folder, 'evil'));
    await symlink(join(outside, 'secret.md'), join(folder, 'a', 'secret.md'));
    await symlink('nowhere', join(folder, 'a', 'dangling.md'));
    await symlink('..', join(folder, 'a', 'loop'));
    await symlink('own.md', join(folder, 'a', 'same.md'));
    const pack = await archive.readPath(folder);
    expect(paths(pack)).toEqual(['a/SKILL.md', 'a/own.md', 'a/same.md']);
    expect(messages(pack).toSorted()).toEqual([
      expect.stringMatching(/a\/dangling.md: It cannot be read \(ENOENT\)/),
      expect.stringMatching(/a\/loop: It is a link that leads outside|a\/loop: It is a link to a folder/),
      expect.stringMatching(/a\/secret.md: It is a link that leads outside/),
      expect.stringMatching(/evil: It is a link that leads outside/),
    ]);
  });

  test('that holds a pipe, without waiting for it', async () => {
    const folder = await folderWith({ 'a/SKILL.md': skillFile('a') });
    execFileSync('mkfifo', [join(folder, 'a', 'pipe')]);
    const pack = await archive.readPath(folder);
    expect(paths(pack)).toEqual(['a/SKILL.md']);
    expect(messages(pack)).toEqual([expect.stringMatching(/a\/pipe: It is no regular file/)]);
  });

  test('that holds more than can be looked at, with a word about that', async () => {
    const list = async () =>
      Array.from({ length: 10_001 }, (_, index) => ({ name: `${index}`, mayBeFolder: false }));
    const many = createSkillArchive({ fileSystem: { ...nodeFileSystem, list } });
    expect(messages(await many.readPath(scratch))).toContainEqual(
      expect.stringMatching(/more than 10000 files/),
    );
  });
});

describe('a path that cannot be read', () => {
  test.each([join(scratch, 'nowhere'), 'a\0b', `/${'x'.repeat(5_000)}`])('is not found: %j', async (path) => {
    await expect(archive.readPath(path)).rejects.toMatchObject({ name: 'AppError', code: 'not_found' });
  });

  test.each(['EACCES', 'EPERM', 'EIO'])('is not allowed: %s', async (code) => {
    const fail = async () => Promise.reject(Object.assign(new Error(code), { code }));
    for (const changes of [{ realPath: fail }, { read: fail }, { read: async () => undefined, list: fail }]) {
      const broken = createSkillArchive({ fileSystem: { ...nodeFileSystem, ...changes } });
      await expect(broken.readPath(scratch)).rejects.toMatchObject({ name: 'AppError', code: 'not_allowed' });
    }
  });

  test('is not allowed where it is neither a file nor a folder', async () => {
    await expect(archive.readPath('/dev/null')).rejects.toMatchObject({ code: 'not_allowed' });
  });
});

describe('writing folders', () => {
  test('folder → zip → folder gives the same bytes', async () => {
    const folder = await folderWith({
      'greet/SKILL.md': skillFile('greet').replaceAll('\n', '\r\n'),
      'greet/scripts/run.sh': '#!/bin/sh\n',
      'greet/参考/größe.md': 'Grüße',
      'leave/SKILL.md': skillFile('leave'),
    });
    const first = await archive.readPath(folder);
    const zipped = archive.readBytes(archive.toZip(first.skills), 'x.zip');
    const target = join(scratch, 'written', 'deep');
    expect(await archive.writeFolder(target, zipped.skills)).toEqual([
      join(target, 'greet'),
      join(target, 'leave'),
    ]);
    const second = await archive.readPath(target);
    expect(second.diagnostics).toEqual([]);
    expect(second.skills.map(({ files }) => files)).toEqual(first.skills.map(({ files }) => files));
    expect((await readdir(target)).toSorted()).toEqual(['greet', 'leave']);
  });

  test('overwrites nothing, and then writes nothing', async () => {
    const { skills } = await archive.readPath(
      await folderWith({ 'a/SKILL.md': skillFile('a'), 'b/SKILL.md': skillFile('b') }),
    );
    const target = await folderWith({ 'b/mine.md': 'mine' });
    await expect(archive.writeFolder(target, skills)).rejects.toMatchObject({
      name: 'AppError',
      code: 'conflict',
    });
    expect(await readdir(target)).toEqual(['b']);
    expect(await readdir(join(target, 'b'))).toEqual(['mine.md']);
  });

  test('does not follow a link of a skill’s name', async () => {
    const { skills } = await archive.readPath(await folderWith({ 'a/SKILL.md': skillFile('a') }));
    const [target, other] = [await folderWith({}), await folderWith({})];
    await symlink(other, join(target, 'a'));
    await expect(archive.writeFolder(target, skills)).rejects.toMatchObject({ code: 'conflict' });
    expect(await readdir(other)).toEqual([]);
  });

  test('writes no path that leads elsewhere', async () => {
    const { skills } = await archive.readPath(await folderWith({ 'a/SKILL.md': skillFile('a') }));
    const target = await folderWith({});
    const evil = skills.map((skill) => ({
      ...skill,
      files: [{ path: '../../evil', bytes: new Uint8Array(1) }],
    }));
    await expect(archive.writeFolder(target, evil)).rejects.toMatchObject({ code: 'invalid_input' });
    expect(await readdir(target)).toEqual([]);
  });

  test('below a file rejects, as that is no folder', async () => {
    const { skills } = await archive.readPath(await folderWith({ 'a/SKILL.md': skillFile('a') }));
    const folder = await folderWith({ file: 'x' });
    await expect(archive.writeFolder(join(folder, 'file', 'x'), skills)).rejects.toMatchObject({
      code: 'not_allowed',
    });
  });
});
