import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandCatalogue } from '../../../core/commands/catalogue.ts';
import { commandPolicy } from '../../../core/commands/command-policy.ts';
import { commandName } from '../../../core/commands/command-spec.ts';
import { completeCommandLine } from '../../../core/commands/complete-command-line.ts';
import { parseCommandLine } from '../../../core/commands/parse-command-line.ts';
import { readWords } from '../../../core/commands/words.ts';

/** What a line means, short: the command's name and arguments, or what is wrong. */
function meaning(line: string): string {
  const parsed = parseCommandLine(line, commandCatalogue);
  switch (parsed.kind) {
    case 'command':
      return [commandName(parsed.command), JSON.stringify(parsed.args)].join(' ').replace(' {}', '');
    case 'missing_argument':
    case 'bad_argument':
      return `${parsed.kind} ${parsed.argument.name} of ${commandName(parsed.command)}`;
    case 'unknown':
      return `unknown ${parsed.name} near ${parsed.suggestion === undefined ? '-' : commandName(parsed.suggestion)}`;
    case 'empty':
      return 'empty';
  }
}

describe('names', () => {
  test.each([
    'status',
    '/status',
    '  /status  ',
    'STATUS',
    '!status',
    '/metaclaw status',
    'metaclaw /status',
    '/status@my_bot',
    '/metaclaw@my_bot status',
    '"status"',
  ])('%j is status', (line) => {
    expect(meaning(line)).toBe('status');
  });

  test.each([
    'skill show pdf',
    'skill_show pdf',
    'Skill-Show   pdf',
    '/skill_show@bot pdf',
    ' skill  SHOW "pdf" ',
    'skill\tshow\npdf',
  ])('%j shows a skill', (line) => {
    expect(meaning(line)).toBe('skill show {"name":"pdf"}');
  });

  test('other names that people try', () => {
    expect(meaning('skills')).toBe('skill list');
    expect(meaning('/skill')).toBe('skill list');
    expect(meaning('skill 2')).toBe('skill list {"page":"2"}');
    expect(meaning('?')).toBe('help');
    expect(meaning('cancel')).toBe('stop');
    expect(meaning('reset')).toBe('new');
  });

  test('a mistyped name gets the nearest one', () => {
    expect(meaning('stauts')).toBe('unknown stauts near status');
    expect(meaning('hlep')).toBe('unknown hlep near help');
    expect(meaning('skill serach pdf')).toBe('unknown skill serach near skill search');
    expect(meaning('skil show pdf')).toBe('unknown skil near skill list');
    expect(meaning('skill pdf')).toBe('unknown skill pdf near -');
    expect(meaning('weather tomorrow')).toBe('unknown weather near -');
    expect(meaning(`${'x'.repeat(500)} y`)).toBe(`unknown ${'x'.repeat(40)}… near -`);
    expect(meaning('<b>')).toBe('unknown <b> near -');
  });

  test('nothing', () => {
    for (const line of ['', '   ', '/', ' / ', '!!', '/metaclaw', '/metaclaw '])
      expect(meaning(line), JSON.stringify(line)).toBe('empty');
  });
});

describe('arguments', () => {
  test('all that follows, as it was written', () => {
    expect(meaning('skill search  pdf   "two words"  x ')).toBe(
      `skill search ${JSON.stringify({ words: 'pdf   "two words"  x' })}`,
    );
    expect(meaning('skill search "all of it"')).toBe('skill search {"words":"all of it"}');
    expect(meaning("skill search what's new")).toBe(`skill search {"words":"what's new"}`);
    expect(meaning('help skill search')).toBe('help {"command":"skill search"}');
  });

  test('quotes hold a word together, also those that phones type', () => {
    for (const line of [
      'skill show "a b"',
      "skill show 'a b'",
      'skill show “a b”',
      'skill show „a b“',
      'skill show «a b»',
    ])
      expect(meaning(line), line).toBe('skill show {"name":"a b"}');
    expect(meaning('skill show "a b')).toBe(`skill show ${JSON.stringify({ name: '"a' })}`);
    expect(meaning('skill show ""')).toBe('missing_argument name of skill show');
  });

  test('missing and wrong ones', () => {
    expect(meaning('skill show')).toBe('missing_argument name of skill show');
    expect(meaning('skill search   ')).toBe('missing_argument words of skill search');
    expect(meaning('link')).toBe('missing_argument code of link');
    for (const page of ['0', '-1', '1.5', 'two', '9999999', '1e3'])
      expect(meaning(`skill list ${page}`), page).toBe('bad_argument page of skill list');
    expect(meaning('skill list 02')).toBe('skill list {"page":"02"}');
  });

  test('words beyond the arguments change nothing', () => {
    expect(meaning('stop please')).toBe('stop');
    expect(meaning('skill show pdf now')).toBe('skill show {"name":"pdf"}');
  });
});

test('policies follow the catalogue, whatever the spelling', () => {
  expect(commandPolicy('/Stop now')).toEqual({ lane: 'overtake', forStrangers: false });
  expect(commandPolicy('new')).toEqual({ lane: 'in_order', forStrangers: false });
  expect(commandPolicy('link abc')).toEqual({ lane: 'in_order', forStrangers: true });
  expect(commandPolicy('link')).toEqual({ lane: 'in_order', forStrangers: true });
  expect(commandPolicy('privacy')).toEqual({ lane: 'beside', forStrangers: true });
  expect(commandPolicy('skill list x')).toEqual({ lane: 'beside', forStrangers: false });
  expect(commandPolicy('nonsense')).toEqual({ lane: 'beside', forStrangers: false });
  expect(commandPolicy('')).toEqual({ lane: 'beside', forStrangers: true });
});

describe('any line', () => {
  const pieces = fc.constantFrom(
    ...commandCatalogue.flatMap(({ path, aliases }) => [...path, ...aliases]),
    '/',
    '!',
    ' ',
    '  ',
    '\t',
    '\n',
    '"',
    "'",
    '“',
    '”',
    '_',
    '-',
    '@',
    '@bot',
    'metaclaw',
    '1',
    '0',
    '-1',
    'pdf',
    '__proto__',
    'constructor',
    'toString',
    '\u0000',
    '\uD83D',
    '👍',
    '%',
    '<',
    '(',
    '[',
    '\\',
    '*',
    '+',
    '$&',
  );
  const lines = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
    fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join(' ')),
  );
  const context = {
    role: 'person',
    isAdmitted: true,
    skills: () => [
      { name: 'pdf-tables', description: 'For tables.' },
      { name: 'plain-words', description: 'For plain words.' },
    ],
  } as const;

  test('parses without a throw, to a command of the catalogue with all it needs', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(lines, (line) => {
        const parsed = parseCommandLine(line, commandCatalogue);
        commandPolicy(line);
        if (parsed.kind !== 'command') return;
        expect(commandCatalogue).toContain(parsed.command);
        const known = new Set(parsed.command.args.map(({ name }) => name));
        for (const [name, value] of Object.entries(parsed.args)) {
          expect(known.has(name)).toBe(true);
          expect(value.trim()).toBe(value);
          expect(value).not.toBe('');
        }
        for (const { name, required } of parsed.command.args)
          if (required) expect(parsed.args[name]).toBeDefined();
      }),
      { numRuns: 20_000 },
    );
  });

  test('completes without a throw, to at most 25 lines that mean something', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(lines, (line) => {
        const choices = completeCommandLine(line, context);
        expect(choices.length).toBeLessThanOrEqual(25);
        expect(new Set(choices.map(({ value }) => value)).size).toBe(choices.length);
        for (const { value, label, hint } of choices) {
          expect(parseCommandLine(value, commandCatalogue).kind).toMatch(/^(?:command|missing_argument)$/);
          expect([label, hint]).not.toContain('');
        }
      }),
      { numRuns: 10_000 },
    );
  });

  test('words lie in the line, in order, with nothing but blanks between them', () => {
    fc.assert(
      fc.property(lines, (line) => {
        let end = 0;
        for (const word of readWords(line)) {
          expect(line.slice(end, word.start).trim()).toBe('');
          expect(line.slice(word.start, word.end)).toContain(word.text);
          expect(word.end).toBeGreaterThan(word.start);
          end = word.end;
        }
        expect(line.slice(end).trim()).toBe('');
      }),
      { numRuns: 10_000 },
    );
  });
});
