import type { Command } from './command.ts';
import { runScheduleCalendar } from './schedule-calendar.ts';
import { runScheduleShow } from './schedule-show.ts';
import { runScheduleSimulate } from './schedule-simulate.ts';
import { runScheduleSleep } from './schedule-sleep.ts';
import { runScheduleTimezone } from './schedule-timezone.ts';
import { runScheduleWhy } from './schedule-why.ts';
import { runScheduleWindow } from './schedule-window.ts';
import { usualCommand } from './usual-command.ts';

/** May change something: a restart does not drop it. */
const changing = { ...usualCommand, lane: 'record' } as const;

/** The commands about when background work may run, in the order in which help shows them. */
export const scheduleCommands: readonly Command[] = [
  {
    ...usualCommand,
    path: ['schedule', 'show'],
    summary: 'the week, and when I work in the background',
    details:
      'Shows the week as a picture of how busy it usually is, with sleep hours, calendars, past training and expected windows laid over it, or as a table where pictures do not show; then whether the window is open, what opened it or keeps it closed, and when the next is expected. It tells counts only, nobody’s words.',
    run: runScheduleShow,
  },
  {
    ...usualCommand,
    path: ['schedule', 'why'],
    summary: 'what opens the window and what closes it',
    details:
      'Shows every signal that can open the window or keep it closed, with yes or no and the number behind it, how well forecasts of quiet came true, and the last windows with what opened and closed them.',
    run: runScheduleWhy,
  },
  {
    ...changing,
    path: ['schedule', 'window'],
    summary: 'the window, open or closed',
    details:
      'Shows whether the window is open in which I work in the background. Maintainers can let it be open for a while with `open 2h` (at most a day), keep it closed with `close 8h` (at most a week), and let it go by itself again with `auto`. A message closes it for a while all the same.',
    args: [
      { name: 'what', summary: 'open, close or auto', kind: 'word', required: false },
      { name: 'length', summary: 'how long, such as 90m, 2h or 1d', kind: 'rest', required: false },
    ],
    run: runScheduleWindow,
  },
  {
    ...changing,
    path: ['schedule', 'sleep'],
    summary: 'when everybody here sleeps',
    details:
      'Shows or sets the hours in which nobody here needs me, such as `23:00-07:00 mon-fri, 00:00-09:00 sat sun`. With `me` before them they are yours alone, which everybody may say; those of the whole space are set by maintainers. `none` means that there are none, `off` takes away what was said.',
    args: [
      {
        name: 'hours',
        summary: 'hours such as 23:00-07:00, none or off; me before them for you alone',
        kind: 'rest',
        required: false,
      },
    ],
    run: runScheduleSleep,
  },
  {
    ...changing,
    path: ['schedule', 'timezone'],
    summary: 'by which clock it goes here',
    details:
      'Shows or sets the time zone that sleep hours and the profile of the week go by, such as `Europe/Berlin`. With `me` before it it is yours alone, which everybody may say; that of the whole space is set by maintainers. `off` takes away what was said.',
    args: [
      {
        name: 'zone',
        summary: 'a zone such as Europe/Berlin, or off; me before it for you alone',
        kind: 'rest',
        required: false,
      },
    ],
    run: runScheduleTimezone,
  },
  {
    ...changing,
    path: ['schedule', 'calendar'],
    aliases: ['schedule calendars'],
    summary: 'the calendars that I go by',
    details:
      'Lists the calendars linked here; what others’ are called only maintainers see. `connect` links one of yours: with Google it answers with a page on which you agree, with the address of an iCalendar feed or the id of a calendar that I can read already it is linked at once. `for space` after it makes it one that stands for the whole space, which is for maintainers; `events`, of Google’s calendars, lets me see of what kind events are, otherwise I read busy times only. `finish` takes the address at which your browser ended where that page did not open; `disconnect` ends it, after a confirmation.',
    args: [
      { name: 'action', summary: 'list, connect, disconnect or finish', kind: 'word', required: false },
      {
        name: 'what',
        summary: 'google, an address or a number; then for space, events',
        kind: 'rest',
        required: false,
        isSecret: true,
      },
    ],
    run: runScheduleCalendar,
  },
  {
    ...usualCommand,
    path: ['schedule', 'simulate'],
    summary: 'what the coming week should bring',
    details:
      'Shows for each of the coming days when windows are expected, how much time to work they should bring, and how often a message should cut it short.',
    run: runScheduleSimulate,
  },
];
