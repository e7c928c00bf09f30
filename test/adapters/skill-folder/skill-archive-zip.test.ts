import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { createSkillArchive } from '../../../adapters/skill-folder/skill-archive.ts';
import type { LoadedPack, PackedSkill } from '../../../core/ports/skill-archive.ts';
import { sampleText } from '../../fakes/skills/sample-skill.ts';
import { type CraftedEntry, craftZip } from './craft-zip.ts';

const archive = createSkillArchive();
const encoder = new TextEncoder();
const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(join(import.meta.dirname, '..', '..', 'fixtures', 'packs', name)));
const skillFile = (name: string, body = `Do ${name}.`): string =>
  `---\nname: ${name}\ndescription: Use it for ${name}.\n---\n\n${body}\n`;
const entry = (name: string): CraftedEntry => ({ path: `${name}/SKILL.md`, bytes: skillFile(name) });
const read = (entries: readonly CraftedEntry[]): LoadedPack =>
  archive.readBytes(craftZip(entries), 'pack.zip');
const names = ({ skills }: LoadedPack): readonly string[] => skills.map(({ text }) => text.name);
const said = ({ diagnostics }: LoadedPack): readonly string[] =>
  diagnostics.map(({ severity, source, message }) => `${severity} ${source}: ${message}`);
const paths = ({ skills }: LoadedPack): readonly string[] =>
  skills.flatMap(({ text, files }) => files.map(({ path }) => `${text.name}/${path}`));

function packed(name: string, files: Readonly<Record<string, Uint8Array>> = {}): PackedSkill {
  const own = { path: 'SKILL.md', bytes: encoder.encode(skillFile(name)) };
  const others = Object.entries(files).map(([path, bytes]) => ({ path, bytes }));
  return { text: { ...sampleText(name), body: `Do ${name}.` }, files: [own, ...others] };
}

describe('zips of other programs', () => {
  test('of Info-ZIP: deflated files, names in other scripts, a link', () => {
    const pack = archive.readBytes(fixture('info-zip.zip'), 'pack.zip');
    expect(paths(pack)).toEqual([
      'farewell/SKILL.md',
      'greet/SKILL.md',
      'greet/references/long.md',
      'greet/参考/größe.md',
    ]);
    expect(pack.skills[1]?.text).toEqual({
      name: 'greet',
      description: 'Says hello.',
      triggers: ['hello', 'good day'],
      body: 'Say good day.',
      source: 'pack.zip/bank/greet/SKILL.md',
    });
    expect(pack.skills[1]?.files[1]?.bytes).toEqual(new Uint8Array(3000).fill(97));
    expect(said(pack)).toEqual([
      expect.stringMatching(/^error pack.zip\/bank\/greet\/link.md: It is a link/),
    ]);
  });

  test('of Info-ZIP, written into a pipe', () => {
    const pack = archive.readBytes(fixture('info-zip-streamed.zip'), 'pack.zip');
    expect([paths(pack), said(pack)]).toEqual([['farewell/SKILL.md'], []]);
  });

  test("of Python's zipfile: stored and deflated files, a comment, leftovers of macOS", () => {
    const pack = archive.readBytes(fixture('python-zipfile.zip'), 'pack.zip');
    expect(names(pack)).toEqual(['farewell', 'greet']);
    expect(paths(pack)).toHaveLength(4);
    expect(said(pack)).toEqual([]);
  });
});

describe('round trips', () => {
  test.each(['info-zip.zip', 'python-zipfile.zip'])('%s comes back byte for byte', (name) => {
    const first = archive.readBytes(fixture(name), 'a.zip');
    const zip = archive.toZip(first.skills);
    const second = archive.readBytes(zip, 'b.zip');
    expect(second.diagnostics).toEqual([]);
    expect(second.skills.map(({ files }) => files)).toEqual(first.skills.map(({ files }) => files));
    expect(archive.toZip(second.skills)).toEqual(zip);
  });

  test('any files come back byte for byte', () => {
    const path = fc
      .array(fc.stringMatching(/^[a-zé日0-9_-]{1,6}$/u), { minLength: 1, maxLength: 3 })
      .map((parts) => `files/${parts.join('/')}.md`);
    const files = fc.dictionary(path, fc.uint8Array({ maxLength: 300 }), { maxKeys: 5 });
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'b-c', 'd9'), files, { minKeys: 1 }), (skills) => {
        const input = Object.entries(skills).map(([name, list]) => packed(name, list));
        const { skills: output, diagnostics } = archive.readBytes(archive.toZip(input), 'x.zip');
        expect(diagnostics).toEqual([]);
        const flat = (list: readonly PackedSkill[]) =>
          new Map(
            list.flatMap(({ text, files: own }) =>
              own.map(({ path: at, bytes }) => [`${text.name}/${at}`, bytes]),
            ),
          );
        expect(flat(output)).toEqual(flat(input));
      }),
      { numRuns: 40 },
    );
  });
});

describe('a written zip', () => {
  const zone = process.env['TZ'];
  afterEach(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  test('is the same bytes whatever the order and the time zone', () => {
    const [a, b] = [
      packed('alpha', { 'x.md': encoder.encode('x'), 'a.md': encoder.encode('a') }),
      packed('beta'),
    ];
    const zips = ['UTC', 'Pacific/Auckland', 'America/Los_Angeles'].flatMap((TZ) => {
      process.env['TZ'] = TZ;
      return [archive.toZip([a, b]), archive.toZip([b, { ...a, files: a.files.toReversed() }])];
    });
    for (const zip of zips) expect(zip).toEqual(zips[0]);
  });

  test('holds no skill twice and no path that leads elsewhere', () => {
    expect(() => archive.toZip([packed('alpha'), packed('alpha')])).toThrow(/there twice/);
    for (const path of ['../x', '/x', 'a\\b', 'a/../../b', 'c:x', 'a\0b', '']) {
      expect(() => archive.toZip([packed('alpha', { [path]: new Uint8Array() })])).toThrow(
        /cannot be written/,
      );
    }
  });

  test('of no skills is a zip without skills', () => {
    expect(said(archive.readBytes(archive.toZip([]), 'x.zip'))).toEqual([
      expect.stringContaining('There is no "SKILL.md" in it.'),
    ]);
  });
});

describe('where skills lie', () => {
  test('in the zip itself: the name is that of the front matter', () => {
    const pack = read([{ path: 'SKILL.md', bytes: skillFile('greet') }, { path: 'references/a.md' }]);
    expect([paths(pack), said(pack)]).toEqual([['greet/SKILL.md', 'greet/references/a.md'], []]);
  });

  test('deep in a repository, whose other files are passed over', () => {
    const pack = read([
      { path: 'repo-main/README.md' },
      { path: 'repo-main/skills/greet/SKILL.md', bytes: skillFile('greet') },
    ]);
    expect([paths(pack), said(pack)]).toEqual([['greet/SKILL.md'], []]);
  });

  test('a SKILL.md below a skill is one of its files', () => {
    const pack = read([entry('greet'), { path: 'greet/examples/SKILL.md', bytes: skillFile('examples') }]);
    expect(paths(pack)).toEqual(['greet/SKILL.md', 'greet/examples/SKILL.md']);
  });

  test('what file managers and tools leave behind is passed over', () => {
    const leftovers = [
      '__MACOSX/greet/._SKILL.md',
      'greet/.DS_Store',
      'greet/._x',
      'greet/Thumbs.db',
      'greet/.git/config',
    ];
    const pack = read([entry('greet'), ...leftovers.map((path) => ({ path, bytes: 'x' }))]);
    expect([paths(pack), said(pack)]).toEqual([['greet/SKILL.md'], []]);
  });
});

/** What is added to a good skill, and what is to be said of it. */
const hostile: readonly (readonly [string, readonly CraftedEntry[], RegExp])[] = [
  ['a path with ..', [{ path: '../evil/SKILL.md', bytes: skillFile('evil') }], /evil\/SKILL.md: .*leads out/],
  ['a path with .. within', [{ path: 'good/../../evil.md' }], /leads out/],
  ['an absolute path', [{ path: '/etc/SKILL.md', bytes: skillFile('etc') }], /absolute/],
  ['a drive letter', [{ path: 'C:/evil/SKILL.md' }], /absolute/],
  ['a backslash', [{ path: 'good\\..\\..\\evil.md' }], /backslash/],
  ['a NUL', [{ path: 'good/a\0b.md' }], /NUL/],
  ['an empty part', [{ path: 'good//x.md' }], /empty part/],
  ['a very long name', [{ path: `good/${'x'.repeat(300)}.md` }], /too long/],
  ['a very deep path', [{ path: `good/${'x/'.repeat(30)}y.md` }], /too deep/],
  [
    'a path of nothing but folders',
    [{ path: `good/${'a/'.repeat(32_000)}` }, { path: `${'a/'.repeat(32_000)}b` }],
    /too deep/,
  ],
  ['a link', [{ path: 'good/link.md', bytes: '../../etc/passwd', mode: 0o120777 }], /link.md: It is a link/],
  [
    'a link in place of a folder',
    [{ path: 'linked', bytes: '/etc', mode: 0o120777 }],
    /linked: It is a link/,
  ],
  ['a device', [{ path: 'good/device', mode: 0o020644 }], /no regular file/],
  [
    'a zip inside',
    [{ path: 'good/more.zip', bytes: craftZip([entry('more')]) }],
    /A zip inside is not opened/,
  ],
  [
    'a name twice',
    [
      { path: 'good/a.md', bytes: '1' },
      { path: 'good/a.md', bytes: '2' },
    ],
    /two files of this name/,
  ],
  ['a name twice but for case', [{ path: 'good/a.md' }, { path: 'good/A.md' }], /two files of this name/],
  ['a name twice but for composition', [{ path: 'good/é.md' }, { path: 'good/é.md' }], /two files/],
  ['a file where a folder is', [{ path: 'good/a' }, { path: 'good/a/b.md' }], /A folder has the same name/],
  ['a password', [{ path: 'good/a.md', bytes: 'x', says: { flags: 1 } }], /encrypted/],
  ['another packing method', [{ path: 'good/a.md', bytes: 'x', says: { method: 14 } }], /packed in a way/],
  ['a wrong checksum', [{ path: 'good/a.md', bytes: 'x', says: { crc: 1 } }], /damaged/],
  ['a wrong size', [{ path: 'good/a.md', bytes: 'xyz', says: { bytes: 2 } }], /damaged/],
  ['another name in the file’s own header', [{ path: 'good/a.md', says: { localPath: 'b.md' } }], /damaged/],
  ['a file that says it is too large', [{ path: 'good/a.md', says: { bytes: 2 ** 31 } }], /more than 1 MiB/],
  [
    'a file that is too large',
    [{ path: 'good/a.md', bytes: new Uint8Array(2 ** 20 + 1) }],
    /more than 1 MiB/,
  ],
  [
    'a bomb that says it is small',
    [{ path: 'good/a.md', bytes: new Uint8Array(2 ** 24), says: { bytes: 10 } }],
    /more than 1 MiB/,
  ],
  [
    'a SKILL.md that is too large',
    [{ path: 'big/SKILL.md', bytes: skillFile('big', 'x'.repeat(65_536)) }],
    /more than 64 KiB/,
  ],
  [
    'a SKILL.md that is a bomb',
    [{ path: 'big/SKILL.md', bytes: new Uint8Array(2 ** 24), says: { bytes: 10 } }],
    /more than 64 KiB/,
  ],
  [
    'a skill of another name than its folder',
    [{ path: 'good-main/SKILL.md', bytes: skillFile('better') }],
    /differs from its folder "good-main"/,
  ],
  [
    'a folder in another script',
    [{ path: '挨拶/SKILL.md', bytes: skillFile('greet') }],
    /differs from its folder "挨拶"/,
  ],
  [
    'a skill twice',
    [{ path: 'other/good/SKILL.md', bytes: skillFile('good') }],
    /"good" is also in pack.zip\/good\/SKILL.md/,
  ],
  [
    'a skill file in the wrong case',
    [{ path: 'other/skill.md', bytes: skillFile('other') }],
    /called "skill.md"/,
  ],
  ['a skill without instructions', [{ path: 'e/SKILL.md', bytes: skillFile('e', '') }], /no instructions/],
  ['a YAML alias bomb', [{ path: 'e/SKILL.md', bytes: aliasBomb() }], /front matter/],
  [
    'deep YAML',
    [{ path: 'e/SKILL.md', bytes: `---\nname: ${'['.repeat(16_000)}\n---\nx` }],
    /nested too deeply|not valid YAML/,
  ],
  [
    'much YAML',
    [{ path: 'e/SKILL.md', bytes: `---\nname: ${'['.repeat(60_000)}\n---\nx` }],
    /front matter has more than 16384/,
  ],
  [
    'keys of the prototype',
    [
      {
        path: 'e/SKILL.md',
        bytes: '---\nname: e\ndescription: E.\n__proto__:\n  isAdmin: true\nconstructor: x\n---\nx',
      },
    ],
    /key "__proto__" is not part/,
  ],
  [
    'a name that is no UTF-8',
    [{ path: '', rawName: Uint8Array.from([0x67, 0x2f, 0xff, 0x80]) }],
    /name is not UTF-8/,
  ],
];

function aliasBomb(): string {
  const levels = Array.from(
    { length: 20 },
    (_, n) => `l${n + 1}: &l${n + 1} [${`*l${n}, `.repeat(9)}*l${n}]`,
  );
  return `---\nname: e\ndescription: E.\nl0: &l0 [a]\n${levels.join('\n')}\n---\nx`;
}

describe('a hostile zip', () => {
  test.each(hostile)('%s is said, and the rest is read', (_, entries, expected) => {
    const pack = read([entry('good'), ...entries]);
    expect(names(pack)).toContain('good');
    expect(pack.skills.find(({ text }) => text.name === 'good')?.files[0]?.bytes).toEqual(
      encoder.encode(skillFile('good')),
    );
    expect(said(pack).some((line) => expected.test(line))).toBe(true);
    for (const { message, source } of pack.diagnostics) {
      expect(message).toMatch(/^\S[^\n]*\.$|"$/);
      expect(source.length).toBeLessThan(250);
      expect(source).not.toMatch(/[\0\n]/);
    }
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
  });

  test('a bomb is inflated no further than allowed', () => {
    // Whoever went on would find that it breaks off, and call it damaged.
    const bomb = deflateRawSync(new Uint8Array(2 ** 22));
    const pack = read([
      entry('good'),
      { path: 'good/a.md', packed: bomb.subarray(0, bomb.length / 2), says: { bytes: 10 } },
    ]);
    expect(said(pack)).toEqual([expect.stringMatching(/a.md: It has more than 1 MiB/)]);
  });

  test('only the first of two files of one name is read', () => {
    const pack = read([entry('good'), { path: 'good/a.md', bytes: '1' }, { path: 'good/a.md', bytes: '2' }]);
    expect(pack.skills[0]?.files[1]?.bytes).toEqual(encoder.encode('1'));
  });

  test('a file by the name of a link is not the link', () => {
    const link = { path: 'good/a.md', bytes: '/etc/passwd', mode: 0o120777 };
    const pack = read([entry('good'), link, { path: 'good/a.md', bytes: 'text' }]);
    expect(pack.skills[0]?.files[1]?.bytes).toEqual(encoder.encode('text'));
  });

  test('at most 100 skills are read', () => {
    const pack = read(Array.from({ length: 103 }, (_, index) => entry(`skill-${index}`)));
    expect(pack.skills).toHaveLength(100);
    expect(said(pack)).toEqual([expect.stringMatching(/There are 103 skills; the first 100 were read/)]);
  });

  test('at most 200 files are read, every SKILL.md before the others', () => {
    const files = Array.from({ length: 250 }, (_, index) => ({ path: `a/${index}.md`, bytes: 'x' }));
    const pack = read([...files, entry('a'), entry('b')]);
    expect(names(pack)).toEqual(['a', 'b']);
    expect(paths(pack)).toHaveLength(200);
    expect(pack.diagnostics).toHaveLength(52);
    expect(said(pack)[0]).toMatch(/At most 200 files are read/);
  });

  test('at most 8 MiB are read in all', () => {
    const files = Array.from({ length: 12 }, (_, index) => ({
      path: `a/${index}.md`,
      bytes: new Uint8Array(2 ** 20),
    }));
    const pack = read([entry('a'), ...files]);
    const total = pack.skills
      .flatMap((skill) => skill.files)
      .reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(total).toBeGreaterThan(7 * 2 ** 20);
    expect(total).toBeLessThanOrEqual(8 * 2 ** 20);
    expect(said(pack)[0]).toMatch(/All files together may have 8 MiB/);
  });

  test('problems beyond a hundred are counted', () => {
    const pack = read([
      entry('good'),
      ...Array.from({ length: 300 }, (_, index) => ({ path: `../${index}` })),
    ]);
    expect(names(pack)).toEqual(['good']);
    expect(pack.diagnostics).toHaveLength(101);
    expect(said(pack).at(-1)).toMatch(/^error pack.zip: 200 further problems/);
  });

  test('a zip that is too large, cut off, or of the larger format is refused whole', () => {
    const zip = craftZip([entry('good')]);
    const large = new Uint8Array(16 * 2 ** 20 + 1);
    large.set(zip);
    const zip64 = zip.slice();
    zip64.fill(0xff, zip.length - 6, zip.length - 2);
    for (const [bytes, expected] of [
      [large, /more than 16 MiB/],
      [zip.slice(0, -5), /damaged/],
      [zip64, /very large zips/],
    ] as const) {
      const pack = archive.readBytes(bytes, 'pack.zip');
      expect(pack.skills).toEqual([]);
      expect(said(pack)).toEqual([expect.stringMatching(expected)]);
    }
  });

  test('whatever is wrong with the bytes, reading does not throw, and what is read was checked', () => {
    const zip = craftZip([entry('good'), { path: 'good/a.md', bytes: 'text '.repeat(50) }, entry('better')]);
    const change = fc.record({ at: fc.nat(zip.length - 1), to: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), fc.nat(20), (changes, cut) => {
        const bytes = zip.slice(0, zip.length - cut);
        for (const { at, to } of changes) if (at < bytes.length) bytes[at] = to;
        const pack = archive.readBytes(bytes, 'pack.zip');
        for (const { text, files } of pack.skills) {
          expect(files[0]?.bytes).toEqual(encoder.encode(skillFile(text.name)));
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('bytes that are no zip', () => {
  test('are read as a SKILL.md, whose name is that of its front matter', () => {
    const bytes = encoder.encode(skillFile('greet'));
    const pack = archive.readBytes(bytes, 'upload.md');
    expect(pack).toEqual({
      skills: [
        {
          text: {
            name: 'greet',
            description: 'Use it for greet.',
            triggers: [],
            body: 'Do greet.',
            source: 'upload.md',
          },
          files: [{ path: 'SKILL.md', bytes }],
        },
      ],
      diagnostics: [],
    });
  });

  test.each([
    ['nothing', '', /front matter is missing/],
    ['no name', '---\ndescription: x\n---\nx', /name: some-name/],
    ['10 MB', 'x'.repeat(10_000_000), /at most 65536 are read/],
    ['something binary', '\0\u0001\u0002', /NUL/],
  ])('%s is a diagnostic', (_, text, expected) => {
    const pack = archive.readBytes(encoder.encode(text), 'upload.md');
    expect(pack.skills).toEqual([]);
    expect(said(pack)).toEqual([expect.stringMatching(expected)]);
  });

  test('a long skill is warned of where there is a budget', () => {
    const bytes = encoder.encode(skillFile('greet', 'word '.repeat(500)));
    const { skills, diagnostics } = createSkillArchive({ budgetTokens: 100 }).readBytes(bytes, 'upload.md');
    expect(skills).toHaveLength(1);
    expect(diagnostics[0]?.message).toMatch(/the budget is 100/);
  });
});
