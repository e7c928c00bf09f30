import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { countsAsBusy, type EventFacts } from '../../adapters/google-calendar/counts-as-busy.ts';
import { neededScope } from '../../adapters/google-calendar/scopes.ts';
import {
  type EventWeight,
  countsAsBusy as feedCountsAsBusy,
} from '../../adapters/ics-calendar/counts-as-busy.ts';
import { packageRoot } from '../../config/package-root.ts';
import { scheduleCommands } from '../../core/commands/schedule-catalogue.ts';
import {
  barInWords,
  endingInWords,
  occasionInWords,
  signalsInWords,
} from '../../core/commands/schedule-reasons.ts';
import { spaceId } from '../../core/domain/ids.ts';
import { parseSleep } from '../../core/domain/parse-sleep.ts';
import type { ScheduleState, WindowBar, WindowSignal } from '../../core/domain/schedule.ts';
import { sleepInWords } from '../../core/domain/sleep-words.ts';
import { HOUR_MS, MINUTE_MS } from '../../core/domain/wall-clock.ts';
import { backgroundWork, defaultPatienceMs } from '../../core/schedule/work-turns.ts';
import { fakeWorld } from '../core/commands/command-fixtures.ts';
import { at, calendar } from '../core/commands/fake-schedule-tools.ts';
import { told } from '../core/commands/told.ts';
import { mustLoad } from './settings-folder.ts';

const text = readFileSync(join(packageRoot(), 'docs/schedule.md'), 'utf8');

function between(mark: string): string {
  const [, after = ''] = text.split(`<!-- ${mark} -->`);
  return after.split(`<!-- end of ${mark} -->`)[0] ?? '';
}

/** Rows of a marked table without its head; words without code marks. */
function rowsOf(mark: string): readonly (readonly string[])[] {
  return between(mark)
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

const firstCells = (mark: string, count: number): readonly (readonly string[])[] =>
  rowsOf(mark).map((row) => row.slice(0, count));
const yesNo = (is: boolean): string => (is ? 'yes' : 'no');

const saidOf = (signal: WindowSignal): readonly string[] => [
  signalsInWords([signal]),
  occasionInWords([signal]),
];
const signals: Readonly<Record<WindowSignal, readonly string[]>> = {
  sleep: saidOf('sleep'),
  people: saidOf('people'),
  calendar: saidOf('calendar'),
  idle: saidOf('idle'),
  manual: saidOf('manual'),
  person: saidOf('person'),
  starved: saidOf('starved'),
};

const here = spaceId('fake', 'here');
const wordsOf = (bar: WindowBar): readonly string[] => [
  barInWords({ isOpen: false, bar }, here),
  barInWords({ isOpen: false, bar, spaceId: spaceId('fake', 'elsewhere') }, here),
  endingInWords(bar),
];
const bars: Readonly<Record<WindowBar, readonly string[]>> = {
  message: wordsOf('message'),
  answering: wordsOf('answering'),
  awake: wordsOf('awake'),
  forecast: wordsOf('forecast'),
  short: wordsOf('short'),
  manual: wordsOf('manual'),
  follower: wordsOf('follower'),
  starting: wordsOf('starting'),
};

const states: Readonly<Record<ScheduleState, true>> = {
  waiting: true,
  open: true,
  running: true,
  pausing: true,
};

describe('the guide to windows', () => {
  test('names every signal, in the words that people are told of a window now and at other times', () => {
    expect(firstCells('signals', 3)).toEqual(
      Object.entries(signals).map(([signal, words]) => [signal, ...words]),
    );
  });

  test('names every bar, in the words that people are told here, elsewhere and of windows that were', () => {
    expect(firstCells('bars', 4)).toEqual(Object.entries(bars).map(([bar, words]) => [bar, ...words]));
    expect(text).toContain(`*${endingInWords('restart')}*`);
  });

  test('names every state', () => {
    for (const state of Object.keys(states)) expect(text).toContain(`\`${state}\``);
  });

  test('names every setting, with its default', () => {
    const { schedule, calendar: calendars } = mustLoad().settings;
    const known = [
      ...Object.entries(schedule).map(([name, value]) => [`schedule.${name}`, String(value)]),
      ...Object.entries(calendars).map(([name, value]) => [`calendar.${name}`, String(value)]),
    ];
    expect(firstCells('settings', 2)).toEqual(known);
    const named = [...text.matchAll(/`((?:schedule|calendar)\.[a-z]\w+)`/g)].map(([, name]) => name);
    // The last one is a file.
    const paths = [...known.map(([path]) => path), 'calendar.key'];
    expect(named.filter((name) => !paths.includes(name))).toEqual([]);
  });

  test('names every command', () => {
    for (const { path } of scheduleCommands) expect(text).toContain(`| \`/${path.join(' ')}\``);
  });

  test('lists background work by its importance, with how long it waits', () => {
    const { patienceMinutes } = mustLoad().settings.schedule;
    const minutes: Readonly<Record<string, string>> = {
      training: 'for ever',
      proof: `${patienceMinutes} minutes (schedule.patienceMinutes)`,
      consolidation: `${defaultPatienceMs.consolidation / HOUR_MS} hours`,
      embedding: `${defaultPatienceMs.embedding / MINUTE_MS} minutes`,
    };
    expect(defaultPatienceMs.training).toBe(Number.POSITIVE_INFINITY);
    expect(defaultPatienceMs.proof).toBe(patienceMinutes * MINUTE_MS);
    expect(rowsOf('work').map(([work, , wait]) => [work, wait])).toEqual(
      backgroundWork.map((work) => [work, minutes[work]]),
    );
  });

  test('shows hours of sleep as they are understood', () => {
    const rows = firstCells('sleep', 2);
    expect(rows.length).toBeGreaterThan(3);
    expect(rows).toEqual(rows.map(([typed = '']) => [typed, sleepInWords(parseSleep(typed))]));
    expect(() => parseSleep('7-6')).toThrow(/morning or evening/);
  });

  test('names the scopes that Google is asked for', () => {
    for (const scope of Object.values(neededScope)) expect(text).toContain(`\`${scope}\``);
  });

  test('shows what `schedule why` says', async () => {
    const lastNight = { from: at - 10 * HOUR_MS, to: at - 2 * HOUR_MS };
    const evening = { from: at - 11 * HOUR_MS - 50 * MINUTE_MS, to: at - 11 * HOUR_MS - 20 * MINUTE_MS };
    const said = await told(
      'schedule why',
      fakeWorld({
        schedule: {
          report: {
            arePeopleAway: false,
            calendars: [calendar(1)],
            calibration: { forecasts: 340, said: 0.9, cameTrue: 0.92, error: 0.03 },
            past: [
              { ...evening, openedBy: ['idle'], closedBy: 'message', workedMs: 0 },
              { ...lastNight, openedBy: ['sleep'], closedBy: 'awake', workedMs: 3 * HOUR_MS },
            ],
          },
        },
      }),
    );
    const shown = /```\n([\s\S]*?)\n```/.exec(between('why'))?.[1];
    expect(shown?.replaceAll('\n\n', '\n')).toBe(said.replaceAll('**', '').replaceAll('\n\n', '\n'));
  });
});

describe('what counts as busy, as the guide to windows has it', () => {
  const timed: EventFacts = { isAllDay: false };
  const atGoogle: Readonly<Record<string, readonly EventFacts[]>> = {
    'accepted, or nobody had to be asked': [timed, { ...timed, ownResponse: 'accepted' }],
    'out of office, also all day': [
      { ...timed, eventType: 'outOfOffice' },
      { isAllDay: true, eventType: 'outOfOffice' },
    ],
    'focus time': [{ ...timed, eventType: 'focusTime' }],
    declined: [{ ...timed, ownResponse: 'declined' }],
    'tentative, or answered with maybe': [
      { ...timed, status: 'tentative' },
      { ...timed, ownResponse: 'tentative' },
    ],
    'an invitation that nobody answered': [{ ...timed, ownResponse: 'needsAction' }],
    'marked as free': [{ ...timed, transparency: 'transparent' }],
    cancelled: [{ ...timed, status: 'cancelled' }],
    'working location': [
      { ...timed, eventType: 'workingLocation' },
      { isAllDay: true, eventType: 'workingLocation' },
    ],
    birthday: [{ isAllDay: true, eventType: 'birthday' }],
    'all day, not out of office': [{ isAllDay: true }],
  };

  const usual: EventWeight = { status: '', transparency: '', busyStatus: '', isAllDay: false };
  const inFeed: Readonly<Record<string, readonly EventWeight[]>> = {
    usual: [usual, { ...usual, status: 'CONFIRMED', transparency: 'OPAQUE', busyStatus: 'BUSY' }],
    'out of office (X-MICROSOFT-CDO-BUSYSTATUS:OOF), also all day': [
      { ...usual, busyStatus: 'OOF' },
      { ...usual, busyStatus: 'OOF', isAllDay: true },
    ],
    tentative: [
      { ...usual, status: 'TENTATIVE' },
      { ...usual, busyStatus: 'TENTATIVE' },
    ],
    'marked as free': [
      { ...usual, transparency: 'TRANSPARENT' },
      { ...usual, busyStatus: 'FREE' },
    ],
    cancelled: [{ ...usual, status: 'CANCELLED' }],
    'working elsewhere': [{ ...usual, busyStatus: 'WORKINGELSEWHERE' }],
    'all day, not out of office': [{ ...usual, isAllDay: true }],
  };

  test('at Google', () => {
    const expected = Object.entries(atGoogle).flatMap(([kind, events]) =>
      [...new Set(events.map(countsAsBusy))].map((is) => [kind, yesNo(is)]),
    );
    expect(rowsOf('events')).toEqual(expected);
  });

  test('in a feed', () => {
    const expected = Object.entries(inFeed).flatMap(([kind, events]) =>
      [...new Set(events.map(feedCountsAsBusy))].map((is) => [kind, yesNo(is)]),
    );
    expect(rowsOf('feed-events')).toEqual(expected);
  });
});
