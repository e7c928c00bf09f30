import { describe, expect, test } from 'vitest';
import type { DraftText } from '../../../../core/domain/skill-operation.ts';
import { schemaFindings } from '../../../../core/skills/gates/schema-gate.ts';
import { loadShippedBank } from '../../../fakes/skills/shipped-bank.ts';
import { sampleDraft, sampleLimits } from './sample-draft.ts';

const messages = (changes: Partial<DraftText>, limits = sampleLimits): string =>
  schemaFindings(sampleDraft(changes), limits)
    .map(({ message }) => message)
    .join(' ');

describe('the schema gate', () => {
  test('lets a sound draft through', () => {
    expect(schemaFindings(sampleDraft(), sampleLimits)).toEqual([]);
  });

  test.each([
    '',
    '..',
    '../x',
    'a/b',
    'a\\b',
    'A-b',
    'a--b',
    '-a',
    'a_b',
    'a b',
    'план',
    'ѕkill',
    'a\n',
    'a'.repeat(65),
  ])('refuses the name %j', (name) => {
    expect(messages({ name })).toContain('The name is not allowed');
  });

  test.each(['con', 'nul', 'com1', 'lpt9', 'null', 'true', 'no', '123', '0x1f', '1e5', '2024-01-31'])(
    'refuses the reserved name %s',
    (name) => {
      expect(messages({ name })).toContain('The name is reserved');
    },
  );

  test.each(['console', 'nullable', 'a1', '2024-plans'])('takes the name %s', (name) => {
    expect(messages({ name })).toBe('');
  });

  test('a description has 1 to 1,024 characters, as people count them', () => {
    expect(messages({ description: ' ' })).toContain('The description is missing');
    expect(messages({ description: 'x'.repeat(1_024) })).toBe('');
    expect(messages({ description: '😀'.repeat(1_024) })).toBe('');
    expect(messages({ description: 'x'.repeat(1_025) })).toContain('more than 1,024 characters');
    expect(messages({ description: '😀'.repeat(1_025) })).toContain('more than 1,024 characters');
  });

  test.each(['Plans.\nname: hijack', 'Plans.\n---\nbody', 'Plans.\r'])(
    'a description cannot bring keys or a fence of its own: %j',
    (description) => {
      expect(messages({ description })).toContain('The description has a line break');
    },
  );

  test.each(['--- x', '{a: b}', '[x]', '&a', '*a', '!x', '| x', '> x', '"x" y', '# x', '- x', '@x', '%x'])(
    'a description begins with nothing that YAML reads otherwise: %s',
    (description) => {
      expect(messages({ description })).toContain('means something else');
    },
  );

  test('at most 20 triggers of at most 80 characters, unless more are allowed', () => {
    const many = Array.from({ length: 21 }, (_, index) => `word ${index}`);
    expect(messages({ triggers: many.slice(1) })).toBe('');
    expect(messages({ triggers: many })).toContain('more than 20 triggers');
    expect(schemaFindings(sampleDraft({ triggers: many }), { ...sampleLimits, maxTriggers: 21 })).toEqual([]);
    expect(messages({ triggers: ['x'.repeat(80)] })).toBe('');
    expect(messages({ triggers: ['ok', 'x'.repeat(81)] })).toContain('Trigger 2 has more than 80 characters');
    expect(messages({ triggers: [''] })).toContain('Trigger 1 is empty');
    expect(messages({ triggers: ['a, b'] })).toContain('Trigger 1 has a comma');
    expect(messages({ triggers: ['a\nb'] })).toContain('Trigger 1 has a comma or a line break');
  });

  test('instructions have at least one word, and at most the tokens and characters allowed', () => {
    expect(messages({ body: ' \n' })).toContain('There are no instructions');
    expect(messages({ body: 'x'.repeat(400) }, { maxBodyTokens: 100 })).toBe('');
    expect(messages({ body: 'x'.repeat(401) }, { maxBodyTokens: 100 })).toContain('about 101 tokens and 100');
    expect(messages({ body: 'x'.repeat(8_000) }, { maxBodyTokens: 9_999 })).toBe('');
    expect(messages({ body: 'x'.repeat(8_001) }, { maxBodyTokens: 9_999 })).toContain('more than 8,000');
  });

  test.each([
    ['NUL', '\u0000', 'U+0000'],
    ['escape', '\u001b', 'U+001B'],
    ['C1 control', '\u0085', 'U+0085'],
    ['zero-width space', '\u200b', 'U+200B'],
    ['zero-width joiner', '\u200d', 'U+200D'],
    ['word joiner', '\u2060', 'U+2060'],
    ['byte order mark', '\ufeff', 'U+FEFF'],
    ['soft hyphen', '\u00ad', 'U+00AD'],
    ['override of direction', '\u202e', 'U+202E'],
    ['isolate', '\u2066', 'U+2066'],
    ['line separator', '\u2028', 'U+2028'],
    ['tag letter', '\u{e0041}', 'U+E0041'],
    ['variation selector', '\ufe00', 'U+FE00'],
    ['Hangul filler', '\u3164', 'U+3164'],
    ['blank Braille', '\u2800', 'U+2800'],
    ['private use', '\ue000', 'U+E000'],
    ['half of a pair', '\ud800', 'U+D800'],
    ['lone carriage return', '\r', 'U+000D'],
  ])('names a character that nobody sees: %s', (_, char, codePoint) => {
    expect(messages({ body: `Line one.\nLine${char}two.` })).toContain(`Line 2 of the instructions holds`);
    expect(messages({ body: `Line one.\nLine${char}two.` })).toContain(`(${codePoint})`);
    expect(messages({ description: `Plans${char}trips.` })).toContain(codePoint);
    expect(messages({ triggers: [`tr${char}ip`] })).toContain(codePoint);
  });

  test.each([
    'Tabs\tin code and\r\nline ends of another system',
    'Emoji 👩‍🚀 👍🏽 ❤️ 1️⃣ 🏳️‍🌈',
    'می‌خواهم and क्‍ष',
    'Ünïcödé, 中文, 日本語, кириллица',
  ])('lets honest writing through: %s', (body) => {
    expect(messages({ body })).toBe('');
  });

  test('the skills that come with the bot pass where their many triggers are allowed', async () => {
    const { skills } = await loadShippedBank();
    expect(skills).toHaveLength(12);
    for (const skill of skills)
      expect(schemaFindings(skill, { ...sampleLimits, maxTriggers: 40 })).toEqual([]);
  });
});
