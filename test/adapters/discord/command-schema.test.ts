import { describe, expect, test } from 'vitest';
import {
  type CommandSchema,
  commandSchemas,
  messageMenuActions,
  sameCommands,
} from '../../../adapters/discord/command-schema.ts';
import { describeCommands } from '../../../core/commands/describe-commands.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import type { CommandDescription } from '../../../core/ports/channel.ts';
import { apiDescription } from '../../fakes/discord/openapi-check.ts';
import { APP, commands, GUILD } from './inbound-payloads.ts';

const where = { contexts: [0, 1], integration_types: [0] };

test('the root has everything, groups stand by themselves too, and messages have a menu', () => {
  const group = [
    {
      type: 1,
      name: 'list',
      description: 'all',
      options: [{ type: 4, name: 'page', description: 'which page', min_value: 1 }],
    },
    {
      type: 1,
      name: 'show',
      description: 'one',
      options: [
        { type: 3, name: 'name', description: 'which', required: true, autocomplete: true },
        { type: 3, name: 'rest', description: 'more' },
      ],
    },
  ];
  expect(commandSchemas(commands, 'global')).toEqual([
    {
      type: 1,
      name: 'metaclaw',
      description: 'Everything that I can do',
      options: [
        {
          type: 1,
          name: 'help',
          description: 'what I can do',
          options: [{ type: 3, name: 'command', description: 'which', autocomplete: true }],
        },
        { type: 1, name: 'status', description: 'how I am doing' },
        { type: 2, name: 'skill', description: 'skills', options: group },
      ],
      ...where,
    },
    { type: 1, name: 'skill', description: 'skills', options: group, ...where },
    { type: 3, name: 'Correct this answer', ...where },
  ]);
  expect([...messageMenuActions]).toEqual([['Correct this answer', 'answer.correct']]);
});

test('in one server nothing is said of where', () => {
  for (const schema of commandSchemas(commands, 'guild')) {
    expect(schema).not.toHaveProperty('contexts');
    expect(schema).not.toHaveProperty('integration_types');
  }
});

test('summaries are told in the languages that Discord has, and arguments that must be given first', () => {
  const command: CommandDescription = {
    name: 'skill',
    summary: 'skills',
    summaries: { de: 'Fähigkeiten', 'pt-BR': 'habilidades', tlh: 'po’' },
    args: [
      { name: 'b', summary: 'b', kind: 'word', required: false, completes: false },
      { name: 'a', summary: 'a', kind: 'word', required: true, completes: false, summaries: { de: 'Ä' } },
    ],
  };
  const [root] = commandSchemas([command], 'guild');
  expect(root?.options?.[0]).toMatchObject({
    description_localizations: { de: 'Fähigkeiten', 'pt-BR': 'habilidades' },
    options: [{ name: 'a', description_localizations: { de: 'Ä' } }, { name: 'b' }],
  });
  expect(Object.keys(root?.options?.[0]?.description_localizations ?? {})).toEqual(['de', 'pt-BR']);
});

describe('never above the limits', () => {
  const one = (more: object = {}): CommandDescription => ({ name: 'x', summary: 's', ...more });
  const many = (count: number, summary = 's') =>
    Array.from({ length: count }, (_, index) => ({ name: `n${index}`, summary }));
  test.each<[string, readonly CommandDescription[]]>([
    ['a name with capitals', [one({ name: 'X' })]],
    ['a name with blanks', [one({ name: 'a b' })]],
    ['a long name', [one({ name: 'x'.repeat(33) })]],
    ['no summary', [one({ summary: ' ' })]],
    ['a long summary', [one({ summary: 'x'.repeat(101) })]],
    ['a long summary in another language', [one({ summaries: { de: 'x'.repeat(101) } })]],
    ['26 commands', many(26)],
    ['26 subcommands', [one({ subcommands: many(26) })]],
    ['two of one name', [one(), one()]],
    [
      '8,000 characters',
      Array.from({ length: 4 }, (_, n) => ({
        name: `g${n}`,
        summary: 's',
        subcommands: many(25, 'x'.repeat(100)),
      })),
    ],
  ])('%s', (_, given) => {
    expect(() => commandSchemas(given, 'global')).toThrow(AppError);
  });

  test('and up to them', () => {
    expect(commandSchemas(many(25, 'x'.repeat(100)), 'global')).toHaveLength(2);
    expect(commandSchemas([], 'global')).toHaveLength(1);
  });
});

describe('what is registered', () => {
  const wanted = commandSchemas(
    [...commands, { name: 'new', summary: 'anew', summaries: { de: 'neu', fr: 'nouveau' } }],
    'global',
  );
  const asListed = (schema: CommandSchema, index: number): object => ({
    ...JSON.parse(JSON.stringify(schema)),
    id: `${index}`,
    application_id: APP,
    version: '5',
    default_member_permissions: null,
    dm_permission: true,
    nsfw: false,
    name_localizations: null,
    description: schema.description ?? '',
    description_localizations: schema.description_localizations ?? null,
    contexts: [1, 0],
  });
  const listed = wanted.map(asListed);

  test('is the same as Discord lists it, whatever it adds and in whatever order', () => {
    expect(sameCommands(listed.toReversed(), wanted, 'global')).toBe(true);
    const turned: unknown = JSON.parse(
      JSON.stringify(listed).replace('"de":"neu","fr":"nouveau"', '"fr":"nouveau","de":"neu"'),
    );
    expect(JSON.stringify(turned)).not.toBe(JSON.stringify(listed));
    expect(sameCommands(turned, wanted, 'global')).toBe(true);
    const ofGuild = commandSchemas(commands, 'guild');
    expect(sameCommands(ofGuild.map(asListed), ofGuild, 'guild')).toBe(true);
  });

  test('is another one when anything of ours differs', () => {
    const text = JSON.stringify(listed);
    const changes: readonly (readonly [string, string])[] = [
      ['"description":"how I am doing"', '"description":"how I was"'],
      ['"de":"neu"', '"de":"alt"'],
      ['"required":true', '"required":false'],
      ['"autocomplete":true', '"autocomplete":false'],
      ['"min_value":1', '"min_value":2'],
      ['"name":"page"', '"name":"seite"'],
      ['"contexts":[1,0]', '"contexts":[1]'],
      ['"nsfw":false', '"nsfw":true'],
    ];
    for (const [from, to] of changes) {
      expect(text).toContain(from);
      expect(sameCommands(JSON.parse(text.replace(from, to)), wanted, 'global'), to).toBe(false);
    }
    expect(sameCommands(listed.slice(1), wanted, 'global')).toBe(false);
    expect(
      sameCommands([...listed, asListed({ type: 1, name: 'old', description: 'x' }, 9)], wanted, 'global'),
    ).toBe(false);
    for (const odd of [undefined, null, {}, 'x', [null], [5]])
      expect(sameCommands(odd, wanted, 'global')).toBe(false);
  });
});

test.skipIf(apiDescription === undefined)(
  'core’s commands fit Discord’s own description (skipped without ../shared/data)',
  () => {
    const query = new URLSearchParams();
    const check = (path: string, body: unknown): void =>
      apiDescription?.check({ method: 'PUT', path, query, body });
    check(`/applications/${APP}/commands`, commandSchemas(describeCommands(), 'global'));
    check(`/applications/${APP}/guilds/${GUILD}/commands`, commandSchemas(describeCommands(), 'guild'));
  },
);
