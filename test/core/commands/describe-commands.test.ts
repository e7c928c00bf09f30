import { describe, expect, test } from 'vitest';
import { commandCatalogue } from '../../../core/commands/catalogue.ts';
import type { CommandSpec } from '../../../core/commands/command-spec.ts';
import { describeCommands } from '../../../core/commands/describe-commands.ts';
import { menuLanguages, withTranslations } from '../../../core/commands/menu-languages.ts';
import type { ArgumentDescription, SubcommandDescription } from '../../../core/ports/channel.ts';

type Part = SubcommandDescription | ArgumentDescription;

/** Everything that a menu shows, commands, their parts and their arguments. */
const parts: readonly Part[] = describeCommands().flatMap((command) =>
  [command, ...(command.subcommands ?? [])].flatMap((part): Part[] => [part, ...(part.args ?? [])]),
);

describe.each(Object.keys(menuLanguages))('in %s', (locale) => {
  test('everything that a menu shows has words of its own, of which no platform has to cut any', () => {
    expect(parts.length).toBeGreaterThan(12);
    const missing = parts.filter(({ summaries = {} }) => (summaries[locale] ?? '') === '');
    expect(missing.map(({ name }) => name)).toEqual([]);
    for (const { summary, summaries = {} } of parts) {
      expect(summaries[locale]).not.toBe(summary);
      expect([...(summaries[locale] ?? '')].length).toBeLessThanOrEqual(100);
    }
  });

  test('nothing is translated that is not there', () => {
    const { commands = {}, groups = {} } = menuLanguages[locale] ?? {};
    for (const [name, { args = {} }] of Object.entries(commands)) {
      const spec = commandCatalogue.find(({ path }) => path.join(' ') === name);
      expect(spec?.args.map((argument) => argument.name)).toEqual(Object.keys(args));
    }
    for (const name of Object.keys(groups)) expect(parts.map((part) => part.name)).toContain(name);
  });
});

const known = commandCatalogue.find(({ path }) => path[0] === 'status');
if (known === undefined) throw new Error('The catalogue has no status.');
const { translations: _, ...plain } = known;
const spec: CommandSpec = {
  ...plain,
  path: ['note'],
  summary: 'keep a note',
  args: [
    { name: 'title', summary: 'a title', kind: 'word', required: true },
    { name: 'words', summary: 'the words', kind: 'rest', required: false },
  ],
};

test('a language that says less than all is shown as far as it goes', () => {
  const french = { commands: { note: { summary: 'noter', args: { title: 'un titre' } } }, groups: {} };
  expect(
    describeCommands([withTranslations(spec, { fr: french, it: { commands: {}, groups: {} } })]),
  ).toEqual([
    {
      name: 'note',
      summary: 'keep a note',
      summaries: { fr: 'noter' },
      args: [
        {
          ...{ name: 'title', summary: 'a title', kind: 'word', required: true, completes: false },
          summaries: { fr: 'un titre' },
        },
        { name: 'words', summary: 'the words', kind: 'rest', required: false, completes: false },
      ],
    },
  ]);
});

test('a command without translations is described without any', () => {
  expect(withTranslations(spec, {})).toBe(spec);
  expect(describeCommands([spec])[0]).not.toHaveProperty('summaries');
});

test('what may be answered with a form says so, and nothing else does', () => {
  const opening: CommandSpec = { ...spec, opensForm: true };
  const group: CommandSpec = { ...opening, path: ['notes', 'add'] };
  const [alone, notes] = describeCommands([
    opening,
    { ...spec, path: ['notes'] },
    group,
    { ...spec, path: ['notes', 'list'] },
  ]);
  expect(alone?.opensForm).toBe(true);
  expect(notes).not.toHaveProperty('opensForm');
  expect(notes?.subcommands?.map(({ name, opensForm }) => [name, opensForm])).toEqual([
    ['add', true],
    ['list', undefined],
  ]);
});
