import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { mostSkillBytes } from '../../../adapters/skill-folder/decode-skill-bytes.ts';
import { nodeFileSystem, type SkillFileSystem } from '../../../adapters/skill-folder/file-system.ts';
import { createSkillFolderSource } from '../../../adapters/skill-folder/skill-folder-source.ts';
import type { SkillDiagnostic } from '../../../core/domain/skill.ts';

const fixtures = join(import.meta.dirname, '..', '..', 'fixtures', 'skills');
const fixture = (name: string): { path: string } => ({ path: join(fixtures, name) });
const scratch = mkdtempSync(join(tmpdir(), 'skill-folder-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function of(diagnostics: readonly SkillDiagnostic[], folder: string): readonly SkillDiagnostic[] {
  return diagnostics.filter(({ source }) => source.includes(`/faulty/${folder}/`));
}

describe('good skills', () => {
  test('are read with their triggers, in order of their names, without a word', async () => {
    const { skills, diagnostics } = await createSkillFolderSource({ folders: [fixture('good')] }).load();
    expect(diagnostics).toEqual([]);
    expect(skills.map(({ name }) => name)).toEqual(['crlf', 'full-example', 'plain']);
    expect(skills[1]).toEqual({
      name: 'full-example',
      description:
        'Formats dates for the weekly report. Use when a date must be written out: "3 March 2026".',
      triggers: ['weekly report', 'date format'],
      body: 'Write dates as "3 March 2026".\n\n---\n\n## Avoid\n\n- Dates such as 03/04/05.',
      source: join(fixtures, 'good/full-example/SKILL.md'),
      files: [
        {
          path: 'SKILL.md',
          bytes: new Uint8Array(readFileSync(join(fixtures, 'good/full-example/SKILL.md'))),
        },
      ],
    });
    expect(skills[0]?.body).toBe('First line.\nSecond line.');
  });

  test('of a later folder replace those of an earlier one, and it is said', async () => {
    const { skills, diagnostics } = await createSkillFolderSource({
      folders: [fixture('good'), fixture('override')],
    }).load();
    expect(skills.find(({ name }) => name === 'plain')?.body).toBe('Say good day.');
    expect(skills).toHaveLength(3);
    expect(diagnostics).toEqual([
      {
        severity: 'warning',
        source: join(fixtures, 'good/plain/SKILL.md'),
        message: expect.stringContaining(join(fixtures, 'override/plain/SKILL.md')),
      },
    ]);
  });

  test('that are there to be replaced are replaced without a word', async () => {
    const { skills, diagnostics } = await createSkillFolderSource({
      folders: [{ ...fixture('good'), replaceable: true }, fixture('override')],
    }).load();
    expect(skills.find(({ name }) => name === 'plain')?.body).toBe('Say good day.');
    expect(diagnostics).toEqual([]);
  });
});

describe('one folder for each fault', () => {
  const loading = createSkillFolderSource({ folders: [fixture('faulty')], budgetTokens: 1200 }).load();
  const errors: readonly (readonly [string, RegExp, RegExp])[] = [
    ['missing-front-matter', /front matter is missing/, /Begin the file with/],
    ['unclosed', /never closed/, /Put a line "---"/],
    ['broken-yaml', /not valid YAML \(line 3/, /in quotes/],
    ['duplicate-key', /not valid YAML \(line 3/, /unique/],
    ['list-front-matter', /holds no keys/, /Begin the file with/],
    ['nul-bytes', /NUL/, /Save it again/],
    ['latin-one', /not valid UTF-8/, /Save it again/],
    ['huge', /at most 65536 are read/, /Shorten it/],
    ['name-mismatch', /"another-name" differs from its folder "name-mismatch"/, /same name/],
    ['Bad_Name', /"Bad_Name" is not allowed/, /single hyphens/],
    ['no-name', /name is missing/, /name: no-name/],
    ['no-description', /description is missing/, /Add a line/],
    ['long-description', /more than 1024 characters/, /Shorten it/],
    ['empty-body', /no instructions/, /Write them below/],
    ['wrong-case', /called "Skill.md"/, /Rename it/],
    ['is-folder', /not a regular file/, /Put a text file/],
    ['escape', /leads outside/, /Copy the file/],
    ['escaping-folder', /leads outside/, /Copy the file/],
  ];

  test.each(errors)('%s is left out and says how to mend it', async (folder, what, how) => {
    const { skills, diagnostics } = await loading;
    const found = of(diagnostics, folder);
    expect(found.map(({ severity }) => severity)).toEqual(['error']);
    expect(found[0]?.message).toMatch(what);
    expect(found[0]?.message).toMatch(how);
    expect(skills.map(({ name }) => String(name))).not.toContain(folder);
  });

  const warnings: readonly (readonly [string, readonly RegExp[]])[] = [
    ['byte-order-mark', [/byte order mark/]],
    ['unknown-keys', [/"model" is not part/, /"triggers" is not part.*under "metadata:"/]],
    ['trigger-list', [/is a list.*with commas/]],
    ['odd-metadata', [/license/, /compatibility/, /allowed-tools/, /metadata\.nested/, /metadata\.triggers/]],
    ['text-metadata', [/metadata was left out/]],
    ['control-characters', [/Control characters/]],
    ['too-dear', [/budget is 1200/]],
  ];

  test.each(warnings)('%s is taken with a warning', async (folder, messages) => {
    const { skills, diagnostics } = await loading;
    const found = of(diagnostics, folder);
    expect(found.map(({ severity }) => severity)).toEqual(messages.map(() => 'warning'));
    for (const [at, message] of messages.entries()) expect(found[at]?.message).toMatch(message);
    expect(skills.map(({ name }) => String(name))).toContain(folder);
  });

  test('a list of triggers is used, control characters are not', async () => {
    const { skills } = await loading;
    const byName = new Map(skills.map((skill) => [String(skill.name), skill]));
    expect(byName.get('trigger-list')?.triggers).toEqual(['hello there', 'greeting']);
    expect(byName.get('control-characters')?.body).toBe('Say [31mhello.');
    expect(byName.get('byte-order-mark')?.body).toBe('Say hello.');
  });

  test('a folder without the file is a warning, hidden folders and loose files are nothing', async () => {
    const { diagnostics } = await loading;
    expect(of(diagnostics, 'no-file').map(({ severity }) => severity)).toEqual(['warning']);
    expect(of(diagnostics, 'dangling')).toHaveLength(1);
    expect(diagnostics.filter(({ source }) => /hidden|README/.test(source))).toEqual([]);
  });

  test('nothing else is said, and the rest is read', async () => {
    const { skills, diagnostics } = await loading;
    const expected = new Set([
      ...errors.map(([folder]) => folder),
      ...warnings.map(([folder]) => folder),
      'no-file',
      'dangling',
    ]);
    const spoken = new Set(diagnostics.map(({ source }) => source.split('/').at(-2) ?? ''));
    expect([...spoken].sort()).toEqual([...expected].sort());
    expect(skills).toHaveLength(warnings.length);
  });
});

describe('the folder itself', () => {
  test('may be missing only where that was said', async () => {
    const path = join(scratch, 'nowhere');
    const strict = await createSkillFolderSource({ folders: [{ path }] }).load();
    expect(strict).toEqual({
      skills: [],
      diagnostics: [
        { severity: 'error', source: path, message: expect.stringMatching(/does not exist\. Create it/) },
      ],
    });
    const lenient = await createSkillFolderSource({ folders: [{ path, optional: true }] }).load();
    expect(lenient).toEqual({ skills: [], diagnostics: [] });
  });

  test('that is a file is a diagnostic', async () => {
    const path = join(scratch, 'a-file');
    await writeFile(path, 'x');
    const { diagnostics } = await createSkillFolderSource({ folders: [{ path }] }).load();
    expect(diagnostics).toEqual([
      { severity: 'error', source: path, message: expect.stringMatching(/ENOTDIR/) },
    ]);
  });

  test('may be reached by a link, and links inside it are followed', async () => {
    const real = join(scratch, 'real');
    await mkdir(join(real, 'inner'), { recursive: true });
    await writeFile(join(real, 'inner/SKILL.md'), '---\nname: inner\ndescription: d\n---\nb');
    await rename(join(real, 'inner'), join(real, '.inner-files'));
    await mkdir(join(real, 'inner'));
    await symlink(join(real, '.inner-files/SKILL.md'), join(real, 'inner/SKILL.md'));
    await symlink(real, join(scratch, 'link'));
    const { skills, diagnostics } = await createSkillFolderSource({
      folders: [{ path: join(scratch, 'link') }],
    }).load();
    expect(diagnostics).toEqual([]);
    expect(skills.map(({ source }) => source)).toEqual([join(scratch, 'link/inner/SKILL.md')]);
  });

  test('a named pipe does not hang it', async () => {
    const folder = join(scratch, 'pipes/piped');
    await mkdir(folder, { recursive: true });
    execFileSync('mkfifo', [join(folder, 'SKILL.md')]);
    const { diagnostics } = await createSkillFolderSource({
      folders: [{ path: join(scratch, 'pipes') }],
    }).load();
    expect(diagnostics.map(({ message }) => message)).toEqual([expect.stringMatching(/not a regular file/)]);
  });

  test('of hundreds of skills is read whole and anew each time', async () => {
    const path = join(scratch, 'many');
    for (let at = 0; at < 200; at++) {
      await mkdir(join(path, `skill-${at}`), { recursive: true });
      await writeFile(
        join(path, `skill-${at}/SKILL.md`),
        `---\nname: skill-${at}\ndescription: d\n---\nb${at}`,
      );
    }
    const source = createSkillFolderSource({ folders: [{ path }] });
    expect((await source.load()).skills).toHaveLength(200);
    await writeFile(join(path, 'skill-7/SKILL.md'), '---\nname: skill-7\ndescription: d\n---\nother');
    const again = await source.load();
    expect(again.skills.find(({ name }) => name === 'skill-7')?.body).toBe('other');
  });
});

describe('a failing file system', () => {
  test('costs the one file that cannot be read', async () => {
    const fileSystem: SkillFileSystem = {
      ...nodeFileSystem,
      read(path) {
        if (path.includes('plain')) return Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' }));
        return nodeFileSystem.read(path);
      },
    };
    const { skills, diagnostics } = await createSkillFolderSource({
      folders: [fixture('good')],
      fileSystem,
    }).load();
    expect(skills.map(({ name }) => name)).toEqual(['crlf', 'full-example']);
    expect(diagnostics).toEqual([
      {
        severity: 'error',
        source: join(fixtures, 'good/plain/SKILL.md'),
        message: expect.stringMatching(/EACCES.*permissions/),
      },
    ]);
  });

  test('never makes it reject', async () => {
    const broken = (): Promise<never> => Promise.reject(new Error('gone'));
    const loaded = await createSkillFolderSource({
      folders: [fixture('good')],
      fileSystem: { list: broken, realPath: broken, read: broken },
    }).load();
    expect(loaded.skills).toEqual([]);
    expect(loaded.diagnostics).toHaveLength(1);
  });

  test('reads no more of a file than it needs to see that it is too long', async () => {
    const bytes = await nodeFileSystem.read(join(fixtures, 'faulty/huge/SKILL.md'));
    expect(bytes?.length).toBe(mostSkillBytes + 1);
  });
});
