import { describe, expect, test } from 'vitest';
import { commandCatalogue } from '../../../core/commands/catalogue.ts';
import { commandName } from '../../../core/commands/command-spec.ts';
import { runCommand } from '../../../core/commands/run-command.ts';
import type { ScheduleReport } from '../../../core/commands/schedule-tools.ts';
import { personId, spaceId } from '../../../core/domain/ids.ts';
import { HOUR_MS, MINUTE_MS } from '../../../core/domain/wall-clock.ts';
import { conversation, fakeWorld, invocation, wellStatus } from './command-fixtures.ts';
import { at, calendar, closedReport, week } from './fake-schedule-tools.ts';
import { told } from './told.ts';

const commands = commandCatalogue.filter(({ path }) => path[0] === 'schedule');
const showing = (report: Partial<ScheduleReport>, line = 'schedule show', changes: object = {}) =>
  told(line, fakeWorld({ schedule: { report } }), changes);

describe('who may do what', () => {
  test('all of it is open to everybody, told to the asker alone; no restart drops what may change something', () => {
    expect(commands.map((spec) => [commandName(spec), spec.role, spec.lane, spec.answer])).toEqual([
      ['schedule show', 'person', 'beside', 'private'],
      ['schedule why', 'person', 'beside', 'private'],
      ['schedule window', 'person', 'record', 'private'],
      ['schedule sleep', 'person', 'record', 'private'],
      ['schedule timezone', 'person', 'record', 'private'],
      ['schedule calendar', 'person', 'record', 'private'],
      ['schedule simulate', 'person', 'beside', 'private'],
    ]);
  });

  test.each(commands.map(commandName))('%s says so where no schedule is kept', async (line) => {
    expect(await told(line, fakeWorld())).toContain('No schedule is kept here');
  });

  test.each(commands.map(commandName))('%s answers strangers nothing', async (line) => {
    const text = await told(line, fakeWorld({ schedule: {} }), { isAdmitted: false });
    expect(text).toContain('I do not know you yet');
  });
});

describe('schedule show', () => {
  test('the picture with words for those who do not see it', async () => {
    const { deps } = fakeWorld({ schedule: {} });
    const { markdown, images = [] } = await runCommand(invocation('schedule show'), deps);
    expect(images).toHaveLength(1);
    expect(images[0]).toMatchObject({ fileName: 'schedule.png', mediaType: 'image/png' });
    expect(images[0]?.alt).toContain('usually busiest on Mon 11 Jan at 09:00');
    expect(images[0]?.alt).toContain('Europe/Berlin');
    expect(markdown).not.toContain('|');
  });

  test('a long title does not make the words longer than a picture takes', async () => {
    const long = { ...week, title: 'x'.repeat(400) };
    const { deps } = fakeWorld({ schedule: { week: long } });
    const { images = [] } = await runCommand(invocation('schedule show'), deps);
    expect(images[0]?.alt).toHaveLength(300);
  });

  test('how the window stands and what it goes by', async () => {
    expect(await showing({ schedule: { people: [], zone: 'Europe/Berlin' } })).toBe(
      [
        '**Window**',
        '- The window is closed: it has not been quiet for long enough, so somebody may still be there',
        '- The next one is expected today 23:00 (in 14 hours), during sleep hours',
        '',
        '**What it goes by**',
        '- Sleep hours here: 23:00–07:00 daily, as nothing else was said here',
        '- Time zone: Europe/Berlin; it is today 09:00 there',
        '- Calendars: none is linked; /schedule calendar connect links one',
        '',
        'Why it is so, signal by signal: /schedule why',
      ].join('\n'),
    );
  });

  test('open: by what and until when', async () => {
    const verdict = { isOpen: true, by: ['calendar', 'idle'], until: at + 90 * MINUTE_MS } as const;
    const text = await showing({ verdict, state: 'running', isEverywhere: true });
    expect(text).toContain(
      '- The window is open until today 10:30 (in 1 hour 30 minutes) at the latest, because a calendar is busy and nobody has been here for a while',
    );
    expect(text).toContain('- Something works in it at present');
    expect(text).toContain('- It is one window for all places that I serve');
    const { until: _, ...endless } = verdict;
    expect(await showing({ verdict: endless })).toContain(
      'The window is open until somebody comes, because a calendar is busy and nobody',
    );
  });

  test('closing, starved, and without a next one', async () => {
    const text = await showing({
      state: 'pausing',
      verdict: { isOpen: false, bar: 'forecast' },
      starvedSince: at - 8 * 24 * HOUR_MS,
    });
    expect(text).toContain('- The window is closed: somebody will probably come soon');
    expect(text).toContain('- None is expected within a week');
    expect(text).toContain('- What was under way in it is coming to its end');
    expect(text).toContain('- Work has waited for a window for 8 days, which is too long');
  });

  test('what a maintainer said shows while it lasts', async () => {
    const by = personId('fake', 'eve');
    const saying = (until: number) =>
      showing({ schedule: { people: [], manual: { kind: 'closed', until, by } } });
    const text = await saying(at + 26 * HOUR_MS);
    expect(text).toContain('It stays closed until tomorrow 11:00 (in 1 day 2 hours)');
    expect(text).not.toContain('eve');
    expect(await saying(at)).not.toContain('It stays closed');
  });

  test('what a maintainer said is told once, where it is the verdict', async () => {
    const until = at + 8 * HOUR_MS;
    const manual = { kind: 'closed', until, by: personId('fake', 'eve') } as const;
    const schedule = { people: [], manual };
    const windowOf = async (nextAt: number, extra: Partial<ScheduleReport> = {}) => {
      const verdict = { isOpen: false, bar: 'manual', nextAt, nextBy: ['idle'] } as const;
      return showing({ verdict, schedule, ...extra }, 'schedule window');
    };
    expect(await windowOf(until)).toBe(
      [
        '- The window is closed until today 17:00 (in 8 hours): the people who run me here closed it',
        '- The next one is expected then, after a quiet while',
      ].join('\n'),
    );
    expect(await windowOf(until + HOUR_MS)).toContain('expected today 18:00 (in 9 hours), after');
    const elsewhere = { isOpen: false, bar: 'manual', spaceId: spaceId('fake', 'other') } as const;
    expect(await windowOf(until, { verdict: elsewhere })).toMatch(
      /closed: somebody elsewhere closed it\n[\s\S]*It stays closed until today 17:00/,
    );
    const opened = { isOpen: true, by: ['manual'], until } as const;
    const open = { people: [], manual: { ...manual, kind: 'open' } } as const;
    expect(await showing({ verdict: opened, schedule: open }, 'schedule window')).toBe(
      '- The window is open until today 17:00 (in 8 hours) at the latest, because the people who run me said so',
    );
    const longer = { ...opened, by: ['manual', 'sleep'], until: until + HOUR_MS } as const;
    expect(await showing({ verdict: longer, schedule: open }, 'schedule window')).toContain(
      '- It may be open until today 17:00 (in 8 hours), as the people who run me here said',
    );
  });

  test('of another place it tells only that there is one', async () => {
    const verdict = { isOpen: false, bar: 'message', spaceId: spaceId('fake', 'secret-place') } as const;
    for (const line of ['schedule show', 'schedule why', 'schedule window']) {
      const text = await showing({ verdict, isEverywhere: true }, line);
      expect(text).toContain('The window is closed: somebody elsewhere wrote a moment ago');
      expect(text).not.toContain('secret');
    }
    const here = { ...verdict, spaceId: conversation.spaceId };
    expect(await showing({ verdict: here })).toContain('closed: somebody wrote a moment ago');
  });

  test('calendars are counted, and those that are unknown are told', async () => {
    const text = await showing({
      calendars: [calendar(1), calendar(2), calendar(4)],
      unknown: [
        { number: 2, why: 'w' },
        { number: 4, why: 'w' },
      ],
    });
    expect(text).toContain(
      '- Calendars: 3 are linked; of number 2 and number 4 I do not know at present whether it is busy. /schedule calendar lists them',
    );
    expect(await showing({ sleep: { ranges: [] } })).toContain('- Sleep hours here: none\n');
  });

  const table = [
    '|  | 00 | 03 | 06 | 09 | 12 | 15 | 18 | 21 |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    '| Mon 11 Jan | z+ | z | · | ● | ○ | # | · | · |',
    '| Tue 12 Jan | ? | ? | ? | ? | ? | ? | ? | ? |',
  ].join('\n');

  test('a table with its legend where no picture shows', async () => {
    const capabilities = { ...invocation('').capabilities, canShowImages: false };
    const { deps } = fakeWorld({ schedule: { chartFails: true } });
    const reply = await runCommand(invocation('schedule show', { capabilities }), deps);
    expect(reply.images).toBeUndefined();
    expect(reply.markdown).toContain(table);
    expect(reply.markdown).toContain('z asleep, # busy by calendar, · usually quiet');
  });

  test('and where none can be drawn', async () => {
    const { deps, logger } = fakeWorld({ schedule: { chartFails: true } });
    const reply = await runCommand(invocation('schedule show'), deps);
    expect(reply.markdown).toContain(table);
    expect(logger.of('chart_failed')).toHaveLength(1);
  });

  test('a week of which nothing was counted is quiet or unseen, never busy', async () => {
    const days = week.days.map((day) => ({ ...day, events: day.events.map(() => 0), sleep: [], busy: [] }));
    const { deps } = fakeWorld({ schedule: { chartFails: true, week: { ...week, days } } });
    const { markdown } = await runCommand(invocation('schedule show'), deps);
    expect(markdown).toContain('| Mon 11 Jan | ·+ | · | · | · | · | · | · | · |');
  });

  test('what takes half of a cell is its sign, and less is not', async () => {
    const [first] = week.days;
    if (first === undefined) throw new Error('no day');
    const sleep = [{ from: 450, to: 540 }];
    const busy = [{ from: 1_260, to: 1_349 }];
    const halves = { ...week, days: [{ ...first, sleep, busy, expected: [] }] };
    const { deps } = fakeWorld({ schedule: { chartFails: true, week: halves } });
    const { markdown } = await runCommand(invocation('schedule show'), deps);
    expect(markdown).toContain('| Mon 11 Jan | · | · | z | ● | ○ | · | · | · |');
  });

  test('without the week the words stand alone', async () => {
    const { deps, logger } = fakeWorld({ schedule: { week: new Error('no profile') } });
    const reply = await runCommand(invocation('schedule show'), deps);
    expect(reply.markdown).toContain('**Window**');
    expect(reply.markdown).not.toContain('|');
    expect(reply.images).toBeUndefined();
    expect(logger.of('week_failed')).toHaveLength(1);
  });
});

describe('schedule simulate', () => {
  const friday = Date.parse('2027-01-15T00:00Z');
  const forecast = {
    from: at,
    draws: 200,
    days: [
      {
        day: friday,
        windows: [
          { from: at + 3 * HOUR_MS, to: at + 4 * HOUR_MS },
          { from: at + 14 * HOUR_MS, to: at + 15 * HOUR_MS },
        ],
        expectedMs: 100 * MINUTE_MS,
        expectedInterruptions: 0.26,
      },
      { day: friday + 24 * HOUR_MS, windows: [], expectedMs: 0, expectedInterruptions: 0 },
      {
        day: friday + 48 * HOUR_MS,
        windows: [],
        expectedMs: 20 * MINUTE_MS,
        expectedInterruptions: 1,
      },
    ],
  };

  test('day by day, and in all', async () => {
    expect(await told('schedule simulate', fakeWorld({ schedule: { forecast } }))).toBe(
      [
        '**The coming week**, as it should be by what is known of it',
        '',
        '- **Fri 15 Jan**: 12:00–13:00, 23:00–24:00; about 1 hour 40 minutes to work, 0.3 times cut short',
        '- **Sat 16 Jan**: no window',
        '- **Sun 17 Jan**: no sure window; about 20 minutes to work, 1 time cut short',
        '',
        'In all about 2 hours to work, 1.3 times cut short by a message. By 200 simulated weeks; it is a guess and promises nothing.',
      ].join('\n'),
    );
  });

  test('many windows in a day are not all told', async () => {
    const [day] = forecast.days;
    if (day === undefined) throw new Error('no day');
    const windows = Array.from({ length: 9 }, (_, hour) => ({
      from: at + hour * HOUR_MS,
      to: at + hour * HOUR_MS + 30 * MINUTE_MS,
    }));
    const many = { ...forecast, days: [{ ...day, windows, expectedInterruptions: 0 }] };
    const text = await told('schedule simulate', fakeWorld({ schedule: { forecast: many } }));
    expect(text).toContain('14:00–14:30, 3 more; about 1 hour 40 minutes to work, hardly ever cut short');
  });

  test('without anything to say it says that', async () => {
    expect(await told('schedule simulate', fakeWorld({ schedule: {} }))).toBe(
      'Nothing can be said of the coming week yet.',
    );
  });
});

describe('status', () => {
  test('says how the window stands, and what is wrong with the schedule first', async () => {
    const schedule = { window: 'closed, *next* today 23:00', problems: ['No training for 8 days'] };
    const { markdown } = await runCommand(
      invocation('status'),
      fakeWorld({ status: { ...wellStatus, schedule } }).deps,
    );
    expect(markdown.split('\n').slice(0, 2)).toEqual(['**1 problem**', '- No training for 8 days']);
    expect(markdown).toContain('- Window: closed\\, \\*next\\* today 23\\:00');
  });

  test('and nothing where none is kept', async () => {
    expect(await told('status', fakeWorld())).not.toContain('Window');
  });
});

test('the fixture is a Friday morning', () => {
  expect(new Date(closedReport.wallAt(at)).toISOString()).toBe('2027-01-15T09:00:00.000Z');
});
