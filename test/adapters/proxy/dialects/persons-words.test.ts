import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { personsWords } from '../../../../adapters/proxy/dialects/persons-words.ts';
import { anyChar } from './written-json.ts';

describe('not a person’s', () => {
  test.each([
    ['a reminder', '<system-reminder>\nToday is Monday.\n</system-reminder>'],
    ['two reminders', '<system-reminder>a</system-reminder>\n<system-reminder>b</system-reminder>'],
    ['a slash command without words', '<command-name>/clear</command-name>\n<command-args></command-args>'],
    ['what a command printed', '<local-command-stdout>ok</local-command-stdout>'],
    ['the environment', '<environment_context>\n  <cwd>/srv</cwd>\n</environment_context>'],
    [
      'instructions of a project',
      '# AGENTS.md instructions for /srv\n\n<INSTRUCTIONS>\nTabs.\n</INSTRUCTIONS>',
    ],
    ['a tag with attributes', '<hook_prompt hook_run_id="7">Check.</hook_prompt>'],
    ['an interruption', '[Request interrupted by user for tool use]'],
    ['a skill that was loaded', '<skill>\n<name>x</name>\nDo x.\n</skill>'],
  ])('%s', (_, text) => {
    expect(personsWords(text)).toBe('');
  });
});

describe('a person’s', () => {
  test.each([
    ['around a reminder', 'Fix it.\n<system-reminder>x</system-reminder>\nSoon.', 'Fix it.\n\nSoon.'],
    [
      'behind a slash command',
      '<command-name>/review</command-name><command-args>the tests</command-args>',
      'the tests',
    ],
    [
      'under the title of an editor',
      '# Context from my IDE setup:\n\n## Open tabs:\n- a.ts\n\n## My request for Codex:\nFix a.',
      'Fix a.',
    ],
    [
      'without the title',
      '# Context from my IDE setup: what is it?',
      '# Context from my IDE setup: what is it?',
    ],
    ['with tags of their own', 'Why is <div>x</div> bold?', 'Why is <div>x</div> bold?'],
    ['with a tag that does not end', 'What is <system-reminder> for?', 'What is <system-reminder> for?'],
    ['about a skill', 'What does <skill>x</skill> do?', 'What does <skill>x</skill> do?'],
    [
      'with a longer name',
      'a <system-reminders>b</system-reminders>',
      'a <system-reminders>b</system-reminders>',
    ],
  ])('%s', (_, text, words) => {
    expect(personsWords(text)).toBe(words);
  });

  test('whatever it is: words without a tag are kept, trimmed', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyChar }), (text) => {
        fc.pre(!text.includes('<') && !text.trim().startsWith('[Request') && !text.trim().startsWith('#'));
        expect(personsWords(text)).toBe(text.trim());
      }),
    );
  });
});

test('many openings without an end are looked through once', () => {
  const text = `${'<system-reminder> '.repeat(200_000)}end`;
  expect(personsWords(text)).toHaveLength(text.length);
});
