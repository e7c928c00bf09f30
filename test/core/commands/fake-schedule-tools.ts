import type {
  ScheduleForecast,
  ScheduleReport,
  ScheduleTools,
} from '../../../core/commands/schedule-tools.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import { calendarLinkId, type LinkedCalendar } from '../../../core/domain/calendar.ts';
import { type PersonId, personId, type SpaceId, spaceId } from '../../../core/domain/ids.ts';
import type { PersonSchedule } from '../../../core/domain/schedule.ts';
import type { SleepHours } from '../../../core/domain/sleep-hours.ts';
import { HOUR_MS, isoWeekdays, MINUTE_MS } from '../../../core/domain/wall-clock.ts';
import type { WeekChart, WeekChartDay } from '../../../core/domain/week-chart.ts';
import type { ConnectRequest, ConnectStart } from '../../../core/schedule/calendar-desk.ts';

/** Friday 15 January 2027, 08:00 UTC: nine o'clock by the clock of the fixture. */
export const at = 1_800_000_000_000;
export const nights: SleepHours = { ranges: [{ days: isoWeekdays, startMinute: 1_380, endMinute: 420 }] };

export const closedReport: ScheduleReport = {
  state: 'waiting',
  verdict: { isOpen: false, bar: 'awake', nextAt: at + 14 * HOUR_MS, nextBy: ['sleep'] },
  isEverywhere: false,
  schedule: { people: [] },
  zone: 'Europe/Berlin',
  sleep: nights,
  wallAt: (instant) => instant + HOUR_MS,
  isAsleep: false,
  isBusy: false,
  lastActivityAt: at - 12 * MINUTE_MS,
  lastMessageAt: at - 12 * MINUTE_MS,
  wokenMs: 20 * MINUTE_MS,
  idleMs: 30 * MINUTE_MS,
  quiet: 0.93,
  neededQuiet: 0.8,
  vetoMs: 3 * MINUTE_MS,
  leastMs: 15 * MINUTE_MS,
  calendars: [],
  unknown: [],
  past: [],
  calibration: { forecasts: 0 },
};

export function calendar(number: number, changes: Partial<LinkedCalendar> = {}): LinkedCalendar {
  return {
    linkId: calendarLinkId(`link_${number}`),
    number,
    spaceId: spaceId('fake', 'space-1'),
    source: 'google',
    calendarId: 'primary',
    access: 'freebusy',
    label: `Label ${number}`,
    addedBy: personId('fake', 'ada'),
    addedAt: at - 24 * HOUR_MS,
    reading: { busy: [], asked: { from: at, to: at + HOUR_MS }, readAt: at - 5 * MINUTE_MS },
    ...changes,
  };
}

const day = (label: string, changes: Partial<WeekChartDay> = {}): WeekChartDay => ({
  label,
  events: Array.from({ length: 24 }, () => 0),
  quiet: Array.from({ length: 24 }, () => 0.9),
  sleep: [],
  busy: [],
  past: [],
  expected: [],
  ...changes,
});

export const week: WeekChart = {
  title: 'When nobody needs me',
  subtitle: 'as usual',
  zone: 'Europe/Berlin',
  days: [
    day('Mon 11 Jan', {
      events: [
        ...Array.from({ length: 9 }, () => 0),
        8,
        8,
        8,
        2,
        2,
        2,
        ...Array.from({ length: 9 }, () => 0.1),
      ],
      sleep: [{ from: 0, to: 420 }],
      busy: [{ from: 900, to: 1_080 }],
      expected: [{ from: 0, to: 180 }],
    }),
    day('Tue 12 Jan', { events: Array.from({ length: 24 }, () => undefined) }),
  ],
};

export interface FakeScheduleToolsOptions {
  readonly report?: Partial<ScheduleReport>;
  readonly week?: WeekChart | Error;
  readonly chartFails?: boolean;
  readonly connect?: ConnectStart | Error;
  readonly finished?: LinkedCalendar | Error;
  readonly forecast?: ScheduleForecast;
  readonly canConnectGoogle?: boolean;
  readonly onConnect?: (request: ConnectRequest) => void;
}

const orThrow = <T>(value: T | Error): T => {
  if (value instanceof Error) throw value;
  return value;
};

/** Effects behind `schedule`, over one space: what is set shows in the next report. `told`: each change, a line. */
export function createFakeScheduleTools(
  options: FakeScheduleToolsOptions,
  told: (call: string) => void,
): ScheduleTools {
  let report: ScheduleReport = { ...closedReport, ...options.report };

  const saidBy = (owner: PersonId): PersonSchedule =>
    report.schedule.people.find((known) => known.personId === owner) ?? { personId: owner };

  function setPerson(said: PersonSchedule): void {
    const others = report.schedule.people.filter((known) => known.personId !== said.personId);
    report = { ...report, schedule: { ...report.schedule, people: [...others, said] } };
  }

  return {
    report: async () => report,
    async setSleep(space, owner, sleep) {
      told(`sleep ${space} ${owner} ${JSON.stringify(sleep?.ranges.map(({ startMinute }) => startMinute))}`);
      const said = sleep === undefined ? {} : { sleep };
      if (owner === 'space') {
        const { sleep: _, ...schedule } = report.schedule;
        report = { ...report, schedule: { ...schedule, ...said }, sleep: sleep ?? closedReport.sleep };
      } else {
        const { sleep: _, ...person } = saidBy(owner);
        setPerson({ ...person, ...said });
      }
    },
    async setZone(space, owner, zone) {
      if (zone === 'Nowhere/*') throw new AppError('invalid_input', 'Nowhere/* is no zone.');
      told(`zone ${space} ${owner} ${zone}`);
      const said = zone === undefined ? {} : { zone };
      if (owner === 'space') {
        const { zone: _, ...schedule } = report.schedule;
        report = { ...report, schedule: { ...schedule, ...said }, zone: zone ?? closedReport.zone };
      } else {
        const { zone: _, ...person } = saidBy(owner);
        setPerson({ ...person, ...said });
      }
      return zone ?? closedReport.zone;
    },
    async setManual(space, manual) {
      told(
        `manual ${space} ${manual === undefined ? 'auto' : `${manual.kind} ${manual.until - at} ${manual.by}`}`,
      );
      const { manual: _, ...schedule } = report.schedule;
      report = { ...report, schedule: { ...schedule, ...(manual === undefined ? {} : { manual }) } };
    },
    async connect(request) {
      told(`connect ${request.what} ${request.access} ${request.owner} by ${request.by}`);
      options.onConnect?.(request);
      return orThrow(options.connect ?? { kind: 'linked', calendar: calendar(3) });
    },
    canConnectGoogle: () => options.canConnectGoogle ?? true,
    async finish(by, address) {
      told(`finish ${by} ${address}`);
      return orThrow(options.finished ?? calendar(3, { personId: by }));
    },
    async disconnect(space: SpaceId, number: number, by: PersonId, isMaintainer: boolean) {
      told(`disconnect ${space} ${number} by ${by} ${isMaintainer}`);
      const found = report.calendars.find((known) => known.number === number);
      if (found === undefined) throw new AppError('not_found', 'no such calendar');
      return found;
    },
    forecast: async () => options.forecast ?? { from: at, days: [], draws: 200 },
    week: async () => orThrow(options.week ?? week),
    async chart(_, look) {
      if (options.chartFails === true) throw new AppError('internal', 'no chart');
      return new Uint8Array(look?.isDark === true ? [4, 5, 6] : [1, 2, 3]);
    },
  };
}
