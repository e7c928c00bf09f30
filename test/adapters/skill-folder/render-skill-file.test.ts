import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createSkillArchive } from '../../../adapters/skill-folder/skill-archive.ts';
import type { SkillText } from '../../../core/domain/skill.ts';
import { sampleText, skillNamed } from '../../fakes/skills/sample-skill.ts';

const archive = createSkillArchive();
const decoder = new TextDecoder();
const rendered = (text: SkillText): string => decoder.decode(archive.render(text));

// biome-ignore lint/suspicious/noControlCharactersInRegex: what a SKILL.md cannot hold
const controls = /[\u0000-\u0008\u000b\u000c\u000d-\u001f\u007f]/g;
const line = (text: string): string =>
  text.toWellFormed().replaceAll(controls, '').replaceAll(/\s+/g, ' ').trim();

const nasty = fc.constantFrom(
  '---',
  '--- ',
  '"',
  "'",
  ': ',
  ' #',
  '- ',
  '? ',
  '| ',
  '> ',
  '&a',
  '*a',
  '!!binary',
  '{',
  '}',
  '[',
  ']',
  ',',
  '%YAML',
  '@',
  '`',
  'true',
  'null',
  '~',
  '123',
  '1e3',
  '0x1f',
  '2026-01-01',
  '=',
  '<<',
  '\\',
  '\\n',
  '…',
  '日本',
  '😀',
  'שלום',
  '\u0085',
  '\u200b',
  'name: x',
  'description:',
  '\u00a0',
  '\u2028',
  '```',
  'word',
  ' ',
);
const text = fc.array(fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 10 });
const oneLine = text.map((parts) => line(parts.join('')));
const phrase = oneLine.filter((value) => value !== '');
const name = fc
  .array(fc.stringMatching(/^[a-z0-9]{1,8}$/), { minLength: 1, maxLength: 4 })
  .map((words) => skillNamed(words.join('-')));
const body = fc
  .array(text, { minLength: 1, maxLength: 8 })
  .map((lines) =>
    lines
      .map((parts) => parts.join(''))
      .join('\n')
      .toWellFormed()
      .replaceAll(controls, '')
      .trim(),
  )
  .filter((value) => value !== '');
const skillText: fc.Arbitrary<SkillText> = fc.record({
  name: fc.oneof(name, fc.constantFrom('null', 'true', '123', '1e3', '0x1f').map(skillNamed)),
  description: phrase,
  triggers: fc.uniqueArray(phrase, { maxLength: 4 }),
  body,
  source: fc.constant('SKILL.md'),
});

describe('a rendered SKILL.md', () => {
  test('is plain to read', () => {
    const greet = sampleText('greet', {
      description: 'Use it for hellos: also "short" ones.',
      triggers: ['hello', 'good day'],
      body: '# Greeting\n\nSay good day.',
    });
    expect(rendered(greet)).toBe(
      [
        '---',
        'name: greet',
        `description: 'Use it for hellos: also "short" ones.'`,
        'metadata:',
        '  triggers: hello, good day',
        '---',
        '',
        '# Greeting',
        '',
        'Say good day.',
        '',
      ].join('\n'),
    );
  });

  test('has no metadata without triggers', () => {
    expect(rendered(sampleText('greet'))).not.toContain('metadata');
  });

  test('reads back as it was, whatever the texts hold', () => {
    fc.assert(
      fc.property(skillText, (skill) => {
        const { skills, diagnostics } = archive.readBytes(archive.render(skill), 'SKILL.md');
        expect(skills.map((packed) => packed.text)).toEqual([skill]);
        const needsList = skill.triggers.some((trigger) => trigger.includes(','));
        expect(diagnostics.map(({ severity }) => severity)).toEqual(needsList ? ['warning'] : []);
      }),
      { numRuns: 500 },
    );
  });

  test('means the same to programs that guess the types of YAML', () => {
    fc.assert(
      fc.property(skillText, (skill) => {
        const [, front = ''] = /^---\n([\s\S]*?)\n---\n/.exec(rendered(skill)) ?? [];
        expect(parse(front)).toMatchObject({ name: skill.name, description: skill.description });
      }),
    );
  });
});
