import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandCatalogue } from '../../../core/commands/catalogue.ts';
import { commandName } from '../../../core/commands/command-spec.ts';
import { writtenCommand } from '../../../core/commands/written-command.ts';

describe('after a mention', () => {
  test.each([
    'help',
    'Help',
    'help why',
    'help skill search',
    'commands',
    'status',
    'why',
    'new',
    'stop',
    'skill list',
    'skill list 2',
    'skills',
    'skill show write-sql',
    'skill show',
    'skill_search pdf tables',
    'privacy',
    'link ABCDE12345',
    'feedback good',
    'feedback bad it was far too long',
    'feedback bad: it was far too long',
    'feedback bad, because it was too long:\ntwo pages',
    'feedback bad\nIt was far too long.\n\nAnd wrong.',
    'reward hold five votes\nin a minute',
    'reward release turn_01abc',
  ])('“%s” is a command', (text) => {
    expect(writtenCommand(` ${text} `, true)).toBe(text);
  });

  test.each([
    'help me write a letter',
    'help us with status',
    'status of the build?',
    'why?',
    'why is the sky blue',
    'stop doing that',
    'new plan: we leave at noon',
    'new: we leave at noon',
    'stop, you two',
    'feedback: bad',
    'help: status is red',
    'skills matter here',
    'skill show write-sql please',
    'status\nand more',
    'skill search pdf\ntables',
    'feedback\nbad',
    'feedback on my essay, please',
    'reward release\nthem',
    'Write to them:\nfeedback bad',
    '',
    '   ',
    'summarise this',
    '?',
  ])('“%s” is for the model', (text) => {
    expect(writtenCommand(text, true)).toBeUndefined();
  });

  test.each([
    ['stop!', 'stop'],
    ['Stop.', 'Stop'],
    ['skill list.', 'skill list'],
    ['!stop!!', '!stop'],
  ])('“%s” is said with emphasis', (text, line) => {
    expect(writtenCommand(text, true)).toBe(line.replace('!', ''));
  });

  test.each([
    ['mybot skill list', 'skill list'],
    ['MyBot status', 'status'],
    ['/mybot skill list', 'skill list'],
    ['!mybot /status', 'status'],
    ['mybot stop!', 'stop'],
    ['metaclaw status', 'status'],
  ])('“%s” begins with the word that people know from the platform’s menu', (text, line) => {
    expect(writtenCommand(text, true, 'mybot')).toBe(line);
  });

  test.each(['mybot is down again', 'mybot', 'mybots status', 'otherbot status'])(
    '“%s” is for the model all the same',
    (text) => {
      expect(writtenCommand(text, true, 'mybot')).toBeUndefined();
    },
  );

  test('every command of the catalogue that needs no argument can be written by its name alone', () => {
    for (const spec of commandCatalogue) {
      if (spec.args.some(({ required }) => required)) continue;
      expect(writtenCommand(commandName(spec), true)).toBe(commandName(spec));
    }
  });
});

describe('behind a mark', () => {
  test.each([
    ['!status', 'status'],
    ['/status', 'status'],
    ['!stop now', 'stop now'],
    ['/metaclaw why', 'why'],
    ['!statsu', 'statsu'],
  ])('“%s” is a command, also without a mention', (text, line) => {
    expect(writtenCommand(text, false)).toBe(line);
  });

  test.each([
    '!important: read this',
    '/etc/passwd holds what?',
    '! status',
    '!',
    '/',
    'status',
    '!!',
    '/usr',
  ])('“%s” is for the model', (text) => {
    expect(writtenCommand(text, false)).toBeUndefined();
  });
});

test('it never throws, and what it gives is part of what was written', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.boolean(), (text, isAfterMention) => {
      const line = writtenCommand(text, isAfterMention);
      expect(line === undefined || text.includes(line)).toBe(true);
    }),
    { numRuns: 5_000 },
  );
});
