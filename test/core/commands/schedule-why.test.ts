import { describe, expect, test } from 'vitest';
import type { ScheduleReport } from '../../../core/commands/schedule-tools.ts';
import { personId, spaceId } from '../../../core/domain/ids.ts';
import type { WindowBar } from '../../../core/domain/schedule.ts';
import { DAY_MS, HOUR_MS, isoWeekdays, MINUTE_MS } from '../../../core/domain/wall-clock.ts';
import { conversation, fakeWorld, invocation } from './command-fixtures.ts';
import { at, calendar, closedReport } from './fake-schedule-tools.ts';
import { told } from './told.ts';

const why = (report: Partial<ScheduleReport> = {}, changes: object = {}): Promise<string> =>
  told('schedule why', fakeWorld({ schedule: { report } }), changes);
const closed = (bar: WindowBar): Partial<ScheduleReport> => ({ verdict: { isOpen: false, bar } });

test('every signal with yes or no and the number behind it', async () => {
  expect(await why()).toBe(
    [
      '**Window**',
      '- The window is closed: it has not been quiet for long enough, so somebody may still be there',
      '- The next one is expected today 23:00 (in 14 hours), during sleep hours',
      '',
      '**What can open it**',
      '- Sleep hours: **no**, the next are from today 23:00',
      '- Everybody away: **no**, nobody has said when they are away',
      '- Calendars: **no**, none is linked',
      '- Nobody here for a while: **no**, nobody for 12 minutes, and it takes 30 minutes',
      '- Opened by a person: **no**, nobody has said so',
      '- A run at once: **no**, nobody wants one now',
      '- Waited too long: **no**, nothing has waited for very long',
      '',
      '**What idle time needs besides**',
      '- Forecast: **yes**, the next quarter of an hour stays quiet with 93 %, of the 80 % that idle time needs',
      '- No forecast has come true or false yet',
      '',
      '**What keeps it closed all the same**',
      '- A message in the last 3 minutes: **no**, the last one here came 12 minutes ago',
      '- An answer under way: **no**, none that I know of keeps it closed',
      '- Too little time left: **no**, a window must last for at least 15 minutes',
      '- Closed by a person: **no**, nobody has said so',
      '',
      '**The last windows**',
      '- There was none yet',
    ].join('\n'),
  );
});

describe('what opens', () => {
  test('sleep hours: until when, all the time, or none', async () => {
    const asleep = { isAsleep: true, lastActivityAt: at - HOUR_MS };
    const night = { ...asleep, wallAt: (instant: number) => instant - 2 * HOUR_MS };
    expect(await why(night)).toContain('- Sleep hours: **yes**, until today 07:00');
    const always = { ranges: [{ days: isoWeekdays, startMinute: 0, endMinute: 0 }] };
    expect(await why({ ...asleep, sleep: always })).toContain('- Sleep hours: **yes**, always');
    expect(await why({ sleep: { ranges: [] } })).toContain('- Sleep hours: **no**, there are none here');
  });

  const minutesAgo = (minutes: number) => ({ lastActivityAt: at - minutes * MINUTE_MS });

  test('sleep hours in which somebody was just active count again after a while without anybody', async () => {
    // By the clock of the place it is 06:00, and sleep began at 23:00.
    const night = { isAsleep: true, wallAt: (instant: number) => instant - 2 * HOUR_MS };
    expect(await why({ ...night, ...minutesAgo(5) })).toContain(
      '- Sleep hours: **no**, until today 07:00, but somebody may still be here: it counts only after 20 minutes without anybody, and it has been 5 minutes\n',
    );
    const yes = '- Sleep hours: **yes**, until today 07:00\n';
    expect(await why({ ...night, ...minutesAgo(20) })).toContain(yes);
    expect(await why({ ...night, wokenMs: 5 * MINUTE_MS, ...minutesAgo(5) })).toContain(yes);
    // Six minutes after sleep began.
    const evening = { isAsleep: true, wallAt: (instant: number) => instant + 15 * HOUR_MS + 6 * MINUTE_MS };
    expect(await why({ ...evening, ...minutesAgo(6) })).toContain('- Sleep hours: **no**, until');
    expect(await why({ ...evening, ...minutesAgo(7) })).toContain('- Sleep hours: **yes**, until');
  });

  test('so do the calendars of the space', async () => {
    const busyFrom = (minutes: number, changes: object = {}) => {
      const busy = [{ from: at - minutes * MINUTE_MS, to: at + HOUR_MS }];
      const reading = { busy, asked: { from: at - DAY_MS, to: at + DAY_MS }, readAt: at };
      return [calendar(1, { reading, ...changes })];
    };
    const busy = (calendars: ScheduleReport['calendars'], changes: Partial<ScheduleReport> = {}) =>
      why({ isBusy: true, calendars, ...minutesAgo(5), ...changes });
    expect(await busy(busyFrom(5))).toContain(
      '- Calendars: **no**, one that stands for the whole space is busy now, but somebody may still be here: it counts only after 20 minutes without anybody, and it has been 5 minutes\n',
    );
    const yes = '- Calendars: **yes**, one that stands for the whole space is busy now';
    expect(await busy(busyFrom(4))).toContain(yes);
    expect(await busy(busyFrom(60), minutesAgo(20))).toContain(yes);
    // Neither a person’s calendar nor one that is unknown says since when.
    const others = [...busyFrom(4), ...busyFrom(60, { number: 2, personId: personId('fake', 'eve') })];
    expect(await busy(others)).toContain(yes);
    const doubtful = [...busyFrom(4), ...busyFrom(60, { number: 3 })];
    expect(await busy(doubtful, { unknown: [{ number: 3, why: 'w' }] })).toContain(yes);
  });

  test('people', async () => {
    expect(await why({ arePeopleAway: true })).toContain('Everybody away: **yes**, all are who');
    expect(await why({ arePeopleAway: false })).toContain('Everybody away: **no**, not all are');
  });

  test('idle time, from its first moment on', async () => {
    const idle = (quietMs: number) => why({ lastActivityAt: at - quietMs });
    expect(await idle(30 * MINUTE_MS)).toContain('Nobody here for a while: **yes**, nobody for 30 minutes');
    expect(await idle(30 * MINUTE_MS - 1)).toContain(
      'Nobody here for a while: **no**, nobody for 29 minutes',
    );
  });

  test('where nobody is known to have been here it is idle', async () => {
    const { lastActivityAt: _, lastMessageAt: __, ...never } = closedReport;
    const world = fakeWorld({ schedule: {} });
    const { schedule } = world.deps;
    if (schedule === undefined) throw new Error('no schedule');
    const deps = { ...world.deps, schedule: { ...schedule, report: async () => never } };
    const text = await told('schedule why', { ...world, deps });
    expect(text).toContain('- Nobody here for a while: **yes**, I know of nobody who was here');
    expect(text).toContain('- A message in the last 3 minutes: **no**, none is known here');
  });

  test('a forecast that is too low, and how forecasts came true', async () => {
    const text = await why({
      quiet: 0.79,
      calibration: { forecasts: 340, said: 0.9, cameTrue: 0.92, error: 0.03 },
    });
    expect(text).toContain('- Forecast: **no**, the next quarter of an hour stays quiet with 79 %');
    expect(text).toContain(
      '- Of 340 forecasts so far, which said 90 % on average, 92 % stayed quiet; they are off by 3 % on average',
    );
    expect(await why({ quiet: 0.8 })).toContain('- Forecast: **yes**');
  });

  test('a person, a wish, a wait', async () => {
    const manual = { kind: 'open', until: at + HOUR_MS, by: personId('fake', 'eve') } as const;
    const text = await why({
      schedule: { people: [], manual },
      verdict: { isOpen: true, by: ['manual', 'person', 'starved'] },
      starvedSince: at - 9 * DAY_MS,
    });
    expect(text).toContain('- Opened by a person: **yes**, until today 10:00 (in 1 hour)');
    expect(text).toContain('- A run at once: **yes**, somebody wants one');
    expect(text).toContain('- Waited too long: **yes**, work has waited for 9 days');
    const over = { ...manual, until: at };
    expect(await why({ schedule: { people: [], manual: over } })).toContain('Opened by a person: **no**');
  });
});

describe('calendars', () => {
  const [ada, eve] = [personId('fake', 'ada'), personId('fake', 'eve')];
  const calendars = [calendar(1), calendar(2, { personId: eve }), calendar(3, { personId: ada })];
  const unknown = [
    { number: 1, why: 'team.example.org does not *answer*' },
    { number: 2, why: 'eve.example.org does not answer' },
  ];

  test('busy or not, and which are unknown, with why where that is the asker’s business', async () => {
    const text = await why({ calendars, unknown });
    expect(text).toContain(
      '- Calendars: **no**, of 1 calendar that stands for the whole space none is known to be busy now; unknown: number 1 (team.example.org does not *answer*) and number 2\n',
    );
    expect(await why({ calendars, isBusy: true })).toContain('- Calendars: **yes**, one that stands');
    expect(await why({ calendars: calendars.slice(1) })).toContain('none stands for the whole space');
  });

  test('maintainers see why others’ are unknown, where nobody else reads it', async () => {
    const role = 'maintainer';
    expect(await why({ calendars, unknown }, { role })).toContain(
      'number 2 (eve.example.org does not answer)',
    );
    const capabilities = {
      ...invocation('').capabilities,
      canSendPrivately: false,
      canAnswerPrivately: false,
    };
    expect(await why({ calendars, unknown }, { role, capabilities })).not.toContain('eve.example.org');
  });
});

describe('what closes', () => {
  test.each([
    ['message', 'A message in the last 3 minutes: **yes**'],
    ['answering', 'An answer under way: **yes**, it goes first'],
    ['short', 'Too little time left: **yes**'],
    ['manual', 'Closed by a person: **yes**'],
    ['follower', 'Another instance: **yes**'],
    ['starting', 'Just started: **yes**'],
  ] as const)('%s', async (bar, words) => {
    expect(await why(closed(bar))).toContain(words);
    expect(await why(closed('awake'))).not.toContain(words);
  });

  test('a message here counts up to the last moment of the quiet that it takes', async () => {
    const said = (agoMs: number) => why({ lastMessageAt: at - agoMs });
    expect(await said(3 * MINUTE_MS - 1)).toContain(
      'A message in the last 3 minutes: **yes**, the last one here came 2 minutes ago',
    );
    expect(await said(3 * MINUTE_MS)).toContain('A message in the last 3 minutes: **no**');
  });

  test('a message elsewhere is not told as one of here', async () => {
    const verdict = { isOpen: false, bar: 'message', spaceId: spaceId('fake', 'secret') } as const;
    expect(await why({ verdict })).toContain(
      'A message in the last 3 minutes: **yes**, it came somewhere else\n',
    );
    const here = { ...verdict, spaceId: conversation.spaceId };
    expect(await why({ verdict: here, lastMessageAt: at - MINUTE_MS })).toContain(
      '**yes**, the last one here',
    );
  });

  test('a person: until when, here alone', async () => {
    const manual = { kind: 'closed', until: at + HOUR_MS, by: personId('fake', 'eve') } as const;
    const text = await why({ ...closed('manual'), schedule: { people: [], manual } });
    expect(text).toContain('Closed by a person: **yes**, until today 10:00 (in 1 hour)');
    expect(text).toContain('Opened by a person: **no**');
  });
});

test('the last five windows, the latest first', async () => {
  const window = (days: number, changes: object = {}) => ({
    from: at - days * DAY_MS - 10 * HOUR_MS,
    to: at - days * DAY_MS - 2 * HOUR_MS,
    openedBy: ['sleep'] as const,
    closedBy: 'awake' as const,
    workedMs: 5 * HOUR_MS,
    ...changes,
  });
  const past = [
    window(5),
    window(4),
    window(3),
    window(2),
    window(1, { closedBy: 'restart', workedMs: 0, openedBy: [] }),
    window(0, { closedBy: 'message' }),
  ];
  const [, lines = ''] = (await why({ past })).split('**The last windows**\n');
  expect(lines.split('\n')).toEqual([
    '- yesterday 23:00–07:00 (8 hours): opened during sleep hours, closed because somebody wrote; something worked for 5 hours',
    '- Wed 23:00–07:00 (8 hours): opened, closed because I was restarted; nothing worked in it',
    '- Tue 23:00–07:00 (8 hours): opened during sleep hours, closed because nobody was known to be away any more; something worked for 5 hours',
    '- Mon 23:00–07:00 (8 hours): opened during sleep hours, closed because nobody was known to be away any more; something worked for 5 hours',
    '- Sun 23:00–07:00 (8 hours): opened during sleep hours, closed because nobody was known to be away any more; something worked for 5 hours',
  ]);
});
