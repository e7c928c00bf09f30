import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSkillFile } from '../../../adapters/skill-folder/parse-skill-file.ts';
import { isSkillName } from '../../../core/domain/skill.ts';

const encoder = new TextEncoder();
const parse = (text: string, folderName = 'greet') =>
  parseSkillFile({ folderName, source: 'here', bytes: encoder.encode(text) });

/** Whatever comes in: no throw, the same again for the same bytes, and a skill only where nothing was wrong with it. */
function holds(bytes: Uint8Array, folderName: string): void {
  const before = bytes.slice();
  const first = parseSkillFile({ folderName, source: 'here', bytes });
  expect(bytes).toEqual(before);
  expect(parseSkillFile({ folderName, source: 'here', bytes: before })).toEqual(first);
  const hasError = first.diagnostics.some(({ severity }) => severity === 'error');
  expect(first.skill === undefined).toBe(hasError);
  for (const { message, source } of first.diagnostics) {
    expect(source).toBe('here');
    expect(message).toMatch(/^\S[^\n]*\.$|"$/);
  }
  if (first.skill === undefined) return;
  expect(String(first.skill.name)).toBe(folderName);
  expect(isSkillName(first.skill.name)).toBe(true);
  expect(first.skill.description).not.toBe('');
  expect(first.skill.body.trim()).toBe(first.skill.body);
  expect(first.skill.body).not.toBe('');
  expect(first.skill.body).not.toMatch(/[\0\r]/);
  expect(first.skill.triggers).not.toContain('');
}

/** Bytes that reach the deeper parts of the parser more often than noise does. */
const skillLike = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '---\n',
        '---',
        'name: greet\n',
        'name:',
        'description: Says hello.\n',
        'metadata:\n',
        '  triggers: a, b\n',
        '  triggers: [a, b]\n',
        'license: MIT\n',
        '&a [*a, *a]',
        '*a',
        '!!binary x',
        '? ',
        '{',
        '[[[[',
        '|\n ',
        '"',
        ': ',
        '#',
        '\t',
        '\r\n',
        '\ufeff',
        '\u2028',
        '%YAML 9.9\n',
        '<<: *a\n',
        'body\n',
      ),
      fc.string({ unit: 'binary', maxLength: 12 }),
    ),
    { maxLength: 14 },
  )
  .map((parts) => encoder.encode(parts.join('')));

describe('parseSkillFile', () => {
  test('never throws and is deterministic on random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => holds(bytes, 'greet')),
      { numRuns: 10_000 },
    );
  });

  test('never throws and is deterministic on broken skills', () => {
    fc.assert(
      fc.property(skillLike, (bytes) => holds(bytes, 'greet')),
      { numRuns: 10_000 },
    );
  });

  test('never throws on a good skill with bytes changed', () => {
    const good = encoder.encode(
      '---\nname: greet\ndescription: Says hello.\nmetadata:\n  triggers: hello, hi\n---\nSay hello.\n',
    );
    const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 4 }), (changes) => {
        const bytes = good.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        holds(bytes, 'greet');
      }),
      { numRuns: 3_000 },
    );
  });

  test.each([
    ['deep nesting', `---\na: ${'['.repeat(20_000)}\n---\nb`],
    [
      'deep maps',
      `---\n${Array.from({ length: 3_000 }, (_, at) => `${' '.repeat(at % 60)}a:\n`).join('')}---\nb`,
    ],
    [
      'an alias bomb',
      `---\na: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
        .split('')
        .map((key, at) => `${key}: &${key} [${Array(9).fill(`*${'abcdefgh'[at]}`).join(',')}]`)
        .join('\n')}\n---\nb`,
    ],
  ])('survives %s', (_, text) => {
    const { skill, diagnostics } = parse(text);
    expect(skill).toBeUndefined();
    expect(diagnostics.some(({ severity }) => severity === 'error')).toBe(true);
  });

  test('keeps values as they are written, without guessing types', () => {
    const { skill, diagnostics } = parse('---\nname: "123"\ndescription: 2026-01-05\n---\nb', '123');
    expect(diagnostics).toEqual([]);
    expect(skill).toMatchObject({ name: '123', description: '2026-01-05' });
    expect(parse('---\nname: 123\ndescription: yes\n---\nb', '123').skill?.description).toBe('yes');
  });

  test('counts characters of a description, not code units', () => {
    expect(parse(`---\nname: greet\ndescription: ${'\u{1f600}'.repeat(1024)}\n---\nb`).skill).toBeDefined();
    expect(parse(`---\nname: greet\ndescription: ${'\u{1f600}'.repeat(1025)}\n---\nb`).skill).toBeUndefined();
  });

  test.each(['a', 'a-b', '9', 'a1-2b', 'x'.repeat(64)])('takes the name %s', (name) => {
    expect(parse(`---\nname: "${name}"\ndescription: d\n---\nb`, name).skill?.name).toBe(name);
  });

  test.each(['-a', 'a-', 'a--b', 'A', 'a_b', 'a b', 'ä', 'x'.repeat(65), 'a/b', '..'])(
    'refuses the name %s',
    (name) => {
      expect(parse(`---\nname: "${name}"\ndescription: d\n---\nb`, name).skill).toBeUndefined();
    },
  );
});
