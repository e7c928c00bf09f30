import { describe, expect, test } from 'vitest';
import type { StoredNames } from '../../../core/commands/command-spec.ts';
import {
  type CompletionContext,
  completeCommandLine,
  type NamedThing,
  storedNamesIn,
} from '../../../core/commands/complete-command-line.ts';
import { describeCommands } from '../../../core/commands/describe-commands.ts';

const skills = [
  { name: 'pdf-tables', description: 'Use when somebody has a PDF with tables. '.repeat(10) },
  { name: 'plain-words', description: 'Use when somebody wants plain words.' },
  { name: 'read-pdf', description: 'Use when somebody has a PDF.' },
];
const person = { role: 'person', isAdmitted: true, skills: () => skills } as const;
const stranger = { ...person, isAdmitted: false };
const values = (line: string, context: CompletionContext = person): readonly string[] =>
  completeCommandLine(line, context).map(({ value }) => value);

const skillLines = [
  'skill list',
  'skill show ',
  'skill search ',
  'skill add',
  'skill edit ',
  'skill enable ',
  'skill disable ',
  'skill remove ',
  'skill history',
  'skill diff ',
  'skill stats',
  'skill learn',
  'skill export',
  'skill undo ',
];
const trainLines = ['train status', 'train history', 'train show ', 'policy list', 'policy show '];
const scheduleLines = [
  'schedule show',
  'schedule why',
  'schedule window',
  'schedule sleep',
  'schedule timezone',
  'schedule calendar',
  'schedule simulate',
];
const all = [
  'help',
  'new',
  'stop',
  'why',
  'feedback good',
  'feedback bad',
  ...skillLines,
  'status',
  'privacy',
  ...trainLines,
  ...scheduleLines,
];

describe('commands', () => {
  test('as many of them as show for nothing, without those that only strangers need', () => {
    expect(values('')).toEqual(all.slice(0, 25));
    expect(values('/')).toEqual(all.slice(0, 25));
  });

  test('those that begin with what is typed, in any case and spelling', () => {
    expect(values('s')).toEqual(
      [
        'stop',
        ...skillLines,
        'status',
        ...scheduleLines,
        'train status',
        'train show ',
        'policy show ',
      ].slice(0, 25),
    );
    expect(values('/ST')).toEqual(['stop', 'status', 'skill stats', 'train status']);
    expect(values('skill_s')).toEqual(['skill show ', 'skill search ', 'skill stats']);
    expect(values('skill ')).toEqual(skillLines);
    expect(values('xyz')).toEqual([]);
  });

  test('maintainers are offered theirs, others are not', () => {
    expect(values('rew')).toEqual([]);
    expect(values('rew', { ...person, role: 'maintainer' })).toEqual([
      'reward show',
      'reward hold',
      'reward release',
    ]);
  });

  test('a later word finds a command too', () => {
    expect(values('sear')).toEqual(['skill search ']);
  });

  test('say how they are typed and what they do', () => {
    expect(completeCommandLine('skill sh', person)).toEqual([
      { value: 'skill show ', label: 'skill show <name>', hint: 'one skill in full' },
    ]);
  });

  test('strangers are offered what they may use', () => {
    expect(values('', stranger)).toEqual(['help', 'privacy', 'link ']);
  });
});

describe('arguments', () => {
  test('names of skills: beginnings first, then the rest', () => {
    expect(values('skill show ')).toEqual([
      'skill show pdf-tables',
      'skill show plain-words',
      'skill show read-pdf',
    ]);
    expect(values('Skill_Show PDF')).toEqual(['skill show pdf-tables', 'skill show read-pdf']);
    expect(values('skill show pdf t')).toEqual(['skill show pdf-tables']);
    expect(values('skill show nothing')).toEqual([]);
    const [first] = completeCommandLine('skill show pdf', person);
    expect(first?.label).toBe('pdf-tables');
    expect(first?.hint.length).toBeLessThanOrEqual(90);
    expect(first?.hint).toMatch(/…$/);
  });

  test('strangers learn no skill names', () => {
    expect(values('skill show ', stranger)).toEqual([]);
  });

  test('numbers of what has to be looked up: only of the kind that the line is about', () => {
    const stored = (kind: StoredNames): readonly NamedThing[] =>
      ({
        drafts: [{ name: '12.3fa2c1', description: 'notes' }],
        runs: [
          { name: '12', description: 'weights, done' },
          { name: '3', description: 'wording, done' },
        ],
        policies: [{ name: '2', description: 'trained weights, serving' }],
      })[kind];
    const maintainer = { ...person, role: 'maintainer', stored } as const;
    expect(completeCommandLine('train show ', maintainer)).toEqual([
      { value: 'train show 12', label: '12', hint: 'weights, done' },
      { value: 'train show 3', label: '3', hint: 'wording, done' },
    ]);
    expect(values('train show 3', maintainer)).toEqual(['train show 3']);
    expect(values('policy pin ', maintainer)).toEqual(['policy pin 2']);
    expect(values('skill approve ', maintainer)).toEqual(['skill approve 12.3fa2c1']);
    expect(values('policy pin ', { ...person, stored })).toEqual([]);
    expect(values('train show ')).toEqual([]);
  });

  test.each([
    ['/train show ', 'runs'],
    ['Train_Show 1', 'runs'],
    ['policy promote 1', 'policies'],
    ['skill undo 1', undefined],
    ['skill approve 1', 'drafts'],
    ['train show', undefined],
    ['train now ', undefined],
    ['skill show x', undefined],
    ['', undefined],
  ])('%j has to look up %s', (line, kind) => {
    expect(storedNamesIn(line)).toBe(kind);
  });

  test('help takes commands', () => {
    expect(values('help s')).toEqual(
      [
        'help stop',
        ...skillLines.map((line) => `help ${line.trim()}`),
        'help status',
        ...scheduleLines.map((line) => `help ${line}`),
        ...trainLines.map((line) => `help ${line.trim()}`),
      ].slice(0, 25),
    );
  });

  test('at most 25, and skills are looked at only where one is being typed', () => {
    const many = Array.from({ length: 60 }, (_, index) => ({ name: `skill-${index}`, description: 'x' }));
    expect(values('skill show ', { ...person, skills: () => many as typeof skills })).toHaveLength(25);
    const unwanted = (): never => {
      throw new Error('asked for skills');
    };
    expect(completeCommandLine('sto', { ...person, skills: unwanted })).toHaveLength(1);
  });

  test('a name that stands in several scopes is offered once, as the first of them', () => {
    const twice = [...skills, { name: 'plain-words', description: 'An older one for everybody.' }];
    const found = completeCommandLine('skill show plain', { ...person, skills: () => twice });
    expect(found).toEqual([
      { value: 'skill show plain-words', label: 'plain-words', hint: 'Use when somebody wants plain words.' },
    ]);
  });
});

test('menus get one entry for each first word, with what may follow it', () => {
  const menu = describeCommands();
  expect(menu.map(({ name, summary }) => [name, summary])).toEqual([
    ['help', 'what I can do'],
    ['new', 'begin a new conversation'],
    ['stop', 'stop the answer I am writing'],
    ['why', 'which skills led to an answer'],
    ['feedback', 'rate an answer: good or bad, and why'],
    ['skill', 'skills: list, show, search, add, edit, learn, stats and more'],
    ['status', 'how I am doing'],
    ['privacy', 'what I keep and who receives it'],
    ['train', 'training: status, history, show'],
    ['policy', 'what training made: list, show'],
    ['schedule', 'when nobody needs me: show, why, sleep, calendar and more'],
  ]);
  expect(menu.find(({ name }) => name === 'help')?.args).toMatchObject([
    { name: 'command', summary: expect.any(String), kind: 'rest', required: false, completes: true },
  ]);
  expect(menu.find(({ name }) => name === 'stop')).not.toHaveProperty('args');
  const skill = menu.find(({ name }) => name === 'skill');
  expect(skill).not.toHaveProperty('args');
  expect(
    skill?.subcommands?.map(({ name, args }) => [name, args?.map((arg) => [arg.name, arg.completes])]),
  ).toEqual([
    ['list', [['page', false]]],
    ['show', [['name', true]]],
    ['search', [['words', false]]],
    ['add', [['text', false]]],
    [
      'edit',
      [
        ['name', true],
        ['text', false],
      ],
    ],
    [
      'enable',
      [
        ['name', true],
        ['where', false],
      ],
    ],
    [
      'disable',
      [
        ['name', true],
        ['where', false],
      ],
    ],
    [
      'remove',
      [
        ['name', true],
        ['confirm', false],
      ],
    ],
    ['history', [['name', true]]],
    [
      'diff',
      [
        ['name', true],
        ['from', false],
        ['to', false],
      ],
    ],
    ['stats', [['name', true]]],
    ['learn', [['words', false]]],
    ['export', [['name', true]]],
    ['undo', [['draft', false]]],
  ]);
  const train = menu.find(({ name }) => name === 'train');
  expect(
    train?.subcommands?.map(({ name, args }) => [name, args?.map((arg) => [arg.name, arg.completes])]),
  ).toEqual([
    ['status', undefined],
    ['history', undefined],
    ['show', [['run', true]]],
  ]);
  const schedule = menu.find(({ name }) => name === 'schedule');
  expect(schedule?.subcommands?.map(({ name, args = [] }) => [name, ...args.map((arg) => arg.name)])).toEqual(
    [
      ['show'],
      ['why'],
      ['window', 'what', 'length'],
      ['sleep', 'hours'],
      ['timezone', 'zone'],
      ['calendar', 'action', 'what'],
      ['simulate'],
    ],
  );
  const parts = menu.flatMap((command) => [
    command,
    ...(command.args ?? []),
    ...(command.subcommands ?? []).flatMap((sub) => [sub, ...(sub.args ?? [])]),
  ]);
  for (const { name, summary } of parts) {
    expect(name).toMatch(/^[a-z]{1,32}$/);
    expect(summary).not.toBe('');
    expect(summary.length).toBeLessThanOrEqual(100);
  }
});
